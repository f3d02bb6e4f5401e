-- How memberships stand, and what is written of dues.

-- For so long after it joined a member is new.
CREATE OR REPLACE FUNCTION directory.newness() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT interval '3 months' $$;

-- For so long after what it paid for, or after it joined, a member keeps its standing.
CREATE OR REPLACE FUNCTION directory.grace() RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT interval '3 months' $$;

-- Whether an invoice was paid in full by a day, as was known at a moment.
CREATE OR REPLACE FUNCTION directory.paid_by(invoice bigint, day date, moment timestamptz)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(p.amount), 0) >= (SELECT amount FROM directory.dues_invoice WHERE id = invoice)
  FROM directory.dues_payment p
  WHERE p.invoice_id = invoice AND p.paid_on <= day AND p.recorded_at < moment
$$;

-- Until when a member had paid by `day`, as was known at `moment`: the end of what covers the day, or
-- of the last that did; NULL where it never paid.
CREATE OR REPLACE FUNCTION directory.paid_until(member bigint, day date, moment timestamptz)
RETURNS date LANGUAGE sql STABLE AS $$
  SELECT max(upper(i.covers)) FROM directory.dues_invoice i
  WHERE i.membership_id = member AND lower(i.covers) <= day AND i.issued_at < moment
    AND coalesce(i.voided_at >= moment, true) AND directory.paid_by(i.id, day, moment)
$$;

-- How a membership stood on a day, as was known at a moment.
CREATE OR REPLACE FUNCTION directory.membership_state(
  joined_on date, resigned_on date, paid_until date, day date
) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN resigned_on <= day THEN 'resigned'
    WHEN day < joined_on THEN 'none'
    WHEN day < paid_until THEN
      CASE WHEN day < joined_on + directory.newness() THEN 'new' ELSE 'current' END
    WHEN day < greatest(paid_until, joined_on) + directory.grace() THEN 'grace'
    ELSE 'lapsed' END
$$;

-- The memberships that there were on a day, or had been: the last one of each community, with how it
-- stood, as was known at the end of the day `known_on` (as is known now, where that is NULL).
CREATE OR REPLACE FUNCTION directory.memberships_on(day date, known_on date)
RETURNS TABLE (
  id bigint, community_id bigint, joined_on date, resigned_on date, paid_until date, state text
) LANGUAGE sql STABLE AS $$
  SELECT m.id, m.community_id, m.joined_on, m.resigned_on, m.paid_until,
    directory.membership_state(m.joined_on, m.resigned_on, m.paid_until, day)
  FROM (
    SELECT DISTINCT ON (x.community_id) x.id, x.community_id, x.joined_on,
      CASE WHEN x.resigned_at < k.moment THEN x.resigned_on END AS resigned_on,
      directory.paid_until(x.id, day, k.moment) AS paid_until
    FROM directory.membership x,
      (SELECT coalesce(directory.end_of(known_on), 'infinity') AS moment) AS k
    WHERE x.joined_on <= day AND x.joined_at < k.moment
    ORDER BY x.community_id, x.joined_on DESC
  ) AS m
$$;

-- How the membership of a community stands on a day, as is known now.
CREATE OR REPLACE FUNCTION directory.standing_of(community bigint, day date) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT directory.membership_state(m.joined_on, m.resigned_on,
      directory.paid_until(m.id, day, 'infinity'), day)
    FROM directory.membership m
    WHERE m.community_id = standing_of.community AND m.joined_on <= day
    ORDER BY m.joined_on DESC LIMIT 1), 'none')
$$;

