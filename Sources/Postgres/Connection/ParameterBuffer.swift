/// The parameters of one query as C has them, in memory that is kept from query to query.
struct ParameterBuffer {
  private var bytes: [CChar] = []
  /// Where each parameter starts; -1 is NULL.
  private var starts: [Int] = []

  /// Calls `body` with a pointer to each parameter's text, NUL-terminated, or to nothing for NULL. They
  /// hold for as long as the call.
  mutating func withPointers<Value>(
    to parameters: [String?],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
  ) -> Value {
    bytes.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    for parameter in parameters {
      guard var text = parameter else {
        starts.append(-1)
        continue
      }
      starts.append(bytes.count)
      text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { bytes.append(contentsOf: $0) }
      }
      bytes.append(0)
    }
    return bytes.withUnsafeBufferPointer { buffer in
      withUnsafeTemporaryAllocation(
        of: UnsafePointer<CChar>?.self, capacity: max(1, parameters.count)
      ) { pointers in
        for (index, start) in starts.enumerated() {
          pointers[index] = start < 0 ? nil : buffer.baseAddress.map { $0 + start }
        }
        return body(pointers.baseAddress.map { UnsafePointer($0) })
      }
    }
  }
}
