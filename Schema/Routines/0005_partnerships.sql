-- Partnerships: what they need to be signed and recognised, and what is known of them when.

-- The partnership of this number, or of two communities, chicago:accra: the one that there is now,
-- or the last that there was.
CREATE OR REPLACE FUNCTION directory.find_partnership(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
  a bigint;
  b bigint;
BEGIN
  IF strpos(wanted, ':') = 0 THEN
    IF wanted ~ '^[Pp][Ss]-[0-9]{1,15}$' THEN
      SELECT coalesce(merged_into_id, id) INTO found FROM directory.partnership
      WHERE id = substr(wanted, 4)::bigint;
    END IF;
    IF found IS NULL THEN
      PERFORM service.refuse('missing.partnership',
        format('there is no partnership %s; give a number, as PS-12, or two communities, as '
          'chicago:accra', wanted), 'partnership list');
    END IF;
    RETURN found;
  END IF;
  a := directory.find_community(split_part(wanted, ':', 1));
  b := directory.find_community(split_part(wanted, ':', 2));
  SELECT id INTO found FROM directory.partnership
  WHERE hi_id = greatest(a, b) AND lo_id = least(a, b)
  ORDER BY merged_into_id IS NULL DESC, state IN ('asserted', 'signed') DESC,
    state NOT IN ('terminated', 'withdrawn') DESC,
    starts DESC NULLS LAST, id DESC
  LIMIT 1;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.partnership',
      format('%s and %s have no partnership', split_part(wanted, ':', 1),
        split_part(wanted, ':', 2)),
      format('community show %s', split_part(wanted, ':', 1)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION directory.find_source(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM directory.source WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.source', format('there is no source %s', wanted),
      coalesce(service.nearest(wanted, ARRAY(SELECT code FROM directory.source)),
        format('source create %s', wanted)));
  END IF;
  RETURN found;
END $$;

-- The pair of two communities: the one of the lower id, and the other. Refuses one alone.
CREATE OR REPLACE FUNCTION directory.find_pair(one text, other text, OUT lo bigint, OUT hi bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  a bigint := directory.find_community(one);
  b bigint := directory.find_community(other);
BEGIN
  IF a = b THEN
    PERFORM service.refuse('data.invalid', format('%s is no partner of itself', one));
  END IF;
  lo := least(a, b);
  hi := greatest(a, b);
END $$;

-- Which of two communities `wanted` is; refuses where it is neither.
CREATE OR REPLACE FUNCTION directory.find_end(pair bigint, wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint := directory.find_community(wanted);
  p directory.partnership;
BEGIN
  SELECT * INTO p FROM directory.partnership WHERE id = pair;
  IF found NOT IN (p.lo_id, p.hi_id) THEN
    PERFORM service.refuse('data.not-of-the-pair',
      format('%s is no part of %s, which is of %s', wanted, p.number,
        (SELECT string_agg(code, ' and ' ORDER BY id) FROM directory.community
          WHERE id IN (p.lo_id, p.hi_id))));
  END IF;
  RETURN found;
END $$;

-- The countries of the two, which nobody changes or merges meanwhile: as directory.refuse_merged.
CREATE OR REPLACE FUNCTION directory.fill_countries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lo directory.community;
  hi directory.community;
BEGIN
  SELECT * INTO lo FROM directory.community WHERE id = NEW.lo_id FOR KEY SHARE;
  SELECT * INTO hi FROM directory.community WHERE id = NEW.hi_id FOR KEY SHARE;
  IF lo.merged_into_id IS NOT NULL AND lo.id IN (OLD.lo_id, OLD.hi_id) IS NOT TRUE
    OR hi.merged_into_id IS NOT NULL AND hi.id IN (OLD.lo_id, OLD.hi_id) IS NOT TRUE
  THEN
    RAISE EXCEPTION 'a community was merged into another' USING ERRCODE = 'serialization_failure';
  END IF;
  NEW.lo_country := lo.country;
  NEW.hi_country := hi.country;
  RETURN NEW;
END $$;
-- (An import knows them.)
CREATE OR REPLACE TRIGGER countries_begin BEFORE INSERT ON directory.partnership
  FOR EACH ROW WHEN (NEW.lo_country IS NULL OR NEW.hi_country IS NULL)
  EXECUTE FUNCTION directory.fill_countries();
CREATE OR REPLACE TRIGGER countries BEFORE UPDATE OF lo_id, hi_id ON directory.partnership
  FOR EACH ROW WHEN ((OLD.lo_id, OLD.hi_id) IS DISTINCT FROM (NEW.lo_id, NEW.hi_id))
  EXECUTE FUNCTION directory.fill_countries();

-- Whether by a day both communities' highest elected officials had signed one agreement; or one had, and
-- the other's signature was still awaited.
CREATE OR REPLACE FUNCTION directory.is_signed_by(p directory.partnership, day date) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM directory.agreement a
    JOIN directory.signature s ON s.agreement_id = a.id
    WHERE a.partnership_id = p.id AND s.is_highest
      AND s.community_id IN (p.lo_id, p.hi_id) AND s.signed_on <= day
    GROUP BY a.id, a.pending_until
    HAVING count(*) = 2 OR a.pending_until >= day)
$$;

-- It is signed as directory.is_signed_by says.
CREATE OR REPLACE FUNCTION directory.check_signed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  has_agreement boolean;
BEGIN
  IF NEW.starts IS NULL THEN
    RETURN NEW; -- A constraint refuses it.
  END IF;
  IF directory.is_signed_by(NEW, NEW.starts) THEN
    NEW.was_signed := true;
    RETURN NEW;
  END IF;
  SELECT EXISTS (SELECT FROM directory.agreement WHERE partnership_id = NEW.id)
  INTO has_agreement;
  PERFORM service.refuse('data.signatures',
    format('%s cannot be signed on %s: by then no agreement has the signatures of both '
      'communities'' highest elected officials, or one of them and a day until which the other may '
      'come (pending-until=)', OLD.number, NEW.starts),
    CASE WHEN has_agreement THEN format('partnership show %s', OLD.number)
      ELSE format('partnership agree %s', OLD.number) END);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER signed BEFORE UPDATE OF state, starts ON directory.partnership
  FOR EACH ROW WHEN (NEW.state = 'signed') EXECUTE FUNCTION directory.check_signed();

-- What is signed takes the place of what there was between the two: a friendship that becomes a sister
-- relationship; or what a list says, which then speaks of the agreement.
CREATE OR REPLACE FUNCTION directory.end_predecessor() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE directory.assertion a SET partnership_id = NEW.id
  FROM directory.partnership p
  WHERE p.id = a.partnership_id AND p.hi_id = NEW.hi_id AND p.lo_id = NEW.lo_id
    AND p.id <> NEW.id AND p.state = 'asserted' AND p.merged_into_id IS NULL AND NOT EXISTS (
      SELECT FROM directory.assertion x WHERE x.partnership_id = NEW.id
        AND (x.source_id, x.community_id) IS NOT DISTINCT FROM (a.source_id, a.community_id));
  UPDATE directory.partnership SET state = 'withdrawn'
  WHERE hi_id = NEW.hi_id AND lo_id = NEW.lo_id AND id <> NEW.id AND state = 'asserted'
    AND merged_into_id IS NULL;
  UPDATE directory.partnership
  SET state = 'terminated', ends = NEW.starts, end_reason = 'in its place came ' || OLD.number
  WHERE hi_id = NEW.hi_id AND lo_id = NEW.lo_id AND id <> NEW.id AND state = 'signed'
    AND starts < NEW.starts;
  RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION directory.end_predecessor() FROM PUBLIC;
CREATE OR REPLACE TRIGGER predecessor BEFORE UPDATE OF state ON directory.partnership
  FOR EACH ROW WHEN (NEW.state = 'signed' AND OLD.state <> 'signed')
  EXECUTE FUNCTION directory.end_predecessor();

-- What was signed stays what it is, and what has ended stays as it ended.
CREATE OR REPLACE FUNCTION directory.keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.was_signed AND NEW.kind <> OLD.kind THEN
    PERFORM service.refuse('conflict.state',
      format('%s is signed as %s; another kind is another agreement, which then ends this one',
        OLD.number, OLD.kind), 'partnership create');
  END IF;
  IF (OLD.state = 'terminated' OR NEW.state = 'terminated')
    AND (NEW.starts IS DISTINCT FROM OLD.starts
      OR OLD.state = 'terminated' AND NEW.ends IS DISTINCT FROM OLD.ends)
  THEN
    PERFORM service.refuse('conflict.state',
      format('%s has ended; when it began and ended stays', OLD.number));
  END IF;
  IF NEW.ends > (now() AT TIME ZONE 'UTC')::date + 1 THEN
    PERFORM service.refuse('data.invalid',
      format('%s is still to come: say that it has ended when it has', NEW.ends));
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER keep_signed BEFORE UPDATE ON directory.partnership
  FOR EACH ROW EXECUTE FUNCTION directory.keep_signed();

-- The agreement of a partnership that was made last: the one that is signed and resolved upon.
CREATE OR REPLACE FUNCTION directory.last_agreement(pair bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint := (SELECT max(id) FROM directory.agreement WHERE partnership_id = pair);
BEGIN
  IF found IS NULL THEN
    PERFORM service.refuse('missing.agreement',
      format('PS-%s has no agreement yet', pair),
      format('partnership agree PS-%s', pair));
  END IF;
  RETURN found;
END $$;

-- Who signs or speaks for a community speaks for one of the two.
CREATE OR REPLACE FUNCTION directory.check_end() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  pair bigint := CASE TG_TABLE_NAME
    WHEN 'signature' THEN (SELECT partnership_id FROM directory.agreement
      WHERE id = (to_jsonb(NEW) ->> 'agreement_id')::bigint)
    ELSE (to_jsonb(NEW) ->> 'partnership_id')::bigint END;
BEGIN
  IF NOT EXISTS (
    SELECT FROM directory.partnership
    WHERE id = pair AND NEW.community_id IN (lo_id, hi_id))
  THEN
    PERFORM service.refuse('data.not-of-the-pair', 'it is for one of the two communities to say');
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER of_the_pair BEFORE INSERT ON directory.signature
  FOR EACH ROW EXECUTE FUNCTION directory.check_end();
CREATE OR REPLACE TRIGGER of_the_pair BEFORE INSERT ON directory.assertion
  FOR EACH ROW WHEN (NEW.community_id IS NOT NULL) EXECUTE FUNCTION directory.check_end();

-- Writes that `holds` held from `since` until the day before `until` (open where NULL), as the
-- network knows from now on; that nothing held, where it is NULL. What was known before stays known
-- as having been known. The row of the partnership is locked: its facts are written one at a time.
CREATE OR REPLACE FUNCTION directory.record_fact(
  pair bigint, of_fact text, holds text, since date, until date, because text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  during daterange := daterange(since, until);
  old directory.partnership_fact;
  moment timestamptz;
  broken record;
BEGIN
  PERFORM FROM directory.partnership WHERE id = pair FOR UPDATE;
  -- Later than anything that was known, whatever the clock says.
  SELECT greatest(clock_timestamp(), max(lower(known)) + interval '1 microsecond',
    max(upper(known)) + interval '1 microsecond') INTO moment
  FROM directory.partnership_fact WHERE partnership_id = pair AND fact = of_fact;
  FOR old IN
    UPDATE directory.partnership_fact SET known = tstzrange(lower(known), moment)
    WHERE partnership_id = pair AND fact = of_fact AND upper_inf(known)
      AND valid && during
    RETURNING *
  LOOP
    INSERT INTO directory.partnership_fact (partnership_id, fact, value, valid, known, reason)
    SELECT pair, of_fact, old.value, rest, tstzrange(moment, NULL), old.reason
    FROM unnest(datemultirange(old.valid) - datemultirange(during)) AS rest;
  END LOOP;
  IF holds IS NOT NULL THEN
    INSERT INTO directory.partnership_fact (partnership_id, fact, value, valid, known, reason)
    VALUES (pair, of_fact, holds, during, tstzrange(moment, NULL), because);
  END IF;
  -- Now every change from one day to the next is one that there may be.
  IF of_fact <> 'existence' THEN
    SELECT t.was, t.value, t.from_day INTO broken
    FROM (
      SELECT value, lower(valid) AS from_day, coalesce(
        CASE WHEN lag(upper(valid)) OVER w = lower(valid) THEN lag(value) OVER w END, 'none') AS was
      FROM directory.partnership_fact
      WHERE partnership_id = pair AND fact = of_fact AND upper_inf(known)
      WINDOW w AS (ORDER BY lower(valid) NULLS FIRST)
    ) AS t
    WHERE t.was <> t.value AND NOT EXISTS (
      SELECT FROM service.transition s
      WHERE s.noun = of_fact AND s.from_state = t.was AND s.to_state = t.value)
    LIMIT 1;
    IF FOUND THEN
      PERFORM service.refuse('conflict.state',
        format('its %s would go from %s to %s on %s; from %s it goes to %s only', of_fact,
          broken.was, broken.value, coalesce(broken.from_day::text, 'the first day'), broken.was,
          (SELECT string_agg(to_state, ' or ' ORDER BY to_state) FROM service.transition
            WHERE noun = of_fact AND from_state = broken.was)));
    END IF;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION directory.record_fact(bigint, text, text, date, date, text) FROM PUBLIC;

-- That a partnership exists follows from what was signed and ended. With its end everything ends that
-- was known of it.
CREATE OR REPLACE FUNCTION directory.record_existence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.state IN ('signed', 'terminated') THEN
    PERFORM directory.record_fact(NEW.id, 'existence', NULL, NULL, NULL, NULL);
  END IF;
  PERFORM directory.record_fact(NEW.id, 'existence', 'in-force', NEW.starts, NEW.ends,
    NEW.end_reason);
  IF NEW.starts > OLD.starts THEN
    PERFORM directory.record_fact(NEW.id, 'recognition', NULL, NULL, NEW.starts, NULL);
    PERFORM directory.record_fact(NEW.id, 'activity', NULL, NULL, NEW.starts, NULL);
  END IF;
  IF NEW.ends IS NOT NULL THEN
    PERFORM directory.record_fact(NEW.id, 'recognition', NULL, NEW.ends, NULL, NULL);
    PERFORM directory.record_fact(NEW.id, 'activity', NULL, NEW.ends, NULL, NULL);
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION directory.record_existence() FROM PUBLIC;
CREATE OR REPLACE TRIGGER existence AFTER UPDATE OF state, starts, ends ON directory.partnership
  FOR EACH ROW WHEN (NEW.was_signed
    AND (OLD.state, OLD.starts, OLD.ends) IS DISTINCT FROM (NEW.state, NEW.starts, NEW.ends))
  EXECUTE FUNCTION directory.record_existence();

-- Takes down what a source says of two communities: of the partnership that there is, or of a new one that
-- is asserted, where it says that there is one.
CREATE OR REPLACE FUNCTION directory.assert_partnership(
  a text, b text, source text, of_kind text, since date, about text[], said_on date, says text
) RETURNS TABLE (number text, state text) LANGUAGE plpgsql AS $$
DECLARE
  pair record := directory.find_pair(a, b);
  said_by bigint := directory.find_source(source);
  p directory.partnership;
BEGIN
  SELECT * INTO p FROM directory.partnership x
  WHERE x.hi_id = pair.hi AND x.lo_id = pair.lo AND x.state IN ('asserted', 'signed')
    AND x.merged_into_id IS NULL;
  IF NOT FOUND AND says <> 'exists' THEN
    SELECT * INTO p FROM directory.partnership x
    WHERE x.id = directory.find_partnership(a || ':' || b);
  ELSIF NOT FOUND THEN
    INSERT INTO directory.partnership (lo_id, hi_id, kind, state, starts, themes)
    VALUES (pair.lo, pair.hi, coalesce(of_kind, 'sister'), 'asserted', since, about)
    RETURNING * INTO p;
  END IF;
  INSERT INTO directory.assertion (partnership_id, source_id, stance, asserted_on)
  VALUES (p.id, said_by, says, coalesce(said_on, current_date))
  ON CONFLICT ON CONSTRAINT assertion_key
  DO UPDATE SET stance = EXCLUDED.stance, asserted_on = EXCLUDED.asserted_on;
  RETURN QUERY SELECT p.number, p.state;
END $$;

-- What a recognition stands on stays as old as that is.
CREATE OR REPLACE FUNCTION directory.keep_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  since date;
BEGIN
  PERFORM FROM directory.partnership WHERE id = NEW.partnership_id FOR UPDATE;
  SELECT lower(f.valid) INTO since FROM directory.partnership_fact f
  WHERE f.partnership_id = NEW.partnership_id AND f.value = 'recognised' AND upper_inf(f.known)
    AND NOT EXISTS (SELECT FROM directory.agreement a
      WHERE a.partnership_id = f.partnership_id AND a.resolution_on <= lower(f.valid))
  ORDER BY f.valid LIMIT 1;
  IF FOUND THEN
    PERFORM service.refuse('conflict.state',
      format('PS-%s is recognised since %s, which stands on the resolution of %s',
        NEW.partnership_id, since, OLD.resolution_on),
      format('partnership facts PS-%s', NEW.partnership_id));
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER recognition AFTER UPDATE OF resolution_on ON directory.agreement
  FOR EACH ROW WHEN (OLD.resolution_on IS NOT NULL) EXECUTE FUNCTION directory.keep_resolution();

-- What is said to have happened has happened. (A day more: it begins in the east.) Argument: the column
-- of the day.
CREATE OR REPLACE FUNCTION directory.refuse_to_come() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM service.refuse('data.invalid',
    format('%s is still to come: say it when it has happened', to_jsonb(NEW) ->> TG_ARGV[0]));
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER is_past BEFORE INSERT OR UPDATE OF signed_on ON directory.signature
  FOR EACH ROW WHEN (NEW.signed_on > (now() AT TIME ZONE 'UTC')::date + 1)
  EXECUTE FUNCTION directory.refuse_to_come('signed_on');
CREATE OR REPLACE TRIGGER is_past BEFORE INSERT OR UPDATE OF resolution_on ON directory.agreement
  FOR EACH ROW WHEN (NEW.resolution_on > (now() AT TIME ZONE 'UTC')::date + 1)
  EXECUTE FUNCTION directory.refuse_to_come('resolution_on');
CREATE OR REPLACE TRIGGER is_past BEFORE INSERT OR UPDATE OF happened_on
  ON directory.partnership_event
  FOR EACH ROW WHEN (NEW.happened_on > (now() AT TIME ZONE 'UTC')::date + 1)
  EXECUTE FUNCTION directory.refuse_to_come('happened_on');
CREATE OR REPLACE TRIGGER is_past BEFORE INSERT OR UPDATE OF asserted_on ON directory.assertion
  FOR EACH ROW WHEN (NEW.asserted_on > (now() AT TIME ZONE 'UTC')::date + 1)
  EXECUTE FUNCTION directory.refuse_to_come('asserted_on');
CREATE OR REPLACE TRIGGER is_past BEFORE INSERT OR UPDATE OF starts, state
  ON directory.partnership
  FOR EACH ROW WHEN (NEW.state IN ('asserted', 'signed')
    AND NEW.starts > (now() AT TIME ZONE 'UTC')::date + 1)
  EXECUTE FUNCTION directory.refuse_to_come('starts');

-- Whether either of two values passes a filter; both must, where it says what is not wanted.
CREATE OR REPLACE FUNCTION directory.matches_either(one text, other text, filter text[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN filter[1] = '!='
      THEN service.matches(one, filter[1:2]) AND service.matches(other, filter[1:2])
      ELSE service.matches(one, filter[1:2]) OR service.matches(other, filter[1:2]) END
    AND (filter[3] IS NULL OR directory.matches_either(one, other, filter[3:]))
$$;

-- Says how the network's recognition of a partnership, or its activity, was in some days. Recognition
-- stands on a signed agreement, on the council's resolution, and on the dues of a member.
CREATE OR REPLACE FUNCTION directory.say_fact(
  wanted text, of_fact text, holds text, since date, until date, because text
) RETURNS TABLE (number text, fact text, value text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p directory.partnership;
BEGIN
  SELECT * INTO p FROM directory.partnership WHERE id = directory.find_partnership(wanted)
  FOR UPDATE;
  IF of_fact NOT IN ('recognition', 'activity') OR of_fact IS NULL THEN
    PERFORM service.refuse('data.invalid',
      'a fact is recognition or activity; that it exists follows from what was signed');
  END IF;
  IF until <= since THEN
    PERFORM service.refuse('data.invalid',
      format('until= is the first day behind them, so after %s', since));
  END IF;
  IF since IS NULL THEN
    PERFORM service.refuse('data.invalid', 'the day is missing from which on it holds');
  END IF;
  IF NOT p.was_signed THEN
    PERFORM service.refuse('conflict.state',
      format('%s is %s; there is %s of what was signed only', p.number, p.state, of_fact),
      format('partnership show %s', p.number));
  END IF;
  IF since < p.starts OR since >= p.ends THEN
    PERFORM service.refuse('data.invalid',
      format('%s is in force since %s%s, not on %s', p.number, p.starts,
        coalesce(' and until ' || p.ends, ''), since));
  END IF;
  IF holds = 'recognised' AND NOT directory.is_signed_by(p, since) THEN
    PERFORM service.refuse('data.signatures',
      format('on %s the second signature of %s was awaited no more, and had not come', since,
        p.number), format('partnership show %s', p.number));
  END IF;
  IF holds = 'recognised' AND NOT EXISTS (
    SELECT FROM directory.agreement a WHERE a.partnership_id = p.id AND a.resolution_on <= since)
  THEN
    PERFORM service.refuse('data.resolution',
      format('the council''s resolution on %s is not known; recognition needs it', p.number),
      format('partnership resolve %s', p.number));
  END IF;
  IF holds = 'recognised' AND NOT directory.is_in_standing(directory.standing_of(p.lo_id, since))
    AND NOT directory.is_in_standing(directory.standing_of(p.hi_id, since))
  THEN
    PERFORM service.refuse('data.standing',
      format('on %s neither of the two was a member whose dues are paid or in grace; recognition of '
        '%s needs one', since, p.number),
      (SELECT format('membership show %s on=%s', c.code, since) FROM directory.community c
        WHERE c.id IN (p.lo_id, p.hi_id)
        ORDER BY directory.standing_of(c.id, since) = 'none', c.id LIMIT 1));
  END IF;
  PERFORM directory.record_fact(p.id, of_fact, holds, since, least(until, p.ends), because);
  RETURN QUERY SELECT p.number, of_fact, coalesce(holds, 'none');
END $$;

REVOKE EXECUTE ON FUNCTION directory.say_fact(text, text, text, date, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.say_fact(text, text, text, date, date, text)
  TO sister_service;

-- The moment at which a day is over, in UTC.
CREATE OR REPLACE FUNCTION directory.end_of(day date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (day + 1)::timestamp AT TIME ZONE 'UTC' $$;

-- The facts that held on a day, as was known at the end of the day `known_on` (as is known now, where
-- that is NULL).
CREATE OR REPLACE FUNCTION directory.facts_on(day date, known_on date)
RETURNS SETOF directory.partnership_fact LANGUAGE sql STABLE AS $$
  SELECT * FROM directory.partnership_fact
  WHERE valid @> day AND CASE WHEN known_on IS NULL THEN upper_inf(known)
    ELSE lower(known) < directory.end_of(known_on)
      AND coalesce(upper(known) >= directory.end_of(known_on), true) END
$$;

-- One fact of one partnership on a day, as is known now; NULL where there is none.
CREATE OR REPLACE FUNCTION directory.fact_on(pair bigint, of_fact text, day date) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT value FROM directory.partnership_fact
  WHERE partnership_id = pair AND fact = of_fact AND valid @> day AND upper_inf(known)
$$;

-- The partnerships that there are today. (They have no end: what has one is terminated.)
CREATE OR REPLACE VIEW directory.current_partnership WITH (security_invoker) AS
SELECT id, lo_id, hi_id, lo_country, hi_country, kind, themes FROM directory.partnership
WHERE state IN ('asserted', 'signed') AND (starts IS NULL OR starts <= current_date)
  AND merged_into_id IS NULL;

-- Each of them from both of its ends.
CREATE OR REPLACE VIEW directory.link WITH (security_invoker) AS
SELECT id AS partnership_id, lo_id AS community_id, hi_id AS sister_id
FROM directory.current_partnership
UNION ALL
SELECT id, hi_id, lo_id FROM directory.current_partnership;

-- What both ends say of a partnership: confirmed by both, by one, or by none; or in conflict, with
-- each other or with a source.
CREATE OR REPLACE VIEW directory.confirmation WITH (security_invoker) AS
SELECT p.id AS partnership_id,
  CASE WHEN count(DISTINCT a.stance) > 1
      OR bool_or(a.stance <> 'exists') AND p.state IN ('asserted', 'signed')
      OR bool_or(a.stance = 'exists') AND p.state IN ('terminated', 'withdrawn') THEN 'conflict'
    WHEN count(a.community_id) FILTER (WHERE a.stance = 'exists') = 2 THEN 'both'
    WHEN count(a.community_id) FILTER (WHERE a.stance = 'exists') = 1 THEN 'one'
    ELSE 'none' END AS confirmed,
  count(a.source_id) AS sources
FROM directory.partnership p LEFT JOIN directory.assertion a ON a.partnership_id = p.id
GROUP BY p.id;

CREATE OR REPLACE VIEW directory.partnership_record WITH (security_invoker) AS
SELECT p.id, p.number, p.kind, p.state, p.starts, p.ends, p.end_reason, p.themes, p.profile,
  p.sponsor, p.volunteers, p.first_year_plan, p.revision, p.merged_into_id, p.lo_id, p.hi_id,
  lo.code AS lo, lo.name AS lo_name, p.lo_country, hi.code AS hi, hi.name AS hi_name, p.hi_country
FROM directory.partnership p
JOIN directory.community lo ON lo.id = p.lo_id
JOIN directory.community hi ON hi.id = p.hi_id;
GRANT SELECT ON directory.current_partnership, directory.link, directory.confirmation, directory.partnership_record
  TO sister_service;

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON directory.partnership
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('partnership', 'number', 'number', 'period',
    'was_signed', 'lo_country', 'hi_country');
CREATE OR REPLACE TRIGGER lifecycle_begin BEFORE INSERT ON directory.partnership
  FOR EACH ROW WHEN (NEW.state <> 'asserted')
  EXECUTE FUNCTION service.guard_lifecycle('partnership', 'number', 'idea');
CREATE OR REPLACE TRIGGER lifecycle BEFORE UPDATE OF state ON directory.partnership
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('partnership', 'number', 'idea');

CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON directory.partnership
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION audit.record_insertions('number');
-- (Where a community's country is changed, its own change says so.)
CREATE OR REPLACE TRIGGER audit AFTER UPDATE ON directory.partnership
  FOR EACH ROW WHEN (OLD.revision <> NEW.revision
    OR (OLD.lo_country, OLD.hi_country) = (NEW.lo_country, NEW.hi_country))
  EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit_deletion AFTER DELETE ON directory.partnership
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.agreement
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('partnership_id', 'id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.signature
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('agreement_id', 'community_id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.partnership_fact
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('partnership_id', 'fact');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.partnership_event
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('partnership_id', 'id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.seeking
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('community_id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.source
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
-- What a source says is recorded where it is: who says it, and when.
CREATE OR REPLACE TRIGGER audit_insert AFTER INSERT ON directory.assertion
  FOR EACH ROW WHEN (NEW.source_id IS NULL)
  EXECUTE FUNCTION audit.record_change('partnership_id', 'community_id');
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON directory.assertion
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('partnership_id', 'stance');

CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON directory.signature
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON directory.assertion
  FOR EACH ROW WHEN (NEW.community_id IS NOT NULL)
  EXECUTE FUNCTION directory.refuse_merged();
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON directory.seeking
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
