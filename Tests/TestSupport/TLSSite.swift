import Security

/// What a test's servers and clients show each other: an authority of their own, in a folder that goes
/// with it.
package final class TLSSite {
  package let folder = Folder()
  package let authority = Authority("Test CA")
  /// The file of who vouches for all of them.
  package let ca: String

  package init() { ca = authority.file(in: folder) }

  /// A server's side; `asksClients` for certificates of the same authority.
  package func server(_ name: String = "server", asksClients: Bool = false) throws -> TLSContext {
    let files = serverFiles(name)
    return try .server(
      certificateFile: files.certificate, keyFile: files.key,
      clientCAFile: asksClients ? ca : nil)
  }

  /// The files of a server's certificate.
  package func serverFiles(_ name: String = "server") -> Authority.Files {
    authority.issue(in: folder, name, names: "DNS:localhost,IP:127.0.0.1")
  }

  /// A client's side; where it has a name, it shows a certificate of it.
  package func client(showing name: String? = nil) throws -> TLSContext {
    let files = name.map { authority.issue(in: folder, $0, commonNames: [$0]) }
    return try .client(caFile: ca, certificateFile: files?.certificate, keyFile: files?.key)
  }
}
