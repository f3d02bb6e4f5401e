import Access
import CommandLanguage
import Postgres

enum ProgramStatements {
  static let create = Statement(
    "exchanges.program-create",
    """
    INSERT INTO exchanges.program (code, title, profile_code, profile_version)
    VALUES ($1, $2, $3, exchanges.find_profile_version($3))
    RETURNING code, profile_code, profile_version
    """, takes: Code.self, String.self, Code.self, row: ProgramChange.init)

  private static let columns: [Column] = [
    .text("code"), .text("title"), .text("profile"), .integer("profile-version"),
  ]
  private static let profileColumns: [Column] = [
    .text("code"), .integer("version"), .text("title"), .text("ages"), .integer("min-days"),
    .integer("max-days"), .text("source"), .date("recorded"), .date("verified"),
  ]

  static let show = TableStatement(
    "exchanges.program-show",
    "SELECT code, title, profile_code, profile_version FROM exchanges.program WHERE code = $1",
    lane: .shared, takes: Code.self, columns: columns)

  static let find = Statement(
    "exchanges.program-find", "SELECT exchanges.find_program($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "exchanges.program-list",
    """
    SELECT code, title, profile_code, profile_version FROM exchanges.program
    WHERE service.matches(title, $1) AND service.matches(profile_code, $2)
      AND code > coalesce($3, '')
    ORDER BY code LIMIT $4
    """, takes: Filter<String>?.self, Filter<Code>?.self, String?.self, Int64.self,
    columns: columns)

  /// The rules that a program follows.
  static let rules = TableStatement(
    "exchanges.program-rules",
    """
    SELECT r.code, r.version, r.title, r.ages, r.min_days, r.max_days, r.source, r.recorded_on,
      r.verified_on
    FROM exchanges.program p
    JOIN exchanges.rule_profile r ON r.code = p.profile_code AND r.version = p.profile_version
    WHERE p.code = $1
    """, lane: .shared, takes: Code.self, columns: profileColumns)

  /// The rules that there are, every version of them.
  static let profiles = TableStatement(
    "exchanges.profile-list",
    """
    SELECT code, version, title, ages, min_days, max_days, source, recorded_on, verified_on
    FROM exchanges.rule_profile
    WHERE service.matches(code, $1) AND code || ' ' || version > coalesce($2, '')
    ORDER BY code || ' ' || version LIMIT $3
    """, takes: Filter<Code>?.self, String?.self, Int64.self, columns: profileColumns,
    key: ["code", "version"])

  static let all = [
    create.description, show.description, find.description, list.description,
    rules.description, profiles.description,
  ]
}
