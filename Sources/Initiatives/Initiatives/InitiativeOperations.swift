import Access
import CommandLanguage
import EventLoop
import Foundations

/// What the network's staff do with initiatives.
extension CommandContext {
  /// An initiative with its partners, funders, indicators and pilots and what became of it, all read
  /// together.
  func showInitiative(_ code: Code) async throws(DomainError) -> Reply {
    async let partners = resultOfRead(PartnerStatements.list, code)
    async let funders = resultOfRead(FunderStatements.list, code)
    async let pilots = resultOfRead(InitiativeStatements.pilots, code)
    async let indicators = resultOfRead(
      IndicatorStatements.list, (code, nil, Int64(Limits.defaultRows)))
    async let steps = resultOfRead(InitiativeStatements.steps, code)
    let initiative = try await readOne(
      InitiativeStatements.show, code, orRefuse: InitiativeStatements.find, code)
    return .record(
      initiative
        .with("partners", try await partners.get())
        .with("funders", try await funders.get())
        .with("indicators", try await indicators.get())
        .with("pilots", try await pilots.get())
        .with("steps", try await steps.get()))
  }

  /// Takes an initiative to another state, as the database's lifecycle and its tree allow.
  func changeState(
    _ code: Code, to state: InitiativeState, because reason: String? = nil
  ) async throws(DomainError) -> Reply {
    try await write(InitiativeStatements.changeState, (code, state, reason)) { $0.pairs }
  }
}
