"""What every benchmark works on: the workload in a log of each kind, made once for a run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

import psycopg
from attrs import define, field, frozen
from sqlalchemy.engine import make_url

from tests.benchmarks import written
from tests.benchmarks.measure import Stopwatch
from tests.databases import SETTINGS, bundled_programs, run, start, system_programs
from tracker import Tracker

_T = TypeVar("_T")

DURABLE = {
    **SETTINGS,
    "fsync": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
}
"""As a server in use has it: what is acknowledged is on the disk."""


class Store(Protocol):
    """A kind of database that a log can be kept in."""

    @property
    def title(self) -> str:
        """What it is called in the table."""
        ...

    @property
    def stopwatch(self) -> Stopwatch:
        """Measures what is done with it, on both sides of a connection."""
        ...

    def url(self, name: str) -> str:
        """Where the database called *name* is, there or not."""
        ...

    def fresh(self, name: str) -> str:
        """The URL of an empty database called *name*, whatever was there before."""
        ...

    def settle(self, name: str) -> None:
        """Let the database do now what it would do in its own time."""
        ...


@frozen
class Files:
    """SQLite files in a folder."""

    folder: Path
    title: str = "SQLite"
    stopwatch: Stopwatch = field(factory=Stopwatch)

    def url(self, name: str) -> str:
        """The path of a file."""
        return str(self.folder / f"{name}.db")

    def fresh(self, name: str) -> str:
        """A file that does not exist."""
        for suffix in ("", "-wal", "-shm"):
            Path(self.url(name) + suffix).unlink(missing_ok=True)
        return self.url(name)

    def settle(self, name: str) -> None:
        """Nothing waits."""


@frozen
class Server:
    """Databases on a PostgreSQL server of our own, whose files are in *home*."""

    home: Path
    title: str = "PostgreSQL"

    @property
    def stopwatch(self) -> Stopwatch:
        """The server's own time counts too."""
        text = (self.home / "data" / "postmaster.pid").read_text(encoding="utf-8")
        return Stopwatch(int(text.split()[0]))

    def url(self, name: str) -> str:
        """A database on this server."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.home}"

    def fresh(self, name: str) -> str:
        """A database of that name without anything in it."""
        with connected(self.url("postgres")) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def settle(self, name: str) -> None:
        """What autovacuum would do sooner or later."""
        with connected(self.url(name)) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


def connected(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """The bare driver, each statement a transaction of its own."""
    parts = make_url(url)
    return psycopg.connect(
        host=str(parts.query["host"]), user="postgres", dbname=parts.database, autocommit=True
    )


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A durable server, stopped at the end: the bundled one, so that everybody has the same."""
    programs = bundled_programs() or system_programs()
    assert programs is not None, "no PostgreSQL is installed: install the extra 'dev'"
    home = folder / "server"
    start(programs, home, DURABLE)
    try:
        yield Server(home)
    finally:
        stop: list[str | Path] = [home / "programs" / "pg_ctl", "stop", "-m", "immediate"]
        run([*stop, "-D", home / "data"])


@define(slots=False)
class Desk:
    """The size of a run, its folder, and the logs in it, each made when first asked for."""

    events: int
    folder: Path
    stores: tuple[Store, ...]
    most_rounds: int = 5
    facts: int = 10_000_000
    _stack: ExitStack = field(factory=ExitStack)
    _made: dict[tuple[object, ...], Any] = field(factory=dict)

    def rounds(self, per_million: float, least: int = 3) -> int:
        """How often to do what takes about *per_million* seconds for a million events.

        As often as there is time for in 20 seconds, but *least* times, and *most_rounds* at most.
        """
        affordable = int(20 / max(per_million * self.events / 1e6, 0.001))
        return min(max(affordable, least), self.most_rounds)

    @cached_property
    def log_file(self) -> Path:
        """The export of the log."""
        return self.exported(self.events)

    def exported(self, events: int) -> Path:
        """The export of a log of so many events."""
        return self._file(f"log-{events}.jsonl", lambda: written.log_lines(events))

    def import_file(self, events: int | None = None) -> Path:
        """Rows to import."""
        size = self.events if events is None else events
        return self._file(f"rows-{size}.jsonl", lambda: written.rows(size))

    def log(self, store: Store, events: int | None = None) -> str:
        """The URL of a log in *store* that holds the workload, at its full size or another."""
        size = self.events if events is None else events

        def restored() -> str:
            name = f"log_{size}"
            url = store.fresh(name)
            tracker("--db", url, "-q", "restore", str(self.exported(size)))
            store.settle(name)
            return url

        return self.once(("log", store.title, size), restored)

    def opened(self, store: Store) -> Tracker:
        """That log, open until the end of the run."""

        def opened() -> Tracker:
            log = Tracker.open(self.log(store), by=written.BY)
            self._stack.callback(log.close)
            return log

        return self.once(("opened", store.title), opened)

    def once(self, key: tuple[object, ...], make: Callable[[], _T]) -> _T:
        """What *make* makes, the first time it is asked for."""
        if key not in self._made:
            self._made[key] = make()
        found: _T = self._made[key]
        return found

    def until_the_end(self, close: Callable[[], object]) -> None:
        """Call *close* when the run is over."""
        self._stack.callback(close)

    def _file(self, name: str, lines: Callable[[], Iterator[str]]) -> Path:
        path = self.folder / name
        if not path.exists():
            with path.open("w", encoding="utf-8") as out:
                out.writelines(lines())
        return path

    def close(self) -> None:
        """Let go of every log."""
        self._stack.close()


@contextmanager
def desk(
    events: int, *, postgresql: bool = True, most_rounds: int = 5, facts: int = 10_000_000
) -> Iterator[Desk]:
    """A desk in a folder of its own, gone with everything in it at the end."""
    with tempfile.TemporaryDirectory(prefix="tracker-benchmarks-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o711)  # PostgreSQL will not be root, and has to reach its own folder.
        stack.enter_context(_compiled(folder / "bytecode"))
        stores: list[Store] = [Files(folder)]
        if postgresql:
            stores.append(stack.enter_context(server(folder)))
        made = Desk(events, folder, tuple(stores), most_rounds, facts)
        stack.callback(made.close)
        yield made


@contextmanager
def _compiled(folder: Path) -> Iterator[None]:
    """Processes keep what they compile, as an installation has it, whatever is set elsewhere."""
    names = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    try:
        yield
    finally:
        del os.environ["PYTHONPYCACHEPREFIX"]
        os.environ.update(before)


def tracker(*words: str, env: dict[str, str] | None = None) -> None:
    """Run a command of tracker as a process of its own; what it prints is not looked at."""
    done = subprocess.run(
        [sys.executable, "-m", "tracker", *words],
        check=False,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0, f"tracker {' '.join(words)}\n{done.stderr}"
