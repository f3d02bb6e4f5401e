-- The audit: every change of every audited row, in the transaction that made it.

-- The entry of the command that is under way, made when it first changes something. Settings are
-- anybody's to make, so they are not believed further than this: the command was opened in this
-- transaction, and so was the entry made.
CREATE OR REPLACE FUNCTION audit.current_entry() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry bigint := nullif(current_setting('sister.audit_entry', true), '');
  actor text := nullif(current_setting('sister.principal', true), '');
  act text := nullif(current_setting('sister.command', true), '');
BEGIN
  IF actor IS NULL OR act IS NULL
    OR current_setting('sister.transaction', true) IS DISTINCT FROM pg_current_xact_id()::text
  THEN
    RAISE EXCEPTION 'a change outside of a command' USING ERRCODE = 'SI001';
  END IF;
  IF entry IS NULL THEN
    INSERT INTO audit.entry (principal, command, request, request_key)
    VALUES (actor, act, current_setting('sister.request'),
      nullif(current_setting('sister.request_key'), ''))
    RETURNING id INTO entry;
    PERFORM set_config('sister.audit_entry', entry::text, true);
  -- The moment too: a restored database may count its transactions anew.
  ELSIF NOT EXISTS (
    SELECT FROM audit.entry e
    WHERE e.id = entry AND e.transaction = pg_current_xact_id() AND e.at = now())
  THEN
    RAISE EXCEPTION 'a change for an audit entry of another transaction'
      USING ERRCODE = 'SI001';
  END IF;
  RETURN entry;
END $$;
REVOKE EXECUTE ON FUNCTION audit.current_entry() FROM PUBLIC;

