# A fleet from one file: drift, roll-out, nothing left to do, back again.
. "$(dirname "$0")/lib.sh"
simulate 8
export WWCTL_PASSWORD=pw
mkdir keys
{
  echo 'host,baudrate,encryption,encryption_key'
  number=0
  while read -r host; do
    number=$((number + 1))
    (umask 077 && printf '%032X\n' "$((number + 4096))" >"keys/$number")
    echo "$host,2400,true,@keys/$number"
  done <hosts
} >fleet.csv
status=0
"$WWCTL" apply fleet.csv --check >out 2>err || status=$?
same 1 "$status" 'drift'
same 8 "$(grep -c 'would change: baudrate 115200 → 2400' out)" 'what would change'
same 0 "$(writes)" 'writes of --check'
"$WWCTL" apply fleet.csv --canary 2 --max-failures 10% --report report.csv >out 2>err || fail "apply: $(cat err)"
same 8 "$(grep -c ',changed,' report.csv)" 'the report'
"$WWCTL" apply fleet.csv --check >/dev/null 2>&1 || fail 'a drift after apply'
same 8 "$(writes)" 'writes'
journal=$(ls "$XDG_STATE_HOME"/wwctl/journals/*.jsonl)
"$WWCTL" restore "$journal" >/dev/null 2>err || fail "restore: $(cat err)"
grep -q 'keys cannot be put back' err || fail "restore says nothing of keys: $(cat err)"
same 8 "$("$WWCTL" -q --hosts-file hosts get baudrate | grep -c ': 115200$')" 'back again'
