import EventLoop
import Foundations

/// How COPY writes rows.
package enum CopyFormat: Sendable {
  /// As PostgreSQL's COPY writes text: tabs between cells, `\N` for null.
  case text
  /// As PostgreSQL's COPY writes CSV.
  case csv
  /// One JSON object a row, whose keys are the columns' names.
  case json
}

/// The rows of one read as PostgreSQL's COPY writes them, taken as fast as they are wanted: PostgreSQL
/// waits for whoever reads, and no more is kept than one batch and libpq's buffer. All are of one
/// snapshot.
///
/// Whoever opens one closes it. A task that is cancelled while it waits for rows loses the connection.
@EventLoop
package final class CopyOut {
  private let connection: Connection
  private let giveBack: (Connection) -> Void
  private var isOpen = true

  /// Begins to copy the rows of `query`, whose `columns` have these names, behind `context`.
  init(
    _ connection: Connection, context: [Query], _ query: Query, columns: [String],
    format: CopyFormat, giveBack: @escaping @EventLoop (Connection) -> Void
  ) async throws(PostgresError) {
    self.connection = connection
    self.giveBack = giveBack
    do throws(PostgresError) {
      _ = try await connection.run(
        [.beginRead, .patience, .vigilance] + context
          + [CopyStatements.setArguments.with(PostgresArray.literal(query.parameters))])
      let sql = Self.sql(query.description, columns, format)
      try await connection.untilCancelled { () async throws(PostgresError) in
        try await connection.beginCopy(sql)
      }
    } catch {
      await end()
      throw error
    }
  }

  /// The next rows; nil when there are no more.
  package func next() async throws(PostgresError) -> RecordBatch? {
    guard isOpen else { return nil }
    do throws(PostgresError) {
      let batch = try await connection.untilCancelled { () async throws(PostgresError) in
        try await connection.nextCopied()
      }
      if let batch { return batch }
    } catch {
      await end()
      throw error
    }
    await end()
    return nil
  }

  /// Ends the copy, wherever it is, and gives the connection back.
  package func close() async { await end() }

  private func end() async {
    guard isOpen else { return }
    isOpen = false
    if connection.isCopying { connection.close() }
    if !connection.isBroken { _ = try? await connection.run([.rollback]) }
    giveBack(connection)
  }

  /// The read within COPY, which takes no parameters: functions give them.
  ///
  /// Nothing of the input is in it: it is the same for every request.
  private static func sql(
    _ read: StatementDescription, _ columns: [String], _ format: CopyFormat
  ) -> String {
    let read = read.sql.replacing(/\$([0-9]+)/) { match in
      let type = Int(match.1).map { read.inputs[$0 - 1] }
      return switch type {
      case .textArray: "service.array_argument(\(match.1))"
      case .text, nil: "service.argument(\(match.1))"
      case .some(let type): "service.argument(\(match.1))::\(type)"
      }
    }
    switch format {
    case .text: return "COPY (\(read)) TO STDOUT"
    case .csv: return "COPY (\(read)) TO STDOUT (FORMAT csv)"
    case .json:
      let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
      // Neither of these characters is in JSON, which is therefore left as it is.
      return """
        COPY (SELECT row_to_json(r) FROM (\(read)) AS r (\(names))) TO STDOUT
        (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')
        """
    }
  }
}

/// What a copy sets up.
package enum CopyStatements {
  static let setArguments = Statement(
    "access.copy-arguments", "SELECT set_config('sister.arguments', $1, true) IS NULL",
    takes: String.self, row: { (isLost: Bool) in isLost })

  /// To be checked with all others.
  package static let all = [setArguments.description]
}

extension Query {
  /// A reader may let PostgreSQL wait for as long as the server lets the reader. How long it may
  /// compute between rows is the connection's affair.
  fileprivate static let patience = control(
    "copy-patience", "SET LOCAL statement_timeout = \(Limits.copyMilliseconds)")

  /// A server that nobody reads from any more finds out while it still computes.
  fileprivate static let vigilance = control(
    "copy-vigilance", "SET LOCAL client_connection_check_interval = 2000")
}

extension Connection {
  /// Runs what waits for rows; when its task is cancelled, the connection is closed, which ends it.
  /// (What it runs is not worth asking PostgreSQL to stop: it finds out by itself.)
  fileprivate func untilCancelled<Value: Sendable>(
    _ body: () async throws(PostgresError) -> Value
  ) async throws(PostgresError) -> Value {
    let outcome: Result<Value, PostgresError> = await withTaskCancellationHandler {
      do throws(PostgresError) {
        return .success(try await body())
      } catch {
        return .failure(error)
      }
    } onCancel: {
      EventLoop.task { await self.close() }
    }
    if case .failure(.connectionLost) = outcome, Task.isCancelled { throw .cancelled }
    return try outcome.get()
  }
}
