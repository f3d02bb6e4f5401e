import SeededInputs
import CommandLanguage
import Foundations
import LineProtocol
import Testing

@Suite("Bytes become lines and literals, however they were cut")
struct FramerTests {
  typealias Frame = LineFramer.Frame

  /// The frames of these pieces; a line `literal N` announces a literal, as a session would.
  private func frames(_ pieces: [[UInt8]]) -> [Frame] {
    var framer = LineFramer()
    var frames: [Frame] = []
    for piece in pieces {
      framer.feed(piece)
      while let frame = framer.next() {
        frames.append(frame)
        guard case .line(let line) = frame, line.starts(with: Array("literal ".utf8)) else {
          continue
        }
        framer.expectLiteral(Int(String(decoding: line.dropFirst(8), as: UTF8.self)) ?? 0)
      }
    }
    return frames
  }

  private func frames(_ text: String) -> [Frame] { frames([Array(text.utf8)]) }

  private func line(_ text: String) -> Frame { .line(Array(text.utf8)) }

  /// The code, column and tag of each refusal; nil for other frames.
  private func refusals(_ bytes: [UInt8]) -> [String?] {
    frames([bytes]).map { frame in
      guard case .refused(let error, let tag) = frame else { return nil }
      return "\(error.code) \(error.column ?? 0) \(tag ?? "-")"
    }
  }

  /// Everything that a stream can contain and still go on.
  private let mixed: [UInt8] =
    Array("one\ntwo\r\n\n\r\n友好\nliteral 7\na\n友\r\n\n@t a\u{0}b\na\rb\n".utf8) + [0xFF, 0x0A]
    + Array("literal 0\n\nliteral 2\n".utf8) + [0xC3, 0x28, 0x0A] + Array("last\n".utf8)

  @Test("LF and CR LF end lines; an unfinished line is none")
  func lines() {
    #expect(frames("a\nb\r\n\n\r\nc") == [line("a"), line("b"), line(""), line("")])
    #expect(frames("a\r") == [])
    #expect(frames("") == [])
  }

  @Test("A stream cut in two at any byte, or into single bytes, gives the same frames")
  func everyBoundary() {
    let whole = frames([mixed])
    #expect(whole.count == 15)
    for cut in 0...mixed.count {
      #expect(frames([Array(mixed[..<cut]), Array(mixed[cut...])]) == whole, "cut at \(cut)")
    }
    #expect(frames(mixed.map { [$0] }) == whole)
  }

