-- Funds, and the ledger that says where every minor unit of theirs is. Counters and postings are
-- written by SECURITY DEFINER routines only.

CREATE SCHEMA grants;
GRANT USAGE ON SCHEMA grants TO sister_service;

CREATE TABLE grants.fund (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  title text NOT NULL,
  funder text NOT NULL,
  -- ISO 4217: what the funder gives.
  currency text NOT NULL,
  -- What the funder restricts the money to; NULL or empty restricts nothing. The purpose is in the
  -- funder's words; an initiative stands for itself and for its pilots.
  purpose text,
  initiative_id bigint,
  countries text[] NOT NULL DEFAULT '{}',
  area text,
  starts date,
  ends date,
  CONSTRAINT fund_pkey PRIMARY KEY (id),
  CONSTRAINT fund_code_key UNIQUE (code),
  CONSTRAINT fund_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT fund_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fund_countries_format CHECK (
    array_to_string(countries, ' ') ~ '^([A-Z]{2}( [A-Z]{2})*)?$'),
  CONSTRAINT fund_area_known CHECK (
    area IN ('cultural-exchange', 'humanitarian', 'youth-education', 'economic-development')),
  CONSTRAINT fund_period_order CHECK (ends >= starts),
  CONSTRAINT fund_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id)
);

-- The guarded counters of a fund, in minor units: one row for each currency that it holds, which
-- every reservation locks.
CREATE TABLE grants.fund_balance (
  fund_id bigint NOT NULL,
  currency text NOT NULL,
  received bigint NOT NULL DEFAULT 0,
  -- Bought for other currencies, less what was sold for them.
  exchanged bigint NOT NULL DEFAULT 0,
  reserved bigint NOT NULL DEFAULT 0,
  committed bigint NOT NULL DEFAULT 0,
  spent bigint NOT NULL DEFAULT 0,
  -- The running number of the latest posting.
  last_line bigint NOT NULL DEFAULT 0,
  CONSTRAINT fund_balance_pkey PRIMARY KEY (fund_id, currency),
  CONSTRAINT fund_balance_fund_fkey FOREIGN KEY (fund_id) REFERENCES grants.fund (id),
  CONSTRAINT fund_balance_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fund_balance_not_over_awarded CHECK (
    reserved + committed + spent <= received + exchanged),
  CONSTRAINT fund_balance_not_negative CHECK (
    received >= 0 AND reserved >= 0 AND committed >= 0 AND spent >= 0)
) WITH (fillfactor = 50);

-- The journal: entries are only ever added, and corrected by entries that reverse them. What they
-- are about, a grant and a payment, is in later tables.
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
    kind IN ('receipt', 'exchange', 'reservation', 'void', 'commitment', 'supplement',
      'disbursement', 'refund', 'de-obligation', 'reversal')),
  CONSTRAINT ledger_entry_reverses_whole CHECK (
    (kind IN ('void', 'reversal')) = (reverses IS NOT NULL)),
  CONSTRAINT ledger_entry_reverses_earlier CHECK (reverses < id),
  CONSTRAINT ledger_entry_reverses_fkey FOREIGN KEY (reverses) REFERENCES grants.entry (id)
);
CREATE INDEX ledger_entry_grant ON grants.entry (grant_id);
CREATE INDEX ledger_entry_payment ON grants.entry (payment_id) WHERE payment_id IS NOT NULL;

-- Debits are positive, credits negative. Every fund has, in each of its currencies, the accounts
-- `received` (its credit side), `available`, `reserved`, `committed`, `spent` and `exchange`;
-- together they are always zero. Money that changes its currency leaves one currency to `exchange`,
-- and comes into the other from there: the two legs of one entry.
CREATE TABLE grants.posting (
  id bigint GENERATED ALWAYS AS IDENTITY,
  entry_id bigint NOT NULL,
  fund_id bigint NOT NULL,
  currency text NOT NULL,
  -- Running, without gaps, within the fund and currency: a posting that is lost leaves a hole.
  line bigint NOT NULL,
  account text NOT NULL,
  amount bigint NOT NULL,
  CONSTRAINT ledger_posting_pkey PRIMARY KEY (id),
  CONSTRAINT ledger_posting_line_key UNIQUE (fund_id, currency, line),
  CONSTRAINT ledger_posting_account_known CHECK (
    account IN ('received', 'available', 'reserved', 'committed', 'spent', 'exchange')),
  CONSTRAINT ledger_posting_amount_not_zero CHECK (amount <> 0),
  CONSTRAINT ledger_posting_entry_fkey FOREIGN KEY (entry_id) REFERENCES grants.entry (id),
  CONSTRAINT ledger_posting_currency_of_fund_fkey
    FOREIGN KEY (fund_id, currency) REFERENCES grants.fund_balance (fund_id, currency)
);
CREATE INDEX ledger_posting_entry ON grants.posting (entry_id);

GRANT SELECT ON grants.fund, grants.fund_balance, grants.entry, grants.posting TO sister_service;
GRANT INSERT ON grants.fund TO sister_service;
