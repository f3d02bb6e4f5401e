-- Refusals, lifecycles and filters: what every area's statements call.

-- Ends the statement with an error that the person gets as it stands: `code` is one of the
-- service's error codes, `suggestion` what to type instead.
CREATE OR REPLACE FUNCTION service.refuse(code text, message text, suggestion text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'SI000', CONSTRAINT = code, MESSAGE = message, HINT = coalesce(suggestion, '');
END $$;

-- What was probably meant where `wanted` is not known: what refusals suggest. NULL where nothing is
-- like it.
CREATE OR REPLACE FUNCTION service.nearest(wanted text, known text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT k FROM unnest(known) AS k
  WHERE public.similarity(lower(k), lower(wanted)) > 0.3
  ORDER BY public.similarity(lower(k), lower(wanted)) DESC, k LIMIT 1
$$;

-- An amount of minor units as people read it: 9500.00 USD. The digits are those of
-- Foundations.Currency. (Every part of it is immutable, the cast to text too, which || would not be:
-- only so is it inlined into the statements that ask. Dollars come first: most sums are, and are
-- then not looked up.)
CREATE OR REPLACE FUNCTION service.money_text(amount bigint, currency text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (amount * CASE
    WHEN currency = 'USD' THEN 0.01
    WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX',
      'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
    WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 0.001
    ELSE 0.01 END)::text || ' ' || currency
$$;

-- A moment as RFC 3339 writes it, in UTC: 2026-07-01T09:30:00Z. (Stable: its text depends on the
-- session's datestyle, which the service sets.)
CREATE OR REPLACE FUNCTION service.timestamp_text(moment timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT replace((moment AT TIME ZONE 'UTC')::text, ' ', 'T') || 'Z'
$$;

-- A parameter of a statement within COPY, which takes none: the transaction has set them, as an
-- array. They are called immutable, which they are for as long as one plan lives, because COPY plans
-- its statement each time: so they are constants to the planner, as other statements' parameters are.
CREATE OR REPLACE FUNCTION service.argument(number int) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (current_setting('sister.arguments')::text[])[number]
$$;

CREATE OR REPLACE FUNCTION service.array_argument(number int) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (current_setting('sister.arguments')::text[])[number]::text[]
$$;

-- Refuses changes of state that service.transition does not list.
-- Arguments: the noun, the column that names a row to people, the state a new row has.
CREATE OR REPLACE FUNCTION service.guard_lifecycle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- A generated column has no value yet in NEW.
  name text := CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END ->> TG_ARGV[1];
  next text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> TG_ARGV[2] THEN
      PERFORM service.refuse('conflict.state',
        format('a new %s is %s, not %s', TG_ARGV[0], TG_ARGV[2], NEW.state));
    END IF;
    RETURN NEW;
  END IF;
  IF EXISTS (
    SELECT FROM service.transition t
    WHERE t.noun = TG_ARGV[0] AND t.from_state = OLD.state AND t.to_state = NEW.state)
  THEN
    RETURN NEW;
  END IF;
  SELECT string_agg(to_state, ' or ' ORDER BY to_state) INTO next
  FROM service.transition t WHERE t.noun = TG_ARGV[0] AND t.from_state = OLD.state;
  PERFORM service.refuse('conflict.state',
    CASE WHEN OLD.state = NEW.state
      THEN format('%s %s is %s already', TG_ARGV[0], name, OLD.state)
        || CASE WHEN next IS NULL THEN ', and that is final' ELSE '' END
      ELSE format('%s %s is %s; it cannot become %s', TG_ARGV[0], name, OLD.state, NEW.state)
        || coalesce(', only ' || next, ', and that is final')
    END);
  RETURN NULL;
END $$;

-- Counts the changes of a row. Where the command was told a revision (if-rev=), its first change of a
-- row of its noun is refused unless that is the row's: compared under the lock that the UPDATE holds,
-- so that of several commands at once one is right. Then it has been compared: the command's own
-- further changes of the row are not refused.
-- Its triggers are the first of their tables by name: who comes late hears of the revision, and not
-- of what follows from it.
-- Arguments: the noun, the column that names a row to people, and columns that do not count:
-- counters of something else, and generated ones, which have no value yet in NEW.
CREATE OR REPLACE FUNCTION service.count_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  expected bigint := nullif(current_setting('sister.if_revision', true), '')::bigint;
  uncounted text[] := array_append(TG_ARGV[2:], 'revision');
  shown text;
BEGIN
  IF expected IS NOT NULL AND TG_ARGV[0] = split_part(current_setting('sister.command'), ' ', 1)
  THEN
    IF expected <> OLD.revision THEN
      shown := to_jsonb(OLD) ->> TG_ARGV[1];
      PERFORM service.refuse('conflict.revision',
        format('%s %s is at revision %s, and if-rev=%s was given: look at it again', TG_ARGV[0],
          shown, OLD.revision, expected),
        format('%s show %s', TG_ARGV[0], shown));
    END IF;
    PERFORM set_config('sister.if_revision', '', true);
  END IF;
  NEW.revision := OLD.revision
    + (to_jsonb(NEW) - uncounted <> to_jsonb(OLD) - uncounted)::int;
  RETURN NEW;
END $$;

-- Whether a value passes a filter, {operator,operand,operator,operand,…}: every pair must hold.
-- NULL is no filter. The first pair is inlined into the statement that asks; only a second one
-- costs a call.
CREATE OR REPLACE FUNCTION service.matches(value text, filter text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE filter[1]
    WHEN '=' THEN value = filter[2]
    WHEN '!=' THEN value IS DISTINCT FROM filter[2]
    WHEN '<' THEN value < filter[2]
    WHEN '<=' THEN value <= filter[2]
    WHEN '>' THEN value > filter[2]
    WHEN '>=' THEN value >= filter[2]
    WHEN '~' THEN strpos(lower(value), lower(filter[2])) > 0
    ELSE true
  END AND (filter[3] IS NULL OR service.matches(value, filter[3:]))
$$;

CREATE OR REPLACE FUNCTION service.matches(value numeric, filter text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE filter[1]
    WHEN '=' THEN value = filter[2]::numeric
    WHEN '!=' THEN value IS DISTINCT FROM filter[2]::numeric
    WHEN '<' THEN value < filter[2]::numeric
    WHEN '<=' THEN value <= filter[2]::numeric
    WHEN '>' THEN value > filter[2]::numeric
    WHEN '>=' THEN value >= filter[2]::numeric
    WHEN '~' THEN strpos(value::text, filter[2]) > 0
    ELSE true
  END AND (filter[3] IS NULL OR service.matches(value, filter[3:]))
$$;

CREATE OR REPLACE FUNCTION service.matches(value date, filter text[]) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE filter[1]
    WHEN '=' THEN value = filter[2]::date
    WHEN '!=' THEN value IS DISTINCT FROM filter[2]::date
    WHEN '<' THEN value < filter[2]::date
    WHEN '<=' THEN value <= filter[2]::date
    WHEN '>' THEN value > filter[2]::date
    WHEN '>=' THEN value >= filter[2]::date
    WHEN '~' THEN strpos(value::text, filter[2]) > 0
    ELSE true
  END AND (filter[3] IS NULL OR service.matches(value, filter[3:]))
$$;
