import COpenSSL

/// The two directions of a channel in memory, for OpenSSL to read from and to write to: input is
/// lent for the time of a call, output is kept until it is taken. No byte is copied in between, and
/// an idle channel holds no buffer.
final class ChannelWire {
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)
  private var output: [UInt8] = []

  /// Lends `bytes` to OpenSSL while `body` runs; what it leaves unread is dropped.
  func withInput(_ bytes: UnsafeRawBufferPointer, _ body: () -> Void) {
    input = bytes
    body()
    input = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// Everything that OpenSSL has written since the last call.
  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// A BIO over this wire, for which the caller answers. It must not outlive the wire.
  func makeBIO() -> OpaquePointer? {
    guard let method = Self.method.pointer, let bio = BIO_new(method) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  private func read(_ target: UnsafeMutableRawPointer, _ capacity: Int) -> Int {
    let count = min(capacity, input.count)
    target.copyMemory(from: input.baseAddress ?? UnsafeRawPointer(target), byteCount: count)
    input = UnsafeRawBufferPointer(rebasing: input.dropFirst(count))
    return count
  }

  private func write(_ source: UnsafeRawPointer, _ count: Int) {
    output.append(contentsOf: UnsafeRawBufferPointer(start: source, count: count))
  }

  private static func from(_ bio: OpaquePointer?) -> ChannelWire? {
    BIO_get_data(bio).map { Unmanaged.fromOpaque($0).takeUnretainedValue() }
  }

  /// What a BIO of this kind does. Made once and never changed, so that all threads may use it.
  private struct Method: @unchecked Sendable {
    let pointer: OpaquePointer?

    init() {
      let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
      pointer = BIO_meth_new(kind, "channel in memory")
      guard let pointer else { return }
      BIO_meth_set_read(pointer) { bio, target, capacity in
        sister_BIO_clear_retry_flags(bio)
        guard let wire = ChannelWire.from(bio), let target, capacity > 0 else { return 0 }
        let count = wire.read(target, Int(capacity))
        if count > 0 { return Int32(count) }
        // Not the end, as 0 would be: there may be more with the next call.
        sister_BIO_set_retry_read(bio)
        return -1
      }
      BIO_meth_set_write(pointer) { bio, source, count in
        guard let wire = ChannelWire.from(bio), let source, count > 0 else { return 0 }
        wire.write(source, Int(count))
        return count
      }
      BIO_meth_set_ctrl(pointer) { _, command, _, _ in
        // Nothing needs to be flushed; everything else that can be asked of a BIO is not offered.
        command == BIO_CTRL_FLUSH ? 1 : 0
      }
    }
  }

  private static let method = Method()
}
