-- Initiatives, their tree, their partners; then indicators: their rules, what counts, and how it
-- stands.

CREATE OR REPLACE FUNCTION initiatives.find(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM initiatives.initiative WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.initiative', format('there is no initiative %s', wanted),
      service.nearest(wanted, ARRAY(SELECT code FROM initiatives.initiative)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION initiatives.find_indicator(initiative text, wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  parent bigint := initiatives.find(initiative);
  found bigint;
BEGIN
  SELECT id INTO found FROM initiatives.indicator WHERE initiative_id = parent AND code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.indicator',
      format('initiative %s has no indicator %s; it has %s', initiative, wanted,
        coalesce((SELECT string_agg(code, ', ' ORDER BY code) FROM initiatives.indicator
          WHERE initiative_id = parent), 'none')));
  END IF;
  RETURN found;
END $$;

-- The indicator's period that a day lies in.
CREATE OR REPLACE FUNCTION initiatives.find_period(of_indicator bigint, day date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
  named record;
BEGIN
  SELECT id INTO found FROM initiatives.period
  WHERE indicator_id = of_indicator AND day BETWEEN starts AND ends;
  IF found IS NULL THEN
    SELECT n.code AS initiative, i.code, (
      SELECT string_agg(p.starts || ' to ' || p.ends, ', ' ORDER BY p.starts)
      FROM initiatives.period p WHERE p.indicator_id = i.id) AS periods
    INTO named FROM initiatives.indicator i
    JOIN initiatives.initiative n ON n.id = i.initiative_id WHERE i.id = of_indicator;
    PERFORM service.refuse('missing.period',
      format('no period of %s has %s; there are %s', named.code, day,
        coalesce(named.periods, 'none')),
      format('indicator add-period %s %s', named.initiative, named.code));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION initiatives.find_actual(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM initiatives.actual WHERE number = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.actual', format('there is no actual %s', wanted));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION initiatives.find_partner(of_initiative text, wanted text)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT community_id INTO found FROM initiatives.partner
  WHERE initiative_id = initiatives.find(of_initiative)
    AND community_id = directory.find_community(wanted);
  IF found IS NULL THEN
    PERFORM service.refuse('missing.partner',
      format('%s is no partner of initiative %s', wanted, of_initiative),
      format('initiative show %s', of_initiative));
  END IF;
  RETURN found;
END $$;

-- A funder by its name, whatever its capitals.
CREATE OR REPLACE FUNCTION initiatives.find_funder(of_initiative text, wanted text)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  parent bigint := initiatives.find(of_initiative);
  found bigint;
BEGIN
  SELECT id INTO found FROM initiatives.funder
  WHERE initiative_id = parent AND lower(name) = lower(wanted);
  IF found IS NULL THEN
    PERFORM service.refuse('missing.funder',
      format('%s is no funder of initiative %s', wanted, of_initiative),
      service.nearest(wanted,
        ARRAY(SELECT name FROM initiatives.funder WHERE initiative_id = parent)));
  END IF;
  RETURN found;
END $$;

-- Three communities, each given as role:community, of which one is a sister of both others.
CREATE OR REPLACE FUNCTION initiatives.find_three(a text, b text, c text)
RETURNS TABLE (community_id bigint, role text, country text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  ids bigint[] := ARRAY(
    SELECT directory.find_community(split_part(p.partner, ':', 2))
    FROM unnest(ARRAY[a, b, c]) WITH ORDINALITY AS p (partner, nth) ORDER BY p.nth);
BEGIN
  IF (
    SELECT count(DISTINCT (least(l.community_id, l.sister_id), greatest(l.community_id, l.sister_id)))
    FROM directory.link l
    WHERE l.community_id = ANY (ids) AND l.sister_id = ANY (ids)) < 2
  THEN
    PERFORM service.refuse('data.not-linked',
      format('none of %s, %s and %s is a sister of both others', split_part(a, ':', 2),
        split_part(b, ':', 2), split_part(c, ':', 2)), 'directory trilateral');
  END IF;
  RETURN QUERY SELECT m.id, split_part(p.partner, ':', 1), m.country
  FROM unnest(ids, ARRAY[a, b, c]) AS p (id, partner) JOIN directory.community m ON m.id = p.id;
END $$;

-- A tri-lateral initiative's pilots have a partner in each of its roles when the transaction ends.
CREATE OR REPLACE FUNCTION initiatives.check_pilot_roles() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  pilot bigint := CASE TG_TABLE_NAME
    WHEN 'initiative' THEN (to_jsonb(NEW) ->> 'id')::bigint
    ELSE (coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'initiative_id')::bigint END;
  lacking record;
BEGIN
  SELECT i.code AS pilot, p.code AS parent, string_agg(r.role, ', ' ORDER BY r.role) AS roles
  INTO lacking
  FROM initiatives.initiative i
  JOIN initiatives.initiative p ON p.id = i.parent_id
  CROSS JOIN LATERAL unnest(p.required_roles) AS r (role)
  WHERE i.id = pilot AND NOT EXISTS (
    SELECT FROM initiatives.partner x WHERE x.initiative_id = i.id AND x.role = r.role)
  GROUP BY i.code, p.code;
  IF FOUND THEN
    PERFORM service.refuse('data.pilot-roles',
      format('%s is tri-lateral: its pilot %s lacks a partner in the role %s; '
        'give one for each', lacking.parent, lacking.pilot, lacking.roles),
      format('initiative show %s', lacking.parent));
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS pilot_roles ON initiatives.initiative;
CREATE CONSTRAINT TRIGGER pilot_roles AFTER INSERT OR UPDATE OF parent_id
  ON initiatives.initiative DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_pilot_roles();
DROP TRIGGER IF EXISTS pilot_roles ON initiatives.partner;
CREATE CONSTRAINT TRIGGER pilot_roles AFTER UPDATE OR DELETE ON initiatives.partner
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives.check_pilot_roles();

-- Partners of one initiative change one transaction after the other: two that each leave a role to
-- the other's partner would leave it to nobody.
CREATE OR REPLACE FUNCTION initiatives.lock_partners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM initiatives.initiative
  WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.initiative_id ELSE NEW.initiative_id END
  FOR NO KEY UPDATE;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE OR REPLACE TRIGGER lock BEFORE INSERT OR UPDATE OR DELETE ON initiatives.partner
  FOR EACH ROW EXECUTE FUNCTION initiatives.lock_partners();

-- No initiative is a pilot of its own pilots; what ends has no pilot that goes on, and a pilot is
-- active under an active one only. (Looked at behind the change, with the parent locked: of a
-- parent that ends and a pilot that begins at once, the later hears of the earlier.)
CREATE OR REPLACE FUNCTION initiatives.check_tree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  parent record;
  pilots text;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
    PERFORM pg_advisory_xact_lock(hashtext('initiatives.initiative.parent_id'));
    IF EXISTS (
      WITH RECURSIVE above (id) AS (
        SELECT NEW.parent_id
        UNION
        SELECT i.parent_id FROM above JOIN initiatives.initiative i ON i.id = above.id
      )
      SELECT FROM above WHERE above.id = NEW.id)
    THEN
      PERFORM service.refuse('conflict.circle', format('%s would be its own pilot', NEW.code),
        format('initiative show %s', NEW.code));
    END IF;
  END IF;
  IF NEW.state IN ('planned', 'active') AND NEW.parent_id IS NOT NULL THEN
    SELECT code, state INTO parent FROM initiatives.initiative WHERE id = NEW.parent_id FOR SHARE;
    IF parent.state NOT IN ('planned', 'active')
      OR NEW.state = 'active' AND parent.state = 'planned'
    THEN
      PERFORM service.refuse('conflict.state',
        format('%s is %s; its pilot %s cannot be %s', parent.code, parent.state, NEW.code,
          NEW.state),
        format('initiative %s %s', CASE parent.state WHEN 'planned' THEN 'activate' ELSE 'show' END,
          parent.code));
    END IF;
  END IF;
  IF NEW.state NOT IN ('planned', 'active') THEN
    SELECT string_agg(format('%s (%s)', code, state), ', ' ORDER BY code) INTO pilots
    FROM initiatives.initiative WHERE parent_id = NEW.id AND state IN ('planned', 'active');
    IF pilots IS NOT NULL THEN
      PERFORM service.refuse('conflict.state',
        format('%s cannot be %s: its pilots go on: %s', NEW.code, NEW.state, pilots),
        format('initiative list parent=%s', NEW.code));
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER tree AFTER INSERT OR UPDATE OF parent_id, state
  ON initiatives.initiative FOR EACH ROW EXECUTE FUNCTION initiatives.check_tree();

-- A state's reason is said with it, and stays.
CREATE OR REPLACE FUNCTION initiatives.keep_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = OLD.state THEN NEW.reason := OLD.reason; END IF;
  RETURN NEW;
END $$;

-- Keeps each state with who took it there.
CREATE OR REPLACE FUNCTION initiatives.record_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO initiatives.step (initiative_id, state, taken_by, reason)
  VALUES (NEW.id, NEW.state, current_setting('sister.principal'), NEW.reason);
  RETURN NULL;
END $$;
-- Or anyone could attach it to a table of their own, and say that somebody did what nobody has.
REVOKE EXECUTE ON FUNCTION initiatives.record_step() FROM PUBLIC;

-- Indicators.

-- The first number of 340/500, and the second: what is reported of a percentage. 85000 has no
-- second.
CREATE OR REPLACE FUNCTION initiatives.numerator(amount text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT split_part(amount, '/', 1)::numeric $$;
CREATE OR REPLACE FUNCTION initiatives.denominator(amount text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT nullif(split_part(amount, '/', 2), '')::numeric
$$;
CREATE OR REPLACE FUNCTION initiatives.amount_text(amount numeric, denominator numeric)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT trim_scale(amount)::text || coalesce('/' || trim_scale(denominator)::text, '')
$$;

-- What an indicator is called where there are others: SDWI packets.
CREATE OR REPLACE FUNCTION initiatives.name_of(indicator bigint) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT n.code || ' ' || i.code FROM initiatives.indicator i
  JOIN initiatives.initiative n ON n.id = i.initiative_id WHERE i.id = indicator
$$;

-- What an indicator is computed of: packets × 10 + buckets × 200. NULL where it is reported.
CREATE OR REPLACE FUNCTION initiatives.formula_of(indicator bigint) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT string_agg(b.code || ' × ' || trim_scale(t.factor), ' + ' ORDER BY b.code)
  FROM initiatives.term t JOIN initiatives.indicator b ON b.id = t.base_id
  WHERE t.indicator_id = indicator
$$;

-- A formula stands on indicators that can be added up, in the same way as it is, and never on
-- itself. Nothing is reported on it. (Looked at behind the change, one change of an initiative's
-- formulas after the other: two may close a circle that neither does alone.)
CREATE OR REPLACE FUNCTION initiatives.check_term() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own initiatives.indicator;
  base initiatives.indicator;
BEGIN
  PERFORM FROM initiatives.initiative WHERE id = NEW.initiative_id FOR NO KEY UPDATE;
  SELECT * INTO own FROM initiatives.indicator WHERE id = NEW.indicator_id FOR NO KEY UPDATE;
  SELECT * INTO base FROM initiatives.indicator WHERE id = NEW.base_id;
  IF own.measure <> 'unit' OR base.measure <> 'unit' THEN
    PERFORM service.refuse('conflict.formula',
      format('%s stands on %s: percentages have no sum', own.code, base.code));
  END IF;
  IF own.aggregation <> base.aggregation THEN
    PERFORM service.refuse('conflict.formula',
      format('%s is %s, and %s, on which it stands, is %s', own.code, own.aggregation, base.code,
        base.aggregation));
  END IF;
  IF EXISTS (SELECT FROM initiatives.actual WHERE indicator_id = own.id)
    OR EXISTS (SELECT FROM initiatives.category WHERE indicator_id = own.id)
    OR EXISTS (SELECT FROM initiatives.period WHERE indicator_id = own.id AND state = 'approved')
  THEN
    PERFORM service.refuse('conflict.formula',
      format('%s is reported, has a dimension or an approved period; only what has none of them '
        'can be computed', own.code),
      format('indicator show %s', initiatives.name_of(own.id)));
  END IF;
  IF EXISTS (
    WITH RECURSIVE below (id) AS (
      SELECT t.base_id FROM initiatives.term t WHERE t.indicator_id = own.id
      UNION
      SELECT t.base_id FROM below JOIN initiatives.term t ON t.indicator_id = below.id
    )
    SELECT FROM below WHERE id = own.id)
  THEN
    PERFORM service.refuse('conflict.circle',
      format('%s would be computed from itself, by way of %s', own.code, base.code),
      format('indicator list %s', split_part(initiatives.name_of(own.id), ' ', 1)));
  END IF;
  -- Each way down is walked when a value is asked for: a few formulas could ask for a million.
  IF 1000 < (
    SELECT count(*) FROM (
      WITH RECURSIVE below (id) AS (
        SELECT t.base_id FROM initiatives.term t WHERE t.initiative_id = NEW.initiative_id
        UNION ALL
        SELECT t.base_id FROM below JOIN initiatives.term t ON t.indicator_id = below.id
      )
      SELECT FROM below LIMIT 1001) AS way)
  THEN
    PERFORM service.refuse('conflict.formula',
      format('with %s, the initiative''s formulas stand on each other in too many ways', own.code));
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER formula AFTER INSERT OR UPDATE ON initiatives.term
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_term();

-- Dimensions are of what is reported. What has been handed in stays as it is: it cannot be asked
-- for parts by another dimension.
CREATE OR REPLACE FUNCTION initiatives.check_category() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  handed_in text;
BEGIN
  PERFORM FROM initiatives.indicator WHERE id = NEW.indicator_id FOR NO KEY UPDATE;
  IF EXISTS (SELECT FROM initiatives.term WHERE indicator_id = NEW.indicator_id) THEN
    PERFORM service.refuse('conflict.formula',
      format('%s is computed; the indicators that it stands on have dimensions',
        initiatives.name_of(NEW.indicator_id)));
  END IF;
  IF EXISTS (
    SELECT FROM initiatives.category
    WHERE indicator_id = NEW.indicator_id AND dimension = NEW.dimension)
  THEN
    RETURN NEW;
  END IF;
  SELECT string_agg(number, ', ' ORDER BY id) INTO handed_in FROM (
    SELECT id, number FROM initiatives.actual
    WHERE indicator_id = NEW.indicator_id AND state <> 'draft' AND NOT is_incomplete
    ORDER BY id LIMIT 5) AS a;
  IF handed_in IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('%s are handed in without parts by %s', handed_in, NEW.dimension),
      format('actual return %s', split_part(handed_in, ',', 1)));
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER dimension BEFORE INSERT OR UPDATE ON initiatives.category
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_category();

-- An approved period of a cumulative indicator stands on the periods before it: refuses one of them
-- that is not approved. (One change of an indicator's periods after the other.)
CREATE OR REPLACE FUNCTION initiatives.check_period_order(p initiatives.period) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  earlier date;
  later date;
BEGIN
  PERFORM FROM initiatives.indicator i WHERE i.id = p.indicator_id FOR NO KEY UPDATE;
  IF NOT EXISTS (
    SELECT FROM initiatives.indicator i
    WHERE i.id = p.indicator_id AND i.aggregation = 'cumulative')
  THEN
    RETURN;
  END IF;
  SELECT min(o.starts) INTO earlier FROM initiatives.period o
  WHERE o.indicator_id = p.indicator_id AND o.id <> p.id AND o.starts < p.starts
    AND o.state = 'open' AND p.state = 'approved';
  IF earlier IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('what there was by %s also stands on the period from %s, which is not approved',
        p.ends, earlier),
      format('indicator approve-period %s %s', initiatives.name_of(p.indicator_id), earlier));
  END IF;
  SELECT max(o.starts) INTO later FROM initiatives.period o
  WHERE o.indicator_id = p.indicator_id AND o.id <> p.id AND o.starts > p.starts
    AND o.state = 'approved' AND p.state = 'open';
  IF later IS NOT NULL THEN
    PERFORM service.refuse('conflict.period-approved',
      format('the period from %s is approved, and what there was by then also stands on this one',
        later),
      format('indicator reopen-period %s %s', initiatives.name_of(p.indicator_id), later));
  END IF;
END $$;

-- A period is approved when everything in it is, by somebody who has handed in none of it. Then it
-- stays as it is, with all its actuals, until it is opened again, and why is said. Where a period
-- also stands on what was reported in those before it, these are approved first, and stay so as
-- long as it is.
CREATE OR REPLACE FUNCTION initiatives.check_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  open_actuals text;
  by_themselves text;
BEGIN
  PERFORM initiatives.check_period_order(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
  IF TG_OP = 'INSERT' THEN RETURN NEW; END IF;
  IF OLD.state = 'approved' AND (TG_OP = 'DELETE' OR NEW.state = 'approved') THEN
    PERFORM service.refuse('conflict.period-approved',
      format('the period of %s from %s to %s is approved', initiatives.name_of(OLD.indicator_id),
        OLD.starts, OLD.ends),
      format('indicator reopen-period %s %s', initiatives.name_of(OLD.indicator_id), OLD.starts));
  END IF;
  SELECT string_agg(number, ', ' ORDER BY id) INTO open_actuals FROM (
    SELECT id, number FROM initiatives.actual
    WHERE period_id = OLD.id AND CASE
      WHEN TG_OP = 'DELETE' THEN true
      ELSE NEW.state = 'approved' AND state <> 'approved' OR indicator_id <> NEW.indicator_id
        OR achieved_on NOT BETWEEN NEW.starts AND NEW.ends END
    ORDER BY id LIMIT 5) AS a;
  IF open_actuals IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      CASE WHEN TG_OP = 'DELETE' THEN format('the period has actuals: %s', open_actuals)
        WHEN NEW.state = 'approved'
          THEN format('the period has actuals that are not approved: %s', open_actuals)
        ELSE format('actuals of the period would lie outside of it: %s', open_actuals) END,
      format('actual show %s', split_part(open_actuals, ',', 1)));
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  NEW.approved_by := NULL;
  NEW.approved_at := NULL;
  IF NEW.state = 'approved' THEN
    IF EXISTS (SELECT FROM initiatives.term WHERE indicator_id = OLD.indicator_id) THEN
      PERFORM service.refuse('conflict.formula',
        format('%s is computed: what it stands on is approved', initiatives.name_of(OLD.indicator_id)));
    END IF;
    NEW.approved_by := current_setting('sister.principal');
    NEW.approved_at := now();
    SELECT min(number) INTO by_themselves FROM initiatives.actual
    WHERE period_id = OLD.id AND submitted_by = NEW.approved_by;
    IF by_themselves IS NOT NULL THEN
      PERFORM service.refuse('conflict.own-submission',
        format('you have handed in %s yourself; somebody else approves the period', by_themselves));
    END IF;
  ELSIF OLD.state = 'approved' THEN
    NEW.reopened_by := current_setting('sister.principal');
    NEW.reopened_at := now();
  ELSE
    NEW.reopened_by := OLD.reopened_by;
    NEW.reopened_at := OLD.reopened_at;
    NEW.reopened_because := OLD.reopened_because;
  END IF;
  RETURN NEW;
END $$;

-- What an actual says, by which it is told whether a change changes it. Not whose it is: that a
-- merge of communities may change, under the eyes of initiatives.check_actual.
CREATE OR REPLACE FUNCTION initiatives.said_by(a initiatives.actual) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
  SELECT to_jsonb(a) - '{number,state,community_id,changed_by,changed_at,submitted_by,submitted_at,
    approved_by,approved_at,returned_by,returned_because,revision}'::text[]
$$;

-- An actual lies in its period, which is not approved, and says what its indicator measures. It is
-- changed while it is a draft, and handed in whole: its parts by each dimension add up to it,
-- unless it says that they do not. Who did what is written here, whatever the statement says.
CREATE OR REPLACE FUNCTION initiatives.check_actual() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  actor text := current_setting('sister.principal', true);
  period initiatives.period;
  indicator initiatives.indicator;
  gap record;
BEGIN
  -- Two communities that are one: references go from the one to the other, and back.
  IF TG_OP = 'UPDATE' AND NEW.community_id <> OLD.community_id
    AND to_jsonb(NEW) - '{number,community_id,revision}'::text[]
      = to_jsonb(OLD) - '{number,community_id,revision}'::text[]
    AND EXISTS (
      SELECT FROM directory.merge m WHERE m.undone_at IS NULL
        AND (m.duplicate_id, m.kept_id) IN (
          (OLD.community_id, NEW.community_id), (NEW.community_id, OLD.community_id)))
  THEN
    RETURN NEW;
  END IF;
  FOR period IN
    SELECT * FROM initiatives.period
    WHERE id = CASE WHEN TG_OP <> 'INSERT' THEN OLD.period_id ELSE NEW.period_id END
      OR TG_OP = 'UPDATE' AND id = NEW.period_id
    ORDER BY id FOR SHARE
  LOOP
    IF period.state = 'approved' THEN
      PERFORM service.refuse('conflict.period-approved',
        format('the period of %s from %s to %s is approved: its actuals stay as they are',
          initiatives.name_of(period.indicator_id), period.starts, period.ends),
        format('indicator reopen-period %s %s', initiatives.name_of(period.indicator_id),
          period.starts));
    END IF;
  END LOOP;
  IF TG_OP <> 'INSERT' THEN
    IF OLD.state <> 'draft' AND (TG_OP = 'DELETE'
      OR initiatives.said_by(NEW) <> initiatives.said_by(OLD)
      OR NEW.community_id IS DISTINCT FROM OLD.community_id)
    THEN
      PERFORM service.refuse('conflict.state',
        format('%s is %s; only a draft is changed or removed', OLD.number, OLD.state),
        format('actual return %s', OLD.number));
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF OLD.state <> 'draft' AND NEW.state = OLD.state THEN RETURN OLD; END IF;
  END IF;
  SELECT * INTO period FROM initiatives.period WHERE id = NEW.period_id;
  SELECT * INTO indicator FROM initiatives.indicator WHERE id = NEW.indicator_id FOR SHARE;
  IF NEW.achieved_on NOT BETWEEN period.starts AND period.ends THEN
    PERFORM service.refuse('data.invalid',
      format('%s is not between %s and %s', NEW.achieved_on, period.starts, period.ends));
  END IF;
  IF EXISTS (SELECT FROM initiatives.term WHERE indicator_id = NEW.indicator_id) THEN
    PERFORM service.refuse('conflict.formula',
      format('%s is computed: %s; report on what it stands on',
        initiatives.name_of(NEW.indicator_id), initiatives.formula_of(NEW.indicator_id)));
  END IF;
  PERFORM initiatives.check_amount(indicator, NEW.amount, NEW.denominator);
  IF TG_OP = 'INSERT' THEN
    NEW.changed_by := actor;
    NEW.changed_at := now();
    NEW.returned_by := NULL;
    NEW.returned_because := NULL;
  ELSE
    NEW.submitted_by := OLD.submitted_by;
    NEW.submitted_at := OLD.submitted_at;
    NEW.returned_by := OLD.returned_by;
    IF NEW.state = OLD.state THEN
      NEW.changed_by := actor;
      NEW.changed_at := now();
      NEW.returned_because := OLD.returned_because;
    END IF;
  END IF;
  IF NEW.state = 'draft' THEN
    NEW.submitted_by := NULL;
    NEW.submitted_at := NULL;
  END IF;
  NEW.approved_by := NULL;
  NEW.approved_at := NULL;
  IF TG_OP = 'INSERT' OR NEW.state = OLD.state THEN RETURN NEW; END IF;
  CASE NEW.state
    WHEN 'draft' THEN NEW.returned_by := actor;
    WHEN 'approved' THEN
      NEW.approved_by := actor;
      NEW.approved_at := now();
    ELSE
      NEW.submitted_by := actor;
      NEW.submitted_at := now();
      SELECT c.dimension, coalesce(sum(p.amount), 0) AS amount, sum(p.denominator) AS denominator
      INTO gap
      FROM (SELECT DISTINCT dimension FROM initiatives.category
        WHERE indicator_id = NEW.indicator_id) AS c
      LEFT JOIN initiatives.part p ON p.actual_id = NEW.id AND p.dimension = c.dimension
      GROUP BY c.dimension
      HAVING CASE WHEN NEW.is_incomplete
        THEN sum(p.amount) > NEW.amount OR sum(p.denominator) > NEW.denominator
        ELSE (coalesce(sum(p.amount), 0), sum(p.denominator))
          IS DISTINCT FROM (NEW.amount, NEW.denominator) END
      ORDER BY c.dimension LIMIT 1;
      IF FOUND THEN
        PERFORM service.refuse('data.breakdown',
          format('the parts of %s by %s come to %s, and it is %s', OLD.number, gap.dimension,
            initiatives.amount_text(gap.amount, gap.denominator),
            initiatives.amount_text(NEW.amount, NEW.denominator)),
          format('actual update %s incomplete=yes', OLD.number));
      END IF;
  END CASE;
  RETURN NEW;
END $$;

-- A percentage says what it is of, and nothing else does.
CREATE OR REPLACE FUNCTION initiatives.check_amount(
  indicator initiatives.indicator, amount numeric, denominator numeric
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF indicator.measure = 'percentage' AND denominator IS NULL THEN
    PERFORM service.refuse('data.measure',
      format('%s is a percentage: give %s of how many, for example %s/500', indicator.code,
        trim_scale(amount), trim_scale(amount)));
  ELSIF indicator.measure <> 'percentage' AND denominator IS NOT NULL THEN
    PERFORM service.refuse('data.measure',
      format('%s is counted in %s, not in per cent: give one number', indicator.code,
        indicator.unit));
  END IF;
END $$;

-- An actual's parts are its draft's.
CREATE OR REPLACE FUNCTION initiatives.check_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_actual record;
  indicator initiatives.indicator;
BEGIN
  FOR of_actual IN
    SELECT number, state FROM initiatives.actual
    WHERE id = CASE WHEN TG_OP <> 'INSERT' THEN OLD.actual_id ELSE NEW.actual_id END
      OR TG_OP = 'UPDATE' AND id = NEW.actual_id
    ORDER BY id FOR SHARE
  LOOP
    IF of_actual.state <> 'draft' THEN
      PERFORM service.refuse('conflict.state',
        format('%s is %s; only a draft''s parts are changed', of_actual.number, of_actual.state),
        format('actual return %s', of_actual.number));
    END IF;
  END LOOP;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  SELECT * INTO indicator FROM initiatives.indicator WHERE id = NEW.indicator_id;
  PERFORM initiatives.check_amount(indicator, NEW.amount, NEW.denominator);
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER draft BEFORE INSERT OR UPDATE OR DELETE ON initiatives.part
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_part();

-- Adds an indicator; with a target, also the period that the target is for: the initiative's own,
-- unless days are given.
CREATE OR REPLACE FUNCTION initiatives.create_indicator(
  to_initiative text, new_code text, new_title text, new_unit text, new_result text,
  new_measure text, new_aggregation text, new_direction text, value_before numeric,
  value_before_on date, value_before_note text, new_target numeric, first_day date, last_day date,
  bases text[], factors text[]
) RETURNS TABLE (initiative text, indicator text, result text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  parent initiatives.initiative;
  added bigint;
BEGIN
  SELECT * INTO parent FROM initiatives.initiative n WHERE n.id = initiatives.find(to_initiative);
  INSERT INTO initiatives.indicator (initiative_id, code, title, unit, result, measure, aggregation,
    direction, baseline, baseline_on, baseline_note)
  VALUES (parent.id, new_code, new_title, new_unit, new_result, new_measure, new_aggregation,
    new_direction, value_before, value_before_on, value_before_note)
  RETURNING id INTO added;
  PERFORM initiatives.add_terms(added, bases, factors);
  IF new_target IS NOT NULL THEN
    IF coalesce(first_day, parent.starts) IS NULL OR coalesce(last_day, parent.ends) IS NULL THEN
      PERFORM service.refuse('data.invalid',
        format('a target is for a period, and %s has no days of its own: give starts= and ends=',
          parent.code));
    END IF;
    INSERT INTO initiatives.period (indicator_id, starts, ends, target)
    VALUES (added, coalesce(first_day, parent.starts), coalesce(last_day, parent.ends), new_target);
  ELSIF coalesce(first_day, last_day) IS NOT NULL THEN
    PERFORM service.refuse('data.invalid', 'starts= and ends= are the target''s: give target= too');
  END IF;
  RETURN QUERY SELECT parent.code, new_code, new_result;
END $$;

-- Removes an indicator on which nothing was reported, and no other stands.
CREATE OR REPLACE FUNCTION initiatives.remove_indicator(of_initiative text, of_indicator text)
RETURNS TABLE (initiative text, indicator text, result text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed bigint := initiatives.find_indicator(of_initiative, of_indicator);
  stands_on_it text;
BEGIN
  -- As initiatives.check_term does: no formula gets to stand on it meanwhile.
  PERFORM FROM initiatives.initiative n WHERE n.code = of_initiative FOR NO KEY UPDATE;
  SELECT string_agg(i.code, ', ' ORDER BY i.code) INTO stands_on_it
  FROM initiatives.term t JOIN initiatives.indicator i ON i.id = t.indicator_id
  WHERE t.base_id = removed;
  IF stands_on_it IS NOT NULL THEN
    PERFORM service.refuse('conflict.formula',
      format('%s is computed from %s', stands_on_it, of_indicator),
      format('indicator change-formula %s %s', of_initiative,
        split_part(stands_on_it, ',', 1)));
  END IF;
  DELETE FROM initiatives.term t WHERE t.indicator_id = removed;
  DELETE FROM initiatives.period p WHERE p.indicator_id = removed;
  DELETE FROM initiatives.category c WHERE c.indicator_id = removed;
  RETURN QUERY DELETE FROM initiatives.indicator i WHERE i.id = removed
  RETURNING of_initiative, i.code, i.result;
END $$;

CREATE OR REPLACE FUNCTION initiatives.add_terms(to_indicator bigint, bases text[], factors text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO initiatives.term (initiative_id, indicator_id, base_id, factor)
  SELECT i.initiative_id, i.id, initiatives.find_indicator(n.code, t.base), t.factor::numeric
  FROM initiatives.indicator i JOIN initiatives.initiative n ON n.id = i.initiative_id,
    unnest(bases, factors) AS t (base, factor)
  WHERE i.id = to_indicator;
END $$;

-- Gives an indicator another formula.
CREATE OR REPLACE FUNCTION initiatives.change_formula(
  of_initiative text, of_indicator text, bases text[], factors text[]
) RETURNS TABLE (initiative text, indicator text, formula text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed bigint := initiatives.find_indicator(of_initiative, of_indicator);
BEGIN
  -- As initiatives.check_term does, before it takes anything away.
  PERFORM FROM initiatives.initiative n WHERE n.code = of_initiative FOR NO KEY UPDATE;
  DELETE FROM initiatives.term t WHERE t.indicator_id = changed;
  PERFORM initiatives.add_terms(changed, bases, factors);
  RETURN QUERY SELECT of_initiative, of_indicator, initiatives.formula_of(changed);
END $$;

CREATE OR REPLACE FUNCTION initiatives.add_period(
  of_initiative text, of_indicator text, first_day date, last_day date, new_target numeric
) RETURNS TABLE (indicator text, starts text, ends text, target text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO initiatives.period AS p (indicator_id, starts, ends, target)
  VALUES (initiatives.find_indicator(of_initiative, of_indicator), first_day, last_day, new_target)
  RETURNING initiatives.name_of(p.indicator_id), p.starts::text, p.ends::text,
    trim_scale(p.target)::text, p.state
$$;

CREATE OR REPLACE FUNCTION initiatives.change_period(
  of_initiative text, of_indicator text, day date, first_day date, last_day date,
  new_target numeric
) RETURNS TABLE (indicator text, starts text, ends text, target text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE initiatives.period p SET starts = coalesce(first_day, p.starts),
    ends = coalesce(last_day, p.ends), target = coalesce(new_target, p.target)
  WHERE p.id = initiatives.find_period(
    initiatives.find_indicator(of_initiative, of_indicator), day)
  RETURNING initiatives.name_of(p.indicator_id), p.starts::text, p.ends::text,
    trim_scale(p.target)::text, p.state
$$;

CREATE OR REPLACE FUNCTION initiatives.remove_period(
  of_initiative text, of_indicator text, day date
) RETURNS TABLE (indicator text, starts text, ends text, target text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM initiatives.period p
  WHERE p.id = initiatives.find_period(
    initiatives.find_indicator(of_initiative, of_indicator), day)
  RETURNING initiatives.name_of(p.indicator_id), p.starts::text, p.ends::text,
    trim_scale(p.target)::text, p.state
$$;

-- Approves a period, or opens it again.
CREATE OR REPLACE FUNCTION initiatives.change_period_state(
  of_initiative text, of_indicator text, day date, to_state text, because text
) RETURNS TABLE (indicator text, starts text, ends text, target text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE initiatives.period p SET state = to_state,
    reopened_because = CASE to_state WHEN 'open' THEN because ELSE p.reopened_because END
  WHERE p.id = initiatives.find_period(
    initiatives.find_indicator(of_initiative, of_indicator), day)
  RETURNING initiatives.name_of(p.indicator_id), p.starts::text, p.ends::text,
    trim_scale(p.target)::text, p.state
$$;

-- Adds categories to a dimension, and with the first of them the dimension.
CREATE OR REPLACE FUNCTION initiatives.add_categories(
  of_initiative text, of_indicator text, to_dimension text, new_categories text[]
) RETURNS TABLE (indicator text, dimension text, categories text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO initiatives.category (indicator_id, dimension, category)
  SELECT initiatives.find_indicator(of_initiative, of_indicator), to_dimension, c
  FROM unnest(new_categories) AS c;
  SELECT initiatives.name_of(i.id), to_dimension, string_agg(c.category, ',' ORDER BY c.category)
  FROM initiatives.category c
  JOIN (SELECT initiatives.find_indicator(of_initiative, of_indicator)) AS i (id)
    ON i.id = c.indicator_id
  WHERE c.dimension = to_dimension GROUP BY i.id
$$;

-- Takes a dimension away that no actual has parts by.
CREATE OR REPLACE FUNCTION initiatives.remove_dimension(
  of_initiative text, of_indicator text, of_dimension text
) RETURNS TABLE (indicator text, dimension text, categories text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed bigint := initiatives.find_indicator(of_initiative, of_indicator);
  removed text;
BEGIN
  WITH gone AS (
    DELETE FROM initiatives.category c
    WHERE c.indicator_id = changed AND c.dimension = of_dimension RETURNING c.category
  )
  SELECT string_agg(g.category, ',' ORDER BY g.category) INTO removed FROM gone g;
  IF removed IS NULL THEN
    PERFORM service.refuse('missing.dimension',
      format('%s %s has no dimension %s; it has %s', of_initiative, of_indicator, of_dimension,
        coalesce((SELECT string_agg(DISTINCT c.dimension, ', ') FROM initiatives.category c
          WHERE c.indicator_id = changed), 'none')));
  END IF;
  RETURN QUERY SELECT initiatives.name_of(changed), of_dimension, removed;
END $$;

-- Parts as they are typed, dimension:category:amount each, take the place of those there are.
CREATE OR REPLACE FUNCTION initiatives.set_parts(of_actual bigint, parts text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  unknown text;
BEGIN
  SELECT p INTO unknown FROM unnest(parts) AS p, initiatives.actual a
  WHERE a.id = of_actual AND NOT EXISTS (
    SELECT FROM initiatives.category c
    WHERE c.indicator_id = a.indicator_id AND c.dimension = split_part(p, ':', 1)
      AND c.category = split_part(p, ':', 2))
  LIMIT 1;
  IF unknown IS NOT NULL THEN
    PERFORM service.refuse('missing.dimension',
      format('the indicator has no %s:%s; it has %s', split_part(unknown, ':', 1),
        split_part(unknown, ':', 2),
        coalesce((SELECT string_agg(c.dimension || ':' || c.category, ', '
            ORDER BY c.dimension, c.category)
          FROM initiatives.category c JOIN initiatives.actual a USING (indicator_id)
          WHERE a.id = of_actual), 'no dimensions')));
  END IF;
  DELETE FROM initiatives.part p WHERE p.actual_id = of_actual;
  INSERT INTO initiatives.part (indicator_id, actual_id, dimension, category, amount, denominator)
  SELECT a.indicator_id, a.id, split_part(p, ':', 1), split_part(p, ':', 2),
    initiatives.numerator(split_part(p, ':', 3)), initiatives.denominator(split_part(p, ':', 3))
  FROM initiatives.actual a, unnest(parts) AS p WHERE a.id = of_actual;
END $$;

-- Reports an actual, as a draft or handed in at once.
CREATE OR REPLACE FUNCTION initiatives.report(
  of_initiative text, of_indicator text, amount text, day date, community text, contributor text,
  evidence text, note text, parts text[], incomplete boolean, at_once boolean
) RETURNS TABLE (number text, indicator text, reported text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  measured bigint := initiatives.find_indicator(of_initiative, of_indicator);
  added bigint;
BEGIN
  INSERT INTO initiatives.actual (indicator_id, period_id, achieved_on, amount, denominator,
    community_id, contributor, evidence, note, is_incomplete, changed_by, changed_at)
  VALUES (measured, initiatives.find_period(measured, coalesce(day, current_date)),
    coalesce(day, current_date), initiatives.numerator(amount), initiatives.denominator(amount),
    CASE WHEN community IS NOT NULL THEN directory.find_community(community) END, contributor,
    evidence, note, coalesce(incomplete, false), current_setting('sister.principal'), now())
  RETURNING id INTO added;
  IF cardinality(parts) > 0 THEN PERFORM initiatives.set_parts(added, parts); END IF;
  IF at_once THEN
    UPDATE initiatives.actual a SET state = 'submitted' WHERE a.id = added;
  END IF;
  RETURN QUERY SELECT a.number, initiatives.name_of(a.indicator_id),
    initiatives.amount_text(a.amount, a.denominator), a.state
  FROM initiatives.actual a WHERE a.id = added;
END $$;

-- Changes what a draft says. What is not given stays; another contributor takes the place of the
-- one there was, and parts of those.
CREATE OR REPLACE FUNCTION initiatives.change_actual(
  wanted text, new_amount text, day date, community text, new_contributor text,
  new_evidence text, new_note text, parts text[], incomplete boolean
) RETURNS TABLE (number text, indicator text, reported text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  changed bigint := initiatives.find_actual(wanted);
  is_given boolean := coalesce(community, new_contributor) IS NOT NULL;
BEGIN
  -- Parts are no column of its: that it was changed says so.
  UPDATE initiatives.actual a SET
    amount = coalesce(initiatives.numerator(new_amount), a.amount),
    denominator = CASE WHEN new_amount IS NULL THEN a.denominator
      ELSE initiatives.denominator(new_amount) END,
    achieved_on = coalesce(day, a.achieved_on),
    period_id = CASE WHEN day IS NULL THEN a.period_id
      ELSE initiatives.find_period(a.indicator_id, day) END,
    community_id = CASE WHEN NOT is_given THEN a.community_id
      WHEN community IS NOT NULL THEN directory.find_community(community) END,
    contributor = CASE WHEN is_given THEN new_contributor ELSE a.contributor END,
    evidence = coalesce(new_evidence, a.evidence), note = coalesce(new_note, a.note),
    is_incomplete = coalesce(incomplete, a.is_incomplete)
  WHERE a.id = changed;
  IF cardinality(parts) > 0 THEN PERFORM initiatives.set_parts(changed, parts); END IF;
  RETURN QUERY SELECT a.number, initiatives.name_of(a.indicator_id),
    initiatives.amount_text(a.amount, a.denominator), a.state
  FROM initiatives.actual a WHERE a.id = changed;
END $$;

-- Hands an actual in, approves it, or returns it, which takes a reason.
CREATE OR REPLACE FUNCTION initiatives.change_actual_state(
  wanted text, to_state text, because text
) RETURNS TABLE (number text, indicator text, reported text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE initiatives.actual a SET state = to_state,
    returned_because = CASE to_state WHEN 'draft' THEN because ELSE a.returned_because END
  WHERE a.id = initiatives.find_actual(wanted)
  RETURNING a.number, initiatives.name_of(a.indicator_id),
    initiatives.amount_text(a.amount, a.denominator), a.state
$$;

-- Removes a draft, with its parts.
CREATE OR REPLACE FUNCTION initiatives.remove_actual(wanted text)
RETURNS TABLE (number text, indicator text, reported text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed bigint := initiatives.find_actual(wanted);
BEGIN
  -- So that it stays the draft that its parts are taken from.
  PERFORM FROM initiatives.actual a WHERE a.id = removed FOR UPDATE;
  DELETE FROM initiatives.part p WHERE p.actual_id = removed;
  RETURN QUERY DELETE FROM initiatives.actual a WHERE a.id = removed
  RETURNING a.number, initiatives.name_of(a.indicator_id),
    initiatives.amount_text(a.amount, a.denominator), a.state;
END $$;

REVOKE EXECUTE ON FUNCTION
  initiatives.create_indicator(text, text, text, text, text, text, text, text, numeric, date, text,
    numeric, date, date, text[], text[]),
  initiatives.remove_indicator(text, text),
  initiatives.change_formula(text, text, text[], text[]),
  initiatives.add_period(text, text, date, date, numeric),
  initiatives.change_period(text, text, date, date, date, numeric),
  initiatives.remove_period(text, text, date),
  initiatives.change_period_state(text, text, date, text, text),
  initiatives.add_categories(text, text, text, text[]),
  initiatives.remove_dimension(text, text, text),
  initiatives.report(text, text, text, date, text, text, text, text, text[], boolean, boolean),
  initiatives.change_actual(text, text, date, text, text, text, text, text[], boolean),
  initiatives.change_actual_state(text, text, text), initiatives.remove_actual(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  initiatives.create_indicator(text, text, text, text, text, text, text, text, numeric, date, text,
    numeric, date, date, text[], text[]),
  initiatives.remove_indicator(text, text),
  initiatives.change_formula(text, text, text[], text[]),
  initiatives.add_period(text, text, date, date, numeric),
  initiatives.change_period(text, text, date, date, date, numeric),
  initiatives.remove_period(text, text, date),
  initiatives.change_period_state(text, text, date, text, text),
  initiatives.add_categories(text, text, text, text[]),
  initiatives.remove_dimension(text, text, text),
  initiatives.report(text, text, text, date, text, text, text, text, text[], boolean, boolean),
  initiatives.change_actual(text, text, date, text, text, text, text, text[], boolean),
  initiatives.change_actual_state(text, text, text), initiatives.remove_actual(text)
  TO sister_service;

-- How indicators stand.

-- The reported indicators that one is computed from, each with what it is multiplied by; itself,
-- once, where it is reported.
CREATE OR REPLACE FUNCTION initiatives.bases(wanted bigint)
RETURNS TABLE (base_id bigint, factor numeric) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE way (base_id, factor) AS (
    SELECT wanted, 1::numeric
    UNION ALL
    SELECT t.base_id, w.factor * t.factor FROM way w
    JOIN initiatives.term t ON t.indicator_id = w.base_id
  )
  SELECT w.base_id, sum(w.factor) FROM way w
  WHERE NOT EXISTS (SELECT FROM initiatives.term t WHERE t.indicator_id = w.base_id)
  GROUP BY w.base_id
$$;

-- The actuals that count for some days: all of those days, where they add up; where each says how
-- much there is by now, every contributor's latest until the last of those days.
CREATE OR REPLACE FUNCTION initiatives.counted(
  wanted bigint, first_day date, last_day date, states text[]
) RETURNS TABLE (actual_id bigint, amount numeric, denominator numeric) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.amount, a.denominator
  FROM initiatives.indicator i JOIN initiatives.actual a ON a.indicator_id = i.id
  WHERE i.id = wanted AND i.aggregation = 'incremental' AND a.state = ANY (states)
    AND a.achieved_on BETWEEN first_day AND last_day
  UNION ALL
  (SELECT DISTINCT ON (a.community_id, lower(a.contributor)) a.id, a.amount, a.denominator
  FROM initiatives.indicator i JOIN initiatives.actual a ON a.indicator_id = i.id
  WHERE i.id = wanted AND i.aggregation = 'cumulative' AND a.state = ANY (states)
    AND a.achieved_on <= last_day
  ORDER BY a.community_id, lower(a.contributor), a.achieved_on DESC, a.id DESC)
$$;

-- What was achieved in some days, by actuals in these states; NULL where nothing was reported. A
-- percentage is that of all numerators of all denominators.
CREATE OR REPLACE FUNCTION initiatives.achieved(
  wanted bigint, first_day date, last_day date, states text[]
) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT CASE i.measure WHEN 'percentage' THEN round(100 * sum(c.amount) / sum(c.denominator), 2)
    ELSE sum(b.factor * c.amount) END
  FROM initiatives.indicator i, initiatives.bases(wanted) b,
    initiatives.counted(b.base_id, first_day, last_day, states) c
  WHERE i.id = wanted GROUP BY i.measure
$$;

-- What counts: what was handed in, until it is returned; and what of it is approved.
CREATE OR REPLACE FUNCTION initiatives.handed_in() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT '{submitted,approved}'::text[] $$;
CREATE OR REPLACE FUNCTION initiatives.approved() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT '{approved}'::text[] $$;

-- Whether an indicator counts up from nothing, period by period, so that its targets add up too.
-- Anything else says how much there is: it starts from its baseline, and stands as in its latest
-- period.
CREATE OR REPLACE FUNCTION initiatives.counts_up(i initiatives.indicator) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT i.aggregation = 'incremental' AND i.measure = 'unit' AND i.direction = 'ascending'
$$;

-- Whether it counts up and is to stay small: how it stands can be said when its days are over.
CREATE OR REPLACE FUNCTION initiatives.stays_small(i initiatives.indicator) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT i.aggregation = 'incremental' AND i.measure = 'unit' AND i.direction = 'descending'
$$;

-- How much of the way to its target is done by the last of its days, in per cent.
CREATE OR REPLACE FUNCTION initiatives.share(
  i initiatives.indicator, actual numeric, target numeric, ends date
) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT round(100 * (actual - s.start) / nullif(target - s.start, 0), 1)
  FROM (SELECT CASE WHEN initiatives.counts_up(i) THEN 0 ELSE coalesce(i.baseline, 0) END)
    AS s (start)
  WHERE NOT (initiatives.stays_small(i) AND ends >= current_date)
$$;

-- How it goes, in a word: reached, or with the days that have passed of the period on-track or
-- behind, and missed when they are over, or when there is too much of what was to stay small.
CREATE OR REPLACE FUNCTION initiatives.status(
  i initiatives.indicator, actual numeric, target numeric, starts date, ends date
) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN target IS NULL THEN NULL
    WHEN initiatives.stays_small(i) AND current_date BETWEEN starts AND ends THEN
      CASE WHEN actual > target THEN 'missed' WHEN actual > target * d.passed THEN 'behind'
        WHEN actual IS NULL THEN 'unreported' ELSE 'on-track' END
    WHEN CASE i.direction WHEN 'ascending' THEN actual >= target ELSE actual <= target END
      THEN 'reached'
    WHEN starts > current_date THEN 'upcoming'
    WHEN ends < current_date THEN 'missed'
    WHEN actual IS NULL THEN 'unreported'
    WHEN initiatives.share(i, actual, target, ends) >= 100 * d.passed THEN 'on-track'
    ELSE 'behind' END
  FROM (SELECT (current_date - starts + 1)::numeric / (ends - starts + 1)) AS d (passed)
$$;

-- An indicator's periods, and how it stood in each.
CREATE OR REPLACE FUNCTION initiatives.periods_of(wanted bigint)
RETURNS TABLE (starts date, ends date, target numeric, actual numeric, approved numeric,
  share numeric, status text, state text, approved_by text) LANGUAGE sql STABLE AS $$
  SELECT p.starts, p.ends, p.target, v.actual,
    initiatives.achieved(i.id, p.starts, p.ends, initiatives.approved()),
    initiatives.share(i, v.actual, p.target, p.ends),
    initiatives.status(i, v.actual, p.target, p.starts, p.ends), p.state, p.approved_by
  FROM initiatives.indicator i JOIN initiatives.period p ON p.indicator_id = i.id
  CROSS JOIN LATERAL (
    SELECT initiatives.achieved(i.id, p.starts, p.ends, initiatives.handed_in()) OFFSET 0
  ) AS v (actual)
  WHERE i.id = wanted
$$;

-- What an indicator as a whole is about: the days that it has a target for, and those of the
-- actuals that count for it.
CREATE OR REPLACE FUNCTION initiatives.span_of(wanted bigint)
RETURNS TABLE (starts date, ends date, target numeric, since date, until date)
LANGUAGE sql STABLE AS $$
  SELECT min(p.starts), max(p.ends), sum(p.target), '-infinity'::date, 'infinity'::date
  FROM initiatives.indicator i LEFT JOIN initiatives.period p ON p.indicator_id = i.id
  WHERE i.id = wanted AND initiatives.counts_up(i) HAVING count(i.id) > 0
  UNION ALL
  -- The latest that has begun; before any has, the first.
  (SELECT p.starts, p.ends, p.target, p.starts, p.ends
  FROM initiatives.indicator i LEFT JOIN initiatives.period p ON p.indicator_id = i.id
  WHERE i.id = wanted AND NOT initiatives.counts_up(i)
  ORDER BY p.starts > current_date, abs(p.starts - current_date) LIMIT 1)
$$;

-- An indicator as a whole, and how it stands.
CREATE OR REPLACE FUNCTION initiatives.standing(wanted bigint)
RETURNS TABLE (starts date, ends date, target numeric, actual numeric, approved numeric,
  share numeric, status text) LANGUAGE sql STABLE AS $$
  SELECT s.starts, s.ends, s.target, v.actual,
    initiatives.achieved(i.id, s.since, s.until, initiatives.approved()),
    initiatives.share(i, v.actual, s.target, s.ends),
    initiatives.status(i, v.actual, s.target, s.starts, s.ends)
  FROM initiatives.indicator i CROSS JOIN LATERAL initiatives.span_of(i.id) AS s
  CROSS JOIN LATERAL (
    SELECT initiatives.achieved(i.id, s.since, s.until, initiatives.handed_in()) OFFSET 0
  ) AS v (actual)
  WHERE i.id = wanted
$$;

-- What was handed in for one category of a dimension: an amount, and its part of all that was
-- achieved, in per cent; of a percentage, the category's own.
CREATE OR REPLACE FUNCTION initiatives.standing_in(c initiatives.category)
RETURNS TABLE (actual numeric, part numeric) LANGUAGE sql STABLE AS $$
  SELECT CASE i.measure WHEN 'percentage'
      THEN round(100 * sum(p.amount) / nullif(sum(p.denominator), 0), 2)
      ELSE coalesce(sum(p.amount), 0) END,
    CASE i.measure WHEN 'unit'
      THEN round(100 * coalesce(sum(p.amount), 0) / nullif(sum(x.amount), 0), 1) END
  FROM initiatives.indicator i CROSS JOIN LATERAL initiatives.span_of(i.id) AS s
  LEFT JOIN LATERAL
    initiatives.counted(i.id, s.since, s.until, initiatives.handed_in()) AS x ON true
  LEFT JOIN initiatives.part p ON p.actual_id = x.actual_id
    AND p.dimension = c.dimension AND p.category = c.category
  WHERE i.id = c.indicator_id GROUP BY i.measure
$$;

-- An indicator's periods that have begun as a picture, a block each: its height is what was
-- achieved, beside the greatest of all targets and of everything achieved. A dot is where nothing
-- was reported.
CREATE OR REPLACE FUNCTION initiatives.trend(wanted bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT string_agg(CASE WHEN p.actual IS NULL THEN '·'
    ELSE substr('▁▂▃▄▅▆▇█',
      1 + least(7, coalesce(floor(8 * greatest(p.actual, 0) / nullif(p.most, 0)), 0)::int), 1)
    END, '' ORDER BY p.starts)
  FROM (
    SELECT p.starts, p.actual, greatest(max(p.target) OVER (), max(p.actual) OVER ()) AS most
    FROM initiatives.periods_of(wanted) p WHERE p.starts <= current_date
  ) AS p
$$;

-- Triggers of one kind fire in the order of their names: the revision, then the state, then what
-- depends on it.
CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('initiative', 'code');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('initiative', 'code', 'planned');
CREATE OR REPLACE TRIGGER lifecycle_reason BEFORE UPDATE OF reason ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION initiatives.keep_reason();
CREATE OR REPLACE TRIGGER step AFTER INSERT OR UPDATE OF state ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION initiatives.record_step();

CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON initiatives.period
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('period', 'starts', 'open');
CREATE OR REPLACE TRIGGER lifecycle_lock BEFORE INSERT OR UPDATE OR DELETE ON initiatives.period
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_period();

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('actual', 'number', 'number');
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('actual', 'number', 'draft');
CREATE OR REPLACE TRIGGER lifecycle_lock BEFORE INSERT OR UPDATE OR DELETE ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_actual();

CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON initiatives.partner
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.partner
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('initiative_id', 'community_id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.funder
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('initiative_id', 'name');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.indicator
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('initiative_id', 'code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.term
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('indicator_id', 'base_id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.period
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('indicator_id', 'starts');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.category
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('indicator_id', 'dimension', 'category');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.part
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('actual_id', 'dimension', 'category');
