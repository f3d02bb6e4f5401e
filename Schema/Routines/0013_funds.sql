-- Funds and the ledger. The service reads the tables and calls the routines at the end of this file;
-- everything else here is out of its reach.

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
SELECT p.id, p.entry_id, p.fund_id, p.currency, e.grant_id,
  CASE WHEN p.account = 'received' THEN -p.amount ELSE 0 END AS received,
  CASE WHEN p.account = 'exchange' THEN -p.amount ELSE 0 END AS exchanged,
  CASE WHEN p.account = 'reserved' THEN p.amount ELSE 0 END AS reserved,
  CASE WHEN p.account = 'committed' THEN p.amount ELSE 0 END AS committed,
  CASE WHEN p.account = 'spent' THEN p.amount ELSE 0 END AS spent,
  CASE WHEN p.account = 'available' AND p.amount < 0 THEN -p.amount ELSE 0 END AS awarded,
  CASE WHEN p.account = 'available' AND p.amount > 0 THEN p.amount ELSE 0 END AS deobligated,
  CASE WHEN p.account = 'spent' AND p.amount > 0 THEN p.amount ELSE 0 END AS disbursed,
  CASE WHEN p.account = 'spent' AND p.amount < 0 THEN -p.amount ELSE 0 END AS refunded
FROM grants.posting p JOIN grants.entry e ON e.id = p.entry_id;

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

-- Begins an entry, to which postings are added.
CREATE OR REPLACE FUNCTION grants.open_entry(
  kind text, day date, grantee bigint DEFAULT NULL, payment bigint DEFAULT NULL,
  reversed bigint DEFAULT NULL, remark text DEFAULT NULL
) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO grants.entry (effective_on, kind, grant_id, payment_id, reverses, note)
  VALUES (day, kind, grantee, payment, reversed, remark) RETURNING id
$$;

