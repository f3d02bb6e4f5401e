-- What belongs to a grant: payments, conditions, reports, and what the recipient adds.

-- Payments ----------------------------------------------------------------------------------------

-- What stops a payment, and what mends it.
CREATE OR REPLACE FUNCTION grants.payment_blockers(wanted bigint)
RETURNS TABLE (code text, what text, mend text) LANGUAGE sql STABLE AS $$
  SELECT 'conflict.state',
    format('grant %s is %s; payments are made while a grant is active', g.number, g.state),
    CASE g.state WHEN 'suspended' THEN 'grant resume ' || g.number
      WHEN 'offered' THEN 'grant activate ' || g.number END
  FROM grants.payment p JOIN grants.grant g ON g.id = p.grant_id
  WHERE p.id = wanted AND g.state <> 'active'
  UNION ALL
  SELECT 'conflict.condition-open', format('condition %s is open: %s', c.number, c.says),
    'condition meet ' || c.number
  FROM grants.condition c WHERE c.payment_id = wanted AND c.state = 'open'
  UNION ALL
  SELECT 'conflict.report-overdue', format('report %s is %s days late', r.number, r.days_late),
    'grantee-report show ' || r.number
  FROM grants.payment p JOIN grants.report_record r ON r.grant_id = p.grant_id
  WHERE p.id = wanted AND r.is_overdue
$$;

-- No step towards the money is taken while something stops it.
CREATE OR REPLACE FUNCTION grants.guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  blocker record;
BEGIN
  SELECT b.*, count(*) OVER () AS n INTO blocker FROM grants.payment_blockers(NEW.id) AS b LIMIT 1;
  IF FOUND THEN
    PERFORM service.refuse(blocker.code, format('payment %s is stopped: %s%s', NEW.number,
      blocker.what,
      CASE WHEN blocker.n > 1 THEN format(' (and %s more)', blocker.n - 1) ELSE '' END),
      blocker.mend);
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER step_guard BEFORE UPDATE OF state ON grants.payment
  FOR EACH ROW WHEN (NEW.state IN ('requested', 'program-approved', 'finance-approved', 'paid'))
  EXECUTE FUNCTION grants.guard_payment();

-- Payments that are yet to be made count against the grant.
CREATE OR REPLACE FUNCTION grants.apply_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE grants.grant_balance b
  SET scheduled = b.scheduled
    + CASE WHEN grants.is_open_payment(NEW.state) THEN NEW.amount ELSE 0 END
    - CASE WHEN TG_OP = 'UPDATE' AND grants.is_open_payment(OLD.state) THEN OLD.amount ELSE 0 END
  WHERE b.grant_id = NEW.grant_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER apply AFTER INSERT OR UPDATE OF state, amount ON grants.payment
  FOR EACH ROW EXECUTE FUNCTION grants.apply_payment();

-- What writes on payments answer.
CREATE OR REPLACE FUNCTION grants.payment_answer(wanted bigint)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE sql STABLE AS $$
  SELECT p.number, p.state, p.currency, p.amount,
    b.awarded - b.deobligated - b.disbursed + b.refunded
  FROM grants.payment p JOIN grants.grant_balance b ON b.grant_id = p.grant_id
  WHERE p.id = wanted
$$;

-- A payment, with its grant locked.
CREATE OR REPLACE FUNCTION grants.lock_payment(wanted text) RETURNS grants.payment
LANGUAGE plpgsql AS $$
DECLARE
  p grants.payment;
BEGIN
  SELECT * INTO p FROM grants.payment x WHERE x.id = grants.find_payment(wanted);
  PERFORM grants.lock_grant(p.grant_id);
  -- It may have moved while the lock was waited for.
  SELECT * INTO p FROM grants.payment x WHERE x.id = p.id;
  RETURN p;
