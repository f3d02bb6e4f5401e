-- What lists of other people call a country, and codes for the communities that they name.

-- What a country's label is taken for. A label that is written otherwise by one letter or so is the
-- country it is like, if it is like one only; "Ohio, United States" names a part of one, and
-- "Martinique, France" a territory that has a code of its own.
CREATE OR REPLACE FUNCTION directory.read_country_label(
  label text, OUT country text, OUT region text, OUT reason text
) LANGUAGE plpgsql STABLE AS $$
DECLARE
  -- "Georgia (country)", "in Italy"
  plain text := regexp_replace(regexp_replace(label, '\s*\(country\)', ''), '^(in|the) ', '', 'i');
  wanted text := directory.name_key(plain);
  -- The parts around the last comma.
  front text := btrim(substring(plain from '^(.*),'));
  back text := btrim(substring(plain from '[^,]*$'));
  nearest record;
BEGIN
  SELECT l.country, l.region, 'as it is called' INTO country, region, reason
  FROM directory.country_label l WHERE l.key = wanted;
  IF FOUND OR wanted = '' THEN
    reason := coalesce(reason, 'it is empty');
    RETURN;
  END IF;
  IF front <> '' THEN
    SELECT f.country, f.region, format('%s, which has a code of its own', front)
    INTO country, region, reason
    FROM directory.country_label b JOIN directory.country c ON c.part_of = b.country
    JOIN directory.country_label f ON f.country = c.code AND f.key = directory.name_key(front)
    WHERE b.key = directory.name_key(back);
    IF FOUND THEN RETURN; END IF;
    SELECT l.country, front, format('%s is a part of it', front) INTO country, region, reason
    FROM directory.country_label l WHERE l.key = directory.name_key(back);
    IF FOUND THEN RETURN; END IF;
  END IF;
  -- What is one word of several names is short for any of them: Congo. What has the names of two
  -- countries in it is neither, and what is new, or lies behind a comma in no country, is another place:
  -- Serbia and Montenegro; New Mexico; Lebanon, Ohio.
  SELECT l.country, l.region, public.similarity(l.key, wanted) AS likeness, c.name INTO nearest
  FROM directory.country_label l JOIN directory.country c ON c.code = l.country
  WHERE public.similarity(l.key, wanted) >= 0.5
    AND strpos(' ' || l.key || ' ', ' ' || wanted || ' ') = 0
    AND (wanted LIKE 'new %') <= (l.key LIKE 'new %')
    AND (coalesce(front, '') = '' OR public.similarity(l.key, wanted) >= 0.8)
  ORDER BY likeness DESC LIMIT 1;
  IF FOUND AND (
    SELECT count(DISTINCT coalesce(c.part_of, c.code))
    FROM directory.country_label l JOIN directory.country c ON c.code = l.country
    WHERE length(l.key) > 2 AND strpos(' ' || wanted || ' ', ' ' || l.key || ' ') > 0) < 2
    AND NOT EXISTS (
    SELECT FROM directory.country_label l
    WHERE l.country <> nearest.country
      AND public.similarity(l.key, wanted) > nearest.likeness - 0.15)
  THEN
    country := nearest.country;
    region := nearest.region;
    reason := format('it is written like %s', nearest.name);
    RETURN;
  END IF;
  reason := 'no country of ISO 3166-1 is called so' || coalesce((
    SELECT '; like it are ' || string_agg(n.name, ', ' ORDER BY n.likeness DESC, n.name)
    FROM (
      SELECT c.name, max(public.word_similarity(wanted, l.key)) AS likeness
      FROM directory.country_label l JOIN directory.country c ON c.code = l.country
      GROUP BY c.name
      HAVING max(public.word_similarity(wanted, l.key)) > 0.5
      ORDER BY 2 DESC, 1 LIMIT 3
    ) AS n), '');
END $$;

-- Codes for new communities, each free and given once: toledo-es, portland-or, springfield-us-2.
CREATE OR REPLACE FUNCTION directory.code_base(name text, country text, subdivision text)
RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(btrim(left(btrim(regexp_replace(
      lower(public.unaccent('public.unaccent', normalize(name, NFKC))), '[^a-z0-9]+', '-', 'g'),
      '-'), 20), '-'), ''), 'place')
    || '-' || lower(coalesce(split_part(subdivision, '-', 2), country))
$$;

CREATE OR REPLACE FUNCTION directory.free_codes(bases text[])
RETURNS TABLE (number bigint, code text) LANGUAGE sql STABLE AS $$
  WITH wanted AS (
    SELECT u.number, u.base, row_number() OVER (PARTITION BY u.base ORDER BY u.number) AS nth
    FROM unnest(bases) WITH ORDINALITY AS u (base, number)
  ), taken AS MATERIALIZED (
    -- The highest that is taken. (Those that begin with it are found together: - comes before . in
    -- the order of codes.)
    SELECT b.base, (
      SELECT max(CASE WHEN c.code = b.base THEN 1
        ELSE substring(c.code from length(b.base) + 2)::bigint END)
      FROM directory.community c
      WHERE c.code >= b.base AND c.code < b.base || '.'
        AND substring(c.code from length(b.base) + 1) ~ '^(-[0-9]{1,9})?$') AS highest
    FROM (SELECT DISTINCT w.base FROM wanted w) AS b
  )
  SELECT w.number, w.base || CASE WHEN coalesce(t.highest, 0) + w.nth > 1
    THEN '-' || coalesce(t.highest, 0) + w.nth ELSE '' END
  FROM wanted w JOIN taken t ON t.base = w.base
$$;
