#!/usr/bin/env python3
"""Compares what came back with what was promised.

    judge.py REPORT RECORDS POSTGRESQL_ROWS SQLITE_FILE

POSTGRESQL_ROWS holds "n|seen" lines. Prints "name=value" lines for demo.sh; "problem=KEY ARGUMENT…" for whatever is
wrong, where KEY is a sentence of demo.sh's table.
"""

import datetime
import json
import sqlite3
import statistics
import sys

# The report gives its start to the millisecond.
CLOCK = 2_000_000


def read_records(path):
    """The commits by number: when each was sent and acknowledged."""
    commits = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            number, sent, answered = map(int, line.split())
            commits[number] = (sent, answered)
    return commits


def instants(report):
    """When the freeze began, when the thaw had ended, and both ends of the run, in nanoseconds of the calendar clock."""
    def calendar(text):
        moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
        return round(moment.timestamp() * 1000) * 1_000_000

    start = calendar(report["startedAt"])
    spans = {
        entry["phase"]: (start + entry["startMs"] * 1e6, start + (entry["startMs"] + entry["durationMs"]) * 1e6)
        for entry in report["timeline"] if entry["outcome"] == "ok"
    }
    pause = (spans["pre-script"][0], spans["post-script"][1])
    return spans["freeze"][0] - CLOCK, spans["thaw"][1] + CLOCK, pause, (start, calendar(report["finishedAt"]))


def longest(commits, span):
    """The slowest commit that was under way at some time of the span, in milliseconds."""
    times = [answered - sent for sent, answered in commits.values() if answered >= span[0] and sent <= span[1]]
    return max(times, default=0) / 1e6


def judge(name, commits, restored, frozen, thawed):
    expected = sum(answered < frozen for _, answered in commits.values())
    begun_after = sum(sent > thawed for sent, _ in commits.values())
    missing = [n for n, (_, answered) in commits.items() if answered < frozen and n not in restored]
    early = [n for n in restored if n not in commits or commits[n][0] > thawed]
    print(f"{name}_before={expected}")
    print(f"{name}_restored={len(restored)}")
    print(f"{name}_after={begun_after}")
    if expected < 50 or begun_after < 50:
        print(f"problem=few {name} {expected} {begun_after}")
    if missing:
        print(f"problem=missing {name} {len(missing)} {min(missing)}")
    if early:
        print(f"problem=early {name} {len(early)} {min(early)}")
    if sorted(restored) != list(range(1, len(restored) + 1)):
        print(f"problem=gaps {name}")


def main():
    report_path, records, rows_path, sqlite_path = sys.argv[1:]
    with open(report_path, encoding="utf-8") as file:
        report = json.load(file)
    print(f"pause={report['pauseMs']['application']:.1f}")
    print(f"freeze={report['pauseMs']['freeze']:.1f}")
    print(f"level={report['consistency']}")
    print("providers=" + ", ".join(f"{volume['filesystem']}: {volume['provider']}" for volume in report["volumes"]))
    if report["consistency"] != "application":
        print(f"problem=level {report['consistency']}")
    commits = {name: read_records(f"{records}/{name}") for name in ("postgresql", "sqlite")}
    with open(rows_path, encoding="ascii") as file:
        restored = {"postgresql": dict(tuple(map(int, line.split("|"))) for line in file)}
    database = sqlite3.connect(sqlite_path)
    restored["sqlite"] = dict(database.execute("SELECT n, seen FROM commits"))
    database.close()

    frozen, thawed, pause, run = instants(report)
    for name, other in (("postgresql", "sqlite"), ("sqlite", "postgresql")):
        judge(name, commits[name], restored[name], frozen, thawed)
        if max(restored[name].values(), default=0) > max(restored[other], default=0):
            print(f"problem=instants {name} {other}")
        print(f"{name}_typical={statistics.median(a - s for s, a in commits[name].values()) / 1e6:.1f}")
        print(f"{name}_stall={longest(commits[name], pause):.1f}")
        print(f"{name}_run={longest(commits[name], run):.1f}")


main()
