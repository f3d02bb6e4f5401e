import SeededInputs
import LineProtocol
import Testing

@Suite("The PROXY header of a load balancer, version 2")
struct ProxyHeaderTests {
  typealias Outcome = ProxyHeader.Outcome

  static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]
  static let addresses4: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0x12, 0x67, 0x01, 0xBB]
  static let addresses6: [UInt8] =
    [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    + [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] + [0x12, 0x67, 0x01, 0xBB]
  /// An ALPN and a NOOP of no bytes.
  static let extensions: [UInt8] = [0x01, 0, 2, 0x68, 0x32, 0x04, 0, 0]

  /// PP2_TYPE_SSL with these flags of the client's.
  static func tls(_ flags: UInt8) -> [UInt8] { [0x20, 0, 5, flags, 0, 0, 0, 1] }

  static func header(
    _ command: UInt8 = 0x21, _ family: UInt8 = 0x11, _ rest: [UInt8] = addresses4,
    length: Int? = nil
  ) -> [UInt8] {
    let length = length ?? rest.count
    return signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + rest
  }

  static let whole: [(bytes: [UInt8], source: ProxyHeader.Source)] = [
    (header(), .client("192.0.2.7:4711", isSecure: false)),
    (header(0x21, 0x21, addresses6), .client("[2001:db8::1]:4711", isSecure: false)),
    (header(0x21, 0x11, addresses4 + extensions), .client("192.0.2.7:4711", isSecure: false)),
    (header(0x21, 0x21, addresses6 + extensions), .client("[2001:db8::1]:4711", isSecure: false)),
    // Under TLS, which the load balancer ends, by a certificate that it has not asked for; and not.
    (header(0x21, 0x11, addresses4 + tls(0x01)), .client("192.0.2.7:4711", isSecure: true)),
    (
      header(0x21, 0x21, addresses6 + extensions + tls(0x05) + extensions),
      .client("[2001:db8::1]:4711", isSecure: true)
    ),
    (header(0x21, 0x11, addresses4 + tls(0x06)), .client("192.0.2.7:4711", isSecure: false)),
    (header(0x21, 0x11, addresses4 + [0x20, 0, 0]), .client("192.0.2.7:4711", isSecure: false)),
    // LOCAL: whatever else it says.
    (header(0x20, 0x00, []), .balancer),
    (header(0x20, 0x11), .balancer),
    (header(0x20, 0xFF, [1, 2, 3]), .balancer),
    // No family, and what is no TCP.
    (header(0x21, 0x00, []), .client(nil, isSecure: false)),
    (header(0x21, 0x00, [1, 2, 3]), .client(nil, isSecure: false)),
    (header(0x21, 0x12), .client(nil, isSecure: false)),
    (header(0x21, 0x10), .client(nil, isSecure: false)),
    (header(0x21, 0x22, addresses6), .client(nil, isSecure: false)),
    (header(0x21, 0x31, [UInt8](repeating: 0x2F, count: 216)), .client(nil, isSecure: false)),
  ]

  private func refusal(_ bytes: [UInt8]) -> String? {
    if case .refused(let message) = ProxyHeader.parse(bytes) { message } else { nil }
  }

  @Test("A whole header says whose connection it is and where it ends")
  func complete() {
    for (bytes, source) in Self.whole {
      let outcome = Outcome.complete(source, length: bytes.count)
      #expect(ProxyHeader.parse(bytes) == outcome)
      #expect(ProxyHeader.parse(bytes + Array("ping\n".utf8)) == outcome)
      #expect(ProxyHeader.parse(bytes + bytes) == outcome)
    }
  }

  @Test("Every truncation of a header needs more: it can come one byte at a time")
  func truncations() {
    for (bytes, _) in Self.whole {
      for count in 0..<bytes.count {
        #expect(ProxyHeader.parse(Array(bytes[..<count])) == .needsMore)
      }
    }
  }

  @Test("Addresses are written as RFC 5952 has it")
  func addresses() {
    func client(_ address: [UInt8]) -> Outcome {
      let ports: [UInt8] = [0xFF, 0xFF, 0, 0]
      let family: UInt8 = address.count == 4 ? 0x11 : 0x21
      return ProxyHeader.parse(Self.header(0x21, family, address + address + ports))
    }
    let six = { (tail: [UInt8]) in [UInt8](repeating: 0, count: 16 - tail.count) + tail }
    #expect(
      client([0, 0, 0, 0]) == .complete(.client("0.0.0.0:65535", isSecure: false), length: 28))
    #expect(
      client([255, 255, 255, 255])
        == .complete(.client("255.255.255.255:65535", isSecure: false), length: 28))
    #expect(client(six([])) == .complete(.client("[::]:65535", isSecure: false), length: 52))
    #expect(client(six([1])) == .complete(.client("[::1]:65535", isSecure: false), length: 52))
    #expect(
      client(six([255, 255, 192, 0, 2, 7]))
        == .complete(
          .client("[::ffff:192.0.2.7]:65535", isSecure: false), length: 52))
    #expect(
      client([UInt8](repeating: 0xFF, count: 16))
        == .complete(
          .client("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", isSecure: false), length: 52))
  }

  @Test("Version 1 is refused with what to do, as soon as it can be told")
  func firstVersion() {
    let line = Array("PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\nping\n".utf8)
    for count in 1..<6 { #expect(ProxyHeader.parse(Array(line[..<count])) == .needsMore) }
    for count in 6...line.count {
      #expect(refusal(Array(line[..<count]))?.contains("send-proxy-v2 in place of") == true)
    }
  }

  @Test("What is no header is refused at its first wrong byte")
  func strangers() {
    for text in ["ping\n", "PING\n", "\n", "GET / HTTP/1.1\r\n", "PROXX"] {
      #expect(refusal(Array(text.utf8))?.contains("must begin with a header") == true)
    }
    for index in Self.signature.indices {
      var bytes = Self.signature[...index]
      bytes[index] ^= 0x80
      #expect(refusal(Array(bytes)) != nil)
    }
    for version: UInt8 in [0x01, 0x11, 0x31, 0xF1] {
      #expect(refusal(Self.signature + [version])?.contains("of version \(version >> 4)") == true)
    }
    for command: UInt8 in 2...15 {
      #expect(refusal(Self.signature + [0x20 | command])?.contains("command \(command)") == true)
    }
    for family: UInt8 in 4...15 {
      let message = refusal(Self.signature + [0x21, family << 4 | 1])
      #expect(message?.contains("address family \(family)") == true)
    }
    for transport: UInt8 in 3...15 {
      let message = refusal(Self.signature + [0x21, 0x10 | transport])
      #expect(message?.contains("transport \(transport)") == true)
    }
  }

  @Test("Lengths that cannot be are refused before anything more is waited for")
  func hostileLengths() {
    for length in [521, 522, 4_096, 65_535] {
      for command: UInt8 in [0x20, 0x21] {
        let bytes = Self.header(command, 0x11, [], length: length)
        #expect(refusal(bytes)?.contains("at most 536") == true)
      }
    }
    for (family, least) in [(0x11, 12), (0x12, 12), (0x21, 36), (0x22, 36), (0x31, 216)] {
      let header = { Self.header(0x21, UInt8(family), [], length: $0) }
      for length in [0, 1, least - 1] { #expect(refusal(header(length)) != nil) }
      #expect(ProxyHeader.parse(header(least)) == .needsMore)
    }
    let longest = Self.addresses4 + [0x04, 0x01, 0xF9] + [UInt8](repeating: 0, count: 505)
    #expect(
      ProxyHeader.parse(Self.header(0x21, 0x11, longest))
        == .complete(
          .client("192.0.2.7:4711", isSecure: false), length: ProxyHeader.maximumBytes))
  }

  @Test("Extensions must fill their place exactly")
  func extensionLengths() {
    for wrong: [UInt8] in [
      [4], [4, 0], [4, 0, 1], [4, 0, 2, 1], [4, 0xFF, 0xFF, 0], [4, 0, 0, 4],
      [4, 0, 1, 4, 4, 0, 9],
    ] {
      #expect(refusal(Self.header(0x21, 0x11, Self.addresses4 + wrong)) != nil, "\(wrong)")
      // Nobody looks at them where there is no address.
      let local = Self.header(0x20, 0x11, Self.addresses4 + wrong)
      #expect(ProxyHeader.parse(local) == .complete(.balancer, length: local.count))
    }
  }

  @Test("Any bytes: once decided, more bytes change nothing, and a decision always comes")
  func randomBytes() {
    var random = Seeded(7)
    var kinds: Set<String> = []
    for _ in 0..<5_000 {
      var bytes = Self.whole.randomElement(using: &random)?.bytes ?? []
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
      bytes += (0..<600).map { _ in UInt8.random(in: 0...255, using: &random) }
      let whole = ProxyHeader.parse(bytes)
      switch whole {
      case .needsMore: Issue.record("more than 536 bytes of \(bytes) are asked for")
      case .complete(let source, let length):
        kinds.insert(source == .balancer ? "balancer" : "client")
        #expect((16...ProxyHeader.maximumBytes).contains(length))
        #expect(ProxyHeader.parse(Array(bytes[..<(length - 1)])) == .needsMore)
        #expect(ProxyHeader.parse(Array(bytes[..<length])) == whole)
      case .refused(let message):
        kinds.insert("refused")
        #expect(!message.isEmpty && !message.contains("\n"))
        #expect(ProxyHeader.parse(Array(bytes[..<ProxyHeader.maximumBytes])) == whole)
      }
    }
    #expect(kinds == ["balancer", "client", "refused"])
  }
}
