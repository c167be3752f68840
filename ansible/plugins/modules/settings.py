#!/usr/bin/python
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Meter-communication settings of a gateway."""
from __future__ import annotations

DOCUMENTATION = r"""
module: settings
short_description: Meter-communication settings of a whatwatt Go gateway
version_added: 0.1.0
description:
  - Brings the settings under C(/api/v1/meter/settings) to the declared state, reads them back and compares.
  - Only what differs is sent; nothing is sent when nothing differs.
author: The wwctl authors
extends_documentation_fragment: wwctl.meter.gateway
options:
  state:
    description:
      - C(present) changes the named settings and leaves the others.
      - C(replaced) puts all others back to factory default, and clears keys that are not given.
    type: str
    choices: [present, replaced]
    default: present
  settings:
    description:
      - Names and values as C(wwctl fields) explains them, without keys.
      - A text is taken as a number or a boolean where the setting is one, because templates give texts.
    type: dict
    default: {}
  encryption_key:
    description: 32 hex digits; an empty text clears the key.
    type: str
  authentication_key:
    description: 32 hex digits; an empty text clears the key.
    type: str
  update_keys:
    description:
      - A gateway does not show its keys, so they cannot be compared.
      - C(auto) sends them when another setting changes or the gateway does not decode its meter already.
      - C(always) sends them in every run, which then reports a change.
    type: str
    choices: [auto, always]
    default: auto
  wait:
    description: Seconds to wait until the gateway reports the meter's status as OK; 0 does not wait.
    type: int
    default: 0
  allow_missing_key:
    description: With C(replaced), allow C(encryption) without a key.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reads, and reports what would change.
    support: full
  diff_mode:
    description: Shows each setting before and after, without keys.
    support: full
"""

EXAMPLES = r"""
- name: A line at 2400 baud, even parity
  wwctl.meter.settings:
    host: 192.0.2.7
    password: "{{ gateway_password }}"
    settings:
      auto_baudrate: false
      baudrate: 2400
      parity: even
  delegate_to: localhost

- name: Everything as declared, and the key of this meter
  wwctl.meter.settings:
    host: "{{ ansible_host }}"
    password_file: /etc/wwctl/password
    state: replaced
    settings:
      encryption: true
      protocol: hdlc
    encryption_key: "{{ meter_key }}"
    wait: 60
  delegate_to: localhost
"""

RETURN = r"""
changes:
  description: Each setting that changed, or would change; the values of keys are not shown.
  returned: success
  type: list
  elements: dict
  sample: [{field: baudrate, from: 115200, to: 2400}]
verified:
  description: The settings were read back and are as asked.
  returned: success
  type: bool
backup:
  description: File with the settings as they were before.
  returned: when something was written
  type: str
"""

import json

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wwctl.meter.plugins.module_utils.wwctl import GATEWAY, run, typed

KEYS = ("encryption_key", "authentication_key")


def main():
    module = AnsibleModule(
        argument_spec={
            **GATEWAY,
            "state": {"type": "str", "choices": ["present", "replaced"], "default": "present"},
            "settings": {"type": "dict", "default": {}},
            "encryption_key": {"type": "str", "no_log": True},
            "authentication_key": {"type": "str", "no_log": True},
            "update_keys": {"type": "str", "choices": ["auto", "always"], "default": "auto", "no_log": False},
            "wait": {"type": "int", "default": 0},
            "allow_missing_key": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    p = module.params
    wanted = typed(module, p["settings"])
    for key in KEYS:
        if key in wanted:
            module.fail_json(msg=f"{key} stands in `settings`, where it would be shown; give it as an option of its own")
        if p[key] is not None:
            wanted[key] = p[key]
    if not wanted and p["state"] == "present":
        module.exit_json(changed=False, changes=[], verified=True)

    arguments = ["set", "--from", "-"] if p["state"] == "present" else ["replace", "-", "--yes"]
    arguments += ["--update-keys", p["update_keys"]]
    if p["state"] == "replaced" and p["allow_missing_key"]:
        arguments.append("--allow-missing-key")
    if module.check_mode:
        arguments.append("--dry-run")
    elif p["wait"]:
        arguments.append(f"--wait={p['wait']}")
    result = run(module, arguments, data=json.dumps(wanted))
    changes = result.get("changes", [])
    answer = {
        "changed": bool(changes),
        "changes": changes,
        "verified": bool(result.get("verified")),
    }
    if result.get("backup"):
        answer["backup"] = result["backup"]
    if module._diff:
        shown = [c for c in changes if c["field"] not in KEYS]
        answer["diff"] = {side: {c["field"]: c[end] for c in shown} for side, end in (("before", "from"), ("after", "to"))}
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
