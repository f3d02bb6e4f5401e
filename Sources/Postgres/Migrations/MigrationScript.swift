/// A file as statements, refused if it would leave the transaction around it.
struct MigrationScript {
  let file: MigrationFile
  let statements: [SQLStatement]

  /// Statements that end or begin transactions. `SAVEPOINT` is left out with them: what would
  /// roll back to it is not allowed either.
  private static let transactionWords: Set<String> = [
    "abort", "begin", "commit", "end", "release", "rollback", "savepoint", "start",
  ]

  init(_ file: MigrationFile) throws(MigrationError) {
    self.file = file
    do {
      statements = try SQLSplitter.split(file.sql)
    } catch {
      throw Self.invalid(file, error.line, error.message)
    }
    for statement in statements {
      let first = statement.words.first ?? ""
      let preparesTransaction = statement.words.starts(with: ["prepare", "transaction"])
      if Self.transactionWords.contains(first) || preparesTransaction {
        throw Self.invalid(
          file, statement.line,
          "\(first.uppercased()) has no place here: the whole file is one transaction")
      }
    }
  }

  /// The failure of a statement, with its line in the file.
  func failure(_ failure: ServerFailure, at statement: SQLStatement) -> MigrationError {
    let line = statement.line(at: failure.position)
    guard let sqlState = failure.sqlState else {
      return MigrationError(
        .disconnected,
        "The connection broke in \(file.name), line \(line), and nothing of it was applied: "
          + "\(failure)",
        file: file.name, line: line)
    }
    let context = failure.context.map {
      "\n  " + $0.split(separator: "\n").joined(separator: "\n  ")
    }
    return MigrationError(
      .failed,
      "\(file.name), line \(line): \(failure) Nothing of this file was applied.\(context ?? "")",
      file: file.name, line: line, sqlState: sqlState)
  }

  private static func invalid(_ file: MigrationFile, _ line: Int, _ text: String) -> MigrationError
  {
    MigrationError(
      .invalidFiles, "\(file.name), line \(line): \(text). Nothing of this file was applied.",
      file: file.name, line: line)
  }
}
