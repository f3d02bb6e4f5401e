-- Funds, grants, payments and the ledger. The service reads the tables and calls the routines at
-- the end of this file; everything else here is out of its reach.

-- Whether any of some names passes each of a filter's pairs; for !=, whether all do.
CREATE OR REPLACE FUNCTION grants.matches_any(names text[], filter text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT filter IS NULL OR CASE filter[1]
    WHEN '!=' THEN (SELECT bool_and(service.matches(n, filter[1:2])) FROM unnest(names) AS n)
    ELSE (SELECT bool_or(service.matches(n, filter[1:2])) FROM unnest(names) AS n)
  END AND (filter[3] IS NULL OR grants.matches_any(names, filter[3:]))
$$;

-- Whether an amount passes a filter, {operator,minor units,currency,…}. Amounts of different
-- currencies are never compared: those of another currency do not pass.
CREATE OR REPLACE FUNCTION grants.matches_money(amount bigint, currency text, filter text[])
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT filter IS NULL
    OR (currency = filter[3] AND service.matches(amount::numeric, filter[1:2])
      AND (filter[4] IS NULL OR grants.matches_money(amount, currency, filter[4:])))
$$;

CREATE OR REPLACE FUNCTION grants.find_fund(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM grants.fund WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.fund', format('there is no fund %s', wanted),
      service.nearest(wanted, ARRAY(SELECT code FROM grants.fund)));
  END IF;
  RETURN found;
END $$;

-- Numbers all look alike to trigrams: what was meant differs from what was typed in one digit.
CREATE OR REPLACE FUNCTION grants.one_digit_off(wanted text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(overlay(wanted PLACING digit::text FROM place FOR 1))
  FROM generate_series(1, least(length(wanted), 32)) AS place, generate_series(0, 9) AS digit
  WHERE substr(wanted, place, 1) BETWEEN '0' AND '9'
$$;

CREATE OR REPLACE FUNCTION grants.find(wanted text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM grants.grant WHERE number = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.grant', format('there is no grant %s', wanted),
      (SELECT number FROM grants.grant WHERE number = ANY (grants.one_digit_off(wanted))
       ORDER BY number LIMIT 1));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION grants.find_payment(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM grants.payment WHERE number = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.payment', format('there is no payment %s', wanted),
      (SELECT number FROM grants.payment WHERE number = ANY (grants.one_digit_off(wanted))
       ORDER BY number LIMIT 1));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION grants.find_entry(wanted bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM grants.entry WHERE id = wanted) THEN
    PERFORM service.refuse('missing.entry', format('the ledger has no entry %s', wanted));
  END IF;
  RETURN wanted;
END $$;

-- The ledger ------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION grants.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM service.refuse('conflict.append-only',
    'the ledger is only ever added to; a mistake is corrected by an entry that reverses it');
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants.entry
  FOR EACH STATEMENT EXECUTE FUNCTION grants.refuse_change();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants.posting
  FOR EACH STATEMENT EXECUTE FUNCTION grants.refuse_change();
ALTER TABLE grants.entry ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE grants.posting ENABLE ALWAYS TRIGGER append_only;

-- When a transaction ends, each of its entries has at least two postings, which are zero together
-- for each fund and currency.
CREATE OR REPLACE FUNCTION grants.check_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry bigint;
  postings bigint;
  unbalanced bigint;
BEGIN
  IF TG_TABLE_NAME = 'entry' THEN
    entry := NEW.id;
  ELSE
    entry := NEW.entry_id;
  END IF;
  SELECT coalesce(sum(n), 0), count(*) FILTER (WHERE total <> 0) INTO postings, unbalanced
  FROM (SELECT count(*) AS n, sum(amount) AS total FROM grants.posting p
    WHERE p.entry_id = entry GROUP BY p.fund_id, p.currency) AS sums;
  IF postings < 2 OR unbalanced > 0 THEN
    PERFORM service.refuse('data.unbalanced', format(
      'entry %s has %s postings, and its debits and credits are not equal for each fund and '
      'currency', entry, postings));
  END IF;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS balanced ON grants.entry;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON grants.entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants.check_balance();
DROP TRIGGER IF EXISTS balanced ON grants.posting;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON grants.posting
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION grants.check_balance();

-- What postings add up to, for a fund and for a grant: the one definition of the counters.
CREATE OR REPLACE VIEW grants.posting_effect WITH (security_invoker) AS
SELECT p.id, p.entry_id, p.fund_id, e.grant_id,
  CASE WHEN p.account = 'received' THEN -p.amount ELSE 0 END AS received,
  CASE WHEN p.account = 'reserved' THEN p.amount ELSE 0 END AS reserved,
  CASE WHEN p.account = 'committed' THEN p.amount ELSE 0 END AS committed,
  CASE WHEN p.account = 'spent' THEN p.amount ELSE 0 END AS spent,
  CASE WHEN p.account = 'available' AND p.amount < 0 THEN -p.amount ELSE 0 END AS awarded,
  CASE WHEN p.account = 'available' AND p.amount > 0 THEN p.amount ELSE 0 END AS deobligated,
  CASE WHEN p.account = 'spent' AND p.amount > 0 THEN p.amount ELSE 0 END AS disbursed,
  CASE WHEN p.account = 'spent' AND p.amount < 0 THEN -p.amount ELSE 0 END AS refunded
FROM grants.posting p JOIN grants.entry e ON e.id = p.entry_id;

-- Postings move the counters, and nothing else does.
CREATE OR REPLACE FUNCTION grants.apply_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE grants.fund_balance b
  SET received = b.received + s.received, reserved = b.reserved + s.reserved,
    committed = b.committed + s.committed, spent = b.spent + s.spent
  FROM (SELECT f.fund_id, sum(f.received) AS received, sum(f.reserved) AS reserved,
      sum(f.committed) AS committed, sum(f.spent) AS spent
    FROM added a JOIN grants.posting_effect f ON f.id = a.id GROUP BY f.fund_id) AS s
  WHERE b.fund_id = s.fund_id;
  UPDATE grants.grant_balance b
  SET awarded = b.awarded + s.awarded, deobligated = b.deobligated + s.deobligated,
    disbursed = b.disbursed + s.disbursed, refunded = b.refunded + s.refunded
  FROM (SELECT f.grant_id, sum(f.awarded) AS awarded, sum(f.deobligated) AS deobligated,
      sum(f.disbursed) AS disbursed, sum(f.refunded) AS refunded
    FROM added a JOIN grants.posting_effect f ON f.id = a.id
    WHERE f.grant_id IS NOT NULL GROUP BY f.grant_id) AS s
  WHERE b.grant_id = s.grant_id
    AND (s.awarded, s.deobligated, s.disbursed, s.refunded) <> (0, 0, 0, 0);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER apply AFTER INSERT ON grants.posting REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION grants.apply_postings();

-- The audit's copy of postings, with the money as people write it.
CREATE OR REPLACE FUNCTION grants.record_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry bigint := audit.current_entry();
BEGIN
  INSERT INTO audit.change (entry_id, relation, row_key, after)
  SELECT entry, 'grants.posting', f.code || '/' || a.account, to_jsonb(a) - 'currency'
    || jsonb_build_object('amount', service.money_text(a.amount, a.currency))
  FROM added a JOIN grants.fund f ON f.id = a.fund_id ORDER BY a.id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER audit AFTER INSERT ON grants.posting REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION grants.record_postings();

-- Writes an entry of two postings: `amount` to `debit`, from `credit`.
CREATE OR REPLACE FUNCTION grants.post(
  kind text, day date, fund bigint, money text, debit text, credit text, amount bigint,
  grantee bigint DEFAULT NULL, payment bigint DEFAULT NULL, reversed bigint DEFAULT NULL,
  remark text DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  entry bigint;
  latest bigint;
BEGIN
  INSERT INTO grants.entry (effective_on, kind, grant_id, payment_id, reverses, note)
  VALUES (day, kind, grantee, payment, reversed, remark) RETURNING id INTO entry;
  UPDATE grants.fund_balance b SET last_line = b.last_line + 2 WHERE b.fund_id = fund
  RETURNING b.last_line INTO latest;
  INSERT INTO grants.posting (entry_id, fund_id, line, currency, account, amount)
  VALUES (entry, fund, latest - 1, money, debit, amount),
    (entry, fund, latest, money, credit, -amount);
  RETURN entry;
END $$;

-- A fund's counters begin with it.
CREATE OR REPLACE FUNCTION grants.begin_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO grants.fund_balance (fund_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER begin_balance AFTER INSERT ON grants.fund
  FOR EACH ROW EXECUTE FUNCTION grants.begin_balance();

-- Payments that are yet to be made count against the grant.
CREATE OR REPLACE FUNCTION grants.apply_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE grants.grant_balance b
  SET scheduled = b.scheduled
    + CASE WHEN NEW.state = 'scheduled' THEN NEW.amount ELSE 0 END
    - CASE WHEN TG_OP = 'UPDATE' AND OLD.state = 'scheduled' THEN OLD.amount ELSE 0 END
  WHERE b.grant_id = NEW.grant_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER apply AFTER INSERT OR UPDATE OF state, amount ON grants.payment
  FOR EACH ROW EXECUTE FUNCTION grants.apply_payment();

-- What people see ---------------------------------------------------------------------------------

CREATE OR REPLACE VIEW grants.fund_record WITH (security_invoker) AS
SELECT f.id, f.code, f.title, f.funder, f.currency, f.purpose, f.countries, f.area, f.starts,
  f.ends, b.received, b.reserved, b.committed, b.spent,
  b.received - b.reserved - b.committed - b.spent AS available
FROM grants.fund f JOIN grants.fund_balance b ON b.fund_id = f.id;

CREATE OR REPLACE VIEW grants.grant_record WITH (security_invoker) AS
SELECT g.id, g.number, g.year, g.title, i.code AS initiative, f.code AS fund, c.code AS community,
  c.name AS community_name, c.id AS community_id, i.title AS initiative_title,
  f.title AS fund_title, g.currency, g.in_kind_match, g.starts, g.ends, g.state, g.offered_on,
  g.activated_on, g.signatory, g.declined_on, g.decline_reason, g.closing_on, g.closed_on,
  b.awarded, b.deobligated, b.disbursed, b.refunded, b.scheduled,
  b.awarded - b.deobligated - b.disbursed + b.refunded AS undisbursed, g.fund_id, g.revision
FROM grants.grant g
JOIN grants.grant_balance b ON b.grant_id = g.id
JOIN initiatives.initiative i ON i.id = g.initiative_id
JOIN grants.fund f ON f.id = g.fund_id
JOIN directory.community c ON c.id = g.community_id;

-- Every counter beside what the postings and payments say it should be.
CREATE OR REPLACE VIEW grants.counter_check WITH (security_invoker) AS
WITH by_fund AS (
  SELECT fund_id, sum(received) AS received, sum(reserved) AS reserved,
    sum(committed) AS committed, sum(spent) AS spent, count(*) AS postings
  FROM grants.posting_effect GROUP BY fund_id
), by_grant AS (
  SELECT grant_id, sum(awarded) AS awarded, sum(deobligated) AS deobligated,
    sum(disbursed) AS disbursed, sum(refunded) AS refunded
  FROM grants.posting_effect GROUP BY grant_id
), by_payment AS (
  SELECT grant_id, sum(amount) FILTER (WHERE state = 'scheduled') AS scheduled,
    sum(amount) FILTER (WHERE state = 'paid') AS paid
  FROM grants.payment GROUP BY grant_id
)
SELECT f.code AS fund, f.currency, x.what, x.stored, coalesce(x.recomputed, 0) AS recomputed
FROM grants.fund f
JOIN grants.fund_balance b ON b.fund_id = f.id
LEFT JOIN by_fund s ON s.fund_id = f.id
CROSS JOIN LATERAL (VALUES
  ('received', b.received, s.received), ('reserved', b.reserved, s.reserved),
  ('committed', b.committed, s.committed), ('spent', b.spent, s.spent),
  ('postings', b.last_line, s.postings)) AS x (what, stored, recomputed)
UNION ALL
SELECT f.code, f.currency, g.number || ' ' || x.what, x.stored, coalesce(x.recomputed, 0)
FROM grants.grant g
JOIN grants.fund f ON f.id = g.fund_id
JOIN grants.grant_balance b ON b.grant_id = g.id
LEFT JOIN by_grant s ON s.grant_id = g.id
LEFT JOIN by_payment p ON p.grant_id = g.id
CROSS JOIN LATERAL (VALUES
  ('awarded', b.awarded, s.awarded), ('deobligated', b.deobligated, s.deobligated),
  ('disbursed', b.disbursed, s.disbursed), ('refunded', b.refunded, s.refunded),
  ('scheduled', b.scheduled, p.scheduled),
  ('paid', coalesce(p.paid, 0), s.disbursed - s.refunded)) AS x (what, stored, recomputed)
UNION ALL
SELECT f.code, f.currency, 'entry ' || p.entry_id, sum(p.amount), 0
FROM grants.posting p JOIN grants.fund f ON f.id = p.fund_id
GROUP BY p.entry_id, f.code, f.currency;

-- The differences among them: none, where all is right.
CREATE OR REPLACE VIEW grants.ledger_difference WITH (security_invoker) AS
SELECT fund, what,
  CASE what WHEN 'postings' THEN stored::text
    ELSE service.money_text(stored::bigint, currency) END AS stored,
  CASE what WHEN 'postings' THEN recomputed::text
    ELSE service.money_text(recomputed::bigint, currency) END AS recomputed
FROM grants.counter_check WHERE stored <> recomputed;

-- What routines stand on --------------------------------------------------------------------------

-- What a fund has left, with its counters locked until the transaction ends.
CREATE OR REPLACE FUNCTION grants.lock_available(fund bigint) RETURNS bigint
LANGUAGE sql AS $$
  SELECT received - reserved - committed - spent FROM grants.fund_balance
  WHERE fund_id = fund FOR UPDATE
$$;

CREATE OR REPLACE FUNCTION grants.require_available(fund grants.fund, amount bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  available bigint := grants.lock_available(fund.id);
BEGIN
  IF amount > available THEN
    PERFORM service.refuse('conflict.over-award',
      format('fund %s has %s available; %s were asked for', fund.code,
        service.money_text(available, fund.currency), service.money_text(amount, fund.currency)));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION grants.require_currency(what text, currency text, given text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF given <> currency THEN
    PERFORM service.refuse('data.currency',
      format('%s is kept in %s, not %s; write the currency after the amount: "1000 %s"',
        what, currency, given, currency));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION grants.lock_grant(wanted bigint) RETURNS grants.grant
LANGUAGE sql AS $$ SELECT g FROM grants.grant g WHERE id = wanted FOR NO KEY UPDATE $$;

-- A fund's money goes only where its funder allows.
CREATE OR REPLACE FUNCTION grants.check_restriction(
  fund grants.fund, aim_id bigint, first_day date, last_day date
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  aim record;
BEGIN
  SELECT code, area, countries INTO aim FROM initiatives.initiative WHERE id = aim_id;
  IF fund.area <> aim.area THEN
    PERFORM service.refuse('conflict.restriction',
      format('fund %s is restricted to the area %s; initiative %s is %s',
        fund.code, fund.area, aim.code, aim.area));
  ELSIF cardinality(fund.countries) > 0 AND NOT aim.countries && fund.countries THEN
    PERFORM service.refuse('conflict.restriction',
      format('fund %s is restricted to %s; initiative %s works in %s', fund.code,
        array_to_string(fund.countries, ', '), aim.code,
        coalesce(nullif(array_to_string(aim.countries, ', '), ''), 'no country that is known')));
  ELSIF least(first_day, last_day) < fund.starts OR greatest(first_day, last_day) > fund.ends THEN
    PERFORM service.refuse('conflict.restriction',
      format('fund %s may be used from %s to %s; the grant would run from %s to %s',
        fund.code, coalesce(fund.starts::text, 'any day'), coalesce(fund.ends::text, 'any day'),
        coalesce(first_day::text, 'an open day'), coalesce(last_day::text, 'an open day')));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION grants.next_number(grant_year integer) RETURNS text
LANGUAGE sql AS $$
  INSERT INTO grants.number_counter AS c (year, latest) VALUES (grant_year, 1)
  ON CONFLICT ON CONSTRAINT number_counter_pkey DO UPDATE SET latest = c.latest + 1
  RETURNING format('G-%s-%s', lpad(year::text, 4, '0'),
    lpad(latest::text, greatest(4, length(latest::text)), '0'))
$$;

-- What the service may do -------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION grants.receive(
  wanted text, amount bigint, money text, day date, remark text
) RETURNS TABLE (fund text, currency text, received bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f grants.fund;
BEGIN
  SELECT * INTO f FROM grants.fund WHERE id = grants.find_fund(wanted);
  PERFORM grants.require_currency('fund ' || f.code, f.currency, money);
  PERFORM grants.post('receipt', coalesce(day, current_date), f.id, f.currency, 'available',
    'received', amount, remark => remark);
  RETURN QUERY SELECT r.code, r.currency, r.received, r.available
    FROM grants.fund_record r WHERE r.id = f.id;
END $$;

-- Corrects a receipt; what a grant has posted follows from the grant's own commands.
CREATE OR REPLACE FUNCTION grants.reverse_receipt(wanted bigint, reason text)
RETURNS TABLE (fund text, currency text, received bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  e grants.entry;
  f grants.fund;
  earlier bigint;
  sum bigint;
BEGIN
  SELECT * INTO e FROM grants.entry WHERE id = grants.find_entry(wanted);
  IF e.kind <> 'receipt' THEN
    PERFORM service.refuse('conflict.state',
      format('entry %s is a %s; only receipts are reversed by hand', e.id, e.kind));
  END IF;
  SELECT p.fund_id, p.amount INTO f.id, sum FROM grants.posting p
  WHERE p.entry_id = e.id AND p.account = 'available';
  SELECT * INTO f FROM grants.fund x WHERE x.id = f.id;
  PERFORM grants.lock_available(f.id);
  SELECT x.id INTO earlier FROM grants.entry x WHERE x.reverses = e.id;
  IF FOUND THEN
    PERFORM service.refuse('conflict.state',
      format('entry %s is reversed already, by entry %s', e.id, earlier));
  END IF;
  PERFORM grants.require_available(f, sum);
  PERFORM grants.post('reversal', current_date, f.id, f.currency, 'received', 'available', sum,
    reversed => e.id, remark => reason);
  RETURN QUERY SELECT r.code, r.currency, r.received, r.available
    FROM grants.fund_record r WHERE r.id = f.id;
END $$;

-- What writes on grants answer.
CREATE OR REPLACE FUNCTION grants.grant_answer(wanted bigint)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql STABLE AS $$
  SELECT g.number, g.state, g.currency, b.awarded, f.available
  FROM grants.grant g JOIN grants.grant_balance b ON b.grant_id = g.id
  JOIN grants.fund_record f ON f.id = g.fund_id WHERE g.id = wanted
$$;

CREATE OR REPLACE FUNCTION grants.offer(
  to_initiative text, from_fund text, to_community text, amount bigint, money text,
  grant_title text, first_day date, last_day date, match bigint, match_money text, day date
) RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f grants.fund;
  initiative bigint := initiatives.find(to_initiative);
  initiative_state text;
  community bigint := directory.find_community(to_community);
  offered date := coalesce(day, current_date);
  grant_year integer := extract(year FROM coalesce(first_day, day, current_date));
  new_id bigint;
BEGIN
  SELECT * INTO f FROM grants.fund x WHERE x.id = grants.find_fund(from_fund);
  PERFORM grants.require_currency('fund ' || f.code, f.currency, money);
  PERFORM grants.require_currency('in-kind=: fund ' || f.code, f.currency, match_money);
  -- Locked, so that it is not cancelled until this commits.
  SELECT i.state INTO initiative_state FROM initiatives.initiative i WHERE i.id = initiative
  FOR SHARE;
  IF initiative_state = 'cancelled' THEN
    PERFORM service.refuse('conflict.state', format('initiative %s is cancelled', to_initiative));
  END IF;
  PERFORM grants.check_restriction(f, initiative, first_day, last_day);
  PERFORM grants.require_available(f, amount);
  INSERT INTO grants.grant (number, year, title, initiative_id, fund_id, community_id, currency,
    in_kind_match, starts, ends, offered_on, offered_by)
  VALUES (grants.next_number(grant_year), grant_year, grant_title, initiative, f.id, community,
    f.currency, match, first_day, last_day, offered, current_setting('sister.principal', true))
  RETURNING id INTO new_id;
  INSERT INTO grants.grant_balance (grant_id) VALUES (new_id);
  PERFORM grants.post(
    'reservation', offered, f.id, f.currency, 'reserved', 'available', amount, new_id);
  RETURN QUERY SELECT * FROM grants.grant_answer(new_id);
END $$;

CREATE OR REPLACE FUNCTION grants.activate(wanted text, signed_by text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  b grants.grant_balance;
  activated date := coalesce(day, current_date);
BEGIN
  UPDATE grants.grant x
  SET state = 'active', activated_on = activated,
    signatory = regexp_replace(signed_by, '^\s+|\s+$', '', 'g'),
    activated_by = current_setting('sister.principal', true)
  WHERE x.id = g.id;
  SELECT * INTO b FROM grants.grant_balance x WHERE x.grant_id = g.id;
  PERFORM grants.post('commitment', activated, g.fund_id, g.currency, 'committed', 'reserved',
    b.awarded - b.deobligated, g.id);
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

-- The reservation is voided, and what was to be paid is not.
CREATE OR REPLACE FUNCTION grants.decline(wanted text, reason text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  b grants.grant_balance;
  declined date := coalesce(day, current_date);
BEGIN
  UPDATE grants.grant x SET state = 'declined', declined_on = declined, decline_reason = reason
  WHERE x.id = g.id;
  UPDATE grants.payment p SET state = 'cancelled' WHERE p.grant_id = g.id AND p.state = 'scheduled';
  SELECT * INTO b FROM grants.grant_balance x WHERE x.grant_id = g.id;
  PERFORM grants.post('void', declined, g.fund_id, g.currency, 'available', 'reserved',
    b.awarded - b.deobligated, g.id, remark => reason, reversed =>
      (SELECT e.id FROM grants.entry e WHERE e.grant_id = g.id AND e.kind = 'reservation'));
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.start_closeout(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  UPDATE grants.grant x SET state = 'closing', closing_on = coalesce(day, current_date)
  WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

-- Closes a grant that has nothing left to pay; what was not disbursed goes back to its fund.
CREATE OR REPLACE FUNCTION grants.close(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  b grants.grant_balance;
  closed date := coalesce(day, current_date);
  rest bigint;
  open_payments text;
BEGIN
  UPDATE grants.grant x SET state = 'closed', closed_on = closed WHERE x.id = g.id;
  SELECT string_agg(p.number, ', ' ORDER BY p.number) INTO open_payments
  FROM grants.payment p WHERE p.grant_id = g.id AND p.state = 'scheduled';
  IF open_payments IS NOT NULL THEN
    PERFORM service.refuse('conflict.open-payments',
      format('grant %s has payments that are still scheduled: %s; cancel them first', g.number,
        open_payments), 'payment cancel ' || split_part(open_payments, ',', 1));
  END IF;
  SELECT * INTO b FROM grants.grant_balance x WHERE x.grant_id = g.id;
  rest := b.awarded - b.deobligated - b.disbursed + b.refunded;
  IF rest > 0 THEN
    PERFORM grants.post('de-obligation', closed, g.fund_id, g.currency, 'available', 'committed',
      rest, g.id);
  END IF;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

-- What writes on payments answer.
CREATE OR REPLACE FUNCTION grants.payment_answer(wanted bigint)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE sql STABLE AS $$
  SELECT p.number, p.state, p.currency, p.amount,
    b.awarded - b.deobligated - b.disbursed + b.refunded
  FROM grants.payment p JOIN grants.grant_balance b ON b.grant_id = p.grant_id
  WHERE p.id = wanted
$$;

CREATE OR REPLACE FUNCTION grants.schedule_payment(
  wanted text, sum bigint, money text, due_on date
) RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  b grants.grant_balance;
  left_over bigint;
  new_id bigint;
BEGIN
  PERFORM grants.require_currency('grant ' || g.number, g.currency, money);
  IF g.state NOT IN ('offered', 'active') THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; payments are scheduled while a grant is offered or active',
        g.number, g.state));
  END IF;
  UPDATE grants.grant_balance x SET latest_payment = x.latest_payment + 1
  WHERE x.grant_id = g.id RETURNING * INTO b;
  left_over := b.awarded - b.deobligated - b.disbursed + b.refunded - b.scheduled;
  IF sum > left_over THEN
    PERFORM service.refuse('conflict.over-disbursed',
      format('grant %s has %s that is neither paid nor scheduled; %s were asked for', g.number,
        service.money_text(left_over, g.currency), service.money_text(sum, g.currency)));
  END IF;
  INSERT INTO grants.payment (number, grant_id, amount, currency, due)
  VALUES (g.number || '-' || lpad(b.latest_payment::text,
    greatest(2, length(b.latest_payment::text)), '0'), g.id, sum, g.currency, due_on)
  RETURNING id INTO new_id;
  RETURN QUERY SELECT * FROM grants.payment_answer(new_id);
END $$;

CREATE OR REPLACE FUNCTION grants.pay(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment;
  g grants.grant;
  paid date := coalesce(day, current_date);
BEGIN
  SELECT * INTO p FROM grants.payment x WHERE x.id = grants.find_payment(wanted);
  g := grants.lock_grant(p.grant_id);
  IF g.state <> 'active' THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; payments are made while a grant is active', g.number, g.state));
  END IF;
  IF paid < g.activated_on THEN
    PERFORM service.refuse('data.invalid',
      format('grant %s was activated on %s; nothing was paid on it before that, on %s', g.number,
        g.activated_on, paid));
  END IF;
  UPDATE grants.payment x SET state = 'paid', paid_on = paid WHERE x.id = p.id;
  PERFORM grants.post('disbursement', paid, g.fund_id, g.currency, 'spent', 'committed', p.amount,
    g.id, p.id);
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE FUNCTION grants.cancel_payment(wanted text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment;
BEGIN
  SELECT * INTO p FROM grants.payment x WHERE x.id = grants.find_payment(wanted);
  PERFORM grants.lock_grant(p.grant_id);
  UPDATE grants.payment x SET state = 'cancelled' WHERE x.id = p.id;
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('grant', 'number');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('grant', 'number', 'offered');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON grants.payment
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('payment', 'number', 'scheduled');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.fund
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.payment
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT ON grants.entry
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');

-- Postings are made by the routines alone: nothing is for everyone, and a trigger function that
-- the service could attach to a table of its own would move the counters.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA grants FROM PUBLIC, sister_service;
GRANT SELECT ON grants.posting_effect, grants.fund_record, grants.grant_record,
  grants.counter_check, grants.ledger_difference TO sister_service;
GRANT EXECUTE ON FUNCTION
  grants.matches_any, grants.matches_money, grants.one_digit_off,
  grants.find_fund, grants.find, grants.find_payment, grants.find_entry,
  grants.receive, grants.reverse_receipt, grants.offer, grants.activate, grants.decline,
  grants.start_closeout, grants.close, grants.schedule_payment, grants.pay, grants.cancel_payment
  TO sister_service;

CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
