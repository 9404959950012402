"""A PostgreSQL server of its own, from the system's packages: started for the tests, in a folder of theirs."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from mailer.ledger.postgresql.tables import TABLES
from mailer.settings.database import Database

_NUMBERS = count(1)
_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=150",
    "autovacuum=off",
    "jit=off",
    "shared_buffers=32MB",
)
TEMPLATE = "mailer_template"


def binaries() -> Path | None:
    """Where initdb and pg_ctl are: in the path, else where Debian has them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda place: int(place.parts[-3]))
    return places[-1].parent if places else None


class Server:
    """A server that is reached by a socket in its folder; superuser ``postgres``, everybody is trusted."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self._programs = folder, programs
        self.data = folder / "data"
        self.shared = "mailer_shared"
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = next(user.pw_name for user in pwd.getpwall() if user.pw_name in ("postgres", "nobody"))
            self._user = {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}
            shutil.chown(folder, name)
        folder.chmod(0o755)
        self._program(
            "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8"
        )
        rules = self.data / "pg_hba.conf"
        # One role needs a password.
        rules.write_text(f"local all locked scram-sha-256\n{rules.read_text()}")

    def _program(self, name: str, *words: object) -> subprocess.CompletedProcess[bytes]:
        command = [str(self._programs / name), *map(str, words)]
        return subprocess.run(command, check=True, capture_output=True, cwd=self.folder, timeout=120, **self._user)

    def start(self, *settings: str) -> None:
        """Start it, and wait until it answers."""
        words = " ".join(f"-c {one}" for one in (*_SETTINGS, f"unix_socket_directories={self.folder}", *settings))
        log = self.folder / "log"
        self._program("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", words, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it; ``immediate`` is a crash."""
        self._program("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def url(self, database: str, role: str = "jo") -> str:
        """The address of a database."""
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def place(self, database: str, role: str = "jo", owner: str = "", folder: Path | None = None) -> Database:
        """The same as the settings have it."""
        return Database(self.url(database, role), owner, folder or self.folder)

    @contextmanager
    def raw(self, database: str, role: str = "postgres") -> Iterator[Any]:
        """A connection that knows nothing of mailer."""
        import psycopg

        with closing(psycopg.connect(self.url(database, role), autocommit=True)) as connection:
            yield connection

    def make(self, database: str = "", template: str = TEMPLATE) -> str:
        """A new database with a ledger in it; its name."""
        name = database or f"ledger{next(_NUMBERS)}"
        with self.raw("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def empty(self, database: str) -> None:
        """Take out every row, and begin to count anew: quicker than a new database."""
        with self.raw(database) as connection:
            tables = ", ".join(f"mailer.{name}" for name in (*TABLES, "owners"))
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")

    def drop(self, database: str) -> None:
        """Take it away, whoever is connected."""
        with self.raw("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@contextmanager
def running(*settings: str) -> Iterator[Server]:
    """A server with roles ``jo`` and ``ann``, and a template that has a ledger; skipped where there is none."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    from mailer.ledger.postgresql.setup import init

    folder = Path(tempfile.mkdtemp(prefix="mailer-pg-", dir="/tmp"))
    server = Server(folder, programs)
    server.start(*settings)
    try:
        with server.raw("postgres") as connection:
            for role in ("jo", "ann"):
                connection.execute(f"CREATE ROLE {role} LOGIN")
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        init(server.place(TEMPLATE, "postgres"), ["jo", "ann"])
        server.make(server.shared)
        yield server
    finally:
        if (server.data / "postmaster.pid").exists():
            server.stop("immediate")
        shutil.rmtree(folder)
