#!/usr/bin/env python3
"""Writes to PostgreSQL and to SQLite without pause, until SIGTERM, and keeps a record of every commit elsewhere.

    writers.py RECORDS SOCKET_FOLDER PORT SQLITE_FILE

A line of RECORDS/postgresql and RECORDS/sqlite is "NUMBER SENT ACKNOWLEDGED", times in nanoseconds of the calendar
clock. Each commit also names the last commit that the other database had acknowledged before it was sent: a copy of
both at one instant never names a commit that the other copy lacks.
"""

import signal
import sqlite3
import subprocess
import sys
import threading
import time

ACCOUNTS = 100

stop = threading.Event()
acknowledged = {"postgresql": 0, "sqlite": 0}
failures = []


def payload(number):
    return f"{number * 2654435761 % 2**32:08x}" * 16


class PostgreSQL:
    """One psql session; its \\echo answers after each COMMIT."""

    name, other = "postgresql", "sqlite"

    def __init__(self, socket, port):
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", socket, "-p", port, "-U", "postgres", "postgres"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            user="postgres", group="postgres", extra_groups=[], cwd="/")
        self.run(
            "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);"
            f"INSERT INTO accounts SELECT id, 0 FROM generate_series(1, {ACCOUNTS}) AS id;"
            "CREATE TABLE commits (n bigint PRIMARY KEY, seen bigint NOT NULL, payload text NOT NULL);"
            "CREATE INDEX ON commits (payload);", 0)

    def run(self, statements, number):
        self.psql.stdin.write(f"{statements}\n\\echo {number}\n")
        self.psql.stdin.flush()
        answer = self.psql.stdout.readline().strip()
        if answer != str(number):
            raise RuntimeError(f"psql answered {answer!r} instead of {number}")

    def commit(self, number, seen):
        source, target = number % ACCOUNTS + 1, (number * 7 + 3) % ACCOUNTS + 1
        self.run(
            "BEGIN;"
            f"UPDATE accounts SET balance = balance - {number} WHERE id = {source};"
            f"UPDATE accounts SET balance = balance + {number} WHERE id = {target};"
            f"INSERT INTO commits VALUES ({number}, {seen}, '{payload(number)}');"
            "COMMIT;", number)

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(10)


class SQLite:
    """One connection in WAL mode; a commit is acknowledged when it is on the disk."""

    name, other = "sqlite", "postgresql"

    def __init__(self, file):
        self.database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        for statement in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE commits (n INTEGER PRIMARY KEY, seen INTEGER NOT NULL, payload TEXT NOT NULL)",
            "CREATE INDEX by_payload ON commits (payload)",
        ):
            self.database.execute(statement)

    def commit(self, number, seen):
        self.database.execute("BEGIN IMMEDIATE")
        self.database.execute("INSERT INTO commits VALUES (?, ?, ?)", (number, seen, payload(number)))
        self.database.execute("COMMIT")

    def close(self):
        self.database.close()


def write(database, records):
    try:
        with open(f"{records}/{database.name}", "w", buffering=1, encoding="ascii") as record:
            number = 0
            while not stop.is_set():
                number += 1
                sent = time.clock_gettime_ns(time.CLOCK_REALTIME)
                database.commit(number, acknowledged[database.other])
                answered = time.clock_gettime_ns(time.CLOCK_REALTIME)
                record.write(f"{number} {sent} {answered}\n")
                acknowledged[database.name] = number
        database.close()
    except Exception as error:  # whatever it was, the demonstration has failed
        failures.append(f"{database.name}: {error}")
        stop.set()


def main():
    records, socket, port, file = sys.argv[1:]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    databases = [PostgreSQL(socket, port), SQLite(file)]
    threads = [threading.Thread(target=write, args=(database, records), daemon=True) for database in databases]
    for thread in threads:
        thread.start()
    while not stop.wait(0.2):
        pass
    for thread in threads:
        thread.join(20)
        if thread.is_alive():
            failures.append("a commit does not come back")
    for failure in failures:
        print(failure, file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
