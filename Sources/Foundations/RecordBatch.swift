/// Records that are written already, one behind the other, each with the line feed at its end.
package struct RecordBatch: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// No records yet.
  package init() {}

  /// Adds a record.
  package mutating func append(_ record: UnsafeBufferPointer<UInt8>) {
    bytes.append(contentsOf: record)
    ends.append(bytes.count)
  }

  /// Calls `body` with each record.
  package func forEach(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.withUnsafeBufferPointer { all in
      var start = 0
      for end in ends {
        body(UnsafeBufferPointer(rebasing: all[start..<end]))
        start = end
      }
    }
  }
}
