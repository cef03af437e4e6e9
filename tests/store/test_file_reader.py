"""A SQLite log is read without SQLAlchemy as it is with it, and fails in the same sentences."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tracker import Tracker
from tracker.errors import CalledWrongly, Damaged, NotFound, Refused, Unavailable
from tracker.store.file_reader import is_current, path_of, reading_file
from tracker.store.reading import first, rows, streamed

SECONDS = 0.2


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A log with one initiative."""
    path = tmp_path / "a desk%20#1?.db"
    with Tracker.open(str(path), by="mira", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
    return path


def test_a_list_stands_for_its_values(desk: Path) -> None:
    """``IN :name`` is one place for each value, beside parameters that are one value."""
    query = "SELECT position FROM events WHERE position IN :many AND position > :least"
    with reading_file(desk, SECONDS) as reader:
        assert rows(reader, query, {"many": [1, 2, 3], "least": 1}) == [(2,)]
        assert rows(reader, query, {"many": [], "least": 0}) == []
        assert first(reader, query, {"many": [7], "least": 0}) is None


def test_lists_of_any_length_stand_in_one_question(desk: Path) -> None:
    """Each has its own values, however often and with however many it was asked before."""
    query = "SELECT :a IN :many, :a IN :many_more, :many_0"
    with reading_file(desk, SECONDS) as reader:
        for many, more in (([1], [1, 2]), ([1, 2], [1]), ([], [2]), ([2], []), ([1], [1, 2])):
            asked = {"many": many, "many_more": more, "a": 2, "many_0": "b"}
            given = {name: each for name, each in asked.items() if name != "many_0"}
            assert rows(reader, query.replace(", :many_0", ""), given) == [(2 in many, 2 in more)]
            assert asked == {"many": many, "many_more": more, "a": 2, "many_0": "b"}


def test_what_is_streamed_is_what_is_found(desk: Path) -> None:
    """Row by row, of the same question."""
    query = "SELECT position, kind FROM events WHERE position IN :many AND position > :least"
    with reading_file(desk, SECONDS) as reader:
        found = streamed(reader, query, {"many": [1, 2, 3], "least": 0})
        assert next(found) == (1, "lifecycle-adopted")
        assert list(found) == [(2, "initiative-registered")]
        assert list(reader.streamed(query, {"many": [], "least": 0})) == []


def test_one_state_is_seen_throughout(desk: Path) -> None:
    """What is recorded meanwhile belongs to the next question."""
    count = "SELECT count(*) FROM events"
    with reading_file(desk, SECONDS) as reader:
        before = first(reader, count, {})
        with Tracker.open(str(desk), by="mira") as log:
            log.register("su-57", title="Su-57", lifecycle="co-production")
        assert first(reader, count, {}) == before
    with reading_file(desk, SECONDS) as reader:
        assert first(reader, count, {}) != before


def test_every_statement_is_told(desk: Path) -> None:
    """Those of a question, and not what opens and ends it."""
    told: list[str] = []
    with reading_file(desk, SECONDS, told.append) as reader:
        rows(reader, "SELECT 1 + :one", {"one": 1})
    assert told == ["SELECT 1 + 1"]


def test_a_file_is_opened_as_it_is_said(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a URI, which not every SQLite reads unasked; and no transaction is begun for us."""
    given: list[tuple[object, dict[str, object]]] = []
    connect = sqlite3.connect

    def watched(address: str, **settings: Any) -> Any:
        given.append((address, settings))
        return connect(address, **settings)

    monkeypatch.setattr(sqlite3, "connect", watched)
    with reading_file(desk, SECONDS):
        pass
    address = f"{desk.as_uri()}?mode=rw"
    assert given == [(address, {"uri": True, "timeout": SECONDS, "isolation_level": None})]


def test_a_question_makes_no_file(tmp_path: Path) -> None:
    """What was taken away between two questions stays away."""
    path = tmp_path / "gone.db"
    with pytest.raises(Unavailable, match="cannot be opened"), reading_file(path, SECONDS):
        pass
    assert not path.exists()


def test_what_is_no_log_is_left_to_whoever_opens_it(desk: Path, tmp_path: Path) -> None:
    """Nothing there, a folder, no database, and the log of another release are not current."""
    other = tmp_path / "text.db"
    other.write_text("no database at all, and long enough to be taken for one " * 20)
    for path in (tmp_path / "nothing.db", tmp_path, other):
        assert not is_current(path, SECONDS)
    assert is_current(desk, SECONDS)
    with closing(sqlite3.connect(desk, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert not is_current(desk, SECONDS)
    with pytest.raises(Unavailable, match="newer tracker"):
        Tracker.open(str(desk))
    with pytest.raises(NotFound, match="there is no log at"):
        Tracker.open(str(tmp_path / "nothing.db"))


def test_a_locked_file_is_waited_for_once(desk: Path) -> None:
    """The sentence is the one that a writer gets."""
    with closing(sqlite3.connect(desk, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable) as locked:
            is_current(desk, SECONDS)
        assert str(locked.value) == (
            f"the database {desk} is locked by another program; wait for it, or end it, and repeat"
        )
        with pytest.raises(Unavailable, match="is locked by another program"):
            Tracker.open(str(desk), lock_timeout_seconds=SECONDS)
        with (
            pytest.raises(Unavailable, match="is locked by another program"),
            reading_file(desk, SECONDS) as reader,
        ):
            rows(reader, "SELECT * FROM events", {})


def test_a_damaged_file_is_told_from_one_that_cannot_be_had(desk: Path) -> None:
    """Exit 7, with the way to a backup."""
    with closing(sqlite3.connect(desk)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(desk.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    desk.write_bytes(content)
    with pytest.raises(Damaged) as damaged, reading_file(desk, 1) as reader:
        rows(reader, "SELECT * FROM events", {})
    assert str(damaged.value) == (
        f"the database {desk} is damaged; restore it from a backup or an export, and see tracker "
        "verify"
    )


def test_half_of_a_character_is_refused(desk: Path) -> None:
    """A name that no database keeps is not looked for."""
    with (
        Tracker.open(str(desk)) as log,
        pytest.raises(Refused, match="holds half of a character"),
    ):
        log.status("il-\ud800")


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "host=db.example password=secret"])
def test_what_is_no_path_and_no_url_is_refused(text: str) -> None:
    """And a password in it is not repeated."""
    with pytest.raises(CalledWrongly) as caught:
        path_of(text)
    assert "secret" not in str(caught.value)
