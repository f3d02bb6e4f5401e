CREATE OR REPLACE FUNCTION directory.find_community(wanted text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found bigint;
BEGIN
  SELECT id INTO found FROM directory.community WHERE code = wanted;
  IF found IS NULL THEN
    PERFORM service.refuse('missing.community', format('there is no community %s', wanted),
      service.nearest(wanted, ARRAY(SELECT code FROM directory.community)));
  END IF;
  RETURN found;
END $$;

CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON directory.community
  FOR EACH ROW EXECUTE FUNCTION audit.record_change('code');
