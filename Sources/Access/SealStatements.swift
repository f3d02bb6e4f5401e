import CommandLanguage
import Postgres

/// What sealing did: see `audit.seal_pending`.
package struct SealReport: Sendable {
  /// Entries that have got their seal.
  package let sealed: Int64
  /// Nothing up to the change of this number is still to come.
  package let finalChange: Int64
  /// Whether there is more, which is not final or was too much for one time.
  package let isPending: Bool
}

/// How far the seals were looked at: see `audit.verify_seals`.
struct SealCheck: Sendable {
  let seals: Int64
  let entries: Int64
  let lastSeal: Int64
  /// The first that does not hold, and the range of its entries.
  let brokenSeal: Int64?
  let brokenFirst: Int64?
  let brokenLast: Int64?
}

/// The last seal, and how many entries have none.
struct SealState: Sendable {
  let number: Int64
  let hash: String
  let unsealed: Int64
}

/// The seals of the audit. What they are made of, routines alone see.
enum SealStatements {
  static let sealPending = Statement(
    "access.seal-pending", "SELECT sealed, final_change, is_pending FROM audit.seal_pending()",
    row: SealReport.init)

  static let verify = Statement(
    "access.seal-verify",
    """
    SELECT seals, entries, last_seal, broken_seal, broken_first, broken_last
    FROM audit.verify_seals($1, $2::bigint::int)
    """, takes: Int64.self, Int64.self, row: SealCheck.init)

  static let state = Statement(
    "access.seal-state", "SELECT number, hash, unsealed FROM audit.seal_state()",
    row: SealState.init)

  static let hash = Statement(
    "access.seal-hash", "SELECT encode(hash, 'hex') FROM audit.seal WHERE number = $1",
    takes: Int64.self, row: { (hash: String) in hash })

  /// For the area's list.
  static let all = [
    sealPending.description, verify.description, state.description, hash.description,
  ]
}

extension Service {
  /// Seals what is final of the audit.
  package func sealAudit() async throws(DomainError) -> SealReport {
    do throws(PostgresError) {
      let results = try await database.writeTogether([SealStatements.sealPending.with(())])
      if let report = try results[0].rows(SealStatements.sealPending).first {
        changes.advance(to: report.finalChange)
        return report
      }
    } catch {
      throw translation.domainError(error)
    }
    throw ErrorTranslation.fault("\(SealStatements.sealPending.description.name) said nothing")
  }
}
