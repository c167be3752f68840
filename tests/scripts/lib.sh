# Common to the scripts: the tool in $WWCTL, a home of its own, simulated gateways.  A script that cannot run here leaves
# with status 77 and one line that says why.
set -eu

WWCTL=${WWCTL:-wwctl}
WORK=$(mktemp -d)
SIMULATED=
export HOME="$WORK/home" XDG_CONFIG_HOME="$WORK/home/config" XDG_STATE_HOME="$WORK/home/state"
mkdir -p "$HOME"
cd "$WORK"
unset WWCTL_HOST WWCTL_PASSWORD WWCTL_CONFIG CREDENTIALS_DIRECTORY || true

finish() {
  if [ -n "$SIMULATED" ]; then kill "$SIMULATED" 2>/dev/null || true; fi
  rm -rf "$WORK"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

need() {
  command -v "$1" >/dev/null 2>&1 || {
    echo "skipped: no $1 here"
    exit 77
  }
}

# simulate COUNT [OPTION]... : gateways behind Digest with the password `pw`; their addresses in the file `hosts`.
simulate() {
  count=$1
  shift
  : >"$WORK/listening"
  "$WWCTL" simulate gateway --count "$count" --password pw --log "$WORK/requests" --max-time 300 "$@" >"$WORK/listening" &
  SIMULATED=$!
  for _ in $(seq 200); do
    [ "$(wc -l <"$WORK/listening")" -ge "$count" ] && break
    sleep 0.05
  done
  sed 's|^listening http://||' "$WORK/listening" >"$WORK/hosts"
  [ "$(wc -l <"$WORK/hosts")" -eq "$count" ] || fail 'the simulated gateways did not start'
  HOST=$(head -n 1 "$WORK/hosts")
}

# writes : how many writes the gateways saw, refused logins not counted.
writes() {
  grep -E '"method":"(PUT|POST)"' "$WORK/requests" 2>/dev/null | grep -vc '"status":401' || true
}

# same WANTED GOT WHAT
same() {
  [ "$1" = "$2" ] || fail "$3: '$2' and not '$1'"
}
