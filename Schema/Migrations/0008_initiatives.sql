-- Initiatives, their pilots and partners, and the indicators that say what they achieved.

CREATE SCHEMA initiatives;
GRANT USAGE ON SCHEMA initiatives TO sister_service;

INSERT INTO service.transition VALUES
  ('initiative', 'planned', 'active'),
  ('initiative', 'planned', 'cancelled'),
  ('initiative', 'active', 'completed'),
  ('initiative', 'active', 'cancelled');

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
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT initiative_pkey PRIMARY KEY (id),
  CONSTRAINT initiative_code_key UNIQUE (code),
  CONSTRAINT initiative_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT initiative_area_known CHECK (
    area IN ('cultural-exchange', 'humanitarian', 'youth-education', 'economic-development')),
  CONSTRAINT initiative_state_known CHECK (state IN ('planned', 'active', 'completed', 'cancelled')),
  CONSTRAINT initiative_period_order CHECK (ends >= starts),
  CONSTRAINT initiative_not_own_parent CHECK (parent_id <> id),
  CONSTRAINT initiative_countries_format CHECK (
    array_to_string(countries, ' ') ~ '^([A-Z]{2}( [A-Z]{2})*)?$'),
  CONSTRAINT initiative_required_roles_count CHECK (cardinality(required_roles) IN (0, 3)),
  CONSTRAINT initiative_parent_fkey FOREIGN KEY (parent_id) REFERENCES initiatives.initiative (id)
);
CREATE INDEX initiative_parent ON initiatives.initiative (parent_id);

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

CREATE TABLE initiatives.indicator (
  id bigint GENERATED ALWAYS AS IDENTITY,
  initiative_id bigint NOT NULL,
  code text NOT NULL,
  title text NOT NULL,
  unit text NOT NULL,
  target numeric NOT NULL,
  -- A formula indicator is another one of the same initiative times a factor; nothing is reported.
  formula_of bigint,
  formula_factor numeric,
  CONSTRAINT indicator_pkey PRIMARY KEY (id),
  CONSTRAINT indicator_code_key UNIQUE (initiative_id, code),
  CONSTRAINT indicator_same_initiative_key UNIQUE (initiative_id, id),
  CONSTRAINT indicator_code_format CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  CONSTRAINT indicator_target_positive CHECK (target >= 0),
  CONSTRAINT indicator_formula_whole CHECK ((formula_of IS NULL) = (formula_factor IS NULL)),
  CONSTRAINT indicator_not_of_itself CHECK (formula_of <> id),
  CONSTRAINT indicator_initiative_fkey
    FOREIGN KEY (initiative_id) REFERENCES initiatives.initiative (id),
  CONSTRAINT indicator_formula_fkey
    FOREIGN KEY (initiative_id, formula_of) REFERENCES initiatives.indicator (initiative_id, id)
);

-- What was reported, each for a day; the actual is their sum.
CREATE TABLE initiatives.actual (
  id bigint GENERATED ALWAYS AS IDENTITY,
  indicator_id bigint NOT NULL,
  reported_on date NOT NULL,
  amount numeric NOT NULL,
  note text,
  CONSTRAINT actual_pkey PRIMARY KEY (id),
  CONSTRAINT actual_amount_not_zero CHECK (amount <> 0),
  CONSTRAINT actual_indicator_fkey FOREIGN KEY (indicator_id) REFERENCES initiatives.indicator (id)
);
CREATE INDEX actual_indicator ON initiatives.actual (indicator_id);

GRANT SELECT ON initiatives.initiative TO sister_service;
GRANT INSERT (code, title, area, parent_id, starts, ends, countries, required_roles)
  ON initiatives.initiative TO sister_service;
GRANT SELECT, INSERT ON initiatives.partner, initiatives.indicator, initiatives.actual
  TO sister_service;
GRANT UPDATE (title, area, starts, ends, countries, state) ON initiatives.initiative
  TO sister_service;
GRANT UPDATE (role) ON initiatives.partner TO sister_service;
