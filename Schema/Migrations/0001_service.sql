-- What every area stands on: lifecycles as data, refusals that reach the person, and the audit.
--
-- The service logs in as sister_service, which owns nothing. What it may read and write is granted
-- table by table; counters, ledgers and the audit are written by SECURITY DEFINER routines only.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'sister_service') THEN
    CREATE ROLE sister_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
  END IF;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sister_service; -- pg_trgm's functions live there

-- Temporary objects could stand in for catalogue types, or carry a SECURITY DEFINER trigger
-- function: code of the service's choosing would run as the owner.
DO $$
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;

CREATE SCHEMA service;
GRANT USAGE ON SCHEMA service TO sister_service;

-- Which changes of state there are: the truth that service.guard_lifecycle() keeps.
CREATE TABLE service.transition (
  noun text NOT NULL,
  from_state text NOT NULL,
  to_state text NOT NULL,
  CONSTRAINT transition_pkey PRIMARY KEY (noun, from_state, to_state)
);
GRANT SELECT ON service.transition TO sister_service;

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO sister_service;

-- One row per command that changed something.
CREATE TABLE audit.entry (
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT now(),
  -- The transaction that made it: changes of no other belong to it.
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  principal text NOT NULL,
  command text NOT NULL,
  request text NOT NULL,
  request_key text,
  CONSTRAINT entry_pkey PRIMARY KEY (id)
);
CREATE INDEX entry_at ON audit.entry (at);

-- One row per row changed, before and after.
CREATE TABLE audit.change (
  id bigint GENERATED ALWAYS AS IDENTITY,
  entry_id bigint NOT NULL,
  relation text COLLATE "C" NOT NULL,
  row_key text COLLATE "C" NOT NULL,
  before jsonb,
  after jsonb,
  CONSTRAINT change_pkey PRIMARY KEY (id),
  CONSTRAINT change_entry_fkey FOREIGN KEY (entry_id) REFERENCES audit.entry (id)
);
CREATE INDEX change_entry ON audit.change (entry_id);
CREATE INDEX change_row ON audit.change (relation, row_key);
GRANT SELECT ON audit.entry, audit.change TO sister_service;

-- What nobody can change any more without being found out: entries in the order of their ids, each
-- seal over its range and over the seal before it. Ranges leave no gap, so that nothing can be put
-- between them.
CREATE TABLE audit.seal (
  number bigint NOT NULL,
  at timestamptz NOT NULL,
  first_entry bigint NOT NULL,
  last_entry bigint NOT NULL,
  entries bigint NOT NULL,
  -- Empty in the first.
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT seal_pkey PRIMARY KEY (number)
);

-- How far the audit is final: nothing up to these ids is still to come. In one row.
CREATE TABLE audit.horizon (
  entry bigint NOT NULL,
  change bigint NOT NULL,
  -- These ids are the next ones: final as soon as every transaction before this one has ended.
  next_entry bigint,
  next_change bigint,
  awaits xid8
);
INSERT INTO audit.horizon (entry, change) VALUES (0, 0);
GRANT SELECT ON audit.seal, audit.horizon TO sister_service;
