import Glibc

/// The header that a load balancer puts in front of a client's bytes: version 2 of the PROXY
/// protocol (`proxy-protocol.txt` of HAProxy).
///
/// To be believed only of a connection that comes from a listed balancer, on which it must come
/// first: anybody can write one.
package enum ProxyHeader {
  /// Longest header that is taken, in bytes: what the specification lets a sender count on, as it
  /// fits into one segment of any network.
  package static let maximumBytes = 536

  /// Whose connection it is.
  package enum Source: Sendable, Equatable {
    /// A client's, with its address and port, `192.0.2.7:4711`, `[2001:db8::1]:4711`, if the balancer
    /// can tell those of TCP; and whether it says that the client came under TLS, which then ends there.
    case client(String?, isSecure: Bool)
    /// The balancer's own, as when it looks whether the server is there.
    case balancer
  }

  /// What the bytes so far amount to.
  package enum Outcome: Sendable, Equatable {
    /// The start of a header. Never said of `maximumBytes`.
    case needsMore
    /// A whole header of so many bytes; what follows them is the client's.
    case complete(Source, length: Int)
    /// No header, and none with more bytes either: why. The connection must end.
    case refused(String)
  }

  /// Reads the header that `bytes`, all that a connection has received so far, start with.
  package static func parse(_ bytes: [UInt8]) -> Outcome {
    let start = bytes.prefix(signature.count)
    guard start.elementsEqual(signature.prefix(start.count)) else { return stranger(start) }
    do throws(Refusal) {
      guard let source = try source(bytes) else { return .needsMore }
      return .complete(source, length: fixedBytes + length(bytes))
    } catch {
      return .refused(error.message)
    }
  }

  private struct Refusal: Error {
    let message: String
  }

  private enum Family: UInt8 {
    case unspecified, internet, internet6, unix

    /// Bytes of both addresses, with their ports if they have any.
    var addressBytes: Int {
      switch self {
      case .unspecified: 0
      case .internet: 12
      case .internet6: 36
      case .unix: 216
      }
    }
  }

  private enum Transport: UInt8 {
    case unspecified, stream, datagram
  }

  private static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]
  /// The signature; version and command; family and transport; the length of what follows.
  private static let fixedBytes = 16
  private static let versionIndex = 12
  private static let familyIndex = 13
  private static let tlsExtension: UInt8 = 0x20
  private static let firstVersion = Array("PROXY ".utf8)

  /// Bytes that do not start with the signature.
  private static func stranger(_ start: ArraySlice<UInt8>) -> Outcome {
    let word = start.prefix(firstVersion.count)
    guard word.elementsEqual(firstVersion.prefix(word.count)) else {
      return .refused(
        "a connection from a listed load balancer must begin with a header of the PROXY protocol, "
          + "version 2 (HAProxy: send-proxy-v2)")
    }
    guard word.count == firstVersion.count else { return .needsMore }
    return .refused(
      "the load balancer speaks version 1 of the PROXY protocol; "
        + "have it send version 2 (HAProxy: send-proxy-v2 in place of send-proxy)")
  }

  private static func length(_ bytes: [UInt8]) -> Int { number(bytes, at: fixedBytes - 2) }

  /// Two bytes, the higher first.
  private static func number(_ bytes: [UInt8], at index: Int) -> Int {
    Int(bytes[index]) << 8 | Int(bytes[index + 1])
  }

  /// Whose connection it is; nil until the header is whole. What can be refused is so at its first
  /// wrong byte: whoever sends that may never send more.
  private static func source(_ bytes: [UInt8]) throws(Refusal) -> Source? {
    guard bytes.count > versionIndex else { return nil }
    let isLocal = try readsLocal(bytes[versionIndex])
    guard bytes.count > familyIndex else { return nil }
    // The family of the balancer's own connection is to be ignored, whatever it is.
    let (family, transport) =
      isLocal ? (.unspecified, .unspecified) : try readFamily(bytes[familyIndex])
    guard bytes.count >= fixedBytes else { return nil }
    let length = length(bytes)
    guard length <= maximumBytes - fixedBytes else {
      throw Refusal(
        message: "the PROXY header has \(fixedBytes + length) bytes; "
          + "at most \(maximumBytes) are taken")
    }
    guard length >= family.addressBytes else {
      throw Refusal(
        message: "the PROXY header has \(length) bytes for addresses of \(family.addressBytes)")
    }
    guard bytes.count >= fixedBytes + length else { return nil }
    if isLocal { return .balancer }
    // Without a family nobody can tell where addresses end: all that follows is passed over.
    guard family != .unspecified else { return .client(nil, isSecure: false) }
    let isSecure = try readExtensions(
      bytes, fixedBytes + family.addressBytes, fixedBytes + length)
    return .client(address(bytes, family, transport), isSecure: isSecure)
  }

  /// Whether the command is LOCAL.
  private static func readsLocal(_ byte: UInt8) throws(Refusal) -> Bool {
    guard byte >> 4 == 2 else {
      throw Refusal(
        message: "the PROXY header is of version \(byte >> 4); only version 2 is understood")
    }
    switch byte & 15 {
    case 0: return true
    case 1: return false
    default: throw Refusal(message: "the PROXY header has the unknown command \(byte & 15)")
    }
  }

  private static func readFamily(_ byte: UInt8) throws(Refusal) -> (Family, Transport) {
    guard let family = Family(rawValue: byte >> 4) else {
      throw Refusal(message: "the PROXY header has the unknown address family \(byte >> 4)")
    }
    guard let transport = Transport(rawValue: byte & 15) else {
      throw Refusal(message: "the PROXY header has the unknown transport \(byte & 15)")
    }
    return (family, transport)
  }

  /// Extensions are a type of one byte, a length of two, and so many bytes. They must fill their place
  /// exactly: else the header does not end where it says. Answers whether one of them, `PP2_TYPE_SSL`,
  /// says by `PP2_CLIENT_SSL` that the client speaks TLS.
  private static func readExtensions(
    _ bytes: [UInt8], _ start: Int, _ end: Int
  ) throws(Refusal) -> Bool {
    var index = start
    var isSecure = false
    while index < end {
      guard end - index >= 3, number(bytes, at: index + 1) <= end - index - 3 else {
        throw Refusal(message: "an extension in the PROXY header is longer than its place")
      }
      let length = number(bytes, at: index + 1)
      if bytes[index] == tlsExtension, length > 0, bytes[index + 3] & 1 != 0 { isSecure = true }
      index += 3 + length
    }
    return isSecure
  }

  /// What other protocols than TCP have for addresses is as good as none, as the specification has
  /// it for receivers that do not support them.
  private static func address(
    _ bytes: [UInt8], _ family: Family, _ transport: Transport
  ) -> String? {
    guard transport == .stream else { return nil }
    let host = bytes[fixedBytes...]
    switch family {
    case .unspecified, .unix: return nil
    case .internet:
      return "\(text(AF_INET, host.prefix(4))):\(number(bytes, at: fixedBytes + 8))"
    case .internet6:
      return "[\(text(AF_INET6, host.prefix(16)))]:\(number(bytes, at: fixedBytes + 32))"
    }
  }

  private static func text(_ family: Int32, _ address: ArraySlice<UInt8>) -> String {
    let capacity = Int(INET6_ADDRSTRLEN)
    return String(unsafeUninitializedCapacity: capacity) { output in
      let written = output.withMemoryRebound(to: CChar.self) { output in
        address.withUnsafeBytes { input in
          inet_ntop(family, input.baseAddress, output.baseAddress, socklen_t(capacity))
        }
      }
      // It fails only for other families and for less room.
      guard let written else { return 0 }
      return strlen(written)
    }
  }
}
