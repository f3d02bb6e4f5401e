-- Funds, the grants awarded from them, their payments, and the ledger that says where every
-- minor unit is. Counters and postings are written by SECURITY DEFINER routines only.

CREATE SCHEMA grants;
GRANT USAGE ON SCHEMA grants TO sister_service;

INSERT INTO service.transition VALUES
  ('grant', 'offered', 'active'),
  ('grant', 'offered', 'declined'),
  ('grant', 'active', 'closing'),
  ('grant', 'closing', 'closed'),
  ('payment', 'scheduled', 'paid'),
  ('payment', 'scheduled', 'cancelled');

CREATE TABLE grants.fund (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  title text NOT NULL,
  funder text NOT NULL,
  -- ISO 4217.
  currency text NOT NULL,
  -- What the funder restricts the money to; NULL or empty restricts nothing.
  purpose text,
  countries text[] NOT NULL DEFAULT '{}',
  area text,
  starts date,
  ends date,
  CONSTRAINT fund_pkey PRIMARY KEY (id),
  CONSTRAINT fund_code_key UNIQUE (code),
  CONSTRAINT fund_currency_key UNIQUE (id, currency),
  CONSTRAINT fund_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT fund_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fund_countries_format CHECK (
    array_to_string(countries, ' ') ~ '^([A-Z]{2}( [A-Z]{2})*)?$'),
  CONSTRAINT fund_area_known CHECK (
    area IN ('cultural-exchange', 'humanitarian', 'youth-education', 'economic-development')),
  CONSTRAINT fund_period_order CHECK (ends >= starts)
);

-- The guarded counters of a fund, in minor units: one row, which every reservation locks.
CREATE TABLE grants.fund_balance (
  fund_id bigint NOT NULL,
  received bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  committed bigint NOT NULL DEFAULT 0,
  spent bigint NOT NULL DEFAULT 0,
  -- The running number of the fund's latest posting.
  last_line bigint NOT NULL DEFAULT 0,
  CONSTRAINT fund_balance_pkey PRIMARY KEY (fund_id),
  CONSTRAINT fund_balance_fund_fkey FOREIGN KEY (fund_id) REFERENCES grants.fund (id),
  CONSTRAINT fund_balance_not_over_awarded CHECK (reserved + committed + spent <= received),
  CONSTRAINT fund_balance_not_negative CHECK (
    received >= 0 AND reserved >= 0 AND committed >= 0 AND spent >= 0)
) WITH (fillfactor = 50);

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
  fund_id bigint NOT NULL,
  -- The recipient.
  community_id bigint NOT NULL,
  currency text NOT NULL,
  -- What the recipient promises to add in kind, in minor units of the grant's currency.
  in_kind_match bigint,
  -- The period of performance.
  starts date,
  ends date,
  state text NOT NULL DEFAULT 'offered',
  offered_on date NOT NULL,
  -- The principal who offered it, and the one who recorded the countersignature.
  offered_by text NOT NULL,
  activated_on date,
  activated_by text,
  -- Who countersigned for the recipient.
  signatory text,
  declined_on date,
  decline_reason text,
  closing_on date,
  closed_on date,
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT grant_pkey PRIMARY KEY (id),
  CONSTRAINT grant_number_key UNIQUE (number),
  CONSTRAINT grant_currency_key UNIQUE (id, currency),
  CONSTRAINT grant_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}$'),
  CONSTRAINT grant_state_known CHECK (
    state IN ('offered', 'declined', 'active', 'closing', 'closed')),
  CONSTRAINT grant_period_order CHECK (ends >= starts),
  CONSTRAINT grant_in_kind_match_positive CHECK (in_kind_match > 0),
  CONSTRAINT grant_days_order CHECK (
    activated_on >= offered_on AND declined_on >= offered_on AND closing_on >= activated_on
    AND closed_on >= closing_on),
  CONSTRAINT grant_countersigned CHECK (
    state NOT IN ('active', 'closing', 'closed')
    OR (activated_on IS NOT NULL AND activated_by IS NOT NULL AND signatory IS NOT NULL)),
  -- Compares a name that is typed with a user's: capitals and spaces around it make no difference.
  -- Who activates may be who offered it: an office of one person has nobody else.
  CONSTRAINT grant_signatory_not_officer CHECK (
    lower(regexp_replace(signatory, '^\s+|\s+$', '', 'g')) <> lower(offered_by)),
  CONSTRAINT grant_declined_with_reason CHECK (
    state <> 'declined' OR (declined_on IS NOT NULL AND decline_reason IS NOT NULL)),
  CONSTRAINT grant_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id),
  CONSTRAINT grant_currency_of_fund_fkey
    FOREIGN KEY (fund_id, currency) REFERENCES grants.fund (id, currency),
  CONSTRAINT grant_community_fkey FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX grant_initiative ON grants.grant (initiative_id);
