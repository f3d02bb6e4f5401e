-- Grants from the offer to the close-out: what they are split over, their conditions, payments and
-- reports, and what the recipient adds. Written by SECURITY DEFINER routines only.

INSERT INTO service.transition VALUES
  ('grant', 'offered', 'active'),
  ('grant', 'offered', 'declined'),
  ('grant', 'offered', 'lapsed'),
  ('grant', 'active', 'suspended'),
  ('grant', 'suspended', 'active'),
  ('grant', 'active', 'terminated'),
  ('grant', 'suspended', 'terminated'),
  ('grant', 'active', 'closing'),
  ('grant', 'terminated', 'closing'),
  ('grant', 'reopened', 'closing'),
  ('grant', 'closing', 'closed'),
  ('grant', 'closed', 'reopened'),
  ('condition', 'open', 'met'),
  ('condition', 'open', 'waived'),
  ('payment', 'scheduled', 'requested'),
  ('payment', 'requested', 'program-approved'),
  ('payment', 'program-approved', 'finance-approved'),
  ('payment', 'finance-approved', 'paid'),
  ('payment', 'finance-approved', 'failed'),
  ('payment', 'scheduled', 'cancelled'),
  ('payment', 'requested', 'cancelled'),
  ('payment', 'program-approved', 'cancelled'),
  ('payment', 'finance-approved', 'cancelled'),
  ('payment', 'paid', 'refunded'),
  ('grantee report', 'scheduled', 'draft'),
  ('grantee report', 'draft', 'submitted'),
  ('grantee report', 'submitted', 'returned'),
  ('grantee report', 'returned', 'submitted'),
  ('grantee report', 'submitted', 'accepted'),
  ('grantee report', 'scheduled', 'waived'),
  ('grantee report', 'draft', 'waived'),
  ('grantee report', 'returned', 'waived');

-- The latest number given to a grant of each year.
CREATE TABLE grants.number_counter (
  year integer NOT NULL,
  latest bigint NOT NULL,
  CONSTRAINT number_counter_pkey PRIMARY KEY (year)
) WITH (fillfactor = 50);

CREATE TABLE grants.grant (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- G-YYYY-NNNN.
  number text NOT NULL,
  year integer NOT NULL,
  title text NOT NULL,
  initiative_id bigint NOT NULL,
  -- The recipient.
  community_id bigint NOT NULL,
  currency text NOT NULL,
  -- What the recipient promises to add, in cash and in kind, in minor units of the grant's currency.
  cash_match bigint,
  in_kind_match bigint,
  -- The period of performance.
  starts date,
  ends date,
  state text NOT NULL DEFAULT 'offered',
  -- The day of the latest step.
  since date NOT NULL,
  -- What was said of it.
  reason text,
  offered_on date NOT NULL,
  -- The last day on which the offer can be accepted.
  respond_by date,
  -- The principal who offered it, and the one who recorded the countersignature.
  offered_by text NOT NULL,
  activated_on date,
  activated_by text,
  -- Who countersigned for the recipient.
  signatory text,
  -- What is expected to go wrong (2 CFR 200.206), and who rated it.
  risk text,
  risk_reason text,
  risk_rated_by text,
  -- Who let the recipient off what it promised to add.
  match_waived_by text,
  match_waiver text,
  -- The two who close it, and the two who reopen it.
  settled_by text,
  closed_by text,
  reopening_asked_by text,
  reopened_by text,
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT grant_pkey PRIMARY KEY (id),
  CONSTRAINT grant_number_key UNIQUE (number),
  CONSTRAINT grant_currency_key UNIQUE (id, currency),
  CONSTRAINT grant_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}$'),
  CONSTRAINT grant_state_known CHECK (
    state IN ('offered', 'declined', 'lapsed', 'active', 'suspended', 'terminated', 'closing',
      'closed', 'reopened')),
  CONSTRAINT grant_period_order CHECK (ends >= starts),
  CONSTRAINT grant_respond_by_order CHECK (respond_by >= offered_on),
  CONSTRAINT grant_match_positive CHECK (cash_match > 0 AND in_kind_match > 0),
  CONSTRAINT grant_risk_known CHECK (risk IN ('low', 'moderate', 'high')),
  CONSTRAINT grant_risk_whole CHECK (
    (risk IS NULL) = (risk_reason IS NULL) AND (risk IS NULL) = (risk_rated_by IS NULL)),
  CONSTRAINT grant_countersigned CHECK (
    state IN ('offered', 'declined', 'lapsed')
    OR (activated_on IS NOT NULL AND activated_by IS NOT NULL AND signatory IS NOT NULL
      AND risk IS NOT NULL)),
  -- Compares a name that is typed with a user's: capitals and spaces around it make no difference.
  -- Who activates may be who offered it: an office of one person has nobody else.
  CONSTRAINT grant_signatory_not_officer CHECK (
    lower(regexp_replace(signatory, '^\s+|\s+$', '', 'g')) <> lower(offered_by)),
  CONSTRAINT grant_match_waiver_whole CHECK ((match_waived_by IS NULL) = (match_waiver IS NULL)),
  CONSTRAINT grant_closed_by_two CHECK (
    state <> 'closed'
    OR (settled_by IS NOT NULL AND closed_by IS NOT NULL AND settled_by <> closed_by)),
  CONSTRAINT grant_reopened_by_two CHECK (
    state <> 'reopened'
    OR (reopening_asked_by IS NOT NULL AND reopened_by IS NOT NULL
      AND reopening_asked_by <> reopened_by)),
  CONSTRAINT grant_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id),
  CONSTRAINT grant_community_fkey FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX grant_initiative ON grants.grant (initiative_id);
