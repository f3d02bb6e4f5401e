# shellcheck shell=bash
# A client of sister's line protocol, SLP/1: functions for bash 5, to be sourced.
#
#   . sister.bash
#   export SISTER_SOCKET=/var/lib/sister/sister.sock
#   sister_open || exit
#   sister_csv 'grant list limit=all' >grants.csv || exit
#   sister_run "community show $(sister_quote "$name") format=json" || exit
#   sister_import 'community create' cities.csv || exit
#   sister_run "payment pay G-2012-0001-P02 key=$key" && echo "paid: ${SISTER_PAIRS[state]}"
#   sister_close
#
# The server is SISTER_SOCKET; or SISTER_HOST and SISTER_PORT (7478), by TLS 1.3 where SISTER_CA names
# the file of who vouches for it, and in plaintext without, which only loopback may be. SISTER_TOKEN,
# or the first line of SISTER_TOKEN_FILE, says who you are; on a socket the server knows your user.
# SISTER_TIMEOUT (60) is how many seconds the server may say nothing; during an import it says each second
# how far it has come.
#
# An answer that was cut off is an error with status 75, one that has not as many rows as it says an error
# with status 76; rows have been written by then. The checksum is not verified: sister.py does that. bash
# reads pipes byte by byte, a megabyte in seconds: larger exports are for sister.py or `sister -c`.

# The pairs of the last answer's status line; after an error its code= too. They are this shell's: in
# $(sister_run …) and in a pipeline they are lost.
declare -gA SISTER_PAIRS=()
declare -g _sister_in='' _sister_out='' _sister_pid=''

# Connects and authenticates.
sister_open() {
  local - status=0 && set +x # so that tracing shows nobody the token
  local host=${SISTER_HOST-} port=${SISTER_PORT:-7478} token=${SISTER_TOKEN-} verify
  if [[ $_sister_in ]]; then _sister_fail usage.open 'there is a connection already' || return; fi
  if [[ ! $token && ${SISTER_TOKEN_FILE-} ]]; then
    { IFS= read -r token || [[ $token ]]; } <"$SISTER_TOKEN_FILE" ||
      _sister_fail usage.token "no token in $SISTER_TOKEN_FILE" || return
  fi
  if [[ $host == localhost ]]; then host=127.0.0.1; fi
  if [[ ${SISTER_SOCKET-} ]]; then
    coproc _sister { unset SISTER_TOKEN && exec nc -U -- "$SISTER_SOCKET"; }
  elif [[ $host && ${SISTER_CA-} ]]; then
    verify=(-verify_hostname "$host" -servername "$host")
    if [[ $host == *:* || $host =~ ^[0-9.]+$ ]]; then verify=(-verify_ip "$host" -noservername); fi
    # Without -quiet, s_client would obey lines that begin with R, Q or k.
    coproc _sister {
      unset SISTER_TOKEN && exec openssl s_client -quiet -verify_quiet -verify_return_error \
        -tls1_3 -CAfile "$SISTER_CA" -no-CApath -no-CAstore "${verify[@]}" -connect "[$host]:$port"
    }
  elif [[ $host == ::1 || $host =~ ^127(\.[0-9]{1,3}){3}$ ]]; then
    { exec {_sister_in}<>"/dev/tcp/$host/$port"; } 2>/dev/null || _sister_in=''
    _sister_out=$_sister_in
    if [[ ! $_sister_in ]]; then
      _sister_fail busy.unavailable "nothing listens on $host port $port" || return
    fi
  else
    _sister_fail usage.open 'set SISTER_SOCKET, or SISTER_HOST with SISTER_CA' || return
  fi
  if [[ ! $_sister_in ]]; then
    _sister_pid=$!
    exec {_sister_in}<&"${_sister[0]}" {_sister_out}>&"${_sister[1]}"
  fi
  _sister_greet "$token" || status=$?
  if ((status)); then sister_close; fi
  return "$status"
}

