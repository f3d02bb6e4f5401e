# shellcheck shell=bash
# What Scripts/bench measures: a PostgreSQL cluster, a server of ours, a Redis, each started and
# ended by its process number. Sourced, never run.
# shellcheck disable=SC2034,SC2154 # what is not set here is set, or used, by who sources this

readonly grants=5000
sister=$root/.build/release/sister
client=$root/.build/release/sister-bench
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
work=''
server=''
redis=''
started='' # a client in the background
as_postgres=()

# No process outlives this by much, whatever hangs.
bounded() { timeout 300 "$@"; }
sql() { bounded "$bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$work" -p "$port" "$@"; }
run() { bounded "$sister" --socket "$work/sister.sock" "$@"; }

end() { # PROCESS, or nothing
  if [[ $1 ]]; then
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
  fi
}

stop_all() {
  end "$started"
  end "$server"
  end "$redis"
  if [[ -d $work/data ]]; then
    "${as_postgres[@]}" "$bin/pg_ctl" stop -s -D "$work/data" -m fast 2>/dev/null || true
  fi
  if [[ $work ]]; then rm -rf -- "$work"; fi
}

# The settings of the embedded cluster, and TCP; PostgreSQL refuses to run as root.
start_cluster() {
  trap stop_all EXIT
  work=$(mktemp -d)
  chmod 711 "$work"
  if ((EUID == 0)); then
    as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)
    chown postgres "$work"
  fi
  # Below the ports that the kernel gives to clients.
  port=$((20000 + RANDOM % 10000))
  listen=$((port + 1))
  redis_port=$((port + 2))
  cd -- "$work" || exit
  "${as_postgres[@]}" "$bin/initdb" -D "$work/data" -U postgres --data-checksums -E UTF8 \
    --locale=C.UTF-8 -A trust >/dev/null
  cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$work'
max_connections = 300
shared_buffers = 128MB
wal_compression = on
CONF
  "${as_postgres[@]}" "$bin/pg_ctl" start -s -w -D "$work/data" -l "$work/log" </dev/null
  sql -U postgres -d postgres -c 'CREATE ROLE sister_owner LOGIN' \
    -c 'CREATE ROLE sister_service LOGIN' -c 'CREATE DATABASE sister OWNER sister_owner'
  "$sister" migrate --database-url "host=$work port=$port user=sister_owner dbname=sister" \
    2>/dev/null
}

# --- The server -------------------------------------------------------------------------------

# Ends the server, if there is one, and starts another: what it holds is not of earlier parts.
start_server() {
  local url="host=$work port=$port user=sister_service dbname=sister"
  end "$server"
  "$sister" serve --database-url "$url" --home "$work/home" --listen "127.0.0.1:$listen" \
    --socket "$work/sister.sock" 2>>"$work/serve.log" &
  server=$!
  for _ in $(seq 100); do
    if run -c ping >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail 1 "the server does not start: $(tail -n 3 "$work/serve.log")"
}

# Sets `login`, the first line of whoever loads the server.
fill() {
  local number
  run -c 'community create bench Bench US' -c 'source create bench Bench' -c 'initiative create BENCH Bench humanitarian' \
    -c 'fund create BENCH Bench Bench' -c 'fund receive BENCH 1000000000' \
    -c 'user create bench admin' >/dev/null
  login="auth $(run -c 'token create bench bench' | sed 's/\(token=[^ ]*\).*/\1/')"
  for ((number = 1; number <= grants; number++)); do
    printf 'grant offer BENCH BENCH bench 100 "Grant %d" starts=2030-01-01\n' "$number"
  done >"$work/grants.slp"
  run -f "$work/grants.slp" >/dev/null
  sql -U postgres -d sister -c 'VACUUM ANALYZE'
  # Numbers have four digits at least; those below 1000 are left out everywhere. The yardstick runs
  # the very statement of the service.
  export BENCH_FROM=1000 BENCH_RANGE=$grants
  {
    printf '\\set n random(1000, %d)\n' "$grants"
    "$client" sql grants.show | sed "s/\\\$1/('G-2030-' || lpad(:n::text, 4, '0'))/g"
    printf ';\n'
  } >"$work/read.sql"
}
readonly read_request='grant show G-2030-%R'

