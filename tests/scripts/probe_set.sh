# What a probe finds goes straight to the gateway, which then reads its meter.
. "$(dirname "$0")/lib.sh"
simulate 1 --meter baudrate=9600 --meter parity=none --meter protocol=dsmr
export WWCTL_PASSWORD=pw
same 'NOT RECOGNIZED' "$("$WWCTL" -H "$HOST" info --json | sed -n 's/.*"status":"\([^"]*\)".*/\1/p')" 'the meter before'
"$WWCTL" probe 'sim:dsmr?baudrate=9600&parity=none' --json | "$WWCTL" -H "$HOST" set --from - --wait=20 >out
grep -q 'meter OK' out || fail "the meter is not read: $(cat out)"
same 9600 "$("$WWCTL" -H "$HOST" get baudrate)" 'baudrate'