# Ends the connection.
sister_close() {
  if [[ ! $_sister_in ]]; then return 0; fi
  exec {_sister_in}<&-
  if [[ $_sister_pid ]]; then
    exec {_sister_out}>&-
    kill "$_sister_pid" 2>/dev/null || :
    wait "$_sister_pid" 2>/dev/null || :
  fi
  _sister_in='' _sister_out='' _sister_pid=''
}

# Runs a line. Rows go to standard output as they are, whatever the format; an error goes to standard
# error as `code: message`, and the status is its class's.
sister_run() { _sister_check "${1-}" && _sister_ask "$1" rows; }

# Runs a line that lists something; its names and rows are one CSV on standard output.
sister_csv() { _sister_check "${1-}" && _sister_ask "$1 format=csv" csv; }

# Runs a command for each row of a CSV file, whose first row names its parameters; more arguments are
# import's own, such as on-error=skip. The rows that are refused go to standard output, with their lines.
sister_import() {
  local bytes progress=progress=yes
  bytes=$(stat -Lc %s -- "$2") || return 74
  if [[ " ${*:3}" == *' progress='* ]]; then progress=''; fi
  _sister_check "import $(sister_quote "$1") ${*:3}" &&
    _sister_ask "import $(sister_quote "$1") $progress ${*:3} data={$bytes}" rows "$2"
}

# Writes a value as it may stand anywhere in a line: as a JSON string.
sister_quote() {
  local LC_ALL=C text=${1-} code character escape
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  if [[ $text == *[[:cntrl:]]* ]]; then
    for ((code = 1; code < 32; code++)); do
      printf -v escape '\\x%02x' "$code"
      printf -v character '%b' "$escape"
      printf -v escape '\\u%04x' "$code"
      text=${text//"$character"/"$escape"}
    done
  fi
  printf '"%s"\n' "$text"
}

# --- What those are made of ---------------------------------------------------------------------------

# Takes the server's first line, and says who we are.
_sister_greet() {
  local line=''
  IFS= read -r -t "${SISTER_TIMEOUT:-60}" -u "$_sister_in" line || line=''
  case $line in
    '* '*slp=1' '*) if [[ $1 ]]; then _sister_ask "auth token=$(sister_quote "$1")" rows; fi ;;
    '- '*) _sister_refused "${line:2}" ;;
    *) _sister_fail proto.truncated "no server of SLP/1 answers${line:+, but \"$line\"}" ;;
  esac
}

# Refuses lines that would get no answer, or leave the server waiting for more.
_sister_check() {
  if [[ ! $_sister_in ]]; then
    _sister_fail usage.open 'sister_open comes first'
  elif [[ $1 == *[$'\n\r']* || $1 =~ ^[[:blank:]]*(--|@|$) || $1 =~ =\{[0-9]{1,12}\}$ ]]; then
    _sister_fail usage.syntax 'one command on one line, without a tag, a comment and a literal'
  fi
}

