/// Lines that come when there is something to say, for as long as somebody wants them.
///
/// Whoever takes it closes it.
package final class PushStream: Sendable {
  /// One line: pairs of names and values.
  package typealias Line = [Reply.Pair]

  private let nextLines: @Sendable (_ isProbing: Bool) async throws(DomainError) -> [Line]
  private let end: @Sendable () async -> String

  /// Lines that `next` gives; `end` lets go of what they come from, and answers the request that goes
  /// on behind the last of them.
  package init(
    next: @escaping @Sendable (_ isProbing: Bool) async throws(DomainError) -> [Line],
    end: @escaping @Sendable () async -> String
  ) {
    nextLines = next
    self.end = end
  }

  /// The next lines, after a while of waiting; none where it is time to look whether anybody wants
  /// them still: if it is to be found out by writing, a line that says little stands for none.
  package func next(isProbing: Bool) async throws(DomainError) -> [Line] {
    try await nextLines(isProbing)
  }

  /// Lets go of whatever the lines come from; the request that goes on behind the last of them. No
  /// lines are taken after it.
  package func close() async -> String { await end() }
}

extension PushStream: Equatable {
  package static func == (one: PushStream, other: PushStream) -> Bool { one === other }
}
