# shellcheck shell=bash
# The part of Scripts/bench that searches the directory by name. Sourced, never run.
# shellcheck disable=SC2154 # what is not set here is set by who sources this

# 100,000 communities with 250,000 names in all, of syllables, a tenth of them in Chinese characters;
# and what is typed: names, names with a letter left out, and beginnings of names. The same each time.
named=''
fill_names() {
  if [[ $named ]]; then return; fi
  named=yes
  say 'filling in 100,000 communities with 250,000 names'
  local table
  for table in community community_name; do
    sql -U sister_owner -d sister -c "ALTER TABLE directory.$table DISABLE TRIGGER USER"
  done
  sql -U sister_owner -d sister >/dev/null <<'SQL'
SELECT setseed(0.42);
CREATE FUNCTION pg_temp.one(choice text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT split_part(choice, ' ', 1 + floor(random() * (1 + length(choice)
    - length(replace(choice, ' ', ''))))::int)
$$;
CREATE FUNCTION pg_temp.name(parts int) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT initcap(string_agg(pg_temp.one('b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sch sh st t tr v w z')
    || pg_temp.one('a e i o u y ai au ei ie oo ou')
    || pg_temp.one('b ck d ff g l ld ll m n nd ng nt p r rd rg rt s sk ss st t th tz x'), ''))
  FROM generate_series(1, parts)
$$;
INSERT INTO directory.community (code, name, country, region, population)
SELECT 's-' || i, pg_temp.name(2 + i % 2), CASE i % 3 WHEN 0 THEN 'US' WHEN 1 THEN 'CN' ELSE 'DE' END,
  'Region ' || i % 50, 1000 + (random() * 1000000)::int
FROM generate_series(1, 100000) AS i ON CONFLICT DO NOTHING;
INSERT INTO directory.community_name (community_id, name)
SELECT c.id, CASE WHEN k = 1 AND c.id % 5 = 0
    THEN chr(19968 + (c.id % 997)::int) || chr(20100 + (c.id / 997)::int) || chr(21000 + (c.id % 89)::int)
    ELSE pg_temp.name(1 + k) END
FROM directory.community c, generate_series(1, 2) AS k
WHERE c.code LIKE 's-%' AND (k = 1 OR c.id % 2 = 0) ON CONFLICT DO NOTHING;
SQL
  for table in community community_name; do
    sql -U sister_owner -d sister -c "ALTER TABLE directory.$table ENABLE TRIGGER USER"
  done
  sql -U postgres -d sister -c 'VACUUM ANALYZE' -c 'CHECKPOINT'
  sql -U postgres -d sister >"$work/terms" <<'SQL'
SELECT CASE n % 4 WHEN 0 THEN name WHEN 1 THEN overlay(name placing '' from 3 for 1)
  WHEN 2 THEN left(name, 5) ELSE overlay(name placing 'x' from 4 for 1) END
FROM (SELECT name, row_number() OVER (ORDER BY id) AS n FROM directory.community
  WHERE code LIKE 's-%' AND id % 4999 = 7) AS c
UNION ALL
(SELECT name FROM directory.community_name WHERE name ~ '^[^ -~]' ORDER BY id LIMIT 5);
SQL
}

# The 99th percentile of what pgbench's transactions took, in microseconds: it runs the very statement
# of the service, with what is typed in the places of its parameters, a script for each.
pgbench_p99() { # CLIENTS
  local scripts=() file
  for file in "$work"/search-*.sql; do scripts+=(-f "$file"); done
  rm -f -- "$work"/latency.*
  bounded "$bin/pgbench" -h 127.0.0.1 -p "$port" -U sister_service -n -M prepared "${scripts[@]}" \
    -c "$1" -j 2 -T "$((seconds * 2))" -l --log-prefix="$work/latency" sister >"$work/pgbench" 2>&1 ||
    fail 1 "pgbench failed: $(tail -n 3 "$work/pgbench")"
  cat "$work"/latency.* | awk '{ print $3 }' | sort -n |
    awk '{ v[NR] = $1 } END { print v[int(NR * 0.99) + 1] }'
}

part_search() {
  local clients i=0 line term ours theirs ratios speeds
  start_server
  fill_names
  while read -r term; do
    {
      "$client" sql directory.community-search | sed "s/\\\$1/'$term'::text/g; s/\\\$[234]/NULL::text/g; s/\\\$5/21::bigint/"
      printf ';\n'
    } >"$work/search-$i.sql"
    i=$((i + 1))
  done <"$work/terms"
  export BENCH_TERMS=$work/terms
  table "Searches for $i names, half of them misspelt or cut short, among 250,000" 'connections' \
    'sister /s' 'sister p99, µs' 'pgbench p99, µs' 'ratio of p99'
  for clients in 1 64; do
    ours=() theirs=() ratios=() speeds=()
    for ((i = 0; i < repetitions; i++)); do
      theirs+=("$(pgbench_p99 "$clients")")
      line=$(loaded load "$clients" 1 "$((seconds * 2))" 'community search %T')
      [[ $line == *' busy=0 errors=0 unanswered=0 '* ]] || fail 1 "the load met errors: $line"
      ours+=("$(field p99us "$line")")
      speeds+=("$(field rate "$line")")
      ratios+=("$(quotient "${ours[i]}" "${theirs[i]}")")
    done
    row "$clients" "$(figure "${speeds[@]}")" "$(figure "${ours[@]}")" "$(figure "${theirs[@]}")" \
      "$(figure "${ratios[@]}")"
  done
  limit "p99 of searches at 64 connections, to pgbench's" '<=' 1.2 "$(middle "${ratios[@]}")"
}
