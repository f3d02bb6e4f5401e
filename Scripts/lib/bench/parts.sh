# shellcheck shell=bash
# The parts of Scripts/bench: each prints a table, and notes its limits. In all of them the sides
# take turns, and a ratio is of one turn's two. Sourced, never run.
# shellcheck disable=SC2154 # what is not set here is set by who sources this

# --- Throughput -------------------------------------------------------------------------------

readonly rates=('work' 'connections' 'pipelined' 'sister /s' 'yardstick' 'yardstick /s' 'ratio')

rates_of() { # NAME CONNECTIONS DEPTH REQUEST YARDSTICK COMMAND…: a row; the ratio in `ratio`
  local i name=$1 connections=$2 depth=$3 request=$4 yardstick=$5 ours=() theirs=() ratios=()
  shift 5
  for ((i = 0; i < repetitions; i++)); do
    theirs+=("$("$@")")
    ours+=("$(sister_rate "$connections" "$depth" "$request")")
    ratios+=("$(quotient "${ours[i]}" "${theirs[i]}")")
  done
  ratio=$(middle "${ratios[@]}")
  row "$name" "$connections" "$depth" "$(figure "${ours[@]}")" "$yardstick" \
    "$(figure "${theirs[@]}")" "**$ratio** $(spread "${ratios[@]}")"
}

part_reads() {
  local clients
  start_server
  table 'Reads' "${rates[@]}"
  for clients in 1 16 64 256; do
    rates_of 'grant show' "$clients" 1 "$read_request" "pgbench -c $clients" \
      pgbench_rate read.sql "$clients"
  done
  rates_of 'grant show' 64 16 "$read_request" 'pgbench -c 64' pgbench_rate read.sql 64
}

part_writes() {
  local clients
  start_server
  open_conference
  table 'Writes' "${rates[@]}"
  for clients in 1 16 64 256; do
    rates_of 'registration create' "$clients" 1 "$write_request" "pgbench -c $clients" \
      pgbench_rate register.sql "$clients"
  done
}

# A PostgreSQL connection is a process: nobody has a thousand of them at work.
part_active() {
  start_server
  start_redis
  table '1,000 connections active at once' "${rates[@]}"
  rates_of 'grant show' 1000 1 "$read_request" 'pgbench -c 250' pgbench_rate read.sql 250
  limit '1,000 active connections to 250 of pgbench' '>=' 1 "$ratio"
  rates_of 'grant show' 1000 1 "$read_request" 'redis-benchmark -c 1000, GET' redis_rate 1000
  stop_redis
}

# --- Long answers -----------------------------------------------------------------------------

milliseconds_of() { # COMMAND…
  local start
  start=$(date +%s%N)
  "$@"
  printf '%s\n' $((($(date +%s%N) - start) / 1000000))
}
copied() { # FORMAT, as \copy has it
  bounded "$bin/psql" -X -q -h 127.0.0.1 -p "$port" -U sister_service -d sister \
    -c "\\copy ($list) to stdout $1" >"$work/copied"
}
streamed() { # FORMAT
  printf '%s\ncommunity list limit=all format=%s\n' "$login" "$1" |
    bounded nc -N 127.0.0.1 "$listen" >"$work/streamed"
}
check_export() { # FORMAT
  tail -n 1 "$work/streamed" | grep -q '^+ rows=1000000 ' || fail 1 "the $1 list is not whole"
  sed -n 's/^| //p' "$work/streamed" | cmp - "$work/copied" || fail 1 "the $1 list differs"
}

