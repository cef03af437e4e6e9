"""The index of search: when it is made, when it is used, and what it keeps of a text."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url

from tests.histories import Recording, Registering, Step, record
from tests.logs import LENGTH, STORY, opened
from tests.sharing import shared
from tracker import Source, Tracker
from tracker.application import keeping
from tracker.application.overview import Hit
from tracker.domain.searched import FOLDING
from tracker.errors import Damaged, Unavailable
from tracker.projections import search as indexing
from tracker.projections.check import check
from tracker.projections.rebuild import rebuild
from tracker.store import erasing, migrate, search_index
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.event_log import reading, writing
from tracker.store.schema import search_state, search_words

HOSTILE = (
    '"',
    '""',
    "*",
    "abc*",
    "^abc",
    "NEAR",
    "NEAR(abc def)",
    "-abc",
    "words:abc",
    "abc OR def",
    "abc AND NOT def",
    "(((",
    "'",
    "''abc",
    "\\",
    "abc\\",
    "& |",
    "!abc",
    "abc:*",
    "abc <-> def",
    "%",
    "___",
    ":parts",
    "%(parts)s",
    "'; DROP TABLE search_words; --",
)


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every event is worth an index, and a few of them are a step."""
    monkeypatch.setattr(indexing, "WORTH", 1)
    monkeypatch.setattr(indexing, "STEP", 4)


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    with Tracker.open(database_url, by="mira", create=True, lock_timeout_seconds=5) as log:
        log.register("il-1", title="Il-114", lifecycle="co-production")
        yield log


def note(log: Tracker, text: str) -> None:
    log.record("il-1", "commented", on="2024", source="s", note=text)


def found(log: Tracker, text: str) -> list[str]:
    return [hit.fact or hit.initiative for hit in log.search(text, log.viewpoint())]


def reached(engine: Engine) -> int:
    with engine.connect() as connection:
        return search_index.reached(connection)


def rows(engine: Engine) -> dict[int, tuple[Any, ...]]:
    with engine.connect() as connection:
        return {row.position: tuple(row) for row in connection.execute(sa.select(search_words))}


def change(engine: Engine, *statements: str) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


# -- what is found ---------------------------------------------------------------------------------


def test_no_word_is_the_syntax_of_a_query(log: Tracker) -> None:
    """It is found where it stands, and nowhere else, whatever FTS5 or tsquery would make of it."""
    for text in HOSTILE:
        note(log, f"before {text} after")
    note(log, "abc def words near parts")
    for number, text in enumerate(HOSTILE, start=2):
        assert f"il-1#{number}" in found(log, text), text
    assert reached(log.engine) == log.head().position
    every = [f"before {text} after" for text in HOSTILE]
    for text in HOSTILE:
        words = text.casefold().split()
        expected = [
            f"il-1#{number}"
            for number, other in enumerate([*every, "abc def words near parts"], start=2)
            if all(word in f"{other} commented s".casefold() for word in words)
        ]
        assert found(log, text) == expected, text


def test_what_no_database_keeps_is_found_nowhere(log: Tracker) -> None:
    """A NUL and half of a character are no errors: no text has them."""
    note(log, "abc")
    for text in ("\0", "abc\0", "\udc80", "abc \ud83d"):
        assert found(log, text) == []
    assert found(log, "abc") == ["il-1#2"]


def test_words_too_long_to_be_indexed_are_found(log: Tracker) -> None:
    """A huge text, and one with a huge word in it, are looked at themselves."""
    many = " ".join(f"w{number:06}q" for number in range(6_000))
    note(log, f"{many} first")
    note(log, f"{'国際' * 600}second third")
    note(log, f"{'x' * 1_000} {'second' * 160}")
    assert found(log, "005999q first") == ["il-1#2"]
    assert found(log, "国second") == []
    assert found(log, "際second") == ["il-1#3"]
    assert found(log, "second") == ["il-1#3", "il-1#4"]
    assert {at: row[-1] is None for at, row in rows(log.engine).items() if at > 2} == {
        3: True,
        4: True,
        5: False,
    }


def test_the_title_of_a_type_is_found_though_no_event_says_it(log: Tracker) -> None:
    """It is the lifecycle's: in no row of the index, alone or with words that are in one."""
    log.record("il-1", "mou-signed", on="2024", source="s", note="in Ulan-Ude")
    for text in ("memorandum", "understanding mou", "memorandum ulan"):
        assert found(log, text) == ["il-1#2"], text
    assert reached(log.engine) == 3
    assert "memorandum" not in str(rows(log.engine))


