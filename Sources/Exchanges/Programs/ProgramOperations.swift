import Access
import CommandLanguage

/// What exchange coordinators do with programs.
extension CommandContext {
  /// A program with its rules, read together.
  func showProgram(_ code: Code) async throws(DomainError) -> Reply {
    async let rules = resultOfRead(ProgramStatements.rules, code)
    let program = try await readOne(
      ProgramStatements.show, code, orRefuse: ProgramStatements.find, code)
    var table = Program.shape.table([program])
    table.columns.append(Column("rules", .table))
    table.rows[0].append(.table(RuleProfile.shape.table(try await rules.get())))
    return .record(table)
  }
}
