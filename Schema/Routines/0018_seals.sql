-- Seals: a chain of hashes over the audit, which only grows.

-- The digests of the entries behind `after_entry` up to `last_entry`, each followed by those of its
-- changes, and how many entries those are. A row's digest is that of its columns as a record's text,
-- which quotes them, so that no two rows have the same: the columns are named, so that a later one
-- does not change what was sealed.
CREATE OR REPLACE FUNCTION audit.digests(
  after_entry bigint, last_entry bigint, OUT entries bigint, OUT digests bytea
) LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
  SELECT count(*) FILTER (WHERE NOT r.is_change),
    string_agg(sha256(convert_to(r.line, 'UTF8')), ''::bytea
      ORDER BY r.entry, r.is_change, r.change)
  FROM (
    SELECT e.id AS entry, false AS is_change, NULL::bigint AS change, ROW('entry', e.id, e.at,
      e.transaction, e.principal, e.command, e.request, e.request_key)::text AS line
    FROM audit.entry e WHERE e.id > after_entry AND e.id <= last_entry
    UNION ALL
    SELECT c.entry_id, true, c.id, ROW('change', c.id, c.entry_id, c.relation, c.row_key,
      c.before, c.after)::text
    FROM audit.change c WHERE c.entry_id > after_entry AND c.entry_id <= last_entry
  ) AS r
$$;
REVOKE EXECUTE ON FUNCTION audit.digests(bigint, bigint) FROM PUBLIC;

-- The hash of a seal: of what it says itself, of the seal before it, and of what it seals.
CREATE OR REPLACE FUNCTION audit.seal_hash(
  number bigint, at timestamptz, first_entry bigint, last_entry bigint, entries bigint,
  previous_hash bytea, digests bytea
) RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
  SELECT sha256(
    convert_to(
      ROW(number, at, first_entry, last_entry, entries, encode(previous_hash, 'hex'))::text, 'UTF8')
      || coalesce(digests, ''))
$$;

-- Seals the entries up to `target`, at most `seals` times 4096 of them; whether those were all.
CREATE OR REPLACE FUNCTION audit.seal_entries(
  target bigint, seals int, OUT sealed bigint, OUT is_done boolean
) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  batch CONSTANT int := 4096;
  before CONSTANT text := audit.see_everything();
  last audit.seal;
  -- Behind which entry the next seal begins; the first sees what stands before its range, too. (A
  -- plain variable: an index is not asked for what row-level security takes for a leak, as COALESCE.)
  behind bigint := -9223372036854775808;
  until bigint;
  found_entries int;
  d record;
BEGIN
  sealed := 0;
  SELECT * INTO last FROM audit.seal s ORDER BY s.number DESC LIMIT 1;
  FOR i IN 1 .. seals LOOP
    IF last.number IS NOT NULL THEN behind := last.last_entry; END IF;
    SELECT max(b.id), count(*) INTO until, found_entries FROM (
      SELECT e.id FROM audit.entry e
      WHERE e.id > behind AND e.id <= target ORDER BY e.id LIMIT batch) AS b;
    is_done := found_entries < batch;
    IF found_entries > 0 THEN
      -- Of ids that were given out and not used, none is used later.
      IF is_done THEN until := target; END IF;
      SELECT * INTO d FROM audit.digests(behind, until);
      last := ROW(coalesce(last.number, 0) + 1, now(), coalesce(last.last_entry, 0) + 1, until,
        d.entries, coalesce(last.hash, ''), NULL);
      last.hash := audit.seal_hash(last.number, last.at, last.first_entry, last.last_entry,
        last.entries, last.previous_hash, d.digests);
      INSERT INTO audit.seal SELECT last.*;
      sealed := sealed + d.entries;
    END IF;
    EXIT WHEN is_done;
  END LOOP;
  PERFORM audit.see_as(before);
END $$;
REVOKE EXECUTE ON FUNCTION audit.seal_entries(bigint, int) FROM PUBLIC;

