-- Grants, from the offer to the close-out. The service reads the tables and calls the routines that
-- are granted at the end of 0015; everything else here is out of its reach.

-- The id of what is numbered so in a table of this schema.
CREATE OR REPLACE FUNCTION grants.find_numbered(relation regclass, noun text, wanted text)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
  nearest text;
BEGIN
  EXECUTE format('SELECT id FROM %s WHERE number = $1', relation) INTO found USING wanted;
  IF found IS NULL THEN
    EXECUTE format('SELECT number FROM %s WHERE number = ANY ($1) ORDER BY 1 LIMIT 1', relation)
    INTO nearest USING grants.one_digit_off(wanted);
    PERFORM service.refuse('missing.' || noun,
      format('there is no %s %s', noun, wanted), nearest);
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION grants.find(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT grants.find_numbered('grants.grant', 'grant', wanted)
$$;

CREATE OR REPLACE FUNCTION grants.find_payment(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT grants.find_numbered('grants.payment', 'payment', wanted)
$$;

CREATE OR REPLACE FUNCTION grants.find_condition(wanted text) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT grants.find_numbered('grants.condition', 'condition', wanted)
$$;

CREATE OR REPLACE FUNCTION grants.find_report(wanted text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT grants.find_numbered('grants.report', 'grantee-report', wanted)
$$;

CREATE OR REPLACE FUNCTION grants.find_contribution(wanted text) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT grants.find_numbered('grants.contribution', 'contribution', wanted)
$$;

-- Whether a payment is yet to be made.
CREATE OR REPLACE FUNCTION grants.is_open_payment(state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT state IN ('scheduled', 'requested', 'program-approved', 'finance-approved')
$$;

-- The counters ------------------------------------------------------------------------------------

-- Postings move the counters, and nothing else does.
CREATE OR REPLACE FUNCTION grants.apply_postings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE grants.fund_balance b
  SET received = b.received + s.received, exchanged = b.exchanged + s.exchanged,
    reserved = b.reserved + s.reserved, committed = b.committed + s.committed,
    spent = b.spent + s.spent
  FROM (SELECT f.fund_id, f.currency, sum(f.received) AS received,
      sum(f.exchanged) AS exchanged, sum(f.reserved) AS reserved,
      sum(f.committed) AS committed, sum(f.spent) AS spent
    FROM added a JOIN grants.posting_effect f ON f.id = a.id
    GROUP BY f.fund_id, f.currency) AS s
  WHERE b.fund_id = s.fund_id AND b.currency = s.currency;
  UPDATE grants.split b
  SET awarded = b.awarded + s.awarded, deobligated = b.deobligated + s.deobligated,
    disbursed = b.disbursed + s.disbursed, refunded = b.refunded + s.refunded
  FROM (SELECT f.grant_id, f.fund_id, sum(f.awarded) AS awarded,
      sum(f.deobligated) AS deobligated, sum(f.disbursed) AS disbursed,
      sum(f.refunded) AS refunded
    FROM added a JOIN grants.posting_effect f ON f.id = a.id
    WHERE f.grant_id IS NOT NULL GROUP BY f.grant_id, f.fund_id) AS s
  WHERE b.grant_id = s.grant_id AND b.fund_id = s.fund_id
    AND (s.awarded, s.deobligated, s.disbursed, s.refunded) <> (0, 0, 0, 0);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER apply AFTER INSERT ON grants.posting REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION grants.apply_postings();

-- A grant's counters are the sums of what its funds give to it.
CREATE OR REPLACE FUNCTION grants.apply_split() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE grants.grant_balance b
  SET awarded = b.awarded + NEW.awarded - OLD.awarded,
    deobligated = b.deobligated + NEW.deobligated - OLD.deobligated,
    disbursed = b.disbursed + NEW.disbursed - OLD.disbursed,
    refunded = b.refunded + NEW.refunded - OLD.refunded
  WHERE b.grant_id = NEW.grant_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER apply AFTER UPDATE ON grants.split
  FOR EACH ROW EXECUTE FUNCTION grants.apply_split();

-- Every counter beside what the postings and payments say it should be.
CREATE OR REPLACE VIEW grants.counter_check WITH (security_invoker) AS
WITH by_fund AS (
  SELECT fund_id, currency, sum(received) AS received, sum(exchanged) AS exchanged,
    sum(reserved) AS reserved, sum(committed) AS committed, sum(spent) AS spent,
    count(*) AS postings
  FROM grants.posting_effect GROUP BY fund_id, currency
), by_split AS (
  SELECT grant_id, fund_id, sum(awarded) AS awarded, sum(deobligated) AS deobligated,
    sum(disbursed) AS disbursed, sum(refunded) AS refunded
  FROM grants.posting_effect WHERE grant_id IS NOT NULL GROUP BY grant_id, fund_id
), by_grant AS (
  SELECT grant_id, sum(awarded) AS awarded, sum(deobligated) AS deobligated,
    sum(disbursed) AS disbursed, sum(refunded) AS refunded
  FROM by_split GROUP BY grant_id
), by_payment AS (
  SELECT grant_id, sum(amount) FILTER (WHERE grants.is_open_payment(state)) AS scheduled,
    sum(amount - refunded) FILTER (WHERE state IN ('paid', 'refunded')) AS paid
  FROM grants.payment GROUP BY grant_id
)
SELECT f.code AS fund, b.currency, x.what, x.stored, coalesce(x.recomputed, 0) AS recomputed
FROM grants.fund f
JOIN grants.fund_balance b ON b.fund_id = f.id
LEFT JOIN by_fund s ON s.fund_id = f.id AND s.currency = b.currency
CROSS JOIN LATERAL (VALUES
  ('received', b.received, s.received), ('exchanged', b.exchanged, s.exchanged),
  ('reserved', b.reserved, s.reserved), ('committed', b.committed, s.committed),
  ('spent', b.spent, s.spent), ('postings', b.last_line, s.postings))
  AS x (what, stored, recomputed)
UNION ALL
SELECT f.code, b.currency, g.number || ' ' || x.what, x.stored, coalesce(x.recomputed, 0)
FROM grants.split b
JOIN grants.grant g ON g.id = b.grant_id
JOIN grants.fund f ON f.id = b.fund_id
LEFT JOIN by_split s ON s.grant_id = b.grant_id AND s.fund_id = b.fund_id
CROSS JOIN LATERAL (VALUES
  ('awarded', b.awarded, s.awarded), ('deobligated', b.deobligated, s.deobligated),
  ('disbursed', b.disbursed, s.disbursed), ('refunded', b.refunded, s.refunded))
  AS x (what, stored, recomputed)
UNION ALL
SELECT '', g.currency, g.number || ' ' || x.what, x.stored, coalesce(x.recomputed, 0)
FROM grants.grant g
JOIN grants.grant_balance b ON b.grant_id = g.id
LEFT JOIN by_grant s ON s.grant_id = g.id
LEFT JOIN by_payment p ON p.grant_id = g.id
CROSS JOIN LATERAL (VALUES
  ('awarded', b.awarded, s.awarded), ('deobligated', b.deobligated, s.deobligated),
  ('disbursed', b.disbursed, s.disbursed), ('refunded', b.refunded, s.refunded),
  ('scheduled', b.scheduled, p.scheduled),
  ('paid', coalesce(p.paid, 0), s.disbursed - s.refunded)) AS x (what, stored, recomputed)
UNION ALL
SELECT f.code, p.currency, 'entry ' || p.entry_id, sum(p.amount), 0
FROM grants.posting p JOIN grants.fund f ON f.id = p.fund_id
GROUP BY p.entry_id, f.code, p.currency;

-- The differences among them: none, where all is right.
CREATE OR REPLACE VIEW grants.ledger_difference WITH (security_invoker) AS
SELECT fund, currency, what,
  CASE what WHEN 'postings' THEN stored::text
    ELSE service.money_text(stored::bigint, currency) END AS stored,
  CASE what WHEN 'postings' THEN recomputed::text
    ELSE service.money_text(recomputed::bigint, currency) END AS recomputed
FROM grants.counter_check WHERE stored <> recomputed;

-- What people see ---------------------------------------------------------------------------------

CREATE OR REPLACE VIEW grants.grant_record WITH (security_invoker) AS
SELECT g.id, g.number, g.year, g.title, i.code AS initiative, i.title AS initiative_title,
  s.funds, c.code AS community, c.name AS community_name, c.id AS community_id, g.currency,
  g.cash_match, g.in_kind_match, g.starts, g.ends, g.state, g.since, g.reason, g.offered_on,
  g.respond_by, g.activated_on, g.signatory, g.risk, b.awarded, b.deobligated, b.disbursed,
  b.refunded, b.scheduled,
  b.awarded - b.deobligated - b.disbursed + b.refunded AS undisbursed, g.revision
FROM grants.grant g
JOIN grants.grant_balance b ON b.grant_id = g.id
JOIN initiatives.initiative i ON i.id = g.initiative_id
JOIN directory.community c ON c.id = g.community_id
CROSS JOIN LATERAL (
  SELECT string_agg(f.code, ',' ORDER BY s.place) AS funds
  FROM grants.split s JOIN grants.fund f ON f.id = s.fund_id WHERE s.grant_id = g.id) AS s;

-- What recipients promised to add, and what they gave.
CREATE OR REPLACE VIEW grants.match_record WITH (security_invoker) AS
SELECT g.id AS grant_id, g.number, m.kind, g.currency, m.promised,
  coalesce((SELECT sum(c.amount) FROM grants.contribution c
    WHERE c.grant_id = g.id AND c.kind = m.kind AND c.struck IS NULL), 0)::bigint AS given,
  g.match_waived_by IS NOT NULL AS is_waived
FROM grants.grant g
CROSS JOIN LATERAL (VALUES ('cash', g.cash_match), ('in-kind', g.in_kind_match))
  AS m (kind, promised)
WHERE m.promised IS NOT NULL;

-- The financial report of a grant that reaches furthest, among those that were accepted.
CREATE OR REPLACE FUNCTION grants.latest_financial(wanted bigint) RETURNS SETOF grants.report
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT * FROM grants.report
  WHERE grant_id = wanted AND kind = 'financial' AND state = 'accepted'
  ORDER BY ends DESC, id DESC LIMIT 1
$$;

-- Reports, with what follows from the day and from other lines (SF-425): cash on hand (10c), funds
-- authorized (10d), their share of expenditures and obligations (10g), the unobligated balance (10h),
-- the recipient's share required and still to come (10i, 10k), and income left (10o).
CREATE OR REPLACE VIEW grants.report_record WITH (security_invoker) AS
SELECT r.id, r.number, g.number AS grant_number, c.code AS community, r.kind, r.starts, r.ends,
  r.due, r.state,
  g.state IN ('active', 'suspended', 'terminated', 'closing', 'reopened')
    AND r.state IN ('scheduled', 'draft', 'returned') AND r.due < current_date AS is_overdue,
  current_date - r.due AS days_late, r.narrative, g.currency, r.cash_receipts,
  r.cash_disbursements, r.cash_receipts - r.cash_disbursements AS cash_on_hand,
  b.awarded - b.deobligated AS authorized, r.expenditures, r.unliquidated,
  r.expenditures + r.unliquidated AS share,
  b.awarded - b.deobligated - r.expenditures - r.unliquidated AS unobligated,
  coalesce(g.cash_match, 0) + coalesce(g.in_kind_match, 0) AS recipient_share_required,
  r.recipient_share,
  coalesce(g.cash_match, 0) + coalesce(g.in_kind_match, 0) - r.recipient_share
    AS recipient_share_remaining,
  r.income_earned, r.income_spent, r.income_earned - r.income_spent AS income_left,
  (SELECT sum(p.amount - p.refunded)::bigint FROM grants.payment p
   WHERE p.grant_id = r.grant_id AND p.paid_on <= r.ends) AS paid_by_ledger,
  r.submitted_on, r.submitted_by, r.decided_on, r.decided_by, r.remark, r.grant_id
FROM grants.report r
JOIN grants.grant g ON g.id = r.grant_id
JOIN grants.grant_balance b ON b.grant_id = r.grant_id
JOIN directory.community c ON c.id = g.community_id;

-- What a grant waits for before it may be closed, and what mends it.
CREATE OR REPLACE FUNCTION grants.closing_blockers(wanted bigint)
RETURNS TABLE (code text, what text, mend text) LANGUAGE sql STABLE AS $$
  SELECT 'conflict.open-payments', format('payment %s is %s', p.number, p.state),
    'payment cancel ' || p.number
  FROM grants.payment p WHERE p.grant_id = wanted AND grants.is_open_payment(p.state)
  UNION ALL
  SELECT 'conflict.condition-open', format('condition %s is open: %s', c.number, c.says),
    'condition meet ' || c.number
  FROM grants.condition c WHERE c.grant_id = wanted AND c.state = 'open'
  UNION ALL
  SELECT 'conflict.unsettled', format('report %s is %s', r.number, r.state),
    'grantee-report show ' || r.number
  FROM grants.report r WHERE r.grant_id = wanted AND r.state NOT IN ('accepted', 'waived')
  UNION ALL
  SELECT 'conflict.unsettled',
    format('report %s has unliquidated obligations of %s', f.number,
      service.money_text(f.unliquidated, g.currency)),
    'grantee-report schedule ' || g.number || ' financial'
  FROM grants.grant g CROSS JOIN LATERAL grants.latest_financial(g.id) AS f
  WHERE g.id = wanted AND f.unliquidated > 0
  UNION ALL
  SELECT 'conflict.unsettled',
    format('%s were paid and not refunded, and report %s says that %s were spent',
      service.money_text(b.disbursed - b.refunded, g.currency), f.number,
      service.money_text(f.expenditures, g.currency)),
    (SELECT 'payment refund ' || p.number FROM grants.payment p
     WHERE p.grant_id = g.id AND p.state = 'paid' ORDER BY p.id DESC LIMIT 1)
  FROM grants.grant g JOIN grants.grant_balance b ON b.grant_id = g.id
  CROSS JOIN LATERAL grants.latest_financial(g.id) AS f
  WHERE g.id = wanted AND f.expenditures <> b.disbursed - b.refunded
  UNION ALL
  SELECT 'conflict.unsettled',
    format('of the match in %s, %s of %s were given', m.kind,
      service.money_text(m.given::bigint, m.currency), service.money_text(m.promised, m.currency)),
    format('cost-share record %s %s', m.number, m.kind)
  FROM grants.match_record m
  WHERE m.grant_id = wanted AND m.given < m.promised AND NOT m.is_waived
$$;

-- What routines stand on --------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION grants.lock_grant(wanted bigint) RETURNS grants.grant
LANGUAGE sql AS $$ SELECT g FROM grants.grant g WHERE id = wanted FOR NO KEY UPDATE $$;

CREATE OR REPLACE FUNCTION grants.next_number(grant_year integer) RETURNS text
LANGUAGE sql AS $$
  INSERT INTO grants.number_counter AS c (year, latest) VALUES (grant_year, 1)
  ON CONFLICT ON CONSTRAINT number_counter_pkey DO UPDATE SET latest = c.latest + 1
  RETURNING format('G-%s-%s', lpad(year::text, 4, '0'),
    lpad(latest::text, greatest(4, length(latest::text)), '0'))
$$;

-- The number of a grant's next part: none is ever deleted, and the grant is locked.
CREATE OR REPLACE FUNCTION grants.part_number(grant_number text, letter text, earlier bigint)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT format('%s-%s%s', grant_number, letter,
    lpad((earlier + 1)::text, greatest(2, length((earlier + 1)::text)), '0'))
$$;

CREATE OR REPLACE FUNCTION grants.acting() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT current_setting('sister.principal', true)
$$;

-- Adds an entry about a grant, of what each of its funds gives: `amounts` beside `funds`.
CREATE OR REPLACE FUNCTION grants.post_shares(
  g grants.grant, kind text, day date, debit text, credit text, funds bigint[], amounts bigint[],
  payment bigint DEFAULT NULL, reversed bigint DEFAULT NULL, remark text DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  entry bigint := grants.open_entry(kind, day, g.id, payment, reversed, remark);
BEGIN
  PERFORM grants.post(entry, s.fund, g.currency, debit, credit, s.amount)
  FROM (SELECT fund, amount FROM unnest(funds, amounts) AS u (fund, amount) WHERE amount > 0
    ORDER BY fund OFFSET 0) AS s;
END $$;

-- The same, of all that its funds gave and have neither spent nor got back.
CREATE OR REPLACE FUNCTION grants.post_rest(
  g grants.grant, kind text, day date, debit text, credit text, reversed bigint DEFAULT NULL,
  remark text DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  funds bigint[];
  amounts bigint[];
BEGIN
  SELECT array_agg(s.fund_id), array_agg(s.awarded - s.deobligated - s.disbursed + s.refunded)
  INTO funds, amounts FROM grants.split s
  WHERE s.grant_id = g.id AND s.awarded - s.deobligated - s.disbursed + s.refunded > 0;
  IF funds IS NOT NULL THEN
    PERFORM grants.post_shares(g, kind, day, debit, credit, funds, amounts,
      reversed => reversed, remark => remark);
  END IF;
END $$;

-- What must be so before a grant takes its next step.
CREATE OR REPLACE FUNCTION grants.guard_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  blocker record;
  more bigint;
BEGIN
  IF NEW.since < OLD.since THEN
    PERFORM service.refuse('data.invalid', format(
      'grant %s is %s since %s; on=%s is before that', OLD.number, OLD.state, OLD.since, NEW.since));
  END IF;
  PERFORM grants.require_past(NEW.since);
  IF NEW.state = 'active' AND OLD.state = 'offered' THEN
    IF NEW.since > NEW.respond_by THEN
      PERFORM service.refuse('conflict.state',
        format('the offer of grant %s ran out on %s', NEW.number, NEW.respond_by),
        'grant lapse ' || NEW.number);
    ELSIF NEW.risk IS NULL THEN
      PERFORM service.refuse('conflict.risk-unrated',
        format('the risk of grant %s is not rated: low, moderate or high', NEW.number),
        format('grant rate-risk %s low reason="…"', NEW.number));
    END IF;
    SELECT c.number, c.says INTO blocker FROM grants.condition c
    WHERE c.grant_id = NEW.id AND c.kind = 'precedent' AND c.state = 'open' ORDER BY c.id LIMIT 1;
    IF FOUND THEN
      PERFORM service.refuse('conflict.condition-open', format(
        'condition %s must be met before the grant is active: %s', blocker.number, blocker.says),
        'condition meet ' || blocker.number);
    END IF;
  ELSIF NEW.state = 'lapsed' AND (NEW.respond_by IS NULL OR NEW.since <= NEW.respond_by) THEN
    PERFORM service.refuse('conflict.state', format(
      'the offer of grant %s can be accepted until %s', NEW.number,
      coalesce(NEW.respond_by::text, 'whenever the recipient answers')));
  ELSIF NEW.state = 'terminated' THEN
    SELECT p.number, p.state INTO blocker FROM grants.payment p
    WHERE p.grant_id = NEW.id AND grants.is_open_payment(p.state) ORDER BY p.id LIMIT 1;
    IF FOUND THEN
      PERFORM service.refuse('conflict.open-payments', format(
        'payment %s is %s: pay what is owed for allowable costs, and cancel the rest, first',
        blocker.number, blocker.state), 'payment cancel ' || blocker.number);
    END IF;
  ELSIF NEW.state = 'closing' AND OLD.state = 'active' AND NEW.since <= NEW.ends AND EXISTS (
    SELECT FROM grants.grant_balance b
    WHERE b.grant_id = NEW.id AND b.disbursed - b.refunded < b.awarded - b.deobligated)
  THEN
    PERFORM service.refuse('conflict.state', format(
      'grant %s runs until %s, and not all of it is disbursed', NEW.number, NEW.ends),
      format('grant terminate %s reason="…"', NEW.number));
  ELSIF NEW.state = 'closed' AND NEW.settled_by IS NULL THEN
    PERFORM service.refuse('conflict.unsettled',
      format('finance has not settled grant %s', NEW.number), 'grant settle ' || NEW.number);
  END IF;
  IF NEW.state = 'closed' OR NEW.settled_by IS DISTINCT FROM OLD.settled_by
    AND NEW.settled_by IS NOT NULL
  THEN
    SELECT b.*, count(*) OVER () AS n INTO blocker
    FROM grants.closing_blockers(NEW.id) AS b LIMIT 1;
    IF FOUND THEN
      more := blocker.n - 1;
      PERFORM service.refuse(blocker.code, format('grant %s cannot be closed: %s%s', NEW.number,
        blocker.what, CASE WHEN more > 0 THEN format(' (and %s more)', more) ELSE '' END),
        blocker.mend);
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER step_guard BEFORE UPDATE OF state, since, settled_by ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION grants.guard_step();

CREATE OR REPLACE FUNCTION grants.record_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO grants.step (grant_id, state, day, by, reason)
  VALUES (NEW.id, NEW.state, NEW.since, grants.acting(), NEW.reason);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER step_record AFTER INSERT OR UPDATE OF state ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION grants.record_step();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON grants.step
  FOR EACH STATEMENT EXECUTE FUNCTION grants.refuse_change();

-- What the service may do -------------------------------------------------------------------------

-- What writes on grants answer: `available` is what its funds have left, in its currency.
CREATE OR REPLACE FUNCTION grants.grant_answer(wanted bigint)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql STABLE AS $$
  SELECT g.number, g.state, g.currency, b.awarded - b.deobligated,
    (SELECT sum(f.received + f.exchanged - f.reserved - f.committed - f.spent)::bigint
     FROM grants.split s
     JOIN grants.fund_balance f ON f.fund_id = s.fund_id AND f.currency = s.currency
     WHERE s.grant_id = g.id)
  FROM grants.grant g JOIN grants.grant_balance b ON b.grant_id = g.id WHERE g.id = wanted
$$;

-- Offers a grant of what `shares` are together, each from the fund beside it.
CREATE OR REPLACE FUNCTION grants.offer(
  to_initiative text, from_funds text[], shares bigint[], to_community text, money text,
  grant_title text, first_day date, last_day date, cash bigint, in_kind bigint,
  answer_by date, day date
) RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  f grants.fund;
  g grants.grant;
  aim bigint := initiatives.find(to_initiative);
  aim_state text;
  community bigint := directory.find_community(to_community);
  offered date := coalesce(day, current_date);
  grant_year integer := extract(year FROM coalesce(first_day, day, current_date));
  funds bigint[] := ARRAY(
    SELECT grants.find_fund(code) FROM unnest(from_funds) WITH ORDINALITY AS u (code, nth)
    ORDER BY nth);
BEGIN
  -- Locked, so that it is not cancelled until this commits.
  SELECT i.state INTO aim_state FROM initiatives.initiative i WHERE i.id = aim FOR SHARE;
  IF aim_state = 'cancelled' THEN
    PERFORM service.refuse('conflict.state', format('initiative %s is cancelled', to_initiative));
  END IF;
  PERFORM grants.require_past(day);
  FOR f IN SELECT x.* FROM grants.fund x WHERE x.id = ANY (funds) ORDER BY x.id LOOP
    PERFORM grants.check_restriction(f, aim, first_day, last_day);
    PERFORM grants.require_available(f, money, shares[array_position(funds, f.id)]);
  END LOOP;
  INSERT INTO grants.grant (number, year, title, initiative_id, community_id, currency,
    cash_match, in_kind_match, starts, ends, since, offered_on, respond_by, offered_by)
  VALUES (grants.next_number(grant_year), grant_year, grant_title, aim, community, money, cash,
    in_kind, first_day, last_day, offered, offered, answer_by, grants.acting())
  RETURNING * INTO g;
  INSERT INTO grants.grant_balance (grant_id) VALUES (g.id);
  INSERT INTO grants.split (grant_id, fund_id, currency, place)
  SELECT g.id, u.fund, money, u.place FROM unnest(funds) WITH ORDINALITY AS u (fund, place);
  PERFORM grants.post_shares(g, 'reservation', offered, 'reserved', 'available', funds, shares);
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.rate_risk(wanted text, rating text, why text)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF g.state NOT IN ('offered', 'active', 'suspended') THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; risk is rated while it is offered, active or suspended', g.number,
        g.state));
  END IF;
  UPDATE grants.grant x SET risk = rating, risk_reason = why, risk_rated_by = grants.acting()
  WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.activate(wanted text, signed_by text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  activated date := coalesce(day, current_date);
BEGIN
  UPDATE grants.grant x
  SET state = 'active', since = activated, reason = NULL, activated_on = activated,
    signatory = regexp_replace(signed_by, '^\s+|\s+$', '', 'g'), activated_by = grants.acting()
  WHERE x.id = g.id;
  PERFORM grants.post_rest(g, 'commitment', activated, 'committed', 'reserved');
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

-- Ends an offer that is not accepted: the reservation is voided, and what was to be paid is not.
CREATE OR REPLACE FUNCTION grants.void(wanted text, to_state text, why text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  voided date := coalesce(day, current_date);
BEGIN
  UPDATE grants.grant x SET state = to_state, since = voided, reason = why WHERE x.id = g.id;
  UPDATE grants.payment p SET state = 'cancelled', reason = to_state
  WHERE p.grant_id = g.id AND grants.is_open_payment(p.state);
  PERFORM grants.post_rest(g, 'void', voided, 'available', 'reserved', remark => why, reversed =>
    (SELECT e.id FROM grants.entry e WHERE e.grant_id = g.id AND e.kind = 'reservation'));
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.decline(wanted text, why text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.void(wanted, 'declined', why, day)
$$;

CREATE OR REPLACE FUNCTION grants.lapse(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.void(wanted, 'lapsed', NULL, day)
$$;

-- Takes a grant to a state that moves no money.
CREATE OR REPLACE FUNCTION grants.step_to(wanted text, to_state text, why text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  UPDATE grants.grant x
  SET state = to_state, since = coalesce(day, current_date), reason = why,
    reopening_asked_by = NULL, reopened_by = NULL
  WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.suspend(wanted text, why text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.step_to(wanted, 'suspended', why, day)
$$;

-- What was suspended is active again: no offer becomes so by this.
CREATE OR REPLACE FUNCTION grants.resume(wanted text, why text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF g.state <> 'suspended' THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; what is suspended is resumed', g.number, g.state));
  END IF;
  RETURN QUERY SELECT * FROM grants.step_to(wanted, 'active', why, day);
END $$;

CREATE OR REPLACE FUNCTION grants.terminate(wanted text, why text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.step_to(wanted, 'terminated', why, day)
$$;

CREATE OR REPLACE FUNCTION grants.start_closeout(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.step_to(wanted, 'closing', NULL, day)
$$;

-- Finance finds that nothing is left to settle; somebody else closes the grant.
CREATE OR REPLACE FUNCTION grants.settle(wanted text)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF g.state <> 'closing' THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; it is settled while it is closing', g.number, g.state),
      'grant start-closeout ' || g.number);
  END IF;
  UPDATE grants.grant x SET settled_by = grants.acting() WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

-- What was not disbursed goes back to the funds.
CREATE OR REPLACE FUNCTION grants.close(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  closed date := coalesce(day, current_date);
BEGIN
  UPDATE grants.grant x
  SET state = 'closed', since = closed, reason = NULL, closed_by = grants.acting()
  WHERE x.id = g.id;
  PERFORM grants.post_rest(g, 'de-obligation', closed, 'available', 'committed');
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.ask_reopening(wanted text, why text)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF g.state <> 'closed' THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; what is closed is reopened', g.number, g.state));
  END IF;
  UPDATE grants.grant x SET reopening_asked_by = grants.acting(), reason = why WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE FUNCTION grants.reopen(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF g.state = 'closed' AND g.reopening_asked_by IS NULL THEN
    PERFORM service.refuse('conflict.state',
      format('nobody asked that grant %s be reopened; a director does', g.number),
      format('grant ask-reopening %s reason="…"', g.number));
  END IF;
  UPDATE grants.grant x
  SET state = 'reopened', since = coalesce(day, current_date), reopened_by = grants.acting(),
    settled_by = NULL, closed_by = NULL
  WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('grant', 'number');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('grant', 'number', 'offered');
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged();
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.grant
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
