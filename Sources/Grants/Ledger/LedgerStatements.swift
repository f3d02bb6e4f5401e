import CommandLanguage
import Access
import Foundations
import Postgres

enum LedgerStatements {
  static let show = TableStatement(
    "grants.ledger-show",
    """
    SELECT p.line, e.id, e.effective_on, e.kind, p.account,
      CASE WHEN p.amount > 0 THEN service.money_text(p.amount, p.currency) END,
      CASE WHEN p.amount < 0 THEN service.money_text(-p.amount, p.currency) END,
      coalesce(y.number, g.number), concat_ws(': ', 'reverses ' || e.reverses, e.note)
    FROM grants.posting p JOIN grants.entry e ON e.id = p.entry_id
    LEFT JOIN grants.grant g ON g.id = e.grant_id
    LEFT JOIN grants.payment y ON y.id = e.payment_id
    WHERE p.fund_id = grants.find_fund($1)
      AND p.currency = coalesce($2, (SELECT f.currency FROM grants.fund f WHERE f.code = $1))
      AND service.matches(e.kind, $3) AND service.matches(p.account, $4)
      AND service.matches(g.number, $5) AND service.matches(e.effective_on, $6)
      AND p.line > coalesce($7, 0)
    ORDER BY p.line LIMIT $8
    """, takes: Code.self, Currency?.self, Filter<EntryKind>?.self, Filter<Account>?.self,
    Filter<GrantNumber>?.self, Filter<CalendarDate>?.self, Int64?.self, Int64.self,
    columns: [
      .integer("line"), .integer("entry"), .date("on"), .text("kind"), .text("account"),
      .money("debit"), .money("credit"), .text("for"), .text("note"),
    ])

  static let verify = TableStatement(
    "grants.ledger-verify",
    """
    SELECT fund, currency, what, stored, recomputed FROM grants.ledger_difference
    WHERE fund || ' ' || currency || ' ' || what > coalesce($1, '')
    ORDER BY fund || ' ' || currency || ' ' || what LIMIT $2
    """, takes: String?.self, Int64.self,
    columns: [
      .text("fund"), .text("currency"), .text("what"), .text("stored"), .text("recomputed"),
    ], key: ["fund", "currency", "what"])

  static let reverse = Statement(
    "grants.ledger-reverse",
    "SELECT fund, currency, received, available FROM grants.reverse_entry($1, $2)",
    takes: Int64.self, String.self, row: FundChange.init)

  static let all = [show.description, verify.description, reverse.description]
}