-- Seals what is final; how many entries, up to which change the audit is then final, and whether
-- there is more that is not, or not yet.
--
-- Ids are given out in another order than transactions commit in. But every writer has its
-- transaction's number before it takes an id. So first the last ids that were given out are read,
-- then a number of our own is taken: whoever took one of those ids has a lower number. When none of
-- the lower ones runs any more, nothing comes up to those ids. (A snapshot's xmin = xmax says less: a
-- transaction that runs may have the very number xmax.) Changes are read before entries, because an
-- entry takes its id before its changes do: those up to the one belong to entries up to the other.
CREATE OR REPLACE FUNCTION audit.seal_pending(
  OUT sealed bigint, OUT final_change bigint, OUT is_pending boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  last_change bigint;
  last_entry bigint;
  h audit.horizon;
  own xid8;
  oldest xid8;
  is_final boolean := false;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed'
    OR pg_current_xact_id_if_assigned() IS NOT NULL
  THEN
    RAISE EXCEPTION 'sealing needs a transaction of its own, READ COMMITTED';
  END IF;
  last_change := coalesce(pg_sequence_last_value('audit.change_id_seq'::regclass), 0);
  last_entry := coalesce(pg_sequence_last_value('audit.entry_id_seq'::regclass), 0);
  sealed := 0;
  SELECT * INTO h FROM audit.horizon;
  final_change := h.change;
  is_pending := h.awaits IS NOT NULL OR last_entry > h.entry OR last_change > h.change;
  -- On an idle server, nothing is written.
  IF NOT is_pending OR NOT pg_try_advisory_xact_lock(hashtext('audit.seal_pending')) THEN
    RETURN;
  END IF;
  own := pg_current_xact_id();
  SELECT * INTO h FROM audit.horizon;
  -- A restored database counts its transactions anew.
  IF h.awaits >= own THEN
    h.awaits := NULL;
  END IF;
  SELECT pg_snapshot_xmin(pg_current_snapshot()) INTO oldest;
  IF h.awaits IS NULL OR oldest >= own THEN
    h.next_entry := greatest(last_entry, h.entry);
    h.next_change := greatest(last_change, h.change);
    h.awaits := own;
  END IF;
  IF oldest >= h.awaits THEN
    SELECT e.sealed, e.is_done INTO sealed, is_final FROM audit.seal_entries(h.next_entry, 16) AS e;
  END IF;
  IF is_final THEN
    final_change := h.next_change;
    h.entry := h.next_entry;
    h.change := h.next_change;
    is_pending := h.awaits <> own;
    -- Behind what has become final, the next wait begins at once.
    h.next_entry := CASE WHEN is_pending THEN last_entry END;
    h.next_change := CASE WHEN is_pending THEN last_change END;
    h.awaits := CASE WHEN is_pending THEN own END;
    PERFORM pg_notify('sister_audit', final_change::text);
  END IF;
  UPDATE audit.horizon SET (entry, change, next_entry, next_change, awaits)
    = (h.entry, h.change, h.next_entry, h.next_change, h.awaits);
END $$;

-- Looks whether `maximum` seals from `first` on still hold: how many did and over how many entries,
-- the last there is, and, where one does not hold, its number and its range (which has no end where
-- nobody can say it). It looks at every row, whoever asks, and tells nothing of them.
CREATE OR REPLACE FUNCTION audit.verify_seals(
  first bigint, maximum int, OUT seals bigint, OUT entries bigint, OUT last_seal bigint,
  OUT broken_seal bigint, OUT broken_first bigint, OUT broken_last bigint
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before CONSTANT text := audit.see_everything();
  previous audit.seal;
  s audit.seal;
  d record;
BEGIN
  seals := 0;
  entries := 0;
  SELECT coalesce(max(t.number), 0) INTO last_seal FROM audit.seal t;
  SELECT * INTO previous FROM audit.seal t WHERE t.number = first - 1;
  FOR wanted IN first .. least(first + maximum - 1, last_seal) LOOP
    IF wanted > 1 AND previous.number IS NULL THEN
      broken_seal := first - 1;
      EXIT;
    END IF;
    SELECT * INTO s FROM audit.seal t WHERE t.number = wanted;
    SELECT * INTO d FROM audit.digests(coalesce(previous.last_entry, -9223372036854775808), s.last_entry);
    IF (s.first_entry = coalesce(previous.last_entry, 0) + 1 AND s.entries = d.entries
      AND s.previous_hash = coalesce(previous.hash, '') AND s.hash = audit.seal_hash(s.number, s.at,
        s.first_entry, s.last_entry, s.entries, s.previous_hash, d.digests)) IS NOT TRUE
    THEN
      broken_seal := wanted;
      broken_first := coalesce(previous.last_entry, 0) + 1;
      broken_last := coalesce(s.last_entry,
        (SELECT min(t.first_entry) - 1 FROM audit.seal t WHERE t.number > wanted));
      EXIT;
    END IF;
    seals := seals + 1;
    entries := entries + d.entries;
    previous := s;
  END LOOP;
  PERFORM audit.see_as(before);
END $$;

-- The last seal, and how many entries have none yet.
CREATE OR REPLACE FUNCTION audit.seal_state(
  OUT number bigint, OUT hash text, OUT unsealed bigint
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before CONSTANT text := audit.see_everything();
  last audit.seal;
  behind bigint := -9223372036854775808;
BEGIN
  SELECT * INTO last FROM audit.seal t ORDER BY t.number DESC LIMIT 1;
  IF last.number IS NOT NULL THEN behind := last.last_entry; END IF;
  number := coalesce(last.number, 0);
  hash := coalesce(encode(last.hash, 'hex'), '');
  SELECT count(*) INTO unsealed FROM audit.entry e WHERE e.id > behind;
  PERFORM audit.see_as(before);
END $$;

REVOKE EXECUTE ON FUNCTION audit.seal_pending(), audit.verify_seals(bigint, int),
  audit.seal_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.seal_pending(), audit.verify_seals(bigint, int),
  audit.seal_state() TO sister_service;
