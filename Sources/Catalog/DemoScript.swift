/// The demo data, as a script: one command a line. Where two people are needed for something, two
/// act: `pat> payment request …` is the line of the user `pat`, others are the owner's.
package enum DemoScript {
  /// Lines that one after the other the same person types.
  package struct Part: Sendable {
    /// The user; nil for the owner.
    package let user: String?
    package fileprivate(set) var lines: [String]
  }

  /// The script in its order.
  package static let parts: [Part] = {
    var parts: [Part] = []
    for text in SchemaFiles.demo.split(separator: "\n") where !text.hasPrefix("--") {
      let words = text.split(separator: " ", maxSplits: 1)
      let isNamed = words.count == 2 && words[0].hasSuffix(">")
      let user = isNamed ? String(words[0].dropLast()) : nil
      let line = String(isNamed ? words[1] : text)
      if parts.last?.user != user || parts.isEmpty { parts.append(Part(user: user, lines: [])) }
      parts[parts.count - 1].lines.append(line)
    }
    return parts
  }()
}
