"""Deleted texts leave no bytes in the files of the database, or whoever erased is told so."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from tests.logs import LENGTH, STORY, opened
from tracker import Source, Tracker, Unavailable
from tracker.application import keeping
from tracker.store import erasing
from tracker.store.event_log import reading

MARK = "Zyxwvut-Petrowa-"
WHY = "personal"


def secret(number: int, length: int = 40) -> str:
    """A text that is like no other, and hard to compress."""
    digits = "".join(f"{(number * 7919 + n * 104729) % 1_000_003:x}" for n in range(length // 4))
    return f"{MARK}{number:04}-{digits}"


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """Many developments with notes and quotes, short ones and such as need pages of their own."""
    with Tracker.open(database_url, by="mira", create=True, lock_timeout_seconds=0.5) as opened:
        opened.register("il-1", title="Il-1", lifecycle="co-production")
        for number in range(60):
            length = 6000 if number % 20 == 7 else 40 + number
            opened.record(
                "il-1",
                "commented",
                on="2020",
                source=Source(document="s", quote=secret(number, length)),
                note=secret(1000 + number, length),
            )
        yield opened


def erase(log: Tracker, number: int) -> None:
    for field in ("note", "quote"):
        log.erase(f"il-1#{number + 2}", field=field, reason=WHY)


def on_disk(engine: Engine) -> bytes:
    """All bytes that the database has of the texts: the files, or those of the table."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        names = [path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-journal")]
        return b"".join(name.read_bytes() for name in names if name.exists())
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        toast = "(SELECT reltoastrelid FROM pg_class WHERE oid = 'disclosures'::regclass)"
        files = [
            connection.exec_driver_sql(f"SELECT pg_read_binary_file(pg_relation_filepath({each}))")
            for each in ("'disclosures'::regclass", toast)
        ]
        return b"".join(bytes(found.scalar_one()) for found in files)


def marks(data: bytes) -> set[int]:
    """The numbers of the texts of which there is any trace."""
    parts = data.split(MARK.encode())[1:]
    return {int(part[:4]) for part in parts}


EVERY = set(range(60)) | set(range(1000, 1060))


def test_the_bytes_of_an_erased_text_are_gone(log: Tracker, tmp_path: Path) -> None:
    """From the file, its write-ahead log and a backup made afterwards; the others are there."""
    assert marks(on_disk(log.engine)) == EVERY  # the check itself can fail
    for number in (3, 7, 59):
        erase(log, number)
    left = EVERY - {3, 7, 59, 1003, 1007, 1059}
    assert marks(on_disk(log.engine)) == left
    keeping.backup(log.engine, log.log.url, tmp_path / "copy")
    assert marks((tmp_path / "copy").read_bytes()) == left


def test_a_row_that_is_only_deleted_leaves_its_bytes(log: Tracker) -> None:
    """What the rewriting is for: to delete is not to overwrite."""
    with log.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=OFF")
        connection.exec_driver_sql("DELETE FROM disclosures WHERE position = 10")
    assert {7, 1007} <= marks(on_disk(log.engine))
    erasing.overwrite_deleted(log.engine)
    assert marks(on_disk(log.engine)) == EVERY - {7, 1007}


def test_the_versions_of_a_fact_are_looked_up(sqlite_url: str) -> None:
    """Among the events of its initiative, by an index: a log may be long."""
    asked: list[tuple[str, tuple[object, ...]]] = []
    with opened(sqlite_url, STORY) as engine, engine.begin() as connection:
        sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        assert erasing.delete_texts(connection, 5, "note", LENGTH + 1) == 2
        statement, given = next(each for each in asked if each[0].startswith("SELECT"))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all()
    assert any("(initiative=?)" in step for *_, step in plan)


def test_pages_that_were_split_keep_no_copy(sqlite_url: str) -> None:
    """What an older program, with no secure_delete, left in the unused part of pages goes too."""
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        log.register("il-1", title="Il-1", lifecycle="co-production")
        for number in range(3):
            log.record("il-1", "commented", on="2020", source="s", note=secret(number))
        with closing(sqlite3.connect(str(make_url(sqlite_url).database))) as other:
            other.execute("PRAGMA secure_delete=OFF")
            # Between the others and before them, so that their page is split again and again.
            rows = [(n * 7 % 400 - 200, f"x{n}", b"s", "y" * 90) for n in range(400)]
            other.executemany("INSERT INTO disclosures VALUES (?, ?, ?, ?)", rows)
            other.execute("DELETE FROM disclosures WHERE field LIKE 'x%'")
            other.commit()
        log.erase("il-1#3", field="note", reason=WHY)
        assert marks(on_disk(log.engine)) == {0, 2}


# -- when it cannot be done now --------------------------------------------------------------------


