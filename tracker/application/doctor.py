"""Examine a log and its surroundings: where it is, how large, and what is wrong.

Nothing is changed or created, and no password is ever shown.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

import tracker
from tracker import clock
from tracker.application.upgrading import peek
from tracker.domain.dates import format_instant
from tracker.errors import TrackerError
from tracker.projections.projection import stale
from tracker.store import event_log, migrate
from tracker.store.engine import parse_url, shown, translated
from tracker.store.grants import shared_in, shares_of, stale_functions, stale_views
from tracker.store.guards import missing_guards
from tracker.store.revision import REVISION
from tracker.store.rights import held_by_recorders
from tracker.store.roles import standing
from tracker.store.schema import LOG_TABLES, events, initiatives, metadata

LIBRARIES = (
    "sqlalchemy",
    "alembic",
    "attrs",
    "click",
    "msgspec",
    "rich",
    "psycopg",
    "cryptography",
)
NO_LOG = "there is none yet; begin with: tracker register …, or tracker demo"

# A network file system may grant a lock twice, and then rows are lost without an error.
_NETWORK = re.compile(
    r"nfs\d*|cifs|smb\d*|smbfs|afs|ncpfs|ceph|glusterfs|lustre|beegfs|gpfs|davfs|9p|"
    r"fuse\.(?!fuse-overlayfs|overlayfs|gocryptfs|encfs|ntfs|exfat|bindfs).+"
)
_PRAGMAS = ("journal_mode", "synchronous", "recursive_triggers", "foreign_keys", "busy_timeout")
_WORDS = {
    ("synchronous", "0"): "off",
    ("synchronous", "1"): "normal",
    ("synchronous", "2"): "full",
    ("synchronous", "3"): "extra",
    ("recursive_triggers", "0"): "off",
    ("recursive_triggers", "1"): "on",
    ("foreign_keys", "0"): "off",
    ("foreign_keys", "1"): "on",
}
_SERVER = ("server_encoding", "TimeZone", "lock_timeout", "synchronous_commit", "fsync")


@frozen
class Check:
    """The result of one check: what was found and, where that is wrong, how to mend it."""

    section: str
    name: str
    value: str | int | None
    fault: str | None = None
    mend: str | None = None


def examine(where: str, *, named_by: str, mounts: Path = Path("/proc/mounts")) -> list[Check]:
    """Return all checks of the log at *where*; *named_by* says which option or setting named it."""
    url = parse_url(where)
    name = shown(url)
    checks = [Check("log", "where", name), Check("log", "named by", named_by)]
    backend = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[url.get_backend_name()]
    checks.append(Check("log", "backend", backend))
    try:
        with translated(url), peek(url) as engine:
            if engine is None:
                checks.append(Check("log", "state", NO_LOG))
            else:
                with event_log.reading(engine) as connection:
                    checks += _log(connection, name)
    except TrackerError as error:
        checks.append(Check("log", "state", "unusable", str(error), _mend_of(str(error), where)))
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database)).absolute()
        checks += [*_files(path), *_place(path, mounts)]
    return [*checks, *_program()]


def _log(connection: Connection, name: str) -> Iterator[Check]:
    yield from _server(connection)
    found = migrate.state(connection)
    revision = migrate.revision(connection)
    if found == "empty":
        yield Check("log", "state", NO_LOG)
        return
    try:
        migrate.check_state(found, name)
    except TrackerError as error:
        mend = {"older": "tracker db upgrade", "newer": "pip install -U initiative-tracker"}
        yield Check("log", "schema", revision, str(error), mend.get(found))
        return
    yield Check("log", "schema", f"{revision}, as this program has it")
    yield from _sound(connection)


def _sound(connection: Connection) -> Iterator[Check]:
    """Yield the checks of a log that this program can read."""
    gone = _missing_tables(connection)
    if gone:
        yield _incomplete(gone)
        return
    head = event_log.head(connection)
    yield Check("log", "events", head.position)
    known = sa.select(sa.func.count(initiatives.c.initiative.distinct()))
    yield Check("log", "initiatives", connection.execute(known).scalar_one())
    counted = connection.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
    if counted != head.position:
        told = f"the head says {head.position} events, and {counted} are there"
        yield Check("log", "head", f"@{head.position}", told, "tracker verify")
    if head.recorded_at is not None:
        yield _clock(head)
    missing = missing_guards(connection)
    yield Check(
        "log",
        "guards",
        f"{', '.join(missing)} missing" if missing else "all there",
        "the database does not refuse changes of the log" if missing else None,
        "tracker db upgrade" if missing else None,
    )
    yield from _sharing(connection)
    behind = stale(connection)
    yield Check(
        "log",
        "read tables",
        f"{', '.join(behind)} stale" if behind else "current",
        "answers would not be those of the log" if behind else None,
        "tracker rebuild" if behind else None,
    )


def _incomplete(gone: Sequence[str]) -> Check:
    """Return the check of a log without some of its tables; what can be read of it is the way out.

    From the events alone everything else can be made, in a new database.
    """
    fault = f"the log lacks tables that it was made with ({', '.join(gone)})"
    if set(gone) & {table.name for table in LOG_TABLES}:
        way_out = "tracker --db NEW restore EXPORT"
    else:
        way_out = "tracker export EXPORT --format log && tracker --db NEW restore EXPORT"
    return Check("log", "tables", f"{len(gone)} missing", fault, way_out)


def _missing_tables(connection: Connection) -> list[str]:
    """Return the names of the tables of a log that are not there."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE name = :name"
    else:
        query = "SELECT to_regclass(:name)"
    found = sa.text(query)
    return [
        name
        for name in metadata.tables
        if connection.execute(found, {"name": name}).scalar() is None
    ]