def test_however_much_may_be_looked_for(log: Tracker) -> None:
    """Thousands of words, and a word of any length, are no more to a database than a few."""
    words = [f"w{number}" for number in range(3_000)]
    note(log, " ".join(words))
    note(log, "x" * 100_000)
    assert found(log, " ".join(words)) == ["il-1#2"]
    assert found(log, " ".join([*words, "zq"])) == []
    assert found(log, "x" * 99_999) == ["il-1#3"]
    assert found(log, "x" * 100_001) == []


def test_text_of_every_size_can_be_indexed(log: Tracker) -> None:
    """The most different parts that a text may have still have room in what PostgreSQL keeps."""
    letters = [chr(0x10000 + (number * 7919) % 60_000) for number in range(49_000)]
    text = " ".join("".join(letters[at : at + 900]) for at in range(0, len(letters), 900))
    note(log, text)
    assert found(log, text[1000:1100].strip()) == ["il-1#2"]
    assert rows(log.engine)[3][-1] is not None


def test_the_index_is_used(log: Tracker) -> None:
    """Where nothing keeps the planner from it: there are more rows here than it would look at."""
    with writing(log.engine) as appender:
        connection = appender.connection
        row = {"initiative": "il-1", "type": "commented"}
        search_index.put(
            connection,
            [{**row, "position": at, "words": f"number-{at} of many"} for at in range(9_000)],
        )
        search_index.remember(connection, 9_000)
    with log.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE search_words")
        wanted = search_index.Wanted({"ber-47": frozenset(), "y": frozenset()})
        assert list(search_index.initiatives(connection, wanted, 9_000)) == ["il-1"]
        plan = explained(connection, search_index.initiatives_query(connection, wanted, 9_000))
        if connection.dialect.name == "sqlite":
            assert "SCAN search_parts VIRTUAL TABLE INDEX" in plan
            assert "SEARCH s USING INTEGER PRIMARY KEY" in plan
            assert "SCAN s" not in plan.split("\n")
        else:
            assert "Bitmap Index Scan on ix_search_words_parts" in plan
            assert "Seq Scan" not in plan


def explained(connection: Connection, query: sa.TextClause) -> str:
    """The plan of a query, as the database tells it."""
    explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
    compiled = query.compile(dialect=connection.dialect)
    told = sa.text(f"{explain} {query.text}").bindparams(**compiled.params)
    return "\n".join(str(row[-1]) for row in connection.execute(told))


