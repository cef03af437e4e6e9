"""Keeping a log: what is verified, rebuilt, restored and backed up is the same log throughout."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.logs import LENGTH, STORY, contents, edit, long_story, opened, tampering
from tracker.application import keeping
from tracker.domain.checkpoint import Checkpoint
from tracker.errors import Damaged, Refused, Unavailable
from tracker.exchange.log_file import export_log
from tracker.projections.projection import stale
from tracker.store.engine import make_engine, parse_url
from tracker.store.event_log import reading, root_at
from tracker.store.schema import LOG_TABLES

SPOIL = "UPDATE fact_versions SET phase = 'elsewhere' WHERE position = 15"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with opened(database_url, STORY) as engine:
        yield engine


def exported(engine: Engine) -> list[str]:
    out = io.StringIO()
    with reading(engine) as connection:
        export_log(connection, out)
    return out.getvalue().splitlines(keepends=True)


def spoil(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(SPOIL)


# -- verify and rebuild ----------------------------------------------------------------------------


def test_verify_holds_the_log_and_its_projections(engine: Engine) -> None:
    """Everything of section 8, in one report."""
    with reading(engine) as connection:
        kept = Checkpoint("example.org/desk", 7, root_at(connection, 7))
    report = keeping.verify(engine, checkpoints=[kept])
    assert report.events == LENGTH
    assert report.checkpoints == (kept,)
    assert report.projections == ("initiatives", "lifecycles", "facts", "plans", "links")
    assert keeping.verify(engine, log_only=True).projections == ()


def test_a_damaged_projection_is_told_from_a_damaged_log(engine: Engine) -> None:
    """The one is mended by a rebuild; the other is not, and is said first."""
    spoil(engine)
    with pytest.raises(Damaged, match=r"^the log is sound, but .*: tracker rebuild$"):
        keeping.verify(engine)
    keeping.verify(engine, log_only=True)
    assert len(keeping.rebuild(engine, names=["facts"]).differences) == 1
    assert keeping.verify(engine).events == LENGTH
    spoil(engine)
    with tampering(engine) as connection:
        edit(connection, 5, type="opened")
    with pytest.raises(Damaged, match=r"^the log is damaged: event @5 "):
        keeping.verify(engine)


# -- restore ---------------------------------------------------------------------------------------


def test_a_restored_log_answers(
    engine: Engine, database_url: str, another_database: Callable[[str], str]
) -> None:
    """The read tables come with it, and are current."""
    lines = exported(engine)
    with opened(another_database(database_url)) as other:
        assert keeping.restore(other, lines) == LENGTH
        assert contents(other) == contents(engine)
        assert contents(other, *LOG_TABLES) == contents(engine, *LOG_TABLES)
        with other.connect() as connection:
            assert stale(connection) == []
        assert keeping.verify(other).root == keeping.verify(engine).root
        with pytest.raises(Refused, match="into an empty one only"):
            keeping.restore(other, lines)


def test_a_restore_that_fails_leaves_nothing(
    engine: Engine, database_url: str, another_database: Callable[[str], str]
) -> None:
    """All of it, or none of it."""
    lines = exported(engine)
    with opened(another_database(database_url)) as other:
        with pytest.raises(Refused, match=f"line {LENGTH - 1} "):
            keeping.restore(other, [*lines[:-2], lines[-1]])
        assert not any(contents(other).values())
        assert keeping.restore(other, lines) == LENGTH


def test_a_rehearsed_restore_says_what_one_would_and_keeps_nothing(
    engine: Engine, database_url: str, another_database: Callable[[str], str]
) -> None:
    """The same number and root, or the same refusal."""
    lines = exported(engine)
    with opened(another_database(database_url)) as other:
        assert keeping.rehearse_restore(other, lines) == (LENGTH, keeping.verify(engine).root)
        with pytest.raises(Refused, match=f"line {LENGTH - 1} "):
            keeping.rehearse_restore(other, [*lines[:-2], lines[-1]])
        assert not any(contents(other).values())


# -- backup ----------------------------------------------------------------------------------------


def test_a_backup_is_the_log(
    engine: Engine, database_url: str, tmp_path: Path, another_database: Callable[[str], str]
) -> None:
    """Of a file a file, to be used as it is; of a server's log its export, to be restored."""
    path = tmp_path / "kept" / "backup of the log?.db"
    path.parent.mkdir()
    assert keeping.backup(engine, parse_url(database_url), path) == LENGTH
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    if engine.dialect.name == "sqlite":
        copy = make_engine(parse_url(str(path)))
        assert keeping.verify(copy).root == keeping.verify(engine).root
        assert contents(copy) == contents(engine)
        copy.dispose()
        return
    with opened(another_database(database_url)) as other, path.open(encoding="utf-8") as lines:
        assert keeping.restore(other, lines) == LENGTH
        assert keeping.verify(other).root == keeping.verify(engine).root