-- What it takes, besides audit.read, to see changes of a relation: rows about minors stay protected
-- in the audit too. NULL where it takes nothing more.
CREATE OR REPLACE FUNCTION audit.protecting_capability(relation text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN relation LIKE 'exchanges.%' THEN 'exchanges.read' END
$$;

-- The context that sees every row of the audit, until `audit.see_as` puts the one before it back,
-- which is answered: every capability that audit.protecting_capability may answer.
CREATE OR REPLACE FUNCTION audit.see_everything() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  before text := coalesce(current_setting('sister.capabilities', true), '');
BEGIN
  PERFORM set_config('sister.capabilities', 'exchanges.read', true);
  RETURN before;
END $$;

CREATE OR REPLACE FUNCTION audit.see_as(capabilities text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sister.capabilities', capabilities, true);
END $$;
REVOKE EXECUTE ON FUNCTION audit.see_everything(), audit.see_as(text) FROM PUBLIC;

-- Records a row's change. Arguments: the columns that name the row.
CREATE OR REPLACE FUNCTION audit.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Secrets; what a saved request says, which may be about a person; how many changes a row has had,
  -- which the audit itself tells; and what is computed from other columns.
  hidden text[] := CASE TG_TABLE_NAME WHEN 'saved_request' THEN '{request}'
    ELSE '{secret_hash,verifier,revision,key,period,lo_country,hi_country}' END;
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - hidden END;
  new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - hidden END;
  relation text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
  protecting text := audit.protecting_capability(relation);
  entry bigint := audit.current_entry();
  row_key text := '';
BEGIN
  FOR i IN 0 .. TG_NARGS - 1 LOOP
    row_key := row_key || CASE WHEN i > 0 THEN '/' ELSE '' END
      || (coalesce(new_row, old_row) ->> TG_ARGV[i]);
  END LOOP;
  INSERT INTO audit.change (entry_id, relation, row_key, before, after)
  VALUES (entry, relation, row_key, old_row, new_row);
  -- The command's own text says what the row says.
  IF protecting IS NOT NULL THEN
    INSERT INTO audit.protection (entry_id, capability) VALUES (entry, protecting)
    ON CONFLICT ON CONSTRAINT protection_pkey DO NOTHING;
  END IF;
  RETURN NULL;
END $$;

-- The same of all rows that a statement inserted, at once: for tables that are filled by the
-- thousand, none of which is protected. A thousand and more are one change of their own, which says
-- how many they are, and from which row to which: each is there to be looked at, and what becomes of
-- it later is recorded with what it was before.
CREATE OR REPLACE FUNCTION audit.record_insertions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  relation text := TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
  row_count bigint := (SELECT count(*) FROM new_rows);
BEGIN
  IF row_count >= 1000 THEN
    INSERT INTO audit.change (entry_id, relation, row_key, after)
    SELECT audit.current_entry(), relation,
      (SELECT to_jsonb(n) ->> TG_ARGV[0] FROM (SELECT * FROM new_rows LIMIT 1) AS n) || '…'
        || (SELECT to_jsonb(n) ->> TG_ARGV[0]
          FROM (SELECT * FROM new_rows LIMIT 1 OFFSET row_count - 1) AS n),
      jsonb_build_object('rows', row_count);
  ELSIF row_count > 0 THEN
    INSERT INTO audit.change (entry_id, relation, row_key, after)
    SELECT e.id, relation, (r.new ->> TG_ARGV[0]) || coalesce('/' || (r.new ->> TG_ARGV[1]), ''),
      r.new - '{revision,key,period,lo_country,hi_country}'::text[]
    FROM (SELECT audit.current_entry() AS id OFFSET 0) AS e,
      (SELECT to_jsonb(n) FROM new_rows n) AS r (new);
  END IF;
  RETURN NULL;
END $$;
-- Or anyone could attach them to a table of their own, and write into the audit.
REVOKE EXECUTE ON FUNCTION audit.record_change(), audit.record_insertions() FROM PUBLIC;

ALTER TABLE audit.change ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.change FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS change_read ON audit.change;
CREATE POLICY change_read ON audit.change FOR SELECT
  USING (CASE WHEN audit.protecting_capability(relation) IS NULL THEN true
    ELSE access.allows(audit.protecting_capability(relation)) END);
DROP POLICY IF EXISTS change_append ON audit.change;
CREATE POLICY change_append ON audit.change FOR INSERT WITH CHECK (true);

-- An entry is seen by those who may see every change that belongs to it, and by the transaction
-- that makes it, which has written it itself.
ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.entry FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS entry_read ON audit.entry;
CREATE POLICY entry_read ON audit.entry FOR SELECT
  USING (transaction = pg_current_xact_id_if_assigned() OR NOT EXISTS (
    SELECT FROM audit.protection p
    WHERE p.entry_id = entry.id AND access.allows(p.capability) IS NOT TRUE));
DROP POLICY IF EXISTS entry_append ON audit.entry;
CREATE POLICY entry_append ON audit.entry FOR INSERT WITH CHECK (true);

-- Who registered for a conference is not for everybody who may read the audit. By the command's
-- name, not by audit.protection: nothing is added to the hottest insert.
DROP POLICY IF EXISTS entry_registrations ON audit.entry;
CREATE POLICY entry_registrations ON audit.entry AS RESTRICTIVE FOR SELECT TO sister_service
  USING (command NOT LIKE 'registration %' OR access.allows('registrations.read'));
DROP POLICY IF EXISTS change_registrations ON audit.change;
CREATE POLICY change_registrations ON audit.change AS RESTRICTIVE FOR SELECT TO sister_service
  USING (relation <> 'conferences.registration' OR access.allows('registrations.read'));

-- Changes, field by field.
CREATE OR REPLACE VIEW audit.field_change WITH (security_invoker) AS
SELECT c.id, c.entry_id, c.relation, c.row_key, f.field, c.before ->> f.field AS before,
  c.after ->> f.field AS after
FROM audit.change c,
  LATERAL jsonb_object_keys(coalesce(c.before, '{}') || coalesce(c.after, '{}')) AS f (field)
WHERE c.before ->> f.field IS DISTINCT FROM c.after ->> f.field;

-- The fields that a change is about. Internal numbers say nothing to people, so they are named only
-- where there is nothing else.
CREATE OR REPLACE FUNCTION audit.changed_fields(before jsonb, after jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    string_agg(f.field, ',' ORDER BY f.field) FILTER (WHERE NOT f.is_internal),
    string_agg(f.field, ',' ORDER BY f.field), '')
  FROM (
    SELECT k.field, k.field = 'id' OR k.field LIKE '%\_id' AS is_internal
    FROM jsonb_object_keys(coalesce(before, '{}') || coalesce(after, '{}')) AS k (field)
    WHERE before ->> k.field IS DISTINCT FROM after ->> k.field
  ) AS f
$$;

-- What the transaction has changed so far: what preview=yes answers. Internal numbers say nothing
-- to people, so they are shown only where a change has nothing else to show.
CREATE OR REPLACE VIEW audit.current_change WITH (security_invoker) AS
SELECT id, relation, row_key, field, before, after
FROM (
  SELECT f.*, f.internal AND NOT bool_and(f.internal) OVER (PARTITION BY f.id) AS hidden
  FROM (
    SELECT c.*, c.field = 'id' OR c.field LIKE '%\_id' AS internal FROM audit.field_change c
    WHERE c.entry_id = nullif(current_setting('sister.audit_entry', true), '')::bigint
  ) AS f
) AS shown
WHERE NOT hidden;
GRANT SELECT ON audit.field_change, audit.current_change TO sister_service;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON access.principal
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('name');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON access.token
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON access.password
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('principal');
CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON access.saved_request
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('principal', 'name');
