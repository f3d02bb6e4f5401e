#!/usr/bin/env bash
# Tests of sister.bash against a live server; one line per check, and a last one.
#
# The server comes from the environment: SISTER_TEST_SOCKET, SISTER_TEST_TCP (host:port, plaintext on
# loopback), SISTER_TEST_TOKEN of a user with the role admin, and, where the server has it,
# SISTER_TEST_TLS (host:port) with SISTER_TEST_CA. The tests add communities of codes that nobody has.
set -euo pipefail
shopt -s extglob
: "${SISTER_TEST_SOCKET:?}" "${SISTER_TEST_TCP:?}" "${SISTER_TEST_TOKEN:?}"
unset SISTER_SOCKET SISTER_HOST SISTER_PORT SISTER_CA SISTER_TOKEN SISTER_TOKEN_FILE SISTER_TIMEOUT

# shellcheck source-path=SCRIPTDIR source=sister.bash
. "$(dirname -- "${BASH_SOURCE[0]}")/sister.bash"

work=$(mktemp -d)
started=()
finish() {
  sister_close
  if ((${#started[@]})); then kill "${started[@]}" 2>/dev/null || :; fi
  rm -rf -- "$work"
}
trap finish EXIT

checks=0 failures=0
# check NAME GOT WANTED: WANTED is a pattern.
check() {
  # shellcheck disable=SC2053
  if [[ $2 == $3 ]]; then
    checks=$((checks + 1))
    printf 'ok    %s\n' "$1"
  else
    failures=$((failures + 1))
    printf 'FAIL  %s: %q, not %q\n' "$1" "$2" "$3"
  fi
}

# Runs a command; sets `status`, `output` and `errors`. Not in a subshell, for the sake of SISTER_PAIRS.
try() {
  status=0
  "$@" >"$work/output" 2>"$work/errors" || status=$?
  output=$(<"$work/output")
  errors=$(<"$work/errors")
}

# Puts a socket, $relay, before the server's, for one connection; what the server says goes through the
# command given.
relay() {
  relay=$work/relay.$RANDOM$RANDOM
  mkfifo "$relay.down" "$relay.up"
  {
    nc -lU "$relay" <"$relay.down" >"$relay.up" &
    nc -NU "$SISTER_TEST_SOCKET" <"$relay.up" | {
      "$@" || :
      sleep 0.2 # for the last bytes; an end of input alone does not make nc close
      kill "$!" || :
    } >"$relay.down"
  } 2>/dev/null &
  started+=("$!")
  until [[ -S $relay ]]; do sleep 0.02; done
}

use_socket() { SISTER_SOCKET=$1 SISTER_TOKEN=$SISTER_TEST_TOKEN SISTER_TIMEOUT=10 sister_open; }

region=b${EPOCHREALTIME//[!0-9]/}
tsv=$'\t'

# --- Connecting -----------------------------------------------------------------------------------------

try sister_run ping
check 'a line before sister_open is refused' "$status $errors" '64 usage.open: *'
try sister_open
check 'a place is needed' "$status $errors" '64 usage.open: *'
SISTER_HOST=192.0.2.1 try sister_open
check 'plaintext is for loopback' "$status $errors" '64 usage.open: *'
SISTER_HOST=127.example.org try sister_open
check 'a name that begins like loopback is none' "$status $errors" '64 usage.open: *'
SISTER_HOST=127.0.0.1 SISTER_PORT=1 try sister_open
check 'a port without a listener' "$status $errors" '75 busy.unavailable: *'
SISTER_SOCKET=$work/none try sister_open
check 'a socket without a listener' "$status $errors" '76 *proto.truncated: *'
SISTER_SOCKET=$SISTER_TEST_SOCKET SISTER_TOKEN=sister_wrong try sister_open
check 'a wrong token' "$status $errors" '77 auth.failed: *'
SISTER_SOCKET=$SISTER_TEST_SOCKET SISTER_TOKEN_FILE=$work/none try sister_open
check 'a token file that is missing' "$status" 64

export SISTER_TOKEN=$SISTER_TEST_TOKEN # exported, to see that it is kept from the processes started
exec {trace}>"$work/trace"
BASH_XTRACEFD=$trace
set -x
SISTER_SOCKET=$SISTER_TEST_SOCKET sister_open
set +x
unset SISTER_TOKEN BASH_XTRACEFD
check 'set -x does not show the token' "$(<"$work/trace")" "!(*$SISTER_TEST_TOKEN*)"
check 'nor do the arguments of any process' "$(ps -eo args)" "!(*$SISTER_TEST_TOKEN*)"
check 'nor does the environment of nc' \
  "$(tr '\0' '\n' <"/proc/$_sister_pid/environ" | grep '^SISTER_TOKEN=' || :)" ''
try use_socket "$SISTER_TEST_SOCKET"
check 'one connection at a time' "$status $errors" '64 usage.open: *'

# --- Answers --------------------------------------------------------------------------------------------

for number in {100..399}; do
  sister_run "community create $region.$number \"Town $number\" FR region=$region key=$region.$number"
done
try sister_run "community create $region.x $region FR region=\"a \\\\ \\\"b\\\" \\u00e9\" key=$region"
check 'a write has pairs' "$status ${SISTER_PAIRS[code]} ${SISTER_PAIRS[name]}" "0 $region.x $region"
try sister_run "community create $region.x $region FR region=\"a \\\\ \\\"b\\\" \\u00e9\" key=$region"
check 'its key makes it happen once' "$status ${SISTER_PAIRS[replayed]}" '0 yes'
try sister_run "community create $region.x $region FR"
check 'a conflict' "$status $errors ${SISTER_PAIRS[code]}" '3 conflict.duplicate: * conflict.duplicate'
try sister_run 'community show nowhere'
check 'something missing' "$status $output$errors" '66 missing.community: there is no community nowhere'
try sister_run 'community shwo x'
check 'pairs in quotes' "$status ${SISTER_PAIRS[try]}|${SISTER_PAIRS[msg]}" \
  '64 community show|community has no verb "shwo"; *'
_sister_pairs 'a="\u0085\u2028\u202e\u0001\t\"\\\\\"" b= c=x=1 d="e=f g" é'
check 'escapes in pairs' "${SISTER_PAIRS[a]}|${SISTER_PAIRS[b]}|${SISTER_PAIRS[c]}|${SISTER_PAIRS[d]}" \
  $'\xc2\x85\xe2\x80\xa8\xe2\x80\xae\x01\t"\\\\\\\\"||x=1|e=f g'
try _sister_fail fault.x $'a\x1b\xc2\x85\xe2\x80\xaeb 友'
check 'a message cannot command the terminal' "$status $errors" '70 fault.x: a\?\?\?b 友'
try sister_run "community list region=$region limit=2"
check 'rows as they are' "$output" "$region.100${tsv}Town 100$tsv*"$'\n'"$region.101$tsv*"
check 'there are more' "${SISTER_PAIRS[next]}" "$region.101"
try sister_csv "community list region=$region limit=all"
check 'a CSV with its names' "$status $(head -n 2 "$work/output")" \
  "0 code,name,kind,country,region,population,unverified-source"$'\n'"$region.100,Town 100,city,FR,*"
check 'all of it' "$(wc -l <"$work/output") ${SISTER_PAIRS[rows]}" '301 300'

printf 'code,name,country\n%s.i1,One,FR\n%s.i2,Two,France\n' "$region" "$region" >"$work/rows.csv"
try sister_import 'community create' "$work/rows.csv"
check 'an import names the rows that it refuses' "$status $output" "65 3${tsv}country${tsv}usage.bad-value$tsv*"
try sister_import 'community create' "$work/rows.csv" on-error=skip
check 'or leaves them out' "$status ${SISTER_PAIRS[imported]} ${SISTER_PAIRS[refused]}" '0 1 1'
try sister_import 'community create' "$work/none.csv"
check 'no such file' "$status" 74

# hold LINE: somebody else is about to write, and gives it up after a while: what writes there waits.
hold() {
  { printf 'begin\n%s\n' "$1" && sleep 4 && printf 'rollback\nquit\n'; } |
    nc -U "$SISTER_TEST_SOCKET" >/dev/null &
  started+=("$!")
  sleep 0.5
}
held=$region.held
printf 'code,name,country\n%s,%s,FR\n' "$held" "$held" >"$work/rows.csv"
SISTER_TIMEOUT=2
hold "community create $held $held FR"
try sister_import 'community create' "$work/rows.csv"
check 'an import may take longer than the server may be silent' "$status ${SISTER_PAIRS[imported]-}" '0 1'
hold "community update $held population=1"
try sister_run "community update $held population=2"
check 'another command may not' "$status ${SISTER_PAIRS[code]-}" '75 busy.connection-lost'
unset SISTER_TIMEOUT
wait "${started[-1]}"
sister_close
SISTER_SOCKET=$SISTER_TEST_SOCKET sister_open

for text in 'plain' 'with space' "it's" '{' '' '-- x' '@t' \
  $'a "b" \\ \t\r\n\x01\x7f & {5} 友 \xf0\x9f\x98\x80 \xc2\x85'; do
  try sister_run "complete line=$(sister_quote "$text")"
  check "quoted: $(printf %q "$text")" "$status" 0
done
title=$(sister_quote $'a,"b"\nc & d')
try sister_run "initiative create I$region area=humanitarian title=$title"
check 'awkward text is taken' "$status" 0
try sister_csv "initiative show I$region"
check 'a record of several lines is put together' "$output" \
  "code,title,*"$'\n'"I$region,\"a,\"\"b\"\""$'\n'"c & d\",*"
_sister_names $'a:text\tb,"c:text' >"$work/output"
check 'names are quoted' "$(<"$work/output")" 'a,"b,""c"'

for line in '' ' ' '-- x' '@t ping' $'ping\nping' $'ping\r' 'initiative create title={5}'; do
  try sister_run "$line"
  check "refused: $(printf %q "$line")" "$status $errors" '64 usage.syntax: *'
done
printf 'x' >/dev/full 2>/dev/null || sister_run 'community list limit=3' >/dev/full 2>/dev/null || status=$?
check 'rows that cannot be written' "$status" 74

sister_run "community list region=$region limit=all" | head -n 1 >"$work/output" || :
try sister_run 'community list limit=1'
check 'an answer left early does not run into the next' \
  "$status ${SISTER_PAIRS[rows]} $(wc -l <"$work/output")" '0 1 1'
sister_close
sister_close
check 'closing ends nc' "$(jobs -r)" ''

# --- Answers that are not whole -------------------------------------------------------------------------

relay stdbuf -o0 head -c 5000
use_socket "$relay"
try sister_run "community list region=$region limit=all"
check 'an answer that was cut off' "$status $errors" '75 busy.connection-lost: the connection ended: *'
try sister_run ping
check 'the connection stays ended' "$status $errors" '75 busy.connection-lost: *'
sister_close

relay grep -v --line-buffered -- 'Town 200'
use_socket "$relay"
try sister_run "community list region=$region limit=all"
check 'an answer without one of its rows' "$status $errors" '76 proto.damaged: 299 rows, and not 300'
sister_close

relay grep -v --line-buffered -- '^+.* rows='
use_socket "$relay"
SISTER_TIMEOUT=0.5 try sister_run "community list region=$region limit=1"
check 'a server that falls silent' "$status $errors" '75 busy.connection-lost: the server fell silent: *'
try sister_run ping
check 'a late answer is not the next one' "$status" 0
sister_close

relay printf '* OK IMAP4\n'
try use_socket "$relay"
check 'another protocol' "$status $errors" '76 *no server of SLP/1 answers, but "\* OK IMAP4"'
relay printf -- '- busy.connections retry=1 effect=none msg="too many"\n'
try use_socket "$relay"
check 'a server that is full' "$status $errors" '75 busy.connections: too many'

# --- TCP and TLS ----------------------------------------------------------------------------------------

printf '%s\n' "$SISTER_TEST_TOKEN" >"$work/token"
SISTER_HOST=${SISTER_TEST_TCP%:*} SISTER_PORT=${SISTER_TEST_TCP##*:} SISTER_TOKEN_FILE=$work/token \
  sister_open
try sister_run "community list region=$region limit=2"
check 'loopback, with a token from a file' "$status ${SISTER_PAIRS[rows]}" '0 2'
sister_close
SISTER_HOST=${SISTER_TEST_TCP%:*} SISTER_PORT=${SISTER_TEST_TCP##*:} sister_open
try sister_run 'community list'
check 'loopback without a token' "$status $errors" '77 auth.required: *'
sister_close

if [[ ${SISTER_TEST_TLS-} && ${SISTER_TEST_CA-} ]]; then
  export SISTER_HOST=${SISTER_TEST_TLS%:*} SISTER_PORT=${SISTER_TEST_TLS##*:}
  SISTER_CA=$SISTER_TEST_CA SISTER_TOKEN_FILE=$work/token sister_open
  try sister_csv "community list region=$region limit=all"
  check 'a list over TLS' "$status $(wc -l <"$work/output")" '0 301'
  check 'the token is in no arguments there' "$(ps -eo args)" "!(*$SISTER_TEST_TOKEN*)"
  sister_close
  openssl req -x509 -newkey ed25519 -nodes -subj /CN=other -keyout "$work/key" -out "$work/ca" 2>/dev/null
  SISTER_CA=$work/ca try sister_open
  check 'a server that nobody vouches for' "$status $errors" '76 *proto.truncated: *'
else
  printf 'skip  TLS: SISTER_TEST_TLS and SISTER_TEST_CA are not set\n'
fi

if ((failures)); then
  printf '%d checks failed, %d passed\n' "$failures" "$checks"
  exit 1
fi
printf '%d checks passed\n' "$checks"
