#!/usr/bin/env python3
"""Backs up each database again and again while it is written to without pause, drills every recovery point, and compares
what each has with the writer's own record: nothing acknowledged before the snapshot may be missing, nothing begun after
it may be there. Then the same backups with what the reference does, a lock that is held around them. Prints a table.

    prove.py REMANSO [BACKUPS [DATABASE...]]

Called through as-root.sh, whose mount namespace takes the volumes away.
"""

import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading

from databases import MariaDB, PostgreSQL, Redis, SQLite, Writer

KINDS = [PostgreSQL, MariaDB, Redis, SQLite]
# The report gives its start to the millisecond.
CLOCK = 0.002
PAUSE = {"pre-script", "quiesce", "freeze", "snapshot", "thaw", "resume", "post-script"}


class Failure(Exception):
    """Something that the proof is about did not hold."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Volume:
    """A plain ext4 on a loop device, and a folder outside for everything else."""

    def __init__(self, base, name):
        self.base = f"{base}/{name}"
        self.path, self.folder = f"{self.base}/volume", f"{self.base}/run"
        for folder in (self.base, self.path, self.folder):
            os.makedirs(folder)
        run("truncate", "-s", "700M", f"{self.base}/image")
        run("mkfs.ext4", "-q", "-F", f"{self.base}/image")
        run("mount", "-o", "loop", f"{self.base}/image", self.path)

    def remove(self):
        subprocess.run(["fsfreeze", "-u", self.path], capture_output=True, check=False, timeout=10)
        run("umount", self.path)
        shutil.rmtree(self.base)


class Remanso:
    """The program with a configuration of its own."""

    def __init__(self, program, volume, **configuration):
        self.program, self.volume = program, volume
        self.configuration = f"{volume.base}/remanso.yaml"
        with open(self.configuration, "w", encoding="utf-8") as file:
            # JSON is YAML.
            json.dump({
                "volumes": [volume.path],
                "vault": {"repository": f"{volume.base}/vault", "passwordFile": self.key()},
            } | configuration, file)
        os.chmod(self.configuration, 0o600)

    def key(self):
        """The vault's password file, of this proof alone."""
        path = f"{self.volume.base}/key"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write("proof\n")
        return path

    def call(self, *words):
        done = subprocess.run(
            [self.program, *words, "--config", self.configuration, "--json"],
            capture_output=True, text=True, check=False, timeout=900)
        try:
            return done.returncode, json.loads(done.stdout)
        except json.JSONDecodeError as error:
            raise Failure(f"remanso {' '.join(words)}: {done.stderr.strip()[-2000:]}") from error

    def backup(self):
        status, report = self.call("backup")
        if status != 0:
            raise Failure(f"backup ended with {status}: {json.dumps(report.get('errors'), ensure_ascii=False)}")
        return report

    def drill(self):
        status, evidence = self.call("drill", "latest", "--scratch", f"{self.volume.base}/scratch")
        if status != 0:
            raise Failure(f"drill ended with {status}: {json.dumps(evidence, ensure_ascii=False)[-3000:]}")
        return evidence


def started(report):
    return datetime.datetime.fromisoformat(report["startedAt"].replace("Z", "+00:00")).timestamp()


def window(report, names):
    """When the first of these phases began and when the last was over, as the calendar clock has it."""
    entries = [entry for entry in report["timeline"] if entry["phase"] in names and entry["outcome"] != "skipped"]
    first = min(entry["startMs"] for entry in entries)
    last = max(entry["startMs"] + entry["durationMs"] for entry in entries)
    return started(report) + first / 1000 - CLOCK, started(report) + last / 1000 + CLOCK


def judge(found, commits, report):
    """Compares the numbers that the restored database gives with the writer's record."""
    numbers = [int(number) for number in found.replace("|", " ").split()]
    count, last = numbers[0], numbers[-1]
    before, after = window(report, {"freeze", "snapshot", "thaw"})
    acknowledged = sum(1 for _, answered in commits if answered < before)
    later = next((number for number, (sent, _) in enumerate(commits, 1) if sent > after), None)
    if count != last:
        raise Failure(f"{count} rows, but the last is {last}: the restored commits are not consecutive")
    if last < acknowledged:
        raise Failure(f"{acknowledged - last} commits acknowledged before the snapshot are missing")
    if later is not None and last >= later:
        raise Failure(f"{last - later + 1} commits begun after the snapshot are there")
    return acknowledged


def longest_stall(commits, report):
    """Milliseconds of the slowest commit while the application was meant to stand still."""
    first, last = window(report, PAUSE)
    return max((answered - sent for sent, answered in commits if answered > first and sent < last), default=0) * 1000