CREATE INDEX grant_community ON grants.grant (community_id);
CREATE INDEX grant_unanswered ON grants.grant (respond_by) WHERE state = 'offered';

-- What became of a grant, step by step: only ever added to.
CREATE TABLE grants.step (
  id bigint GENERATED ALWAYS AS IDENTITY,
  grant_id bigint NOT NULL,
  state text NOT NULL,
  day date NOT NULL,
  by text NOT NULL,
  reason text,
  CONSTRAINT grant_step_pkey PRIMARY KEY (id),
  CONSTRAINT grant_step_grant_fkey FOREIGN KEY (grant_id) REFERENCES grants.grant (id)
);
CREATE INDEX step_grant ON grants.step (grant_id, id);

-- The guarded counters of a grant, in minor units.
CREATE TABLE grants.grant_balance (
  grant_id bigint NOT NULL,
  awarded bigint NOT NULL DEFAULT 0,
  -- Given back to the funds unspent.
  deobligated bigint NOT NULL DEFAULT 0,
  disbursed bigint NOT NULL DEFAULT 0,
  refunded bigint NOT NULL DEFAULT 0,
  -- In payments that are yet to be made.
  scheduled bigint NOT NULL DEFAULT 0,
  CONSTRAINT grant_balance_pkey PRIMARY KEY (grant_id),
  CONSTRAINT grant_balance_grant_fkey FOREIGN KEY (grant_id) REFERENCES grants.grant (id),
  CONSTRAINT grant_balance_not_over_disbursed CHECK (
    disbursed - refunded <= awarded - deobligated),
  CONSTRAINT grant_balance_not_over_scheduled CHECK (
    scheduled + disbursed - refunded <= awarded - deobligated),
  CONSTRAINT grant_balance_not_negative CHECK (
    awarded >= 0 AND deobligated >= 0 AND disbursed >= 0 AND refunded >= 0 AND scheduled >= 0
    AND refunded <= disbursed)
) WITH (fillfactor = 50);

-- What each fund gives to a grant: guarded like the grant as a whole. Payments draw on the funds in
-- the order of `place`.
CREATE TABLE grants.split (
  grant_id bigint NOT NULL,
  fund_id bigint NOT NULL,
  currency text NOT NULL,
  place integer NOT NULL,
  awarded bigint NOT NULL DEFAULT 0,
  deobligated bigint NOT NULL DEFAULT 0,
  disbursed bigint NOT NULL DEFAULT 0,
  refunded bigint NOT NULL DEFAULT 0,
  CONSTRAINT split_pkey PRIMARY KEY (grant_id, fund_id),
  CONSTRAINT split_place_key UNIQUE (grant_id, place),
  CONSTRAINT split_not_over_disbursed CHECK (disbursed - refunded <= awarded - deobligated),
  CONSTRAINT split_not_negative CHECK (
    awarded >= 0 AND deobligated >= 0 AND disbursed >= 0 AND refunded >= 0
    AND refunded <= disbursed),
  CONSTRAINT split_currency_of_grant_fkey
    FOREIGN KEY (grant_id, currency) REFERENCES grants.grant (id, currency),
  CONSTRAINT split_currency_of_fund_fkey
    FOREIGN KEY (fund_id, currency) REFERENCES grants.fund_balance (fund_id, currency)
) WITH (fillfactor = 50);
CREATE INDEX split_fund ON grants.split (fund_id);

