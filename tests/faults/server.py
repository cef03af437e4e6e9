"""A PostgreSQL server of one's own, as safe as one that is in use, to be killed and restarted."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from attrs import frozen
from sqlalchemy.engine import make_url

from tests.databases import SETTINGS, administrator, is_listening, launch, run, start
from tests.faults.support import PATIENCE_SECONDS

# What makes it survive: everything else may stay as the other tests have it.
SAFE = {
    **SETTINGS,
    "fsync": "on",
    "full_page_writes": "on",
    "log_min_messages": "warning",
    "synchronous_commit": "on",
}


@frozen
class Server:
    """One server in a folder of the run, and the databases that were made on it."""

    home: Path

    def url(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    def fresh(self, like: str | None = None, *, where: str = "") -> str:
        """A new database: empty, or a copy of the one at the URL *like*."""
        name = f"fault_{uuid.uuid4().hex[:12]}"
        template = f"TEMPLATE {make_url(like).database}" if like else ""
        with administrator(self.home) as connection:
            connection.execute(f"CREATE DATABASE {name} {template} {where}".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database; whoever is still connected is thrown out."""
        with administrator(self.home) as connection:
            connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)".encode())

    def kill(self) -> int:
        """Kill every process of the server at once, as a crash does; how many there were."""
        postmaster = int((self.home / "data" / "postmaster.pid").read_text().split()[0])
        # Held still meanwhile, so that no further process is begun.
        os.kill(postmaster, signal.SIGSTOP)
        family = [*_children(postmaster), postmaster]
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE_SECONDS
        while any(map(_is_alive, family)):
            assert time.monotonic() < until, "a killed server goes on"
            time.sleep(0.005)
        # Where nobody collects the dead, the postmaster's number is still taken, and the next one
        # would believe that it lives: an administrator takes the files away then, and so do we.
        (self.home / "data" / "postmaster.pid").unlink()
        (self.home / ".s.PGSQL.5432.lock").unlink()
        return len(family)

    def launch(self) -> None:
        """Start it again, and wait until it has recovered."""
        try:
            launch(self.home)
        except RuntimeError as error:
            error.add_note((self.home / "log").read_text(encoding="utf-8")[-2000:])
            raise

    def stop(self, mode: str = "fast") -> None:
        """Stop it as an administrator does."""
        control = self.home / "programs" / "pg_ctl"
        run([control, "stop", "-w", "-t", "60", "-m", mode, "-D", self.home / "data"])

    def sessions(self, url: str) -> int:
        """How many clients a database has, but for the one that asks."""
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        )
        with administrator(self.home) as connection:
            found = connection.execute(query, [make_url(url).database]).fetchone()
        return int(found[0]) if found else 0

    def cut(self, url: str) -> int:
        """Cut the connection of every client of a database; how many there were."""
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()"
        )
        with administrator(self.home) as connection:
            return len(connection.execute(query, [make_url(url).database]).fetchall())

    def wait_until_alone(self, url: str) -> None:
        """Until the server has noticed that those who were connected are gone."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.sessions(url):
            assert time.monotonic() < until, "somebody stays connected"
            time.sleep(0.02)


@contextmanager
def running(programs: Path | None, name: str) -> Iterator[Server]:
    """A server made of *programs*, gone with all its files at the end."""
    assert programs is not None, f"the PostgreSQL server {name!r} is not installed"
    home = Path(os.environ["TRACKER_TEST_SERVERS"]) / f"{name}-{uuid.uuid4().hex[:8]}"
    server = Server(home)
    try:
        start(programs, home, SAFE)
        yield server
    finally:
        if is_listening(home):
            server.stop("immediate")


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A plain connection to a database, which commits each statement."""
    parts = make_url(url)
    return administrator(Path(str(parts.query["host"])), str(parts.database))


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(after_name[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