def test_a_sqlite_without_trigrams_looks_through_the_words(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log can be kept with an old SQLite, and finds the same."""
    right = sa.engine.Connection.exec_driver_sql

    def old(self: Connection, statement: str, *given: Any, **named: Any) -> Any:
        if "fts5" in statement:
            statement = statement.replace("trigram", "none_such")
        return right(self, statement, *given, **named)

    monkeypatch.setattr(sa.engine.Connection, "exec_driver_sql", old)
    with Tracker.open(sqlite_url, by="mira", create=True) as log:
        log.register("il-1", title="Il-114", lifecycle="co-production")
        note(log, "in Ulan-Ude")
        assert found(log, "ULAN") == ["il-1#2"]
        assert reached(log.engine) == log.head().position
        with log.engine.connect() as connection:
            assert not search_index.has_parts(connection)
        log.erase("il-1#2", field="note", reason="personal")
        assert found(log, "ULAN") == []
        assert keeping.verify(log.engine).projections[-1] == "search"
        rebuild(log.engine)


# -- when it is made -------------------------------------------------------------------------------


def test_few_events_are_not_worth_an_index(log: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked through; a search of a small log writes nothing."""
    monkeypatch.setattr(indexing, "WORTH", 4)
    note(log, "in Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2"]
    assert (reached(log.engine), rows(log.engine)) == (0, {})
    note(log, "near Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2", "il-1#3"]
    assert reached(log.engine) == 4
    note(log, "not in Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2", "il-1#3", "il-1#4"]
    assert reached(log.engine) == 4


def test_a_search_waits_for_nobody(log: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another holds the lock, what is not indexed is looked through."""
    note(log, "in Ulan-Ude")
    with log.engine.connect().execution_options(writing=True) as other, other.begin():
        search_index.lock(other, wait=True)
        asked: list[str] = []
        sa.event.listen(log.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert found(log, "ulan") == ["il-1#2"]
        assert any("NOWAIT" in each or "BEGIN IMMEDIATE" in each for each in asked)
        assert reached(log.engine) == 0
    assert found(log, "ulan") == ["il-1#2"]
    assert reached(log.engine) == 3


def test_an_append_is_not_kept_waiting(each_postgresql: str) -> None:
    """On a server whoever indexes holds a lock of the index alone."""
    with Tracker.open(each_postgresql, by="mira", create=True, lock_timeout_seconds=20) as log:
        log.register("il-1", title="Il-114", lifecycle="co-production")
        with log.engine.begin() as other:
            search_index.lock(other, wait=True)
            note(log, "in Ulan-Ude")
            assert found(log, "ulan") == ["il-1#2"]


def test_a_file_that_cannot_be_written_is_searched(
    log: Tracker, database_url: str, tmp_path: Path
) -> None:
    """What is indexed by the index, what came after by looking."""
    if log.engine.dialect.name != "sqlite":
        pytest.skip("a server has roles instead")
    note(log, "in Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2"]
    note(log, "near Ulan-Ude")
    log.log.close()
    path = Path(str(make_url(database_url).database))
    copy = tmp_path / "kept" / "copy.db"
    copy.parent.mkdir()
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON search_words "
            "BEGIN SELECT RAISE(ABORT, 'attempt to write a readonly database'); END"
        )
    with Tracker.open(str(copy), by="mira") as other:
        assert found(other, "ulan") == ["il-1#2", "il-1#3"]
        assert reached(other.engine) == 3


def test_whoever_may_only_read_or_record_finds_the_same(each_postgresql: str) -> None:
    """They cannot index, and look through what the owner has not; the index serves them too."""
    with shared(each_postgresql) as share:
        with Tracker.open(share.by(share.owner), by="mira") as owner:
            owner.register("il-1", title="Il-114", lifecycle="co-production")
            note(owner, "in Ulan-Ude")
            for role in (share.recorder, share.reader):
                with Tracker.open(share.by(role), by="mira") as other:
                    assert found(other, "ulan") == ["il-1#2"]
                    assert reached(other.engine) == 0
            assert found(owner, "ulan") == ["il-1#2"]
            assert reached(owner.engine) == 3
        with Tracker.open(share.by(share.recorder), by="mira") as recorder:
            note(recorder, "near Ulan-Ude")
            for role in (share.recorder, share.reader):
                with Tracker.open(share.by(role), by="mira") as other:
                    assert found(other, "ulan") == ["il-1#2", "il-1#3"]
                    assert reached(other.engine) == 3
                    with pytest.raises(Unavailable):
                        rebuild(other.engine, names=["search"])


def test_a_role_with_rights_by_hand_finds_the_same(each_postgresql: str) -> None:
    """It was let look at the tables that there were, before there was an index."""
    role = "searching_clerk"
    with Tracker.open(each_postgresql, by="mira", create=True) as log:
        log.register("il-1", title="Il-114", lifecycle="co-production")
        note(log, "in Ulan-Ude")
        assert found(log, "ulan") == ["il-1#2"]
        change(
            log.engine,
            f"CREATE ROLE {role} LOGIN",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
            f"REVOKE ALL ON search_words, search_state FROM {role}",
        )
        try:
            theirs = make_url(each_postgresql).set(username=role)
            with Tracker.open(theirs.render_as_string(), by="clerk") as clerk:
                assert found(clerk, "ulan") == ["il-1#2"]
        finally:
            change(log.engine, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.mark.parametrize("folding", ["0/1.0.0", "1/99.0.0", "2/13.0.0"])
def test_an_index_made_by_an_older_unicode_is_made_again(log: Tracker, folding: str) -> None:
    """What was folded otherwise is not looked into."""
    note(log, "in Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2"]
    change(log.engine, f"UPDATE search_state SET folding = '{folding}'")
    change(
        log.engine, "DELETE FROM search_words", "INSERT INTO search_words VALUES (2,'x','y','z')"
    )
    assert reached(log.engine) == 0
    keeping.verify(log.engine)
    assert found(log, "ulan") == ["il-1#2"]
    assert reached(log.engine) == 3
    assert found(log, "z") == []


def test_an_index_made_by_a_newer_unicode_is_left_alone(log: Tracker) -> None:
    """Two programs that share a log do not take turns in making it."""
    note(log, "in Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2"]
    change(log.engine, "UPDATE search_state SET folding = '2/99.0.0'")
    change(log.engine, "DELETE FROM search_words")
    assert found(log, "ulan") == ["il-1#2"]
    keeping.verify(log.engine)
    keeping.rebuild(log.engine)
    with log.engine.connect() as connection:
        assert connection.execute(sa.select(search_state.c.folding)).scalar() == "2/99.0.0"
    keeping.rebuild(log.engine, names=["search"])
    assert reached(log.engine) == 3


@pytest.mark.parametrize("released", ["0001"])
def test_a_log_of_an_older_release_is_searched_after_its_upgrade(
    database_url: str, released: str
) -> None:
    """All that it recorded is found, and indexed."""
    parts = parse_url(database_url)
    if parts.get_backend_name() == "sqlite":
        create_file(parts)
    engine = make_engine(parts)
    steps: list[Step] = [Registering(slug="il-1", lifecycle="road"), Recording(note="Ulan-Ude")]
    migrate.upgrade(engine, released)
    record(engine, steps)
    engine.dispose()
    with Tracker.open(database_url, upgrade=True) as log:
        assert found(log, "ulan") == ["il-1#2"]
        assert reached(log.engine) == 3


# -- made again, and held against the log ----------------------------------------------------------


DAMAGE = {
    "is missing": "DELETE FROM search_words WHERE position = 5",
    "should not be there": "INSERT INTO search_words VALUES (10, 'il-1', 'begun', 'x')",
    "@beyond": "INSERT INTO search_words VALUES (99, 'il-1', 'begun', 'x')",
    "has type 'agreed'": "INSERT INTO search_words VALUES (5, 'il-1', 'agreed', 'x')",
}


@pytest.mark.parametrize("told", DAMAGE)
def test_what_differs_is_named_and_put_right(engine: Engine, told: str) -> None:
    """By verify, by a rebuild that only looks, and by one that mends."""
    assert indexing.catch_up(engine)
    before = rows(engine)
    if told.startswith("has"):
        change(engine, "DELETE FROM search_words WHERE position = 5")
    change(engine, DAMAGE[told])
    with reading(engine) as connection, pytest.raises(Damaged) as caught:
        check(connection)
    told = "should not be there" if told.startswith("@") else told
    assert "the row of search_words with position " in str(caught.value)
    assert told in str(caught.value)
    dry = rebuild(engine, names=["search"], dry_run=True)
    assert (dry.differing, dry.rows) == ({"search_words": 1}, {"search_words": len(before)})
    report = rebuild(engine)
    assert report.differing["search_words"] == 1
    assert report.differences == dry.differences
    assert rows(engine) == before
    with reading(engine) as connection:
        assert check(connection)[-1] == "search"


def test_a_rebuild_of_all_indexes_nothing_that_nobody_looked_for(engine: Engine) -> None:
    """One that names it makes it whole, behind or not there at all."""
    assert "search_words" not in rebuild(engine).rows
    assert reached(engine) == 0
    with reading(engine) as connection:
        assert "search" not in check(connection)
    assert rebuild(engine, names=["search"]).rows == {"search_words": len(rows(engine))}
    assert reached(engine) == LENGTH
    record(engine, [Recording(slug="mi-8", type="commented", on="2024")])
    assert rebuild(engine).differing["search_words"] == 0
    assert reached(engine) == LENGTH
    rebuild(engine, names=["search"])
    assert reached(engine) == LENGTH + 1


def test_parts_that_do_not_say_what_the_words_say_are_made_again(sqlite_url: str) -> None:
    """By a rebuild: a hit that the index hid is found again."""
    with opened(sqlite_url, STORY) as engine:
        assert indexing.catch_up(engine)
        wanted = search_index.Wanted({"überbringer": frozenset()})
        right = parts_found(engine, wanted)
        assert right == ["il-1"]
        change(engine, "INSERT INTO search_parts (search_parts) VALUES ('delete-all')")
        assert parts_found(engine, wanted) == []
        rebuild(engine)
        assert parts_found(engine, wanted) == right


def parts_found(engine: Engine, wanted: search_index.Wanted) -> list[str]:
    with engine.connect() as connection:
        return list(search_index.initiatives(connection, wanted, LENGTH))


def test_copies_answer_as_the_log_does(log: Tracker, tmp_path: Path) -> None:
    """A backup has the index; what is restored from an export makes its own."""
    note(log, "in Ulan-Ude")
    assert found(log, "ulan") == ["il-1#2"]
    keeping.backup(log.engine, log.log.url, tmp_path / "copy")
    if log.engine.dialect.name == "sqlite":
        with Tracker.open(str(tmp_path / "copy")) as copy:
            assert reached(copy.engine) == 3
            assert found(copy, "ulan") == ["il-1#2"]
            keeping.verify(copy.engine)


# -- what is erased --------------------------------------------------------------------------------


SECRET = "ꙮꙮꙋꙉ-Petrówna"
"""Letters that stand nowhere else in a database."""


def traces(engine: Engine) -> bool:
    """Whether there is any part of the secret in the files of the index, or of the whole log."""
    marks = ["ꙋ".encode(), "ꙉ".encode()]
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        names = [path, path.with_name(path.name + "-wal")]
        data = b"".join(name.read_bytes() for name in names if name.exists())
        return any(mark in data for mark in marks)
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        files = connection.exec_driver_sql("""
            SELECT pg_read_binary_file(pg_relation_filepath(c.oid)) FROM pg_class c
            WHERE pg_relation_filenode(c.oid) IS NOT NULL AND (
                c.oid IN ('search_words'::regclass, 'disclosures'::regclass)
                OR c.oid IN (SELECT reltoastrelid FROM pg_class
                             WHERE oid IN ('search_words'::regclass, 'disclosures'::regclass))
                OR c.oid IN (SELECT indexrelid FROM pg_index
                             WHERE indrelid = 'search_words'::regclass))""")
        data = b"".join(bytes(row[0]) for row in files)
        sampled = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stats WHERE most_common_vals::text LIKE '%%ꙋ%%'"
            " OR histogram_bounds::text LIKE '%%ꙋ%%' OR most_common_elems::text LIKE '%%ꙋ%%'"
        ).scalar()
        return bool(sampled) or any(mark in data for mark in marks)


def test_nothing_of_an_erased_text_stays_in_the_index(log: Tracker) -> None:
    """Neither its words nor a part of them, in any file; the fact is found by all that is left."""
    for number in range(30):
        source = Source(document="s", quote=f"{SECRET} {number}" if number == 7 else f"q{number}")
        log.record(
            "il-1",
            "commented",
            on="2024",
            source=source,
            note=f"{SECRET} twice" if number in (7, 8) else f"note number {number}",
        )
    assert found(log, "petrówna") == ["il-1#9", "il-1#10"]
    if log.engine.dialect.name == "postgresql":
        change(log.engine, "ANALYZE")
    assert traces(log.engine)
    log.erase("il-1#9", field="note", reason="personal")
    assert found(log, "ꙋꙉ") == ["il-1#9", "il-1#10"]
    log.erase("il-1#9", field="quote", reason="personal")
    assert found(log, "ꙋꙉ") == ["il-1#10"]
    assert traces(log.engine)
    log.erase("il-1#10", field="note", reason="personal")
    assert not traces(log.engine)
    assert found(log, "petrówna") == []
    assert found(log, "commented q8") == ["il-1#10"]
    assert reached(log.engine) == log.head().position
    keeping.verify(log.engine)


def test_a_row_that_is_only_taken_out_leaves_its_bytes(log: Tracker) -> None:
    """What the rewriting is for, in the index as in the log."""
    for number in range(10):
        note(log, f"{SECRET} {number}" if number == 5 else f"note number {number}")
    assert found(log, "petrówna") == ["il-1#7"]
    with log.engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA secure_delete=OFF")
        search_index.take_out(connection, [8])
        connection.exec_driver_sql("DELETE FROM disclosures WHERE position = 8")
    assert traces(log.engine)
    erasing.overwrite_deleted(log.engine)
    assert not traces(log.engine)


def test_a_text_erased_while_it_is_indexed_does_not_stay(each_postgresql: str) -> None:
    """Whoever erases waits for whoever indexes, and takes out what they have just put in."""
    with Tracker.open(each_postgresql, by="mira", create=True, lock_timeout_seconds=60) as log:
        log.register("il-1", title="Il-114", lifecycle="co-production")
        note(log, SECRET)
        with log.engine.begin() as other, writing(log.engine) as appender:
            search_index.lock(other, wait=True)
            connection = appender.connection
            connection.exec_driver_sql("DELETE FROM disclosures")
            with pytest.raises(sa.exc.OperationalError), connection.begin_nested():
                search_index.lock(connection, wait=False)
            indexing._index(other, 0, 3)
            assert SECRET.casefold() in str(other.execute(sa.select(search_words)).all())
            other.commit()
            search_index.renew(connection, [2, 3])
        assert SECRET.casefold() not in str(rows(log.engine))
        assert reached(log.engine) == 3


def test_hits_are_those_of_the_definition(log: Tracker) -> None:
    """Field and excerpt come from the event: the index keeps no text that could be shown."""
    note(log, "first Ulan-Ude, then Ulan Bator")
    (hit,) = log.search("BATOR ulan-", log.viewpoint())
    assert hit == Hit(
        "il-1",
        "Il-114",
        "il-1#2",
        3,
        "2024",
        "commented",
        "note",
        "first Ulan-Ude, then Ulan Bator",
    )
    assert rows(log.engine)[3] == (
        3,
        "il-1",
        "commented",
        "bator commented first s then ulan ulan-ude,",
    )
    assert FOLDING.startswith("2/")