# Sends a line, and behind it the file of its literal if there is one, under a tag of its own and takes the
# answer. The tag tells it from what is left of an
# answer that somebody stopped reading, as in `sister_run … | head`.
_sister_ask() {
  local LC_ALL=C status=0 sender='' tag=$BASHPID-${EPOCHREALTIME//[!0-9]/}-$RANDOM
  SISTER_PAIRS=()
  # A process of its own, for a server that has gone, or takes no more of a file: writing to it must
  # neither end the script nor hold it up for ever.
  if [[ ${3-} ]]; then
    _sister_send "@$tag $1" "$3" 2>/dev/null &
    sender=$!
  else
    (_sister_send "@$tag $1") 2>/dev/null || :
  fi
  _sister_take "$tag" "$2" || status=$?
  if [[ $sender ]]; then
    # What has been answered is still taken to its end, unless the connection is lost.
    if ((status == 75)); then kill "$sender" 2>/dev/null || :; fi
    wait "$sender" 2>/dev/null || :
  fi
  return "$status"
}

# Sends a line, and a file as its literal if there is one.
_sister_send() {
  trap '' PIPE
  printf '%s\n' "$1" >&"$_sister_out" || return
  if [[ ${2-} ]]; then { cat -- "$2" && echo; } >&"$_sister_out"; fi
}

# Takes the answer with this tag.
_sister_take() {
  local LC_ALL=C line rest count=0 status=0 tag=$1
  while IFS= read -r -t "${SISTER_TIMEOUT:-60}" -u "$_sister_in" line || { status=$? && false; }; do
    if [[ $line == '- '[!@]*' fatal=yes '* ]]; then _sister_refused "${line:2}" || return; fi
    if [[ $line != [#\|:+-]" @$tag "* ]]; then continue; fi
    rest=${line:$((${#tag} + 4))}
    case $line in
      '#'*) if [[ $2 == csv ]]; then _sister_names "$rest"; fi ;;
      [\|:]*)
        if [[ $line == '|'* ]]; then count=$((count + 1)); fi
        if ((status == 0)); then printf '%s\n' "$rest" || status=74; fi
        ;;
      -*) _sister_refused "$rest" || return ;;
      +*)
        _sister_pairs "$rest"
        if [[ ${SISTER_PAIRS[rows]-0} == "$count" ]]; then return "$status"; fi
        _sister_fail proto.damaged "$count rows, and not ${SISTER_PAIRS[rows]-counted}" || return
        ;;
    esac
  done
  if ((status > 128)); then line='the server fell silent'; else line='the connection ended'; fi
  _sister_fail busy.connection-lost "$line: the answer is not whole, and what it did is unknown"
}

# The names of a head, as the first line of a CSV.
_sister_names() {
  local columns column name line=''
  IFS=$'\t' read -r -a columns <<<"$1"
  for column in "${columns[@]}"; do
    name=${column%:*}
    if [[ $name == *[\",]* ]]; then name="\"${name//\"/\"\"}\""; fi
    line+=${line:+,}$name
  done
  printf '%s\n' "$line"
}

# Sets SISTER_PAIRS from `name=value …`.
_sister_pairs() {
  local LC_ALL=C rest=$1 name value
  SISTER_PAIRS=()
  while [[ $rest =~ ^\ *([a-z][a-z0-9-]*)=(\"([^\"\\]|\\.)*\"|[^\ ]*) ]]; do
    rest=${rest:${#BASH_REMATCH[0]}} name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
    if [[ $value == \"* ]]; then
      value=${value:1:-1} # %b knows what else the server escapes; \u in such a locale
      LC_ALL=C.UTF-8 printf -v value %b "${value//\\\"/\"}"
    fi
    SISTER_PAIRS[$name]=$value
  done
}

# Takes the error line `code name=value …`: says it, and returns its class's status.
_sister_refused() {
  _sister_pairs "${1#* }"
  _sister_fail "${1%% *}" "${SISTER_PAIRS[msg]-the server gave no message}"
}

_sister_fail() {
  local LC_ALL=C text=${2//[[:cntrl:]]/?}
  SISTER_PAIRS[code]=$1 SISTER_PAIRS[msg]=$2
  text=${text//$'\xc2'[$'\x80'-$'\x9f']/?} # what else a terminal could obey, or read backwards
  text=${text//$'\xe2'[$'\x80\x81'][$'\xa6'-$'\xae']/?}
  printf '%s: %s\n' "$1" "$text" >&2
  case $1 in
    usage.*) return 64 ;;
    data.*) return 65 ;;
    missing.*) return 66 ;;
    conflict.*) return 3 ;;
    auth.* | denied.*) return 77 ;;
    busy.*) return 75 ;;
    cancelled.*) return 4 ;;
    proto.*) return 76 ;;
    *) return 70 ;;
  esac
}
