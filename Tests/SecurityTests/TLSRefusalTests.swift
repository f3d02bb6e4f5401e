import SeededInputs
import COpenSSL
import TestSupport
import Testing

@testable import Security

@Suite("TLS with whom it should not be")
struct TLSRefusalTests {
  private func failure(_ body: () throws -> Void) -> TLSError? {
    do {
      try body()
      return nil
    } catch { return error as? TLSError }
  }

  @Test(
    "A server whose certificate is of another CA is refused, and learns that it is",
    arguments: [("Other CA", "unknown CA"), ("Test CA", "decrypt error")])
  func wrongAuthority(name: String, alertText: String) throws {
    let (site, other) = (try Site(), try Site(authority: name))
    let pair = try ChannelPair(other.client, site.server)
    let error = failure { try pair.carry() }
    #expect(error?.message.starts(with: "The server's certificate was refused: ") == true)
    #expect(failure { _ = try pair.client.receive([1]) } == error)
    #expect(failure { try pair.client.send([1]) } == error)
    #expect(!pair.client.isEstablished && pair.client.channelBinding == nil)
    let alert = pair.client.takeOutput()
    let told = failure { _ = try pair.server.receive(alert) }
    #expect(told?.message == "The peer refused the connection: \(alertText).")
  }

  @Test(
    "The certificate must be for the host",
    arguments: [
      ("localhost", true), ("LOCALHOST", true), ("127.0.0.1", true), ("::1", true),
      ("other.example", false), ("localhost.example", false), ("127.0.0.2", false),
      ("::2", false), ("a.wild.example", true), ("b.a.wild.example", false),
      ("wild.example", false), ("subject.example", false),
    ])
  func host(host: String, isRight: Bool) throws {
    let site = try Site()
    let files = site.authority.issue(
      in: site.folder, "named", commonNames: ["subject.example"],
      names: "DNS:localhost,IP:127.0.0.1,IP:::1,DNS:*.wild.example")
    let server = try TLSContext.server(
      certificateFile: files.certificate, keyFile: files.key, clientCAFile: nil)
    let pair = try ChannelPair(site.client, server, host: host)
    let error = failure { try pair.carry() }
    #expect(error?.message == (isRight ? nil : "The server's certificate is not for \(host)."))
    #expect(pair.client.isEstablished == isRight)
  }

  @Test("What is no name of a server", arguments: ["", ".example", "a\u{0}b"])
  func noHost(host: String) throws {
    let site = try Site()
    let error = failure { _ = try TLSChannel(client: site.client, host: host) }
    #expect(error?.message == "\"\(host)\" is not the name of a server.")
  }

  @Test("A name without a subjectAltName is none")
  func commonNameOnly() throws {
    let site = try Site()
    let files = site.authority.issue(in: site.folder, "cn", commonNames: ["localhost"])
    let server = try TLSContext.server(
      certificateFile: files.certificate, keyFile: files.key, clientCAFile: nil)
    let pair = try ChannelPair(site.client, server)
    let error = failure { try pair.carry() }
    #expect(error?.message == "The server's certificate is not for localhost.")
  }

  @Test("A client of TLS 1.2 is refused, and told")
  func oldVersion() throws {
    let channel = try TLSChannel(server: Site().server)
    let error = failure { _ = try channel.receive(RawPeer(client: TLS1_2_VERSION).take()) }
    #expect(error == TLSError("The peer does not speak TLS 1.3."))
    // An alert record: fatal, protocol_version.
    #expect(channel.takeOutput() == [21, 3, 3, 0, 2, 2, 70])
  }

  @Test("The common name of a client's certificate is the peer's name")
  func clientCertificate() throws {
    let site = try Site()
    let server = try mutual(site)
    let names: [([String], String?)] = [
      (["王芳"], "王芳"), ([], nil), (["one", "two"], nil), (["a\nb"], nil),
    ]
    for (commonNames, expected) in names {
      let files = site.authority.issue(in: site.folder, "client", commonNames: commonNames)
      let client = try TLSContext.client(
        caFile: "\(site.folder.path)/ca.pem", certificateFile: files.certificate,
        keyFile: files.key)
      let pair = try ChannelPair(client, server)
      #expect(pair.server.peerName == nil)
      try pair.carry()
      #expect(pair.server.isEstablished && pair.server.peerName == expected)
      #expect(pair.client.peerName == nil)
    }
    let without = try ChannelPair(site.client, server)
    try without.carry()
    #expect(without.server.isEstablished && without.server.peerName == nil)
  }

