import Glibc
import TestSupport
import Testing

/// Whoever is not on this machine is served under TLS, or not at all.
@Suite("The program among other addresses than the loopback's", .serialized, .ownThread)
struct NamespaceTests {
  private static let why: Comment =
    "needs ip, and to be allowed a network namespace: root, or an ordinary user with namespaces"

  @Test(
    "In the clear nobody is served across the network, asked for or not, and the audit knows who tried",
    .enabled(if: OwnNetwork.means != nil, why))
  func plaintext() async throws {
    try await blocking {
      let network = try OwnNetwork()
      let refused = try network.serve("--listen=\(OwnNetwork.server):7478", until: "tcp=")
      #expect(refused.status == 75)
      #expect(
        refused.log.hasSuffix(
          "sister: busy.unavailable: 192.0.2.1:7478 is not a loopback address, and is served under "
            + "TLS only: --listen-tls, with --tls-certificate and --tls-key\n"), "\(refused.log)")

      let folder = Folder()
      let authority = Authority("Test CA")
      let ca = authority.file(in: folder)
      let files = authority.issue(in: folder, "server", names: "IP:\(OwnNetwork.server)")
      chmod(folder.path, 0o711)
      let served = try network.serve(
        "--listen=127.0.0.1:7478 --listen-tls=\(OwnNetwork.server):7479 "
          + "--tls-certificate=\(files.certificate) --tls-key=\(files.key)", until: " tls=")
      try #require(served.status == nil, "\(served.log)")
      let setUp = try network.shell(
        "sister --home=\(network.home) -c 'user create ann reporter' -c 'token create ann test'",
        inside: false)
      let token = try #require(
        setUp.output.firstMatch(of: #/token=(\S+)/#)?.1, "\(setUp.errors)")

      // The plain port is the machine's own.
      let from = "-N -w 20 -s \(OwnNetwork.other) \(OwnNetwork.server)"
      let none = try network.shell("echo ping | nc \(from) 7478", inside: true)
      #expect(none.status == 1 && none.output.isEmpty, "\(none)")
      let local = try network.shell("echo ping | nc -N -w 20 127.0.0.1 7478", inside: true)
      #expect(local.output.contains("\n+ ms="), "\(local)")
      // Who speaks no TLS is told in the clear; a token that was sent so is not looked at.
      let plain = try network.shell("echo auth token=\(token) | nc \(from) 7479", inside: true)
      #expect(
        plain.output.wholeMatch(
          of: #/- proto\.tls-required retry=no effect=none fatal=yes .*msg="[^\n]*\n/#) != nil,
        "\(plain)")

      // Under TLS, the same address is as good as any.
      let secure =
        "openssl s_client -quiet -verify_return_error -verify_ip \(OwnNetwork.server) -CAfile \(ca) "
        + "-bind \(OwnNetwork.other):0 -connect \(OwnNetwork.server):7479 2>/dev/null"
      let known = try network.shell(
        "printf 'auth token=\(token)\\nwhoami\\nquit\\n' | \(secure)", inside: true)
      #expect(known.output.contains("\n| ann\treporter\t"), "\(known)")
      let unknown = try network.shell(
        "printf 'auth token=sister_0123\\nquit\\n' | \(secure)", inside: true)
      #expect(unknown.output.contains("\n- auth.failed "), "\(unknown)")

      let expected = [
        "\(OwnNetwork.other)\tauth token\tauth.failed\tunknown token",
        "\(OwnNetwork.other)\tconnect\tproto.tls-required\tThe peer does not speak TLS.",
      ]
      let found = try Self.refusals(network, expected.count)
      #expect(found == expected, "\(found)")
    }
  }

  /// What the audit has of refusals, once there are so many.
  private static func refusals(_ network: OwnNetwork, _ count: Int) throws -> [String] {
    var rows: [String] = []
    for _ in 0..<200 where rows.count < count {
      usleep(50_000)
      let answer = try network.shell(
        "sister --home=\(network.home) --format=tsv -c 'audit refusals'", inside: false)
      rows = answer.output.split(separator: "\n").map { line in
        let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
        return [2, 4, 5, 6].map { cells.indices.contains($0) ? String(cells[$0]) : "" }
          .joined(separator: "\t")
      }
    }
    return rows.sorted()
  }
}
