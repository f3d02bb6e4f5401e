import CUTF8Proc

/// Text as a terminal shows it: how many cells it takes, and how it is cut and padded to some.
package enum TerminalText {
  /// `text` with everything that could command a terminal, break a line or turn its order around
  /// written out: `\x1b`, `\n`, `\u{202e}`.
  package static func safe(
    _ text: String, keepingLineBreaks: Bool = false, keepingTabs: Bool = false
  ) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A: result += keepingLineBreaks ? "\n" : "\\n"
      case 0x09: result += keepingTabs ? "\t" : "\\t"
      case 0x0D: result += "\\r"
      case 0..<0x20, 0x7F..<0xA0:
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.utf8.count < 2 ? "0" : "") + digits
      case 0x2028...0x202E, 0x2066...0x2069:
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Terminal cells that a safe text takes.
  package static func width(_ text: some StringProtocol) -> Int {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
    var cells = 0
    forEachCluster(Substring(text)) { _, width in
      cells += width
      return true
    }
    return cells
  }

  /// A safe text cut to `cells`, with an ellipsis where something was cut off.
  package static func truncated(_ text: String, to cells: Int) -> String {
    guard width(text) > cells else { return text }
    guard cells > 1 else { return cells == 1 ? "…" : "" }
    var used = 0
    var end = text.startIndex
    forEachCluster(Substring(text)) { range, width in
      guard used + width < cells else { return false }
      used += width
      end = range.upperBound
      return true
    }
    return text[..<end] + "…"
  }

  /// A safe text with spaces up to `cells`: behind it, or before it to align it right.
  package static func padded(_ text: String, to cells: Int, right: Bool = false) -> String {
    let padding = String(repeating: " ", count: max(0, cells - width(text)))
    return right ? padding + text : text + padding
  }

  /// A safe text (line breaks kept) as lines of at most `cells`: broken at spaces, or between
  /// wide characters, or else wherever the line is full.
  package static func wrapped(_ text: String, to cells: Int?) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
      guard let cells, width(line) > cells else { return [String(line)] }
      return wrapped(line, cells: max(cells, 2))
    }
  }

  private static func wrapped(_ line: Substring, cells: Int) -> [String] {
    var lines: [String] = []
    var start = line.startIndex
    var opening: String.Index?
    var used = 0
    forEachCluster(line) { range, width in
      let isSpace = line[range] == " "
      if used + width > cells, !isSpace {
        let end = opening ?? range.lowerBound
        lines.append(trimmed(line[start..<end]))
        start = end
        opening = nil
        used = self.width(line[start..<range.lowerBound])
      }
      used += width
      if isSpace || width > 1 { opening = range.upperBound }
      return true
    }
    lines.append(trimmed(line[start...]))
    return lines
  }

  /// The text without spaces at its end.
  static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.unicodeScalars.last == " " { text.unicodeScalars.removeLast() }
    return String(text)
  }

  /// Hands out each grapheme cluster with the cells it takes, until `body` returns false.
  private static func forEachCluster(
    _ text: Substring, _ body: (Range<String.Index>, Int) -> Bool
  ) {
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let start = index
      let first = scalars[start]
      var last = first
      var cells = Self.cells(first)
      var state: Int32 = 0
      scalars.formIndex(after: &index)
      while index < scalars.endIndex {
        let next = scalars[index]
        if utf8proc_grapheme_break_stateful(Int32(last.value), Int32(next.value), &state) { break }
        cells = max(cells, joined(first, next))
        last = next
        scalars.formIndex(after: &index)
      }
      guard body(start..<index, cells) else { return }
    }
  }

  /// What a scalar within a cluster asks for: U+FE0F makes an emoji of a sign, and two regional
  /// indicators are one flag.
  private static func joined(_ first: Unicode.Scalar, _ next: Unicode.Scalar) -> Int {
    switch next.value {
    case 0xFE0F:
      let isSign =
        utf8proc_get_property(Int32(first.value)).pointee.boundclass
        == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC.rawValue
      return isSign || first.value < 0x40 ? 2 : 0
    case 0x1F1E6...0x1F1FF: return 2
    default: return cells(next)
    }
  }

  private static func cells(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x7F { return 1 }
    let property = utf8proc_get_property(Int32(scalar.value)).pointee
    guard property.category == 0 else { return Int(property.charwidth) }
    // Not assigned when the library was made: emoji and ideographs are what Unicode still adds.
    switch scalar.value {
    case 0x1F300...0x1FAFF, 0x20000...0x3FFFD: return 2
    default: return 1
    }
  }
}
