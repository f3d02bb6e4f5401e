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
