import Access
import CommandLanguage
import Postgres

enum CommunityStatements {
  static let create = Statement(
    "directory.community-create",
    """
    WITH new AS (
      INSERT INTO directory.community (code, name, country, region, kind, subdivision, parent_id,
        latitude, longitude, population, time_zone)
      SELECT $1, $2, $3, $4, coalesce($5, 'city'), $6,
        CASE WHEN $7::text IS NOT NULL THEN directory.find_community($7) END,
        $8::float8, $9::float8, $10, $11
      WHERE directory.is_no_namesake($2, $3, $4, coalesce($5, 'city'), $8::float8, $9::float8)
      RETURNING id, code, name
    ), names AS (
      INSERT INTO directory.community_name (community_id, name)
      SELECT DISTINCT new.id, n.name FROM new, unnest($12) AS n (name) WHERE n.name <> new.name
    )
    SELECT code, name FROM new
    """, takes: Code.self, String.self, CountryCode.self, String?.self, CommunityKind?.self,
    String?.self, Code?.self, Decimal?.self, Decimal?.self, Int64?.self, String?.self,
    [String].self, row: CommunityChange.init)

  static let update = Statement(
    "directory.community-update",
    """
    UPDATE directory.community SET name = coalesce($2, name), country = coalesce($3, country),
      region = CASE WHEN NOT 'region' = ANY ($12) THEN coalesce($4, region) END,
      kind = coalesce($5, kind),
      subdivision = CASE WHEN NOT 'subdivision' = ANY ($12) THEN coalesce($6, subdivision) END,
      parent_id = CASE WHEN 'parent' = ANY ($12) THEN NULL
        WHEN $7::text IS NOT NULL THEN directory.find_community($7) ELSE parent_id END,
      latitude = CASE WHEN NOT 'at' = ANY ($12) THEN coalesce($8::float8, latitude) END,
      longitude = CASE WHEN NOT 'at' = ANY ($12) THEN coalesce($9::float8, longitude) END,
      population = CASE WHEN NOT 'population' = ANY ($12) THEN coalesce($10, population) END,
      time_zone = CASE WHEN NOT 'time-zone' = ANY ($12) THEN coalesce($11, time_zone) END
    WHERE id = directory.find_community($1)
      -- What is merely known of it besides makes it nobody's namesake.
      AND (coalesce($2, $3, $5) IS NULL AND NOT '{region,at}' && $12
        AND ($4 IS NULL OR region IS NULL) AND ($8::float8 IS NULL OR latitude IS NULL)
        OR directory.is_no_namesake(coalesce($2, name), coalesce($3, country),
          CASE WHEN NOT 'region' = ANY ($12) THEN coalesce($4, region) END, coalesce($5, kind),
          CASE WHEN NOT 'at' = ANY ($12) THEN coalesce($8::float8, latitude) END,
          CASE WHEN NOT 'at' = ANY ($12) THEN coalesce($9::float8, longitude) END, id))
    RETURNING code, name
    """, takes: Code.self, String?.self, CountryCode?.self, String?.self, CommunityKind?.self,
    String?.self, Code?.self, Decimal?.self, Decimal?.self, Int64?.self, String?.self,
    [CommunityDetail].self, row: CommunityChange.init)

  static let verify = Statement(
    "directory.community-verify",
    """
    UPDATE directory.community SET unverified_source = NULL
    WHERE id = directory.find_community($1) RETURNING code, name
    """, takes: Code.self, row: CommunityChange.init)

  static let show = TableStatement(
    "directory.community-show",
    """
    SELECT c.code, c.name, c.kind, p.code, c.country, c.region, c.subdivision, t.continent,
      c.latitude::numeric, c.longitude::numeric, c.population, c.time_zone,
      (SELECT count(*) FROM directory.link l
        WHERE l.community_id = c.id),
      c.unverified_source, c.revision
    FROM directory.community c JOIN directory.country t ON t.code = c.country
    LEFT JOIN directory.community p ON p.id = c.parent_id
    WHERE c.id = directory.id_of($1)
    """, lane: .shared, takes: Code.self,
    columns: [
      .text("code"), .text("name"), .text("kind"), .text("parent"), .text("country"),
      .text("region"), .text("subdivision"), .text("continent"), .number("latitude"),
      .number("longitude"), .integer("population"), .text("time-zone"), .integer("sisters"),
      .text("unverified-source"), .integer("revision"),
    ])

  static let names = TableStatement(
    "directory.community-names",
    """
    SELECT n.name, n.kind, n.language
    FROM directory.community_name n
    WHERE n.community_id = directory.id_of($1) ORDER BY n.kind, n.language, n.name
    """, lane: .shared, takes: Code.self,
    columns: [.text("name"), .text("kind"), .text("language")])

