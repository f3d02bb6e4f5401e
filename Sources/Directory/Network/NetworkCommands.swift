import Access
import CommandLanguage
import Foundations
import Postgres

/// The network as a graph: whom communities have in common, and how they are linked.
enum NetworkCommands {
  static let all = [list, common, path, TrilateralCommand.trilateral]
  static let statements = [
    listStatement.description, commonStatement.description, pathStatement.description,
    findPair.description,
  ]

  private static let one = Parameter<Code>("a", "one community")
  private static let other = Parameter<Code>("b", "another")

  private static let list = Command<CommandContext>(
    "directory list",
    "List what is in force and recognised, of members in standing: the public list.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(listStatement.columns),
    example: "directory list on=2019-05-01",
    Parameter<CalendarDate?>(optional: "on", "on this day; today, if not given"),
    Parameter<CalendarDate?>(
      optional: "known", "as it was known at the end of this day; as it is known now, if not given"),
    Parameter<Filter<CountryCode>?>(filter: "country", "where either of the two is")
  ) { (context, options, day, known, country) async throws(DomainError) in
    try await context.readPage(
      listStatement, (day, known, country, options.after, Int64(options.limit + 1)))
  }

  private static let common = Command<CommandContext>(
    "directory common", "List the sisters that two communities have in common.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(commonStatement.columns),
    errors: [.missingCommunity], example: "directory common chicago washington", one, other
  ) { (context, options, a, b) async throws(DomainError) in
    try await context.readPage(
      commonStatement, (a, b, options.after, Int64(options.limit + 1)), of: (a, b),
      orRefuse: findPair)
  }

  private static let path = Command<CommandContext>(
    "directory path", "Show the shortest chain of partnerships from one community to another.",
    needs: .capability(.communitiesRead), effect: .read, returns: .list(pathStatement.columns),
    errors: [.missingCommunity], example: "directory path chicago tokyo", one, other
  ) { (context, options, a, b) async throws(DomainError) in
    try await context.readPage(
      pathStatement, (a, b, options.after, Int64(options.limit + 1)), of: (a, b),
      orRefuse: findPair)
  }

  private static let findPair = Statement(
    "directory.find-pair",
    "SELECT directory.find_community($1) + directory.find_community($2)",
    takes: Code.self, Code.self, row: { (sum: Int64) in sum })

  private static let listStatement = TableStatement(
    "directory.list",
    """
    WITH member AS MATERIALIZED (
      SELECT m.community_id FROM directory.memberships_on(coalesce($1, current_date), $2) AS m
      WHERE directory.is_in_standing(m.state)
    )
    SELECT p.number, p.lo, p.lo_name, p.lo_country, p.hi, p.hi_name, p.hi_country, p.kind,
      lower(e.valid), r.value
    FROM directory.facts_on(coalesce($1, current_date), $2) AS e
    JOIN directory.facts_on(coalesce($1, current_date), $2) AS r
      ON r.partnership_id = e.partnership_id AND r.fact = 'recognition'
      AND r.value IN ('recognised', 'emeritus')
    JOIN directory.partnership_record p ON p.id = e.partnership_id
    WHERE e.fact = 'existence'
      -- Dues that have lapsed hide what is recognised.
      AND EXISTS (SELECT FROM member m WHERE m.community_id IN (p.lo_id, p.hi_id))
      AND ($3::text[] IS NULL OR directory.matches_either(p.lo_country, p.hi_country, $3))
      AND p.id > coalesce(substring($4 from '^PS-([0-9]{1,15})$')::bigint, 0)
    ORDER BY p.id LIMIT $5
    """, takes: CalendarDate?.self, CalendarDate?.self, Filter<CountryCode>?.self, String?.self,
    Int64.self,
    columns: [
      .text("number"), .text("a"), .text("a-name"), .text("a-country"), .text("b"),
      .text("b-name"), .text("b-country"), .text("kind"), .date("since"), .text("recognition"),
    ])

  private static let commonStatement = TableStatement(
    "directory.common",
    """
    SELECT c.code, c.name, c.country, c.region, 'PS-' || l.partnership_id, 'PS-' || m.partnership_id
    FROM directory.link l
    JOIN directory.link m ON m.sister_id = l.sister_id
    JOIN directory.community c ON c.id = l.sister_id
    WHERE l.community_id = directory.find_community($1)
      AND m.community_id = directory.find_community($2)
      AND c.code > coalesce($3, '')
    ORDER BY c.code LIMIT $4
    """, takes: Code.self, Code.self, String?.self, Int64.self,
    columns: [
      .text("code"), .text("name"), .text("country"), .text("region"), .text("with-a"),
      .text("with-b"),
    ])

  private static let pathStatement = TableStatement(
    "directory.path",
    """
    SELECT s.step, c.code, c.name, c.country, c.region
    FROM directory.shortest_path(directory.find_community($1), directory.find_community($2)) AS s
    JOIN directory.community c ON c.id = s.community_id
    WHERE s.step > CASE WHEN $3 ~ '^[0-9]{1,9}$' THEN $3::bigint ELSE 0 END
    ORDER BY s.step LIMIT $4
    """, takes: Code.self, Code.self, String?.self, Int64.self,
    columns: [
      .integer("step"), .text("code"), .text("name"), .text("country"), .text("region"),
    ])
}