def test_a_backup_of_a_long_log(sqlite_url: str, tmp_path: Path) -> None:
    """It is held against the hashes that are kept of long stretches."""
    with opened(sqlite_url, long_story(300)) as engine:
        done = keeping.backup(engine, parse_url(sqlite_url), tmp_path / "backup.db")
        assert done > 300


def test_a_backup_replaces_nothing(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """Not even a file that appears while it is being written."""
    path = tmp_path / "backup"
    path.write_text("precious")
    with pytest.raises(Refused, match="exists already, and a backup never replaces a file"):
        keeping.backup(engine, parse_url(database_url), path)
    path.unlink()
    with pytest.raises(Refused, match="exists already"), keeping._new_file(path):
        path.write_text("precious")
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir() if "partial" in p.name] == []


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full(
    engine: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, and no half of a backup."""
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="backup cannot be written: no space left on device; cho"):
        keeping.backup(engine, parse_url(database_url), tmp_path / "backup")
    assert [p.name for p in tmp_path.iterdir() if "backup" in p.name] == []


def test_a_folder_that_is_not_there(engine: Engine, database_url: str, tmp_path: Path) -> None:
    """One sentence."""
    with pytest.raises(Unavailable, match="cannot be written: no such file or directory; choose"):
        keeping.backup(engine, parse_url(database_url), tmp_path / "nowhere" / "backup")


def test_sqlite_that_cannot_write(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What SQLite says is passed on in the sentence."""

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(keeping, "_copy_database", fail)
    sentence = "cannot be written: database or disk is full"
    with opened(sqlite_url, STORY) as engine, pytest.raises(Unavailable, match=sentence):
        keeping.backup(engine, parse_url(sqlite_url), tmp_path / "backup")


def test_without_hard_links(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory stick has none, and does as well."""

    def no_link(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    with opened(sqlite_url, STORY) as engine:
        path = tmp_path / "backup"
        assert keeping.backup(engine, parse_url(sqlite_url), path) == LENGTH
        assert path.exists()
        with pytest.raises(Refused, match="exists already"), keeping._new_file(tmp_path / "new"):
            (tmp_path / "new").touch()


def test_a_copy_that_is_not_the_log(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that does not hold all of it never gets its name."""
    whole = keeping._copy_database

    def spoilt(statement: str) -> Callable[[Path, Path], None]:
        def copy(source: Path, target: Path) -> None:
            whole(source, target)
            connection = sqlite3.connect(target)
            connection.executescript(statement)
            connection.close()

        return copy

    with opened(sqlite_url, STORY) as engine:
        for statement, sentence in (
            ("DROP TRIGGER events_no_delete; DELETE FROM events WHERE position = 19", "hold all"),
            ("DROP TRIGGER events_no_update; UPDATE events SET leaf = zeroblob(32)", "hold all"),
        ):
            monkeypatch.setattr(keeping, "_copy_database", spoilt(statement))
            with pytest.raises(Damaged, match=sentence):
                keeping.backup(engine, parse_url(sqlite_url), tmp_path / "backup")
        monkeypatch.setattr(keeping, "_copy_database", whole)
        monkeypatch.setattr(keeping, "_database_root", lambda _: (LENGTH, b"\x00" * 32))
        with pytest.raises(Damaged, match=f"the root that the log has after {LENGTH} events"):
            keeping.backup(engine, parse_url(sqlite_url), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
