import Foundations

/// Rows that are read as fast as they are written out, so that no answer is too long for memory.
///
/// Whoever takes it closes it.
package final class RowStream: Sendable {
  /// The columns of every row.
  package let columns: [Column]
  private let nextRecords: @Sendable () async throws(DomainError) -> RecordBatch?
  private let end: @Sendable () async -> Void

  /// Records, in the format that was asked for, that `next` gives until there are no more.
  package init(
    columns: [Column], next: @escaping @Sendable () async throws(DomainError) -> RecordBatch?,
    end: @escaping @Sendable () async -> Void
  ) {
    self.columns = columns
    nextRecords = next
    self.end = end
  }

  /// The next records; nil when there are no more.
  package func next() async throws(DomainError) -> RecordBatch? { try await nextRecords() }

  /// Lets go of whatever the rows come from. No rows are taken after it.
  package func close() async { await end() }
}

extension RowStream: Equatable {
  package static func == (one: RowStream, other: RowStream) -> Bool { one === other }
}
