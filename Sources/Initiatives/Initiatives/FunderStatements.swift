import Access
import CommandLanguage
import Foundations
import Postgres

/// What a change of a funder answers.
struct FunderChange: Sendable {
  let initiative: String
  let name: String

  static let names = ["code", "funder"]

  var pairs: [Reply.Pair] { [.init("code", initiative), .init("funder", name)] }
}

enum FunderStatements {
  static let add = Statement(
    "initiatives.funder-add",
    """
    INSERT INTO initiatives.funder (initiative_id, name, pledged, currency, reference)
    VALUES (initiatives.find($1), $2, $3, $4, $5) RETURNING $1, name
    """, takes: Code.self, String.self, Int64?.self, Currency?.self, String?.self,
    row: FunderChange.init)

  static let change = Statement(
    "initiatives.funder-change",
    """
    UPDATE initiatives.funder SET pledged = coalesce($3, pledged),
      currency = coalesce($4, currency), reference = coalesce($5, reference)
    WHERE id = initiatives.find_funder($1, $2) RETURNING $1, name
    """, takes: Code.self, String.self, Int64?.self, Currency?.self, String?.self,
    row: FunderChange.init)

  static let remove = Statement(
    "initiatives.funder-remove",
    """
    DELETE FROM initiatives.funder WHERE id = initiatives.find_funder($1, $2) RETURNING $1, name
    """, takes: Code.self, String.self, row: FunderChange.init)

  static let list = TableStatement(
    "initiatives.funders",
    """
    SELECT f.name, service.money_text(f.pledged, f.currency), f.reference
    FROM initiatives.initiative i JOIN initiatives.funder f ON f.initiative_id = i.id
    WHERE i.code = $1 ORDER BY f.name
    """, lane: .shared, takes: Code.self,
    columns: [.text("name"), .money("pledged"), .text("reference")])

  static let all = [
    add.description, change.description, remove.description, list.description,
  ]
}
