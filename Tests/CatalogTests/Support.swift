import Access
import Catalog
import CommandLanguage
import Glibc
import TestSupport
import Testing

/// Records an issue where `text` is not the one kept in `path`.
func expectGolden(
  _ text: String, _ path: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  if let difference = Golden.difference(text, path) {
    Issue.record("\(difference)", sourceLocation: sourceLocation)
  }
}

/// Every command there is.
let registry = Registry(Catalog.areas.flatMap(\.commands))

/// The package's own files.
enum SourceTree {
  /// The package's folder.
  static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    .dropLast(3).joined(separator: "/")

  /// The text of a file; empty where there is none, which no test takes for an answer.
  static func text(_ path: String) -> String { Golden.contents(of: "\(root)/\(path)") ?? "" }

  /// The names in a folder, sorted.
  static func names(in path: String) -> [String] {
    guard let folder = opendir("\(root)/\(path)") else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Every Swift file under a folder, however deep.
  static func swiftFiles(under path: String) -> [String] {
    names(in: path).flatMap { name -> [String] in
      let inner = "\(path)/\(name)"
      return name.hasSuffix(".swift") ? [inner] : swiftFiles(under: inner)
    }
  }
}

/// A table in Markdown.
func markdownTable(_ head: [String], _ rows: [[String]]) -> String {
  ([head, head.map { _ in "---" }] + rows).map { row in
    "| " + row.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }.joined(separator: "\n")
}

/// `text` with spaces up to `width` characters.
func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}

/// Rows under each other, with two spaces between the columns.
func aligned(_ rows: [[String]]) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    var line = zip(row, widths).map { padded($0, $1) }.joined(separator: "  ")
    while line.hasSuffix(" ") { line.removeLast() }
    return line
  }.joined(separator: "\n")
}