END $$;

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
  IF g.state NOT IN ('offered', 'active', 'suspended') THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; payments are scheduled while a grant is offered, active or suspended',
        g.number, g.state));
  END IF;
  SELECT * INTO b FROM grants.grant_balance x WHERE x.grant_id = g.id;
  left_over := b.awarded - b.deobligated - b.disbursed + b.refunded - b.scheduled;
  IF sum > left_over THEN
    PERFORM service.refuse('conflict.over-disbursed',
      format('grant %s has %s that is neither paid nor scheduled; %s were asked for', g.number,
        service.money_text(left_over, g.currency), service.money_text(sum, g.currency)));
  END IF;
  INSERT INTO grants.payment (number, grant_id, amount, currency, due)
  VALUES (grants.part_number(g.number, 'P',
    (SELECT count(*) FROM grants.payment x WHERE x.grant_id = g.id)), g.id, sum, g.currency, due_on)
  RETURNING id INTO new_id;
  RETURN QUERY SELECT * FROM grants.payment_answer(new_id);
END $$;

CREATE OR REPLACE FUNCTION grants.request_payment(wanted text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment := grants.lock_payment(wanted);
BEGIN
  UPDATE grants.payment x SET state = 'requested', requested_by = grants.acting()
  WHERE x.id = p.id;
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE FUNCTION grants.approve_payment_program(wanted text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment := grants.lock_payment(wanted);
BEGIN
  UPDATE grants.payment x SET state = 'program-approved', program_approved_by = grants.acting()
  WHERE x.id = p.id;
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE FUNCTION grants.approve_payment_finance(wanted text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment := grants.lock_payment(wanted);
BEGIN
  UPDATE grants.payment x SET state = 'finance-approved', finance_approved_by = grants.acting()
  WHERE x.id = p.id;
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE FUNCTION grants.pay(wanted text, day date)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment := grants.lock_payment(wanted);
  g grants.grant;
  paid date := coalesce(day, current_date);
  funds bigint[];
  amounts bigint[];
BEGIN
  UPDATE grants.payment x SET state = 'paid', paid_on = paid, paid_by = grants.acting()
  WHERE x.id = p.id;
  SELECT * INTO g FROM grants.grant x WHERE x.id = p.grant_id;
  IF paid < g.activated_on THEN
    PERFORM service.refuse('data.invalid',
      format('grant %s was activated on %s; nothing was paid on it before that, on %s', g.number,
        g.activated_on, paid));
  END IF;
  PERFORM grants.require_past(paid);
  -- Each fund in its turn, until nothing of it is left.
  SELECT array_agg(d.fund_id), array_agg(least(d.rest, p.amount - d.before)) INTO funds, amounts
  FROM (
    SELECT s.fund_id, r.rest,
      coalesce(sum(r.rest) OVER (
        ORDER BY s.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint AS before
    FROM grants.split s
    CROSS JOIN LATERAL (SELECT s.awarded - s.deobligated - s.disbursed + s.refunded) AS r (rest)
    WHERE s.grant_id = g.id) AS d
  WHERE d.before < p.amount;
  PERFORM grants.post_shares(g, 'disbursement', paid, 'spent', 'committed', funds, amounts, p.id);
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE FUNCTION grants.end_payment(wanted text, to_state text, why text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql AS $$
DECLARE
  p grants.payment := grants.lock_payment(wanted);
BEGIN
  UPDATE grants.payment x SET state = to_state, reason = why WHERE x.id = p.id;
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

CREATE OR REPLACE FUNCTION grants.fail_payment(wanted text, why text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.end_payment(wanted, 'failed', why)
$$;

CREATE OR REPLACE FUNCTION grants.cancel_payment(wanted text, why text)
RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.end_payment(wanted, 'cancelled', why)
$$;

-- Money that came back: each fund gets what it gave, the last one first.
CREATE OR REPLACE FUNCTION grants.refund_payment(
  wanted text, given bigint, money text, why text, day date
) RETURNS TABLE (number text, state text, currency text, amount bigint, undisbursed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  p grants.payment := grants.lock_payment(wanted);
  g grants.grant;
  refunded_on date := coalesce(day, current_date);
  sum bigint := coalesce(given, p.amount - p.refunded);
  funds bigint[];
  amounts bigint[];
BEGIN
  SELECT * INTO g FROM grants.grant x WHERE x.id = p.grant_id;
  IF given IS NOT NULL THEN
    PERFORM grants.require_currency('grant ' || g.number, g.currency, money);
  END IF;
  IF p.state <> 'paid' THEN
    PERFORM service.refuse('conflict.state',
      format('payment %s is %s; what is paid is refunded', p.number, p.state));
  ELSIF g.state = 'closed' THEN
    PERFORM service.refuse('conflict.state', format('grant %s is closed', g.number),
      format('grant ask-reopening %s reason="…"', g.number));
  ELSIF sum > p.amount - p.refunded THEN
    PERFORM service.refuse('conflict.over-refunded',
      format('%s of payment %s are left to refund; %s were given',
        service.money_text(p.amount - p.refunded, p.currency), p.number,
        service.money_text(sum, p.currency)));
  ELSIF refunded_on < p.paid_on THEN
    PERFORM service.refuse('data.invalid',
      format('payment %s was paid on %s; nothing came back before that, on %s', p.number,
        p.paid_on, refunded_on));
  END IF;
  PERFORM grants.require_past(refunded_on);
  SELECT array_agg(d.fund_id), array_agg(least(d.spent, sum - d.before)) INTO funds, amounts
  FROM (
    SELECT s.fund_id, x.spent,
      coalesce(sum(x.spent) OVER (
        ORDER BY s.place DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)::bigint
        AS before
    FROM grants.split s
    CROSS JOIN LATERAL (
      SELECT sum(o.amount)::bigint FROM grants.entry e JOIN grants.posting o ON o.entry_id = e.id
      WHERE e.payment_id = p.id AND o.fund_id = s.fund_id AND o.account = 'spent') AS x (spent)
    WHERE s.grant_id = g.id AND x.spent > 0) AS d
  WHERE d.before < sum;
  PERFORM grants.post_shares(g, 'refund', refunded_on, 'committed', 'spent', funds, amounts, p.id,
    remark => why);
  IF sum = p.amount - p.refunded THEN
    UPDATE grants.payment x SET state = 'refunded', refunded = x.amount, reason = why
    WHERE x.id = p.id;
  ELSE
    UPDATE grants.payment x SET refunded = x.refunded + sum, reason = why WHERE x.id = p.id;
  END IF;
  -- Finance has not seen this.
  UPDATE grants.grant x SET settled_by = NULL WHERE x.id = g.id AND x.settled_by IS NOT NULL;
  RETURN QUERY SELECT * FROM grants.payment_answer(p.id);
END $$;

-- Conditions --------------------------------------------------------------------------------------

-- What writes on conditions and on reports answer.
CREATE OR REPLACE FUNCTION grants.add_condition(
  wanted text, condition_kind text, text_of_it text, for_payment text, due_on date
) RETURNS TABLE (number text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF NOT (g.state = 'offered' OR g.state IN ('active', 'suspended') AND condition_kind <> 'precedent')
  THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; precedents are set while it is offered, other conditions until it '
        'ends', g.number, g.state));
  END IF;
  RETURN QUERY INSERT INTO grants.condition AS c (number, grant_id, kind, payment_id, says, due)
  VALUES (grants.part_number(g.number, 'C',
    (SELECT count(*) FROM grants.condition x WHERE x.grant_id = g.id)), g.id, condition_kind,
    CASE WHEN for_payment IS NOT NULL THEN grants.find_payment(for_payment) END, text_of_it, due_on)
  RETURNING c.number, c.state;
END $$;

CREATE OR REPLACE FUNCTION grants.end_condition(wanted text, to_state text, remark text, day date)
RETURNS TABLE (number text, state text) LANGUAGE plpgsql AS $$
DECLARE
  c grants.condition;
BEGIN
  SELECT * INTO c FROM grants.condition x WHERE x.id = grants.find_condition(wanted);
  PERFORM grants.lock_grant(c.grant_id);
  PERFORM grants.require_past(day);
  RETURN QUERY UPDATE grants.condition x
  SET state = to_state, ended_on = coalesce(day, current_date), ended_by = grants.acting(),
    note = remark
  WHERE x.id = c.id RETURNING x.number, x.state;
END $$;

CREATE OR REPLACE FUNCTION grants.meet_condition(wanted text, remark text, day date)
RETURNS TABLE (number text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.end_condition(wanted, 'met', remark, day)
$$;

CREATE OR REPLACE FUNCTION grants.waive_condition(wanted text, remark text)
RETURNS TABLE (number text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.end_condition(wanted, 'waived', remark, NULL)
$$;

-- Reports -----------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION grants.schedule_report(
  wanted text, report_kind text, first_day date, last_day date, due_on date
) RETURNS TABLE (number text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF g.state IN ('declined', 'lapsed', 'closed') THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; nothing more is reported on it', g.number, g.state));
  END IF;
  RETURN QUERY INSERT INTO grants.report AS r (number, grant_id, kind, starts, ends, due)
  VALUES (grants.part_number(g.number, 'R',
    (SELECT count(*) FROM grants.report x WHERE x.grant_id = g.id)), g.id, report_kind, first_day,
    last_day, due_on)
  RETURNING r.number, r.state;
END $$;

-- A report, with its grant locked.
CREATE OR REPLACE FUNCTION grants.lock_report(wanted text) RETURNS grants.report
LANGUAGE plpgsql AS $$
DECLARE
  r grants.report;
BEGIN
  SELECT * INTO r FROM grants.report x WHERE x.id = grants.find_report(wanted);
  PERFORM grants.lock_grant(r.grant_id);
  SELECT * INTO r FROM grants.report x WHERE x.id = r.id;
  RETURN r;
END $$;

-- Fills in what is given, and leaves the rest: `lines` are those of the SF-425 in the table's order.
CREATE OR REPLACE FUNCTION grants.fill_report(
  wanted text, narration text, lines bigint[], moneys text[]
) RETURNS TABLE (number text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r grants.report := grants.lock_report(wanted);
  g grants.grant;
BEGIN
  SELECT * INTO g FROM grants.grant x WHERE x.id = r.grant_id;
  PERFORM grants.require_currency('grant ' || g.number, g.currency, m)
  FROM unnest(moneys) AS m WHERE m IS NOT NULL;
  IF r.state NOT IN ('scheduled', 'draft', 'returned') THEN
    PERFORM service.refuse('conflict.state',
      format('report %s is %s; it is filled in before it is submitted, or when it was returned',
        r.number, r.state), CASE r.state WHEN 'submitted' THEN
          format('grantee-report return %s reason="…"', r.number) END);
  END IF;
  UPDATE grants.report x
  SET narrative = coalesce(narration, x.narrative),
    cash_receipts = coalesce(lines[1], x.cash_receipts),
    cash_disbursements = coalesce(lines[2], x.cash_disbursements),
    expenditures = coalesce(lines[3], x.expenditures),
    unliquidated = coalesce(lines[4], x.unliquidated),
    recipient_share = coalesce(lines[5], x.recipient_share),
    income_earned = coalesce(lines[6], x.income_earned),
    income_spent = coalesce(lines[7], x.income_spent)
  WHERE x.id = r.id;
  IF r.state = 'scheduled' THEN
    UPDATE grants.report x SET state = 'draft' WHERE x.id = r.id;
  END IF;
  RETURN QUERY SELECT x.number, x.state FROM grants.report x WHERE x.id = r.id;
END $$;

CREATE OR REPLACE FUNCTION grants.submit_report(wanted text, day date)
RETURNS TABLE (number text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  r grants.report := grants.lock_report(wanted);
  lacking text;
BEGIN
  SELECT string_agg(x.name, ', ') INTO lacking FROM (VALUES
    ('narrative', r.kind = 'narrative' AND r.narrative IS NULL),
    ('cash-receipts', r.kind = 'financial' AND r.cash_receipts IS NULL),
    ('cash-disbursements', r.kind = 'financial' AND r.cash_disbursements IS NULL),
    ('expenditures', r.kind = 'financial' AND r.expenditures IS NULL),
    ('unliquidated', r.kind = 'financial' AND r.unliquidated IS NULL)) AS x (name, is_lacking)
  WHERE x.is_lacking;
  IF lacking IS NOT NULL THEN
    PERFORM service.refuse('data.incomplete',
      format('report %s lacks %s', r.number, lacking),
      format('grantee-report fill %s %s=…', r.number, split_part(lacking, ',', 1)));
  END IF;
  PERFORM grants.require_past(day);
  RETURN QUERY UPDATE grants.report x
  SET state = 'submitted', submitted_on = coalesce(day, current_date),
    submitted_by = grants.acting()
  WHERE x.id = r.id RETURNING x.number, x.state;
END $$;

CREATE OR REPLACE FUNCTION grants.decide_report(wanted text, to_state text, why text)
RETURNS TABLE (number text, state text) LANGUAGE plpgsql AS $$
DECLARE
  r grants.report := grants.lock_report(wanted);
BEGIN
  RETURN QUERY UPDATE grants.report x
  SET state = to_state, decided_on = current_date, decided_by = grants.acting(), remark = why
  WHERE x.id = r.id RETURNING x.number, x.state;
END $$;

CREATE OR REPLACE FUNCTION grants.return_report(wanted text, why text)
RETURNS TABLE (number text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.decide_report(wanted, 'returned', why)
$$;

CREATE OR REPLACE FUNCTION grants.accept_report(wanted text)
RETURNS TABLE (number text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.decide_report(wanted, 'accepted', NULL)
$$;

CREATE OR REPLACE FUNCTION grants.waive_report(wanted text, why text)
RETURNS TABLE (number text, state text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT * FROM grants.decide_report(wanted, 'waived', why)
$$;

-- Cost share --------------------------------------------------------------------------------------

-- What changes of the cost share answer: what was given of this kind in all, and promised.
CREATE OR REPLACE FUNCTION grants.contribution_answer(wanted bigint)
RETURNS TABLE (number text, currency text, given bigint, promised bigint)
LANGUAGE sql STABLE AS $$
  SELECT c.number, c.currency,
    (SELECT coalesce(sum(x.amount), 0)::bigint FROM grants.contribution x
     WHERE x.grant_id = c.grant_id AND x.kind = c.kind AND x.struck IS NULL),
    CASE c.kind WHEN 'cash' THEN g.cash_match ELSE g.in_kind_match END
  FROM grants.contribution c JOIN grants.grant g ON g.id = c.grant_id WHERE c.id = wanted
$$;

CREATE OR REPLACE FUNCTION grants.record_contribution(
  wanted text, contribution_kind text, sum bigint, money text, description text, day date
) RETURNS TABLE (number text, currency text, given bigint, promised bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
  new_id bigint;
BEGIN
  PERFORM grants.require_currency('grant ' || g.number, g.currency, money);
  PERFORM grants.require_past(day);
  IF g.state IN ('offered', 'declined', 'lapsed', 'closed') THEN
    PERFORM service.refuse('conflict.state',
      format('grant %s is %s; cost share is recorded from its activation to its close-out',
        g.number, g.state));
  END IF;
  INSERT INTO grants.contribution
    (number, grant_id, kind, amount, currency, given_on, what, recorded_by)
  VALUES (grants.part_number(g.number, 'M',
    (SELECT count(*) FROM grants.contribution x WHERE x.grant_id = g.id)), g.id,
    contribution_kind, sum, g.currency, coalesce(day, current_date), description, grants.acting())
  RETURNING id INTO new_id;
  RETURN QUERY SELECT * FROM grants.contribution_answer(new_id);
END $$;

CREATE OR REPLACE FUNCTION grants.strike_contribution(wanted text, why text)
RETURNS TABLE (number text, currency text, given bigint, promised bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  c grants.contribution;
  g grants.grant;
BEGIN
  SELECT * INTO c FROM grants.contribution x WHERE x.id = grants.find_contribution(wanted);
  g := grants.lock_grant(c.grant_id);
  SELECT * INTO c FROM grants.contribution x WHERE x.id = c.id;
  IF c.struck IS NOT NULL OR g.state = 'closed' THEN
    PERFORM service.refuse('conflict.state', CASE WHEN c.struck IS NOT NULL
      THEN format('contribution %s is struck already: %s', c.number, c.struck)
      ELSE format('grant %s is closed', g.number) END);
  END IF;
  UPDATE grants.contribution x SET struck = why, struck_by = grants.acting() WHERE x.id = c.id;
  UPDATE grants.grant x SET settled_by = NULL WHERE x.id = g.id AND x.settled_by IS NOT NULL;
  RETURN QUERY SELECT * FROM grants.contribution_answer(c.id);
END $$;

CREATE OR REPLACE FUNCTION grants.waive_match(wanted text, why text)
RETURNS TABLE (number text, state text, currency text, awarded bigint, available bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  g grants.grant := grants.lock_grant(grants.find(wanted));
BEGIN
  IF coalesce(g.cash_match, g.in_kind_match) IS NULL OR g.state IN ('declined', 'lapsed', 'closed')
  THEN
    PERFORM service.refuse('conflict.state', CASE WHEN coalesce(g.cash_match, g.in_kind_match)
        IS NULL THEN format('the recipient of grant %s promised nothing', g.number)
      ELSE format('grant %s is %s', g.number, g.state) END);
  END IF;
  UPDATE grants.grant x SET match_waived_by = grants.acting(), match_waiver = why
  WHERE x.id = g.id;
  RETURN QUERY SELECT * FROM grants.grant_answer(g.id);
END $$;

CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON grants.payment
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('payment', 'number', 'scheduled');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON grants.condition
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('condition', 'number', 'open');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON grants.report
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('grantee report', 'number', 'scheduled');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.payment
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.condition
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.report
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON grants.contribution
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');

-- Postings are made by the routines alone: nothing is for everyone, and a trigger function that
-- the service could attach to a table of its own would move the counters.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA grants FROM PUBLIC, sister_service;
GRANT SELECT ON grants.posting_effect, grants.fund_record, grants.grant_record,
  grants.report_record, grants.match_record, grants.counter_check, grants.ledger_difference
  TO sister_service;
GRANT EXECUTE ON FUNCTION
  grants.matches_any, grants.matches_money, grants.one_digit_off, grants.is_open_payment,
  grants.find_fund, grants.find_numbered, grants.find, grants.find_payment, grants.find_condition,
  grants.find_report, grants.find_contribution, grants.find_entry, grants.payment_blockers, grants.closing_blockers,
  grants.latest_financial, grants.receive, grants.exchange, grants.reverse_entry, grants.offer,
  grants.rate_risk, grants.activate, grants.decline, grants.lapse, grants.suspend, grants.resume,
  grants.terminate, grants.start_closeout, grants.settle, grants.close, grants.ask_reopening,
  grants.reopen, grants.schedule_payment, grants.request_payment, grants.approve_payment_program,
  grants.approve_payment_finance, grants.pay, grants.fail_payment, grants.cancel_payment,
  grants.refund_payment, grants.add_condition, grants.meet_condition, grants.waive_condition,
  grants.schedule_report, grants.fill_report, grants.submit_report, grants.return_report,
  grants.accept_report, grants.waive_report, grants.record_contribution, grants.strike_contribution,
  grants.waive_match
  TO sister_service;
