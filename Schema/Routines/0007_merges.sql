-- Two communities that turn out to be one: every reference goes from the one to the other, and what was
-- done is kept, so that it can be undone.

-- The columns that name a row of a table: its primary key, or the first unique key.
CREATE OR REPLACE FUNCTION directory.key_columns(relation regclass) RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT (SELECT array_agg(a.attname::text) FROM pg_attribute a
    WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey))
  FROM pg_index i
  WHERE i.indrelid = relation AND i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL
  ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1
$$;

-- {"a": 1, "b": null} as conditions or assignments: a = '1' AND b = NULL.
CREATE OR REPLACE FUNCTION directory.equations(cells jsonb, operator text, separator text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT string_agg(format('%I %s %L', key, operator, value), separator ORDER BY key)
  FROM jsonb_each_text(cells)
$$;

-- Changes a row, and notes what it was.
CREATE OR REPLACE FUNCTION directory.take_step(
  merging bigint, relation regclass, row_key jsonb, before jsonb, after jsonb
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %s SET %s WHERE %s', relation,
    directory.equations(after, '=', ', '),
    directory.equations(row_key, 'IS NOT DISTINCT FROM', ' AND '));
  INSERT INTO directory.merge_step (merge_id, relation, row_key, before, after)
  -- What it was may be part of its name.
  SELECT merging, relation,
    row_key || coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(after)
      WHERE row_key ? key), '{}'), before, after;
END $$;

