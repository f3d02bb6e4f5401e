import CommandLanguage
import Foundations
import LineProtocol

/// What a client must know of a line before it sends it, so that both sides agree on where the
/// request ends. Everything else about the line is the server's to judge.
struct RequestLine {
  /// Blank or a comment: there will be no answer.
  let isBlank: Bool
  /// The tag that its answer will carry.
  let tag: String?
  /// How many bytes of literal follow it.
  let literalBytes: Int?

  /// Looks at a line without its end of line.
  init(_ line: [UInt8]) throws(ClientError) {
    guard !line.contains(0x0A) else {
      throw ClientError("usage.syntax", "a request is one line; a line break is \\n in quotes")
    }
    do throws(RequestError) {
      let request = try RequestParser.parse(line)
      isBlank = request == nil
      tag = request?.tag
      literalBytes = request?.literalBytes
    } catch {
      isBlank = false
      tag = error.tag
      literalBytes = nil
    }
    if let literalBytes {
      guard literalBytes <= Limits.scriptLiteralBytes, line.count <= Limits.lineBytes else {
        throw ClientError(
          "usage.line-too-long",
          "a literal may have \(Limits.scriptLiteralBytes) bytes, its line \(Limits.lineBytes)")
      }
    }
  }

  /// Looks at a line that is sent together with `literal`.
  init(_ line: [UInt8], literal: [UInt8]?) throws(ClientError) {
    try self.init(line)
    guard literalBytes == literal?.count else {
      throw ClientError(
        "usage.syntax",
        "a value {N} announces N bytes on the lines that follow, which only a script file can have")
    }
  }

  /// Whether it carries a secret, which must not be kept or shown again.
  static func hasSecret(_ line: String) -> Bool {
    ["token=", "password=", "secret=", "verifier="].contains { line.contains($0) }
  }
}
