"""A PostgreSQL server of its own: its data folder, its certificate, its start and its end.

Every database instance of a stack gets one (databases.py). test/support/postgres.ts starts one without the emulator:

    python postgres_server.py PROGRAMS HOME PORT    serve on 127.0.0.1:PORT until SIGINT

PROGRAMS is the folder that holds bin, lib and share. HOME keeps the data, ca.pem for clients that check the certificate, and
the superuser's password in the file "password".
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ministack.core import x509_utils

HOST = "127.0.0.1"
SUPERUSER = "postgres"

# PostgreSQL refuses to run as root. This is "nobody", which every system has.
_UNPRIVILEGED = 65534
_AS_ROOT = os.geteuid() == 0
_RUN_AS = {"user": _UNPRIVILEGED, "group": _UNPRIVILEGED, "extra_groups": []} if _AS_ROOT else {}

# Every connection is encrypted and gives a password, as with rds.force_ssl.
_WHO_MAY_CONNECT = f"hostssl all all {HOST}/32 scram-sha-256\n"

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "ssl": "on",
    "max_connections": "30",
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class Login:
    name: str
    password: str


class Authority:
    """A certificate authority that lives as long as this process, and signs the servers' certificates."""

    def __init__(self, folder: Path):
        self.certificate, self._key = x509_utils.generate_ca("phasegate", "phasegate sandbox databases")
        self.file = folder / "ca.pem"
        make_folder(folder)
        self.file.write_text(self.certificate)
        self.file.chmod(0o644)

    def sign(self):
        """A certificate for this machine, and its key."""
        signed = x509_utils.sign_leaf_certificate(
            self.certificate, self._key, "localhost", san_dns=["localhost"], san_ips=[HOST], key_type="ec256"
        )
        return signed[:2]


class Server:
    def __init__(self, programs: Path, home: Path, port: int):
        self.home = home
        self.port = port
        self._programs = programs
        self._data = home / "data"
        self._process = None

    def prepare(self, superuser: Login | None = None) -> None:
        """Makes the data folder, unless it is there. Without a superuser who can log in, nobody can."""

        def initialise(draft):
            self._initdb(draft, superuser)
            _write_own(draft / "pg_hba.conf", _WHO_MAY_CONNECT)

        self._make_data(initialise)

    def prepare_from(self, template: Server, owner: Login, database: str | None) -> None:
        """Makes the data folder as a copy of one that never ran, with an owner as on RDS and a database that is the owner's."""

        def copy(draft):
            _run(["cp", "-R", "-p", str(template._data), str(draft)])
            self._run_alone(draft, [*_make_owner(owner), *([_make_database(database, owner)] if database else [])])

        self._make_data(copy)

    def change_password(self, login: Login) -> None:
        """Gives a role another password. The server must not be running."""
        self._run_alone(self._data, [f"ALTER ROLE {_name(login.name)} PASSWORD {_text(login.password)}"])

    def command(self, authority: Authority) -> list:
        """The command that serves, with a new certificate."""
        certificate, key = authority.sign()
        _write_own(self._data / "server.crt", certificate)
        _write_own(self._data / "server.key", key)
        settings = {**_SETTINGS, "port": str(self.port)}
        return [self._program("postgres"), "-D", str(self._data), *_options(settings)]

    def start(self, authority: Authority) -> None:
        self._process = subprocess.Popen(self.command(authority), **_surroundings())
        deadline = time.monotonic() + 30
        while not self._is_ready():
            if self._process.poll() is not None:
                raise ValueError(f"PostgreSQL ended before it was ready (exit code {self._process.returncode}); see the log")
            if time.monotonic() > deadline:
                self.stop()
                raise ValueError("PostgreSQL was not ready after 30 s; see the log")
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Has the server end its connections and itself."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Ends the server. Harmless when it has ended."""
        if self._process is None:
            return
        self.interrupt()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _is_ready(self) -> bool:
        try:
            # The server's own file, as pg_ctl reads it: the process in the first line, the state in the last one.
            lines = (self._data / "postmaster.pid").read_text().split()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self._process.pid)] and lines[-1] == "ready"

    def _make_data(self, fill):
        if self._data.exists():
            return
        _make_own_folder(self.home)
        # Renamed into place when complete, so that an interruption leaves no half of one behind.
        draft = self.home / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        fill(draft)
        draft.rename(self._data)

    def _initdb(self, folder, superuser):
        password = self.home / "new-password"
        collation = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = ["--encoding=UTF8", *collation, "--wal-segsize=1", "--no-sync", "--no-instructions"]
        # Who may log in is settled by pg_hba.conf, which is replaced below.
        login = ["--auth=reject"]
        if superuser:
            _write_own(password, superuser.password)
            login = ["--auth=scram-sha-256", f"--pwfile={password}"]
        command = [self._program("initdb"), "-D", str(folder), "-U", superuser.name if superuser else "rdsadmin"]
        try:
            _run([*command, *login, *options])
        finally:
            password.unlink(missing_ok=True)

    def _run_alone(self, folder, statements):
        """Runs statements in PostgreSQL's single-user mode, which needs no password and no connection."""
        settings = _options({"exit_on_error": "on", "log_min_error_statement": "panic"})
        command = [self._program("postgres"), "--single", "-D", str(folder), *settings, "postgres"]
        _run(command, "".join(f"{statement}\n" for statement in statements))

    def _program(self, name):
        return str(self._programs / "bin" / name)


