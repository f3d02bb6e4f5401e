import Access
import CommandLanguage

/// What exchange coordinators do with programs.
extension CommandContext {
  /// A program with its rules, read together.
  func showProgram(_ code: Code) async throws(DomainError) -> Reply {
    async let rules = resultOfRead(ProgramStatements.rules, code)
    let program = try await readOne(
      ProgramStatements.show, code, orRefuse: ProgramStatements.find, code)
    return .record(program.with("rules", try await rules.get()))
  }
}
