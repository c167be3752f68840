#!/usr/bin/env bash
# The collection with a real ansible-core against simulated gateways: the first run changes, the second reports no change,
# check mode sends nothing, and no key or password shows even with -vvv.
#
# WWCTL: the tool (wwctl).  ANSIBLE: a folder with ansible-playbook and ansible-galaxy (those of PATH).  COUNT: gateways (50).
# Status 77: something is missing here.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
WWCTL=$(command -v "${WWCTL:-wwctl}")
COUNT=${COUNT:-50}
[ -z "${ANSIBLE:-}" ] || PATH=$ANSIBLE:$PATH
for program in ansible-playbook ansible-galaxy ansible-inventory ansible-doc; do
  command -v "$program" >/dev/null || { echo "skipped: no $program here"; exit 77; }
done

work=$(mktemp -d)
simulated=
finish() {
  [ -z "$simulated" ] || kill "$simulated" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

export HOME=$work/home LC_ALL=C.UTF-8 ANSIBLE_HOME=$work/ansible ANSIBLE_COLLECTIONS_PATH=$work/collections
export ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0
export XDG_STATE_HOME=$work/home/state XDG_CONFIG_HOME=$work/home/config
unset WWCTL_PASSWORD WWCTL_HOST || true
mkdir -p "$HOME"
cd "$work"

ansible-galaxy collection build "$here/.." --output-path "$work" >/dev/null
ansible-galaxy collection install "$work"/wwctl-meter-*.tar.gz -p "$work/collections" >/dev/null
for plugin in settings facts; do
  ansible-doc -t module "wwctl.meter.$plugin" >/dev/null || fail "documentation of $plugin"
done
ansible-doc -t inventory wwctl.meter.discover >/dev/null || fail 'documentation of discover'

password=s3cretpassword
: >listening
"$WWCTL" simulate gateway --count "$COUNT" --password "$password" --log "$work/requests" --max-time 900 --json >"$work/listening" &
simulated=$!
for _ in $(seq 200); do
  [ "$(wc -l <listening)" -ge "$COUNT" ] && break
  sleep 0.05
done

python3 - "$work" <<'PYTHON'
import json, sys
work = sys.argv[1]
with open(f"{work}/listening") as f, open(f"{work}/hosts.ini", "w") as inventory, open(f"{work}/found.jsonl", "w") as found:
    inventory.write("[gateways:vars]\nansible_python_interpreter={{ ansible_playbook_python }}\n[gateways]\n")
    for number, line in enumerate(f):
        gateway = json.loads(line)
        inventory.write(f"gw{number} ansible_host={gateway['host']} meter_key={0xC0FFEE00000000000000000000000000 + number:032X}\n")
        address, port = gateway["host"].split(":")
        found.write(json.dumps({"schema": "wwctl.gateway.v1", "id": gateway["id"], "name": "x", "host": "x.local",
                                "address": address, "port": int(port)}) + "\n")
PYTHON

cat >site.yml <<YAML
- hosts: gateways
  connection: local
  gather_facts: false
  vars:
    gateway_password: $password
    speed: "2400"
    encrypted: "yes"
  tasks:
    - name: Meter settings
      wwctl.meter.settings:
        executable: $WWCTL
        host: "{{ ansible_host }}"
        password: "{{ gateway_password }}"
        settings:
          baudrate: "{{ speed }}"
          parity: even
          stop_bits: 1
          conv_factor: "{{ '0.5' }}"
          encryption: "{{ encrypted }}"
        encryption_key: "{{ meter_key }}"
YAML

# play NAME [OPTION]... : runs the play, and puts `changed=N` of all hosts together.
play() {
  name=$1
  shift
  ansible-playbook -i hosts.ini --forks 8 site.yml "$@" >"$name.out" 2>&1 || { tail -n 40 "$name.out" >&2; fail "$name"; }
  changed=$(grep -c 'changed=1 .*failed=0' "$name.out" || true)
  unchanged=$(grep -c 'changed=0 .*failed=0' "$name.out" || true)
  echo "$name: $changed changed, $unchanged unchanged"
}
writes() { grep -E '"method":"(PUT|POST)"' requests | grep -vc '"status":401' || true; }

play check --check
[ "$changed" = "$COUNT" ] || fail 'check mode does not report what would change'
[ "$(writes)" = 0 ] || fail 'check mode sent something'
play first -vvv --diff
[ "$changed" = "$COUNT" ] || fail 'the first run did not change every gateway'
[ "$(writes)" = "$COUNT" ] || fail "the first run wrote $(writes) times"
grep -q 'baudrate' first.out || fail 'no difference shown'
play second
[ "$unchanged" = "$COUNT" ] || fail 'the second run reports changes'
[ "$(writes)" = "$COUNT" ] || fail "the second run wrote: $(writes)"
if grep -riq 'c0ffee0000000000' ./*.out || grep -rq "$password" ./*.out; then fail 'a key or the password shows'; fi
if grep -riq 'c0ffee0000000000' "$HOME" || grep -rq "$password" "$HOME"; then fail 'a key or the password is kept'; fi

cat >one.yml <<YAML
- hosts: gateways[0]
  connection: local
  gather_facts: false
  vars:
    call: &call
      executable: $WWCTL
      host: "{{ ansible_host }}"
      password: $password
  tasks:
    - name: Facts
      wwctl.meter.facts: *call
    - name: They say what was set
      ansible.builtin.assert:
        that:
          - whatwatt.settings.baudrate == 2400
          - whatwatt.system.meter.status == 'OK'
    - name: A value that is not allowed
      wwctl.meter.settings:
        executable: $WWCTL
        host: "{{ ansible_host }}"
        password: $password
        settings: {baudrate: 1}
      register: refused
      ignore_errors: true
    - name: It is named
      ansible.builtin.assert:
        that:
          - refused is failed
          - "'300..115200' in refused.msg"
    - name: Back to factory default
      wwctl.meter.settings:
        executable: $WWCTL
        host: "{{ ansible_host }}"
        password: $password
        state: replaced
        settings: {parity: odd}
      register: replaced
    - name: And nothing to do a second time
      wwctl.meter.settings:
        executable: $WWCTL
        host: "{{ ansible_host }}"
        password: $password
        state: replaced
        settings: {parity: odd}
      register: again
    - name: So it is
      ansible.builtin.assert:
        that:
          - replaced is changed
          - again is not changed
YAML
ansible-playbook -i hosts.ini one.yml >one.out 2>&1 || { tail -n 40 one.out >&2; fail 'facts, refusal, replaced'; }

printf 'plugin: wwctl.meter.discover\nfile: %s\n' "$work/found.jsonl" >site.whatwatt.yml
ansible-inventory -i site.whatwatt.yml --list >inventory.json
python3 - "$COUNT" <<'PYTHON' || fail 'the inventory plugin'
import json, sys
inventory = json.load(open("inventory.json"))
assert len(inventory["gateways"]["hosts"]) == int(sys.argv[1]), inventory
PYTHON
version=$(ansible-playbook --version)
echo "${version%%$'\n'*}: $COUNT gateways, all as it should be"
