# SPDX-License-Identifier: MIT OR Apache-2.0
"""The gateways on this network, as an inventory."""
from __future__ import annotations

DOCUMENTATION = r"""
name: discover
short_description: The whatwatt Go gateways on this network
version_added: 0.1.0
description:
  - Runs C(wwctl discover --json), or reads what it printed before from a file.
  - The inventory file's name ends in C(whatwatt.yml) or C(whatwatt.yaml).
author: The wwctl authors
options:
  plugin:
    description: Marks the file as one for this plugin.
    required: true
    choices: [wwctl.meter.discover]
  executable:
    description: The wwctl to run.
    type: str
    default: wwctl
  seconds:
    description: How long to search.
    type: float
    default: 3
  interfaces:
    description: Search on these network interfaces only.
    type: list
    elements: str
    default: []
  file:
    description: Read this file with the output of C(wwctl discover --json) instead of searching.
    type: path
  group:
    description: Put the gateways into this group.
    type: str
    default: gateways
"""

EXAMPLES = r"""
# site.whatwatt.yml
plugin: wwctl.meter.discover
seconds: 5
group: meters
"""

import json
import subprocess

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin


class InventoryModule(BaseInventoryPlugin):
    NAME = "wwctl.meter.discover"

    def verify_file(self, path):
        return super().verify_file(path) and path.endswith(("whatwatt.yml", "whatwatt.yaml"))

    def parse(self, inventory, loader, path, cache=True):
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        group = self.inventory.add_group(self.get_option("group"))
        for line in self._lines():
            try:
                found = json.loads(line)
                short = found["id"][-6:]
            except (ValueError, KeyError, TypeError) as e:
                raise AnsibleParserError(f"not an answer of wwctl discover --json: {line!r}") from e
            name = f"whatwatt-{short}"
            self.inventory.add_host(name, group=group)
            address = found.get("address") or found.get("host")
            if found.get("port", 80) != 80:
                address = f"[{address}]:{found['port']}" if ":" in address else f"{address}:{found['port']}"
            for variable, value in (("ansible_host", address), ("whatwatt_id", found["id"]),
                                    ("whatwatt_name", found.get("name")), ("ansible_connection", "local")):
                self.inventory.set_variable(name, variable, value)

    def _lines(self):
        if self.get_option("file"):
            with open(self.get_option("file"), encoding="utf-8") as f:
                return [line for line in f if line.strip()]
        command = [self.get_option("executable"), "discover", "--json", "--for", str(self.get_option("seconds"))]
        for name in self.get_option("interfaces"):
            command += ["--interface", name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as e:
            raise AnsibleParserError(f"cannot run {command[0]}: {e}") from e
        # 8: nobody answered, which is an empty inventory and no error.
        if done.returncode not in (0, 8):
            raise AnsibleParserError(f"wwctl discover failed: {done.stderr.strip()}")
        return done.stdout.splitlines()
