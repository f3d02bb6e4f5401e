-- Youth exchanges: programs under rule profiles, their cohorts, and the young people in them.
--
-- Whatever says something about a participant stands under row-level security, forced on the owner
-- too: without a context that allows it there are no rows. The policies are in Schema/Routines.

CREATE SCHEMA exchanges;
GRANT USAGE ON SCHEMA exchanges TO sister_service;

INSERT INTO service.transition VALUES
  ('cohort', 'planned', 'open'),
  ('cohort', 'planned', 'cancelled'),
  ('cohort', 'open', 'cancelled'),
  ('participant', 'draft', 'submitted'),
  ('participant', 'draft', 'withdrawn'),
  ('participant', 'submitted', 'under_review'),
  ('participant', 'submitted', 'withdrawn'),
  ('participant', 'under_review', 'accepted'),
  ('participant', 'under_review', 'declined'),
  ('participant', 'under_review', 'waitlisted'),
  ('participant', 'under_review', 'withdrawn'),
  ('participant', 'waitlisted', 'accepted'),
  ('participant', 'waitlisted', 'declined'),
  ('participant', 'waitlisted', 'withdrawn'),
  ('participant', 'accepted', 'withdrawn');

-- Which audit entries take more than audit.read to be seen, because a change that belongs to them
-- does: the request of such an entry names a child.
CREATE TABLE audit.protection (
  entry_id bigint NOT NULL,
  capability text NOT NULL,
  CONSTRAINT protection_pkey PRIMARY KEY (entry_id, capability),
  CONSTRAINT protection_entry_fkey FOREIGN KEY (entry_id) REFERENCES audit.entry (id)
);
GRANT SELECT ON audit.protection TO sister_service;

-- The rules that programs follow. A version never changes: new rules are a new version, and a
-- program keeps the one that it was made under. A later migration that adds one opens a command
-- first (access.begin_command), because the audit asks who did it.
CREATE TABLE exchanges.rule_profile (
  code text NOT NULL,
  version bigint NOT NULL,
  title text NOT NULL,
  -- Ages on the first day, in whole months; NULL where the rules set none.
  min_age_months bigint,
  max_age_months bigint,
  -- Whether somebody who reaches the upper age on that very day is still within the band.
  max_age_included boolean,
  -- The band as people write it.
  ages text,
  -- Days from the first to the last, both counted.
  min_days bigint,
  max_days bigint,
  source text NOT NULL,
  -- When the figures were taken from the source, and when somebody last checked them there.
  recorded_on date NOT NULL,
  verified_on date,
  CONSTRAINT rule_profile_pkey PRIMARY KEY (code, version),
  CONSTRAINT rule_profile_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT rule_profile_version_counted CHECK (version >= 1),
  CONSTRAINT rule_profile_ages_order CHECK (min_age_months < max_age_months),
  CONSTRAINT rule_profile_ages_whole CHECK (
    (max_age_months IS NULL) = (max_age_included IS NULL)
    AND (coalesce(min_age_months, max_age_months) IS NULL) = (ages IS NULL)),
  CONSTRAINT rule_profile_days_order CHECK (min_days <= max_days)
);

INSERT INTO exchanges.rule_profile VALUES
  ('SCI-short', 1, 'Short delegations between sister cities',
    NULL, NULL, NULL, NULL, NULL, NULL,
    'The network''s default for short delegations; sets no figures of its own',
    '2026-11-24', NULL),
  ('ErasmusYouth', 1, 'Erasmus+ youth exchanges',
    13 * 12, 31 * 12, false, '13–30', 5, 21,
    'Erasmus+ youth exchanges: 13–30 years, 5–21 days; to be verified in the program guide',
    '2026-11-24', NULL),
  ('CSIET-short', 1, 'Short-term programs under CSIET standards',
    NULL, NULL, NULL, NULL, NULL, 8 * 7,
    'CSIET, short term: at most 8 weeks; to be verified in the standards',
    '2026-11-24', NULL),
  ('J1-62.25', 1, 'Secondary school students on J-1 visas',
    15 * 12, 18 * 12 + 6, true, '15–18½', NULL, NULL,
    '22 CFR 62.25: 15–18½ years; to be verified in the regulation',
    '2026-11-24', NULL);

CREATE TABLE exchanges.program (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  title text NOT NULL,
  profile_code text NOT NULL,
  profile_version bigint NOT NULL,
  CONSTRAINT program_pkey PRIMARY KEY (id),
  CONSTRAINT program_code_key UNIQUE (code),
  CONSTRAINT program_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT program_profile_fkey
    FOREIGN KEY (profile_code, profile_version) REFERENCES exchanges.rule_profile (code, version)
);

