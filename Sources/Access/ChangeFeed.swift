import CommandLanguage
import EventLoop
import Foundations
import Postgres

/// A noun whose changes can be watched, by whoever may list it.
package struct WatchedNoun: Sendable {
  /// The word of its commands.
  package let noun: String
  /// A table of its rows, `schema.table`, which is audited.
  package let relation: String
  /// What it takes to list it.
  package let needs: Capability

  /// The rows of `relation` are what commands call `noun`.
  package init(_ noun: String, _ relation: String, needs: Capability) {
    self.noun = noun
    self.relation = relation
    self.needs = needs
  }
}

/// The changes that one watch pushes: every one behind its position that its principal may see, once,
/// in the order of their numbers. A number is final when it is pushed: nothing comes before it later.
@EventLoop
final class ChangeFeed {
  private let context: CommandContext
  private let hub: ChangeHub
  /// The noun, all of them if nil.
  private let noun: String?
  private let key: String?
  /// Everything up to here has been pushed.
  private var position: Int64
  private var hasBegun = false
  private var isOpen = false
  private var saidAt: Int64 = 0

  /// A feed behind the change of a number, or behind what is final now.
  init(
    _ context: CommandContext, noun: String?, key: String?, from start: Int64?
  ) async throws(DomainError) {
    let hub = context.service.changes
    let horizon = try await context.read(ChangeStatements.horizon, ()).first ?? 0
    if let start, !(0...horizon).contains(start) {
      throw DomainError(
        .badValue,
        "from=\(start) is no change that was pushed: the last one is \(horizon) (has the database "
          + "been restored?)", argument: "from")
    }
    self.context = context
    self.hub = hub
    self.noun = noun
    self.key = key
    position = start ?? horizon
    _ = try relations()
    try hub.open(context.session)
    isOpen = true
    hub.advance(to: horizon)
  }

  isolated deinit { close() }

  /// Ends the feed.
  func close() {
    if isOpen { hub.close(context.session) }
    isOpen = false
  }

  /// The request that goes on where this feed is.
  var continuation: String {
    let words = ["watch", noun ?? "all"] + (key.map { [JSON.string($0)] } ?? [])
    return (words + ["from=\(position)"]).joined(separator: " ")
  }

  /// What there is to push, after waiting for it; nothing where it is time to look whether anybody
  /// still wants it.
  func next(isProbing: Bool) async throws(DomainError) -> [PushStream.Line] {
    guard hasBegun else {
      hasBegun = true
      return sayPosition()
    }
    let generation = hub.generation
    if position < hub.horizon {
      let rows = try await read(until: min(position + Limits.watchWindow, hub.horizon))
      if !rows.isEmpty {
        saidAt = MonotonicClock.nowMilliseconds
        return rows.map(line)
      }
    } else {
      await hub.wait(beyond: generation)
    }
    // So that a client need not begin far behind, and one that is gone is found out.
    let isQuiet = MonotonicClock.nowMilliseconds - saidAt >= Limits.watchSilenceMilliseconds
    return isQuiet || isProbing ? sayPosition() : []
  }

  private func sayPosition() -> [PushStream.Line] {
    saidAt = MonotonicClock.nowMilliseconds
    return [[.init("seq", position)]]
  }

  private func read(until end: Int64) async throws(DomainError) -> [ChangeRow] {
    // Not within a transaction that the session may have open: this is about what is final.
    let rows = try await context.readApart(
      ChangeStatements.between, (position, end, try relations(), key, Limits.watchRows))
    position = rows.count == Limits.watchRows ? rows.last?.number ?? end : end
    return rows
  }

  /// The relations that whoever watches may list now: roles may have changed since.
  private func relations() throws(DomainError) -> [String] {
    guard let principal = context.session.principal else { throw .accessEnded }
    let wanted = context.service.watched.filter { noun == nil || $0.noun == noun }
    let permitted = wanted.filter { principal.may(.capability($0.needs)) }
    guard permitted.isEmpty, let needs = wanted.first?.needs else {
      return permitted.map(\.relation)
    }
    throw DomainError(
      .commandDenied,
      "watching \(noun ?? "all") needs \(needs), which \(principal.name) "
        + "(\(principal.roles.map(\.rawValue).joined(separator: ", "))) lacks")
  }

  private func line(_ row: ChangeRow) -> PushStream.Line {
    let noun = context.service.watched.first { $0.relation == row.relation }?.noun
    return [
      .init("seq", row.number), .init("at", row.at), .init("noun", noun ?? row.relation),
      .init("key", row.key), .init("change", row.kind), .init("command", row.command),
      .init("by", row.principal), .init("fields", row.fields),
    ]
  }
}

extension CommandContext {
  /// Pushes changes from now on, or from behind one of a number, until somebody ends it.
  package func watch(
    noun: String?, key: String?, from start: Int64?
  ) async throws(DomainError) -> Reply {
    let feed = try await ChangeFeed(self, noun: noun, key: key, from: start)
    return .pushes(
      PushStream(
        next: { (isProbing) async throws(DomainError) in
          try await feed.next(isProbing: isProbing)
        },
        end: {
          await feed.close()
          return await feed.continuation
        }))
  }
}
