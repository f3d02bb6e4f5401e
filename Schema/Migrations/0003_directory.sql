-- Communities, as far as the other areas refer to them.

CREATE SCHEMA directory;
GRANT USAGE ON SCHEMA directory TO sister_service;

CREATE TABLE directory.community (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  name text NOT NULL,
  -- ISO 3166-1 alpha-2.
  country text NOT NULL,
  -- State, province or prefecture, where namesakes must be told apart.
  region text,
  -- Names in other languages and scripts.
  other_names text[] NOT NULL DEFAULT '{}',
  CONSTRAINT community_pkey PRIMARY KEY (id),
  CONSTRAINT community_code_key UNIQUE (code),
  CONSTRAINT community_code_format CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  CONSTRAINT community_country_format CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT community_name_key UNIQUE NULLS NOT DISTINCT (name, country, region)
);
GRANT SELECT, INSERT ON directory.community TO sister_service;
GRANT UPDATE (name, country, region, other_names) ON directory.community TO sister_service;
