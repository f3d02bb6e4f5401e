-- Conferences, their ticket types, the quotas that keep them from being oversold, and who has
-- registered.

CREATE SCHEMA conferences;
GRANT USAGE ON SCHEMA conferences TO sister_service;

INSERT INTO service.transition VALUES
  ('conference', 'planned', 'open'),
  ('conference', 'open', 'closed'),
  ('conference', 'closed', 'open'),
  ('registration', 'confirmed', 'cancelled');

CREATE TABLE conferences.conference (
  id bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  title text NOT NULL,
  host_id bigint NOT NULL,
  starts date NOT NULL,
  ends date NOT NULL,
  venue text,
  -- IANA name of the zone that the program's times are in.
  timezone text NOT NULL,
  -- ISO 4217: what its tickets are sold in.
  currency text NOT NULL,
  state text NOT NULL DEFAULT 'planned',
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT conference_pkey PRIMARY KEY (id),
  CONSTRAINT conference_code_key UNIQUE (code),
  CONSTRAINT conference_currency_key UNIQUE (id, currency),
  CONSTRAINT conference_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT conference_state_known CHECK (state IN ('planned', 'open', 'closed')),
  CONSTRAINT conference_period_order CHECK (ends >= starts),
  CONSTRAINT conference_currency_format CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT conference_host_fkey FOREIGN KEY (host_id) REFERENCES directory.community (id)
);

CREATE TABLE conferences.ticket_type (
  id bigint GENERATED ALWAYS AS IDENTITY,
  conference_id bigint NOT NULL,
  code text NOT NULL,
  title text NOT NULL,
  -- Nothing for a free ticket.
  price_amount_minor bigint NOT NULL,
  price_currency text NOT NULL,
  -- Who may have it: anyone, or people of member communities in standing.
  eligible text NOT NULL DEFAULT 'anyone',
  CONSTRAINT ticket_type_eligible_known CHECK (eligible IN ('anyone', 'members')),
  CONSTRAINT ticket_type_pkey PRIMARY KEY (id),
  CONSTRAINT ticket_type_code_key UNIQUE (conference_id, code),
  CONSTRAINT ticket_type_same_conference_key UNIQUE (conference_id, id),
  CONSTRAINT ticket_type_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT ticket_type_price_positive CHECK (price_amount_minor >= 0),
  CONSTRAINT ticket_type_currency_fkey
    FOREIGN KEY (conference_id, price_currency) REFERENCES conferences.conference (id, currency)
);

-- Seats that ticket types share. The counters change with every registration: no index on them,
-- no reference from a registration, and a page with room for many versions of its few rows.
-- They always equal what registrations say, see conferences.quota_difference.
CREATE TABLE conferences.quota (
  id bigint GENERATED ALWAYS AS IDENTITY,
  conference_id bigint NOT NULL,
  code text NOT NULL,
  capacity bigint NOT NULL,
  held bigint NOT NULL DEFAULT 0,
  confirmed bigint NOT NULL DEFAULT 0,
  blocked bigint NOT NULL DEFAULT 0,
  CONSTRAINT quota_pkey PRIMARY KEY (id),
  CONSTRAINT quota_code_key UNIQUE (conference_id, code),
  CONSTRAINT quota_same_conference_key UNIQUE (conference_id, id),
  CONSTRAINT quota_code_format CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$'),
  CONSTRAINT quota_capacity_range CHECK (capacity BETWEEN 0 AND 1000000),
  CONSTRAINT quota_counters_positive CHECK (held >= 0 AND confirmed >= 0 AND blocked >= 0),
  CONSTRAINT quota_not_oversold CHECK (held + confirmed + blocked <= capacity),
  CONSTRAINT quota_conference_fkey
    FOREIGN KEY (conference_id) REFERENCES conferences.conference (id)
) WITH (fillfactor = 10);

-- A ticket of a type takes a seat of each of its quotas.
CREATE TABLE conferences.quota_ticket_type (
  ticket_type_id bigint NOT NULL,
  quota_id bigint NOT NULL,
  conference_id bigint NOT NULL,
  CONSTRAINT quota_ticket_type_pkey PRIMARY KEY (ticket_type_id, quota_id),
  CONSTRAINT quota_ticket_type_quota_fkey
    FOREIGN KEY (conference_id, quota_id) REFERENCES conferences.quota (conference_id, id),
  CONSTRAINT quota_ticket_type_ticket_type_fkey
    FOREIGN KEY (conference_id, ticket_type_id)
    REFERENCES conferences.ticket_type (conference_id, id)
);
CREATE INDEX quota_ticket_type_quota ON conferences.quota_ticket_type (quota_id);

-- A registration's id as people read it. It stands here because a stored column is made of it.
CREATE FUNCTION conferences.registration_number(id bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 'R-' || CASE WHEN id < 1000000 THEN lpad(id::text, 6, '0') ELSE id::text END
$$;

CREATE TABLE conferences.registration (
  id bigint GENERATED ALWAYS AS IDENTITY,
  number text NOT NULL GENERATED ALWAYS AS (conferences.registration_number(id)) STORED,
  conference_id bigint NOT NULL,
  ticket_type_id bigint NOT NULL,
  email text NOT NULL,
  name text NOT NULL,
  community_id bigint,
  state text NOT NULL DEFAULT 'confirmed',
  registered_at timestamptz NOT NULL DEFAULT now(),
  -- Why it was cancelled.
  reason text,
  -- How often it was changed, and once more: service.count_revision keeps it.
  revision bigint NOT NULL DEFAULT 1,
  CONSTRAINT registration_pkey PRIMARY KEY (id),
  CONSTRAINT registration_state_known CHECK (state IN ('confirmed', 'cancelled')),
  CONSTRAINT registration_email_format CHECK (email ~ '^[^@ ]+@[^@ ]+$'),
  CONSTRAINT registration_ticket_type_fkey
    FOREIGN KEY (conference_id, ticket_type_id)
    REFERENCES conferences.ticket_type (conference_id, id),
  CONSTRAINT registration_community_fkey
    FOREIGN KEY (community_id) REFERENCES directory.community (id)
);
-- A person has one live registration in a conference.
CREATE UNIQUE INDEX registration_person_key
  ON conferences.registration (conference_id, lower(email)) WHERE state <> 'cancelled';

GRANT SELECT ON
  conferences.conference, conferences.ticket_type, conferences.quota,
  conferences.quota_ticket_type, conferences.registration
  TO sister_service;
GRANT INSERT (code, title, host_id, starts, ends, venue, timezone, currency)
  ON conferences.conference TO sister_service;
GRANT INSERT ON conferences.ticket_type TO sister_service;
GRANT UPDATE (state) ON conferences.conference TO sister_service;
-- Counters and registrations are written by routines only.
GRANT UPDATE (capacity) ON conferences.quota TO sister_service;
