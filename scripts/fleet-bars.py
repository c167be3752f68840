#!/usr/bin/env python3
"""Fleets of simulated gateways: how fast, how small, and whether every gateway ends as it should.

    cargo build --release && scripts/fleet-bars.py --bin target/release/wwctl

Three parts: `speed` (200 gateways at 20 ms, and the same work by curl under xargs), `faults` (1000 gateways, 5 % of them
refusing connections, slow, busy, losing answers, or with another password), `kills` (a roll-out killed at random moments
and resumed).  What must hold is checked from the gateways' own logs; times are printed and not judged, because they belong
to the machine.  `--quick` is small enough for every change.  Standard library only.
"""
import argparse
import collections
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PASSWORD = "pw"


class Gateways:
    """Simulated gateways: one process for each kind of fault."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.children, self.logs = binary, folder, [], []

    def start(self, count, *options, password=PASSWORD):
        log = f"{self.folder}/log-{len(self.logs)}.jsonl"
        self.logs.append(log)
        # Ids that no other process has.
        first = f"{0xECC900000000 + len(self.logs) * 0x10000:012X}"
        child = subprocess.Popen(
            [self.binary, "simulate", "gateway", "--json", "--count", str(count), "--id", first, "--password", password,
             "--log", log, "--max-time", "900", *options],
            stdout=subprocess.PIPE, text=True)
        self.children.append(child)
        return [json.loads(child.stdout.readline()) for _ in range(count)]

    def requests(self):
        for log in self.logs:
            if os.path.exists(log):
                with open(log) as f:
                    for line in f:
                        yield json.loads(line)

    def writes(self):
        """Writes that were carried out, by gateway; one whose answer was lost has status 0."""
        count = collections.Counter()
        for entry in self.requests():
            if entry["method"] in ("PUT", "POST") and entry["status"] in (0, 200, 204):
                count[entry["gateway"]] += 1
        return count

    def stop(self):
        for child in self.children:
            child.terminate()
            child.wait()


def measure(command, folder, stdin=None):
    """Exit status, seconds, CPU seconds with children, largest resident set in MB, stdout."""
    environment = {**os.environ, "WWCTL_PASSWORD": PASSWORD, "XDG_STATE_HOME": f"{folder}/state", "HOME": folder,
                   "WWCTL_CONFIG": ""}
    with tempfile.TemporaryFile() as out, open(stdin or os.devnull) as source:
        start = time.monotonic()
        child = subprocess.Popen(command, stdin=source, stdout=out, stderr=subprocess.DEVNULL, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    return child.returncode, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text


def key(number):
    return f"{0x00112233445566778899AABB00000000 + number:032X}"


def inventory(path, gateways):
    with open(path, "w") as f:
        f.write("host,baudrate,parity,encryption,encryption_key\n")
        for number, gateway in enumerate(gateways):
            f.write(f"{gateway['host']},2400,even,true,{key(number)}\n")
    os.chmod(path, 0o600)


def expect(holds, what):
    if not holds:
        raise SystemExit(f"FAILED: {what}")


def show(what, hosts, seconds, cpu, memory):
    print(f"{what:<44} {hosts / seconds:7.0f} hosts/s  {seconds:6.2f} s  {cpu:6.2f} CPU s  {memory:6.1f} MB")


def speed(binary, count, latency, jobs):
    with tempfile.TemporaryDirectory() as folder:
        fleet = Gateways(binary, folder)
        try:
            gateways = fleet.start(count, "--latency", str(latency))
            hosts = f"{folder}/hosts"
            with open(hosts, "w") as f:
                f.writelines(g["host"] + "\n" for g in gateways)
            requests = lambda: sum(1 for _ in fleet.requests())
            command = [binary, "-q", "--hosts-file", hosts, "--jobs", str(jobs), "set", "--no-backup", "baudrate=2400"]
            code, *figures, out = measure(command, folder)
            expect(code == 0 and out.count("read back and compared") == count, f"set at {count} gateways: {code}")
            show(f"set, read back, {count} at {latency} ms, {jobs} jobs", count, *figures)
            ideal = requests() * latency / 1000 / jobs
            print(f"  {requests()} requests; requests × answer time ÷ jobs is {ideal:.2f} s: {figures[0] / ideal:.2f} times that")
            inventory(f"{folder}/fleet.csv", gateways)
            command = [binary, "-q", "apply", f"{folder}/fleet.csv", "--jobs", str(jobs)]
            code, *figures, out = measure(command, folder)
            expect(code == 0, f"apply: {code}")
            show("apply with keys and a journal", count, *figures)
            code, *figures, out = measure(command, folder)
            expect(code == 0 and out.count("unchanged") == count, f"apply again: {code}")
            show("apply again: nothing to do", count, *figures)
            if shutil.which("curl") and shutil.which("xargs"):
                url = "http://{}/api/v1/meter/settings"
                # No output of either is kept: both only have to arrive.
                curl = ["xargs", "-a", hosts, "-P", str(jobs), "-I", "{}", "curl", "-s", "-o", "/dev/null", "--digest", "-u",
                        f":{PASSWORD}", "-X", "PUT", "-H", "Content-Type: application/json", "-d", '{"baudrate":4800}', url,
                        "--next", "-s", "-o", "/dev/null", "--digest", "-u", f":{PASSWORD}", url]
                code, *figures, _ = measure(curl, folder)
                expect(code == 0, f"curl: {code}")
                show("xargs, curl PUT --next GET (MB of one curl)", count, *figures)
        finally:
            fleet.stop()


def faults(binary, count, latency, jobs):
    with tempfile.TemporaryDirectory() as folder:
        fleet = Gateways(binary, folder)
        try:
            each = max(1, count // 100)
            at = ("--latency", str(latency))
            groups = {
                "healthy": fleet.start(count - 5 * each, *at),
                "slow": fleet.start(each, "--latency", "4000"),
                "busy": fleet.start(each, *at, "--fault", "503:1"),
                "lost answer": fleet.start(each, *at, "--fault", "drop-after-write:1"),
                "other password": fleet.start(each, *at, password="other"),
            }
            # Bound and never listening: connections are refused, and nobody else gets the port.
            holes = [socket.socket() for _ in range(each)]
            for hole in holes:
                hole.bind(("127.0.0.1", 0))
            groups["refused"] = [{"host": f"127.0.0.1:{hole.getsockname()[1]}", "id": None} for hole in holes]
            gateways = [g for group in groups.values() for g in group]
            random.Random(5).shuffle(gateways)
            inventory(f"{folder}/fleet.csv", gateways)
            command = [binary, "-q", "--json", "--timeout", "2", "--retries", "1", "--jobs", str(jobs), "apply",
                       f"{folder}/fleet.csv"]
            code, *figures, out = measure(command, folder)
            lines = [json.loads(line) for line in out.splitlines()]
            found = {line["host"]: line for line in lines if "host" in line}
            show(f"apply, {count} at {latency} ms, {jobs} jobs, 5 % faulty", count, *figures)
            print(f"  {json.dumps({k: v for k, v in lines[-1]['summary'].items() if isinstance(v, int)})}")
            expect(code == 10 and len(found) == count, f"status {code}, {len(found)} gateways named")
            causes = {"slow": "timeout", "other password": "password_refused", "refused": "unreachable"}
            writes = fleet.writes()
            for name, group in groups.items():
                for gateway in group:
                    line = found[gateway["host"]]
                    if name in causes:
                        expect(line["outcome"] == "failed" and line["error"]["code"] == causes[name], f"{name}: {line}")
                        expect(writes[gateway["id"]] == 0, f"{name}: written")
                    else:
                        expect(line["outcome"] == "changed", f"{name}: {line}")
                        expect(writes[gateway["id"]] == 1, f"{name}: written {writes[gateway['id']]} times")
            print("  every healthy gateway as asked and written once; every faulty one named with its cause")
        finally:
            fleet.stop()


def kills(binary, count, rounds, latency, jobs):
    moments = random.Random(7)
    resumed = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            fleet = Gateways(binary, folder)
            try:
                gateways = fleet.start(count, "--latency", str(latency))
                inventory(f"{folder}/fleet.csv", gateways)
                environment = {**os.environ, "WWCTL_PASSWORD": PASSWORD, "XDG_STATE_HOME": f"{folder}/state", "WWCTL_CONFIG": ""}
                command = [binary, "-q", "--jobs", str(jobs), "apply"]
                quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
                child = subprocess.Popen([*command, f"{folder}/fleet.csv"], **quiet)
                # Killed after a random share of the writes, or a random while before the first.
                wanted = moments.randrange(0, count)
                pause = moments.random() * latency / 1000
                while child.poll() is None and sum(fleet.writes().values()) < wanted:
                    time.sleep(0.002)
                time.sleep(pause)
                child.send_signal(signal.SIGKILL)
                child.wait()
                journals = [f"{folder}/state/wwctl/journals/{name}" for name in os.listdir(f"{folder}/state/wwctl/journals")] \
                    if os.path.isdir(f"{folder}/state/wwctl/journals") else []
                again = ["--resume", journals[0]] if journals and os.path.getsize(journals[0]) else [f"{folder}/fleet.csv"]
                resumed += again[0] == "--resume"
                expect(subprocess.run([*command, *again], **quiet).returncode == 0, "the resumed run failed")
                check = subprocess.run([*command, f"{folder}/fleet.csv", "--check"], **quiet)
                expect(check.returncode == 0, "the end state is not the inventory")
                writes = fleet.writes()
                twice = [g["host"] for g in gateways if writes[g["id"]] != 1]
                expect(not twice, f"not written exactly once: {twice}")
            finally:
                fleet.stop()
    print(f"{rounds} kills ({resumed} with a journal to resume): every end state is the inventory, every gateway written once")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bin", default="target/release/wwctl")
    arguments.add_argument("--quick", action="store_true", help="small fleets")
    arguments.add_argument("--part", choices=["speed", "faults", "kills"], action="append")
    options = arguments.parse_args()
    binary = os.path.abspath(options.bin)
    parts = options.part or ["speed", "faults", "kills"]
    if "speed" in parts:
        speed(binary, *((40, 5, 8) if options.quick else (200, 20, 32)))
    if "faults" in parts:
        for latency in (20,) if options.quick else (20, 200):
            faults(binary, 100 if options.quick else 1000, latency, 32 if options.quick else 64)
    if "kills" in parts:
        kills(binary, *((30, 3, 10, 8) if options.quick else (100, 20, 20, 16)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
