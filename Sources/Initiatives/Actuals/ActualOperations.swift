import Access
import CommandLanguage
import EventLoop

/// What reporters and their approvers do with actuals.
extension CommandContext {
  /// An actual with its parts.
  func showActual(_ number: ActualNumber) async throws(DomainError) -> Reply {
    async let parts = resultOfRead(ActualStatements.parts, number)
    let actual = try await readOne(
      ActualStatements.show, number, orRefuse: ActualStatements.find, number)
    return .record(actual.with("parts", try await parts.get()))
  }

  /// Hands an actual in, approves or returns it, as the database's lifecycle allows.
  func changeActual(
    _ number: ActualNumber, to state: ActualState, because reason: String? = nil
  ) async throws(DomainError) -> Reply {
    try await write(ActualStatements.changeState, (number, state, reason)) { $0.pairs }
  }
}
