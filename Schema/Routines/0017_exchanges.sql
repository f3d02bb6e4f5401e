-- Exchanges: finders, what stands between an application and its acceptance, and who sees whom.
-- Everything runs with its caller's rights, so that row-level security holds inside too; only
-- count_places() does not: it writes a number and reads no row of a participant.

CREATE OR REPLACE FUNCTION exchanges.find_program(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM exchanges.program WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.program', format('there is no program %s', wanted),
      service.nearest(wanted, ARRAY(SELECT code FROM exchanges.program)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION exchanges.find_cohort(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM exchanges.cohort WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.cohort', format('there is no cohort %s', wanted),
      service.nearest(wanted, ARRAY(SELECT code FROM exchanges.cohort)));
  END IF;
  RETURN found;
END $$;

-- The newest version of a rule profile.
CREATE OR REPLACE FUNCTION exchanges.find_profile_version(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT max(version) INTO found FROM exchanges.rule_profile WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.profile',
      format('there is no rule profile %s; there are %s', wanted,
        (SELECT string_agg(DISTINCT code, ', ') FROM exchanges.rule_profile)),
      service.nearest(wanted, ARRAY(SELECT code FROM exchanges.rule_profile)));
  END IF;
  RETURN found;
END $$;

-- Suggests nobody: whose number is near another's is nobody's business.
CREATE OR REPLACE FUNCTION exchanges.find_participant(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM exchanges.participant WHERE number = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.participant', format('there is no participant %s', wanted));
  END IF;
  RETURN found;
END $$;

-- The participant's guardian to verify: one who is not verified yet, if there is one.
CREATE OR REPLACE FUNCTION exchanges.find_guardian(participant text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM exchanges.guardian
  WHERE participant_id = exchanges.find_participant(participant)
  ORDER BY verified_how IS NOT NULL, id LIMIT 1;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.guardian',
      format('participant %s has no guardian', participant));
  END IF;
  RETURN found;
END $$;

-- The day on which somebody reaches an age, in whole months. Where the month lacks the day of
-- birth, it is the first day of the next: who is born on 29 February turns 13 on 1 March.
CREATE OR REPLACE FUNCTION exchanges.reaches_age(born date, months bigint) RETURNS date
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN extract(day FROM d.day) < extract(day FROM born) THEN d.day + 1 ELSE d.day END
  FROM (SELECT (born + make_interval(months => months::int))::date) AS d (day)
$$;

-- Whether somebody's age on a day is within a profile's band.
CREATE OR REPLACE FUNCTION exchanges.within_ages(
  born date, on_day date, profile exchanges.rule_profile
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(on_day >= exchanges.reaches_age(born, profile.min_age_months), true)
    AND coalesce(
      CASE WHEN profile.max_age_included
        THEN on_day <= exchanges.reaches_age(born, profile.max_age_months)
        ELSE on_day < exchanges.reaches_age(born, profile.max_age_months) END, true)
$$;

-- Whether a participant in this state has one of the cohort's places.
CREATE OR REPLACE FUNCTION exchanges.has_place(state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT state IN ('accepted') $$;

-- Whether a participant in this state may still be accepted.
CREATE OR REPLACE FUNCTION exchanges.is_candidate(state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT state IN ('draft', 'submitted', 'under_review', 'waitlisted')
$$;

-- Everything that stands between a candidate and acceptance, without a word about the person.
CREATE OR REPLACE FUNCTION exchanges.acceptance_blockers(candidate exchanges.participant)
RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_remove(ARRAY[
    CASE WHEN NOT exchanges.within_ages(candidate.born, c.starts, r)
      THEN format('the age on %s is outside the band of %s, %s', c.starts, r.code, r.ages) END,
    CASE WHEN NOT EXISTS (SELECT FROM exchanges.guardian g WHERE g.participant_id = candidate.id)
      THEN 'no guardian is known' END,
    CASE WHEN EXISTS (
        SELECT FROM exchanges.guardian g
        WHERE g.participant_id = candidate.id AND g.verified_how IS NULL)
      THEN 'the guardian''s identity is not verified' END,
    CASE WHEN c.state <> 'open' THEN format('cohort %s is %s', c.code, c.state) END,
    CASE WHEN c.taken >= c.capacity
      THEN format('cohort %s is full, %s of %s places', c.code, c.taken, c.capacity) END
  ], NULL)
  FROM exchanges.cohort c
  JOIN exchanges.program p ON p.id = c.program_id
  JOIN exchanges.rule_profile r ON r.code = p.profile_code AND r.version = p.profile_version
  WHERE c.id = candidate.cohort_id
$$;

-- The number is the row's, whatever the statement says.
CREATE OR REPLACE FUNCTION exchanges.number_participant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.number := 'P-' || lpad(NEW.id::text, greatest(6, length(NEW.id::text)), '0');
  RETURN NEW;
END $$;

-- People apply to an open cohort; the shared lock keeps it open until they have.
CREATE OR REPLACE FUNCTION exchanges.check_application() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  cohort record;
BEGIN
  SELECT code, starts, state INTO cohort FROM exchanges.cohort
  WHERE id = NEW.cohort_id FOR SHARE;
  IF cohort.state <> 'open' THEN
    PERFORM service.refuse('conflict.state',
      format('cohort %s is %s; only an open cohort takes applications', cohort.code, cohort.state),
      CASE WHEN cohort.state = 'planned' THEN 'cohort open ' || cohort.code END);
  END IF;
  IF NEW.born >= least(cohort.starts, current_date) OR NEW.born < current_date - 120 * 366 THEN
    PERFORM service.refuse('data.age',
      format('born= is a date of birth: before today, and before the cohort''s first day, %s',
        cohort.starts));
  END IF;
  RETURN NEW;
END $$;

-- Nobody is accepted while anything stands in the way; the answer says all of it. One acceptance
-- per cohort at a time, so that what is said of its places is true.
CREATE OR REPLACE FUNCTION exchanges.check_acceptance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_full boolean;
  blockers text[];
  message text;
BEGIN
  SELECT taken >= capacity INTO is_full FROM exchanges.cohort
  WHERE id = NEW.cohort_id FOR NO KEY UPDATE;
  blockers := exchanges.acceptance_blockers(NEW);
  message := format('%s cannot be accepted: %s', NEW.number, array_to_string(blockers, '; '));
  IF is_full AND cardinality(blockers) = 1 THEN
    PERFORM service.refuse('conflict.full', message, 'participant waitlist ' || NEW.number);
  ELSIF cardinality(blockers) IS DISTINCT FROM 0 THEN
    PERFORM service.refuse('conflict.blocked', message, 'participant show ' || NEW.number);
  END IF;
  RETURN NEW;
END $$;

-- Counts the cohort's places; the constraint cohort_capacity_kept refuses one too many.
CREATE OR REPLACE FUNCTION exchanges.count_places() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE exchanges.cohort
  SET taken = taken + exchanges.has_place(NEW.state)::int - exchanges.has_place(OLD.state)::int
  WHERE id = NEW.cohort_id;
  RETURN NULL;
END $$;
-- Or anyone could attach it to a table of their own, and count places that nobody has.
REVOKE EXECUTE ON FUNCTION exchanges.count_places() FROM PUBLIC;

-- A cohort lasts as long as its program's rules say.
CREATE OR REPLACE FUNCTION exchanges.check_duration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  days bigint := NEW.ends - NEW.starts + 1;
  rule record;
BEGIN
  SELECT r.code, r.min_days, r.max_days INTO rule FROM exchanges.program p
  JOIN exchanges.rule_profile r ON r.code = p.profile_code AND r.version = p.profile_version
  WHERE p.id = NEW.program_id;
  IF days > 0 AND (days < rule.min_days OR days > rule.max_days) THEN
    PERFORM service.refuse('data.duration',
      format('from %s to %s are %s days, both counted; %s takes %s', NEW.starts, NEW.ends, days,
        rule.code, concat_ws(' and ', 'at least ' || rule.min_days, 'at most ' || rule.max_days)));
  END IF;
  RETURN NEW;
END $$;

-- A verification says who made it and when, and stays.
CREATE OR REPLACE FUNCTION exchanges.stamp_verification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.verified_how IS NOT NULL THEN
    PERFORM service.refuse('conflict.state', 'the guardian''s identity is verified already');
  END IF;
  IF NEW.verified_how IS NOT NULL THEN
    NEW.verified_at := now();
    NEW.verified_by := current_setting('sister.principal');
  END IF;
  RETURN NEW;
END $$;

-- Who sees and changes what is said about a participant. Nothing is ever deleted.
DROP POLICY IF EXISTS participant_read ON exchanges.participant;
CREATE POLICY participant_read ON exchanges.participant FOR SELECT
  USING (access.allows('exchanges.read'));
DROP POLICY IF EXISTS participant_add ON exchanges.participant;
CREATE POLICY participant_add ON exchanges.participant FOR INSERT
  WITH CHECK (access.allows('exchanges.manage'));
DROP POLICY IF EXISTS participant_change ON exchanges.participant;
CREATE POLICY participant_change ON exchanges.participant FOR UPDATE
  USING (access.allows('exchanges.manage')) WITH CHECK (access.allows('exchanges.manage'));

DROP POLICY IF EXISTS guardian_read ON exchanges.guardian;
CREATE POLICY guardian_read ON exchanges.guardian FOR SELECT
  USING (access.allows('exchanges.read'));
DROP POLICY IF EXISTS guardian_add ON exchanges.guardian;
CREATE POLICY guardian_add ON exchanges.guardian FOR INSERT
  WITH CHECK (access.allows('exchanges.manage'));
DROP POLICY IF EXISTS guardian_change ON exchanges.guardian;
CREATE POLICY guardian_change ON exchanges.guardian FOR UPDATE
  USING (access.allows('exchanges.manage')) WITH CHECK (access.allows('exchanges.manage'));

-- Triggers of one kind fire in the order of their names: the revision, then the state, then what
-- depends on it.
CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON exchanges.cohort
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('cohort', 'code', 'taken');
CREATE OR REPLACE TRIGGER duration BEFORE INSERT OR UPDATE OF program_id, starts, ends
  ON exchanges.cohort FOR EACH ROW EXECUTE FUNCTION exchanges.check_duration();
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON exchanges.cohort
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('cohort', 'code', 'planned');

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON exchanges.participant
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('participant', 'number');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON exchanges.participant
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('participant', 'number', 'draft');
CREATE OR REPLACE TRIGGER lifecycle_acceptance BEFORE UPDATE OF state ON exchanges.participant
  FOR EACH ROW WHEN (NEW.state = 'accepted') EXECUTE FUNCTION exchanges.check_acceptance();
CREATE OR REPLACE TRIGGER lifecycle_application BEFORE INSERT ON exchanges.participant
  FOR EACH ROW EXECUTE FUNCTION exchanges.check_application();
CREATE OR REPLACE TRIGGER number BEFORE INSERT ON exchanges.participant
  FOR EACH ROW EXECUTE FUNCTION exchanges.number_participant();
CREATE OR REPLACE TRIGGER places AFTER UPDATE OF state ON exchanges.participant
  FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION exchanges.count_places();
CREATE OR REPLACE TRIGGER verification BEFORE INSERT OR UPDATE OF verified_how
  ON exchanges.guardian FOR EACH ROW EXECUTE FUNCTION exchanges.stamp_verification();

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON exchanges.rule_profile
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code', 'version');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON exchanges.program
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON exchanges.cohort
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON exchanges.participant
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON exchanges.guardian
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('participant_id', 'id');

CREATE OR REPLACE TRIGGER is_current_from BEFORE INSERT OR UPDATE OF from_community_id ON exchanges.cohort
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged('from_community_id');
CREATE OR REPLACE TRIGGER is_current_to BEFORE INSERT OR UPDATE OF to_community_id ON exchanges.cohort
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged('to_community_id');

-- A cohort goes from one partner to the other: to plan one, they are partners today. What becomes of the
-- two later, and where a merge takes it, it stays the cohort of a partnership of theirs. (Where a merge
-- is undone, the partnership comes back after it, if it does; if not, the cohort is left alone too.)
CREATE OR REPLACE FUNCTION exchanges.find_partnership() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  found bigint;
BEGIN
  IF NEW.from_community_id = NEW.to_community_id THEN
    PERFORM service.refuse('data.invalid',
      format('the cohort %s would leave %s for itself', NEW.code,
        directory.code_of(NEW.from_community_id)), format('cohort show %s', NEW.code));
  END IF;
  SELECT p.id INTO found FROM directory.partnership p
  WHERE p.lo_id = least(NEW.from_community_id, NEW.to_community_id)
    AND p.hi_id = greatest(NEW.from_community_id, NEW.to_community_id)
    AND (TG_OP = 'UPDATE' OR p.merged_into_id IS NULL AND p.state IN ('asserted', 'signed'))
  ORDER BY p.id = NEW.partnership_id DESC NULLS LAST, p.merged_into_id IS NULL DESC,
    p.state IN ('asserted', 'signed') DESC, p.id DESC
  LIMIT 1 FOR SHARE;
  IF found IS NULL AND TG_OP = 'INSERT' THEN
    PERFORM service.refuse('conflict.state',
      format('%s and %s are no partners; a cohort goes from one partner to the other',
        directory.code_of(NEW.from_community_id), directory.code_of(NEW.to_community_id)),
      format('partnership list community=%s', directory.code_of(NEW.from_community_id)));
  END IF;
  NEW.partnership_id := coalesce(found, NEW.partnership_id);
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER partnership BEFORE INSERT OR UPDATE OF from_community_id, to_community_id
  ON exchanges.cohort FOR EACH ROW EXECUTE FUNCTION exchanges.find_partnership();