CREATE TABLE grants.payment (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- Its grant's number and its own: G-YYYY-NNNN-PNN.
  number text NOT NULL,
  grant_id bigint NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  due date NOT NULL,
  state text NOT NULL DEFAULT 'scheduled',
  -- Three people; and who recorded that it was paid.
  requested_by text,
  program_approved_by text,
  finance_approved_by text,
  paid_by text,
  paid_on date,
  -- What came back of it.
  refunded bigint NOT NULL DEFAULT 0,
  -- Why it failed, or was cancelled.
  reason text,
  CONSTRAINT grant_payment_pkey PRIMARY KEY (id),
  CONSTRAINT grant_payment_number_key UNIQUE (number),
  CONSTRAINT grant_payment_of_grant_key UNIQUE (grant_id, id),
  CONSTRAINT grant_payment_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}-P[0-9]{2,}$'),
  CONSTRAINT grant_payment_state_known CHECK (
    state IN ('scheduled', 'requested', 'program-approved', 'finance-approved', 'paid', 'failed',
      'cancelled', 'refunded')),
  CONSTRAINT grant_payment_amount_positive CHECK (amount > 0),
  CONSTRAINT grant_payment_refund_within CHECK (refunded >= 0 AND refunded <= amount),
  CONSTRAINT grant_payment_refund_whole CHECK (
    (state = 'refunded') = (refunded = amount) AND (refunded = 0 OR state IN ('paid', 'refunded'))),
  CONSTRAINT grant_payment_paid_with_day CHECK (
    (state IN ('paid', 'refunded')) = (paid_on IS NOT NULL)
    AND (paid_on IS NULL) = (paid_by IS NULL)),
  CONSTRAINT grant_payment_steps_signed CHECK (
    (requested_by IS NOT NULL OR state IN ('scheduled', 'cancelled'))
    AND (program_approved_by IS NOT NULL OR state IN ('scheduled', 'requested', 'cancelled'))
    AND (finance_approved_by IS NOT NULL
      OR state IN ('scheduled', 'requested', 'program-approved', 'cancelled'))),
  CONSTRAINT grant_payment_three_people CHECK (
    requested_by <> program_approved_by AND requested_by <> finance_approved_by
    AND program_approved_by <> finance_approved_by),
  CONSTRAINT grant_payment_currency_of_grant_fkey
    FOREIGN KEY (grant_id, currency) REFERENCES grants.grant (id, currency)
);
CREATE INDEX payment_open ON grants.payment (due)
  WHERE state IN ('scheduled', 'requested', 'program-approved', 'finance-approved');

ALTER TABLE grants.entry
  ADD CONSTRAINT ledger_entry_grant_fkey FOREIGN KEY (grant_id) REFERENCES grants.grant (id),
  ADD CONSTRAINT ledger_entry_payment_fkey
    FOREIGN KEY (grant_id, payment_id) REFERENCES grants.payment (grant_id, id);

-- What a recipient must do. Precedents are met before the grant is active, a payment's before it is
-- paid, and all of them before the grant is closed.
CREATE TABLE grants.condition (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- G-YYYY-NNNN-CNN.
  number text NOT NULL,
  grant_id bigint NOT NULL,
  kind text NOT NULL,
  payment_id bigint,
  says text NOT NULL,
  due date,
  state text NOT NULL DEFAULT 'open',
  -- Who found it met, or waived it, and what they say of it.
  ended_on date,
  ended_by text,
  note text,
  CONSTRAINT condition_pkey PRIMARY KEY (id),
  CONSTRAINT condition_number_key UNIQUE (number),
  CONSTRAINT condition_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}-C[0-9]{2,}$'),
  CONSTRAINT condition_kind_known CHECK (kind IN ('precedent', 'payment', 'special')),
  CONSTRAINT condition_of_payment CHECK ((kind = 'payment') = (payment_id IS NOT NULL)),
  CONSTRAINT condition_state_known CHECK (state IN ('open', 'met', 'waived')),
  CONSTRAINT condition_ended_whole CHECK (
    (state = 'open') = (ended_on IS NULL) AND (state = 'open') = (ended_by IS NULL)
    AND (state <> 'waived' OR note IS NOT NULL)),
  CONSTRAINT condition_grant_fkey FOREIGN KEY (grant_id) REFERENCES grants.grant (id),
  CONSTRAINT condition_payment_fkey
    FOREIGN KEY (grant_id, payment_id) REFERENCES grants.payment (grant_id, id)
);
CREATE INDEX condition_grant ON grants.condition (grant_id);

