import EventLoop
import Foundations
import Synchronization
import Testing

@testable import Postgres

/// A database that does what it is told, batch by batch, and keeps what it was given.
private final class Script: Sendable {
  private let state = Mutex<(given: [[Int]], failures: [PostgresError])>(([], []))

  let isHeld = Mutex(false)

  init(_ failures: [PostgresError] = []) { state.withLock { $0.failures = failures } }

  var given: [[Int]] { state.withLock { $0.given } }

  /// Fails as scripted; then, each batch that has `broken` in it. Waits while `isHeld`.
  @EventLoop
  func batcher(broken: Int? = nil) -> Batcher<Int, Int> {
    Batcher(WriterSlots()) { (requests) async throws(PostgresError) in
      let failure = self.state.withLock { state in
        state.given.append(requests)
        return state.failures.isEmpty ? nil : state.failures.removeFirst()
      }
      // Time for more requests to arrive.
      repeat { await EventLoop.sleep(milliseconds: 5) } while self.isHeld.withLock { $0 }
      if let failure { throw failure }
      if let broken, requests.contains(broken) { throw Script.refusal("23514") }
      return requests.map { $0 * 10 }
    }
  }

  static func refusal(_ sqlState: String) -> PostgresError {
    .server(
      .init(
        sqlState: sqlState, message: "", detail: nil, hint: nil, constraint: nil, column: nil))
  }
}

@EventLoop
private func send(
  _ requests: Range<Int>, to batcher: Batcher<Int, Int>, repeatable: Bool = false
) async -> [Int: Result<Int, PostgresError>] {
  await withTaskGroup(of: (Int, Result<Int, PostgresError>).self) { group in
    for request in requests {
      group.addTask {
        do throws(PostgresError) {
          return (request, .success(try await batcher.run(request, isRepeatable: repeatable)))
        } catch {
          return (request, .failure(error))
        }
      }
    }
    var outcomes: [Int: Result<Int, PostgresError>] = [:]
    for await (request, outcome) in group { outcomes[request] = outcome }
    return outcomes
  }
}

extension Result where Failure == PostgresError {
  /// Whether it is a connection lost with this outcome.
  fileprivate func isLost(committing: Bool) -> Bool {
    if case .failure(.connectionLost(committing)) = self { true } else { false }
  }
}

@Suite("Batches")
struct BatcherTests {
  @Test("what arrives while a batch runs is the next batch, no larger than the limit")
  func coalescing() async throws {
    let script = Script()
    let outcomes = await send(0..<150, to: await script.batcher())
    for request in 0..<150 { #expect(try outcomes[request]?.get() == request * 10) }
    let sizes = script.given.map(\.count)
    #expect(sizes.reduce(0, +) == 150)
    #expect(sizes.allSatisfy { $0 <= Limits.batchRequests })
    #expect(sizes.count < 10)
  }

  @Test("a request that breaks its batch fails alone")
  func oneByOne() async throws {
    let script = Script()
    let outcomes = await send(0..<20, to: await script.batcher(broken: 7))
    for request in 0..<20 where request != 7 {
      #expect(try outcomes[request]?.get() == request * 10)
    }
    #expect(throws: PostgresError.self) { try outcomes[7]?.get() }
  }

  @Test("a server in trouble is not asked again for each request")
  func serverInTrouble() async throws {
    let script = Script([Script.refusal("53100")])
    let outcomes = await send(0..<1, to: await script.batcher())
    #expect(throws: PostgresError.self) { try outcomes[0]?.get() }
    #expect(script.given.count == 1)
  }

  @Test("when COMMIT is lost, the repeatable are sent again and the others are unknown")
  func lostCommit() async throws {
    let lost = PostgresError.connectionLost(committing: true)
    let unkeyed = await send(0..<1, to: await Script([lost]).batcher())
    #expect(unkeyed[0]?.isLost(committing: true) == true)
    let script = Script([lost])
    let keyed = await send(0..<1, to: await script.batcher(), repeatable: true)
    #expect(try keyed[0]?.get() == 0)
    #expect(script.given == [[0], [0]])
  }

  @Test("what was lost before COMMIT has not happened, and is sent again")
  func lostBeforeCommit() async throws {
    let script = Script([.connectionLost(committing: false)])
    let outcomes = await send(0..<1, to: await script.batcher())
    #expect(try outcomes[0]?.get() == 0)
  }

  @Test(
    "after a lost COMMIT, a database that cannot be reached does not mean that nothing happened")
  func lostAndUnreachable() async throws {
    let script = Script([.connectionLost(committing: true), .unreachable("down")])
    let outcomes = await send(0..<1, to: await script.batcher(), repeatable: true)
    #expect(outcomes[0]?.isLost(committing: true) == true)
  }

  @Test("a full queue refuses more")
  func overload() async throws {
    let script = Script()
    script.isHeld.withLock { $0 = true }
    let batcher = await script.batcher()
    let count = Limits.batchQueueLength + 10
    let refused = await withTaskGroup(of: Bool.self) { group in
      for request in 0..<count {
        group.addTask {
          do throws(PostgresError) {
            _ = try await batcher.run(request, isRepeatable: false)
            return false
          } catch {
            return true
          }
        }
      }
      // Nothing else can end while the database is held.
      let first = await group.next()
      script.isHeld.withLock { $0 = false }
      return await group.reduce(first == true ? 1 : 0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(refused == 10)
    #expect(script.given.joined().count + refused == count)
  }
}