  static let numbers = TableStatement(
    "directory.community-numbers",
    """
    SELECT e.scheme, e.value
    FROM directory.external_id e WHERE e.community_id = directory.id_of($1) ORDER BY e.scheme, e.value
    """, lane: .shared, takes: Code.self, columns: [.text("scheme"), .text("number")])

  static let find = Statement(
    "directory.community-find", "SELECT directory.find_community($1)",
    takes: Code.self, row: { (id: Int64) in id })

  static let list = TableStatement(
    "directory.community-list",
    """
    SELECT c.code, c.name, c.kind, c.country, c.region, c.population, c.unverified_source
    FROM directory.community c
    WHERE ($1::text[] IS NULL OR service.matches(concat_ws(' / ', c.name, (
        SELECT string_agg(n.name, ' / ') FROM directory.community_name n
        WHERE n.community_id = c.id)), $1))
      AND service.matches(c.country, $2) AND service.matches(c.region, $3)
      AND service.matches(c.kind, $4)
      AND ($5::text[] IS NULL OR service.matches((SELECT t.continent FROM directory.country t
        WHERE t.code = c.country), $5))
      AND service.matches(c.population::numeric, $6)
      AND service.matches(c.unverified_source, $7)
      AND c.merged_into_id IS NULL AND c.code > coalesce($8, '')
    ORDER BY c.code LIMIT $9
    """, takes: Filter<String>?.self, Filter<CountryCode>?.self, Filter<String>?.self,
    Filter<CommunityKind>?.self, Filter<Continent>?.self, Filter<Int64>?.self,
    Filter<Code>?.self, String?.self, Int64.self,
    columns: [
      .text("code"), .text("name"), .text("kind"), .text("country"), .text("region"),
      .integer("population"), .text("unverified-source"),
    ])

  static let addName = Statement(
    "directory.community-add-name",
    """
    WITH c AS (SELECT id, code FROM directory.community WHERE id = directory.find_community($1)),
    new AS (
      INSERT INTO directory.community_name (community_id, name, kind, language)
      SELECT c.id, $2, coalesce($3, 'alias'), $4 FROM c RETURNING name
    )
    SELECT c.code, new.name FROM c, new
    """, takes: Code.self, String.self, NameKind?.self, LanguageTag?.self,
    row: CommunityChange.init)

  static let removeName = Statement(
    "directory.community-remove-name", "SELECT code, name FROM directory.remove_name($1, $2)",
    takes: Code.self, String.self, row: CommunityChange.init)

  static let addNumber = Statement(
    "directory.community-add-number",
    """
    WITH c AS (
      SELECT id, code, name FROM directory.community WHERE id = directory.find_community($1)
    ), new AS (
      INSERT INTO directory.external_id (scheme, value, community_id)
      SELECT $2, $3, c.id FROM c RETURNING value
    )
    SELECT c.code, c.name FROM c, new
    """, takes: Code.self, NumberScheme.self, String.self, row: CommunityChange.init)

  static let removeNumber = Statement(
    "directory.community-remove-number",
    "SELECT code, name FROM directory.remove_number($1, $2)",
    takes: NumberScheme.self, String.self, row: CommunityChange.init)

  static let merge = Statement(
    "directory.community-merge",
    "SELECT code, name, changes FROM directory.merge_communities($1, $2, $3)",
    takes: Code.self, Code.self, String.self, row: MergeChange.init)

  static let unmerge = Statement(
    "directory.community-unmerge",
    "SELECT code, name, changes, remaining FROM directory.unmerge_community($1)",
    takes: Code.self, row: UnmergeChange.init)

  static let merges = TableStatement(
    "directory.community-merges",
    """
    SELECT m.id, d.code, d.name, k.code, k.name, m.reason,
      service.timestamp_text(m.merged_at), service.timestamp_text(m.undone_at)
    FROM directory.merge m JOIN directory.community d ON d.id = m.duplicate_id
    JOIN directory.community k ON k.id = m.kept_id
    WHERE service.matches(k.code, $1)
      AND m.id > CASE WHEN $2 ~ '^[0-9]{1,18}$' THEN $2::bigint ELSE 0 END
    ORDER BY m.id LIMIT $3
    """, takes: Filter<Code>?.self, String?.self, Int64.self,
    columns: [
      .integer("merge"), .text("code"), .text("name"), .text("into"), .text("into-name"),
      .text("reason"), .timestamp("merged"), .timestamp("undone"),
    ])

  static let all = [
    create.description, update.description, verify.description, show.description,
    names.description, numbers.description, find.description, list.description,
    addName.description, removeName.description, addNumber.description,
    removeNumber.description, merge.description, unmerge.description, merges.description,
  ]
}
