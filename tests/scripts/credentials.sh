# A password as systemd hands it over: LoadCredential=wwctl-password:/etc/wwctl/password
. "$(dirname "$0")/lib.sh"
simulate 1
mkdir credentials
printf 'pw\n' >credentials/wwctl-password
chmod 0400 credentials/wwctl-password
CREDENTIALS_DIRECTORY=$WORK/credentials
export CREDENTIALS_DIRECTORY
same 115200 "$("$WWCTL" -H "$HOST" get baudrate </dev/null)" 'with a credential'
"$WWCTL" config show | grep -q "password .*credentials/wwctl-password" || fail "config show: $("$WWCTL" config show)"
status=0
WWCTL_PASSWORD=wrong "$WWCTL" -H "$HOST" get </dev/null >/dev/null 2>&1 || status=$?
same 4 "$status" 'the environment goes before the credential'
