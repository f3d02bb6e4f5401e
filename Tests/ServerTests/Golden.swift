import Glibc
import Testing

/// Files beside the tests that hold what an output must be.
enum Golden {
  /// Records an issue with the lines that differ, unless the text is what the file `name` holds.
  /// With `SISTER_RECORD=1` in the environment the file is written instead.
  static func compare(_ name: String, _ text: String, test: String = #filePath) throws {
    let folder = test.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let path = folder.joined(separator: "/") + "/Golden/\(name).txt"
    if getenv("SISTER_RECORD").map({ String(cString: $0) }) == "1" {
      try write(path, text)
      return
    }
    let expected = try #require(read(path), "there is no Golden/\(name).txt: set SISTER_RECORD=1")
    guard text != expected else { return }
    Issue.record("Golden/\(name).txt differs:\n\(difference(expected, text))")
  }

  /// The lines that are in one text only, `-` for expected ones and `+` for those that came.
  static func difference(_ expected: String, _ actual: String) -> String {
    let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let new = actual.split(separator: "\n", omittingEmptySubsequences: false)
    var lines: [(offset: Int, order: Int, text: String)] = []
    for change in new.difference(from: old) {
      switch change {
      case .remove(let offset, let line, _): lines.append((offset, 0, "-\(offset + 1): \(line)"))
      case .insert(let offset, let line, _): lines.append((offset, 1, "+\(offset + 1): \(line)"))
      }
    }
    return lines.sorted { ($0.offset, $0.order) < ($1.offset, $1.order) }.map(\.text)
      .joined(separator: "\n")
  }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  private static func write(_ path: String, _ text: String) throws {
    let file = try #require(fopen(path, "we"), "cannot write \(path)")
    let bytes = Array(text.utf8)
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
  }
}

@Suite("A golden file that differs says where")
struct GoldenTests {
  @Test("The difference names the lines that are gone and those that came")
  func difference() {
    #expect(Golden.difference("a\nb\nc", "a\nx\nc\nd") == "-2: b\n+2: x\n+4: d")
    #expect(Golden.difference("a", "a").isEmpty)
  }
}
