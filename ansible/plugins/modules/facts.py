#!/usr/bin/python
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What a gateway says of itself, its meter and its settings."""
from __future__ import annotations

DOCUMENTATION = r"""
module: facts
short_description: Device, meter and settings of a whatwatt Go gateway as facts
version_added: 0.1.0
description:
  - Reads C(/api/v1/system) and C(/api/v1/meter/settings) and changes nothing.
author: The wwctl authors
extends_documentation_fragment: wwctl.meter.gateway
attributes:
  check_mode:
    description: Reads all the same.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Ask the gateway
  wwctl.meter.facts:
    host: 192.0.2.7
    password: "{{ gateway_password }}"
  delegate_to: localhost

- name: Say how the meter is
  ansible.builtin.debug:
    msg: "{{ whatwatt.system.meter.status }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: success
  type: dict
  contains:
    whatwatt:
      description: The gateway.
      type: dict
      contains:
        system:
          description: Answer of C(/api/v1/system).
          type: dict
        settings:
          description: The settings; keys are hidden by the gateway.
          type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.wwctl.meter.plugins.module_utils.wwctl import GATEWAY, run


def main():
    module = AnsibleModule(argument_spec=dict(GATEWAY), supports_check_mode=True)
    system = run(module, ["info"])
    settings = run(module, ["get"])
    module.exit_json(changed=False, ansible_facts={"whatwatt": {"system": system, "settings": settings}})


if __name__ == "__main__":
    main()
