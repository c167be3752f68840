# Without a terminal, a home or a locale: no question, no colour, no progress, and a status to act on.
. "$(dirname "$0")/lib.sh"
need setsid
simulate 2
bare() {
  env -i PATH=/usr/bin:/bin "$@" </dev/null >out 2>err
}
status=0
bare setsid -w "$WWCTL" -H "$HOST" get baudrate || status=$?
same 4 "$status" 'a password is missing, and nobody is there to ask'
[ ! -s out ] || fail "an answer: $(cat out)"
bare WWCTL_PASSWORD=pw HOME="$HOME" setsid -w "$WWCTL" --hosts-file hosts set baudrate=2400 || fail "set: $(cat err)"
same 2 "$(grep -c '1 setting changed' out)" 'answers'
if grep -q "$(printf '\033')" out err; then fail 'escape sequences'; fi
printf 'host,parity\n%s,even\n%s,even\n' $(cat hosts) >fleet.csv
bare WWCTL_PASSWORD=pw HOME="$HOME" setsid -w "$WWCTL" --quiet apply fleet.csv || fail "apply: $(cat err)"
[ ! -s err ] || fail "quiet, and still: $(cat err)"
bare WWCTL_PASSWORD=pw HOME="$HOME" setsid -w "$WWCTL" --quiet apply fleet.csv --check || fail 'a drift after apply'
# A full replace is confirmed by nobody.
status=0
bare WWCTL_PASSWORD=pw HOME="$HOME" setsid -w "$WWCTL" -H "$HOST" replace parity=odd || status=$?
same 2 "$status" 'a full replace that nobody confirmed'
same 4 "$(writes)" 'writes'