CREATE INDEX grant_fund ON grants.grant (fund_id);
CREATE INDEX grant_community ON grants.grant (community_id);

-- The guarded counters of a grant, in minor units.
CREATE TABLE grants.grant_balance (
  grant_id bigint NOT NULL,
  awarded bigint NOT NULL DEFAULT 0,
  -- Given back to the fund unspent.
  deobligated bigint NOT NULL DEFAULT 0,
  disbursed bigint NOT NULL DEFAULT 0,
  refunded bigint NOT NULL DEFAULT 0,
  -- In payments that are yet to be made.
  scheduled bigint NOT NULL DEFAULT 0,
  -- The number of its latest payment.
  latest_payment bigint NOT NULL DEFAULT 0,
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

CREATE TABLE grants.payment (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- Its grant's number and its own: G-YYYY-NNNN-NN.
  number text NOT NULL,
  grant_id bigint NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  due date NOT NULL,
  state text NOT NULL DEFAULT 'scheduled',
  paid_on date,
  CONSTRAINT grant_payment_pkey PRIMARY KEY (id),
  CONSTRAINT grant_payment_number_key UNIQUE (number),
  CONSTRAINT grant_payment_number_format CHECK (number ~ '^G-[0-9]{4}-[0-9]{4,}-[0-9]{2,}$'),
  CONSTRAINT grant_payment_state_known CHECK (state IN ('scheduled', 'paid', 'cancelled')),
  CONSTRAINT grant_payment_amount_positive CHECK (amount > 0),
  CONSTRAINT grant_payment_paid_with_day CHECK ((state = 'paid') = (paid_on IS NOT NULL)),
  CONSTRAINT grant_payment_currency_of_grant_fkey
    FOREIGN KEY (grant_id, currency) REFERENCES grants.grant (id, currency)
);
CREATE INDEX payment_grant ON grants.payment (grant_id);
CREATE INDEX payment_open ON grants.payment (due) WHERE state = 'scheduled';

-- The journal: entries are only ever added, and corrected by entries that reverse them.
CREATE TABLE grants.entry (
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT now(),
  -- The day it counts for.
  effective_on date NOT NULL,
  kind text NOT NULL,
  grant_id bigint,
  payment_id bigint,
  reverses bigint,
  note text,
  CONSTRAINT ledger_entry_pkey PRIMARY KEY (id),
  CONSTRAINT ledger_entry_reverses_key UNIQUE (reverses),
  CONSTRAINT ledger_entry_kind_known CHECK (
    kind IN ('receipt', 'reservation', 'void', 'commitment', 'disbursement', 'de-obligation',
      'reversal')),
  CONSTRAINT ledger_entry_reverses_whole CHECK (
    (kind IN ('void', 'reversal')) = (reverses IS NOT NULL)),
  CONSTRAINT ledger_entry_reverses_earlier CHECK (reverses < id),
  CONSTRAINT ledger_entry_grant_fkey FOREIGN KEY (grant_id) REFERENCES grants.grant (id),
  CONSTRAINT ledger_entry_payment_fkey FOREIGN KEY (payment_id) REFERENCES grants.payment (id),
  CONSTRAINT ledger_entry_reverses_fkey FOREIGN KEY (reverses) REFERENCES grants.entry (id)
);
CREATE INDEX ledger_entry_grant ON grants.entry (grant_id);

-- Debits are positive, credits negative. Every fund has the accounts `received` (its credit side),
-- `available`, `reserved`, `committed` and `spent`; together they are always zero.
CREATE TABLE grants.posting (
  id bigint GENERATED ALWAYS AS IDENTITY,
  entry_id bigint NOT NULL,
  fund_id bigint NOT NULL,
  -- Running, without gaps, within the fund: a posting that is lost leaves a hole.
  line bigint NOT NULL,
  currency text NOT NULL,
  account text NOT NULL,
  amount bigint NOT NULL,
  CONSTRAINT ledger_posting_pkey PRIMARY KEY (id),
  CONSTRAINT ledger_posting_line_key UNIQUE (fund_id, line),
  CONSTRAINT ledger_posting_account_known CHECK (
    account IN ('received', 'available', 'reserved', 'committed', 'spent')),
  CONSTRAINT ledger_posting_amount_not_zero CHECK (amount <> 0),
  CONSTRAINT ledger_posting_entry_fkey FOREIGN KEY (entry_id) REFERENCES grants.entry (id),
  CONSTRAINT ledger_posting_currency_of_fund_fkey
    FOREIGN KEY (fund_id, currency) REFERENCES grants.fund (id, currency)
);
CREATE INDEX ledger_posting_entry ON grants.posting (entry_id);

GRANT SELECT ON
  grants.fund, grants.fund_balance, grants.grant, grants.grant_balance, grants.payment,
  grants.entry, grants.posting
  TO sister_service;
GRANT INSERT ON grants.fund TO sister_service;