part_export() {
  local format copy i idle growth list ours theirs ratios
  fill_communities
  list=$("$client" sql directory.community-list | sed 's/\$[0-9]/NULL/g' | tr '\n' ' ')
  table 'A list of 1,000,000 rows over TCP' 'format' 'sister rows/s' 'psql \copy rows/s' 'ratio' \
    'peak memory above idle, KiB'
  for format in csv tsv; do
    copy=''
    if [[ $format == csv ]]; then copy=csv; fi
    start_warm_server
    idle=$(resident "$server")
    forget_peak
    ours=() theirs=() ratios=()
    for ((i = 0; i < repetitions; i++)); do
      theirs+=($((1000000000 / $(milliseconds_of copied "$copy"))))
      ours+=($((1000000000 / $(milliseconds_of streamed "$format"))))
      ratios+=("$(quotient "${ours[i]}" "${theirs[i]}")")
    done
    growth=$(($(peak) - idle))
    check_export "$format"
    row "$format" "$(figure "${ours[@]}")" "$(figure "${theirs[@]}")" \
      "$(figure "${ratios[@]}")" "$growth (of $idle)"
    limit "export as $format, to psql \\copy" '>=' 0.8 "$(middle "${ratios[@]}")"
    limit "memory of an export as $format" '<' 64 "$(mebibytes "$growth")" MiB
  done
  rm -f -- "$work/streamed" "$work/copied"
}

# --- A slow reader ----------------------------------------------------------------------------

# The latency of others at a load that is far from too much.
readonly pace=2000
start_slow_reader() {
  "$client" slow "$listen" "$login" 10000 "$((seconds + 2))" \
    'community list limit=all format=csv' >"$work/slow" &
  started=$!
  for _ in $(seq 100); do
    if [[ -s $work/slow ]]; then break; fi
    sleep 0.1
  done
  # By then every buffer between is full.
  sleep 1
}
end_slow_reader() {
  wait "$started" || true
  started=''
  grep -q '^bytes=[0-9]* dropped=no$' "$work/slow" ||
    fail 1 "the slow reader was let down: $(tail -n 1 "$work/slow")"
}

part_slow() {
  local growth i idle line without=() with=() ratios=() halves=() halves_with=()
  fill_communities
  start_warm_server
  idle=$(resident "$server")
  forget_peak
  for ((i = 0; i < repetitions; i++)); do
    line=$(loaded pace 16 1 "$seconds" "$pace" "$read_request")
    without+=("$(field p99us "$line")")
    halves+=("$(field p50us "$line")")
    start_slow_reader
    line=$(loaded pace 16 1 "$seconds" "$pace" "$read_request")
    end_slow_reader
    with+=("$(field p99us "$line")")
    halves_with+=("$(field p50us "$line")")
    ratios+=("$(quotient "${with[i]}" "${without[i]}")")
  done
  growth=$(($(peak) - idle))
  table "grant show, $pace/s on 16 connections, while somebody reads 1,000,000 rows at 10 kB/s" \
    'slow reader' 'p50, µs' 'p99, µs' 'ratio of p99' 'peak memory above idle, KiB'
  row 'without' "$(figure "${halves[@]}")" "$(figure "${without[@]}")" '' ''
  row 'with' "$(figure "${halves_with[@]}")" "$(figure "${with[@]}")" "$(figure "${ratios[@]}")" \
    "$growth (of $idle)"
  limit "p99 of others, with a slow reader to without" '<' 2 "$(middle "${ratios[@]}")"
  limit 'memory with a slow reader' '<' 64 "$(mebibytes "$growth")" MiB
}

# --- Idle connections -------------------------------------------------------------------------

readonly many=10000
# Holds `many` connections: what process PROCESS has then, and by how much that is more; and the
# milliseconds that it took to make them.
hold() { # PROCESS PORT LOGIN: sets before, after, took
  before=$(resident "$1")
  "$client" idle "$2" "$3" "$many" 60 >"$work/idle" &
  started=$!
  for _ in $(seq 600); do
    if grep -q connected "$work/idle"; then break; fi
    kill -0 "$started" 2>/dev/null || fail 1 "they do not connect: $(<"$work/idle")"
    sleep 0.1
  done
  took=$(field ms "$(<"$work/idle")")
  # A server may have something to do about them when they have been silent for a while.
  sleep 3
  after=$(resident "$1")
  end "$started"
  started=''
}

