-- Initiatives, their pilots and partners, and the indicators that say what they achieved.

CREATE SCHEMA initiatives;
GRANT USAGE ON SCHEMA initiatives TO sister_service;

INSERT INTO service.transition VALUES
  ('initiative', 'planned', 'active'),
  ('initiative', 'planned', 'cancelled'),
  ('initiative', 'active', 'completed'),
  ('initiative', 'active', 'cancelled'),
  ('actual', 'draft', 'submitted'),
  ('actual', 'submitted', 'draft'),
  ('actual', 'submitted', 'approved'),
  ('actual', 'approved', 'draft'),
  ('period', 'open', 'approved'),
  ('period', 'approved', 'open');

CREATE TABLE initiatives.initiative (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  title text NOT NULL,
  -- The network's four program areas.
  area text NOT NULL,
  parent_id bigint,
  starts date,
  ends date,
  -- ISO 3166-1 alpha-2.
  countries text[] NOT NULL DEFAULT '{}',
  -- The partner roles that every pilot of a tri-lateral initiative must fill; empty otherwise.
  required_roles text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'planned',
  -- Why it is in its state, where that was said.
  reason text,
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT initiative_pkey PRIMARY KEY (id),
  CONSTRAINT initiative_code_key UNIQUE (code),
  CONSTRAINT initiative_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT initiative_area_known CHECK (
    area IN ('cultural-exchange', 'humanitarian', 'youth-education', 'economic-development')),
  CONSTRAINT initiative_state_known CHECK (state IN ('planned', 'active', 'completed', 'cancelled')),
  CONSTRAINT initiative_cancelled_reasoned CHECK (
    state <> 'cancelled' OR coalesce(trim(reason), '') <> ''),
  CONSTRAINT initiative_period_order CHECK (ends >= starts),
  CONSTRAINT initiative_not_own_parent CHECK (parent_id <> id),
  CONSTRAINT initiative_countries_format CHECK (
    array_to_string(countries, ' ') ~ '^([A-Z]{2}( [A-Z]{2})*)?$'),
  CONSTRAINT initiative_required_roles_count CHECK (cardinality(required_roles) IN (0, 3)),
  CONSTRAINT initiative_parent_fkey FOREIGN KEY (parent_id) REFERENCES initiatives.initiative (id)
);
CREATE INDEX initiative_parent ON initiatives.initiative (parent_id);

-- Each state that it has been in: who took it there, when and why.
CREATE TABLE initiatives.step (
  id bigint GENERATED ALWAYS AS IDENTITY,
  initiative_id bigint NOT NULL,
  state text NOT NULL,
  taken_by text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT now(),
  reason text,
  CONSTRAINT step_pkey PRIMARY KEY (id),
  CONSTRAINT step_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id)
);
CREATE INDEX step_initiative ON initiatives.step (initiative_id);

CREATE TABLE initiatives.partner (
  initiative_id bigint NOT NULL,
  community_id bigint NOT NULL,
  role text NOT NULL,
  CONSTRAINT partner_pkey PRIMARY KEY (initiative_id, community_id),
  CONSTRAINT partner_role_format CHECK (role ~ '^[a-z][a-z0-9-]{0,31}$'),
  CONSTRAINT partner_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id),
  CONSTRAINT partner_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX partner_community ON initiatives.partner (community_id);

-- Organisations that pay for an initiative, and what they have pledged. What comes of it is in funds.
CREATE TABLE initiatives.funder (
  id bigint GENERATED ALWAYS AS IDENTITY,
  initiative_id bigint NOT NULL,
  name text NOT NULL,
  -- The organisation's identifier where it publishes: IATI asks for it.
  reference text,
  -- In minor units of the currency.
  pledged bigint,
  currency text,
  CONSTRAINT funder_pkey PRIMARY KEY (id),
  CONSTRAINT funder_name_present CHECK (trim(name) <> ''),
  CONSTRAINT funder_pledged_positive CHECK (pledged > 0),
  CONSTRAINT funder_pledged_whole CHECK ((pledged IS NULL) = (currency IS NULL)),
  CONSTRAINT funder_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT funder_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id)
);
-- One organisation, however it is written.
CREATE UNIQUE INDEX funder_name_key ON initiatives.funder (initiative_id, lower(name));

