-- Finding communities, telling namesakes apart, and keeping their names.

-- Every name that a community has: first the one that the network gives it. The name of one that was
-- merged into it is one of its names. (It has no WHERE: that would keep PostgreSQL from looking through
-- it into the indexes.)
CREATE OR REPLACE VIEW directory.any_name WITH (security_invoker) AS
SELECT coalesce(merged_into_id, id) AS community_id, name, key,
  merged_into_id IS NULL AS is_preferred FROM directory.community
UNION ALL
SELECT community_id, name, key, false FROM directory.community_name;
GRANT SELECT ON directory.any_name TO sister_service;

-- The community whose name is most like what was typed: what refusals suggest.
CREATE OR REPLACE FUNCTION directory.nearest_community(wanted text) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT c.code
  FROM directory.any_name n JOIN directory.community c ON c.id = n.community_id
  WHERE n.key OPERATOR(public.%) directory.name_key(wanted)
  ORDER BY public.similarity(n.key, directory.name_key(wanted)) DESC, c.population DESC NULLS LAST,
    c.code
  LIMIT 1
$$;

-- The community of a code, or the one that it was merged into.
CREATE OR REPLACE FUNCTION directory.id_of(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(merged_into_id, id) FROM directory.community WHERE code = wanted
$$;

CREATE OR REPLACE FUNCTION directory.find_community(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  found := directory.id_of(wanted);
  IF found IS NULL THEN
    PERFORM service.refuse('missing.community', format('there is no community %s', wanted),
      directory.nearest_community(wanted));
  END IF;
  RETURN found;
END $$;

-- A filter of codes, with the code of the one that is kept in the place of a merged one's.
CREATE OR REPLACE FUNCTION directory.follow(filter text[]) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(coalesce((
      SELECT k.code FROM directory.community m JOIN directory.community k ON k.id = m.merged_into_id
      WHERE m.code = f.part AND f.n % 2 = 0 AND filter[f.n - 1] IN ('=', '!=')), f.part)
    ORDER BY f.n)
  FROM unnest(filter) WITH ORDINALITY AS f (part, n)
$$;

-- A row refers to a community, and not to one that was merged into it: who found that before the merge
-- looks again, in a transaction that sees it. Argument: the column that refers, where that is another
-- than community_id (of which it is asked by name, since that costs a third).
CREATE OR REPLACE FUNCTION directory.refuse_merged() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  referred bigint;
  kept bigint;
BEGIN
  IF TG_NARGS = 0 THEN
    referred := NEW.community_id;
  ELSE
    referred := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
  END IF;
  SELECT merged_into_id INTO kept FROM directory.community WHERE id = referred FOR KEY SHARE;
  IF kept IS NOT NULL THEN
    RAISE EXCEPTION 'the community was merged into another' USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NEW;
END $$;

-- Whether a community lies where somebody looks for it: in a country, in a region, and in each of some
-- places that may be either (their keys). NULL is anywhere.
CREATE OR REPLACE FUNCTION directory.lies_in(
  community bigint, of_country text, of_region text, places text[]
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM directory.community c
    WHERE c.id = lies_in.community
      AND (of_country IS NULL OR c.country = of_country)
      AND (of_region IS NULL OR directory.name_key(c.region) = directory.name_key(of_region))
      AND (places IS NULL OR NOT EXISTS (
        SELECT FROM unnest(places) AS p (key)
        WHERE p.key <> '' AND coalesce(directory.name_key(c.region) = p.key
          OR lower(split_part(c.subdivision, '-', 2)) = p.key
          OR c.country = (SELECT l.country FROM directory.country_label l WHERE l.key = p.key),
          false) IS FALSE)))
$$;

-- The code of a community.
CREATE OR REPLACE FUNCTION directory.code_of(wanted bigint) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT code FROM directory.community WHERE id = wanted $$;

-- The great circle between two places, in kilometres, by the haversine formula: on a sphere of the
-- Earth's mean radius (WGS 84). Degrees. (Strict, and so not inlined: `least` would take nothing for
-- one.)
CREATE OR REPLACE FUNCTION directory.arc(
  latitude1 double precision, longitude1 double precision, latitude2 double precision,
  longitude2 double precision
) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN 2 * 6371.0088 * asin(least(1, sqrt(
    sind((latitude2 - latitude1) / 2) ^ 2
    + cosd(latitude1) * cosd(latitude2) * sind((longitude2 - longitude1) / 2) ^ 2)));
END $$;

-- Takes a name or a number away from its community; refuses where there is none.
CREATE OR REPLACE FUNCTION directory.remove_name(community text, old_name text)
RETURNS TABLE (code text, name text) LANGUAGE plpgsql AS $$
DECLARE
  owner bigint := directory.find_community(community);
BEGIN
  RETURN QUERY DELETE FROM directory.community_name n
  WHERE n.community_id = owner AND n.name = old_name RETURNING community, n.name;
  IF NOT FOUND THEN
    PERFORM service.refuse('missing.name',
      format('%s has no other name %s', community, old_name),
      CASE WHEN EXISTS (SELECT FROM directory.community c WHERE c.id = owner AND c.name = old_name)
        THEN format('community update %s name=', community)
        ELSE format('community show %s', community) END);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION directory.remove_number(of_scheme text, number text)
RETURNS TABLE (code text, name text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY WITH gone AS (
    DELETE FROM directory.external_id e WHERE e.scheme = of_scheme AND e.value = number
    RETURNING e.community_id
  )
  SELECT c.code, c.name FROM gone JOIN directory.community c ON c.id = gone.community_id;
  IF NOT FOUND THEN
    PERFORM service.refuse('missing.number',
      format('no community has the number %s of %s', number, of_scheme));
  END IF;
END $$;

-- Where something is looked for: the place of a community, or the place that was given.
CREATE OR REPLACE FUNCTION directory.locate(
  community text, INOUT latitude double precision, INOUT longitude double precision,
  OUT id bigint
) LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF community IS NULL THEN RETURN; END IF;
  SELECT c.id, c.latitude, c.longitude INTO id, latitude, longitude
  FROM directory.community c WHERE c.id = directory.find_community(community);
  IF latitude IS NULL THEN
    PERFORM service.refuse('data.no-coordinates',
      format('it is not known where %s is', community),
      format('community update %s at=', community));
  END IF;
END $$;

-- Refuses a place that may be one that is there already, besides the one that it is. Two of one name
-- in one country are told apart by their kind, by their regions, or by lying further apart than a city
-- is wide. Those of one name are looked at one transaction after the other: of two that write at once,
-- the second sees what the first wrote. (So many locks, and no more: an import makes thousands.)
CREATE OR REPLACE FUNCTION directory.is_no_namesake(
  wanted text, in_country text, in_region text, of_kind text, at_latitude double precision,
  at_longitude double precision, besides bigint DEFAULT NULL
) RETURNS boolean LANGUAGE plpgsql
-- Its plan is made when few rows are there, and lives as long as the connection: so no index but that of
-- names may serve it, however few rows there are. (That of likeness would need bitmaps; that of countries
-- another collation; the key's own an ORDER BY: so there is none.)
SET enable_bitmapscan = off SET enable_seqscan = off AS $$
DECLARE
  wanted_key text := directory.name_key(wanted);
  other record;
BEGIN
  PERFORM pg_advisory_xact_lock(
    hashtext('directory.community.key'), hashtext(wanted_key || in_country) & 1023);
  SELECT c.code, c.name, c.region INTO other
  FROM directory.community c
  WHERE c.key = wanted_key AND c.country COLLATE "C" = in_country AND c.kind = of_kind
    AND c.id IS DISTINCT FROM besides AND c.merged_into_id IS NULL
    AND (c.region IS NULL OR in_region IS NULL
      OR directory.name_key(c.region) = directory.name_key(in_region))
    AND coalesce(directory.arc(c.latitude, c.longitude, at_latitude, at_longitude) <= 25, true)
  LIMIT 1;
  IF FOUND THEN
    PERFORM service.refuse('conflict.duplicate',
      format('there is %s in %s already: %s; if this is another place, give what tells them apart: '
        'region=, kind= or at=',
        other.name || coalesce(', ' || other.region, ''), in_country, other.code),
      format('community show %s', other.code));
  END IF;
  RETURN true;
END $$;

-- A community lies in no community that lies in it, and in one of its country. (Looked at behind the
-- change, one transaction after the other: two changes may close a circle that neither does alone.)
CREATE OR REPLACE FUNCTION directory.check_parents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  pair record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('directory.community.parent_id'));
  IF EXISTS (
    WITH RECURSIVE above AS (
      SELECT NEW.parent_id AS id
      UNION
      SELECT c.parent_id FROM above JOIN directory.community c ON c.id = above.id
      WHERE c.parent_id IS NOT NULL
    )
    SELECT FROM above WHERE id = NEW.id)
  THEN
    PERFORM service.refuse('conflict.parent', format('%s would lie in itself', NEW.code));
  END IF;
  SELECT child.code, child.country, parent.code AS parent, parent.country AS parent_country INTO pair
  FROM directory.community child
  JOIN directory.community parent ON parent.id = child.parent_id
  JOIN directory.country c ON c.code = child.country
  WHERE (child.id = NEW.id OR child.parent_id = NEW.id) AND child.merged_into_id IS NULL
    AND parent.country NOT IN (child.country, coalesce(c.part_of, ''))
  LIMIT 1;
  IF FOUND THEN
    PERFORM service.refuse('conflict.parent',
      format('%s, which is in %s, would lie in %s, which is in %s', pair.code, pair.country,
        pair.parent, pair.parent_country), format('community show %s', pair.code));
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER parents AFTER INSERT ON directory.community
  FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION directory.check_parents();
CREATE OR REPLACE TRIGGER parents_change AFTER UPDATE OF parent_id, country ON directory.community
  FOR EACH ROW WHEN ((OLD.parent_id, OLD.country) IS DISTINCT FROM (NEW.parent_id, NEW.country))
  EXECUTE FUNCTION directory.check_parents();

-- The name of a time zone is one that PostgreSQL knows.
CREATE OR REPLACE FUNCTION directory.check_time_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM now() AT TIME ZONE NEW.time_zone;
  RETURN NEW;
EXCEPTION WHEN invalid_parameter_value THEN
  PERFORM service.refuse('data.invalid',
    format('there is no time zone %s; they are named as in America/Chicago', NEW.time_zone));
END $$;
CREATE OR REPLACE TRIGGER time_zone BEFORE INSERT OR UPDATE OF time_zone ON directory.community
  FOR EACH ROW WHEN (NEW.time_zone IS NOT NULL) EXECUTE FUNCTION directory.check_time_zone();

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON directory.community
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('community', 'code', 'key');

CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON directory.community
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit.record_insertions('code');
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON directory.community
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON directory.community_name
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit.record_insertions('community_id', 'name');
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON directory.community_name
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('community_id', 'name');
CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON directory.external_id
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit.record_insertions('scheme', 'value');
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON directory.external_id
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('scheme', 'value');

-- What was merged stays as it was.
CREATE OR REPLACE FUNCTION directory.keep_merged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM service.refuse('conflict.state',
    format('%s is merged into %s', OLD.code, directory.code_of(OLD.merged_into_id)),
    format('community show %s', directory.code_of(OLD.merged_into_id)));
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER merged_stays BEFORE UPDATE OF name, kind, country, region, subdivision,
  latitude, longitude, population, time_zone ON directory.community
  FOR EACH ROW WHEN (OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS NOT NULL)
  EXECUTE FUNCTION directory.keep_merged();

CREATE OR REPLACE TRIGGER is_current_parent BEFORE INSERT OR UPDATE OF parent_id ON directory.community
  FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)
  EXECUTE FUNCTION directory.refuse_merged('parent_id');
CREATE OR REPLACE TRIGGER is_current_kept BEFORE INSERT OR UPDATE OF merged_into_id ON directory.community
  FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL)
  EXECUTE FUNCTION directory.refuse_merged('merged_into_id');
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON directory.community_name
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON directory.external_id
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
