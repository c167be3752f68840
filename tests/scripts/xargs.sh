# One process a gateway, as many users do it today; and the same work in one process.
. "$(dirname "$0")/lib.sh"
need xargs
simulate 6
export WWCTL_PASSWORD=pw
xargs -P 3 -I '{}' "$WWCTL" -q -H '{}' set baudrate=2400 <hosts >out
same 6 "$(grep -c '1 setting changed, read back' out)" 'one process a gateway'
"$WWCTL" -q --hosts-file - --jobs 3 set baudrate=2400 <hosts >out
same 6 "$(grep -c unchanged out)" 'all in one process'
"$WWCTL" -q --hosts-file - set baudrate=9600 <hosts | cut -d ' ' -f 1 | sort | tr -d '\n' >changed
sed 's/$/:/' hosts | sort | tr -d '\n' | cmp -s - changed || fail "hosts in the answer: $(cat changed)"
same 12 "$(writes)" 'writes'
