import Access
import CommandLanguage
import EventLoop

/// What staff do with indicators.
extension CommandContext {
  /// An indicator with its periods, and what it consists of by its dimensions, all read together.
  func showIndicator(_ initiative: Code, _ code: Code) async throws(DomainError) -> Reply {
    async let periods = resultOfRead(IndicatorStatements.periods, (initiative, code))
    async let breakdown = resultOfRead(IndicatorStatements.breakdown, (initiative, code))
    let indicator = try await readOne(
      IndicatorStatements.show, (initiative, code), orRefuse: IndicatorStatements.find,
      (initiative, code))
    return .record(
      indicator.with("periods", try await periods.get())
        .with("breakdown", try await breakdown.get()))
  }
}
