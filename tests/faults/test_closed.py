"""Logs that may only be read, and logs that others hold: one sentence, and nothing changes."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.cli.desk import Desk, unmeasured
from tests.faults.operations import (
    APPEND,
    BACKUP,
    IMPORT,
    MIGRATION,
    OPERATIONS,
    REBUILD,
    RESTORE,
    Files,
    Models,
    Operation,
)
from tests.faults.server import Server, connect
from tests.faults.support import left_out, said_in_one_sentence
from tests.tally import Tally
from tracker.store import migrate
from tracker.store.engine import create_file, parse_url

QUICK = {"TRACKER_LOCK_TIMEOUT": "0.2"}
WRITES = (APPEND, IMPORT, REBUILD)


def like_anybody() -> None:
    """Give up, for good, root's power to write where it may not: it stays root to read."""
    if os.geteuid() == 0:
        drop, override, read_search = 24, 1, 2  # PR_CAPBSET_DROP, CAP_DAC_…
        system = ctypes.CDLL(None)
        system.prctl(drop, override, 0, 0, 0)
        system.prctl(drop, read_search, 0, 0, 0)


@pytest.fixture
def kept_out(tmp_path: Path) -> Callable[[], None]:
    file = tmp_path / "kept"
    file.touch(0o400)
    tried = subprocess.run(["test", "-w", file], check=False, preexec_fn=like_anybody)
    if tried.returncode == 0:
        left_out("this user may write everywhere, whatever the file says")
    return like_anybody


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that may be closed: it is open again at the end, with all that is in it."""
    made = tmp_path / "desk"
    made.mkdir()
    yield made
    made.chmod(0o700)
    for file in made.iterdir():
        file.chmod(0o600)


def refused(where: str, line: list[str], preexec_fn: Callable[[], None]) -> str:
    ran = Desk(where).apart(*line[4:], preexec_fn=preexec_fn, env=unmeasured())
    assert (ran.returncode, ran.stdout) == (6, ""), (line, ran.stdout, ran.stderr)
    return said_in_one_sentence(ran.stderr)


# --- read-only ------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", ["file", "folder", "both"])
@pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.name)
def test_a_log_that_may_only_be_read(
    files: Models,
    folder: Path,
    kept_out: Callable[[], None],
    tally: Tally,
    operation: Operation,
    read_only: str,
) -> None:
    """A file or a folder without the right to write ends with 6, and stays as it is."""
    where = Files(folder).fresh(like=operation.start(files))
    file = Path(where)
    before = file.read_bytes()
    if read_only != "folder":
        file.chmod(0o400)
    if read_only != "file":
        folder.chmod(0o500)
    sentence = refused(where, operation.line(files, where, folder / "backup"), kept_out)
    assert "--db" in sentence or "may write" in sentence
    assert file.read_bytes() == before
    folder.chmod(0o700)
    assert not operation.done(files, where, folder / "backup")
    tally.add("read-only files and folders, SQLite")


@pytest.mark.parametrize("operation", [MIGRATION, RESTORE, BACKUP], ids=lambda each: each.name)
def test_a_folder_in_which_nothing_can_be_made(
    files: Models, folder: Path, kept_out: Callable[[], None], tally: Tally, operation: Operation
) -> None:
    """The sentence says which file could not be made, and that another place may be chosen."""
    folder.chmod(0o500)
    where = str(folder / "log.db") if operation is not BACKUP else files.log
    sentence = refused(where, operation.line(files, where, folder / "backup"), kept_out)
    assert "permission denied; choose another place" in sentence
    assert list(folder.iterdir()) == []
    tally.add("read-only files and folders, SQLite")


@pytest.mark.parametrize("operation", [*WRITES, RESTORE, MIGRATION], ids=lambda each: each.name)
def test_a_role_that_may_only_read(
    server: Server, on_server: Models, tmp_path: Path, tally: Tally, operation: Operation
) -> None:
    """Exit code 6 and the grant that is missing, whatever it is that would have been written."""
    where = operation.begun(on_server)
    if operation is RESTORE:
        Desk(where).done("db", "upgrade")
    role = f"reader_{make_url(where).database}"
    with connect(where) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
    url = make_url(where).set(username=role).render_as_string(hide_password=False)
    line = operation.line(on_server, where, tmp_path / "backup")
    found = Desk(url).run(*line[4:])
    assert (found.exit_code, found.stdout) == (6, ""), found.output
    assert "tracker db grant" in said_in_one_sentence(found.stderr)
    assert not operation.done(on_server, where, tmp_path / "backup")
    with connect(where) as connection:
        connection.execute(f"DROP OWNED BY {role}".encode())
        connection.execute(f"DROP ROLE {role}".encode())
    on_server.place.drop(where)
    tally.add("roles that may only read, PostgreSQL")


# --- locked ---------------------------------------------------------------------------------------


@contextmanager
def locked(where: str, statement: str) -> Iterator[None]:
    """Somebody else holds the lock of the log meanwhile, and does not let go."""
    if "://" in where:
        with connect(where) as other, other.transaction(force_rollback=True):
            other.execute(statement.encode())
            yield
        return
    with closing(sqlite3.connect(where, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_a_log_that_is_locked_for_longer_than_the_timeout(
    given: Models, tmp_path: Path, tally: Tally, operation: Operation
) -> None:
    """Whoever writes is told that somebody else does; a backup only reads, and is made."""
    where, target = operation.begun(given), tmp_path / "backup"
    if operation is RESTORE:
        Desk(where).done("db", "upgrade")
    elif operation is MIGRATION and "://" not in where:
        create_file(parse_url(where))
    line = operation.line(given, where, target)
    lock = "SELECT position FROM log_head FOR UPDATE"
    if operation is MIGRATION:
        lock = f"SELECT pg_advisory_xact_lock({migrate._LOCK})"
    with locked(where, lock):
        ran = Desk(where).run(*line[4:], env=QUICK)
        if operation is not BACKUP:
            assert (ran.exit_code, ran.stdout) == (6, ""), ran.output
            assert "is locked by another program; wait" in said_in_one_sentence(ran.stderr)
    if operation is not BACKUP:
        assert not operation.done(given, where, target)
        ran = Desk(where).run(*line[4:], env=QUICK)
    assert ran.exit_code == 0, ran.output
    assert operation.done(given, where, target)
    given.place.drop(where)
    kind = "PostgreSQL" if "://" in where else "SQLite"
    tally.add(f"locks held for too long, {kind}")
