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


# Texts that YAML and Ansible take for booleans.
TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")


def typed(module, settings):
    """The settings with the types that the gateway's API has.

    A template gives every value as text, and YAML reads `stop_bits: 1` as a number: what a value is to be, the tool's own
    table says. A text that does not fit stays as it is, and the tool says what is allowed.
    """
    p = module.params
    code, out, err = module.run_command([p["executable"], "fields", "--json"])
    if code != 0:
        module.fail_json(msg=f"{p['executable']} fields --json: {err.strip()}", rc=code)
    kinds = {field["name"]: field["type"] for field in json.loads(out)["fields"]}
    return {name: _typed(kinds.get(name, ""), value) for name, value in settings.items()}


def _typed(kind, value):
    if kind == "string":
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    if not isinstance(value, str):
        return value
    text = value.strip()
    if kind == "boolean":
        return True if text.lower() in TRUE else False if text.lower() in FALSE else value
    if kind:
        try:
            return int(text) if "." not in text and "e" not in text.lower() else float(text)
        except ValueError:
            return value
    return value


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
