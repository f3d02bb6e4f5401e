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
        'give partners=role:community for each', lacking.parent, lacking.pilot, lacking.roles));
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS pilot_roles ON initiatives.initiative;
CREATE CONSTRAINT TRIGGER pilot_roles AFTER INSERT ON initiatives.initiative
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives.check_pilot_roles();
DROP TRIGGER IF EXISTS pilot_roles ON initiatives.partner;
CREATE CONSTRAINT TRIGGER pilot_roles AFTER UPDATE OR DELETE ON initiatives.partner
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION initiatives.check_pilot_roles();

-- A formula stands on an indicator that is reported, and nothing is reported on a formula.
CREATE OR REPLACE FUNCTION initiatives.check_formula() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM initiatives.indicator
    WHERE id = NEW.formula_of AND formula_of IS NOT NULL)
  THEN
    PERFORM service.refuse('conflict.formula', 'a formula cannot stand on another formula');
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER formula BEFORE INSERT OR UPDATE OF formula_of ON initiatives.indicator
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_formula();

CREATE OR REPLACE FUNCTION initiatives.check_reported() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  base text;
BEGIN
  SELECT b.code INTO base FROM initiatives.indicator i
  JOIN initiatives.indicator b ON b.id = i.formula_of WHERE i.id = NEW.indicator_id;
  IF FOUND THEN
    PERFORM service.refuse('conflict.formula',
      format('this indicator is computed from %s; report on that one', base));
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER reported BEFORE INSERT ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION initiatives.check_reported();

-- Every indicator with what was achieved: the sum of its reports, or its formula over another's.
CREATE OR REPLACE VIEW initiatives.indicator_progress WITH (security_invoker) AS
WITH reported AS (
  SELECT indicator_id, sum(amount) AS amount FROM initiatives.actual GROUP BY indicator_id
)
SELECT i.id, i.initiative_id, i.code, i.title, i.unit, i.target,
  CASE WHEN i.formula_of IS NULL THEN coalesce(r.amount, 0)
    ELSE coalesce(b.amount, 0) * i.formula_factor END AS actual,
  base.code AS formula_of, i.formula_factor
FROM initiatives.indicator i
LEFT JOIN reported r ON r.indicator_id = i.id
LEFT JOIN reported b ON b.indicator_id = i.formula_of
LEFT JOIN initiatives.indicator base ON base.id = i.formula_of;
GRANT SELECT ON initiatives.indicator_progress TO sister_service;

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('initiative', 'code');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('initiative', 'code', 'planned');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.initiative
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.partner
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('initiative_id', 'community_id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.indicator
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('initiative_id', 'code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON initiatives.actual
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('indicator_id', 'id');

CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON initiatives.partner
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
