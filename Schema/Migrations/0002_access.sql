-- Who may use the service: principals, their roles and tokens, and the keys of their requests.

CREATE SCHEMA access;
GRANT USAGE ON SCHEMA access TO sister_service;

CREATE TABLE access.principal (
  id bigint GENERATED ALWAYS AS IDENTITY,
  name text NOT NULL,
  roles text[] NOT NULL,
  -- The operating system's user whose Unix socket connections are this principal's.
  unix_user text,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- What they may ask for; NULL is as much as the server gives anybody.
  requests_per_second bigint,
  concurrent_requests bigint,
  answer_rows bigint,
  request_seconds bigint,
  -- Since when they cannot authenticate.
  disabled_at timestamptz,
  CONSTRAINT principal_pkey PRIMARY KEY (id),
  CONSTRAINT principal_name_key UNIQUE (name),
  CONSTRAINT principal_unix_user_key UNIQUE (unix_user),
  CONSTRAINT principal_name_format CHECK (name ~ '^[a-z][a-z0-9._-]{0,63}$'),
  -- The audit calls whoever starts the server, and whoever has not authenticated, by these names.
  CONSTRAINT principal_name_not_reserved CHECK (name NOT IN ('owner', 'nobody')),
  CONSTRAINT principal_limits_positive CHECK (
    requests_per_second > 0 AND concurrent_requests > 0 AND answer_rows > 0
      AND request_seconds > 0),
  CONSTRAINT principal_roles_present CHECK (cardinality(roles) > 0)
);

CREATE TABLE access.token (
  -- Shown in lists and typed to revoke it; no secret.
  id text NOT NULL,
  principal_id bigint NOT NULL,
  label text NOT NULL,
  -- SHA-256 of the whole token, in hexadecimal. Tokens are random: no salt is needed.
  secret_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT token_pkey PRIMARY KEY (id),
  CONSTRAINT token_secret_hash_key UNIQUE (secret_hash),
  CONSTRAINT token_principal_fkey FOREIGN KEY (principal_id) REFERENCES access.principal (id)
);
GRANT SELECT, INSERT ON access.principal, access.token TO sister_service;
GRANT UPDATE (
  roles, disabled_at, requests_per_second, concurrent_requests, answer_rows, request_seconds
) ON access.principal TO sister_service;
GRANT UPDATE (revoked_at) ON access.token TO sister_service;

-- What the passwords of principals are checked with: SCRAM-SHA-256, as RFC 5803 writes it. The
-- passwords themselves are not seen here, not even when they are set.
CREATE TABLE access.password (
  principal text NOT NULL,
  verifier text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT password_pkey PRIMARY KEY (principal),
  CONSTRAINT password_principal_fkey FOREIGN KEY (principal) REFERENCES access.principal (name)
);
GRANT SELECT, INSERT ON access.password TO sister_service;
GRANT UPDATE (verifier, changed_at) ON access.password TO sister_service;

-- What the challenges for users who are not there are made from, so that they look like any other.
CREATE TABLE access.mock_secret (
  secret text NOT NULL,
  CONSTRAINT mock_secret_pkey PRIMARY KEY (secret)
);
INSERT INTO access.mock_secret
VALUES (encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid(), 'UTF8')), 'hex'));
GRANT SELECT ON access.mock_secret TO sister_service;

-- What was refused: logins, commands that somebody may not run, connections without TLS. One row for
-- what is alike within a minute.
CREATE TABLE access.refusal (
  id bigint GENERATED ALWAYS AS IDENTITY,
  minute timestamptz NOT NULL,
  -- An address, or unix.
  source text NOT NULL,
  -- Who it was, or said to be; empty where that is not known.
  principal text NOT NULL,
  command text NOT NULL,
  code text NOT NULL,
  -- What they were not told.
  reason text NOT NULL,
  count bigint NOT NULL,
  CONSTRAINT refusal_pkey PRIMARY KEY (id),
  CONSTRAINT refusal_minute_key UNIQUE (minute, source, principal, command, code, reason)
);
GRANT SELECT ON access.refusal TO sister_service;

-- Requests that somebody has given names: lists with their filters, and reports.
CREATE TABLE access.saved_request (
  principal text NOT NULL,
  name text NOT NULL,
  request text NOT NULL,
  CONSTRAINT saved_request_pkey PRIMARY KEY (principal, name)
);
GRANT SELECT, INSERT, DELETE ON access.saved_request TO sister_service;
GRANT UPDATE (request) ON access.saved_request TO sister_service;

-- The writes that carried a key, with the answer they got: the same key again gets it again.
CREATE TABLE access.request (
  principal text NOT NULL,
  key text NOT NULL,
  request text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  reply_names text[],
  reply_values text[],
  CONSTRAINT request_pkey PRIMARY KEY (principal, key)
);
GRANT SELECT ON access.request TO sister_service;
-- By which old ones are found.
CREATE INDEX request_at_idx ON access.request (at);
