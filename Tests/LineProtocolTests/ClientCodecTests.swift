import CommandLanguage
import Testing

@testable import LineProtocol

@Suite("The client understands every line and lets no damaged answer pass")
struct ClientCodecTests {
  private func events(_ text: String, tags: [String] = []) -> [ClientEvent] {
    var codec = ClientCodec()
    for tag in tags { codec.expect(tag) }
    return codec.feed(Array(text.utf8))
  }

  private func pairs(_ pairs: (String, String)...) -> Pairs { Pairs(pairs) }

  @Test("A session, byte by byte and at once")
  func session() {
    let text = """
      * slp=1 server=sister/1.0 auth=token,scram max-line=65536 max-inflight=16
      # number:text\tcommunity:text
      | G-2026-0042\t友好城市
      : more
      % done=50
      + rows=1 crc32c=\(checksum("G-2026-0042\t友好城市", "more")) ms=4
      ! grant=G-1
      ~ data=abc
      - conflict.state retry=no effect=none at=7 arg=grant try="grant close" msg="It is open."

      """
    let expected: [ClientEvent.Kind] = [
      .notice(
        pairs(
          ("slp", "1"), ("server", "sister/1.0"), ("auth", "token,scram"), ("max-line", "65536"),
          ("max-inflight", "16"))),
      .head(Array("number:text\tcommunity:text".utf8)),
      .row(Array("G-2026-0042\t友好城市".utf8)), .continuation(Array("more".utf8)),
      .progress(pairs(("done", "50"))),
      .ok(
        pairs(
          ("rows", "1"), ("crc32c", checksum("G-2026-0042\t友好城市", "more")), ("ms", "4"))),
      .push(pairs(("grant", "G-1"))), .step(pairs(("data", "abc"))),
      .error(
        ClientError(
          "conflict.state", "It is open.", column: 7, argument: "grant",
          suggestion: "grant close")),
    ]
    #expect(events(text).map(\.kind) == expected)
    var codec = ClientCodec()
    #expect(text.utf8.flatMap { codec.feed([$0]) }.map(\.kind) == expected)
    #expect(!codec.isMidAnswer)
  }

  @Test("Tags are taken off only where a request has them")
  func tags() {
    let text = "| @t1 a\n| @other b\n+ @t1 rows=1\n- @t2 usage.syntax msg=x\n+ rows=1\n"
    let tagged = events(text, tags: ["t1", "t2"])
    #expect(tagged.map(\.tag) == ["t1", nil, "t1", "t2", nil])
    #expect(tagged[1].kind == .row(Array("@other b".utf8)))
    #expect(events("| @t1 a\n") == [ClientEvent(.row(Array("@t1 a".utf8)))])
    #expect(events("+ @t1\n", tags: ["t1"]) == [ClientEvent(.ok(Pairs()), tag: "t1")])
    #expect(events("+ \n") == [ClientEvent(.ok(Pairs()))])
  }

  @Test("A wrong count or checksum is an error, not an answer")
  func damage() {
    for text in ["| a\n+ rows=2\n", "+ rows=1\n", "| a\n+ rows=1 crc32c=00000000\n"] {
      guard case .error(let error) = events(text).last?.kind else {
        Issue.record("\(text) passed")
        continue
      }
      #expect(error.code == "proto.damaged")
      #expect(error.exitStatus == 76)
    }
    #expect(events("| a\n+ rows=1 crc32c=\(checksum("a"))\n").last?.isFinal == true)
    let twice = events("| a\n- busy.database msg=x\n| b\n+ rows=1 crc32c=\(checksum("b"))\n")
    #expect(twice.last?.kind == .ok(pairs(("rows", "1"), ("crc32c", checksum("b")))))
  }

  @Test("What is no SLP/1 is refused, and nothing after it is believed")
  func violations() {
    for text in ["HTTP/1.1 400 Bad Request\n", "\n", "?? x\n", "+ a=\"\n", "+ word\n", "- \n"] {
      let events = events(text + "+ rows=0\n")
      #expect(events.count == 1)
      guard case .violation = events.first?.kind else {
        Issue.record("\(text) passed")
        continue
      }
    }
  }

  @Test("An end of the connection within an answer is noticed")
  func truncation() {
    for (text, isMidAnswer) in [
      ("", false), ("| a\n", true), ("| a\n+ rows=1", true), ("| a\n+ rows=1\n", false),
      ("+", true),
    ] {
      var codec = ClientCodec()
      _ = codec.feed(Array(text.utf8))
      #expect(codec.isMidAnswer == isMidAnswer)
    }
  }

  @Test("CRLF ends status lines; payloads keep their carriage returns")
  func carriageReturns() {
    let events = events("| a\r\n+ rows=1 crc32c=\(checksum("a\r"))\r\n")
    #expect(events.first?.kind == .row(Array("a\r".utf8)))
    #expect(events.last?.kind == .ok(pairs(("rows", "1"), ("crc32c", checksum("a\r")))))
  }

  @Test("Errors carry all that they say, and unknown classes are faults")
  func errors() {
    let pairs = #"retry=30 effect=unknown fatal=yes ref=ab12 later=x msg="a \"b\"""#
    let text = "- proto.http \(pairs)\n"
    guard case .error(let error) = events(text).first?.kind else {
      Issue.record("no error")
      return
    }
    #expect(error.retry == .seconds(30))
    #expect(error.effect == .unknown)
    #expect(error.reference == "ab12")
    #expect(error.isFatal)
    #expect(error.message == "a \"b\"")
    #expect(ClientError("newer.thing", "").exitStatus == 70)
    #expect(ClientError.cut("").exitStatus == 75)
    for errorClass in ErrorClass.allCases {
      #expect(ClientError("\(errorClass.rawValue).x", "").exitStatus == errorClass.exitStatus)
    }
  }
}

/// The checksum of payload lines.
private func checksum(_ lines: String...) -> String {
  var sum = CRC32C()
  for line in lines { sum.update(line: line.utf8) }
  return sum.hexadecimal
}
