import CISAL

/// The checksum of an answer: CRC-32C (Castagnoli, reflected; RFC 3720, appendix B.4), over the
/// payloads of its row and continuation lines, a line feed after each.
package struct CRC32C: Sendable, Equatable {
  private var register: UInt32 = 0xFFFF_FFFF

  /// The checksum of nothing yet.
  package init() {}

  /// The checksum of the bytes so far.
  package var value: UInt32 { ~register }

  /// The checksum of the bytes so far as answers carry it: eight lower-case hexadecimal digits.
  package var hexadecimal: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.utf8.count) + digits
  }

  /// Goes on over `bytes`.
  package mutating func update(_ bytes: some Sequence<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { update($0) }
    if isDone == nil { Array(bytes).withUnsafeBufferPointer { update($0) } }
  }

  /// Goes on over one line: its payload and the line feed.
  package mutating func update(line payload: some Sequence<UInt8>) {
    update(payload)
    withUnsafePointer(to: 0x0A as UInt8) { update(UnsafeBufferPointer(start: $0, count: 1)) }
  }

  private mutating func update(_ bytes: UnsafeBufferPointer<UInt8>) {
    // The declaration in C lacks a const: the function only reads. It chooses the fastest way
    // that the processor has for this polynomial, which is iSCSI's.
    register = crc32_iscsi(
      UnsafeMutablePointer(mutating: bytes.baseAddress), Int32(bytes.count), register)
  }
}
