import Access
import CommandLanguage

extension CommandContext {
  /// A partnership with its agreements, what is said of it and its last events, all read together.
  func showPartnership(_ reference: PartnershipReference) async throws(DomainError) -> Reply {
    async let agreements = resultOfRead(AgreementStatements.agreements, reference)
    async let said = resultOfRead(AgreementStatements.assertions, reference)
    async let events = resultOfRead(AgreementStatements.events, reference)
    let partnership = try await readOne(
      PartnershipStatements.show, reference, orRefuse: PartnershipStatements.find, reference)
    return .record(
      partnership
        .with("agreements", try await agreements.get())
        .with("said", try await said.get())
        .with("events", try await events.get()))
  }
}
