/// The bytes of an argument that is too long to be kept: they are taken as they come.
package final class LiteralStream: Sendable {
  private let nextBytes: @Sendable () async throws(DomainError) -> [UInt8]?

  /// Bytes that `next` gives until there are no more.
  package init(next: @escaping @Sendable () async throws(DomainError) -> [UInt8]?) {
    nextBytes = next
  }

  /// The next bytes; nil behind the last.
  package func next() async throws(DomainError) -> [UInt8]? { try await nextBytes() }
}

extension LiteralStream: Equatable {
  package static func == (one: LiteralStream, other: LiteralStream) -> Bool { one === other }
}
