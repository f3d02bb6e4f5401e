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
    let isDone: Void? = bytes.withContiguousStorageIfAvailable { bytes in
      register = Self.advanced(register, over: bytes)
    }
    if isDone == nil {
      register = Array(bytes).withUnsafeBufferPointer { Self.advanced(register, over: $0) }
    }
  }

  private static func advanced(
    _ start: UInt32, over bytes: UnsafeBufferPointer<UInt8>
  ) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      var register = start
      for byte in bytes {
        register = table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ (register >> 8)
      }
      return register
    }
  }

  /// Goes on over one line: its payload and the line feed.
  package mutating func update(line payload: some Sequence<UInt8>) {
    update(payload)
    withUnsafeBytes(of: UInt8(0x0A)) { feed in
      register = Self.advanced(register, over: feed.bindMemory(to: UInt8.self))
    }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0x82F6_3B78
    }
  }
}
