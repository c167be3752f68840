# JSON for jq: one gateway, many gateways, the settings explained.
. "$(dirname "$0")/lib.sh"
need jq
simulate 3
export WWCTL_PASSWORD=pw
same 115200 "$("$WWCTL" -H "$HOST" get --json | jq -r .baudrate)" 'one gateway'
"$WWCTL" --hosts-file hosts get --json | jq -r 'select(.settings.parity == "none") | .host' | sort >found
sort hosts >wanted
cmp -s found wanted || fail "many gateways: $(cat found)"
same 300 "$("$WWCTL" fields baudrate --json | jq -r '.fields[0].min')" 'the least baudrate'
# The document that jq changed is a document to set from.
"$WWCTL" -H "$HOST" get --json | jq '.baudrate = 2400' | "$WWCTL" -H "$HOST" set --from - --json >change
same '["baudrate"]' "$(jq -c '[.changes[].field]' change)" 'what changed'
same 'true' "$(jq .verified change)" 'read back'
# Errors are objects too.
"$WWCTL" -H "$HOST" get nosuch --json 2>error && fail 'a setting that does not exist'
same usage "$(jq -r .error.code error)" 'the code of the error'
