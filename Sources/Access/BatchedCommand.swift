import CommandLanguage
import EventLoop
import Postgres

/// One request of a hot path: what the audit and the keys need, and the command's own parameters.
package struct BatchedRequest<Parameters: Sendable>: Sendable {
  package let principal: String
  /// The request in one spelling, as `RequestOptions.canonicalText`.
  package let text: String
  package let key: String?
  package let parameters: Parameters
}

/// What became of one request of a batch: an error, or a reply.
package struct BatchOutcome: Sendable {
  /// The request's place in the batch, from 1.
  package let ordinal: Int64
  package let errorCode: String?
  package let errorMessage: String?
  package let suggestion: String?
  package let replyNames: [String]?
  package let replyValues: [String]?
  /// Whether the reply is that of an earlier request with the same key.
  package let replayed: Bool

  /// An outcome; its parts are the columns of every batch statement, in order.
  package init(
    ordinal: Int64, errorCode: String?, errorMessage: String?, suggestion: String?,
    replyNames: [String]?, replyValues: [String]?, replayed: Bool
  ) {
    self.ordinal = ordinal
    self.errorCode = errorCode
    self.errorMessage = errorMessage
    self.suggestion = suggestion
    self.replyNames = replyNames
    self.replyValues = replyValues
    self.replayed = replayed
  }
}

/// A command of a hot path, as an area declares it beside its statements: its routine writes the
/// audit and the keys itself, set by set, and refuses by rows instead of by raising.
package typealias CommandBatch<Parameters: Sendable> =
  BatchStatement<BatchedRequest<Parameters>, BatchOutcome>

extension CommandContext {
  /// One write of a hot path, done together with what else has arrived. To the client it is as
  /// `write` is: audited, once for each key, with a preview.
  package func writeBatched<Parameters>(
    _ batch: CommandBatch<Parameters>, _ parameters: Parameters
  ) async throws(DomainError) -> Reply {
    let request = BatchedRequest(
      principal: principal.name, text: options.canonicalText,
      key: options.preview ? nil : options.key, parameters: parameters)
    if let collector {
      let translation = service.translation
      collector.take(
        CollectedQuery(query: batch.query([request])) { (result) throws(PostgresError) in
          guard let outcome = try batch.rows(result).first, let code = outcome.errorCode else {
            return nil
          }
          return translation.refusal(code, outcome.errorMessage ?? "", outcome.suggestion)
        })
      return .done([])
    }
    if options.preview { return try await preview(batch, request) }
    let outcome = try await translated { () async throws(PostgresError) in
      // Within a transaction it is a batch by itself.
      if let transaction = session.transaction?.open {
        let result = try await transaction.writeTogether([batch.query([request])])[0]
        guard let outcome = try batch.rows(result).first else {
          throw .undecodable(statement: batch.description.name, column: 0, type: "row")
        }
        return outcome
      }
      return try await service.database.writeBatched(
        batch, request, isRepeatable: request.key != nil)
    }
    return try reply(outcome)
  }

  /// The changes that a batch of this one request would make; nothing happens.
  private func preview<Parameters>(
    _ batch: CommandBatch<Parameters>, _ request: BatchedRequest<Parameters>
  ) async throws(DomainError) -> Reply {
    let (outcomes, changes) = try await translated { () async throws(PostgresError) in
      try await runner.transaction { (transaction) async throws(PostgresError) in
        let results = try await transaction.run([
          beginCommand, batch.query([request]), AccessStatements.checkDeferred.with(()),
          AccessStatements.currentChanges.with(()),
        ])
        return TransactionEnd.rollback(
          (try batch.rows(results[1]), try AccessStatements.currentChanges.table(results[3])))
      }
    }
    guard let outcome = outcomes.first else {
      throw ErrorTranslation.fault("\(batch.description.name) says nothing of its request")
    }
    _ = try reply(outcome)
    return .list(changes, next: nil)
  }

  private func reply(_ outcome: BatchOutcome) throws(DomainError) -> Reply {
    if let code = outcome.errorCode {
      guard
        let refusal = service.translation.refusal(
          code, outcome.errorMessage ?? "", outcome.suggestion)
      else { throw ErrorTranslation.fault("a batch refused with the unknown code \(code)") }
      throw refusal
    }
    var pairs = zip(outcome.replyNames ?? [], outcome.replyValues ?? []).map { Reply.Pair($0, $1) }
    if outcome.replayed { pairs.append(Reply.Pair("replayed", "yes")) }
    return .done(pairs)
  }
}