part_idle() {
  local after before i took totals=() each=() logins=() redis_totals=() redis_each=() ratios=()
  ((descriptors > many + 200)) ||
    fail "$EX_UNAVAILABLE" "$many connections need as many descriptors; ulimit -n is $descriptors"
  for ((i = 0; i < repetitions; i++)); do
    start_server
    hold "$server" "$listen" "$login"
    totals+=("$after")
    each+=("$(quotient $((after - before)) "$many")")
    logins+=("$took")
    start_redis
    hold "$redis" "$redis_port" PING
    redis_totals+=("$after")
    redis_each+=("$(quotient $((after - before)) "$many")")
    ratios+=("$(quotient "${each[i]}" "${redis_each[i]}")")
    stop_redis
  done
  table '10,000 idle connections, authenticated' 'server' 'resident, KiB' 'KiB a connection' \
    'ratio' 'ms to connect and log in'
  row 'redis-server' "$(figure "${redis_totals[@]}")" "$(figure "${redis_each[@]}")" '' ''
  row 'sister' "$(figure "${totals[@]}")" "$(figure "${each[@]}")" "$(figure "${ratios[@]}")" \
    "$(figure "${logins[@]}")"
  limit '10,000 idle connections, the whole server' '<' 200 \
    "$(mebibytes "$(highest "${totals[@]}")")" MiB
}

# --- Overload ---------------------------------------------------------------------------------

# The most that a few connections get done, and then five times as much, on so many that some wait in
# vain. Less is sent than that: no more is sent on a connection before it is answered.
overload_of() { # NAME REQUEST, CONNECTIONS DEPTH of the peak, CONNECTIONS DEPTH of the overload
  local i line name=$1 request=$2 peak peaks=() goods=() offers=() ratios=()
  local busy=0 errors=0 unanswered=0 sent=0 slowest=()
  for ((i = 0; i < repetitions; i++)); do
    peak=$(sister_rate "$3" "$4" "$request")
    # At first everything comes at once, and it takes a while until somebody has waited in vain.
    line=$(loaded pace "$5" "$6" "$((seconds + 8))" "$((peak * 5))" "$request")
    peaks+=("$peak")
    goods+=("$(field rate "$line")")
    offers+=("$(field offered "$line")")
    ratios+=("$(quotient "${goods[i]}" "$peak")")
    sent=$((sent + $(field sent "$line")))
    busy=$((busy + $(field busy "$line")))
    errors=$((errors + $(field errors "$line")))
    unanswered=$((unanswered + $(field unanswered "$line")))
    slowest+=("$(field slowest-ms "$line")")
  done
  row "$name" "$3 × $4" "$(figure "${peaks[@]}")" "$5 × $6" "$(figure "${offers[@]}")" \
    "$(figure "${goods[@]}")" "$(figure "${ratios[@]}")" "$busy of $sent" "$errors" "$unanswered" \
    "$(figure "${slowest[@]}")"
  limit "$name, overloaded, to its peak" '>=' 0.9 "$(middle "${ratios[@]}")"
  limit "$name, overloaded: other errors than busy., and none" '=' 0 $((errors + unanswered))
}

part_overload() {
  start_server
  open_conference
  table 'Five times as much as there is room for' 'work' 'connections × pipelined' 'peak /s' \
    'connections × pipelined' 'sent /s' 'good /s' 'ratio' 'refused: busy.' 'other errors' \
    'unanswered' 'slowest answer, ms'
  overload_of 'grant show' "$read_request" 64 16 1500 16
  overload_of 'registration create' "$write_request" 256 1 11000 1
}

# --- Start ------------------------------------------------------------------------------------

first_answer() { # COMMAND…: microseconds
  local start
  start=$(date +%s%N)
  "$@" >/dev/null 2>&1
  printf '%s\n' $((($(date +%s%N) - start) / 1000))
}
part_start() {
  local i ours=() theirs=() ratios=()
  start_server
  for ((i = 0; i < 9; i++)); do
    theirs+=("$(first_answer "$bin/psql" -X -h "$work" -p "$port" -U sister_service -d sister \
      -c 'SELECT 1')")
    ours+=("$(first_answer "$sister" --socket "$work/sister.sock" -c ping)")
    ratios+=("$(quotient "${ours[i]}" "${theirs[i]}")")
  done
  table 'From start to the first answer' 'program' 'µs' 'ratio'
  row 'psql -c "SELECT 1"' "$(figure "${theirs[@]}")" ''
  row 'sister -c ping' "$(figure "${ours[@]}")" "$(figure "${ratios[@]}")"
}
