import Access
import CommandLanguage

extension Area {
  /// Funds, grants, payments and the ledger.
  package static let grants = Area(
    "grants",
    commands: FundCommands.all + GrantCommands.all + PaymentCommands.all + LedgerCommands.all
      + GrantReports.all,
    statements: FundStatements.all + GrantStatements.all + PaymentStatements.all
      + LedgerStatements.all + GrantReports.statements,
    errorCodes: .grants, constraintRules: .grants,
    lifecycles: [
      ("grant", GrantState.lifecycle.pairs), ("payment", PaymentState.lifecycle.pairs),
    ],
    watched: [
      WatchedNoun("fund", "grants.fund", needs: .fundsRead),
      WatchedNoun("grant", "grants.grant", needs: .grantsRead),
      WatchedNoun("payment", "grants.payment", needs: .grantsRead),
      WatchedNoun("ledger", "grants.entry", needs: .fundsRead),
      WatchedNoun("ledger", "grants.posting", needs: .fundsRead),
    ])
}