-- What a recipient reports, and when it is due. Whether it is overdue follows from the day.
CREATE TABLE grants.report (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- G-YYYY-NNNN-RNN.
  number text NOT NULL,
  grant_id bigint NOT NULL,
  kind text NOT NULL,
  -- What it reports on.
  starts date NOT NULL,
  ends date NOT NULL,
  due date NOT NULL,
  state text NOT NULL DEFAULT 'scheduled',
  narrative text,
  -- The lines of the federal financial report (SF-425) that others do not follow from, cumulative
  -- and in minor units of the grant's currency; 10a, 10b, 10e, 10f, 10j, 10l and 10m.
  cash_receipts bigint,
  cash_disbursements bigint,
  expenditures bigint,
  unliquidated bigint,
  recipient_share bigint,
  income_earned bigint,
  income_spent bigint,
  submitted_on date,
  -- The principal who recorded it, and the one who accepted or returned or waived it.
  submitted_by text,
  decided_on date,
  decided_by text,
  -- Why it was returned or waived.
  remark text,
  CONSTRAINT report_pkey PRIMARY KEY (id),
  CONSTRAINT report_number_key UNIQUE (number),
  CONSTRAINT report_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}-R[0-9]{2,}$'),
  CONSTRAINT report_kind_known CHECK (kind IN ('narrative', 'financial')),
  CONSTRAINT report_period_order CHECK (starts <= ends AND ends <= due),
  CONSTRAINT report_state_known CHECK (
    state IN ('scheduled', 'draft', 'submitted', 'returned', 'accepted', 'waived')),
  CONSTRAINT report_lines_not_negative CHECK (
    least(cash_receipts, cash_disbursements, expenditures, unliquidated, recipient_share,
      income_earned, income_spent) >= 0),
  CONSTRAINT report_lines_of_financial CHECK (
    kind = 'financial'
    OR num_nonnulls(cash_receipts, cash_disbursements, expenditures, unliquidated,
      recipient_share, income_earned, income_spent) = 0),
  CONSTRAINT report_whole CHECK (
    state IN ('scheduled', 'draft', 'waived')
    OR (submitted_on IS NOT NULL AND submitted_by IS NOT NULL AND CASE kind
      WHEN 'narrative' THEN narrative IS NOT NULL
      ELSE num_nulls(cash_receipts, cash_disbursements, expenditures, unliquidated) = 0 END)),
  CONSTRAINT report_decided_whole CHECK (
    state NOT IN ('returned', 'accepted', 'waived')
    OR (decided_on IS NOT NULL AND decided_by IS NOT NULL
      AND (state = 'accepted' OR remark IS NOT NULL))),
  CONSTRAINT report_accepted_by_another CHECK (
    state <> 'accepted' OR decided_by <> submitted_by),
  CONSTRAINT report_grant_fkey FOREIGN KEY (grant_id) REFERENCES grants.grant (id)
);
CREATE INDEX report_grant ON grants.report (grant_id);
CREATE INDEX report_awaited ON grants.report (due) WHERE state IN ('scheduled', 'draft', 'returned');

-- What the recipient added. What was recorded wrongly is struck, and stays.
CREATE TABLE grants.contribution (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- G-YYYY-NNNN-MNN.
  number text NOT NULL,
  grant_id bigint NOT NULL,
  kind text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  given_on date NOT NULL,
  what text NOT NULL,
  recorded_by text NOT NULL,
  -- Why, and by whom.
  struck text,
  struck_by text,
  CONSTRAINT contribution_pkey PRIMARY KEY (id),
  CONSTRAINT contribution_number_key UNIQUE (number),
  CONSTRAINT contribution_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}-M[0-9]{2,}$'),
  CONSTRAINT contribution_kind_known CHECK (kind IN ('cash', 'in-kind')),
  CONSTRAINT contribution_amount_positive CHECK (amount > 0),
  CONSTRAINT contribution_struck_whole CHECK ((struck IS NULL) = (struck_by IS NULL)),
  CONSTRAINT contribution_currency_of_grant_fkey
    FOREIGN KEY (grant_id, currency) REFERENCES grants.grant (id, currency)
);
CREATE INDEX contribution_grant ON grants.contribution (grant_id);

GRANT SELECT ON
  grants.grant, grants.step, grants.grant_balance, grants.split, grants.payment,
  grants.condition, grants.report, grants.contribution
  TO sister_service;
