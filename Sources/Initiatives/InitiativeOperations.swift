import Access
import CommandLanguage
import EventLoop
import Foundations

/// What the network's staff do with initiatives.
extension CommandContext {
  /// An initiative with its partners, indicators and pilots, all read together.
  func showInitiative(_ code: Code) async throws(DomainError) -> Reply {
    async let partners = resultOfRead(InitiativeStatements.partners, code)
    async let pilots = resultOfRead(InitiativeStatements.pilots, code)
    async let indicators = resultOfRead(
      IndicatorStatements.list, (code, nil, Int64(Limits.defaultRows)))
    let initiative = try await readOne(
      InitiativeStatements.show, code, orRefuse: InitiativeStatements.find, code)
    return .record(
      initiative
        .with("partners", try await partners.get())
        .with("indicators", try await indicators.get())
        .with("pilots", try await pilots.get()))
  }

  /// Takes an initiative to another state, as the database's lifecycle allows.
  func changeState(_ code: Code, to state: InitiativeState) async throws(DomainError) -> Reply {
    try await write(InitiativeStatements.changeState, (code, state)) { $0.pairs }
  }
}