-- Adds two postings to an entry: `amount` to `debit`, from `credit`. Who adds to several funds, or in
-- several currencies, does so in their order, so that nobody waits in a ring.
CREATE OR REPLACE FUNCTION grants.post(
  entry bigint, fund bigint, money text, debit text, credit text, amount bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  latest bigint;
BEGIN
  UPDATE grants.fund_balance b SET last_line = b.last_line + 2
  WHERE b.fund_id = fund AND b.currency = money RETURNING b.last_line INTO latest;
  INSERT INTO grants.posting (entry_id, fund_id, currency, line, account, amount)
  VALUES (entry, fund, money, latest - 1, debit, amount),
    (entry, fund, money, latest, credit, -amount);
END $$;

-- A fund's counters begin with it.
CREATE OR REPLACE FUNCTION grants.begin_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO grants.fund_balance (fund_id, currency) VALUES (NEW.id, NEW.currency);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER begin_balance AFTER INSERT ON grants.fund
  FOR EACH ROW EXECUTE FUNCTION grants.begin_balance();

-- What people see ---------------------------------------------------------------------------------

-- A fund, with the money that it holds in its own currency.
CREATE OR REPLACE VIEW grants.fund_record WITH (security_invoker) AS
SELECT f.id, f.code, f.title, f.funder, f.currency, f.purpose, i.code AS initiative, f.countries,
  f.area, f.starts, f.ends, b.received, b.exchanged, b.reserved, b.committed, b.spent,
  b.received + b.exchanged - b.reserved - b.committed - b.spent AS available
FROM grants.fund f
JOIN grants.fund_balance b ON b.fund_id = f.id AND b.currency = f.currency
LEFT JOIN initiatives.initiative i ON i.id = f.initiative_id;

-- What routines stand on --------------------------------------------------------------------------

-- What a fund has left in a currency, with its counters locked until the transaction ends.
CREATE OR REPLACE FUNCTION grants.lock_available(fund bigint, money text) RETURNS bigint
LANGUAGE sql AS $$
  SELECT received + exchanged - reserved - committed - spent FROM grants.fund_balance
  WHERE fund_id = fund AND currency = money FOR UPDATE
$$;

CREATE OR REPLACE FUNCTION grants.require_available(fund grants.fund, money text, amount bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  available bigint := grants.lock_available(fund.id, money);
BEGIN
  IF available IS NULL THEN
    PERFORM service.refuse('data.currency',
      format('fund %s holds no %s; it is kept in %s', fund.code, money, fund.currency),
      format('fund exchange %s "… %s" "%s"', fund.code, fund.currency,
        service.money_text(amount, money)));
  ELSIF amount > available THEN
    PERFORM service.refuse('conflict.over-award',
      format('fund %s has %s available; %s were asked for', fund.code,
        service.money_text(available, money), service.money_text(amount, money)));
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

-- What is said to have happened has. (A day more: it begins in the east.)
CREATE OR REPLACE FUNCTION grants.require_past(day date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF day > (now() AT TIME ZONE 'UTC')::date + 1 THEN
    PERFORM service.refuse('data.invalid',
      format('%s is still to come: say it when it has happened', day));
  END IF;
END $$;

-- A fund's money goes only where its funder allows.
CREATE OR REPLACE FUNCTION grants.check_restriction(
  fund grants.fund, aim_id bigint, first_day date, last_day date
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  aim record;
BEGIN
  SELECT code, area, countries INTO aim FROM initiatives.initiative WHERE id = aim_id;
  IF fund.initiative_id IS NOT NULL AND NOT EXISTS (
    WITH RECURSIVE above AS (
      SELECT id, parent_id FROM initiatives.initiative WHERE id = aim_id
      UNION
      SELECT i.id, i.parent_id FROM initiatives.initiative i JOIN above a ON i.id = a.parent_id
    )
    SELECT FROM above WHERE id = fund.initiative_id)
  THEN
    PERFORM service.refuse('conflict.restriction',
      format('fund %s is restricted to initiative %s and its pilots, and %s is none of them',
        fund.code, (SELECT code FROM initiatives.initiative WHERE id = fund.initiative_id),
        aim.code));
  ELSIF fund.area <> aim.area THEN
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

-- What the service may do -------------------------------------------------------------------------

-- What changes of a fund's money answer.
CREATE OR REPLACE FUNCTION grants.fund_answer(wanted bigint, money text)
RETURNS TABLE (fund text, currency text, received bigint, available bigint)
LANGUAGE sql STABLE AS $$
  SELECT f.code, b.currency, b.received,
    b.received + b.exchanged - b.reserved - b.committed - b.spent
  FROM grants.fund f JOIN grants.fund_balance b ON b.fund_id = f.id
  WHERE f.id = wanted AND b.currency = money
$$;

CREATE OR REPLACE FUNCTION grants.receive(
  wanted text, amount bigint, money text, day date, remark text
) RETURNS TABLE (fund text, currency text, received bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f grants.fund;
BEGIN
  SELECT * INTO f FROM grants.fund WHERE id = grants.find_fund(wanted);
  PERFORM grants.require_currency('fund ' || f.code, f.currency, money);
  PERFORM grants.require_past(day);
  PERFORM grants.post(
    grants.open_entry('receipt', coalesce(day, current_date), remark => remark),
    f.id, money, 'available', 'received', amount);
  RETURN QUERY SELECT * FROM grants.fund_answer(f.id, money);
END $$;

-- Money of one currency becomes money of another, at the rate of that day: the bank's two sums.
CREATE OR REPLACE FUNCTION grants.exchange(
  wanted text, sold bigint, sold_money text, bought bigint, bought_money text, day date,
  remark text
) RETURNS TABLE (fund text, currency text, received bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f grants.fund;
  entry bigint;
  leg text;
BEGIN
  SELECT * INTO f FROM grants.fund WHERE id = grants.find_fund(wanted);
  PERFORM grants.require_past(day);
  IF sold_money = bought_money THEN
    PERFORM service.refuse('data.currency',
      format('%s for %s is no exchange: name two currencies, for example "1100 USD" "1000 EUR"',
        service.money_text(sold, sold_money), service.money_text(bought, bought_money)));
  END IF;
  INSERT INTO grants.fund_balance (fund_id, currency) VALUES (f.id, bought_money)
  ON CONFLICT ON CONSTRAINT fund_balance_pkey DO NOTHING;
  -- In the order of their names, whichever is sold.
  PERFORM grants.lock_available(f.id, least(sold_money, bought_money));
  PERFORM grants.lock_available(f.id, greatest(sold_money, bought_money));
  PERFORM grants.require_available(f, sold_money, sold);
  entry := grants.open_entry('exchange', coalesce(day, current_date), remark => remark);
  PERFORM grants.post(entry, f.id, sold_money, 'exchange', 'available', sold);
  PERFORM grants.post(entry, f.id, bought_money, 'available', 'exchange', bought);
  RETURN QUERY SELECT * FROM grants.fund_answer(f.id, bought_money);
END $$;

-- Corrects a receipt or an exchange; what a grant has posted follows from the grant's own commands.
CREATE OR REPLACE FUNCTION grants.reverse_entry(wanted bigint, reason text)
RETURNS TABLE (fund text, currency text, received bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  e grants.entry;
  f grants.fund;
  earlier bigint;
  entry bigint;
  leg record;
BEGIN
  SELECT * INTO e FROM grants.entry WHERE id = grants.find_entry(wanted);
  IF e.kind NOT IN ('receipt', 'exchange') THEN
    PERFORM service.refuse('conflict.state', format(
      'entry %s is of the kind %s; only receipts and exchanges are reversed by hand', e.id, e.kind));
  END IF;
  SELECT * INTO f FROM grants.fund x
  WHERE x.id = (SELECT p.fund_id FROM grants.posting p WHERE p.entry_id = e.id LIMIT 1);
  PERFORM grants.lock_available(f.id, p.currency) FROM (
    SELECT DISTINCT x.currency FROM grants.posting x WHERE x.entry_id = e.id ORDER BY 1) AS p;
  SELECT x.id INTO earlier FROM grants.entry x WHERE x.reverses = e.id;
  IF FOUND THEN
    PERFORM service.refuse('conflict.state',
      format('entry %s is reversed already, by entry %s', e.id, earlier));
  END IF;
  entry := grants.open_entry('reversal', current_date, reversed => e.id, remark => reason);
  FOR leg IN
    SELECT p.currency, p.account, p.amount, (SELECT c.account FROM grants.posting c
      WHERE c.entry_id = e.id AND c.currency = p.currency AND c.amount = -p.amount) AS contra
    FROM grants.posting p WHERE p.entry_id = e.id AND p.amount > 0 ORDER BY p.currency
  LOOP
    IF leg.account = 'available' THEN
      PERFORM grants.require_available(f, leg.currency, leg.amount);
    END IF;
    PERFORM grants.post(entry, f.id, leg.currency, leg.contra, leg.account, leg.amount);
  END LOOP;
  RETURN QUERY SELECT * FROM grants.fund_answer(f.id, f.currency);
END $$;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.fund
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT ON grants.entry
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');

