-- Conferences: finding, quotas, registering and cancelling.

CREATE OR REPLACE FUNCTION conferences.find(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM conferences.conference WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.conference', format('there is no conference %s', wanted),
      service.nearest(wanted, ARRAY(SELECT code FROM conferences.conference)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION conferences.find_ticket_type(conference text, wanted text)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  parent bigint := conferences.find(conference);
  found bigint;
BEGIN
  SELECT id INTO found FROM conferences.ticket_type
  WHERE conference_id = parent AND code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.ticket-type',
      format('conference %s has no ticket type %s; it has %s', conference, wanted,
        coalesce((SELECT string_agg(code, ', ' ORDER BY code) FROM conferences.ticket_type
          WHERE conference_id = parent), 'none')),
      service.nearest(wanted,
        ARRAY(SELECT code FROM conferences.ticket_type WHERE conference_id = parent)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION conferences.find_quota(conference text, wanted text)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  parent bigint := conferences.find(conference);
  found bigint;
BEGIN
  SELECT id INTO found FROM conferences.quota WHERE conference_id = parent AND code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.quota',
      format('conference %s has no quota %s; it has %s', conference, wanted,
        coalesce((SELECT string_agg(code, ', ' ORDER BY code) FROM conferences.quota
          WHERE conference_id = parent), 'none')),
      service.nearest(wanted,
        ARRAY(SELECT code FROM conferences.quota WHERE conference_id = parent)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE FUNCTION conferences.find_registration(wanted bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM conferences.registration WHERE id = wanted) THEN
    PERFORM service.refuse('missing.registration',
      format('there is no registration %s', conferences.registration_number(wanted)),
      'registration list');
  END IF;
  RETURN wanted;
END $$;

-- What a registration names must be there: conferences.register says only what is missing, and
-- this, which holds no lock, what was probably meant.
CREATE OR REPLACE FUNCTION conferences.find_for_registration(
  conference text, ticket_type text, community text
) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint := conferences.find_ticket_type(conference, ticket_type);
BEGIN
  IF community IS NOT NULL THEN
    PERFORM directory.find_community(community);
  END IF;
  RETURN found;
END $$;

-- Only the zones that every calendar knows: PostgreSQL itself would take any abbreviation.
CREATE OR REPLACE FUNCTION conferences.check_timezone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_timezone_names WHERE name = NEW.timezone) THEN
    PERFORM service.refuse('data.invalid',
      format('there is no time zone %s; give its IANA name, for example America/Chicago',
        NEW.timezone),
      service.nearest(NEW.timezone, ARRAY(SELECT name FROM pg_catalog.pg_timezone_names)));
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER timezone BEFORE INSERT OR UPDATE OF timezone ON conferences.conference
  FOR EACH ROW EXECUTE FUNCTION conferences.check_timezone();

-- The CHECK would refuse it too, but could not say how many seats are taken.
CREATE OR REPLACE FUNCTION conferences.check_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  taken bigint := NEW.held + NEW.confirmed + NEW.blocked;
BEGIN
  IF taken > NEW.capacity THEN
    PERFORM service.refuse('conflict.taken',
      format('quota %s has %s seats taken; its capacity cannot be %s', NEW.code, taken,
        NEW.capacity));
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER capacity BEFORE INSERT OR UPDATE OF capacity ON conferences.quota
  FOR EACH ROW EXECUTE FUNCTION conferences.check_capacity();

-- Adds a quota over ticket types. Seats already sold of them count from the start.
CREATE OR REPLACE FUNCTION conferences.create_quota(
  conference text, code text, capacity bigint, ticket_types text[]
) RETURNS conferences.quota
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  parent bigint := conferences.find(conference);
  types bigint[];
  created conferences.quota;
BEGIN
  SELECT array_agg(DISTINCT conferences.find_ticket_type(conference, t.code)) INTO types
  FROM unnest(ticket_types) AS t (code);
  IF types IS NULL THEN
    PERFORM service.refuse('data.required',
      'a quota is shared by one or more ticket types; give ticket-types=', 'ticket-type list');
  END IF;
  -- Waits for registrations under way of these types and keeps new ones out, so that none is
  -- missed in the count: conferences.register locks the types FOR KEY SHARE first.
  PERFORM FROM conferences.ticket_type t WHERE t.id = ANY (types) ORDER BY t.id FOR UPDATE;
  INSERT INTO conferences.quota (conference_id, code, capacity, confirmed)
  SELECT parent, code, capacity, count(*) FROM conferences.registration r
  WHERE r.ticket_type_id = ANY (types) AND r.state <> 'cancelled'
  RETURNING * INTO created;
  INSERT INTO conferences.quota_ticket_type (ticket_type_id, quota_id, conference_id)
  SELECT t.id, created.id, parent FROM unnest(types) AS t (id);
  RETURN created;
END $$;
REVOKE EXECUTE ON FUNCTION conferences.create_quota(text, text, bigint, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conferences.create_quota(text, text, bigint, text[]) TO sister_service;

-- Registers people, as many as have asked while the last batch ran, as if one after another. Each
-- request has its own outcome, in the order given: an error, or a reply. A reply under a key is
-- stored, and given again when the same principal sends the same request with the same key.
--
-- The locks come first, each kind in the order of its ids: the conferences, so that they stay open;
-- the ticket types, so that they keep their quotas; then their quotas. Whatever is read after them is what is so until this commits.
CREATE OR REPLACE FUNCTION conferences.register(
  principals text[], requests text[], keys text[], conferences text[], ticket_types text[],
  emails text[], names text[], communities text[]
) RETURNS TABLE (
  ordinal bigint, error_code text, error_message text, suggestion text, reply_names text[],
  reply_values text[], replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Planned once for each connection, when the tables may still be empty: so it is told to look rows
-- up by index, which is right at any size.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
  size CONSTANT int := cardinality(requests);
  reply CONSTANT text[] := '{number,state}';
  -- The quotas concerned, in the order of their ids.
  quota_ids bigint[];
  quota_codes text[];
  capacities bigint[];
  free bigint[];
  free_before bigint[];
  quota int;
  sold_out int;
  -- Who succeeded in this batch, as a place in the arrays below: by the first request of the
  -- batch for the person, and by the first with the key.
  persons int[] := array_fill(NULL::int, ARRAY[size]);
  key_holders int[] := array_fill(NULL::int, ARRAY[size]);
  -- What is to be written: the requests that succeed, and what each of them makes.
  accepted int[] := '{}';
  ids bigint[] := '{}';
  entries bigint[] := '{}';
  conference_ids bigint[] := '{}';
  type_ids bigint[] := '{}';
  community_ids bigint[] := '{}';
  keyed int := 0;
  new_id bigint;
  winner int;
  stored int;
  r record;
BEGIN
  -- Before any entry has its id, as every writer: audit.seal_pending stands on it.
  PERFORM pg_current_xact_id();

  -- The weakest lock that a change of state waits for, and that waits for one.
  PERFORM FROM conferences.conference c WHERE c.code = ANY (conferences)
  ORDER BY c.id FOR SHARE;

  PERFORM FROM conferences.conference c
  JOIN conferences.ticket_type t ON t.conference_id = c.id
  WHERE (c.code, t.code) IN (SELECT * FROM unnest(conferences, ticket_types))
  ORDER BY t.id FOR KEY SHARE OF t;

  SELECT array_agg(q.id), array_agg(q.code), array_agg(q.capacity), array_agg(q.free)
  INTO quota_ids, quota_codes, capacities, free
  FROM (
    SELECT q.id, q.code, q.capacity, q.capacity - q.held - q.confirmed - q.blocked AS free
    FROM conferences.quota q
    WHERE q.id IN (
      SELECT x.quota_id FROM conferences.conference c
      JOIN conferences.ticket_type t ON t.conference_id = c.id
      JOIN conferences.quota_ticket_type x ON x.ticket_type_id = t.id
      WHERE (c.code, t.code) IN (SELECT * FROM unnest(conferences, ticket_types)))
    ORDER BY q.id FOR NO KEY UPDATE
  ) q;
  free_before := free;

  FOR r IN
    SELECT i.ordinal, i.principal, i.request, i.key, i.conference, i.ticket_type, i.email,
      i.community, c.id AS conference_id, c.state, t.id AS type_id,
      coalesce(m.merged_into_id, m.id) AS community_id,
      CASE WHEN t.eligible = 'members' THEN directory.standing_of(
        coalesce(m.merged_into_id, m.id), current_date) END AS standing,
      -- A subquery, not a join: so both its conditions go to the index, however small it was.
      (SELECT e.id FROM conferences.registration e
       WHERE e.conference_id = c.id AND lower(e.email) = lower(i.email)
         AND e.state <> 'cancelled') AS existing_id,
      s.request AS stored_request, s.reply_names AS stored_names,
      s.reply_values AS stored_values,
      CASE WHEN i.key IS NOT NULL
        THEN min(i.ordinal) OVER (PARTITION BY i.principal, i.key) END AS key_group,
      min(i.ordinal) OVER (PARTITION BY c.id, lower(i.email)) AS person_group,
      (SELECT array_agg(array_position(quota_ids, x.quota_id) ORDER BY x.quota_id)
       FROM conferences.quota_ticket_type x WHERE x.ticket_type_id = t.id) AS quotas
    FROM unnest(principals, requests, keys, conferences, ticket_types, emails, communities)
      WITH ORDINALITY AS i (
        principal, request, key, conference, ticket_type, email, community, ordinal)
    LEFT JOIN conferences.conference c ON c.code = i.conference
    LEFT JOIN conferences.ticket_type t ON t.conference_id = c.id AND t.code = i.ticket_type
    LEFT JOIN directory.community m ON m.code = i.community
    LEFT JOIN access.request s ON s.principal = i.principal AND s.key = i.key
    ORDER BY i.ordinal
  LOOP
    ordinal := r.ordinal;
    error_code := NULL;
    error_message := NULL;
    suggestion := NULL;
    reply_names := NULL;
    reply_values := NULL;
    replayed := false;

    winner := key_holders[r.key_group];
    IF r.stored_request = r.request AND r.stored_names IS NOT NULL
      OR requests[accepted[winner]] = r.request
    THEN
      reply_names := coalesce(r.stored_names, reply);
      reply_values := coalesce(r.stored_values,
        ARRAY[conferences.registration_number(ids[winner]), 'confirmed']);
      replayed := true;
    ELSIF r.stored_request IS NOT NULL OR winner IS NOT NULL THEN
      error_code := 'conflict.idempotency';
      error_message := format(
        'the key %s was used before, with another command or other arguments: %s', r.key,
        substring(coalesce(r.stored_request, requests[accepted[winner]])
          FROM '^[a-z-]+(?: [a-z-]+(?= |$))?'));
    ELSIF r.conference_id IS NULL THEN
      error_code := 'missing.conference';
      error_message := format('there is no conference %s', r.conference);
    ELSIF r.type_id IS NULL THEN
      error_code := 'missing.ticket-type';
      error_message := format('conference %s has no ticket type %s', r.conference, r.ticket_type);
    ELSIF r.community IS NOT NULL AND r.community_id IS NULL THEN
      error_code := 'missing.community';
      error_message := format('there is no community %s', r.community);
    ELSIF NOT directory.is_in_standing(r.standing) THEN
      error_code := 'data.not-a-member';
      error_message := format('the ticket type %s is for people of member communities in standing; ',
        r.ticket_type) || CASE WHEN r.community IS NULL THEN 'give the one they are of: community='
        WHEN r.standing = 'none' THEN format('%s is no member', r.community)
        ELSE format('the membership of %s is %s', r.community, r.standing) END;
      suggestion := CASE WHEN r.standing <> 'none'
        THEN format('membership show %s', r.community)
        ELSE format('ticket-type list %s', r.conference) END;
    ELSIF r.state <> 'open' THEN
      error_code := 'conflict.not-open';
      error_message := format('conference %s is %s: it takes no registrations', r.conference,
        r.state);
      suggestion := format('conference open %s', r.conference);
    ELSIF r.existing_id IS NOT NULL OR persons[r.person_group] IS NOT NULL THEN
      new_id := coalesce(r.existing_id, ids[persons[r.person_group]]);
      error_code := 'conflict.duplicate';
      error_message := format('%s is registered for %s already: %s', r.email, r.conference,
        conferences.registration_number(new_id));
      suggestion := format('registration show %s', conferences.registration_number(new_id));
    ELSIF r.quotas IS NULL THEN
      error_code := 'missing.quota';
      error_message := format('no quota of %s counts the ticket type %s: it cannot be sold',
        r.conference, r.ticket_type);
      suggestion := format('quota create %s CODE CAPACITY ticket-types=%s', r.conference,
        r.ticket_type);
    ELSE
      sold_out := NULL;
      FOREACH quota IN ARRAY r.quotas LOOP
        IF free[quota] < 1 THEN
          sold_out := quota;
          EXIT;
        END IF;
      END LOOP;
      IF sold_out IS NOT NULL THEN
        error_code := 'conflict.sold-out';
        error_message := format('quota %s of %s is sold out: all %s seats are taken',
          quota_codes[sold_out], r.conference, capacities[sold_out]);
      ELSE
        FOREACH quota IN ARRAY r.quotas LOOP
          free[quota] := free[quota] - 1;
        END LOOP;
        new_id := nextval('conferences.registration_id_seq');
        accepted := accepted || r.ordinal::int;
        ids := ids || new_id;
        entries := entries || nextval('audit.entry_id_seq');
        conference_ids := conference_ids || r.conference_id;
        type_ids := type_ids || r.type_id;
        community_ids := community_ids || r.community_id;
        persons[r.person_group] := cardinality(accepted);
        IF r.key IS NOT NULL THEN
          key_holders[r.key_group] := cardinality(accepted);
          keyed := keyed + 1;
        END IF;
        reply_names := reply;
        reply_values := ARRAY[conferences.registration_number(new_id), 'confirmed'];
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;

  IF cardinality(accepted) = 0 THEN
    RETURN;
  END IF;
  INSERT INTO audit.entry (id, principal, command, request, request_key)
  OVERRIDING SYSTEM VALUE
  SELECT a.entry, principals[a.request], 'registration create', requests[a.request],
    keys[a.request]
  FROM unnest(accepted, entries) AS a (request, entry);

  INSERT INTO conferences.registration
    (id, conference_id, ticket_type_id, email, name, community_id)
  OVERRIDING SYSTEM VALUE
  SELECT a.id, a.conference_id, a.type_id, emails[a.request], names[a.request], a.community_id
  FROM unnest(accepted, ids, conference_ids, type_ids, community_ids)
    AS a (request, id, conference_id, type_id, community_id);
  INSERT INTO audit.change (entry_id, relation, row_key, after)
  SELECT a.entry, 'conferences.registration', n.number, to_jsonb(n) - 'revision'
  FROM unnest(ids, entries) AS a (id, entry)
  JOIN conferences.registration n ON n.id = a.id;

  UPDATE conferences.quota q SET confirmed = q.confirmed + t.taken
  FROM (
    SELECT q.id, q.before - q.after AS taken
    FROM unnest(quota_ids, free_before, free) AS q (id, before, after)
  ) t
  WHERE q.id = t.id AND t.taken > 0;

  IF keyed > 0 THEN
    INSERT INTO access.request (principal, key, request, reply_names, reply_values)
    SELECT principals[a.request], keys[a.request], requests[a.request], reply,
      ARRAY[conferences.registration_number(a.id), 'confirmed']
    FROM unnest(accepted, ids) AS a (request, id)
    WHERE keys[a.request] IS NOT NULL
    ON CONFLICT ON CONSTRAINT request_pkey DO NOTHING;
    GET DIAGNOSTICS stored = ROW_COUNT;
    IF stored < keyed THEN
      -- Somebody else has just used one of the keys: the next attempt sees it.
      RAISE EXCEPTION 'a key was used meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;

  -- For audit.current_change, of a batch of one.
  PERFORM set_config('sister.audit_entry', entries[1]::text, true);
END $$;
REVOKE EXECUTE ON FUNCTION conferences.register(
  text[], text[], text[], text[], text[], text[], text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conferences.register(
  text[], text[], text[], text[], text[], text[], text[], text[]) TO sister_service;

-- Cancels a registration and gives its seats back. The quotas are locked first, as register does:
-- the two never wait for each other in a circle.
CREATE OR REPLACE FUNCTION conferences.cancel_registration(wanted bigint, why text)
RETURNS TABLE (id bigint, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  type_id bigint;
  quota_ids bigint[];
BEGIN
  PERFORM conferences.find_registration(wanted);
  SELECT t.id INTO type_id FROM conferences.registration r
  JOIN conferences.ticket_type t ON t.id = r.ticket_type_id
  WHERE r.id = wanted FOR KEY SHARE OF t;
  SELECT array_agg(q.id) INTO quota_ids FROM (
    SELECT q.id FROM conferences.quota q
    WHERE q.id IN (
      SELECT x.quota_id FROM conferences.quota_ticket_type x WHERE x.ticket_type_id = type_id)
    ORDER BY q.id FOR NO KEY UPDATE
  ) q;
  RETURN QUERY UPDATE conferences.registration r SET state = 'cancelled', reason = why
  WHERE r.id = wanted RETURNING r.id, r.state;
  UPDATE conferences.quota q SET confirmed = q.confirmed - 1 WHERE q.id = ANY (quota_ids);
END $$;
REVOKE EXECUTE ON FUNCTION conferences.cancel_registration(bigint, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION conferences.cancel_registration(bigint, text) TO sister_service;

-- Where a quota's counters are not what registrations say: always empty, or there is a defect.
CREATE OR REPLACE VIEW conferences.quota_difference WITH (security_invoker) AS
SELECT q.conference_id, q.code AS quota, d.counter, d.recorded, d.counted
FROM conferences.quota q
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE r.state = 'confirmed') AS confirmed
  FROM conferences.quota_ticket_type x
  JOIN conferences.registration r ON r.ticket_type_id = x.ticket_type_id
  WHERE x.quota_id = q.id
) n
-- Nothing holds or blocks seats yet.
CROSS JOIN LATERAL (VALUES
  ('held', q.held, 0), ('confirmed', q.confirmed, n.confirmed), ('blocked', q.blocked, 0)
) AS d (counter, recorded, counted)
WHERE d.recorded <> d.counted;
GRANT SELECT ON conferences.quota_difference TO sister_service;

CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON conferences.conference
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('conference', 'code');
CREATE OR REPLACE TRIGGER lifecycle BEFORE INSERT OR UPDATE OF state ON conferences.conference
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('conference', 'code', 'planned');
-- New registrations come from conferences.register only, which also writes their audit: no
-- trigger on the hot insert.
CREATE OR REPLACE TRIGGER count_revision BEFORE UPDATE ON conferences.registration
  FOR EACH ROW EXECUTE FUNCTION service.count_revision('registration', 'number', 'number');
CREATE OR REPLACE TRIGGER lifecycle BEFORE UPDATE OF state ON conferences.registration
  FOR EACH ROW EXECUTE FUNCTION service.guard_lifecycle('registration', 'number');
CREATE OR REPLACE TRIGGER audit AFTER UPDATE OR DELETE ON conferences.registration
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('number');

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON conferences.conference
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON conferences.ticket_type
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('conference_id', 'code');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON conferences.quota_ticket_type
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('quota_id', 'ticket_type_id');
-- The counters follow from the registrations, which are audited themselves.
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OF capacity OR DELETE ON conferences.quota
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('conference_id', 'code');

CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF host_id ON conferences.conference
  FOR EACH ROW EXECUTE FUNCTION directory.refuse_merged('host_id');
CREATE OR REPLACE TRIGGER is_current BEFORE INSERT OR UPDATE OF community_id ON conferences.registration
  FOR EACH ROW WHEN (NEW.community_id IS NOT NULL)
  EXECUTE FUNCTION directory.refuse_merged();
