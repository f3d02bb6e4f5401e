import Access
import CommandLanguage
import Postgres

/// What a change of a partner answers.
struct PartnerChange: Sendable {
  let initiative: String
  let community: String
  let role: String

  static let names = ["code", "community", "role"]

  var pairs: [Reply.Pair] {
    [.init("code", initiative), .init("community", community), .init("role", role)]
  }
}

enum PartnerStatements {
  static let add = Statement(
    "initiatives.partner-add",
    """
    INSERT INTO initiatives.partner (initiative_id, role, community_id)
    VALUES (initiatives.find($1), $2, directory.find_community($3)) RETURNING $1, $3, role
    """, takes: Code.self, String.self, String.self, row: PartnerChange.init)

  static let change = Statement(
    "initiatives.partner-change",
    """
    UPDATE initiatives.partner SET role = $2
    WHERE initiative_id = initiatives.find($1) AND community_id = initiatives.find_partner($1, $3)
    RETURNING $1, $3, role
    """, takes: Code.self, String.self, String.self, row: PartnerChange.init)

  static let remove = Statement(
    "initiatives.partner-remove",
    """
    DELETE FROM initiatives.partner
    WHERE initiative_id = initiatives.find($1) AND community_id = initiatives.find_partner($1, $2)
    RETURNING $1, $2, role
    """, takes: Code.self, Code.self, row: PartnerChange.init)

  static let list = TableStatement(
    "initiatives.partners",
    """
    SELECT c.code, c.name, c.country, x.role
    FROM initiatives.initiative i JOIN initiatives.partner x ON x.initiative_id = i.id
    JOIN directory.community c ON c.id = x.community_id
    WHERE i.code = $1 ORDER BY x.role, c.code
    """, lane: .shared, takes: Code.self,
    columns: [.text("community"), .text("name"), .text("country"), .text("role")])

  static let all = [
    add.description, change.description, remove.description, list.description,
  ]
}
