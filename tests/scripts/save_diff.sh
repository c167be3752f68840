# Keep the settings, compare them later, put them back.
. "$(dirname "$0")/lib.sh"
simulate 1
export WWCTL_PASSWORD=pw WWCTL_HOST="$HOST"
"$WWCTL" get --json >settings.json
"$WWCTL" diff settings.json || fail 'nothing changed, and still it differs'
"$WWCTL" set parity=even stop_bits=2 >/dev/null 2>&1
status=0
"$WWCTL" diff settings.json >difference || status=$?
same 1 "$status" 'the status of a difference'
grep -q '^parity  *even  *none' difference || fail "the difference: $(cat difference)"
"$WWCTL" set --from settings.json >/dev/null 2>&1
"$WWCTL" diff settings.json || fail 'put back, and still it differs'
same 2 "$(writes)" 'writes'
# Lines of several fields are arguments of set.
"$WWCTL" get baudrate parity | xargs "$WWCTL" set 2>/dev/null | grep -q unchanged || fail 'lines of get as arguments'
