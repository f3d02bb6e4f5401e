# shellcheck shell=bash
# What Scripts/bench says of its measurements: medians, spreads, ratios, limits. Sourced, never run.

middle() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
lowest() { printf '%s\n' "$@" | sort -g | head -n 1; }
highest() { printf '%s\n' "$@" | sort -g | tail -n 1; }
spread() { printf '(%s–%s)\n' "$(lowest "$@")" "$(highest "$@")"; }
figure() { printf '%s %s\n' "$(middle "$@")" "$(spread "$@")"; }
quotient() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f\n", (b > 0 ? a / b : 0) }'; }
mebibytes() { awk -v k="$1" 'BEGIN { printf "%.1f\n", k / 1024 }'; }

# The value of NAME= in a line of the load client's.
field() { # NAME LINE
  local rest=" $2"
  rest=${rest#* "$1"=}
  printf '%s\n' "${rest%% *}"
}

# A heading, and a table's first lines.
table() { # HEADING COLUMN…
  printf '\n### %s\n\n' "$1"
  shift
  printf '|'
  printf ' %s |' "$@"
  printf '\n|'
  printf '%.0s---|' "$@"
  printf '\n'
}
row() {
  printf '|'
  printf ' %s |' "$@"
  printf '\n'
}

# --- Limits -----------------------------------------------------------------------------------

limits=()
# Notes a limit and what was measured of it: whether it is met is said at the end.
limit() { # WHAT OPERATOR BOUND MEASURED [UNIT]
  local verdict
  verdict=$(awk -v op="$2" -v bound="$3" -v is="$4" 'BEGIN {
    met = op == "<" ? is < bound : op == "<=" ? is <= bound : op == ">=" ? is >= bound : is == bound
    print met ? "met" : "**missed**" }')
  limits+=("$(row "$1" "$2 $3${5:+ $5}" "$4${5:+ $5}" "$verdict")")
}
say_limits() {
  ((${#limits[@]})) || return 0
  table 'Limits' 'what' 'limit' 'measured' 'verdict'
  printf '%s\n' "${limits[@]}"
}
