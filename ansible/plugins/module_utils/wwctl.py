# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs wwctl for the modules of this collection."""
from __future__ import annotations

import json

GATEWAY = {
    "host": {"type": "str", "required": True},
    "password": {"type": "str", "no_log": True},
    "password_file": {"type": "path", "no_log": False},
    "auth": {"type": "str", "choices": ["auto", "digest", "basic", "none"], "default": "auto"},
    "timeout": {"type": "float", "default": 10},
    "executable": {"type": "path", "default": "wwctl"},
}


def run(module, arguments, data=None, allowed=(0,)):
    """The JSON that `wwctl ARGUMENTS --json` prints; ends the module with the tool's own words when it fails.

    Secrets go through the environment and standard input only: arguments can be seen by every user of the machine.
    """
    p = module.params
    command = [p["executable"], "--host", p["host"], "--auth", p["auth"], "--timeout", str(p["timeout"])]
    if p["password_file"]:
        command += ["--password-file", p["password_file"]]
    environment = {"NO_COLOR": "1"}
    if p["password"] is not None:
        environment["WWCTL_PASSWORD"] = p["password"]
    code, out, err = module.run_command(command + arguments + ["--json"], data=data, environ_update=environment)
    if code not in allowed:
        error = {"code": "failed", "message": err.strip() or out.strip() or "wwctl said nothing"}
        for line in err.splitlines():
            try:
                error = json.loads(line)["error"]
            except (ValueError, KeyError, TypeError):
                continue
        hint = f" ({error['hint']})" if error.get("hint") else ""
        module.fail_json(msg=f"{p['host']}: {error['message']}{hint}", rc=code, error=error)
    try:
        return json.loads(out)
    except ValueError:
        module.fail_json(msg=f"{p['host']}: wwctl answered no JSON object", rc=code, stdout=out)
