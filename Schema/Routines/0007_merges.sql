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

-- Makes the references of a column to one community references to another. What would then be there
-- twice stays where it is: the other has it already.
CREATE OR REPLACE FUNCTION directory.move_references(
  merging bigint, relation regclass, reference text, duplicate bigint, kept bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  keys text[] := directory.key_columns(relation);
  cells jsonb;
BEGIN
  FOR cells IN EXECUTE format('SELECT to_jsonb(t) FROM %s AS t WHERE %I = $1', relation, reference)
    USING duplicate
  LOOP
    BEGIN
      PERFORM directory.take_step(merging, relation,
        (SELECT jsonb_object_agg(key, value) FROM jsonb_each(cells) WHERE key = ANY (keys)),
        jsonb_build_object(reference, duplicate), jsonb_build_object(reference, kept));
    EXCEPTION WHEN unique_violation THEN
      NULL;
    END;
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
  a directory.assertion;
  third bigint;
BEGIN
  FOR p IN
    SELECT * FROM directory.partnership WHERE duplicate IN (lo_id, hi_id) ORDER BY id FOR UPDATE
  LOOP
    third := p.lo_id + p.hi_id - duplicate;
    IF third = kept THEN
      CONTINUE WHEN p.state IN ('terminated', 'withdrawn');
      PERFORM service.refuse('conflict.state',
        format('%s is a partnership of the two themselves, and %s; it has to end first', p.number,
          p.state), format('partnership show %s', p.number));
    END IF;
    SELECT * INTO x FROM directory.partnership
    WHERE lo_id = least(third, kept) AND hi_id = greatest(third, kept)
      AND state IN ('asserted', 'signed') AND merged_into_id IS NULL;
    IF x.id IS NULL OR p.state NOT IN ('asserted', 'signed') THEN
      PERFORM directory.take_step(merging, 'directory.partnership', jsonb_build_object('id', p.id),
        jsonb_build_object('lo_id', p.lo_id, 'hi_id', p.hi_id),
        jsonb_build_object('lo_id', least(third, kept), 'hi_id', greatest(third, kept)));
      CONTINUE;
    END IF;
    IF p.state = 'signed' THEN
      PERFORM service.refuse('conflict.state',
        format('both are partners of %s: by %s, which is signed, and by %s, which is %s; the one '
          'that is no partnership of its own has to end first', directory.code_of(third), p.number,
          x.number, x.state),
        format('partnership %s %s', CASE x.state WHEN 'signed' THEN 'show' ELSE 'withdraw' END,
          x.number));
    END IF;
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
    PERFORM directory.take_step(merging, 'directory.partnership', jsonb_build_object('id', p.id),
      '{"merged_into_id": null}', jsonb_build_object('merged_into_id', x.id));
  END LOOP;
END $$;

-- What the one that is kept does not know of itself it takes from the other, its name too.
CREATE OR REPLACE FUNCTION directory.complete(merging bigint, one bigint, other bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  c jsonb := (SELECT to_jsonb(t) FROM directory.community t WHERE id = one);
  d jsonb := (SELECT to_jsonb(t) FROM directory.community t WHERE id = other);
  lacking jsonb;
BEGIN
  SELECT jsonb_object_agg(key, value) INTO lacking FROM jsonb_each(d)
  WHERE key IN ('region', 'subdivision', 'latitude', 'longitude', 'population', 'time_zone')
    AND value <> 'null' AND c -> key = 'null';
  IF lacking IS NOT NULL THEN
    PERFORM directory.take_step(merging, 'directory.community', jsonb_build_object('id', one),
      (SELECT jsonb_object_agg(key, NULL) FROM jsonb_each(lacking)), lacking);
  END IF;
  WITH new AS (
    INSERT INTO directory.community_name (community_id, name)
    SELECT one, d ->> 'name' WHERE c ->> 'name' <> d ->> 'name'
    ON CONFLICT ON CONSTRAINT community_name_name_key DO NOTHING RETURNING id
  )
  INSERT INTO directory.merge_step (merge_id, relation, row_key)
  SELECT merging, 'directory.community_name', jsonb_build_object('id', id) FROM new;
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
  -- In one order, so that two who merge the same two do not wait for each other.
  PERFORM FROM directory.community c WHERE c.code IN (duplicate, kept) ORDER BY c.id FOR UPDATE;
  SELECT * INTO stays FROM directory.community c WHERE c.id = directory.find_community(kept);
  SELECT * INTO lost FROM directory.community c WHERE c.code = duplicate;
  IF lost.id IS NULL THEN PERFORM directory.find_community(duplicate); END IF;
  IF lost.merged_into_id IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('%s is merged into %s already', duplicate, directory.code_of(lost.merged_into_id)),
      format('community unmerge %s', duplicate));
  END IF;
  IF lost.id = stays.id THEN
    PERFORM service.refuse('data.invalid', format('%s is no duplicate of itself', duplicate));
  END IF;
  IF lost.country <> stays.country THEN
    PERFORM service.refuse('data.invalid',
      format('%s is in %s, and %s in %s: if one of them is wrong, change it first', duplicate,
        lost.country, kept, stays.country),
      format('community show %s', duplicate));
  END IF;
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
  RETURN QUERY SELECT stays.code, stays.name,
    (SELECT count(*) FROM directory.merge_step s WHERE s.merge_id = merging);
END $$;

-- Takes a merge back: what it changed becomes what it was, where nobody has changed it since. What was
-- said after it stays with the community of which it was said.
CREATE OR REPLACE FUNCTION directory.unmerge_community(duplicate text)
RETURNS TABLE (code text, name text, changes bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  lost directory.community;
  stays directory.community;
  m directory.merge;
  step directory.merge_step;
  undone bigint := 0;
  touched bigint;
  before text;
BEGIN
  SELECT * INTO lost FROM directory.community c WHERE c.code = duplicate FOR UPDATE;
  IF lost.id IS NULL THEN PERFORM directory.find_community(duplicate); END IF;
  SELECT * INTO m FROM directory.merge x WHERE x.duplicate_id = lost.id AND x.undone_at IS NULL;
  IF m.id IS NULL THEN
    PERFORM service.refuse('conflict.state', format('%s is merged into no other', duplicate));
  END IF;
  SELECT * INTO stays FROM directory.community c WHERE c.id = m.kept_id FOR UPDATE;
  IF stays.merged_into_id IS NOT NULL THEN
    PERFORM service.refuse('conflict.state',
      format('%s, into which it was merged, has been merged itself; undo that first', stays.code),
      format('community unmerge %s', stays.code));
  END IF;
  UPDATE directory.community c SET merged_into_id = NULL WHERE c.id = lost.id;
  before := audit.see_everything();
  FOR step IN
    SELECT * FROM directory.merge_step s WHERE s.merge_id = m.id ORDER BY s.id DESC
  LOOP
    IF step.before IS NULL THEN
      EXECUTE format('DELETE FROM %s WHERE %s', step.relation,
        directory.equations(step.row_key, '=', ' AND '));
    ELSE
      EXECUTE format('UPDATE %s SET %s WHERE %s', step.relation,
        directory.equations(step.before, '=', ', '),
        directory.equations(step.row_key || step.after, 'IS NOT DISTINCT FROM', ' AND '));
    END IF;
    GET DIAGNOSTICS touched = ROW_COUNT;
    undone := undone + touched;
  END LOOP;
  PERFORM audit.see_as(before);
  UPDATE directory.merge x SET undone_at = now() WHERE x.id = m.id;
  RETURN QUERY SELECT lost.code, lost.name, undone;
END $$;
REVOKE EXECUTE ON FUNCTION directory.take_step(bigint, regclass, jsonb, jsonb, jsonb),
  directory.move_references(bigint, regclass, text, bigint, bigint),
  directory.move_partnerships(bigint, bigint, bigint), directory.complete(bigint, bigint, bigint),
  directory.merge_communities(text, text, text), directory.unmerge_community(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION directory.merge_communities(text, text, text),
  directory.unmerge_community(text) TO sister_service;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.merge
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
