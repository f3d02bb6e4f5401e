-- Memberships of communities, and the dues that they pay: by population, in tiers that change over the
-- years. How a membership stands is derived from days (directory.membership_state), never stored.

-- The dues schedule: what a community of so many people pays for a year that begins in these days.
CREATE TABLE directory.dues_tier (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  population int8range NOT NULL,
  -- For a year, in minor units.
  amount bigint NOT NULL,
  -- ISO 4217.
  currency text NOT NULL,
  valid daterange NOT NULL,
  CONSTRAINT dues_tier_pkey PRIMARY KEY (id),
  CONSTRAINT dues_tier_code_key UNIQUE (code),
  CONSTRAINT dues_tier_code_format CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  CONSTRAINT dues_tier_population_range CHECK (NOT isempty(population) AND lower(population) > 0),
  CONSTRAINT dues_tier_valid_range CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  CONSTRAINT dues_tier_amount_positive CHECK (amount > 0),
  CONSTRAINT dues_tier_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  -- On any day, one tier is for any number of people.
  CONSTRAINT dues_tier_no_overlap EXCLUDE USING gist (population WITH &&, valid WITH &&)
);

CREATE TABLE directory.membership (
  id bigint GENERATED ALWAYS AS IDENTITY,
  community_id bigint NOT NULL,
  joined_on date NOT NULL,
  resigned_on date,
  resign_reason text,
  -- When the network came to know of it.
  joined_at timestamptz NOT NULL DEFAULT now(),
  resigned_at timestamptz,
  CONSTRAINT membership_pkey PRIMARY KEY (id),
  CONSTRAINT membership_order CHECK (resigned_on > joined_on),
  CONSTRAINT membership_resignation_whole CHECK (
    (resigned_on IS NULL) = (resign_reason IS NULL)
    AND (resigned_on IS NULL) = (resigned_at IS NULL)),
  CONSTRAINT membership_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id),
  CONSTRAINT membership_no_overlap EXCLUDE USING gist
    (community_id WITH =, daterange(joined_on, resigned_on) WITH &&)
);

-- What a member was asked to pay for some years. The tier is the one of the day: what the community
-- grows to later, and what others pay later, changes nothing of it.
CREATE TABLE directory.dues_invoice (
  id bigint GENERATED ALWAYS AS IDENTITY,
  number text NOT NULL GENERATED ALWAYS AS ('D-' || id::text) STORED,
  membership_id bigint NOT NULL,
  tier_id bigint NOT NULL,
  population bigint NOT NULL,
  covers daterange NOT NULL,
  due_on date NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  -- What was paid, less what was given back: moved by payments alone.
  paid bigint NOT NULL DEFAULT 0,
  issued_at timestamptz NOT NULL DEFAULT now(),
  voided_at timestamptz,
  void_reason text,
  CONSTRAINT dues_invoice_pkey PRIMARY KEY (id),
  CONSTRAINT dues_invoice_covers_range CHECK (
    NOT isempty(covers) AND NOT lower_inf(covers) AND NOT upper_inf(covers)),
  CONSTRAINT dues_invoice_amount_positive CHECK (amount > 0),
  CONSTRAINT dues_invoice_paid_range CHECK (paid BETWEEN 0 AND amount),
  CONSTRAINT dues_invoice_void_whole CHECK ((voided_at IS NULL) = (void_reason IS NULL)),
  CONSTRAINT dues_invoice_void_unpaid CHECK (voided_at IS NULL OR paid = 0),
  CONSTRAINT dues_invoice_membership_fkey
    FOREIGN KEY (membership_id) REFERENCES directory.membership (id),
  CONSTRAINT dues_invoice_tier_fkey FOREIGN KEY (tier_id) REFERENCES directory.dues_tier (id),
  -- No year is asked for twice.
  CONSTRAINT dues_invoice_no_overlap EXCLUDE USING gist
    (membership_id WITH =, covers WITH &&) WHERE (voided_at IS NULL)
);

-- Money that came for an invoice, or went back (below zero), in the invoice's currency.
CREATE TABLE directory.dues_payment (
  id bigint GENERATED ALWAYS AS IDENTITY,
  invoice_id bigint NOT NULL,
  amount bigint NOT NULL,
  paid_on date NOT NULL,
  -- The payer's reference; of money that went back, why.
  reference text,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT dues_payment_pkey PRIMARY KEY (id),
  CONSTRAINT dues_payment_amount_not_zero CHECK (amount <> 0),
  CONSTRAINT dues_payment_refund_has_reason CHECK (amount > 0 OR reference IS NOT NULL),
  CONSTRAINT dues_payment_invoice_fkey
    FOREIGN KEY (invoice_id) REFERENCES directory.dues_invoice (id)
);
CREATE INDEX dues_payment_invoice ON directory.dues_payment (invoice_id);

GRANT SELECT ON directory.dues_tier, directory.membership, directory.dues_invoice,
  directory.dues_payment TO sister_service;
GRANT INSERT (code, population, amount, currency, valid) ON directory.dues_tier
  TO sister_service;
GRANT INSERT (community_id, joined_on) ON directory.membership TO sister_service;
