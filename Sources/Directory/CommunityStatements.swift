import Access
import CommandLanguage
import Postgres

enum CommunityStatements {
  static let create = Statement(
    "directory.community-create",
    """
    INSERT INTO directory.community (code, name, country, region, other_names)
    VALUES ($1, $2, $3, $4, $5)
    RETURNING code, name
    """, takes: Code.self, String.self, CountryCode.self, String?.self, [String].self,
    row: CommunityChange.init)

  private static let columns: [Column] = [
    .text("code"), .text("name"), .text("country"), .text("region"), .text("other-names"),
  ]

  static let show = TableStatement(
    "directory.community-show",
    """
    SELECT code, name, country, region, array_to_string(other_names, ', ')
    FROM directory.community WHERE code = $1
    """, lane: .shared, takes: Code.self, columns: columns)

  static let find = Statement(
    "directory.community-find", "SELECT directory.find_community($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "directory.community-list",
    """
    SELECT code, name, country, region, array_to_string(other_names, ', ')
    FROM directory.community
    WHERE service.matches(array_to_string(array_prepend(name, other_names), ' '), $1)
      AND service.matches(country, $2) AND service.matches(region, $3)
      AND code > coalesce($4, '')
    ORDER BY code LIMIT $5
    """, takes: Filter<String>?.self, Filter<CountryCode>?.self, Filter<String>?.self,
    String?.self, Int64.self, columns: columns)

  static let all = [
    create.description, show.description, find.description, list.description,
  ]
}
