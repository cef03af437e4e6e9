"""A disk without room, a small tmpfs: every operation says so, and nothing of it is half there."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.cli.desk import Desk, unmeasured
from tests.databases import administrator, unprivileged
from tests.faults.children import DONE, Said
from tests.faults.operations import (
    APPEND,
    EVENTS,
    IMPORT,
    MIGRATION,
    OPERATIONS,
    Files,
    Models,
    Operation,
    appended,
)
from tests.faults.server import Server, connect
from tests.faults.support import SLUG, SOURCE, left_out, said_in_one_sentence
from tests.tally import Tally
from tracker import Tracker, Unavailable


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of a few megabytes on *folder*."""
    folder.mkdir()
    options = f"size={megabytes}m,mode=0777"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        left_out(f"this user may not mount a tmpfs ({mounted.stderr.strip()})")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


@contextmanager
def filled(disk: Path, *, but: int) -> Iterator[None]:
    """A *disk* with no more than *but* bytes of room."""
    ballast = disk / "ballast"
    room = shutil.disk_usage(disk).free - but
    with ballast.open("wb") as file:
        file.write(bytes(max(0, room)))
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if shutil.which("mount") is None or os.geteuid() != 0:
        left_out("only root may mount a tmpfs")
    with small_disk(tmp_path / "small", 16) as found:
        yield found


def refused(where: str, line: list[str], **more: str) -> None:
    """The command ends with 6, and says in one sentence that there is no room."""
    ran = Desk(where).run(*line[4:], env=more)
    assert (ran.exit_code, ran.stdout) == (6, ""), ran.output
    assert re.search("room|no space|disk is full", said_in_one_sentence(ran.stderr))


ROOM = {
    "append": (0, 4096),
    "import": (0, 40_000),
    "rebuild": (0, 20_000),
    "migration": (0, 60_000),
    "backup": (0, 200_000),
    "restore": (0, 300_000),
}
"""How much room each has: none at all, and too little to end once it has begun."""


@pytest.mark.parametrize("much", [0, 1], ids=["no room", "some room"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_a_full_disk_and_a_file(
    files: Models, disk: Path, tally: Tally, operation: Operation, much: int
) -> None:
    """Exit code 6 and one sentence; all of it or nothing; and with room again it is done."""
    place = Files(disk)
    where, target = place.fresh(like=operation.start(files)), disk / "backup"
    line = operation.line(files, where, target)
    with filled(disk, but=ROOM[operation.name][much]):
        refused(where, line, SQLITE_TMPDIR=str(disk))
    assert not operation.done(files, where, target)
    assert sorted(path.name for path in disk.iterdir() if "partial" in path.name) == []
    Desk(where).done(*line[4:])
    assert operation.done(files, where, target)
    tally.add("disks full, SQLite")


@pytest.fixture(scope="module")
def tablespace(server: Server) -> Iterator[Path]:
    """Where a database of the server has little room; its own files are elsewhere."""
    user = unprivileged()
    if user is None:
        left_out("only root may mount a tmpfs")
    with small_disk(server.home / "small", 48) as found:
        os.chown(found, user.pw_uid, user.pw_gid)
        with administrator(server.home) as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{found}'".encode())
        yield found
        with administrator(server.home) as connection:
            # A checkpoint lets go of the files of databases that were dropped.
            connection.execute("CHECKPOINT")
            connection.execute("DROP TABLESPACE small")


@pytest.fixture
def database(server: Server, tablespace: Path) -> Iterator[Callable[[str | None], str]]:
    """Called with a database to copy, or with none, it makes one that has little room."""
    with ExitStack() as stack:

        def fresh(like: str | None) -> str:
            url = server.fresh(like=like, where="TABLESPACE small")
            stack.callback(server.drop, url)
            return url

        yield fresh
        (tablespace / "backup").unlink(missing_ok=True)


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each is not APPEND], ids=lambda each: each.name
)
def test_a_full_disk_and_a_server(
    on_server: Models,
    database: Callable[[str | None], str],
    tablespace: Path,
    tally: Tally,
    operation: Operation,
) -> None:
    """Exit code 6 and one sentence; all of it or nothing; and with room again it is done."""
    where = database(operation.start(on_server))
    target = tablespace / "backup"
    line = operation.line(on_server, where, target)
    with filled(tablespace, but=0):
        refused(where, line)
    # To a database in which nobody has been yet, the server must write before it lets anyone in.
    connect(where).close()
    with filled(tablespace, but=0):
        refused(where, line)
    assert not operation.done(on_server, where, target)
    assert list(tablespace.glob("*partial*")) == []
    Desk(where).done(*line[4:])
    assert operation.done(on_server, where, target)
    tally.add("disks full, PostgreSQL", 2)


def append_until_refused(log: Tracker, said: list[Said]) -> None:
    """Append more than there can be room for, and note what is acknowledged."""
    for number in range(5000):
        receipt = log.record(SLUG, "commented", on="2025-03", source=SOURCE, note=f"{number}")
        said.append((DONE, [(each.position, each.event_id) for each in receipt.events]))


def test_a_server_whose_disk_fills_up(
    on_server: Models,
    database: Callable[[str | None], str],
    tablespace: Path,
    tally: Tally,
) -> None:
    """What is appended before the disk is full stays, and what is not acknowledged is not there."""
    where = database(on_server.log)
    said: list[Said] = []
    connect(where).close()
    with filled(tablespace, but=0), Tracker.open(where, by="writer") as log:
        with pytest.raises(Unavailable, match="has no room left"):
            append_until_refused(log, said)
        assert log.head().position == EVENTS + 1 + len(said)
    assert appended(where, said, EVENTS + 1, {}) == EVENTS + 1 + len(said)
    Desk(where).done(*APPEND.line(on_server, where, tablespace)[4:])
    tally.add("disks full, PostgreSQL")


# --- a quota --------------------------------------------------------------------------------------


def no_larger_than(limit: int) -> Callable[[], None]:
    """What keeps a process from writing to a file beyond *limit* bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def test_a_file_that_may_not_grow(files: Models, tmp_path: Path, tally: Tally) -> None:
    """What the system does not let be written is not half written, nor is a log half begun."""
    place = Files(tmp_path)
    for operation, limit in ((APPEND, 4096), (IMPORT, 4096), (MIGRATION, 50_000)):
        where = place.fresh(like=operation.start(files))
        line = operation.line(files, where, tmp_path)
        ran = Desk(where).apart(*line[4:], env=unmeasured(), preexec_fn=no_larger_than(limit))
        assert (ran.returncode, ran.stdout) == (6, ""), ran.stderr
        assert "room" in said_in_one_sentence(ran.stderr)
        assert not operation.done(files, where, tmp_path)
        if operation is MIGRATION:
            assert not Path(where).exists(), "a log that could not be begun is left behind"
        Desk(where).done(*line[4:])
        assert operation.done(files, where, tmp_path)
        tally.add("files that may not grow, SQLite")
