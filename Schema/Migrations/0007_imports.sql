-- What imports of lists made of their rows: the report of the last one of each source. None of it is
-- audited, because it says nothing but what became of the rows; what came of them is.

CREATE TABLE directory.import_run (
  id bigint GENERATED ALWAYS AS IDENTITY,
  source_id bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  -- Whether its coordinates tell namesakes apart: they do not where they were looked up by name.
  trusts_coordinates boolean NOT NULL,
  CONSTRAINT import_run_pkey PRIMARY KEY (id),
  CONSTRAINT import_run_source_key UNIQUE (source_id),
  CONSTRAINT import_run_source_fkey FOREIGN KEY (source_id) REFERENCES directory.source (id)
);

-- Each place that the rows name, once, and the community that it was taken for. (No foreign keys here
-- and in the next table: they would cost more than all else that a row costs, and
-- directory.begin_import alone deletes runs, with everything of theirs. A row
-- is changed once, a place mostly too: pages with room for that let their indexes be.)
CREATE TABLE directory.import_place (
  run_id bigint NOT NULL,
  number bigint NOT NULL,
  city text NOT NULL,
  key text NOT NULL GENERATED ALWAYS AS (directory.name_key(city)) STORED,
  -- The country as the source writes it.
  label text NOT NULL,
  -- As the source says, or as the country's label does.
  region text,
  latitude double precision,
  longitude double precision,
  geonames text,
  country text,
  -- The first place of the list that is the same community.
  leader bigint,
  community_id bigint,
  outcome text,
  reason text,
  CONSTRAINT import_place_pkey PRIMARY KEY (run_id, number),
  CONSTRAINT import_place_outcome_known CHECK (
    outcome IN ('added', 'matched', 'ambiguous', 'rejected'))
) WITH (fillfactor = 40);

-- A row, and what became of it.
CREATE TABLE directory.import_row (
  run_id bigint NOT NULL,
  line bigint NOT NULL,
  place1 bigint,
  place2 bigint,
  since date,
  outcome text,
  reason text,
  partnership_id bigint,
  CONSTRAINT import_row_pkey PRIMARY KEY (run_id, line),
  CONSTRAINT import_row_outcome_known CHECK (
    outcome IN ('added', 'matched', 'ambiguous', 'rejected'))
) WITH (fillfactor = 50);

-- Each country's name as the source writes it, and what it was taken for.
CREATE TABLE directory.import_label (
  run_id bigint NOT NULL,
  label text NOT NULL,
  country text,
  region text,
  -- Why: it is one, is like one, or names two; where it is none, what it might be.
  reason text NOT NULL,
  CONSTRAINT import_label_pkey PRIMARY KEY (run_id, label)
);

GRANT SELECT ON directory.import_run, directory.import_row, directory.import_place,
  directory.import_label TO sister_service;
GRANT INSERT (run_id, number, city, label, region, latitude, longitude, geonames)
  ON directory.import_place TO sister_service;
GRANT INSERT (run_id, line, place1, place2, since, outcome, reason) ON directory.import_row
  TO sister_service;
