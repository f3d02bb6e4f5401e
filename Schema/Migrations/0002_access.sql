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
  -- Since when they cannot authenticate.
  disabled_at timestamptz,
  CONSTRAINT principal_pkey PRIMARY KEY (id),
  CONSTRAINT principal_name_key UNIQUE (name),
  CONSTRAINT principal_unix_user_key UNIQUE (unix_user),
  CONSTRAINT principal_name_format CHECK (name ~ '^[a-z][a-z0-9._-]{0,63}$'),
  -- The audit calls whoever starts the server, and whoever has not authenticated, by these names.
  CONSTRAINT principal_name_not_reserved CHECK (name NOT IN ('owner', 'nobody')),
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
GRANT UPDATE (roles, disabled_at) ON access.principal TO sister_service;
GRANT UPDATE (revoked_at) ON access.token TO sister_service;

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