  @Test("A stream cut into random pieces gives the same frames")
  func randomPieces() {
    var random = Seeded(3)
    let whole = frames([mixed])
    for _ in 0..<500 {
      var pieces: [[UInt8]] = []
      var rest = mixed[...]
      while !rest.isEmpty {
        let count = Int.random(in: 0...9, using: &random)
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(frames(pieces) == whole)
    }
  }

  @Test(
    "NUL, a bare carriage return and bytes that are no UTF-8 are refused, and the next line counts")
  func badBytes() {
    #expect(refusals(Array("友\u{0}\nok\n".utf8)) == ["proto.bad-byte 2 -", nil])
    #expect(refusals(Array("@t1 a\rb\nok\n".utf8)) == ["proto.bad-byte 6 t1", nil])
    #expect(refusals(Array("a\r\r\nok\n".utf8)) == ["proto.bad-byte 2 -", nil])
    for bytes: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE5, 0x8F],
    ] {
      let line = Array("@x ".utf8) + bytes + [0x0A]
      #expect(refusals(line + Array("ok\n".utf8)) == ["proto.bad-utf8 0 x", nil])
    }
  }

  @Test("A line of the longest length is taken, with CR LF too; one byte more is not")
  func longest() {
    let longest = [UInt8](repeating: 0x61, count: Limits.lineBytes)
    #expect(frames([longest + [0x0A]]) == [.line(longest)])
    #expect(frames([longest + [0x0D, 0x0A]]) == [.line(longest)])
    #expect(frames([longest + [0x0D], [0x0A]]) == [.line(longest)])
    #expect(refusals(longest + [0x61, 0x0A]) == ["usage.line-too-long 0 -"])
  }

  @Test(
    "A line that is too long is discarded to its end, refused with its tag, and the next counts")
  func tooLong() {
    let start = Array("@long ".utf8)
    let rest = [UInt8](repeating: 0x61, count: Limits.lineBytes)
    let bytes = start + rest + Array("\nok\n".utf8)
    #expect(refusals(bytes) == ["usage.line-too-long 0 long", nil])
    for size in [1_000, 65_535, 65_537] {
      let pieces = stride(from: 0, to: bytes.count, by: size).map {
        Array(bytes[$0..<min($0 + size, bytes.count)])
      }
      #expect(frames(pieces) == frames([bytes]))
    }
  }

  @Test("While a line that is too long goes by, nothing of it is kept")
  func discardedMemory() {
    var framer = LineFramer()
    let piece = [UInt8](repeating: 0x61, count: 10_000)
    for _ in 0..<100 {
      framer.feed(piece)
      #expect(framer.next() == nil)
      #expect(framer.pendingBytes <= Limits.lineBytes + 1)
      #expect(framer.isInsideFrame)
    }
  }

  @Test("Past the fatal length framing is lost, and nothing after it is read")
  func fatal() {
    let piece = [UInt8](repeating: 0x61, count: Limits.fatalLineBytes / 4)
    let last = frames([piece, piece, piece, piece, [0x61], Array("\nping\n".utf8)])
    #expect(last.count == 1)
    guard case .lost(let error) = last.first else {
      Issue.record("not lost: \(last)")
      return
    }
    #expect(error.code == .overflow)
  }

  @Test("A literal is counted in bytes and may hold anything but NUL")
  func literals() {
    #expect(
      frames("literal 7\n友\r\n\nx\nok\n")[1...] == [.literal(Array("友\r\n\nx".utf8)), line("ok")])
    #expect(frames("literal 0\n\nok\n")[1...] == [.literal([]), line("ok")])
    #expect(frames("literal 3\nabc").count == 1)
    #expect(refusals(Array("literal 1\n\u{0}\nok\n".utf8))[1...] == ["proto.bad-utf8 0 -", nil])
  }

  @Test("A literal without LF after it loses framing")
  func literalWithoutEnd() {
    for text in ["literal 2\nabcd\nok\n", "literal 2\nab\r\nok\n"] {
      let all = frames(text)
      #expect(all.count == 2)
      guard case .lost(let error) = all.last else {
        Issue.record("not lost: \(all)")
        continue
      }
      #expect(error.code == .overflow)
    }
  }

  @Test("A whole line leaves nothing behind; half a frame of any kind does")
  func isInsideFrame() {
    func inside(_ text: String, literal: Int? = nil) -> Bool {
      var framer = LineFramer()
      framer.feed(Array(text.utf8))
      while framer.next() != nil { if let literal { framer.expectLiteral(literal) } }
      return framer.isInsideFrame
    }
    #expect(!inside(""))
    #expect(!inside("a\n"))
    #expect(inside("a\nb"))
    #expect(inside("a\n", literal: 5))
    #expect(inside("a\nbcd", literal: 5))
    #expect(inside(String(repeating: "a", count: Limits.lineBytes + 2)))
  }

  @Test("A line of the longest length comes through a byte at a time")
  func byteByByte() {
    var framer = LineFramer()
    for _ in 0..<Limits.lineBytes {
      framer.feed([0x61])
      if framer.next() != nil { Issue.record("a frame before the end") }
    }
    framer.feed([0x0A])
    #expect(framer.next() == .line([UInt8](repeating: 0x61, count: Limits.lineBytes)))
  }
}