-- Whether a membership of this state carries the recognition of a partnership.
CREATE OR REPLACE FUNCTION directory.is_in_standing(state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT state IN ('new', 'current', 'grace') $$;

-- The membership that a community had on a day, or had had by then, as was known at the end of another;
-- refuses where there was none.
CREATE OR REPLACE FUNCTION directory.find_membership_on(
  community text, day date, known_on date
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  PERFORM directory.find_membership(community);
  SELECT m.id INTO found FROM directory.memberships_on(day, known_on) AS m
  WHERE m.community_id = directory.find_community(community);
  IF found IS NULL THEN
    PERFORM service.refuse('missing.membership',
      format('%s was no member by %s%s', community, day,
        coalesce(', as was known on ' || known_on, '')),
      format('membership list community=%s', community));
  END IF;
  RETURN found;
END $$;

-- The last membership of a community.
CREATE OR REPLACE FUNCTION directory.find_membership(community text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT m.id INTO found FROM directory.membership m
  WHERE m.community_id = directory.find_community(community)
  ORDER BY m.joined_on DESC LIMIT 1;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.membership', format('%s never was a member', community),
      format('membership create %s', community));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION directory.find_tier(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint := (SELECT id FROM directory.dues_tier WHERE code = wanted);
BEGIN
  IF found IS NULL THEN
    PERFORM service.refuse('missing.tier', format('the dues schedule has no tier %s', wanted),
      coalesce(service.nearest(wanted, ARRAY(SELECT code FROM directory.dues_tier)),
        'dues list'));
  END IF;
  RETURN found;
END $$;

-- The invoice of this number, locked: what is done to it, one transaction does after the other.
CREATE OR REPLACE FUNCTION directory.take_invoice(wanted text) RETURNS directory.dues_invoice
LANGUAGE plpgsql AS $$
DECLARE
  found directory.dues_invoice;
BEGIN
  IF wanted ~ '^D-[0-9]{1,15}$' THEN
    SELECT * INTO found FROM directory.dues_invoice WHERE id = substr(wanted, 3)::bigint
    FOR UPDATE;
  END IF;
  IF found.id IS NULL THEN
    PERFORM service.refuse('missing.invoice', format('there is no invoice %s', wanted),
      'membership invoices');
  END IF;
  IF found.voided_at IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('invoice %s is void: %s', found.number, found.void_reason));
  END IF;
  RETURN found;
END $$;

-- No day is taken out of the schedule that an invoice stands on.
CREATE OR REPLACE FUNCTION directory.end_tier(wanted text, day date)
RETURNS TABLE (code text, amount bigint, currency text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t directory.dues_tier;
  latest date;
BEGIN
  SELECT * INTO t FROM directory.dues_tier WHERE id = directory.find_tier(wanted) FOR UPDATE;
  SELECT max(lower(i.covers)) INTO latest FROM directory.dues_invoice i
  WHERE i.tier_id = t.id AND i.voided_at IS NULL;
  IF latest >= day THEN
    PERFORM service.refuse('conflict.state',
      format('by %s there is an invoice for what begins on %s; on= is a later day', wanted,
        latest), format('dues end %s on=%s', wanted, latest + 1));
  END IF;
  IF day <= lower(t.valid) OR day > upper(t.valid) THEN
    PERFORM service.refuse('data.invalid',
      format('%s holds since %s%s; on= is the first day of those on which it no longer does', wanted,
        lower(t.valid), coalesce(' and until ' || upper(t.valid), '')));
  END IF;
  RETURN QUERY UPDATE directory.dues_tier x SET valid = daterange(lower(t.valid), day)
  WHERE x.id = t.id RETURNING x.code, x.amount, x.currency;
END $$;
REVOKE EXECUTE ON FUNCTION directory.end_tier(text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.end_tier(text, date) TO sister_service;

-- Asks a member to pay for so many years, from the day given or from where the last invoice ends.
CREATE OR REPLACE FUNCTION directory.issue_invoice(member bigint, since date, years int, due date)
RETURNS directory.dues_invoice
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m directory.membership;
  c directory.community;
  t directory.dues_tier;
  begins date;
  made directory.dues_invoice;
BEGIN
  SELECT * INTO m FROM directory.membership WHERE id = member FOR UPDATE;
  SELECT * INTO c FROM directory.community WHERE id = m.community_id;
  begins := coalesce(since, (SELECT max(upper(covers)) FROM directory.dues_invoice
    WHERE membership_id = m.id AND voided_at IS NULL), m.joined_on);
  IF begins < m.joined_on OR begins >= m.resigned_on THEN
    PERFORM service.refuse('data.invalid',
      format('%s is a member since %s%s, not on %s', c.code, m.joined_on,
        coalesce(' and until ' || m.resigned_on, ''), begins));
  END IF;
  IF years NOT BETWEEN 1 AND 10 THEN
    PERFORM service.refuse('data.invalid', 'an invoice is for 1 to 10 years');
  END IF;
  IF c.population IS NULL THEN
    PERFORM service.refuse('data.no-tier',
      format('dues go by population, and how many live in %s is not known', c.code),
      format('community update %s population=', c.code));
  END IF;
  SELECT * INTO t FROM directory.dues_tier
  WHERE population @> c.population AND valid @> begins FOR SHARE;
  IF NOT FOUND THEN
    PERFORM service.refuse('data.no-tier',
      format('the dues schedule says nothing of %s people on %s', c.population, begins),
      format('dues list on=%s', begins));
  END IF;
  INSERT INTO directory.dues_invoice (membership_id, tier_id, population, covers, due_on, amount,
    currency)
  VALUES (m.id, t.id, c.population,
    daterange(begins, (begins + make_interval(years => years))::date),
    coalesce(due, begins + 30), t.amount * years, t.currency)
  RETURNING * INTO made;
  RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION directory.issue_invoice(bigint, date, int, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.issue_invoice(bigint, date, int, date) TO sister_service;

-- Asks every member for the year that begins by a day and that it was not asked for, if it can be; how
-- many those were. Whoever does so at the same time waits at a member, and then finds it asked.
CREATE OR REPLACE FUNCTION directory.renew(by_day date, due date) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m directory.membership;
  begins date;
  issued bigint := 0;
BEGIN
  FOR m IN
    SELECT * FROM directory.membership x
    WHERE x.joined_on <= by_day AND NOT EXISTS (SELECT FROM directory.dues_invoice i
      WHERE i.membership_id = x.id AND i.voided_at IS NULL AND upper(i.covers) > by_day)
    ORDER BY x.id
  LOOP
    PERFORM FROM directory.membership x WHERE x.id = m.id FOR UPDATE;
    SELECT coalesce(max(upper(i.covers)), m.joined_on) INTO begins FROM directory.dues_invoice i
    WHERE i.membership_id = m.id AND i.voided_at IS NULL;
    IF begins <= by_day AND EXISTS (
      SELECT FROM directory.membership x
      JOIN directory.community c ON c.id = x.community_id
      JOIN directory.dues_tier t ON t.population @> c.population AND t.valid @> begins
      WHERE x.id = m.id AND coalesce(begins < x.resigned_on, true))
    THEN
      PERFORM directory.issue_invoice(m.id, begins, 1, due);
      issued := issued + 1;
    END IF;
  END LOOP;
  RETURN issued;
END $$;
REVOKE EXECUTE ON FUNCTION directory.renew(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.renew(date, date) TO sister_service;

-- Takes down money that came for an invoice, or that went back (below zero).
CREATE OR REPLACE FUNCTION directory.pay_dues(
  wanted text, sum bigint, in_currency text, day date, note text
) RETURNS TABLE (number text, paid bigint, amount bigint, currency text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  i directory.dues_invoice := directory.take_invoice(wanted);
BEGIN
  IF in_currency <> i.currency THEN
    PERFORM service.refuse('data.invalid',
      format('invoice %s is in %s, and %s was given', i.number, i.currency, in_currency));
  END IF;
  IF i.paid + sum > i.amount THEN
    PERFORM service.refuse('conflict.overpaid',
      format('of invoice %s %s are open, and %s were given', i.number,
        service.money_text(i.amount - i.paid, i.currency), service.money_text(sum, i.currency)));
  END IF;
  IF i.paid + sum < 0 THEN
    PERFORM service.refuse('conflict.overpaid',
      format('for invoice %s %s came, and %s cannot go back', i.number,
        service.money_text(i.paid, i.currency), service.money_text(-sum, i.currency)));
  END IF;
  IF day > (now() AT TIME ZONE 'UTC')::date + 1 THEN
    PERFORM service.refuse('data.invalid', format('%s is still to come', day));
  END IF;
  IF sum < 0 AND (SELECT coalesce(pg_catalog.sum(p.amount), 0) + pay_dues.sum
    FROM directory.dues_payment p WHERE p.invoice_id = i.id
      AND p.paid_on <= coalesce(day, current_date)) < 0
  THEN
    PERFORM service.refuse('conflict.overpaid',
      format('by %s less than %s had come for invoice %s', coalesce(day, current_date),
        service.money_text(-sum, i.currency), i.number),
      'membership invoices');
  END IF;
  INSERT INTO directory.dues_payment (invoice_id, amount, paid_on, reference)
  VALUES (i.id, sum, coalesce(day, current_date), note);
  RETURN QUERY UPDATE directory.dues_invoice x SET paid = x.paid + sum WHERE x.id = i.id
  RETURNING x.number, x.paid, x.amount, x.currency;
END $$;
REVOKE EXECUTE ON FUNCTION directory.pay_dues(text, bigint, text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.pay_dues(text, bigint, text, date, text) TO sister_service;

-- Takes an invoice back for which no money is held.
CREATE OR REPLACE FUNCTION directory.void_invoice(wanted text, because text)
RETURNS TABLE (number text, paid bigint, amount bigint, currency text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  i directory.dues_invoice := directory.take_invoice(wanted);
BEGIN
  IF i.paid > 0 THEN
    PERFORM service.refuse('conflict.state',
      format('%s came for invoice %s; it is void when they have gone back',
        service.money_text(i.paid, i.currency), i.number),
      format('membership refund %s', i.number));
  END IF;
  RETURN QUERY UPDATE directory.dues_invoice x SET voided_at = now(), void_reason = because
  WHERE x.id = i.id RETURNING x.number, x.paid, x.amount, x.currency;
END $$;
REVOKE EXECUTE ON FUNCTION directory.void_invoice(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.void_invoice(text, text) TO sister_service;

-- Ends a membership. What was asked of it for later stays asked until it is void.
CREATE OR REPLACE FUNCTION directory.resign(community text, day date, because text)
RETURNS TABLE (code text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  m directory.membership;
BEGIN
  SELECT * INTO m FROM directory.membership WHERE id = directory.find_membership(community)
  FOR UPDATE;
  IF m.resigned_on IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('%s resigned on %s', community, m.resigned_on));
  END IF;
  UPDATE directory.membership SET resigned_on = day, resign_reason = because, resigned_at = now()
  WHERE id = m.id;
  RETURN QUERY SELECT c.code, directory.standing_of(c.id, current_date)
  FROM directory.community c WHERE c.id = m.community_id;
END $$;
REVOKE EXECUTE ON FUNCTION directory.resign(text, date, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.resign(text, date, text) TO sister_service;

-- An invoice's state follows from its money and its day.
CREATE OR REPLACE VIEW directory.dues_invoice_record WITH (security_invoker) AS
SELECT i.id, i.number, i.membership_id, c.code AS community, t.code AS tier, i.population,
  i.covers, i.due_on, i.amount, i.currency, i.paid, i.void_reason,
  CASE WHEN i.voided_at IS NOT NULL THEN 'void' WHEN i.paid = i.amount THEN 'paid'
    WHEN i.due_on < current_date THEN 'overdue' ELSE 'open' END AS state
FROM directory.dues_invoice i
JOIN directory.membership m ON m.id = i.membership_id
JOIN directory.community c ON c.id = m.community_id
JOIN directory.dues_tier t ON t.id = i.tier_id;
GRANT SELECT ON directory.dues_invoice_record TO sister_service;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.dues_tier
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.membership
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('community_id', 'joined_on');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.dues_invoice
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.dues_payment
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('invoice_id', 'id');

CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON directory.membership
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
