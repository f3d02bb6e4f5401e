-- The network as a graph: communities, and the partnerships between them.

-- The shortest chain of partnerships from one community to another, the communities in order; no row
-- where there is none. Of several that are as short, the one over the communities that were there
-- first.
CREATE OR REPLACE FUNCTION directory.shortest_path(origin bigint, destination bigint)
RETURNS TABLE (step bigint, community_id bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen bigint[] := ARRAY[origin];
  came_from bigint[] := ARRAY[NULL::bigint];
  frontier bigint[] := ARRAY[origin];
  next bigint[];
  parents bigint[];
  chain bigint[];
  at bigint := destination;
BEGIN
  WHILE cardinality(frontier) > 0 AND NOT destination = ANY (frontier) LOOP
    SELECT array_agg(n.sister_id), array_agg(n.parent) INTO next, parents
    FROM (
      SELECT l.sister_id, min(l.community_id) AS parent
      FROM unnest(frontier) AS f (id) JOIN directory.link l ON l.community_id = f.id
      WHERE NOT EXISTS (SELECT FROM unnest(seen) AS s (id) WHERE s.id = l.sister_id)
      GROUP BY l.sister_id
    ) AS n;
    seen := seen || next;
    came_from := came_from || parents;
    frontier := next;
  END LOOP;
  IF coalesce(cardinality(frontier), 0) = 0 THEN RETURN; END IF;
  WHILE at IS NOT NULL LOOP
    chain := at || chain;
    at := came_from[array_position(seen, at)];
  END LOOP;
  RETURN QUERY SELECT c.nth, c.id FROM unnest(chain) WITH ORDINALITY AS c (id, nth);
END $$;

-- The codes, all of which are countries'; refuses them where one is not.
CREATE OR REPLACE FUNCTION directory.known_countries(codes text[]) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  unknown text := (SELECT min(w.code) FROM unnest(codes) AS w (code)
    WHERE NOT EXISTS (SELECT FROM directory.country c WHERE c.code = w.code));
BEGIN
  IF unknown IS NOT NULL THEN
    PERFORM service.refuse('data.invalid', format('there is no country %s', unknown));
  END IF;
  RETURN codes;
END $$;

CREATE OR REPLACE FUNCTION directory.check_seeking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.countries := directory.known_countries(NEW.countries);
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER countries BEFORE INSERT OR UPDATE OF countries ON directory.seeking
  FOR EACH ROW EXECUTE FUNCTION directory.check_seeking();

-- Whether a community is what another one seeks.
CREATE OR REPLACE FUNCTION directory.suits(
  wish directory.seeking, in_country text, on_continent text, people bigint
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (wish.countries = '{}' AND wish.continents = '{}'
      OR in_country = ANY (wish.countries) OR on_continent = ANY (wish.continents))
    AND (wish.min_population IS NULL OR coalesce(people >= wish.min_population, false))
    AND (wish.max_population IS NULL OR coalesce(people <= wish.max_population, false))
$$;

-- Takes away that a community seeks a partner; refuses where it does not.
CREATE OR REPLACE FUNCTION directory.stop_seeking(community text)
RETURNS TABLE (code text, name text) LANGUAGE plpgsql AS $$
DECLARE
  one bigint := directory.find_community(community);
BEGIN
  DELETE FROM directory.seeking WHERE community_id = one;
  IF NOT FOUND THEN
    PERFORM service.refuse('missing.seeking', format('%s seeks no partner', community),
      format('community seek %s', community));
  END IF;
  RETURN QUERY SELECT c.code, c.name FROM directory.community c WHERE c.id = one;
END $$;

-- Each community that has partners, with the least id of those that it is linked with, over however
-- many others: those of one number are one component. (Sets are joined as in union-find, halving
-- paths on the way.)
CREATE OR REPLACE FUNCTION directory.components()
RETURNS TABLE (community_id bigint, component bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
  ids bigint[] := ARRAY(SELECT DISTINCT l.community_id FROM directory.link l ORDER BY 1);
  parent int[] := ARRAY(SELECT generate_series(1, cardinality(ids)));
  edge record;
  a int;
  b int;
BEGIN
  FOR edge IN
    WITH numbered AS (SELECT u.id, u.n::int AS n FROM unnest(ids) WITH ORDINALITY AS u (id, n))
    SELECT x.n AS a, y.n AS b FROM directory.current_partnership p
    JOIN numbered x ON x.id = p.lo_id JOIN numbered y ON y.id = p.hi_id
  LOOP
    a := edge.a;
    b := edge.b;
    WHILE parent[a] <> a LOOP
      parent[a] := parent[parent[a]];
      a := parent[a];
    END LOOP;
    WHILE parent[b] <> b LOOP
      parent[b] := parent[parent[b]];
      b := parent[b];
    END LOOP;
    parent[greatest(a, b)] := least(a, b);
  END LOOP;
  FOR i IN 1 .. cardinality(ids) LOOP
    parent[i] := parent[parent[i]];
    community_id := ids[i];
    component := ids[parent[i]];
    RETURN NEXT;
  END LOOP;
END $$;
