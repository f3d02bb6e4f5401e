import CommandLanguage

/// One physical line of a rendered answer, without its end of line.
package struct RenderedLine: Sendable, Equatable {
  /// What a line is to a program that counts records.
  package enum Kind: Sendable, Equatable {
    /// The line on which a record starts: there are as many as records, whatever the format.
    case row
    /// Every other line: the rest of a record of several lines, or a heading of a layout.
    case continuation
  }

  /// Whether a record starts here.
  package let kind: Kind
  /// The line, UTF-8, never with a line feed.
  package let bytes: [UInt8]

  /// A line of this kind.
  package init(_ kind: Kind, _ bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
  }

  init(_ kind: Kind, _ text: String) { self.init(kind, Array(text.utf8)) }
}

/// Tables as lines, in every output format.
package enum Rendering {
  /// Renders `table`, handing out one line after the other.
  ///
  /// - Parameters:
  ///   - isRecord: One thing, to be shown whole: the formats for people write it field by field.
  ///   - width: Terminal cells that a line of `table` and `expanded` may take; nil for any number.
  package static func render(
    _ table: Table, isRecord: Bool, format: OutputFormat, width: Int?,
    emit: (RenderedLine) -> Void
  ) {
    switch format {
    case .tsv:
      for row in table.rows {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(96)
        TabSeparated.append(row, to: &bytes)
        emit(RenderedLine(.row, bytes))
      }
    case .csv: CommaSeparated.render(table, emit: emit)
    case .json: JSONLines.render(table, emit: emit)
    case .markdown: Markdown.render(table, isRecord: isRecord, emit: emit)
    case .expanded: ExpandedLayout.render(table, isRecord: isRecord, width: width, emit: emit)
    case .table where isRecord:
      ExpandedLayout.render(table, isRecord: true, width: width, emit: emit)
    case .table: AlignedLayout.render(table, width: width, emit: emit)
    }
  }

  /// The columns as the head line of an answer names them: `name:type`, separated by tabs.
  package static func head(_ columns: [Column]) -> [UInt8] {
    var bytes: [UInt8] = []
    for column in columns {
      if !bytes.isEmpty { bytes.append(0x09) }
      bytes.append(contentsOf: column.name.utf8)
      bytes.append(UInt8(ascii: ":"))
      bytes.append(contentsOf: column.type.rawValue.utf8)
    }
    return bytes
  }

  /// The cells of a `tsv` line, unescaped; nil is null.
  package static func decodeTSV(_ line: some Collection<UInt8>) -> [String?] {
    TabSeparated.decode(line)
  }
}
