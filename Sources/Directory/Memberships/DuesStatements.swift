import Access
import CommandLanguage
import Foundations
import Postgres

/// The dues schedule, and the invoices that follow it.
enum DuesStatements {
  static let create = Statement(
    "directory.dues-create",
    """
    INSERT INTO directory.dues_tier (code, population, amount, currency, valid)
    VALUES ($1, int8range($2, $3, '[]'), $4, $5, daterange($6, $7))
    RETURNING code, amount, currency
    """, takes: Code.self, Int64.self, Int64?.self, Int64.self, Currency.self,
    CalendarDate.self, CalendarDate?.self, row: TierChange.init)

  static let end = Statement(
    "directory.dues-end", "SELECT code, amount, currency FROM directory.end_tier($1, $2)",
    takes: Code.self, CalendarDate.self, row: TierChange.init)

  private static let columns: [Column] = [
    .text("code"), .integer("min-population"), .integer("max-population"), .money("amount"),
    .date("from"), .date("until"),
  ]

  static let find = Statement(
    "directory.dues-find", "SELECT directory.find_tier($1)", takes: Code.self,
    row: { (id: Int64) in id })

  static let show = TableStatement(
    "directory.dues-show",
    """
    SELECT t.code, lower(t.population), upper(t.population) - 1,
      service.money_text(t.amount, t.currency), lower(t.valid), upper(t.valid),
      (SELECT count(*) FROM directory.dues_invoice i
        WHERE i.tier_id = t.id AND i.voided_at IS NULL)
    FROM directory.dues_tier t WHERE t.code = $1
    """, takes: Code.self, columns: columns + [.integer("invoices")])

  static let list = TableStatement(
    "directory.dues-list",
    """
    SELECT t.code, lower(t.population), upper(t.population) - 1,
      service.money_text(t.amount, t.currency), lower(t.valid), upper(t.valid)
    FROM directory.dues_tier t
    WHERE ($1::date IS NULL OR t.valid @> $1) AND t.code > coalesce($2, '')
    ORDER BY t.code LIMIT $3
    """, takes: CalendarDate?.self, String?.self, Int64.self, columns: columns)

  static let invoice = Statement(
    "directory.membership-invoice",
    """
    SELECT number, paid, amount, currency
    FROM directory.issue_invoice(directory.find_membership($1), $2, $3::int, $4)
    """, takes: Code.self, CalendarDate?.self, Int64.self, CalendarDate?.self,
    row: InvoiceChange.init)

  static let renew = Statement(
    "directory.membership-renew",
    "SELECT directory.renew($1, $2)", takes: CalendarDate.self, CalendarDate?.self,
    row: { (count: Int64) in count })

  static let pay = Statement(
    "directory.membership-pay",
    "SELECT number, paid, amount, currency FROM directory.pay_dues($1, $2, $3, $4, $5)",
    takes: InvoiceNumber.self, Int64.self, Currency.self, CalendarDate?.self, String?.self,
    row: InvoiceChange.init)

  static let void = Statement(
    "directory.membership-void",
    "SELECT number, paid, amount, currency FROM directory.void_invoice($1, $2)",
    takes: InvoiceNumber.self, String.self, row: InvoiceChange.init)

  private static let invoiceColumns: [Column] = [
    .text("number"), .text("community"), .text("state"), .date("from"), .date("until"),
    .date("due"), .text("tier"), .integer("population"), .money("amount"), .money("paid"),
    .text("void-reason"),
  ]

  static let invoices = TableStatement(
    "directory.membership-invoices",
    """
    SELECT i.number, i.community, i.state, lower(i.covers), upper(i.covers), i.due_on, i.tier,
      i.population, service.money_text(i.amount, i.currency),
      service.money_text(i.paid, i.currency), i.void_reason
    FROM directory.dues_invoice_record i
    CROSS JOIN (SELECT directory.follow($1) OFFSET 0) AS wanted (codes)
    WHERE service.matches(i.community, wanted.codes) AND service.matches(i.state, $2)
      AND service.matches(i.due_on, $3) AND service.matches(i.tier, $4)
      AND i.id > coalesce(substring($5 from '^D-([0-9]{1,15})$')::bigint, 0)
    ORDER BY i.id LIMIT $6
    """, takes: Filter<Code>?.self, Filter<InvoiceState>?.self, Filter<CalendarDate>?.self,
    Filter<Code>?.self, String?.self, Int64.self, columns: invoiceColumns)

  /// Those of one community that were known, with what was paid by a day; the last ones first.
  static let invoicesOf = TableStatement(
    "directory.membership-invoices-of",
    """
    SELECT i.number, CASE WHEN i.voided_at < k.moment THEN 'void' WHEN p.paid >= i.amount THEN 'paid'
        WHEN i.due_on < k.day THEN 'overdue' ELSE 'open' END,
      lower(i.covers), upper(i.covers), i.due_on, t.code, i.population,
      service.money_text(i.amount, i.currency), service.money_text(p.paid, i.currency),
      CASE WHEN i.voided_at < k.moment THEN i.void_reason END
    FROM (SELECT coalesce($2, current_date) AS day,
      coalesce(directory.end_of($3), 'infinity') AS moment) AS k
    JOIN directory.membership m ON m.community_id = directory.find_community($1)
    JOIN directory.dues_invoice i ON i.membership_id = m.id AND i.issued_at < k.moment
    JOIN directory.dues_tier t ON t.id = i.tier_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(p.amount), 0)::bigint AS paid
      FROM directory.dues_payment p
      WHERE p.invoice_id = i.id AND p.paid_on <= k.day AND p.recorded_at < k.moment) AS p
    ORDER BY i.id DESC LIMIT 20
    """, takes: Code.self, CalendarDate?.self, CalendarDate?.self,
    columns: invoiceColumns.filter { $0.name != "community" })

  static let outstanding = TableStatement(
    "directory.report-dues-outstanding",
    """
    SELECT i.community, c.name, directory.standing_of(c.id, current_date), i.currency, count(*),
      count(*) FILTER (WHERE i.state = 'overdue'), min(i.due_on),
      service.money_text(sum(i.amount - i.paid)::bigint, i.currency)
    FROM directory.dues_invoice_record i JOIN directory.community c ON c.code = i.community
    WHERE i.state IN ('open', 'overdue') AND service.matches(i.due_on, $1)
      AND service.matches(c.country, $2) AND service.matches(c.region, $3)
    GROUP BY i.community, c.name, c.id, i.currency
    HAVING i.community || ' ' || i.currency > coalesce($4, '')
    ORDER BY i.community || ' ' || i.currency LIMIT $5
    """, lane: .report, takes: Filter<CalendarDate>?.self, Filter<CountryCode>?.self,
    Filter<String>?.self, String?.self, Int64.self,
    columns: [
      .text("community"), .text("name"), .text("membership"), .text("currency"),
      .integer("invoices"), .integer("overdue"), .date("first-due"), .money("outstanding"),
    ], key: ["community", "currency"])

  static let all = [
    create.description, end.description, find.description, show.description, list.description,
    invoice.description, renew.description, pay.description, void.description,
    invoices.description, invoicesOf.description, outstanding.description,
  ]
}
