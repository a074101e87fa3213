"""Four databases on a volume: each can be started, written to without pause, and asked what it has."""

import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time


def installed(*names):
    """The first of these programs that is there."""
    for name in names:
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/lib/postgresql/15/bin")
        if path:
            return path
    raise SystemExit(f"{names[0]} is missing")


def postgresql_program(name):
    base = "/usr/lib/postgresql"
    versions = sorted(os.listdir(base), key=float, reverse=True) if os.path.isdir(base) else []
    for version in versions:
        path = f"{base}/{version}/bin/{name}"
        if os.path.exists(path):
            return path
    return installed(name)


class Server:
    """A database whose server is a child of this process."""

    user = "root"
    process = None

    def __init__(self, volume, folder):
        self.data = f"{volume}/data"
        self.folder = folder
        self.log = open(f"{folder}/server.log", "ab")
        account = pwd.getpwnam(self.user)
        os.makedirs(self.data)
        os.chown(self.data, account.pw_uid, account.pw_gid)
        os.chown(folder, account.pw_uid, account.pw_gid)
        os.chmod(self.data, 0o700)

    def spawn(self, arguments, **options):
        account = pwd.getpwnam(self.user)
        return subprocess.Popen(
            arguments, user=account.pw_uid, group=account.pw_gid, extra_groups=[], cwd="/", stderr=self.log, **options)

    def run(self, arguments):
        process = self.spawn(arguments, stdout=self.log)
        if process.wait(120) != 0:
            raise RuntimeError(f"{arguments[0]} failed: see {self.folder}/server.log")

    def wait_until(self, answers):
        for _ in range(600):
            if self.process.poll() is not None:
                break
            if answers():
                return
            time.sleep(0.1)
        raise RuntimeError(f"{type(self).__name__} does not start: see {self.folder}/server.log")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM if self.user != "postgres" else signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class PostgreSQL(Server):
    name, user = "postgresql", "postgres"
    probe = "SELECT count(*), coalesce(max(n), 0) FROM ledger"

    def __init__(self, volume, folder):
        super().__init__(volume, folder)
        self.run([postgresql_program("initdb"), "-D", self.data, "--auth=peer", "--locale=C", "--data-checksums"])
        self.process = self.spawn(
            [postgresql_program("postgres"), "-D", self.data, "-k", folder, "-p", "5498", "-c", "listen_addresses="],
            stdout=self.log)
        self.wait_until(lambda: os.path.exists(f"{folder}/.s.PGSQL.5498"))
        time.sleep(1)
        self.session = self.connect()
        self.ask("CREATE TABLE ledger (n bigint PRIMARY KEY, payload text);")

    def connect(self):
        return self.spawn(
            ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", "5498", "postgres"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, statement, session=None):
        session = session or self.session
        session.stdin.write(f"{statement}\n\\echo done\n")
        session.stdin.flush()
        if session.stdout.readline().strip() != "done":
            raise RuntimeError("psql ended")

    def commit(self, n):
        self.ask(f"INSERT INTO ledger VALUES ({n}, repeat('{n:08x}', 32));")

    def settings(self):
        return {"type": "postgresql", "host": self.folder, "port": 5498}

    def hold(self):
        """What the reference's own script for this database does."""
        self.holder = self.connect()
        self.ask("SELECT pg_backup_start('reference', true) \\g /dev/null", self.holder)

    def let_go(self):
        self.ask("SELECT pg_backup_stop(false) \\g /dev/null", self.holder)
        self.holder.stdin.close()
        self.holder.wait(30)


class MariaDB(Server):
    name, user = "mariadb", "mysql"
    probe = "SELECT count(*), coalesce(max(n), 0) FROM test.ledger"

    def __init__(self, volume, folder):
        super().__init__(volume, folder)
        self.socket = f"{folder}/mysqld.sock"
        self.run([
            installed("mariadb-install-db", "mysql_install_db"), "--no-defaults", f"--datadir={self.data}",
            "--auth-root-authentication-method=socket", f"--user={self.user}", "--skip-test-db"])
        self.process = self.spawn([
            installed("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
            f"--pid-file={folder}/mysqld.pid", "--skip-networking", f"--log-bin={self.data}/binlog", "--server-id=1",
            "--sync-binlog=1"], stdout=self.log)
        self.client = [installed("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root"]
        self.wait_until(
            lambda: subprocess.run(self.client + ["-e", "SELECT 1"], capture_output=True, check=False).returncode == 0)
        self.session = self.connect()
        self.ask("CREATE DATABASE test; CREATE TABLE test.ledger (n BIGINT PRIMARY KEY, payload TEXT) ENGINE=InnoDB;")

    def connect(self):
        return subprocess.Popen(
            self.client + ["--batch", "--skip-column-names", "--unbuffered", "--quick"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1)

    def ask(self, statement, session=None):
        session = session or self.session
        session.stdin.write(f"{statement} SELECT 'done';\n")
        session.stdin.flush()
        if session.stdout.readline().strip() != "done":
            raise RuntimeError("mariadb ended")

    def commit(self, n):
        self.ask(f"INSERT INTO test.ledger VALUES ({n}, REPEAT('{n:08x}', 32));")

    def settings(self):
        return {"type": "mariadb", "socket": self.socket}

    def hold(self):
        self.holder = self.connect()
        self.ask("FLUSH TABLES WITH READ LOCK;", self.holder)

    def let_go(self):
        self.ask("UNLOCK TABLES;", self.holder)
        self.holder.stdin.close()
        self.holder.wait(30)


class Redis(Server):
    name, user = "redis", "redis"
    probe = "LLEN ledger"

    def __init__(self, volume, folder):
        super().__init__(volume, folder)
        self.socket = f"{folder}/redis.sock"
        self.process = self.spawn([
            installed("redis-server"), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "777", "--dir", self.data,
            "--appendonly", "yes", "--appendfsync", "everysec", "--daemonize", "no"], stdout=self.log)
        self.wait_until(lambda: os.path.exists(self.socket))
        self.session = socket.socket(socket.AF_UNIX)
        self.session.connect(self.socket)
        self.answers = self.session.makefile("rb")

    def commit(self, n):
        payload = f"{n} " + f"{n:08x}" * 8
        # Thousands of commits a second are enough: ten million would only fill the volume.
        time.sleep(0.0003)
        self.session.sendall(f"*3\r\n$5\r\nRPUSH\r\n$6\r\nledger\r\n${len(payload)}\r\n{payload}\r\n".encode())
        answer = self.answers.readline()
        if not answer.startswith(b":"):
            raise RuntimeError(f"redis answered {answer!r}")

    def settings(self):
        return {"type": "redis", "socket": self.socket}

    def hold(self):
        # A save that is waited for is what scripts for Redis do.
        subprocess.run(["redis-cli", "-s", self.socket, "SAVE"], check=True, capture_output=True)

    def let_go(self):
        pass


class SQLite:
    name = "sqlite"
    probe = "SELECT count(*), coalesce(max(n), 0) FROM ledger"

    def __init__(self, volume, folder):
        self.file = f"{volume}/ledger.db"
        self.folder = folder
        self.session = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False, timeout=60)
        self.session.execute("PRAGMA journal_mode = WAL")
        self.session.execute("PRAGMA synchronous = FULL")
        self.session.execute("CREATE TABLE ledger (n INTEGER PRIMARY KEY, payload TEXT)")

    def commit(self, n):
        self.session.execute("INSERT INTO ledger VALUES (?, ?)", (n, f"{n:08x}" * 32))

    def settings(self):
        return {"type": "sqlite", "files": [self.file]}

    def hold(self):
        self.holder = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False, timeout=60)
        self.holder.execute("BEGIN IMMEDIATE")

    def let_go(self):
        self.holder.execute("COMMIT")
        self.holder.close()

    def stop(self):
        self.session.close()


class Writer:
    """Commits without pause and keeps its own record of each: when it was sent and when it was acknowledged."""

    def __init__(self, database):
        self.database = database
        self.first = getattr(database, "commits", 0) + 1
        self.commits = []
        self.failure = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        try:
            while not self.ending.is_set():
                sent = time.time()
                self.database.commits = self.first + len(self.commits)
                self.database.commit(self.database.commits)
                self.commits.append((sent, time.time()))
        except Exception as error:  # whatever it was, the proof has failed
            self.failure = error

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.ending.set()
        self.thread.join(60)
        if kind is None and (self.thread.is_alive() or self.failure):
            raise RuntimeError(f"the writer failed: {self.failure or 'a commit does not come back'}")