def _sharing(connection: Connection) -> Iterator[Check]:
    """Yield the checks of how a log on PostgreSQL is shared."""
    if connection.dialect.name == "sqlite":
        return
    found = standing(connection)
    may = "its owner" if found.owns else {"write": "writer", "record": "recorder"}.get(found.may)
    yield Check("log", "you are", f"{found.role} ({may or 'reader'})")
    shares = ", ".join(f"{role} ({share})" for role, share in shares_of(connection))
    yield Check("log", "shared with", shares or "nobody")
    if shared_in(connection) is None:
        return
    yield _way(
        "functions",
        stale_functions(connection),
        "recorders append through functions that are missing or other than this program's",
    )
    yield _way(
        "views",
        stale_views(connection),
        "recorders read through views that are missing or other than this program's",
    )
    holding = sorted({each.role for each in held_by_recorders(connection)})
    yield Check(
        "log",
        "tables",
        f"open to {', '.join(holding)}" if holding else "closed to recorders",
        "a recorder holds rights on the tables, and is to have none" if holding else None,
        f"tracker db grant {shlex.quote(holding[0])} --recorder" if holding else None,
    )


def _way(name: str, wrong: Sequence[str], fault: str) -> Check:
    """Return the check of the functions or the views of a shared log, with what is *wrong*."""
    return Check(
        "log",
        name,
        f"{', '.join(wrong)} not this program's" if wrong else "all there",
        fault if wrong else None,
        "tracker db upgrade" if wrong else None,
    )


def _clock(head: event_log.Head) -> Check:
    assert head.recorded_at is not None  # noqa: S101 -- the caller looked
    now = clock.now()
    behind = head.recorded_at > now
    return Check(
        "log",
        "last recorded",
        format_instant(head.recorded_at),
        f"this clock says {format_instant(now)}, which is before that" if behind else None,
        "timedatectl set-ntp true" if behind else None,
    )


def _server(connection: Connection) -> Iterator[Check]:
    ask: Callable[[str], sa.CursorResult[tuple[object, ...]]] = connection.exec_driver_sql
    if connection.dialect.name == "sqlite":
        for pragma in _PRAGMAS:
            value = str(ask(f"PRAGMA {pragma}").scalar())
            yield _setting(pragma, _WORDS.get((pragma, value), value), connection)
        return
    yield Check("program", "server", str(ask("SHOW server_version").scalar()))
    for setting in _SERVER:
        yield Check("settings", setting, str(ask(f"SHOW {setting}").scalar()))
    size = ask("SELECT pg_database_size(current_database())").scalar()
    yield Check("size", "database", _bytes(int(str(size))))


def _setting(pragma: str, value: str, connection: Connection) -> Check:
    if pragma != "journal_mode" or value == "wal":
        return Check("settings", pragma, value)
    file = shlex.quote(str(connection.engine.url.database))
    told = "readers and writers wait for each other without the write-ahead log"
    return Check("settings", pragma, value, told, f"sqlite3 {file} 'PRAGMA journal_mode=WAL'")


def _files(path: Path) -> Iterator[Check]:
    """How large the files of a SQLite log are, and who may read them."""
    for name, suffix in (("file", ""), ("write-ahead log", "-wal")):
        file = Path(f"{path}{suffix}")
        try:
            found = file.stat()
        except OSError:
            continue
        yield Check("size", name, _bytes(found.st_size))
        mode = stat.S_IMODE(found.st_mode)
        if os.name == "posix":
            is_open = bool(mode & (stat.S_IROTH | stat.S_IWOTH))
            yield Check(
                "place",
                f"permissions of the {name}",
                f"{mode:04o}",
                "every user of this machine can read it" if is_open else None,
                f"chmod o= {shlex.quote(str(file))}" if is_open else None,
            )


def _place(path: Path, mounts: Path) -> Iterator[Check]:
    kind = filesystem_of(path, mounts)
    if kind is None:
        return
    is_far = _NETWORK.fullmatch(kind) is not None
    yield Check(
        "place",
        "file system",
        kind,
        "over a network two programs may be granted one lock, and events are lost"
        if is_far
        else None,
        "tracker backup FILE, to a disk of this machine; then name that with --db"
        if is_far
        else None,
    )


def filesystem_of(path: Path, mounts: Path) -> str | None:
    """Return the type of the file system that *path* is on, or will be; None if unknown."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place = Path(os.path.realpath(path))  # which a link to itself does not stop
    best: tuple[int, str] | None = None
    for line in lines:
        _, point, kind, *_ = [*line.split(" "), "", "", ""]
        mounted = Path(re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), point))
        # What is mounted last over a place hides what was there before.
        if place.is_relative_to(mounted) and (best is None or len(mounted.parts) >= best[0]):
            best = len(mounted.parts), kind
    return best[1] if best else None


def _program() -> Iterator[Check]:
    yield Check("program", "tracker", tracker.__version__)
    yield Check("program", "revision", REVISION)
    yield Check("program", "python", platform.python_version())
    yield Check("program", "system", platform.platform(terse=True))
    yield Check("program", "sqlite", sqlite3.sqlite_version)
    for library in LIBRARIES:
        try:
            yield Check("program", library, version(library))
        except PackageNotFoundError:
            yield Check("program", library, None)


def _mend_of(sentence: str, where: str) -> str | None:
    if "is damaged" in sentence:
        return "tracker verify"
    if "cannot be written" in sentence or "cannot be opened" in sentence:
        return f"ls -l {shlex.quote(where)}" if "://" not in where else None
    return None


def faults(checks: Sequence[Check]) -> list[Check]:
    """Return the checks that found something wrong."""
    return [check for check in checks if check.fault is not None]


def _bytes(size: int) -> str:
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
