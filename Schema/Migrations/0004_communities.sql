-- Communities: the cities, counties and regions that partner with each other, with their names in
-- every language and script and their numbers in other people's lists.

CREATE TABLE directory.community (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- In the order of its bytes, so that those that begin alike are found together.
  code text COLLATE "C" NOT NULL,
  -- As the network writes it, in English.
  name text NOT NULL,
  -- What it is found by.
  key text NOT NULL GENERATED ALWAYS AS (directory.name_key(name)) STORED,
  kind text NOT NULL DEFAULT 'city',
  parent_id bigint,
  country text NOT NULL,
  -- State, province or prefecture, where namesakes must be told apart.
  region text,
  -- The same as ISO 3166-2, where that is known: US-IL.
  subdivision text,
  -- Degrees of WGS 84.
  latitude double precision,
  longitude double precision,
  population bigint,
  -- As the IANA's database names it.
  time_zone text,
  -- Who says that there is such a place, where nobody of the network has looked yet.
  unverified_source text,
  -- The one that it turned out to be: what is said of this one is said of that.
  merged_into_id bigint,
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT community_pkey PRIMARY KEY (id),
  CONSTRAINT community_code_key UNIQUE (code),
  -- For what keeps a community with its country.
  CONSTRAINT community_id_country_key UNIQUE (id, country),
  CONSTRAINT community_code_format CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,31}$'),
  CONSTRAINT community_key_not_empty CHECK (key <> ''),
  -- Indexes hold them.
  CONSTRAINT community_name_length CHECK (length(name) <= 200 AND length(region) <= 100),
  CONSTRAINT community_kind_known CHECK (kind IN ('city', 'town', 'village', 'district', 'county',
    'state', 'province', 'prefecture', 'oblast', 'region', 'island', 'other')),
  CONSTRAINT community_not_own_parent CHECK (parent_id <> id),
  CONSTRAINT community_subdivision_format CHECK (
    subdivision ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$' AND left(subdivision, 2) = country),
  CONSTRAINT community_coordinates_whole CHECK ((latitude IS NULL) = (longitude IS NULL)),
  CONSTRAINT community_latitude_range CHECK (latitude BETWEEN -90 AND 90),
  CONSTRAINT community_longitude_range CHECK (longitude BETWEEN -180 AND 180),
  CONSTRAINT community_population_positive CHECK (population > 0),
  CONSTRAINT community_time_zone_format CHECK (time_zone = 'UTC' OR time_zone ~ '^[A-Z][A-Za-z_]+/'),
  CONSTRAINT community_parent_fkey FOREIGN KEY (parent_id) REFERENCES directory.community (id),
  CONSTRAINT community_country_fkey FOREIGN KEY (country) REFERENCES directory.country (code),
  CONSTRAINT community_not_merged_into_itself CHECK (merged_into_id <> id),
  CONSTRAINT community_merged_into_fkey
    FOREIGN KEY (merged_into_id) REFERENCES directory.community (id)
);
-- Equal keys, keys that begin alike, and keys that are like each other. Namesakes differ in something
-- that can be told.
CREATE UNIQUE INDEX community_name_key ON directory.community
  (key text_pattern_ops, country COLLATE "C", region COLLATE "C", kind COLLATE "C", latitude,
    longitude) NULLS NOT DISTINCT;
