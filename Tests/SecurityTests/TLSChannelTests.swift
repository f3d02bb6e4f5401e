import SeededInputs
import COpenSSL
import TestSupport
import Testing

@testable import Security

/// A server's and a client's context that know each other, and their files.
struct Site {
  let folder = Folder()
  let authority: Authority
  let server: TLSContext
  let client: TLSContext

  init(authority name: String = "Test CA", withChain: Bool = false) throws {
    authority = Authority(name)
    let files = authority.issue(
      in: folder, "server", names: "DNS:localhost,IP:127.0.0.1,IP:::1", withChain: withChain)
    let ca = authority.file(in: folder)
    server = try .server(
      certificateFile: files.certificate, keyFile: files.key, clientCAFile: nil)
    client = try .client(caFile: ca, certificateFile: nil, keyFile: nil)
  }

  func pair(host: String = "localhost") throws -> ChannelPair {
    try ChannelPair(client, server, host: host)
  }
}

@Suite("TLS between two channels")
struct TLSChannelTests {
  private func random(_ count: Int) -> [UInt8] {
    var random = Seeded(UInt64(count))
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  @Test("Data goes both ways, at once and byte by byte", arguments: [Int.max, 1, 7, 1_000])
  func data(step: Int) throws {
    let pair = try Site(withChain: true).pair()
    #expect(!pair.client.isEstablished && pair.client.channelBinding == nil)
    try pair.client.send("sent too early\n".utf8)
    try pair.server.send("* hello\n".utf8)
    try pair.carry(step: step)
    #expect(pair.client.isEstablished && pair.server.isEstablished)
    #expect(pair.plaintextAtServer == Array("sent too early\n".utf8))
    #expect(pair.plaintextAtClient == Array("* hello\n".utf8))
    try pair.client.send(random(40_000))
    try pair.server.send([])
    try pair.server.send(random(20_000)[...])
    try pair.carry(step: step)
    #expect(pair.plaintextAtServer.dropFirst(15) == random(40_000)[...])
    #expect(pair.plaintextAtClient.dropFirst(8) == random(20_000)[...])
    #expect(!pair.atClient.hasEnded && !pair.atServer.hasEnded)
    #expect(pair.server.peerName == nil && pair.client.peerName == nil)
  }

  @Test("A mebibyte each way, before the handshake and after it")
  func much() throws {
    let pair = try Site().pair()
    try pair.client.send(random(1_048_576))
    try pair.carry()
    try pair.server.send(AnySequence(random(1_048_576)).map { $0 })
    try pair.carry(step: 65_536)
    #expect(pair.plaintextAtServer == random(1_048_576))
    #expect(pair.plaintextAtClient == random(1_048_576))
  }

  @Test("The server offers nothing to resume: after the handshake it says nothing")
  func noTickets() throws {
    let pair = try Site().pair()
    _ = try pair.server.receive(pair.client.takeOutput())
    _ = try pair.client.receive(pair.server.takeOutput())
    _ = try pair.server.receive(pair.client.takeOutput())
    #expect(pair.server.isEstablished)
    #expect(pair.server.takeOutput().isEmpty)
  }

  @Test("Each side may end first, and the other goes on")
  func halfClose() throws {
    for clientIsFirst in [true, false] {
      let pair = try Site().pair()
      try pair.carry()
      let (first, second) = clientIsFirst ? (pair.client, pair.server) : (pair.server, pair.client)
      try first.send("last words".utf8)
      first.endOutput()
      first.endOutput()
      try pair.carry()
      #expect((clientIsFirst ? pair.atServer : pair.atClient).hasEnded)
      #expect(!(clientIsFirst ? pair.atClient : pair.atServer).hasEnded)
      #expect(throws: TLSError.self) { try first.send("more".utf8) }
      for _ in 0..<3 {
        try second.send(random(50_000))
        try pair.carry()
      }
      second.endOutput()
      try pair.carry()
      #expect(pair.atServer.hasEnded && pair.atClient.hasEnded)
      let got = clientIsFirst ? pair.plaintextAtClient : pair.plaintextAtServer
      #expect(got == random(50_000) + random(50_000) + random(50_000))
      // What comes after its end is nothing.
      #expect(try second.receive([1, 2, 3]) == .init(plaintext: [], hasEnded: true))
    }
  }

  @Test("An end that is asked for before the handshake is over comes behind what was sent")
  func earlyEnd() throws {
    let pair = try Site().pair()
    try pair.client.send("all there is".utf8)
    pair.client.endOutput()
    try pair.carry(step: 3)
    #expect(pair.plaintextAtServer == Array("all there is".utf8))
    #expect(pair.atServer.hasEnded)
  }

  @Test("The binding is the same at both ends, and another for each connection")
  func binding() throws {
    let site = try Site()
    let (one, other) = (try site.pair(), try site.pair())
    try one.carry()
    try other.carry()
    #expect(one.client.channelBinding?.count == 32)
    #expect(one.client.channelBinding == one.server.channelBinding)
    #expect(other.client.channelBinding == other.server.channelBinding)
    #expect(one.client.channelBinding != other.client.channelBinding)
  }

  @Test("A new key that the peer asks for changes nothing, even while half of the request is there")
  func keyUpdate() throws {
    let site = try Site()
    let channel = try TLSChannel(server: site.server)
    let peer = RawPeer(client: TLS1_3_VERSION)
    var received: [UInt8] = []
    func carry(step: Int = .max) throws {
      for byte in peer.take() { received += try channel.receive([byte]).plaintext }
      peer.give(channel.takeOutput())
    }
    try carry()
    SSL_do_handshake(peer.ssl)
    try carry()
    #expect(channel.isEstablished)
    SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED)
    SSL_write(peer.ssl, "behind", 6)
    let bytes = peer.take()
    for byte in bytes {
      received += try channel.receive([byte]).plaintext
      try channel.send([0x2E])
    }
    peer.give(channel.takeOutput())
    #expect(received == Array("behind".utf8))
    var answer = [UInt8](repeating: 0, count: 1_000)
    var count: Int32 = 0
    while case let more = SSL_read(peer.ssl, &answer, 1_000), more > 0 { count += more }
    #expect(Int(count) == bytes.count)
  }
}