def test_whoever_still_reads_is_told_of(log: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is gone from the log; the same command again takes its bytes when they have read."""
    monkeypatch.setattr(erasing, "_WAITS", 2)
    with log.engine.connect() as other, other.begin():
        if other.dialect.name == "postgresql":
            other.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute(sa.text("SELECT count(*) FROM log_head")).scalar_one()
        with pytest.raises(Unavailable) as told:
            log.erase("il-1#2", field="note", reason=WHY)
        assert str(told.value) == (
            "the text is erased from the log, and that is recorded, but its bytes may still be in "
            "the files of the database "
            + (
                "(another program is still reading what it began to read before); repeat the "
                "command when that has ended"
                if other.dialect.name == "sqlite"
                else "(another program on the server is still busy with what it began before); "
                "repeat the command when that has ended"
            )
        )
        assert 1000 in marks(on_disk(log.engine))
    assert [event.what.KIND for event, _, _ in log.events(after=62)] == ["text-erased"]
    assert log.erase("il-1#2", field="note", reason=WHY).events == ()
    assert marks(on_disk(log.engine)) == EVERY - {1000}


def test_whoever_holds_the_texts_is_waited_for_only_so_long(
    log: Tracker, database_url: str
) -> None:
    """A lock that is not given back ends in one sentence, and nothing is half-done."""
    if log.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(make_url(database_url).database))) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked by another program"):
                log.erase("il-1#2", field="note", reason=WHY)
            writer.rollback()
        assert log.head().position == 62
    else:
        with log.engine.connect() as reader, reader.begin():
            reader.exec_driver_sql("SELECT 1 FROM disclosures LIMIT 1")
            with pytest.raises(Unavailable, match=r"bytes may still be .*lock timeout.*; repeat"):
                log.erase("il-1#2", field="note", reason=WHY)
        assert log.head().position == 63
    log.erase("il-1#2", field="note", reason=WHY)
    assert marks(on_disk(log.engine)) == EVERY - {1000}


def test_a_database_that_gives_no_reason_is_told_of_all_the_same(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a file without a write-ahead log has none to empty."""
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        with log.engine.connect().execution_options(outside_transaction=True) as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
        erasing.overwrite_deleted(log.engine)

        def failing(_: Engine) -> None:
            raise sa.exc.OperationalError("VACUUM", {}, Exception(" \n"))

        monkeypatch.setattr(erasing, "_rewrite_file", failing)
        with pytest.raises(Unavailable) as told:
            erasing.overwrite_deleted(log.engine)
        assert str(told.value).endswith(
            "in the files of the database (no reason given); repeat the command"
        )


def test_a_writer_of_another_database_keeps_the_row(
    each_postgresql: str,
    another_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server keeps deleted rows while anybody on it writes who began before; it is waited for."""
    with Tracker.open(each_postgresql, by="mira", create=True) as log:
        log.register("il-1", title="Il-1", lifecycle="co-production")
        log.record("il-1", "commented", on="2020", source="s", note=secret(0))
        elsewhere = sa.create_engine(another_database(each_postgresql), poolclass=sa.pool.NullPool)
        with elsewhere.connect() as other, other.begin():
            other.exec_driver_sql("SELECT pg_current_xact_id()")
            with monkeypatch.context() as patch:
                patch.setattr(erasing, "_WAITS", 2)
                with pytest.raises(Unavailable, match=r"still busy .*; repeat"):
                    log.erase("il-1#2", field="note", reason=WHY)
            assert 0 in marks(on_disk(log.engine))
        log.erase("il-1#2", field="note", reason=WHY)
        assert marks(on_disk(log.engine)) == set()


def test_what_the_planner_sampled_is_forgotten(each_postgresql: str) -> None:
    """ANALYZE keeps values of a column: those are copies of texts, and of salts."""
    with Tracker.open(each_postgresql, by="mira", create=True) as log:
        log.register("il-1", title="Il-1", lifecycle="co-production")
        for number in range(3):
            log.record("il-1", "commented", on="2020", source="s", note=secret(number))

        def sampled() -> str:
            with reading(log.engine) as connection:
                query = "SELECT * FROM pg_stats WHERE tablename = 'disclosures'"
                return str(connection.exec_driver_sql(query).all())

        with log.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE disclosures")
        assert secret(1) in sampled()
        for number in range(3):
            log.erase(f"il-1#{number + 2}", field="note", reason=WHY)
            assert MARK not in sampled()
        log.record("il-1", "commented", on="2020", source="s", note=secret(4))
        with log.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE disclosures")
        assert MARK not in sampled()


def test_who_does_not_own_the_tables_is_told_whom_to_ask(each_postgresql: str) -> None:
    """They may erase; to have the table written anew is the owner's right."""
    role = "erasing_clerk"
    with Tracker.open(each_postgresql, by="mira", create=True) as log:
        log.register("il-1", title="Il-1", lifecycle="co-production")
        log.record("il-1", "commented", on="2020", source="s", note=secret(0))
        with log.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
            connection.exec_driver_sql(
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
            )
        try:
            theirs = make_url(each_postgresql).set(username=role)
            with (
                Tracker.open(theirs.render_as_string(), by="clerk") as clerk,
                pytest.raises(Unavailable) as told,
            ):
                clerk.erase("il-1#2", field="note", reason=WHY)
            assert str(told.value) == (
                "the text is erased from the log, and that is recorded, but its bytes may still be "
                "in the files of the database (only the owner of its tables can have them written "
                "anew); ask them to run: VACUUM FULL disclosures, search_words"
            )
            assert [event.recorded_by for event, _, _ in log.events(after=3)] == ["clerk"]
            assert 0 in marks(on_disk(log.engine))
            with psycopg.connect(
                make_url(each_postgresql).set(drivername="postgresql").render_as_string(),
                autocommit=True,
            ) as owner:
                owner.execute("VACUUM FULL disclosures, search_words")
            assert marks(on_disk(log.engine)) == set()
        finally:
            with log.engine.begin() as connection:
                connection.exec_driver_sql(f"DROP OWNED BY {role}; DROP ROLE {role}")