CREATE INDEX community_likeness ON directory.community USING gin (key gin_trgm_ops);
-- For what lies near: a band of latitudes is soon looked through.
CREATE INDEX community_latitude ON directory.community (latitude, longitude);
CREATE INDEX community_parent ON directory.community (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX community_merged_into ON directory.community (merged_into_id)
  WHERE merged_into_id IS NOT NULL;

-- What else a community is called.
CREATE TABLE directory.community_name (
  id bigint GENERATED ALWAYS AS IDENTITY,
  community_id bigint NOT NULL,
  name text NOT NULL,
  key text NOT NULL GENERATED ALWAYS AS (directory.name_key(name)) STORED,
  kind text NOT NULL DEFAULT 'alias',
  -- As BCP 47 writes it: zh-Hans.
  language text,
  CONSTRAINT community_name_pkey PRIMARY KEY (id),
  CONSTRAINT community_name_name_key UNIQUE (community_id, name),
  CONSTRAINT community_name_key_not_empty CHECK (key <> ''),
  CONSTRAINT community_name_name_length CHECK (length(name) <= 200),
  CONSTRAINT community_name_kind_known
    CHECK (kind IN ('official', 'exonym', 'former', 'alias')),
  CONSTRAINT community_name_language_format
    CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  CONSTRAINT community_name_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX community_name_by_key ON directory.community_name (key text_pattern_ops);
CREATE INDEX community_name_likeness ON directory.community_name USING gin (key gin_trgm_ops);

-- A community's numbers in other lists; each number is of one community.
CREATE TABLE directory.external_id (
  scheme text NOT NULL,
  value text NOT NULL,
  community_id bigint NOT NULL,
  CONSTRAINT external_id_pkey PRIMARY KEY (scheme, value),
  CONSTRAINT external_id_scheme_known CHECK (scheme IN ('geonames', 'wikidata', 'un-locode')),
  CONSTRAINT external_id_value_format CHECK (CASE scheme
    WHEN 'geonames' THEN value ~ '^[1-9][0-9]{0,11}$'
    WHEN 'wikidata' THEN value ~ '^Q[1-9][0-9]{0,11}$'
    ELSE value ~ '^[A-Z]{2}[A-Z2-9]{3}$' END),
  CONSTRAINT external_id_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX external_id_community ON directory.external_id (community_id);

-- Two communities that turned out to be one, until it turns out that they are two.
CREATE TABLE directory.merge (
  id bigint GENERATED ALWAYS AS IDENTITY,
  duplicate_id bigint NOT NULL,
  kept_id bigint NOT NULL,
  reason text NOT NULL,
  merged_at timestamptz NOT NULL DEFAULT now(),
  undone_at timestamptz,
  CONSTRAINT merge_pkey PRIMARY KEY (id),
  CONSTRAINT merge_duplicate_fkey
    FOREIGN KEY (duplicate_id) REFERENCES directory.community (id),
  CONSTRAINT merge_kept_fkey FOREIGN KEY (kept_id) REFERENCES directory.community (id)
);
CREATE UNIQUE INDEX merge_one_at_a_time ON directory.merge (duplicate_id)
  WHERE undone_at IS NULL;

-- What a merge did to other rows, in order, so that it can be undone: each reference to the duplicate
-- that was made one to the other, and the rows that were added or taken away.
CREATE TABLE directory.merge_step (
  id bigint GENERATED ALWAYS AS IDENTITY,
  merge_id bigint NOT NULL,
  relation regclass NOT NULL,
  -- The columns that name the row, with the values that they have now.
  row_key jsonb NOT NULL,
  -- What the columns that were changed held before; the whole row where it was taken away; NULL where
  -- it was added.
  before jsonb,
  -- What they hold now.
  after jsonb,
  -- Of a partnership, what hung on it when the merge was done: directory.fingerprint.
  fingerprint text,
  CONSTRAINT merge_step_whole CHECK (after IS NULL OR before IS NOT NULL),
  CONSTRAINT merge_step_pkey PRIMARY KEY (id),
  CONSTRAINT merge_step_merge_fkey FOREIGN KEY (merge_id) REFERENCES directory.merge (id)
);
CREATE INDEX merge_step_merge ON directory.merge_step (merge_id);

GRANT SELECT ON directory.community, directory.community_name, directory.external_id,
  directory.merge TO sister_service;
GRANT INSERT (code, name, kind, parent_id, country, region, subdivision, latitude, longitude,
  population, time_zone) ON directory.community TO sister_service;
GRANT UPDATE (name, kind, parent_id, country, region, subdivision, latitude, longitude, population,
  time_zone, unverified_source) ON directory.community TO sister_service;
GRANT INSERT (community_id, name, kind, language), DELETE ON directory.community_name
  TO sister_service;
GRANT INSERT, DELETE ON directory.external_id TO sister_service;