def prove(database, program, volume, backups):
    """The recovery points with the adapter, each one drilled and compared."""
    application = database.settings() | {"drill": {"probe": {"query": database.probe}}}
    remanso = Remanso(program, volume, applications=[application])
    result = {"held": [], "stalls": [], "answered": [], "checked": 0}
    with Writer(database) as writer:
        for number in range(1, backups + 1):
            report = remanso.backup()
            if report["consistency"] != "application":
                raise Failure(f"the level is {report['consistency']}")
            evidence = remanso.drill()["applications"][0]
            commits = list(writer.commits)
            result["checked"] += judge(evidence["probe"]["found"], commits, report)
            result["held"].append(report["adapters"][0]["heldMs"])
            result["stalls"].append(longest_stall(commits, report))
            result["answered"].append((evidence["answeredMs"] or 0) / 1000)
            print(f"{database.name}: {number} of {backups} proven: {evidence['probe']['found'].strip()}", file=sys.stderr)
    return result


class Holder:
    """Holds a database from a session of its own when the pre-script asks for it, until the post-script does: Remanso
    lets no process of a script outlive its phase, so the reference's session in the background stands here."""

    def __init__(self, database, volume):
        self.database, self.folder = database, volume.folder
        self.pipes = [f"{volume.base}/{name}" for name in ("ask", "answer")]
        for pipe in self.pipes:
            os.mkfifo(pipe)
        for name in ("pre", "post"):
            with open(f"{volume.base}/{name}.sh", "w", encoding="utf-8") as file:
                file.write(f"#!/bin/sh\necho {name} > {self.pipes[0]}\nread answer < {self.pipes[1]}\n")
            os.chmod(f"{volume.base}/{name}.sh", 0o700)
        with open(f"{volume.base}/scripts.json", "w", encoding="utf-8") as file:
            json.dump({
                "pluginName": "ScriptRunner", "preScriptLocation": f"{volume.base}/pre.sh",
                "postScriptLocation": f"{volume.base}/post.sh", "preScriptParams": [], "postScriptParams": [],
                "preScriptNoOfRetries": 0, "postScriptNoOfRetries": 0, "timeoutInSeconds": 60,
                "continueBackupOnFailure": False, "fsFreezeEnabled": True}, file)
        os.chmod(f"{volume.base}/scripts.json", 0o600)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            with open(self.pipes[0], encoding="ascii") as pipe:
                asked = pipe.read().strip()
            if asked == "end":
                return
            if asked == "pre":
                self.database.hold()
            else:
                self.database.let_go()
            with open(self.pipes[1], "w", encoding="ascii") as pipe:
                pipe.write("done\n")

    def end(self):
        with open(self.pipes[0], "w", encoding="ascii") as pipe:
            pipe.write("end")


def reference(database, program, volume, backups):
    """The longest stalls with what the reference does for this database."""
    holder = Holder(database, volume)
    remanso = Remanso(program, volume, scripts={"config": f"{volume.base}/scripts.json"})
    stalls = []
    with Writer(database) as writer:
        for _ in range(backups):
            report = remanso.backup()
            stalls.append(longest_stall(list(writer.commits), report))
    holder.end()
    return stalls


def measure(kind, program, backups, base):
    volume = Volume(base, kind.name)
    database = None
    try:
        database = kind(volume.path, volume.folder)
        result = prove(database, program, volume, backups)
        return result | {"reference": reference(database, program, volume, max(3, backups // 2))}
    finally:
        if database:
            database.stop()
        volume.remove()


def row(name, backups, result):
    def figures(values):
        return f"{statistics.median(values):.1f} / {max(values):.1f}"

    return (
        f"{name:<12}{backups:>4} of {backups:<6}{result['checked']:>10}{figures(result['held']):>18}"
        f"{figures(result['stalls']):>18}{figures(result['reference']):>18}{statistics.median(result['answered']):>10.1f}")


def main():
    program, backups = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    wanted = sys.argv[3:] or [kind.name for kind in KINDS]
    base = tempfile.mkdtemp(prefix="remanso-applications.", dir="/var/lib")
    os.chmod(base, 0o711)
    rows, failures = [], []
    try:
        for kind in KINDS:
            if kind.name not in wanted:
                continue
            try:
                rows.append(row(kind.name, backups, measure(kind, program, backups, base)))
            except (Failure, RuntimeError, OSError) as failure:
                failures.append(f"{kind.name}: {failure}")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print(f"{'':<12}{'proven':<12}{'commits':>10}{'held ms':>18}{'stall ms':>18}{'reference ms':>18}{'answers s':>10}")
    print(f"{'':<12}{'':<12}{'compared':>10}" + f"{'median / max':>18}" * 3 + f"{'median':>10}")
    print("\n".join(rows))
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