CREATE TABLE exchanges.cohort (
  id bigint GENERATED ALWAYS AS IDENTITY,
  program_id bigint NOT NULL,
  code text NOT NULL,
  from_community_id bigint NOT NULL,
  to_community_id bigint NOT NULL,
  -- The partnership of the two: exchanges.find_partnership fills it in.
  partnership_id bigint NOT NULL,
  starts date NOT NULL,
  ends date NOT NULL,
  capacity bigint NOT NULL,
  -- Places taken. Only exchanges.count_places() writes it.
  taken bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'planned',
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT cohort_pkey PRIMARY KEY (id),
  CONSTRAINT cohort_code_key UNIQUE (code),
  CONSTRAINT cohort_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT cohort_state_known CHECK (state IN ('planned', 'open', 'cancelled')),
  CONSTRAINT cohort_dates_order CHECK (ends >= starts),
  CONSTRAINT cohort_communities_differ CHECK (from_community_id <> to_community_id),
  CONSTRAINT cohort_capacity_positive CHECK (capacity >= 1),
  CONSTRAINT cohort_capacity_kept CHECK (taken BETWEEN 0 AND capacity),
  CONSTRAINT cohort_program_fkey FOREIGN KEY (program_id) REFERENCES exchanges.program (id),
  CONSTRAINT cohort_from_fkey
    FOREIGN KEY (from_community_id) REFERENCES directory.community (id),
  CONSTRAINT cohort_to_fkey FOREIGN KEY (to_community_id) REFERENCES directory.community (id),
  CONSTRAINT cohort_partnership_fkey
    FOREIGN KEY (partnership_id) REFERENCES directory.partnership (id)
);
CREATE INDEX cohort_program ON exchanges.cohort (program_id);
CREATE INDEX cohort_from ON exchanges.cohort (from_community_id);
CREATE INDEX cohort_to ON exchanges.cohort (to_community_id);
CREATE INDEX cohort_partnership ON exchanges.cohort (partnership_id);

-- A young person in a cohort.
CREATE TABLE exchanges.participant (
  id bigint GENERATED ALWAYS AS IDENTITY,
  -- P-000123: what people call the row by, in place of a name. A trigger gives it.
  number text NOT NULL,
  cohort_id bigint NOT NULL,
  given_name text NOT NULL,
  family_name text NOT NULL,
  born date NOT NULL,
  state text NOT NULL DEFAULT 'draft',
  -- Why the application ended where it did.
  reason text,
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT participant_pkey PRIMARY KEY (id),
  CONSTRAINT participant_number_key UNIQUE (number),
  CONSTRAINT participant_number_format CHECK (number ~ '^P-[0-9]{6,}$'),
  CONSTRAINT participant_names_present CHECK (trim(given_name) <> '' AND trim(family_name) <> ''),
  CONSTRAINT participant_state_known CHECK (state IN (
    'draft', 'submitted', 'under_review', 'waitlisted', 'declined', 'accepted', 'withdrawn')),
  CONSTRAINT participant_withdrawal_reasoned CHECK (
    state <> 'withdrawn' OR coalesce(trim(reason), '') <> ''),
  CONSTRAINT participant_cohort_fkey FOREIGN KEY (cohort_id) REFERENCES exchanges.cohort (id)
);
CREATE INDEX participant_cohort_state ON exchanges.participant (cohort_id, state);
-- One application of one person at a time; who was declined or withdrew may apply again.
CREATE UNIQUE INDEX participant_person_key
  ON exchanges.participant (cohort_id, lower(family_name), lower(given_name), born)
  WHERE state NOT IN ('declined', 'withdrawn');

-- A guardian of one participant. Siblings' guardian has a row for each: what is verified is that
-- this person is the guardian of this child.
CREATE TABLE exchanges.guardian (
  id bigint GENERATED ALWAYS AS IDENTITY,
  participant_id bigint NOT NULL,
  name text NOT NULL,
  email text NOT NULL,
  verified_how text,
  verified_at timestamptz,
  -- The principal who verified.
  verified_by text,
  CONSTRAINT guardian_pkey PRIMARY KEY (id),
  CONSTRAINT guardian_name_present CHECK (trim(name) <> ''),
  CONSTRAINT guardian_email_format CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
  CONSTRAINT guardian_verified_known CHECK (
    verified_how IN ('in-person', 'video-call', 'notarised-form')),
  CONSTRAINT guardian_verified_whole CHECK (
    (verified_how IS NULL) = (verified_at IS NULL)
    AND (verified_how IS NULL) = (verified_by IS NULL)),
  CONSTRAINT guardian_participant_fkey
    FOREIGN KEY (participant_id) REFERENCES exchanges.participant (id)
);
CREATE UNIQUE INDEX guardian_email_key ON exchanges.guardian (participant_id, lower(email));

ALTER TABLE exchanges.participant ENABLE ROW LEVEL SECURITY;
ALTER TABLE exchanges.participant FORCE ROW LEVEL SECURITY;
ALTER TABLE exchanges.guardian ENABLE ROW LEVEL SECURITY;
ALTER TABLE exchanges.guardian FORCE ROW LEVEL SECURITY;

GRANT SELECT ON exchanges.rule_profile TO sister_service;
GRANT SELECT, INSERT ON exchanges.program TO sister_service;
GRANT SELECT ON exchanges.participant, exchanges.guardian TO sister_service;
GRANT INSERT (cohort_id, given_name, family_name, born) ON exchanges.participant
  TO sister_service;
GRANT INSERT (participant_id, name, email) ON exchanges.guardian TO sister_service;
GRANT SELECT ON exchanges.cohort TO sister_service;
GRANT INSERT (program_id, code, from_community_id, to_community_id, starts, ends, capacity)
  ON exchanges.cohort TO sister_service;
GRANT UPDATE (state) ON exchanges.cohort TO sister_service;
GRANT UPDATE (state, reason) ON exchanges.participant TO sister_service;
GRANT UPDATE (verified_how) ON exchanges.guardian TO sister_service;
