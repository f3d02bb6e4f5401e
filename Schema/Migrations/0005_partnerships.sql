-- Partnerships of two communities: what was proposed and signed, who says so, and three facts that
-- are kept apart: whether it exists, whether the network recognises it, and whether anything happens.

CREATE EXTENSION IF NOT EXISTS btree_gist;

INSERT INTO service.transition VALUES
  ('partnership', 'idea', 'proposed'),
  ('partnership', 'idea', 'withdrawn'),
  ('partnership', 'proposed', 'local-review'),
  ('partnership', 'proposed', 'withdrawn'),
  ('partnership', 'local-review', 'council-approved'),
  ('partnership', 'local-review', 'withdrawn'),
  ('partnership', 'council-approved', 'negotiating'),
  ('partnership', 'council-approved', 'withdrawn'),
  ('partnership', 'negotiating', 'signed'),
  ('partnership', 'negotiating', 'withdrawn'),
  ('partnership', 'asserted', 'signed'),
  ('partnership', 'asserted', 'withdrawn'),
  ('partnership', 'asserted', 'terminated'),
  ('partnership', 'signed', 'terminated'),
  ('recognition', 'none', 'recognised'),
  ('recognition', 'recognised', 'suspended'),
  ('recognition', 'suspended', 'recognised'),
  ('recognition', 'recognised', 'emeritus'),
  ('recognition', 'suspended', 'withdrawn'),
  ('recognition', 'recognised', 'withdrawn'),
  ('recognition', 'emeritus', 'withdrawn'),
  ('recognition', 'emeritus', 'recognised'),
  ('recognition', 'withdrawn', 'recognised'),
  ('activity', 'none', 'active'),
  ('activity', 'active', 'dormant'),
  ('activity', 'dormant', 'active');

CREATE TABLE directory.partnership (
  id bigint GENERATED ALWAYS AS IDENTITY,
  number text NOT NULL GENERATED ALWAYS AS ('PS-' || id::text) STORED,
  -- The two communities, in the order of their ids: a pair has no direction.
  lo_id bigint NOT NULL,
  hi_id bigint NOT NULL,
  -- Their countries, which the foreign keys keep right: what looks through all partnerships for threes
  -- of countries looks at no community.
  lo_country text NOT NULL,
  hi_country text NOT NULL,
  kind text NOT NULL DEFAULT 'sister',
  -- How far it has come. What a source says and nobody has shown is asserted.
  state text NOT NULL DEFAULT 'idea',
  -- Whether it ever was: a trigger says so.
  was_signed boolean NOT NULL DEFAULT false,
  -- In force from the first day until the day before the last: open where it is not known.
  starts date,
  ends date,
  period daterange NOT NULL GENERATED ALWAYS AS (
    CASE WHEN ends < starts THEN 'empty' ELSE daterange(starts, ends) END) STORED,
  end_reason text,
  themes text[] NOT NULL DEFAULT '{}',
  -- What a proposal consists of.
  profile text,
  sponsor text,
  volunteers bigint,
  first_year_plan text,
  -- The one that says the same, since two communities turned out to be one.
  merged_into_id bigint,
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT partnership_pkey PRIMARY KEY (id),
  CONSTRAINT partnership_pair_order CHECK (lo_id < hi_id),
  CONSTRAINT partnership_kind_known CHECK (kind IN ('sister', 'friendship', 'charter')),
  CONSTRAINT partnership_state_known CHECK (state IN ('idea', 'proposed', 'local-review',
    'council-approved', 'negotiating', 'asserted', 'signed', 'terminated', 'withdrawn')),
  CONSTRAINT partnership_period_order CHECK (ends > starts),
  CONSTRAINT partnership_signed_has_start CHECK (state <> 'signed' OR starts IS NOT NULL),
  CONSTRAINT partnership_end_whole CHECK (
    (state = 'terminated') = (ends IS NOT NULL) AND (ends IS NULL) = (end_reason IS NULL)),
  CONSTRAINT partnership_proposal_whole CHECK (state IN ('idea', 'withdrawn', 'asserted')
    OR (state IN ('signed', 'terminated') AND profile IS NULL)
    OR (profile IS NOT NULL AND sponsor IS NOT NULL AND coalesce(volunteers, 0) > 0
      AND first_year_plan IS NOT NULL)),
  CONSTRAINT partnership_themes_format CHECK (themes = '{}'
    OR array_to_string(themes, ' ') ~ '^([a-z][a-z0-9-]{0,31}( |$))*$'),
  CONSTRAINT partnership_merged_is_asserted CHECK (merged_into_id IS NULL OR state = 'asserted'),
  CONSTRAINT partnership_merged_into_fkey
    FOREIGN KEY (merged_into_id) REFERENCES directory.partnership (id),
  CONSTRAINT partnership_lo_fkey FOREIGN KEY (lo_id, lo_country)
    REFERENCES directory.community (id, country) ON UPDATE CASCADE,
  CONSTRAINT partnership_hi_fkey FOREIGN KEY (hi_id, hi_country)
    REFERENCES directory.community (id, country) ON UPDATE CASCADE,
  CONSTRAINT partnership_no_overlap EXCLUDE USING gist
    (lo_id WITH =, hi_id WITH =, period WITH &&)
    WHERE (was_signed)
);
-- One that there is, signed or said to be; beside it one that is prepared: a friendship may become
-- a sister relationship.
CREATE UNIQUE INDEX partnership_one_current ON directory.partnership (lo_id, hi_id)
  WHERE state IN ('asserted', 'signed') AND merged_into_id IS NULL;
