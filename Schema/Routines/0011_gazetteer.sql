-- Gazetteers: places with their numbers, coordinates and names in all languages.

-- Takes some places of a gazetteer into the directory: what is known of those that are there already
-- (by their number; or by their name, country and region, if they have none and are not elsewhere),
-- and the others as new communities. `also_called` are each place's other names, with | between them.
CREATE OR REPLACE FUNCTION directory.load_places(
  geonames text[], names text[], countries text[], regions text[], subdivisions text[],
  latitudes text[], longitudes text[], populations text[], time_zones text[], also_called text[]
) RETURNS TABLE (added bigint, matched bigint, new_names bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Its plans are made while the tables are small, and used while they grow.
SET enable_seqscan = off AS $$
DECLARE
  ids bigint[];
BEGIN
  PERFORM service.refuse('data.invalid',
    format('the place %s (%s) is in %s, which is no country', p.name, p.geonames, p.country))
  FROM unnest(geonames, names, countries) AS p (geonames, name, country)
  WHERE NOT EXISTS (SELECT FROM directory.country c WHERE c.code = p.country);
  -- The community of each place, where there is one.
  ids := ARRAY(
    SELECT coalesce((
      SELECT e.community_id FROM directory.external_id e
      WHERE e.scheme = 'geonames' AND e.value = p.geonames), (
      SELECT min(c.id)
      FROM directory.community c
      WHERE c.key = directory.name_key(p.name) AND c.country = p.country
        AND c.merged_into_id IS NULL
        AND (c.region IS NULL OR p.region IS NULL
          OR directory.name_key(c.region) = directory.name_key(p.region))
        AND coalesce(directory.arc(c.latitude, c.longitude, p.latitude::float8,
          p.longitude::float8) <= 50, true)
        AND NOT EXISTS (SELECT FROM directory.external_id x
          WHERE x.community_id = c.id AND x.scheme = 'geonames')
      HAVING count(DISTINCT c.id) = 1))
    FROM unnest(geonames, names, countries, regions, latitudes, longitudes) WITH ORDINALITY
      AS p (geonames, name, country, region, latitude, longitude, nth)
    ORDER BY p.nth);
  -- One community is not two places.
  ids := ARRAY(
    SELECT CASE WHEN row_number() OVER (PARTITION BY i.id ORDER BY i.nth) = 1 THEN i.id END
    FROM unnest(ids) WITH ORDINALITY AS i (id, nth) ORDER BY i.nth);
  SELECT count(*) FILTER (WHERE i IS NULL), count(i) INTO added, matched FROM unnest(ids) AS i;
  WITH coded AS (
    SELECT p.*, row_number() OVER (ORDER BY p.nth) AS number
    FROM unnest(ids, names, countries, regions, subdivisions, latitudes, longitudes, populations,
      time_zones) WITH ORDINALITY
      AS p (id, name, country, region, subdivision, latitude, longitude, population, time_zone, nth)
    WHERE p.id IS NULL
  ), codes AS (
    SELECT f.number, f.code FROM directory.free_codes(ARRAY(
      SELECT directory.code_base(name, country, subdivision) FROM coded ORDER BY number)) AS f
  ), inserted AS (
    INSERT INTO directory.community (code, name, country, region, subdivision, latitude, longitude,
      population, time_zone, unverified_source)
    SELECT k.code, c.name, c.country, c.region, c.subdivision, c.latitude::float8,
      c.longitude::float8, nullif(c.population::bigint, 0), c.time_zone, 'geonames'
    FROM coded c JOIN codes k ON k.number = c.number
    RETURNING id, code
  )
  SELECT array_agg(coalesce(i.id, g.id) ORDER BY g.nth) INTO ids
  FROM unnest(ids) WITH ORDINALITY AS g (id, nth)
  LEFT JOIN coded c ON c.nth = g.nth
  LEFT JOIN codes k ON k.number = c.number
  LEFT JOIN inserted i ON i.code = k.code;
  UPDATE directory.community c SET
    region = coalesce(c.region, p.region), subdivision = coalesce(c.subdivision, p.subdivision),
    latitude = coalesce(c.latitude, p.latitude::float8),
    longitude = coalesce(c.longitude, p.longitude::float8),
    population = coalesce(c.population, nullif(p.population::bigint, 0)),
    time_zone = coalesce(c.time_zone, p.time_zone)
  FROM unnest(ids, regions, subdivisions, latitudes, longitudes, populations, time_zones)
    AS p (id, region, subdivision, latitude, longitude, population, time_zone)
  WHERE c.id = p.id AND (c.region, c.subdivision, c.latitude, c.population, c.time_zone)
    IS DISTINCT FROM (coalesce(c.region, p.region), coalesce(c.subdivision, p.subdivision),
      coalesce(c.latitude, p.latitude::float8),
      coalesce(c.population, nullif(p.population::bigint, 0)),
      coalesce(c.time_zone, p.time_zone));
  INSERT INTO directory.external_id (scheme, value, community_id)
  SELECT 'geonames', p.geonames, p.id FROM unnest(ids, geonames) AS p (id, geonames)
  ON CONFLICT ON CONSTRAINT external_id_pkey DO NOTHING;
  INSERT INTO directory.community_name (community_id, name)
  SELECT DISTINCT p.id, n.name
  FROM unnest(ids, names, also_called) AS p (id, name, names)
  CROSS JOIN regexp_split_to_table(concat_ws('|', p.name, p.names), '\|') AS n (name)
  JOIN directory.community c ON c.id = p.id
  WHERE n.name <> c.name AND length(n.name) <= 200 AND directory.name_key(n.name) <> ''
  ON CONFLICT ON CONSTRAINT community_name_name_key DO NOTHING;
  GET DIAGNOSTICS new_names = ROW_COUNT;
  RETURN NEXT;
END $$;

REVOKE EXECUTE ON FUNCTION directory.load_places(text[], text[], text[], text[], text[], text[],
  text[], text[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.load_places(text[], text[], text[], text[], text[], text[],
  text[], text[], text[], text[]) TO sister_service;
