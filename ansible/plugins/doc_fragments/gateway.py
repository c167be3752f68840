# SPDX-License-Identifier: MIT OR Apache-2.0
"""Options that every module of this collection takes."""
from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  host:
    description:
      - The gateway - name, address, C(host:port), URL, six hex digits of its id, or an alias of wwctl's configuration file.
    type: str
    required: true
  password:
    description: The gateway's Web UI password.
    type: str
  password_file:
    description: File with the password, on the machine where the task runs.
    type: path
  auth:
    description: Which authentication to accept.
    type: str
    choices: [auto, digest, basic, none]
    default: auto
  timeout:
    description: Seconds that one request may take.
    type: float
    default: 10
  executable:
    description: The wwctl to run.
    type: path
    default: wwctl
requirements:
  - wwctl on the machine where the task runs
"""
