import LineProtocol
import Testing

@Suite("Pairs and checksums")
struct ClientPairsTests {
  @Test("The check values of RFC 3720 and of the catalogue of CRC algorithms")
  func checksums() {
    func sum(_ bytes: [UInt8]) -> String {
      var sum = CRC32C()
      sum.update(bytes)
      return sum.hexadecimal
    }
    #expect(sum([]) == "00000000")
    #expect(sum(Array("123456789".utf8)) == "e3069283")
    #expect(sum(Array(repeating: 0, count: 32)) == "8a9136aa")
    #expect(sum(Array(repeating: 0xFF, count: 32)) == "62a8ab43")
    #expect(sum(Array(0..<32)) == "46dd794e")
    var lines = CRC32C()
    lines.update(line: [0x61])
    lines.update(line: AnySequence([0x62]))
    #expect(lines.hexadecimal == sum(Array("a\nb\n".utf8)))
  }

  @Test("A value is bare where it can be")
  func encoding() {
    let bytes = Pairs.encode([
      ("a", "1"), ("b", ""), ("c", "two words"), ("d", "友好"), ("e", "{1}"), ("f", "x{"),
      ("g", "a\"\\\n"), ("h", "'x"), ("i", "a\u{202E}b"), ("j", "\u{2069}"), ("k", "\u{2027}…"),
      ("msg", "a=b"),
    ])
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == #"a=1 b="" c="two words" d=友好 e="{1}" f=x{ g="a\"\\\n" h="'x" i="a\u202eb" j="\u2069" "#
        + "k=\u{2027}… msg=a=b")
  }

  @Test("Pairs come back as they were")
  func roundTrip() {
    let values = [
      "", " ", "a b", "\"", "\\", "{", "{1}", "=", "a=\"b\"", "\u{1}\u{1F}\u{7F}", "友好城市", "👨‍👩‍👧",
      "\t\r\n", "@x", "--", "\u{9B}", "'", "'a b'", "\u{202E}x\u{2069}",
    ]
    for first in values {
      for second in values {
        let pairs = Pairs([("a", first), ("msg", second)])
        let bytes = Pairs.encode([("a", first), ("msg", second)])
        #expect(!bytes.contains { $0 < 0x20 })
        #expect(Pairs(decoding: bytes) == pairs)
      }
    }
    #expect(Pairs(decoding: [])?.entries.isEmpty == true)
    for text in ["word", "a>=1", "a={5}", "a=\"", "@t a=1"] {
      #expect(Pairs(decoding: Array(text.utf8)) == nil)
    }
  }
}
