# shellcheck shell=bash
# The part of Scripts/bench that takes a list of partnerships in. Sourced, never run.
# shellcheck disable=SC2154 # what is not set here is set by who sources this

readonly listed=25000
readonly of_list="(SELECT id FROM directory.source WHERE code = 'bench')"

# A list of pairs among 18,000 places, half of which are there already.
write_list() {
  sql -U postgres -d sister >"$work/list.csv" <<SQL
COPY (
  WITH place AS (
    SELECT row_number() OVER (ORDER BY id) - 1 AS n, country, region,
      CASE WHEN id % 2 = 0 THEN name ELSE name || 'bourg' END AS city
    FROM directory.community WHERE code LIKE 's-%' ORDER BY id LIMIT 18000
  )
  SELECT a.city AS city1, a.country AS country1, a.region AS region1,
    b.city AS city2, b.country AS country2, b.region AS region2
  FROM generate_series(0, $listed - 1) AS i
  JOIN place a ON a.n = i % 18000 JOIN place b ON b.n = (i * 7919 + 13 + i / 18000) % 18000
  ORDER BY i
) TO STDOUT CSV HEADER
SQL
  {
    printf 'directory import bench data={%d}\n' "$(wc -c <"$work/list.csv")"
    cat -- "$work/list.csv"
    printf '\n'
  } >"$work/list.slp"
}

# What an import adds: tables, their columns, and which of their rows.
readonly outcomes=(
  "community|id, code, name, country, region, unverified_source|unverified_source = 'bench'"
  'partnership|id, lo_id, hi_id, lo_country, hi_country, kind, state|true'
  "assertion|partnership_id, source_id, stance, asserted_on|source_id = $of_list"
)

# Keeps what came of the import, in files.
keep_outcome() {
  local outcome table columns rows
  for outcome in "${outcomes[@]}"; do
    IFS='|' read -r table columns rows <<<"$outcome"
    sql -U postgres -d sister -c \
      "\\copy (SELECT $columns FROM directory.$table WHERE $rows) TO '$work/$table.csv' CSV"
  done
}

# Takes away what came of an import, as if there had been none.
forget_outcome() {
  local i table columns rows
  for ((i = ${#outcomes[@]} - 1; i >= 0; i--)); do
    IFS='|' read -r table columns rows <<<"${outcomes[i]}"
    # Nothing else refers to them, and asking every registration of other parts takes minutes.
    sql -U postgres -d sister -c 'SET session_replication_role = replica' \
      -c "DELETE FROM directory.$table WHERE $rows"
  done
  sql -U postgres -d sister -c 'VACUUM ANALYZE' -c CHECKPOINT
}

set_triggers() { # ENABLE|DISABLE
  local outcome
  for outcome in "${outcomes[@]}"; do
    sql -U postgres -d sister -c "ALTER TABLE directory.${outcome%%|*} $1 TRIGGER USER"
  done
}

import_list() { run -f "$work/list.slp" >"$work/imported" 2>&1; }
# Nearly all of the list became that; a few names are of two communities.
check_import() { # added|matched
  local said
  said=$(tail -n 1 "$work/imported")
  (($(field "$1" "$said") > listed * 9 / 10)) || fail 1 "the import is not what it should be: $said"
}

copy_outcome() {
  local outcome table columns rows copies=()
  for outcome in "${outcomes[@]}"; do
    IFS='|' read -r table columns rows <<<"$outcome"
    copies+=(-c "\\copy directory.$table ($columns) FROM '$work/$table.csv' CSV")
  done
  sql -U postgres -d sister -1 "${copies[@]}"
}

check_copies() {
  local outcome table columns rows
  for outcome in "${outcomes[@]}"; do
    IFS='|' read -r table columns rows <<<"$outcome"
    [[ $(sql -U postgres -d sister -c "SELECT count(*) FROM directory.$table WHERE $rows") == \
      "$(wc -l <"$work/$table.csv")" ]] || fail 1 "not all of $table is copied"
  done
}

part_import() {
  local i ours=() again=() theirs=() ratios=()
  start_server
  fill_names
  write_list
  for ((i = 0; i < repetitions; i++)); do
    set_triggers ENABLE
    ours+=($((listed * 1000 / $(milliseconds_of import_list))))
    check_import added
    again+=($((listed * 1000 / $(milliseconds_of import_list))))
    check_import matched
    keep_outcome
    set_triggers DISABLE
    forget_outcome
    theirs+=($((listed * 1000 / $(milliseconds_of copy_outcome))))
    check_copies
    forget_outcome
    ratios+=("$(quotient "${ours[i]}" "${theirs[i]}")")
  done
  set_triggers ENABLE
  table "A list of $listed pairs, of which come $(wc -l <"$work/community.csv") communities and $(
    wc -l <"$work/partnership.csv") partnerships" 'the list' 'sister rows/s' \
    'psql \copy of what comes of it, rows/s' 'ratio'
  row 'for the first time' "$(figure "${ours[@]}")" "$(figure "${theirs[@]}")" \
    "$(figure "${ratios[@]}")"
  row 'again' "$(figure "${again[@]}")" '' ''
}