CREATE UNIQUE INDEX partnership_one_proposal ON directory.partnership (lo_id, hi_id)
  WHERE state IN ('idea', 'proposed', 'local-review', 'council-approved', 'negotiating');
CREATE INDEX partnership_lo ON directory.partnership (lo_id);
CREATE INDEX partnership_hi ON directory.partnership (hi_id, lo_id);

CREATE TABLE directory.agreement (
  id bigint GENERATED ALWAYS AS IDENTITY,
  partnership_id bigint NOT NULL,
  title text NOT NULL,
  -- The languages it is written in (BCP 47).
  languages text[] NOT NULL,
  -- The councils' resolutions that it stands on.
  resolution text,
  resolution_on date,
  -- Until when the signature that is lacking may come.
  pending_until date,
  CONSTRAINT agreement_pkey PRIMARY KEY (id),
  CONSTRAINT agreement_resolution_whole CHECK ((resolution IS NULL) = (resolution_on IS NULL)),
  CONSTRAINT agreement_languages_format CHECK (
    array_to_string(languages, ' ') ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*( [a-z]{2,3}(-[A-Za-z0-9]{2,8})*)*$'),
  CONSTRAINT agreement_partnership_fkey
    FOREIGN KEY (partnership_id) REFERENCES directory.partnership (id)
);
CREATE INDEX agreement_partnership ON directory.agreement (partnership_id);

CREATE TABLE directory.signature (
  agreement_id bigint NOT NULL,
  community_id bigint NOT NULL,
  signer text NOT NULL,
  office text NOT NULL,
  -- Whether that is the community's highest elected official.
  is_highest boolean NOT NULL,
  signed_on date NOT NULL,
  CONSTRAINT signature_pkey PRIMARY KEY (agreement_id, community_id),
  CONSTRAINT signature_agreement_fkey
    FOREIGN KEY (agreement_id) REFERENCES directory.agreement (id),
  CONSTRAINT signature_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);

CREATE INDEX signature_community ON directory.signature (community_id);

-- What held when, and when the network knew it: nothing is overwritten, and nothing is deleted.
-- directory.record_fact alone writes here.
CREATE TABLE directory.partnership_fact (
  id bigint GENERATED ALWAYS AS IDENTITY,
  partnership_id bigint NOT NULL,
  fact text NOT NULL,
  value text NOT NULL,
  valid daterange NOT NULL,
  known tstzrange NOT NULL,
  reason text,
  CONSTRAINT partnership_fact_pkey PRIMARY KEY (id),
  CONSTRAINT partnership_fact_known CHECK (CASE fact
    WHEN 'existence' THEN value = 'in-force'
    WHEN 'recognition' THEN value IN ('recognised', 'suspended', 'emeritus', 'withdrawn')
    WHEN 'activity' THEN value IN ('active', 'dormant')
    ELSE false END),
  CONSTRAINT partnership_fact_not_empty CHECK (NOT isempty(valid) AND NOT isempty(known)),
  CONSTRAINT partnership_fact_partnership_fkey
    FOREIGN KEY (partnership_id) REFERENCES directory.partnership (id),
  -- At any time, one thing was known of any day.
  CONSTRAINT partnership_fact_no_overlap EXCLUDE USING gist
    (partnership_id WITH =, fact WITH =, valid WITH &&, known WITH &&)
);

CREATE TABLE directory.partnership_event (
  id bigint GENERATED ALWAYS AS IDENTITY,
  partnership_id bigint NOT NULL,
  happened_on date NOT NULL,
  kind text NOT NULL,
  title text NOT NULL,
  CONSTRAINT partnership_event_pkey PRIMARY KEY (id),
  CONSTRAINT partnership_event_kind_known CHECK (
    kind IN ('contact', 'visit', 'exchange', 'project', 'anniversary')),
  CONSTRAINT partnership_event_partnership_fkey
    FOREIGN KEY (partnership_id) REFERENCES directory.partnership (id)
);
CREATE INDEX partnership_event_partnership
  ON directory.partnership_event (partnership_id, happened_on);

-- Communities that seek a partner, and what one: empty or NULL is any.
CREATE TABLE directory.seeking (
  community_id bigint NOT NULL,
  countries text[] NOT NULL DEFAULT '{}',
  -- As GeoNames abbreviates them.
  continents text[] NOT NULL DEFAULT '{}',
  min_population bigint,
  max_population bigint,
  themes text[] NOT NULL DEFAULT '{}',
  note text,
  since date NOT NULL DEFAULT current_date,
  CONSTRAINT seeking_pkey PRIMARY KEY (community_id),
  CONSTRAINT seeking_population_order
    CHECK (min_population > 0 AND max_population > 0 AND max_population >= min_population),
  CONSTRAINT seeking_continents_known
    CHECK (continents <@ '{AF,AN,AS,EU,NA,OC,SA}'::text[]),
  CONSTRAINT seeking_themes_format CHECK (themes = '{}'
    OR array_to_string(themes, ' ') ~ '^([a-z][a-z0-9-]{0,31}( |$))*$'),
  CONSTRAINT seeking_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);

-- Lists that others keep.
CREATE TABLE directory.source (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  title text NOT NULL,
  -- Whom to name, and under which licence it is used.
  credit text,
  CONSTRAINT source_pkey PRIMARY KEY (id),
  CONSTRAINT source_code_key UNIQUE (code),
  CONSTRAINT source_code_format CHECK (code ~ '^[a-z0-9][a-z0-9._-]{0,31}$')
);

INSERT INTO directory.source (code, title, credit) VALUES
  ('geonames', 'GeoNames', 'GeoNames (https://www.geonames.org), CC BY 4.0');

-- Who says that a partnership exists, or that it does not: a source, or one of the two themselves.
CREATE TABLE directory.assertion (
  partnership_id bigint NOT NULL,
  source_id bigint,
  community_id bigint,
  stance text NOT NULL,
  asserted_on date NOT NULL,
  note text,
  -- Each of them says one thing.
  CONSTRAINT assertion_key UNIQUE NULLS NOT DISTINCT (partnership_id, source_id, community_id),
  CONSTRAINT assertion_stance_known CHECK (stance IN ('exists', 'ended', 'never')),
  CONSTRAINT assertion_by_one CHECK ((source_id IS NULL) <> (community_id IS NULL)),
  CONSTRAINT assertion_partnership_fkey
    FOREIGN KEY (partnership_id) REFERENCES directory.partnership (id),
  CONSTRAINT assertion_source_fkey FOREIGN KEY (source_id) REFERENCES directory.source (id),
  CONSTRAINT assertion_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
CREATE INDEX assertion_community ON directory.assertion (community_id)
  WHERE community_id IS NOT NULL;
-- The few that somebody denies.
CREATE INDEX assertion_denial ON directory.assertion (partnership_id) WHERE stance <> 'exists';
CREATE INDEX partnership_past ON directory.partnership (id)
  WHERE state IN ('terminated', 'withdrawn');

GRANT SELECT ON directory.partnership, directory.agreement, directory.signature,
  directory.partnership_fact, directory.partnership_event, directory.source, directory.assertion,
  directory.seeking
  TO sister_service;
GRANT INSERT (lo_id, hi_id, kind, state, starts, themes) ON directory.partnership
  TO sister_service;
GRANT UPDATE (kind, state, starts, ends, end_reason, themes, profile, sponsor, volunteers,
  first_year_plan) ON directory.partnership TO sister_service;
GRANT INSERT (partnership_id, title, languages, pending_until), UPDATE (resolution, resolution_on)
  ON directory.agreement TO sister_service;
GRANT INSERT ON directory.signature TO sister_service;
GRANT INSERT (partnership_id, happened_on, kind, title) ON directory.partnership_event
  TO sister_service;
GRANT INSERT, UPDATE, DELETE ON directory.seeking TO sister_service;
GRANT INSERT (code, title, credit), UPDATE (title, credit) ON directory.source TO sister_service;
GRANT INSERT (partnership_id, source_id, community_id, stance, asserted_on, note),
  UPDATE (stance, asserted_on, note) ON directory.assertion TO sister_service;
