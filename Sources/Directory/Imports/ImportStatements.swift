import Access
import CommandLanguage
import Postgres

/// What became of the rows of a list.
struct ImportCounts: Sendable {
  let all: Int64
  let added: Int64
  let matched: Int64
  let ambiguous: Int64
  let rejected: Int64
  let communities: Int64

  var pairs: [Reply.Pair] {
    [
      .init("read", all), .init("added", added), .init("matched", matched),
      .init("ambiguous", ambiguous), .init("rejected", rejected),
      .init("new-communities", communities),
    ]
  }
}

enum ImportStatements {
  static let begin = Statement(
    "directory.import-begin", "SELECT directory.begin_import($1, $2)",
    takes: Code.self, Bool.self, row: { (run: Int64) in run })

  static let addPlaces = Statement(
    "directory.import-add-places",
    """
    INSERT INTO directory.import_place
      (run_id, number, city, label, region, latitude, longitude, geonames)
    SELECT $1, p.number, p.city, p.label, p.region, p.latitude::float8, p.longitude::float8,
      p.geonames
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
      $8::text[]) AS p (number, city, label, region, latitude, longitude, geonames)
    """, takes: Int64.self, [Int64].self, [String].self, [String].self, [String?].self,
    [String?].self, [String?].self, [String?].self, row: { () in })

  static let addRows = Statement(
    "directory.import-add-rows",
    """
    INSERT INTO directory.import_row (run_id, line, place1, place2, since, outcome, reason)
    SELECT $1, r.line, r.place1, r.place2, r.since::date,
      CASE WHEN r.refusal IS NOT NULL THEN 'rejected' END, r.refusal
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
      AS r (line, place1, place2, since, refusal)
    """, takes: Int64.self, [Int64].self, [Int64?].self, [Int64?].self, [String?].self,
    [String?].self, row: { () in })

  static let finish = Statement(
    "directory.import-finish",
    """
    SELECT row_count, added, matched, ambiguous, rejected, communities
    FROM directory.finish_import($1)
    """, takes: Int64.self, row: ImportCounts.init)

  static let problems = TableStatement(
    "directory.import-problems",
    """
    SELECT r.line, r.outcome, r.reason FROM directory.import_row r
    WHERE r.run_id = $1 AND r.outcome IN ('ambiguous', 'rejected')
    ORDER BY r.outcome DESC, r.line LIMIT $2
    """, takes: Int64.self, Int64.self,
    columns: [.integer("line"), .text("outcome"), .text("reason")])

  static let report = TableStatement(
    "directory.import-report",
    """
    SELECT r.line, a.city, a.label, b.city, b.label, r.outcome, 'PS-' || r.partnership_id, r.reason
    FROM directory.import_row r
    LEFT JOIN directory.import_place a ON a.run_id = r.run_id AND a.number = r.place1
    LEFT JOIN directory.import_place b ON b.run_id = r.run_id AND b.number = r.place2
    WHERE r.run_id = (SELECT x.id FROM directory.import_run x
        WHERE x.source_id = directory.find_source($1))
      AND service.matches(r.outcome, $2) AND service.matches(r.reason, $3)
      AND r.line > CASE WHEN $4 ~ '^[0-9]{1,18}$' THEN $4::bigint ELSE 0 END
    ORDER BY r.line LIMIT $5
    """, takes: Code.self, Filter<ImportOutcome>?.self, Filter<String>?.self, String?.self,
    Int64.self,
    columns: [
      .integer("line"), .text("city1"), .text("country1"), .text("city2"), .text("country2"),
      .text("outcome"), .text("partnership"), .text("reason"),
    ])

  static let labels = TableStatement(
    "directory.import-labels",
    """
    SELECT l.label, l.country, l.region, l.reason, (SELECT count(*) FROM directory.import_place p
      WHERE p.run_id = l.run_id AND p.label = l.label)
    FROM directory.import_label l
    WHERE l.run_id = (SELECT x.id FROM directory.import_run x
        WHERE x.source_id = directory.find_source($1))
      AND service.matches(l.reason, $2) AND l.label COLLATE "C" > coalesce($3, '')
    ORDER BY l.label COLLATE "C" LIMIT $4
    """, takes: Code.self, Filter<String>?.self, String?.self, Int64.self,
    columns: [
      .text("label"), .text("country"), .text("region"), .text("reason"), .integer("places"),
    ])

  static let loadPlaces = Statement(
    "directory.load-places",
    """
    SELECT added, matched, new_names
    FROM directory.load_places($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """, takes: [String].self, [String].self, [String].self, [String?].self, [String?].self,
    [String].self, [String].self, [String?].self, [String?].self, [String?].self,
    row: GazetteerCounts.init)

  static let findSource = Statement(
    "directory.source-find", "SELECT directory.find_source($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let all = [
    begin.description, addPlaces.description, addRows.description, finish.description,
    problems.description, report.description, labels.description, loadPlaces.description,
    findSource.description,
  ]
}
