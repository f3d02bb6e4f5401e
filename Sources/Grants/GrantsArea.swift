import Access
import CommandLanguage

extension Area {
  /// Funds and the ledger; grants, and what belongs to them.
  package static let grants = Area(
    "grants",
    commands: FundCommands.all + LedgerCommands.all + GrantCommands.all + CloseoutCommands.all
      + PaymentCommands.all + ConditionCommands.all + GranteeReportCommands.all
      + CostShareCommands.all + GrantReports.all + FundReports.all,
    statements: FundStatements.all + LedgerStatements.all + GrantStatements.all
      + CloseoutStatements.all + PaymentStatements.all + ConditionStatements.all
      + GranteeReportStatements.all + CostShareStatements.all + GrantReports.statements
      + FundReports.statements,
    errorCodes: .grants, constraintRules: .grants,
    lifecycles: [
      ("grant", GrantState.lifecycle.pairs), ("payment", PaymentState.lifecycle.pairs),
      ("condition", ConditionState.lifecycle.pairs),
      ("grantee report", ReportState.lifecycle.pairs),
    ],
    watched: [
      WatchedNoun("fund", "grants.fund", needs: .fundsRead),
      WatchedNoun("grant", "grants.grant", needs: .grantsRead),
      WatchedNoun("payment", "grants.payment", needs: .grantsRead),
      WatchedNoun("condition", "grants.condition", needs: .grantsRead),
      WatchedNoun("grantee-report", "grants.report", needs: .grantsRead),
      WatchedNoun("cost-share", "grants.contribution", needs: .grantsRead),
      WatchedNoun("ledger", "grants.entry", needs: .fundsRead),
      WatchedNoun("ledger", "grants.posting", needs: .fundsRead),
    ])
}