-- What is measured. IATI's other measures (nominal, ordinal, qualitative) cannot be added up, so
-- that no sum of them could be compared with a target: they are told in the initiative's reports.
CREATE TABLE initiatives.indicator (
  id bigint GENERATED ALWAYS AS IDENTITY,
  initiative_id bigint NOT NULL,
  code text NOT NULL,
  title text NOT NULL,
  unit text NOT NULL,
  -- IATI's ResultType and IndicatorMeasure.
  result text NOT NULL,
  measure text NOT NULL,
  -- What comes of several actuals: their sum, or the sum of each contributor's latest.
  aggregation text NOT NULL,
  -- Whether more of it is better, or less.
  direction text NOT NULL,
  -- What it was before, on a day; of a percentage, the percentage.
  baseline numeric,
  baseline_on date,
  baseline_note text,
  CONSTRAINT indicator_pkey PRIMARY KEY (id),
  CONSTRAINT indicator_code_key UNIQUE (initiative_id, code),
  CONSTRAINT indicator_same_initiative_key UNIQUE (initiative_id, id),
  CONSTRAINT indicator_code_format CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  CONSTRAINT indicator_result_known CHECK (result IN ('output', 'outcome', 'impact')),
  CONSTRAINT indicator_measure_known CHECK (measure IN ('unit', 'percentage')),
  CONSTRAINT indicator_aggregation_known CHECK (aggregation IN ('incremental', 'cumulative')),
  CONSTRAINT indicator_direction_known CHECK (direction IN ('ascending', 'descending')),
  CONSTRAINT indicator_baseline_positive CHECK (baseline >= 0 AND baseline < 'infinity'),
  CONSTRAINT indicator_baseline_whole CHECK (
    (baseline IS NULL) = (baseline_on IS NULL) AND (baseline IS NOT NULL OR baseline_note IS NULL)),
  -- What is to become less starts from somewhere.
  CONSTRAINT indicator_descends_from CHECK (direction = 'ascending' OR baseline IS NOT NULL),
  CONSTRAINT indicator_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id)
);

-- An indicator that has terms is computed: the sum of other indicators of its initiative, each times
-- a factor. Nothing is reported on it.
CREATE TABLE initiatives.term (
  initiative_id bigint NOT NULL,
  indicator_id bigint NOT NULL,
  base_id bigint NOT NULL,
  factor numeric NOT NULL,
  CONSTRAINT term_pkey PRIMARY KEY (indicator_id, base_id),
  CONSTRAINT term_not_of_itself CHECK (base_id <> indicator_id),
  CONSTRAINT term_factor_not_zero CHECK (
    factor <> 0 AND factor > '-infinity' AND factor < 'infinity'),
  CONSTRAINT term_indicator_fkey FOREIGN KEY (initiative_id, indicator_id)
    REFERENCES initiatives.indicator (initiative_id, id),
  CONSTRAINT term_base_fkey FOREIGN KEY (initiative_id, base_id)
    REFERENCES initiatives.indicator (initiative_id, id)
);
CREATE INDEX term_base ON initiatives.term (base_id);

-- A stretch of days for which an indicator has a target, and is reported.
CREATE TABLE initiatives.period (
  id bigint GENERATED ALWAYS AS IDENTITY,
  indicator_id bigint NOT NULL,
  starts date NOT NULL,
  ends date NOT NULL,
  target numeric NOT NULL,
  state text NOT NULL DEFAULT 'open',
  approved_by text,
  approved_at timestamptz,
  -- Who opened it again, when and why: the last time.
  reopened_by text,
  reopened_at timestamptz,
  reopened_because text,
  CONSTRAINT period_pkey PRIMARY KEY (id),
  CONSTRAINT period_same_indicator_key UNIQUE (indicator_id, id),
  CONSTRAINT period_order CHECK (
    ends >= starts AND isfinite(starts) AND isfinite(ends)),
  CONSTRAINT period_target_positive CHECK (target >= 0 AND target < 'infinity'),
  CONSTRAINT period_state_known CHECK (state IN ('open', 'approved')),
  CONSTRAINT period_approval_whole CHECK (
    (state = 'approved') = (approved_by IS NOT NULL)
    AND (approved_by IS NULL) = (approved_at IS NULL)),
  CONSTRAINT period_reopening_whole CHECK (
    (reopened_by IS NULL) = (reopened_at IS NULL)
    AND (reopened_by IS NULL) = (coalesce(trim(reopened_because), '') = '')),
  CONSTRAINT period_no_overlap EXCLUDE USING gist
    (indicator_id WITH =, daterange(starts, ends, '[]') WITH &&),
  CONSTRAINT period_indicator_fkey
    FOREIGN KEY (indicator_id) REFERENCES initiatives.indicator (id)
);