def reachable(programs: Path, folder: Path) -> Path:
    """The programs, or where their user cannot enter their folder, a copy in `folder`."""
    if not _AS_ROOT or can_enter(programs / "bin"):
        return programs
    copy = folder / "programs"
    if not copy.exists():
        make_folder(folder)
        draft = folder / "programs-draft"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(programs, draft, symlinks=True)
        draft.rename(copy)
    return copy


def can_enter(folder: Path) -> bool:
    """True where PostgreSQL's user may pass through every folder on the way."""
    return not _AS_ROOT or all(one.stat().st_mode & 0o001 for one in (folder, *folder.parents))


def make_folder(folder: Path) -> None:
    """Makes a folder that PostgreSQL's user can pass through."""
    folder.mkdir(parents=True, exist_ok=True)
    if _AS_ROOT:
        folder.chmod(0o711)


def _make_own_folder(folder):
    make_folder(folder)
    folder.chmod(0o700)
    if _AS_ROOT:
        os.chown(folder, _UNPRIVILEGED, _UNPRIVILEGED)


def _write_own(file, text):
    file.touch(0o600)
    file.write_text(text)
    if _AS_ROOT:
        os.chown(file, _UNPRIVILEGED, _UNPRIVILEGED)


def _surroundings():
    # From a folder that its user cannot enter, PostgreSQL does not start.
    return {**_RUN_AS, "cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C"}, "stdin": subprocess.DEVNULL}


def _run(command, statements=None):
    inputs = {"stdin": subprocess.DEVNULL} if statements is None else {"input": statements}
    ended = subprocess.run(command, **{**_surroundings(), "stdin": None, **inputs}, capture_output=True, text=True)
    if ended.returncode != 0:
        raise ValueError(f"{Path(command[0]).name} failed: {ended.stderr.strip()[-2000:]}")


def _options(settings):
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _make_owner(owner):
    """As on RDS: the master user is not a superuser, and may make roles and databases."""
    name = _name(owner.name)
    return [
        "CREATE ROLE rds_superuser NOLOGIN",
        "GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION",
        f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE PASSWORD {_text(owner.password)}",
        f"GRANT rds_superuser TO {name}",
    ]


def _make_database(database, owner):
    return f"CREATE DATABASE {_name(database)} OWNER {_name(owner.name)}"


def _name(identifier):
    return '"' + identifier.replace('"', '""') + '"'


def _text(value):
    return "'" + value.replace("'", "''") + "'"


def main() -> None:
    programs, home, port = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), int(sys.argv[3])
    make_folder(home)
    if not can_enter(home):
        sys.exit(f"PostgreSQL runs as the user {_UNPRIVILEGED}, who cannot enter {home}: choose another folder.")
    password = home / "password"
    if not password.exists():
        password.touch(0o600)
        password.write_text(secrets.token_urlsafe(24))
    server = Server(reachable(programs, home), home / "server", port)
    server.prepare(superuser=Login(SUPERUSER, password.read_text()))
    command = server.command(Authority(home))
    os.chdir("/")
    if _AS_ROOT:
        os.setgroups([])
        os.setgid(_UNPRIVILEGED)
        os.setuid(_UNPRIVILEGED)
    # From here on this process is the server itself: its signals, its log (on standard output) and its end.
    os.dup2(1, 2)
    os.execve(command[0], command, {"PATH": os.defpath, "LC_ALL": "C"})


if __name__ == "__main__":
    main()
