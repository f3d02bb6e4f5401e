import Access
import Catalog
import CommandLanguage
import EventLoop
import Foundations
import Postgres
import TestSupport

/// Commands that end when the test says so: what is under way is then no matter of time.
@EventLoop
final class Gate {
  private var waiting: [String: CheckedContinuation<Void, Never>] = [:]
  private var opened: Set<String> = []
  /// What has come to the gate, in order.
  private(set) var arrivals: [String] = []
  private var onFlood: @EventLoop () -> Void = {}
  /// How many of them have.
  private(set) var floods = 0

  /// Batches of rows that a `stream` was asked for, and streams that were let go.
  private(set) var batches = 0
  private(set) var closedStreams = 0

  nonisolated init() {}

  /// Calls `action` whenever a `flood` begins.
  func watch(_ action: @escaping @EventLoop () -> Void) { onFlood = action }

  /// Lets the request of this name, which has arrived, go on.
  func open(_ name: String) {
    opened.insert(name)
    waiting.removeValue(forKey: name)?.resume()
  }

  /// Returns when all of these have arrived.
  nonisolated func arrival(_ names: String...) async throws {
    try await eventually("\(names) at the gate") {
      await Set(names).isSubset(of: Set(self.arrivals))
    }
  }

  private func pass(_ name: String) async {
    arrivals.append(name)
    await withCheckedContinuation { waiter in
      // It may have been let through on the way here.
      if opened.contains(name) { waiter.resume() } else { waiting[name] = waiter }
    }
    opened.remove(name)
  }

  private func flood() {
    floods += 1
    onFlood()
  }

  /// The bytes of each batch of a stream.
  nonisolated static let batchBytes = 65_536

  /// A stream of so many batches of one row, which fails behind the last if it is to.
  private func stream(_ count: Int64, fails: Bool, _ columns: [Column]) -> RowStream {
    var row = [UInt8](repeating: UInt8(ascii: "x"), count: Self.batchBytes)
    row[row.count - 1] = 0x0A
    var batch = RecordBatch()
    row.withUnsafeBufferPointer { batch.append($0) }
    let left = Left(count)
    return RowStream(
      columns: columns,
      next: { [batch] () async throws(DomainError) in
        guard await left.takeOne() else {
          if fails { throw DomainError(.timeout, "it took too long") }
          return nil
        }
        await self.counted()
        return batch
      }, end: { await self.closed() })
  }

  private func counted() { batches += 1 }
  private func closed() { closedStreams += 1 }

  @EventLoop
  private final class Left {
    private var count: Int64
    nonisolated init(_ count: Int64) { self.count = count }

    func takeOne() -> Bool {
      count -= 1
      return count >= 0
    }
  }

  /// The area of the gate's commands: `gate read NAME`, `gate hold NAME` (which runs alone),
  /// `flood BYTES`, and `stream BATCHES`.
  nonisolated var area: Area {
    let columns = [Column("name", .text)]
    return Area(
      "gate",
      commands: [
        Command(
          "gate read", "Wait.", needs: .nothing, effect: .read, returns: .list(columns),
          example: "gate read a", Parameter<Code>("name", "name")
        ) { (_, _, name) async throws(DomainError) in
          await self.pass(name.description)
          return .list(Table(columns: columns, rows: [[.text(name.description)]]), next: nil)
        },
        Command(
          "gate hold", "Wait alone.", needs: .nothing, effect: .read, returns: .done(["name"]),
          example: "gate hold a", Parameter<Code>("name", "name")
        ) { (_, _, name) async throws(DomainError) in
          await self.pass(name.description)
          return .done([.init("name", name)])
        },
        Command(
          "flood", "Answer much.", needs: .nothing, effect: .read, returns: .list(columns),
          example: "flood 100", Parameter<Int64>("bytes", "how much")
        ) { (_, _, bytes) async throws(DomainError) in
          await self.flood()
          let text = String(
            decoding: [UInt8](repeating: UInt8(ascii: "x"), count: Int(clamping: bytes)),
            as: UTF8.self)
          return .list(Table(columns: columns, rows: [[.text(text)]]), next: nil)
        },
        Command(
          "stream", "Answer without an end.", needs: .nothing, effect: .read,
          returns: .list(columns), example: "stream 10 limit=all",
          Parameter<Int64>("batches", "how many batches"),
          Parameter<Bool>("fails", "whether it ends badly", default: false, shown: "no")
        ) { (_, _, batches, fails) async throws(DomainError) in
          .stream(await self.stream(batches, fails: fails, columns))
        },
      ], statements: [], errorCodes: [], constraintRules: [])
  }
}

extension TestServer {
  /// A server whose database nobody can reach, with the commands of a gate: what it answers, it
  /// answers without a database.
  static func withoutDatabase(
    _ gate: Gate = Gate(), maximumConnections: Int = Limits.connections
  ) async throws -> TestServer {
    try await start(
      await serviceWithoutDatabase(gate), maximumConnections: maximumConnections)
  }

  @EventLoop
  static func serviceWithoutDatabase(_ gate: Gate) -> Service {
    Service(
      areas: Catalog.areas + [gate.area],
      database: Database("host=/nonexistent dbname=none connect_timeout=1"))
  }
}
