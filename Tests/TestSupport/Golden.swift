import Glibc

/// Texts that are kept beside the tests, so that a change of them is seen and meant.
///
/// `SISTER_RECORD=1 swift test` writes them anew: read the difference before committing it.
package enum Golden {
  /// Whether the texts are being written anew: what reads them may find them half-written.
  package static var isRecording: Bool {
    getenv("SISTER_RECORD").map { String(cString: $0) } == "1"
  }

  /// What is different between `text` and the file at `path`, which starts at the folder of the
  /// test's own source file; nil where they are equal, or where the file has just been written.
  package static func difference(
    _ text: String, _ path: String, from source: String = #filePath
  ) -> String? {
    let folder = source.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let file = folder.joined(separator: "/") + "/" + path
    let text = text.hasSuffix("\n") ? text : text + "\n"
    if isRecording {
      return write(text, to: file) ? nil : "\(path) cannot be written"
    }
    guard let kept = contents(of: file) else { return "there is no \(path)" }
    return kept == text ? nil : difference(kept, text, path)
  }

  /// A file's text; nil where it cannot be read.
  package static func contents(of file: String) -> String? {
    guard let stream = fopen(file, "r") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, stream)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk.prefix(count)
    }
  }

  private static func write(_ text: String, to file: String) -> Bool {
    guard let stream = fopen(file, "w") else { return false }
    let bytes = Array(text.utf8)
    let count = fwrite(bytes, 1, bytes.count, stream)
    return fclose(stream) == 0 && count == bytes.count
  }

  private static func difference(_ kept: String, _ text: String, _ path: String) -> String {
    let old = kept.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let new = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var lines = ["\(path) is not what it was (SISTER_RECORD=1 writes it anew):"]
    // What is new says most; of what is gone, as much.
    let changes = new.difference(from: old)
    for case .insert(let offset, let line, _) in changes.insertions.prefix(20) {
      lines.append("\(offset + 1) + \(line)")
    }
    for case .remove(let offset, let line, _) in changes.removals.prefix(20) {
      lines.append("\(offset + 1) - \(line)")
    }
    return lines.joined(separator: "\n")
  }
}