-- What an indicator is broken down by, and into.
CREATE TABLE initiatives.category (
  indicator_id bigint NOT NULL,
  dimension text NOT NULL,
  category text NOT NULL,
  CONSTRAINT category_pkey PRIMARY KEY (indicator_id, dimension, category),
  CONSTRAINT category_dimension_format CHECK (dimension ~ '^[a-z][a-z0-9-]{0,31}$'),
  CONSTRAINT category_category_format CHECK (category ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT category_indicator_fkey
    FOREIGN KEY (indicator_id) REFERENCES initiatives.indicator (id)
);

-- What somebody says was achieved, on a day of one of the indicator's periods.
CREATE TABLE initiatives.actual (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- A-12: what people call it by.
  number text NOT NULL GENERATED ALWAYS AS ('A-' || id::text) STORED,
  indicator_id bigint NOT NULL,
  period_id bigint NOT NULL,
  achieved_on date NOT NULL,
  -- Of a percentage, the numerator, and what it is of: percentages are never added up or averaged.
  amount numeric NOT NULL,
  denominator numeric,
  -- Whose achievement it is: a community, or somebody else by name.
  community_id bigint,
  contributor text,
  -- Where it can be looked up: an address, or words.
  evidence text,
  note text,
  -- Whether its parts by each dimension need not add up to it.
  is_incomplete boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'draft',
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  submitted_by text,
  submitted_at timestamptz,
  approved_by text,
  approved_at timestamptz,
  returned_by text,
  -- Why it was returned, the last time.
  returned_because text,
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT actual_pkey PRIMARY KEY (id),
  CONSTRAINT actual_number_key UNIQUE (number),
  CONSTRAINT actual_same_indicator_key UNIQUE (indicator_id, id),
  CONSTRAINT actual_amount_positive CHECK (amount >= 0 AND amount < 'infinity'),
  CONSTRAINT actual_denominator_positive CHECK (
    denominator > 0 AND denominator < 'infinity'),
  CONSTRAINT actual_one_contributor CHECK (community_id IS NULL OR contributor IS NULL),
  CONSTRAINT actual_contributor_present CHECK (trim(contributor) <> ''),
  CONSTRAINT actual_state_known CHECK (state IN ('draft', 'submitted', 'approved')),
  CONSTRAINT actual_submission_whole CHECK (
    (state = 'draft') = (submitted_by IS NULL) AND (submitted_by IS NULL) = (submitted_at IS NULL)),
  CONSTRAINT actual_approval_whole CHECK (
    (state = 'approved') = (approved_by IS NOT NULL)
    AND (approved_by IS NULL) = (approved_at IS NULL)),
  -- Two people.
  CONSTRAINT actual_approver_differs CHECK (approved_by <> submitted_by),
  CONSTRAINT actual_return_whole CHECK (
    (returned_by IS NULL) = (coalesce(trim(returned_because), '') = '')),
  CONSTRAINT actual_period_fkey FOREIGN KEY (indicator_id, period_id)
    REFERENCES initiatives.period (indicator_id, id),
  CONSTRAINT actual_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX actual_indicator ON initiatives.actual (indicator_id, achieved_on);
CREATE INDEX actual_period ON initiatives.actual (period_id);
CREATE INDEX actual_community ON initiatives.actual (community_id);

-- An actual's parts by the categories of a dimension.
CREATE TABLE initiatives.part (
  indicator_id bigint NOT NULL,
  actual_id bigint NOT NULL,
  dimension text NOT NULL,
  category text NOT NULL,
  amount numeric NOT NULL,
  denominator numeric,
  CONSTRAINT part_pkey PRIMARY KEY (actual_id, dimension, category),
  CONSTRAINT part_amount_positive CHECK (amount >= 0 AND amount < 'infinity'),
  CONSTRAINT part_denominator_positive CHECK (
    denominator >= 0 AND denominator < 'infinity'),
  CONSTRAINT part_actual_fkey FOREIGN KEY (indicator_id, actual_id)
    REFERENCES initiatives.actual (indicator_id, id),
  CONSTRAINT part_category_fkey FOREIGN KEY (indicator_id, dimension, category)
    REFERENCES initiatives.category (indicator_id, dimension, category)
);

GRANT SELECT ON initiatives.initiative, initiatives.step, initiatives.partner, initiatives.funder,
  initiatives.indicator, initiatives.term, initiatives.period, initiatives.category,
  initiatives.actual, initiatives.part TO sister_service;
GRANT INSERT (code, title, area, parent_id, starts, ends, countries, required_roles),
  UPDATE (title, area, parent_id, starts, ends, countries, state, reason)
  ON initiatives.initiative TO sister_service;
GRANT INSERT, UPDATE (role), DELETE ON initiatives.partner TO sister_service;
GRANT INSERT (initiative_id, name, reference, pledged, currency),
  UPDATE (reference, pledged, currency), DELETE ON initiatives.funder TO sister_service;
-- What could break a rule of indicators goes through routines.
GRANT UPDATE (title, unit, result, baseline, baseline_on, baseline_note) ON initiatives.indicator
  TO sister_service;
