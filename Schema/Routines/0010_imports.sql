-- Imports of lists: which community a name is taken for, and what becomes of each row. The rows are in
-- directory.import_row by then; everything here is done to all of them at once.

-- Begins the import of a source, in the place of its last one's report. Of one source there is one
-- import at a time.
CREATE OR REPLACE FUNCTION directory.begin_import(source text, trusts_coordinates boolean)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  of_source bigint := directory.find_source(source);
  run bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('directory.import ' || source));
  DELETE FROM directory.import_label
  WHERE run_id IN (SELECT id FROM directory.import_run WHERE source_id = of_source);
  DELETE FROM directory.import_place
  WHERE run_id IN (SELECT id FROM directory.import_run WHERE source_id = of_source);
  DELETE FROM directory.import_row
  WHERE run_id IN (SELECT id FROM directory.import_run WHERE source_id = of_source);
  DELETE FROM directory.import_run WHERE source_id = of_source;
  INSERT INTO directory.import_run (source_id, trusts_coordinates)
  VALUES (of_source, begin_import.trusts_coordinates) RETURNING id INTO run;
  RETURN run;
END $$;

-- Takes each place for a community that is there: the one of its GeoNames number; or the only one in
-- its country (and region) that goes by its name, or if none does, that is also called so. Another
-- number, and coordinates that are 50 km away, speak against it. Coordinates tell namesakes apart only
-- where they are the place's own, and not those of whatever has that name: where the import says that
-- they can be trusted.
CREATE OR REPLACE FUNCTION directory.match_places(run bigint, trusts boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- What it joins is large, whatever the planner thinks of rows that were just written.
SET enable_nestloop = off AS $$
BEGIN
  INSERT INTO directory.import_label (run_id, label, country, region, reason)
  SELECT run, l.label, (l.r).country, (l.r).region, (l.r).reason
  FROM (
    SELECT d.label, directory.read_country_label(d.label) AS r
    FROM (SELECT DISTINCT label FROM directory.import_place WHERE run_id = run) AS d
    OFFSET 0
  ) AS l;
  WITH place AS (
    SELECT p.number, p.key, p.geonames, p.latitude, p.longitude, l.country,
      coalesce(p.region, l.region) AS region, l.label, l.reason
    FROM directory.import_place p
    JOIN directory.import_label l ON l.run_id = run AND l.label = p.label
    WHERE p.run_id = run
  ), candidate AS (
    SELECT p.number, c.id, bool_or(n.is_preferred) AS goes_by_it,
      coalesce(directory.name_key(c.region) = directory.name_key(p.region), false) AS of_region,
      directory.arc(c.latitude, c.longitude, p.latitude, p.longitude) AS away
    FROM place p
    JOIN directory.any_name n ON n.key = p.key
    JOIN directory.community c ON c.id = n.community_id AND c.country = p.country
    WHERE (p.region IS NULL OR c.region IS NULL
        OR directory.name_key(c.region) = directory.name_key(p.region))
      AND (p.geonames IS NULL OR NOT EXISTS (
        SELECT FROM directory.external_id e WHERE e.community_id = c.id
          AND e.scheme = 'geonames' AND e.value <> p.geonames))
    GROUP BY p.number, p.region, p.latitude, p.longitude, c.id
  ), ranked AS (
    -- The best kind of candidates counts alone: those that go by the name before those that are also
    -- called so, and of these those of the region that was said before those of none.
    SELECT *, rank() OVER (PARTITION BY number ORDER BY goes_by_it DESC, of_region DESC) AS class
    FROM candidate
    WHERE (goes_by_it AND NOT trusts) OR coalesce(away, 0) <= 50
  ), decided AS (
    SELECT number, count(*) AS candidates, min(id) AS id, min(away) AS away
    FROM ranked WHERE class = 1 GROUP BY number
  )
  UPDATE directory.import_place p SET region = i.region,
    -- The community's own, where its number tells it.
    country = CASE WHEN e.community_id IS NULL THEN i.country
      ELSE (SELECT c.country FROM directory.community c WHERE c.id = e.community_id) END,
    community_id = coalesce(e.community_id,
      CASE WHEN d.candidates = 1 AND coalesce(d.away, 0) <= 50 THEN d.id END),
    outcome = CASE WHEN i.country IS NULL OR i.key = '' THEN 'rejected' WHEN e.community_id IS NOT NULL
        OR d.candidates = 1 AND coalesce(d.away, 0) <= 50 THEN 'matched'
      WHEN d.candidates > 0 THEN 'ambiguous' END,
    reason = CASE WHEN i.key = '' THEN 'its name has no letter'
      WHEN i.country IS NULL
        THEN format('its country is "%s": %s', i.label, i.reason)
      WHEN e.community_id IS NOT NULL THEN NULL
      WHEN d.candidates > 1
        THEN format('%s communities of %s are called so: give region or geonames', d.candidates,
          i.country)
      WHEN d.away > 50
        THEN format('%s is %s km away from where it would be', (SELECT code
          FROM directory.community WHERE id = d.id), round(d.away)) END
  FROM place i
  LEFT JOIN directory.external_id e ON e.scheme = 'geonames' AND e.value = i.geonames
  LEFT JOIN decided d ON d.number = i.number
  WHERE p.run_id = run AND p.number = i.number;
END $$;

-- What a place and one that leads others have to do with each other: how far away it is, whether it is
-- of the same region; no row where it is another's for certain. These are the rules of
-- directory.match_places, with the leader in the place of a community.
CREATE OR REPLACE FUNCTION directory.may_be(
  p directory.import_place, l directory.import_place, trusts boolean, OUT away double precision,
  OUT is_of_region boolean, OUT is_equal boolean
) RETURNS SETOF record LANGUAGE sql STABLE AS $$
  SELECT d.away, coalesce(d.of_l = d.of_p, false), d.of_l IS NOT DISTINCT FROM d.of_p
  FROM (
    SELECT directory.arc(l.latitude, l.longitude, p.latitude, p.longitude) AS away,
      directory.name_key(l.region) AS of_l, directory.name_key(p.region) AS of_p
  ) AS d
  WHERE (d.of_p IS NULL OR d.of_l IS NULL OR d.of_l = d.of_p)
    AND (p.geonames IS NULL OR l.geonames IS NULL OR l.geonames = p.geonames)
    AND (NOT trusts OR coalesce(d.away, 0) <= 50)
$$;

-- Which places that are no community yet are one: each gets a leader, the first of them, which it would
-- be taken for if that were a community already; so the same list again finds what this one adds. A
-- place that may be either of two leaders, or lies far from the only one where coordinates cannot be
-- trusted, is not added; and none of a name, where two of the same region do.
CREATE OR REPLACE FUNCTION directory.gather_places(run bigint, trusts boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
-- What it asks of each place would be planned anew for each.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  place directory.import_place;
  before directory.import_place;
  leaders bigint[];
BEGIN
  -- Of one number.
  UPDATE directory.import_place q SET leader = f.first
  FROM (
    SELECT geonames, min(number) AS first FROM directory.import_place
    WHERE run_id = run AND outcome IS NULL AND geonames IS NOT NULL
    GROUP BY geonames HAVING count(*) > 1
  ) AS f
  WHERE q.run_id = run AND q.outcome IS NULL AND q.geonames = f.geonames AND q.number <> f.first;
  -- Who leads: who may be none of those that lead already, those with a region first.
  FOR place IN
    SELECT x.* FROM directory.import_place x
    JOIN (
      SELECT key, country FROM directory.import_place
      WHERE run_id = run AND outcome IS NULL AND leader IS NULL
      GROUP BY key, country HAVING count(*) > 1
    ) AS g ON g.key = x.key AND g.country = x.country
    WHERE x.run_id = run AND x.outcome IS NULL AND x.leader IS NULL
    ORDER BY x.key, x.country, x.region IS NULL, x.number
  LOOP
    IF (place.key, place.country) IS DISTINCT FROM (before.key, before.country) THEN leaders := '{}'; END IF;
    before := place;
    IF NOT EXISTS (
      SELECT FROM directory.import_place l, directory.may_be(place, l, trusts)
      WHERE l.run_id = run AND l.number = ANY (leaders))
    THEN
      leaders := leaders || place.number;
      UPDATE directory.import_place SET leader = number WHERE run_id = run AND number = place.number;
    END IF;
  END LOOP;
  -- Whom the others follow.
  WITH candidate AS (
    SELECT p.number, l.number AS leader, m.away, m.is_equal,
      rank() OVER (PARTITION BY p.number ORDER BY m.is_of_region DESC) AS class
    FROM directory.import_place p
    JOIN directory.import_place l ON l.run_id = run AND l.outcome IS NULL AND l.leader = l.number
      AND l.key = p.key AND l.country = p.country
    CROSS JOIN LATERAL directory.may_be(p, l, trusts) AS m
    WHERE p.run_id = run AND p.outcome IS NULL AND p.leader IS NULL
  ), decided AS (
    SELECT number, min(leader) AS leader, count(*) > 1 OR bool_or(coalesce(away, 0) > 50) AS doubt,
      count(*) = 1 AND bool_or(is_equal) AS is_equal
    FROM candidate WHERE class = 1 GROUP BY number
  )
  UPDATE directory.import_place p SET leader = d.leader,
    outcome = CASE WHEN d.doubt THEN 'ambiguous' END,
    reason = CASE WHEN d.doubt AND d.is_equal THEN 'the list has places of this name that are far '
        'apart: give region or geonames'
      WHEN d.doubt THEN 'the list has several places of this name: give region or geonames' END
  FROM decided d WHERE p.run_id = run AND p.number = d.number;
  UPDATE directory.import_place p SET outcome = 'ambiguous', reason = q.reason
  FROM directory.import_place q
  WHERE q.run_id = run AND q.outcome = 'ambiguous' AND q.reason LIKE 'the list has places of%'
    AND p.run_id = run AND p.outcome IS NULL AND p.key = q.key AND p.country = q.country;
  -- Whom those of one number follow, who may have come to follow another.
  UPDATE directory.import_place p SET leader = coalesce(l.leader, l.number), outcome = l.outcome,
    reason = l.reason
  FROM directory.import_place l
  WHERE p.run_id = run AND p.outcome IS NULL AND p.leader <> p.number
    AND l.run_id = run AND l.number = p.leader;
END $$;

-- Adds the places that are no community yet, where a row that has nothing against it names them.
CREATE OR REPLACE FUNCTION directory.add_places(run bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
  said_by text := (SELECT s.code FROM directory.source s
    JOIN directory.import_run r ON r.source_id = s.id WHERE r.id = run);
  needed bigint[] := ARRAY(
    SELECT DISTINCT e.first
    FROM directory.import_row r
    JOIN directory.import_place a ON a.run_id = run AND a.number = r.place1
    JOIN directory.import_place b ON b.run_id = run AND b.number = r.place2
    CROSS JOIN LATERAL (VALUES (coalesce(a.leader, a.number)), (coalesce(b.leader, b.number)))
      AS e (first)
    WHERE r.run_id = run AND r.outcome IS NULL AND (a.outcome IS NULL OR b.outcome IS NULL)
      AND coalesce(r.since <= (now() AT TIME ZONE 'UTC')::date + 1, true)
      AND coalesce(a.outcome, 'matched') = 'matched' AND coalesce(b.outcome, 'matched') = 'matched'
      AND coalesce(a.leader, a.number) <> coalesce(b.leader, b.number));
  added bigint;
BEGIN
  WITH new AS (
    SELECT p.number, n.first FROM directory.import_place p
    JOIN unnest(needed) AS n (first) ON n.first = coalesce(p.leader, p.number)
    WHERE p.run_id = run AND p.outcome IS NULL
  ), coded AS (
    SELECT p.number, p.city, p.country, p.latitude, p.longitude, p.geonames, p.region,
      row_number() OVER (ORDER BY p.number) AS nth
    FROM new n JOIN directory.import_place p ON p.run_id = run AND p.number = n.number
    WHERE n.first = n.number
  ), codes AS (
    SELECT f.number AS nth, f.code FROM directory.free_codes(ARRAY(
      SELECT directory.code_base(city, country, NULL) FROM coded ORDER BY nth)) AS f
  ), inserted AS (
    INSERT INTO directory.community
      (code, name, country, region, latitude, longitude, unverified_source)
    SELECT k.code, c.city, c.country, c.region, c.latitude, c.longitude, said_by
    FROM coded c JOIN codes k ON k.nth = c.nth
    ON CONFLICT DO NOTHING
    RETURNING id, code
  ), numbered AS (
    INSERT INTO directory.external_id (scheme, value, community_id)
    SELECT 'geonames', c.geonames, i.id
    FROM coded c JOIN codes k ON k.nth = c.nth JOIN inserted i ON i.code = k.code
    WHERE c.geonames IS NOT NULL
  )
  UPDATE directory.import_place p
  SET community_id = i.id, country = c.country, outcome = 'added'
  FROM new n JOIN coded c ON c.number = n.first JOIN codes k ON k.nth = c.nth
  JOIN inserted i ON i.code = k.code
  WHERE p.run_id = run AND p.number = n.number;
  UPDATE directory.import_place p SET outcome = 'ambiguous',
    reason = 'there is a community that only its number tells it from: give coordinates or region'
  FROM unnest(needed) AS n (first)
  WHERE p.run_id = run AND p.outcome IS NULL AND n.first = coalesce(p.leader, p.number);
  SELECT count(DISTINCT community_id) INTO added FROM directory.import_place
  WHERE run_id = run AND outcome = 'added';
  RETURN added;
END $$;

-- What becomes of each row, and the partnerships that come of them.
CREATE OR REPLACE FUNCTION directory.decide_rows(run bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off AS $$
DECLARE
  source bigint := (SELECT source_id FROM directory.import_run WHERE id = run);
  tomorrow date := (now() AT TIME ZONE 'UTC')::date + 1;
BEGIN
  WITH ends AS (
    SELECT r.line, r.since, least(a.community_id, b.community_id) AS lo,
      greatest(a.community_id, b.community_id) AS hi,
      CASE WHEN a.community_id < b.community_id THEN a.country ELSE b.country END AS lo_country,
      CASE WHEN a.community_id < b.community_id THEN b.country ELSE a.country END AS hi_country,
      CASE WHEN a.outcome = 'rejected' OR b.outcome = 'rejected' OR s.is_one
          OR r.since > tomorrow THEN 'rejected'
        WHEN a.outcome = 'ambiguous' OR b.outcome = 'ambiguous' THEN 'ambiguous' END AS outcome,
      CASE WHEN a.reason IS NOT NULL OR b.reason IS NOT NULL
        THEN concat_ws('; ', a.city || ': ' || a.reason, b.city || ': ' || b.reason)
        WHEN s.is_one THEN 'a community is no partner of itself'
        WHEN r.since > tomorrow THEN format('%s is still to come', r.since)
      END AS reason
    FROM directory.import_row r
    JOIN directory.import_place a ON a.run_id = run AND a.number = r.place1
    JOIN directory.import_place b ON b.run_id = run AND b.number = r.place2
    CROSS JOIN LATERAL (SELECT CASE WHEN a.outcome IS NULL AND b.outcome IS NULL
      THEN coalesce(a.leader, a.number) = coalesce(b.leader, b.number)
      ELSE coalesce(a.community_id = b.community_id, false) END) AS s (is_one)
    WHERE r.run_id = run AND r.outcome IS NULL
  ), firsts AS (
    SELECT lo, hi, min(lo_country) AS lo_country, min(hi_country) AS hi_country,
      min(line) AS line, min(since) AS since
    FROM ends WHERE outcome IS NULL GROUP BY lo, hi
  ), known AS (
    SELECT DISTINCT ON (f.lo, f.hi) f.lo, f.hi, p.id
    FROM firsts f JOIN directory.partnership p ON p.lo_id = f.lo AND p.hi_id = f.hi
      AND p.state IN ('asserted', 'signed', 'terminated', 'withdrawn')
      AND p.merged_into_id IS NULL
    ORDER BY f.lo, f.hi, p.state IN ('asserted', 'signed') DESC, p.id DESC
  ), added AS (
    INSERT INTO directory.partnership (lo_id, hi_id, lo_country, hi_country, state, starts)
    SELECT f.lo, f.hi, f.lo_country, f.hi_country, 'asserted', f.since FROM firsts f
    WHERE NOT EXISTS (SELECT FROM known k WHERE k.lo = f.lo AND k.hi = f.hi)
    ORDER BY f.line
    RETURNING id, lo_id, hi_id
  ), pair AS (
    SELECT f.lo, f.hi, f.line, k.id AS known, coalesce(k.id, a.id) AS id
    FROM firsts f
    LEFT JOIN known k ON k.lo = f.lo AND k.hi = f.hi
    LEFT JOIN added a ON a.lo_id = f.lo AND a.hi_id = f.hi
  )
  UPDATE directory.import_row r SET
    outcome = coalesce(e.outcome,
      CASE WHEN p.known IS NULL AND p.line = e.line THEN 'added' ELSE 'matched' END),
    reason = coalesce(e.reason,
      CASE WHEN p.line < e.line THEN format('as in line %s', p.line) END),
    partnership_id = p.id
  FROM ends e LEFT JOIN pair p ON e.outcome IS NULL AND p.lo = e.lo AND p.hi = e.hi
  WHERE r.run_id = run AND r.line = e.line;
  INSERT INTO directory.assertion (partnership_id, source_id, stance, asserted_on)
  SELECT DISTINCT r.partnership_id, source, 'exists', (now() AT TIME ZONE 'UTC')::date
  FROM directory.import_row r
  WHERE r.run_id = run AND r.partnership_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM directory.assertion x
    WHERE x.partnership_id = r.partnership_id AND x.source_id = source);
END $$;

-- Does everything that the rows of an import call for, and counts what became of them.
CREATE OR REPLACE FUNCTION directory.finish_import(run bigint) RETURNS TABLE (
  row_count bigint, added bigint, matched bigint, ambiguous bigint, rejected bigint,
  communities bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  trusts boolean;
  new_communities bigint;
BEGIN
  SELECT trusts_coordinates INTO trusts FROM directory.import_run WHERE id = run;
  -- So that between looking and adding nobody else adds.
  LOCK TABLE directory.community, directory.partnership IN SHARE ROW EXCLUSIVE MODE;
  ANALYZE directory.import_place, directory.import_row;
  PERFORM directory.match_places(run, trusts);
  PERFORM directory.gather_places(run, trusts);
  new_communities := directory.add_places(run);
  PERFORM directory.decide_rows(run);
  RETURN QUERY SELECT count(*), count(*) FILTER (WHERE r.outcome = 'added'),
    count(*) FILTER (WHERE r.outcome = 'matched'),
    count(*) FILTER (WHERE r.outcome = 'ambiguous'),
    count(*) FILTER (WHERE r.outcome = 'rejected'), new_communities
  FROM directory.import_row r WHERE r.run_id = run;
END $$;

REVOKE EXECUTE ON FUNCTION directory.begin_import(text, boolean),
  directory.match_places(bigint, boolean), directory.gather_places(bigint, boolean),
  directory.add_places(bigint), directory.decide_rows(bigint), directory.finish_import(bigint)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.begin_import(text, boolean), directory.finish_import(bigint)
  TO sister_service;
