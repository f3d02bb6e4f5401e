import Access
import CommandLanguage

extension CommandContext {
  /// A community with its names, its numbers in other lists, and its sisters, all read together.
  func showCommunity(_ code: Code) async throws(DomainError) -> Reply {
    async let names = resultOfRead(CommunityStatements.names, code)
    async let numbers = resultOfRead(CommunityStatements.numbers, code)
    async let sisters = resultOfRead(PartnershipStatements.ofCommunity, code)
    let community = try await readOne(
      CommunityStatements.show, code, orRefuse: CommunityStatements.find, code)
    return .record(
      community
        .with("names", try await names.get())
        .with("numbers", try await numbers.get())
        .with("partnerships", try await sisters.get()))
  }
}