  @Test(
    "A client's certificate of another CA fails, though none would not",
    arguments: ["Other CA", "Test CA"])
  func foreignClient(name: String) throws {
    let (site, other) = (try Site(), try Site(authority: name))
    let server = try mutual(site)
    let files = other.authority.issue(in: other.folder, "client", commonNames: ["root"])
    let client = try TLSContext.client(
      caFile: "\(site.folder.path)/ca.pem", certificateFile: files.certificate, keyFile: files.key)
    let pair = try ChannelPair(client, server)
    let error = failure { try pair.carry() }
    #expect(error?.message.starts(with: "The client's certificate was refused: ") == true)
    #expect(!pair.server.isEstablished && pair.server.peerName == nil)
    #expect(failure { _ = try pair.client.receive(pair.server.takeOutput()) } != nil)
  }

  private func mutual(_ site: Site) throws -> TLSContext {
    let files = site.authority.issue(in: site.folder, "mutual", names: "DNS:localhost")
    return try TLSContext.server(
      certificateFile: files.certificate, keyFile: files.key,
      clientCAFile: "\(site.folder.path)/ca.pem")
  }

  @Test("A peer that speaks no TLS is told apart, on both sides")
  func plaintext() throws {
    let site = try Site()
    let expected = TLSError("The peer does not speak TLS.", isPlaintext: true)
    for text in ["auth token\n", "\n", "GET / HTTP/1.1\r\n", "\u{15}\u{3}"] {
      let server = try TLSChannel(server: site.server)
      #expect(failure { _ = try server.receive(text.utf8) } == expected)
      #expect(failure { _ = try server.receive([22, 3, 1]) } == expected)
      #expect(server.takeOutput().isEmpty)
    }
    let client = try TLSChannel(client: site.client, host: "localhost")
    #expect(failure { _ = try client.receive("* slp=1\n".utf8) } == expected)
    let alerted = try TLSChannel(client: site.client, host: "localhost")
    #expect(
      failure { _ = try alerted.receive([21, 3, 3, 0, 2, 2, 70]) }
        == TLSError("The peer refused the connection: protocol version."))
  }

  @Test("Garbage is refused, whatever it is", arguments: 0..<40)
  func garbage(seed: Int) throws {
    let site = try Site()
    var random = Seeded(UInt64(seed))
    for _ in 0..<50 {
      let isServer = Bool.random(using: &random)
      let channel =
        isServer
        ? try TLSChannel(server: site.server)
        : try TLSChannel(client: site.client, host: "localhost")
      var bytes: [UInt8] = [22, 3, UInt8.random(in: 0...4, using: &random)]
      let count = Int.random(in: 0...3_000, using: &random)
      // Half of them have a length that is right, so that what is in the record is looked at.
      if Bool.random(using: &random) { bytes += [UInt8(count >> 8), UInt8(count & 0xFF)] }
      bytes += (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      while !bytes.isEmpty {
        let chunk = bytes.prefix(Int.random(in: 1...2_000, using: &random))
        bytes.removeFirst(chunk.count)
        guard let received = try? channel.receive(chunk) else { break }
        #expect(received.plaintext.isEmpty)
      }
      #expect(!channel.isEstablished)
    }
  }

  @Test("One changed bit on the way is found, and nothing false arrives", arguments: 0..<60)
  func changedBit(seed: Int) throws {
    let site = try Site()
    var random = Seeded(UInt64(seed))
    let pair = try site.pair()
    let target = Int.random(in: 0..<1_500, using: &random)
    let mask = UInt8(1) << UInt8.random(in: 0...7, using: &random)
    var position = 0
    var isChanged = false
    pair.onTheWay = { bytes, _ in
      var bytes = bytes
      if (position..<position + bytes.count).contains(target) {
        bytes[target - position] ^= mask
        isChanged = true
      }
      position += bytes.count
      return bytes
    }
    let words = Array("words".utf8)
    try pair.client.send(words)
    try pair.server.send(words)
    let error = failure { try pair.carry() }
    for got in [pair.plaintextAtClient, pair.plaintextAtServer] {
      #expect(got.isEmpty || got == words)
    }
    // A header may say that more is to come, and then it is waited for; but two ends that believe
    // to be connected are connected to each other.
    #expect(error == nil || isChanged)
    if pair.client.isEstablished, pair.server.isEstablished {
      #expect(pair.client.channelBinding == pair.server.channelBinding)
    }
  }
}