# Opens a conference of its own for a part that registers: none has more than a million seats. Sets
# `write_request`, and writes what pgbench does instead.
conferences=0
open_conference() {
  local code
  conferences=$((conferences + 1))
  code=bench$conferences
  run -c "conference create $code Bench bench starts=2030-01-01 ends=2030-01-02 timezone=UTC" \
    -c "ticket-type create $code member Member 100" \
    -c "quota create $code hall 1000000 ticket-types=member" -c "conference open $code" >/dev/null
  write_request="registration create $code member %N@example.org \"Bench Person\""
  cat >"$work/register.sql" <<SQL
\\set n random(1, 1000000000000)
SELECT * FROM conferences.register(ARRAY['bench'], ARRAY['bench'], ARRAY[NULL]::text[],
  ARRAY['$code'], ARRAY['member'], ARRAY[:n || '@example.org'], ARRAY['Bench Person'],
  ARRAY[NULL]::text[]);
SQL
}

# A million communities in all, once: there, lists get long. Nobody did it, so the audit is not told.
filled=''
fill_communities() {
  if [[ $filled ]]; then return; fi
  filled=yes
  say 'filling in 1,000,000 communities'
  sql -U sister_owner -d sister -c 'ALTER TABLE directory.community DISABLE TRIGGER USER' -c "
    INSERT INTO directory.community (code, name, country, region)
    SELECT 'c-' || i, 'Sister town number ' || i, 'US', 'Region ' || i % 50
    FROM generate_series(1, 1000000 - (SELECT count(*) FROM directory.community)) AS i" \
    -c 'ALTER TABLE directory.community ENABLE TRIGGER USER'
  sql -U postgres -d sister -c 'VACUUM ANALYZE directory.community' -c 'CHECKPOINT'
}

# --- Memory -----------------------------------------------------------------------------------

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
peak() { awk '/^VmHWM/ { print $2 }' "/proc/$server/status"; }
forget_peak() { printf '5\n' >"/proc/$server/clear_refs"; }
# A server that has worked a little and is idle again: its memory is what others are measured by.
start_warm_server() {
  start_server
  loaded load 16 1 1 "$read_request" >/dev/null
  run -c 'community list' -c 'grant list' >/dev/null 2>&1
  sleep 1
}

# --- Loads ------------------------------------------------------------------------------------

# The load client's line about one run against the server.
loaded() { # load|pace CONNECTIONS DEPTH SECONDS [RATE] REQUEST
  local kind=$1 line
  shift
  line=$(bounded "$client" "$kind" "$listen" "$login" "$@") || fail 1 "the load failed: $line"
  printf '%s\n' "$line"
}
# Good answers a second, where any other kind is a mistake.
sister_rate() { # CONNECTIONS DEPTH REQUEST
  local line
  line=$(loaded load "$1" "$2" "$seconds" "$3")
  [[ $line == *' busy=0 errors=0 unanswered=0 '* ]] || fail 1 "the load met errors: $line"
  field rate "$line"
}

# pgbench makes its connections within its time, and many take a while.
pgbench_rate() { # FILE CLIENTS
  bounded "$bin/pgbench" -h 127.0.0.1 -p "$port" -U sister_service -n -M prepared \
    -f "$work/$1" -c "$2" -j "$(($2 < 2 ? 1 : 2))" -T "$((seconds + $2 / 64))" sister \
    >"$work/pgbench" 2>&1 || fail 1 "pgbench failed: $(tail -n 3 "$work/pgbench")"
  sed -n 's/^tps = \([0-9]*\).*/\1/p' "$work/pgbench"
}

# --- Redis ------------------------------------------------------------------------------------

# Debian's redis-server would start a database of its own. The program is in redis-tools, too,
# where its name decides what it is.
start_redis() {
  local tool
  tool=$(command -v redis-check-rdb) || fail "$EX_UNAVAILABLE" 'redis-tools is missing'
  end "$redis"
  ln -sf -- "$tool" "$work/redis-server"
  "$work/redis-server" --bind 127.0.0.1 --port "$redis_port" --save '' --appendonly no \
    --maxclients 12000 --dir "$work" >"$work/redis.log" 2>&1 &
  redis=$!
  for _ in $(seq 100); do
    if redis-cli -p "$redis_port" SET bench "$(head -c 300 /dev/zero | tr '\0' x)" \
      >/dev/null 2>&1; then
      return
    fi
    sleep 0.1
  done
  fail 1 "Redis does not start: $(tail -n 3 "$work/redis.log")"
}
stop_redis() {
  end "$redis"
  redis=''
}
redis_rate() { # CLIENTS
  bounded redis-benchmark -h 127.0.0.1 -p "$redis_port" -c "$1" -n "$((50000 * seconds))" --csv \
    GET bench 2>/dev/null | awk -F '"' 'END { print int($4) }'
}
