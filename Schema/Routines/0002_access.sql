-- Who is acting, what they may do, and whether they did it before.

-- Whether the acting principal has a capability: what row-level security asks. Without a context
-- nobody has any.
CREATE OR REPLACE FUNCTION access.allows(capability text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT capability = ANY (
    string_to_array(current_setting('sister.capabilities', true), ','))
$$;

-- Sets who is acting, until the transaction ends.
CREATE OR REPLACE FUNCTION access.set_context(principal text, capabilities text[]) RETURNS void
LANGUAGE sql AS $$
  SELECT set_config('sister.principal', principal, true),
    set_config('sister.capabilities', array_to_string(capabilities, ','), true)
$$;

-- Opens a command that writes: who, what, the key by which it happens only once, and the revision
-- that what it changes must have (service.count_revision). The audit entry itself is made by the
-- first change. A second request with the same key waits here for the first to end.
CREATE OR REPLACE FUNCTION access.begin_command(
  principal text, capabilities text[], command text, request text, request_key text,
  if_revision bigint DEFAULT NULL
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM access.set_context(principal, capabilities);
  PERFORM set_config('sister.command', command, true);
  PERFORM set_config('sister.request', request, true);
  PERFORM set_config('sister.request_key', coalesce(request_key, ''), true);
  PERFORM set_config('sister.if_revision', coalesce(if_revision::text, ''), true);
  PERFORM set_config('sister.audit_entry', '', true);
  -- Settings of a session outlive its transactions; a command does not.
  PERFORM set_config('sister.transaction', pg_current_xact_id()::text, true);
  IF request_key IS NOT NULL THEN
    INSERT INTO access.request (principal, key, request)
    VALUES (begin_command.principal, request_key, begin_command.request)
    ON CONFLICT ON CONSTRAINT request_pkey DO NOTHING;
    IF NOT FOUND THEN
      PERFORM service.refuse('conflict.idempotency', 'this key was used before');
    END IF;
  END IF;
END $$;

-- Keeps the answer of a request that carried a key.
CREATE OR REPLACE FUNCTION access.store_reply(
  principal text, key text, names text[], vals text[]
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE access.request SET reply_names = names, reply_values = vals
  WHERE request.principal = store_reply.principal AND request.key = store_reply.key
$$;

-- Forgets keys after so many days, a month at least, and so many of them at a time; how many those were.
CREATE OR REPLACE FUNCTION access.forget_requests(days bigint, most bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH old AS (
    SELECT r.principal, r.key FROM access.request r
    WHERE r.at < now() - make_interval(days => greatest(days, 30)::int)
    -- Another server may be at it.
    ORDER BY r.at LIMIT most FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    DELETE FROM access.request r USING old
    WHERE r.principal = old.principal AND r.key = old.key RETURNING 1
  )
  SELECT count(*) FROM forgotten
$$;
REVOKE EXECUTE ON FUNCTION access.forget_requests(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access.forget_requests(bigint, bigint) TO sister_service;
REVOKE EXECUTE ON FUNCTION access.begin_command(text, text[], text, text, text, bigint),
  access.store_reply(text, text, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access.begin_command(text, text[], text, text, text, bigint),
  access.store_reply(text, text, text[], text[]) TO sister_service;

-- Writes down what was refused, and how often.
CREATE OR REPLACE FUNCTION access.record_refusals(
  sources text[], principals text[], commands text[], codes text[], reasons text[], counts bigint[]
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO access.refusal AS r (minute, source, principal, command, code, reason, count)
  SELECT date_trunc('minute', now()), * FROM unnest(sources, principals, commands, codes, reasons, counts)
  -- In one order, so that two servers do not wait for each other.
  ORDER BY 2, 3, 4, 5, 6
  ON CONFLICT ON CONSTRAINT refusal_minute_key DO UPDATE SET count = r.count + excluded.count
$$;
REVOKE EXECUTE ON FUNCTION
  access.record_refusals(text[], text[], text[], text[], text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  access.record_refusals(text[], text[], text[], text[], text[], bigint[]) TO sister_service;

-- A stored request is its principal's alone: it quotes what was typed, names of children included.
ALTER TABLE access.request ENABLE ROW LEVEL SECURITY;
-- Not forced on the owner: a batch of registrations acts for several principals at once.
ALTER TABLE access.request NO FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS request_own ON access.request;
CREATE POLICY request_own ON access.request
  USING (principal = current_setting('sister.principal', true));

-- A saved request is its user's alone, for the same reason.
ALTER TABLE access.saved_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE access.saved_request NO FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS saved_request_own ON access.saved_request;
CREATE POLICY saved_request_own ON access.saved_request
  USING (principal = current_setting('sister.principal', true));

CREATE OR REPLACE FUNCTION access.find_principal(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM access.principal WHERE name = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.user', format('there is no user %s', wanted),
      service.nearest(wanted, ARRAY(SELECT name FROM access.principal)));
  END IF;
  RETURN found;
END $$;

-- What the acting principal has saved under this name.
CREATE OR REPLACE FUNCTION access.find_saved_request(wanted text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  own text := current_setting('sister.principal', true);
  found text;
BEGIN
  SELECT request INTO found FROM access.saved_request s WHERE s.principal = own AND s.name = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.saved', format('you have saved no request %s', wanted),
      service.nearest(wanted, ARRAY(SELECT name FROM access.saved_request s WHERE s.principal = own)));
  END IF;
  RETURN found;
END $$;

-- The token of this identifier, for revoking it.
CREATE OR REPLACE FUNCTION access.find_token(wanted text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM access.token WHERE id = wanted) THEN
    PERFORM service.refuse('missing.token', format('there is no token %s', wanted), 'token list');
  END IF;
  RETURN wanted;
END $$;