-- Takes a row away, and notes what it was.
CREATE OR REPLACE FUNCTION directory.take_away(
  merging bigint, relation regclass, row_key jsonb, cells jsonb
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('DELETE FROM %s WHERE %s', relation,
    directory.equations(row_key, 'IS NOT DISTINCT FROM', ' AND '));
  INSERT INTO directory.merge_step (merge_id, relation, row_key, before)
  VALUES (merging, relation, row_key, cells);
END $$;

-- Puts a row back that was taken away, unless there is another one like it.
CREATE OR REPLACE FUNCTION directory.put_back(relation regclass, cells jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  columns text := (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
    WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
BEGIN
  EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s
    FROM jsonb_populate_record(NULL::%s, $1) ON CONFLICT DO NOTHING',
    relation, columns, columns, relation) USING cells;
END $$;

-- Makes the references of a column to one community references to another. What would then be there
-- twice is taken away: the other has it already.
CREATE OR REPLACE FUNCTION directory.move_references(
  merging bigint, relation regclass, reference text, duplicate bigint, kept bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  keys text[] := directory.key_columns(relation);
  cells jsonb;
  row_key jsonb;
BEGIN
  FOR cells IN EXECUTE format('SELECT to_jsonb(t) FROM %s AS t WHERE %I = $1', relation, reference)
    USING duplicate
  LOOP
    row_key := (SELECT jsonb_object_agg(key, value) FROM jsonb_each(cells) WHERE key = ANY (keys));
    BEGIN
      PERFORM directory.take_step(merging, relation, row_key,
        jsonb_build_object(reference, duplicate), jsonb_build_object(reference, kept));
    EXCEPTION WHEN unique_violation THEN
      PERFORM directory.take_away(merging, relation, row_key, cells);
    END;
  END LOOP;
END $$;

-- What a partnership is, with everything that hangs on it, in short: another text once any of it is
-- changed.
CREATE OR REPLACE FUNCTION directory.fingerprint(pair bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT md5(string_agg(cells, ' ' ORDER BY cells)) FROM (
    SELECT (to_jsonb(p) - '{revision,lo_country,hi_country}'::text[])::text FROM directory.partnership p WHERE p.id = pair
    UNION ALL SELECT a::text FROM directory.agreement a WHERE a.partnership_id = pair
    UNION ALL SELECT s::text FROM directory.signature s
      JOIN directory.agreement a ON a.id = s.agreement_id WHERE a.partnership_id = pair
    UNION ALL SELECT f::text FROM directory.partnership_fact f WHERE f.partnership_id = pair
    UNION ALL SELECT e::text FROM directory.partnership_event e WHERE e.partnership_id = pair
    UNION ALL SELECT s::text FROM directory.assertion s WHERE s.partnership_id = pair
  ) AS x (cells)
$$;

-- What a list says of one partnership it says of another from now on: the first becomes a redirect.
CREATE OR REPLACE FUNCTION directory.merge_partnership(
  merging bigint, p directory.partnership, x directory.partnership, duplicate bigint, kept bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  a directory.assertion;
  other bigint;
BEGIN
  FOR a IN
    SELECT * FROM directory.assertion s WHERE s.partnership_id = p.id
      AND NOT EXISTS (
        SELECT FROM directory.assertion o WHERE o.partnership_id = x.id
          AND (o.source_id, o.community_id) IS NOT DISTINCT FROM (s.source_id,
            CASE s.community_id WHEN duplicate THEN kept ELSE s.community_id END))
  LOOP
    PERFORM directory.take_step(merging, 'directory.assertion',
      jsonb_build_object('partnership_id', p.id, 'source_id', a.source_id, 'community_id',
        a.community_id),
      jsonb_build_object('partnership_id', p.id), jsonb_build_object('partnership_id', x.id));
  END LOOP;
  FOR other IN SELECT id FROM directory.partnership_event WHERE partnership_id = p.id LOOP
    PERFORM directory.take_step(merging, 'directory.partnership_event',
      jsonb_build_object('id', other),
      jsonb_build_object('partnership_id', p.id), jsonb_build_object('partnership_id', x.id));
  END LOOP;
  IF x.state = 'asserted' AND x.starts IS NULL AND p.starts IS NOT NULL THEN
    PERFORM directory.take_step(merging, 'directory.partnership', jsonb_build_object('id', x.id),
      '{"starts": null}', jsonb_build_object('starts', p.starts));
  END IF;
  FOR other IN
    SELECT id FROM directory.partnership WHERE id = p.id OR merged_into_id = p.id ORDER BY id
  LOOP
    PERFORM directory.take_step(merging, 'directory.partnership', jsonb_build_object('id', other),
      jsonb_build_object('merged_into_id', CASE WHEN other <> p.id THEN p.id END),
      jsonb_build_object('merged_into_id', x.id));
  END LOOP;
END $$;

-- Gives the partnerships of one community to another. Where both are the partner of a third, and a list
-- says so of the one, it then says so of the other.
CREATE OR REPLACE FUNCTION directory.move_partnerships(
  merging bigint, duplicate bigint, kept bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  p directory.partnership;
  x directory.partnership;
  third bigint;
BEGIN
  FOR p IN
    SELECT * FROM directory.partnership
    WHERE duplicate IN (lo_id, hi_id) ORDER BY id FOR UPDATE
  LOOP
    third := p.lo_id + p.hi_id - duplicate;
    IF third = kept THEN
      CONTINUE WHEN p.state IN ('terminated', 'withdrawn') OR p.merged_into_id IS NOT NULL;
      PERFORM service.refuse('conflict.state',
        format('%s is a partnership of the two themselves, and %s; it has to end first', p.number,
          p.state), format('partnership show %s', p.number));
    END IF;
    SELECT * INTO x FROM directory.partnership
    WHERE lo_id = least(third, kept) AND hi_id = greatest(third, kept)
      AND state NOT IN ('terminated', 'withdrawn') AND merged_into_id IS NULL
      AND (state IN ('asserted', 'signed')) = (p.state IN ('asserted', 'signed'))
    FOR UPDATE;
    IF x.id IS NULL OR p.state IN ('terminated', 'withdrawn') OR p.merged_into_id IS NOT NULL THEN
      PERFORM directory.take_step(merging, 'directory.partnership', jsonb_build_object('id', p.id),
        jsonb_build_object('lo_id', p.lo_id, 'hi_id', p.hi_id),
        jsonb_build_object('lo_id', least(third, kept), 'hi_id', greatest(third, kept)));
    ELSIF p.state = 'asserted'
      AND NOT EXISTS (SELECT FROM directory.agreement WHERE partnership_id = p.id)
    THEN
      PERFORM directory.merge_partnership(merging, p, x, duplicate, kept);
    ELSE
      PERFORM service.refuse('conflict.state',
        format('both are partners of %s: by %s, which is %s, and by %s, which is %s; the one '
          'that is no partnership of its own has to end first', directory.code_of(third), p.number,
          p.state, x.number, x.state),
        format('partnership %s %s', CASE x.state WHEN 'signed' THEN 'show' ELSE 'withdraw' END,
          x.number));
    END IF;
  END LOOP;
END $$;

-- What the one that is kept does not know of itself it takes from the other, its name too.
CREATE OR REPLACE FUNCTION directory.complete(merging bigint, one bigint, other bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  c jsonb := (SELECT to_jsonb(t) FROM directory.community t WHERE id = one);
  d jsonb := (SELECT to_jsonb(t) FROM directory.community t WHERE id = other);
  names text;
  cells jsonb;
BEGIN
  -- What goes together is taken together.
  FOREACH names IN ARRAY '{region subdivision,latitude longitude,population,time_zone}'::text[] LOOP
    SELECT jsonb_object_agg(key, value) INTO cells FROM jsonb_each(d)
    WHERE key = ANY (string_to_array(names, ' '));
    CONTINUE WHEN jsonb_strip_nulls(cells) = '{}'
      OR EXISTS (SELECT FROM jsonb_object_keys(cells) AS k WHERE c -> k <> 'null');
    PERFORM directory.take_step(merging, 'directory.community', jsonb_build_object('id', one),
      (SELECT jsonb_object_agg(key, NULL) FROM jsonb_each(cells)), cells);
  END LOOP;
  WITH new AS (
    INSERT INTO directory.community_name (community_id, name)
    SELECT one, d ->> 'name' WHERE c ->> 'name' <> d ->> 'name'
    ON CONFLICT ON CONSTRAINT community_name_name_key DO NOTHING RETURNING id
  )
  INSERT INTO directory.merge_step (merge_id, relation, row_key)
  SELECT merging, 'directory.community_name', jsonb_build_object('id', id) FROM new;
END $$;

-- Refuses two communities that cannot be one.
CREATE OR REPLACE FUNCTION directory.check_merge(
  lost directory.community, stays directory.community
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF lost.merged_into_id IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('%s is merged into %s already', lost.code, directory.code_of(lost.merged_into_id)),
      format('community unmerge %s', lost.code));
  END IF;
  IF lost.id = stays.id THEN
    PERFORM service.refuse('data.invalid', format('%s is no duplicate of itself', lost.code));
  END IF;
  IF lost.country <> stays.country THEN
    PERFORM service.refuse('data.invalid',
      format('%s is in %s, and %s in %s: if one of them is wrong, change it first', lost.code,
        lost.country, stays.code, stays.country),
      format('community show %s', lost.code));
  END IF;
  IF lost.parent_id = stays.id OR stays.parent_id = lost.id THEN
    PERFORM service.refuse('conflict.parent',
      format('one of %s and %s lies in the other: so they are two', lost.code, stays.code),
      format('community show %s', lost.code));
  END IF;
  IF EXISTS (
    SELECT FROM directory.membership a
    JOIN directory.membership b ON daterange(a.joined_on, a.resigned_on)
      && daterange(b.joined_on, b.resigned_on)
    WHERE a.community_id = lost.id AND b.community_id = stays.id)
  THEN
    PERFORM service.refuse('conflict.duplicate',
      format('%s and %s have both been members in some of the same days, with invoices of their own: '
        'merge the other way where one of them is to be void', lost.code, stays.code),
      format('membership show %s', lost.code));
  END IF;
END $$;

-- Makes one community another's duplicate: its code is from then on the other's.
CREATE OR REPLACE FUNCTION directory.merge_communities(duplicate text, kept text, because text)
RETURNS TABLE (code text, name text, changes bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lost directory.community;
  stays directory.community;
  merging bigint;
  reference record;
  before text;
BEGIN
  PERFORM directory.find_community(duplicate);
  -- In one order, so that two who merge the same two do not wait for each other.
  PERFORM FROM directory.community c
  WHERE c.code = duplicate OR c.id = directory.find_community(kept) ORDER BY c.id FOR UPDATE;
  SELECT * INTO lost FROM directory.community c WHERE c.code = duplicate;
  SELECT * INTO stays FROM directory.community c WHERE c.id = directory.find_community(kept)
  FOR UPDATE;
  PERFORM directory.check_merge(lost, stays);
  INSERT INTO directory.merge (duplicate_id, kept_id, reason)
  VALUES (lost.id, stays.id, because) RETURNING id INTO merging;
  PERFORM directory.move_partnerships(merging, lost.id, stays.id);
  before := audit.see_everything();
  FOR reference IN
    SELECT f.conrelid::regclass AS relation, a.attname::text AS name
    FROM pg_constraint f
    JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
    WHERE f.contype = 'f' AND f.confrelid = 'directory.community'::regclass
      AND f.conrelid NOT IN ('directory.merge'::regclass, 'directory.partnership'::regclass)
    ORDER BY 1, 2
  LOOP
    PERFORM directory.move_references(merging, reference.relation, reference.name, lost.id,
      stays.id);
  END LOOP;
  PERFORM audit.see_as(before);
  PERFORM directory.complete(merging, stays.id, lost.id);
  UPDATE directory.community c SET merged_into_id = stays.id WHERE c.id = lost.id;
  UPDATE directory.merge_step s
  SET fingerprint = directory.fingerprint((s.row_key ->> 'id')::bigint)
  WHERE s.merge_id = merging AND s.relation = 'directory.partnership'::regclass;
  RETURN QUERY SELECT stays.code, stays.name,
    (SELECT count(*) FROM directory.merge_step s WHERE s.merge_id = merging);
END $$;

-- The partnership that a step of a merge is about: the row itself, or the one that it refers to; NULL
-- where it is about none.
CREATE OR REPLACE FUNCTION directory.partnership_of(step directory.merge_step) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  IF step.relation = 'directory.partnership'::regclass THEN
    RETURN (step.row_key ->> 'id')::bigint;
  ELSIF step.relation = 'directory.signature'::regclass THEN
    RETURN (SELECT partnership_id FROM directory.agreement
      WHERE id = (step.row_key ->> 'agreement_id')::bigint);
  ELSIF EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = step.relation AND attname = 'partnership_id'
      AND NOT attisdropped)
  THEN
    EXECUTE format('SELECT partnership_id FROM %s WHERE %s', step.relation,
      directory.equations(step.row_key, 'IS NOT DISTINCT FROM', ' AND ')) INTO found;
  END IF;
  RETURN found;
END $$;

-- Takes a merge back: what it changed becomes what it was, where nobody has changed it since. What was
-- said after it stays with the community of which it was said, and so does the whole of a partnership of
-- which anything was.
CREATE OR REPLACE FUNCTION directory.unmerge_community(duplicate text)
RETURNS TABLE (code text, name text, changes bigint, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lost directory.community;
  m directory.merge;
  later text;
  changed bigint[];
  step directory.merge_step;
  undone bigint := 0;
  left_alone bigint := 0;
  touched bigint;
  before text;
BEGIN
  PERFORM directory.find_community(duplicate);
  PERFORM FROM directory.community c
  WHERE c.code = duplicate OR c.id = directory.find_community(duplicate) ORDER BY c.id FOR UPDATE;
  SELECT * INTO lost FROM directory.community c WHERE c.code = duplicate;
  SELECT * INTO m FROM directory.merge x WHERE x.duplicate_id = lost.id AND x.undone_at IS NULL;
  IF m.id IS NULL THEN
    PERFORM service.refuse('conflict.state', format('%s is merged into no other', duplicate));
  END IF;
  -- What a later merge has moved on must come back first.
  SELECT directory.code_of(y.duplicate_id) INTO later
  FROM directory.merge y
  WHERE y.id > m.id AND y.undone_at IS NULL AND (y.duplicate_id = m.kept_id OR EXISTS (
    SELECT FROM directory.merge_step s
    JOIN directory.merge_step t ON t.relation = s.relation AND t.row_key = s.row_key
    WHERE s.merge_id = m.id AND t.merge_id = y.id))
  ORDER BY y.id DESC LIMIT 1;
  IF later IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('%s was merged after %s, and has moved on what that moved; undo that first', later,
        duplicate), format('community unmerge %s', later));
  END IF;
  SELECT array_agg((s.row_key ->> 'id')::bigint) INTO changed FROM directory.merge_step s
  WHERE s.merge_id = m.id AND s.fingerprint IS NOT NULL
    AND s.fingerprint <> directory.fingerprint((s.row_key ->> 'id')::bigint);
  UPDATE directory.community c SET merged_into_id = NULL WHERE c.id = lost.id;
  before := audit.see_everything();
  FOR step IN
    SELECT * FROM directory.merge_step s WHERE s.merge_id = m.id ORDER BY s.id DESC
  LOOP
    IF directory.partnership_of(step) = ANY (changed) THEN
      left_alone := left_alone + 1;
      CONTINUE;
    END IF;
    IF step.before IS NULL THEN
      EXECUTE format('DELETE FROM %s WHERE %s', step.relation,
        directory.equations(step.row_key, '=', ' AND '));
    ELSIF step.after IS NULL THEN
      PERFORM directory.put_back(step.relation, step.before);
    ELSE
      EXECUTE format('UPDATE %s SET %s WHERE %s', step.relation,
        directory.equations(step.before, '=', ', '),
        directory.equations(step.row_key || step.after, 'IS NOT DISTINCT FROM', ' AND '));
    END IF;
    GET DIAGNOSTICS touched = ROW_COUNT;
    undone := undone + (touched > 0 OR step.after IS NULL)::int;
    left_alone := left_alone + (touched = 0 AND step.after IS NOT NULL)::int;
  END LOOP;
  PERFORM audit.see_as(before);
  UPDATE directory.merge x SET undone_at = now() WHERE x.id = m.id;
  RETURN QUERY SELECT lost.code, lost.name, undone, left_alone;
END $$;
REVOKE EXECUTE ON FUNCTION directory.take_step(bigint, regclass, jsonb, jsonb, jsonb),
  directory.take_away(bigint, regclass, jsonb, jsonb), directory.put_back(regclass, jsonb),
  directory.merge_partnership(bigint, directory.partnership, directory.partnership, bigint, bigint),
  directory.move_references(bigint, regclass, text, bigint, bigint),
  directory.move_partnerships(bigint, bigint, bigint), directory.complete(bigint, bigint, bigint),
  directory.merge_communities(text, text, text), directory.unmerge_community(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.merge_communities(text, text, text),
  directory.unmerge_community(text) TO sister_service;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.merge
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
