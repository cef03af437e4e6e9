"""The index of search: what it holds of an event, how far it is, and where it says to look."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url

from tests.histories import record
from tests.logs import STORY, opened
from tracker.domain.dates import parse_edtf
from tracker.domain.events import (
    Account,
    Event,
    InitiativeRegistered,
    LifecycleAdopted,
    Profile,
    Recorded,
    What,
    Withdrawn,
)
from tracker.domain.evidence import Source
from tracker.domain.searched import FOLDING
from tracker.store import search_index
from tracker.store.schema import search_state, search_words
from tracker.store.search_index import (
    LONGEST_TEXT,
    LONGEST_WORD,
    Row,
    Wanted,
    has_parts,
    initiatives,
    initiatives_query,
    is_foreign,
    is_newer,
    lock,
    mend_parts,
    merge_parts,
    positions,
    put,
    reached,
    remember,
    renew,
    row_of,
    take_out,
)

SOURCE = Source(document="TASS")
ABC = Wanted({"abc": frozenset()})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A log of which nothing is indexed yet, on every database."""
    with opened(database_url) as engine:
        yield engine


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction that may change the index."""
    with engine.execution_options(writing=True).begin() as connection:
        yield connection


def event(what: What, position: int = 7, initiative: str | None = "il-1") -> Event:
    recorded_at = datetime(2024, 8, 1, tzinfo=UTC)
    return Event(position, "id", initiative, 1, recorded_at, "witnessed", "desk", what)


def noted(note: str) -> Event:
    on = parse_edtf("2024")
    account = Account("occurred", "begun", on, sources=(SOURCE,), note=note)
    return event(Recorded(account))


def row(position: int, words: str | None, initiative: str = "il-1", kind: str = "begun") -> Row:
    return {"position": position, "initiative": initiative, "type": kind, "words": words}


def held(connection: Connection) -> list[Row]:
    """All that is in the index, in order."""
    query = sa.select(search_words).order_by(search_words.c.position)
    return [dict(each) for each in connection.execute(query).mappings()]


def state(connection: Connection) -> list[tuple[Any, ...]]:
    return [tuple(each) for each in connection.execute(sa.select(search_state))]


def folded_by(connection: Connection, folding: str) -> None:
    """Have the index say that it reached the third event, folded in that way."""
    connection.execute(sa.delete(search_state))
    values = {"id": 1, "position": 3, "folding": folding}
    connection.execute(sa.insert(search_state), values)


def asked(connection: Connection) -> list[str]:
    """The statements that *connection* will carry out, as they come."""
    told: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *given: told.append(given[2]))
    return told


# -- what it holds of an event ---------------------------------------------------------------------


def test_the_words_of_an_event_are_its_row() -> None:
    """With its type, where it tells of a fact; what says nothing that is looked for has none."""
    assert row_of(noted("Überbringer: a desk")) == row(7, "a begun desk tass überbringer:")
    registered = InitiativeRegistered(Profile("Chabahar Port", "port", summary="A port"))
    assert row_of(event(registered, 2, "chabahar")) == {
        "position": 2,
        "initiative": "chabahar",
        "type": None,
        "words": "a chabahar port",
    }
    assert row_of(event(Withdrawn("fact", "never happened"))) is None
    assert row_of(event(LifecycleAdopted("road", {}), initiative=None)) is None


def test_what_is_too_long_is_looked_at_itself() -> None:
    """A word, or all of them together: up to the limit they are indexed, and no further."""
    longest = "w" * LONGEST_WORD
    assert row_of(noted(longest)) == row(7, f"begun tass {longest}")
    assert row_of(noted(f"{longest}w")) == row(7, None)
    words = [f"{number:0999}" for number in range(49)]
    text = " ".join([*words, "begun", "tass"])
    words.append("5" * (LONGEST_TEXT - len(text) - 1))
    found = row_of(noted(" ".join(words)))
    assert found is not None
    assert len(found["words"]) == LONGEST_TEXT
    assert row_of(noted(" ".join([*words[:-1], f"{words[-1]}5"]))) == row(7, None)


# -- how far it is ---------------------------------------------------------------------------------


def test_an_index_says_how_far_it_is(connection: Connection) -> None:
    """Nowhere at first, and in one row from then on."""
    assert reached(connection) == 0
    for position in (1, 19):
        remember(connection, position)
        assert state(connection) == [(1, position, FOLDING)]
        assert reached(connection) == position


OTHERS = {
    "0/99.0.0": False,
    "1/99.0.0": False,
    "2/9.0.0": False,
    "2/13.0.0": False,
    "2/99.0.0": True,
    "2/100.0.0": True,
    "3/1.0.0": True,
    "10/1.0.0": True,
}
"""Other ways to fold, and whether they are newer: numbers are compared, and not texts."""


def test_an_index_is_of_one_way_to_fold(connection: Connection) -> None:
    """One that another program made is of no use to this one, be it newer or older."""
    assert not is_foreign(connection)
    assert not is_newer(connection)
    folded_by(connection, FOLDING)
    assert not is_foreign(connection)
    assert not is_newer(connection)
    assert reached(connection) == 3
    for folding, is_later in OTHERS.items():
        folded_by(connection, folding)
        assert is_foreign(connection)
        assert is_newer(connection) is is_later
        assert reached(connection) == 0


GIVEN = ("SELECT ON search_state", "SELECT ON search_words", "EXECUTE ON FUNCTION tracker_parts")


@pytest.mark.parametrize("missing", [None, *GIVEN])
def test_whoever_may_not_look_into_it_has_none(each_postgresql: str, missing: str | None) -> None:
    """A role that lacks one of the three rights does as if nothing were indexed."""
    role = f"clerk_{uuid.uuid4().hex[:8]}"
    with opened(each_postgresql) as engine:
        with engine.execution_options(writing=True).begin() as owner:
            folded_by(owner, "2/99.0.0")
            remember(owner, 5)
            owner.exec_driver_sql("REVOKE EXECUTE ON FUNCTION tracker_parts FROM PUBLIC")
            owner.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
            for right in GIVEN:
                if right != missing:
                    owner.exec_driver_sql(f"GRANT {right} TO {role}")
        theirs = make_url(each_postgresql).set(username=role)
        clerk = sa.create_engine(theirs)
        try:
            with clerk.connect() as connection:
                assert reached(connection) == (0 if missing else 5)
                assert not is_foreign(connection)
        finally:
            clerk.dispose()
            with engine.execution_options(writing=True).begin() as owner:
                owner.exec_driver_sql(f"DROP OWNED BY {role}")
                owner.exec_driver_sql(f"DROP ROLE {role}")


def test_one_at_a_time_changes_it_and_all_may_look(each_postgresql: str) -> None:
    """Whoever will not wait is told at once, whoever will waits as long as for any lock."""
    with opened(each_postgresql) as engine, engine.begin() as other:
        lock(other, wait=True)
        with engine.connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
            assert reached(connection) == 0
            with pytest.raises(sa.exc.OperationalError, match="could not obtain lock on relation"):
                lock(connection, wait=False)
            connection.rollback()
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
            with pytest.raises(sa.exc.OperationalError, match="due to lock timeout"):
                lock(connection, wait=True)
            connection.rollback()
            connection.exec_driver_sql("SET lock_timeout = '50ms'")
            with pytest.raises(sa.exc.OperationalError, match="due to lock timeout"):
                renew(connection, [])


def test_a_file_is_locked_already(sqlite_url: str) -> None:
    """By whoever began to write: there is nothing to ask it for."""
    with opened(sqlite_url) as engine, engine.connect() as connection:
        told = asked(connection)
        lock(connection, wait=True)
        lock(connection, wait=False)
        assert told == []


# -- what is in it ---------------------------------------------------------------------------------


def test_rows_are_put_and_taken_out(connection: Connection) -> None:
    """However many, in few statements; what is not there is not missed."""
    for count in (0, 1, 499, 500, 501, 1000, 1001):
        rows = [row(position, f"w{position}") for position in range(1, count + 1)]
        told = asked(connection)
        put(connection, rows)
        assert len(told) == -(-count // 500)
        assert held(connection) == rows
        take_out(connection, range(1, count + 1, 2))
        assert held(connection) == rows[1::2]
        told.clear()
        take_out(connection, iter(range(count + 1, 0, -1)))
        assert len(told) == count // 500 + 1
        assert held(connection) == []


def test_what_was_put_is_found_and_what_was_taken_out_is_not(connection: Connection) -> None:
    """The database keeps its index of parts by itself, through every change."""
    put(connection, [row(4, "x abcd", "il-1"), row(6, None, "mi-8"), row(8, "ab c", "il-2")])
    assert sorted(initiatives(connection, ABC, 8)) == ["il-1", "mi-8"]
    take_out(connection, [4, 6])
    assert list(initiatives(connection, ABC, 8)) == []


def test_events_are_indexed_anew_from_what_is_left_of_them(engine: Engine) -> None:
    """So far as they are in the index; what says nothing that is looked for leaves it."""
    record(engine, STORY)
    with engine.execution_options(writing=True).begin() as connection:
        put(connection, [row(5, "überbringer:"), row(8, "left alone"), row(14, "x"), row(19, "x")])
        connection.exec_driver_sql("DELETE FROM disclosures WHERE position = 5")
        renew(connection, [4, 5, 14, 19])
        assert held(connection) == [
            row(5, "0 begun report"),
            row(8, "left alone"),
            row(19, "0 agreed report signed", "mi-8", "agreed"),
        ]


def test_parts_of_words_are_found_by_an_index(sqlite_url: str, engine: Engine) -> None:
    """On PostgreSQL always, and on a SQLite that can make one."""
    with engine.connect() as connection:
        assert has_parts(connection)
    with opened(sqlite_url) as other, other.connect() as connection:
        assert has_parts(connection)
        connection.execution_options(writing=True)
        _without_parts(connection)
        assert not has_parts(connection)


def _without_parts(connection: Connection) -> None:
    """What an older SQLite would have made."""
    for name in ("search_words_put", "search_words_gone"):
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.exec_driver_sql("DROP TABLE search_parts")


def test_without_an_index_of_parts_the_words_are_looked_through(sqlite_url: str) -> None:
    """The same is found, and there is nothing to merge or to mend."""
    writing = {"writing": True}
    with opened(sqlite_url) as engine, engine.execution_options(**writing).begin() as connection:
        _without_parts(connection)
        put(connection, [row(4, "x abcd"), row(6, None, "mi-8"), row(8, "ab c", "il-2")])
        assert "search_parts" not in initiatives_query(connection, ABC, 8).text
        assert sorted(initiatives(connection, ABC, 8)) == ["il-1", "mi-8"]
        told = asked(connection)
        merge_parts(connection)
        mend_parts(connection)
        assert len(told) == 2
        assert all("sqlite_master" in each for each in told)


def test_a_server_keeps_its_index_in_order_by_itself(each_postgresql: str) -> None:
    """There is nothing to merge or to mend."""
    with opened(each_postgresql) as engine, engine.connect() as connection:
        told = asked(connection)
        merge_parts(connection)
        mend_parts(connection)
        assert told == []


def test_merging_leaves_nothing_of_what_was_taken_out(sqlite_url: str) -> None:
    """A part of a word stays in SQLite's index, marked as gone, until that is one piece again."""
    with opened(sqlite_url) as engine:
        writer = engine.execution_options(writing=True)
        with writer.begin() as connection:
            put(connection, [row(4, "qzx"), row(5, "abc")])
        with writer.begin() as connection:
            take_out(connection, [4])
        with writer.begin() as connection:
            assert _is_in_parts(connection, "qzx")
            merge_parts(connection)
            assert not _is_in_parts(connection, "qzx")
            assert _is_in_parts(connection, "abc")
            assert list(initiatives(connection, ABC, 5)) == ["il-1"]


def _is_in_parts(connection: Connection, part: str) -> bool:
    # The terms of a piece are written without the beginning that they share with the one before.
    query = sa.text("SELECT count(*) FROM search_parts_data WHERE instr(block, :part) > 0")
    return bool(connection.execute(query, {"part": part.encode()}).scalar())


def test_parts_that_say_something_else_are_made_again(sqlite_url: str) -> None:
    """Those that are in order are only looked at."""
    writing = {"writing": True}
    with opened(sqlite_url) as engine, engine.execution_options(**writing).begin() as connection:
        put(connection, [row(4, "abcd"), row(6, "qzx", "mi-8")])
        told = asked(connection)
        mend_parts(connection)
        assert not any("rebuild" in each for each in told)
        connection.exec_driver_sql("INSERT INTO search_parts (search_parts) VALUES ('delete-all')")
        assert list(initiatives(connection, ABC, 8)) == []
        mend_parts(connection)
        assert any("rebuild" in each for each in told)
        assert list(initiatives(connection, ABC, 8)) == ["il-1"]
        told.clear()
        mend_parts(connection)
        assert not any("rebuild" in each for each in told)


# -- where to look ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "inside"), [("sqlite", "instr"), ("postgresql", "strpos")])
def test_what_a_row_must_be_is_said_in_sql(dialect: str, inside: str) -> None:
    """Every word in its words, or of a type that has it in its title, or too long to say."""
    wanted = Wanted({"mou": frozenset({"mou-signed", "agreed"}), "ulan": frozenset()})
    condition, parameters = wanted.condition(dialect)
    assert condition == (
        f"(s.words IS NULL OR {inside}(s.words, :word_0) > 0 OR s.type IN :types_0)"
        f" AND (s.words IS NULL OR {inside}(s.words, :word_1) > 0)"
    )
    assert parameters == {"word_0": "mou", "types_0": ["agreed", "mou-signed"], "word_1": "ulan"}


def test_parts_are_of_words_that_no_title_has() -> None:
    """Each once, three characters long; a word that is shorter has none."""
    none: frozenset[str] = frozenset()
    assert Wanted({"ab": none}).parts() == []
    assert Wanted({"abc": none}).parts() == ["abc"]
    assert Wanted({"abcd": none, "bcde": none, "ab": none}).parts() == ["abc", "bcd", "cde"]
    assert Wanted({"abc": frozenset({"begun"}), "x": none, "xyz": none}).parts() == ["xyz"]


def test_no_more_is_asked_than_helps() -> None:
    """Of twenty words, and of the first eight parts of each: what is found is looked at anyway."""
    none: frozenset[str] = frozenset()
    assert Wanted({"abcdefghijklmn": none}).parts() == [
        *("abc", "bcd", "cde", "def", "efg", "fgh", "ghi", "hij"),
    ]
    many = Wanted({f"{number:03}": none for number in range(25)})
    assert many.parts() == [f"{number:03}" for number in range(20)]
    assert set(many.condition("sqlite")[1]) == {f"word_{number}" for number in range(20)}


TOLD = (
    row(3, "abc deal", "il-1"),
    row(4, "said", "il-2", "agreed"),
    row(5, "abc other", "il-2"),
    row(6, None, "mi-8"),
    row(9, "abc deal", "il-9"),
)


PLACES: tuple[tuple[dict[str, tuple[str, ...]], int, list[int]], ...] = (
    ({"abc": ()}, 9, [3, 5, 6, 9]),
    ({"abc": ()}, 8, [3, 5, 6]),
    ({"abc": ()}, 4, [3]),
    ({"b": ()}, 5, [3, 5]),
    ({"abc": (), "deal": ()}, 9, [3, 6, 9]),
    ({"deal": ("agreed", "signed")}, 9, [3, 4, 6, 9]),
    ({"deal": ("agreed",), "sai": ()}, 9, [4, 6]),
    ({"deal": ("agreed",), "abc": ()}, 5, [3]),
    ({"abd": ()}, 5, []),
)
"""Words, each with the types that have it in their titles; up to where; and what may be hits."""


def test_where_to_look(connection: Connection) -> None:
    """Wherever all words are, up to a position; what is too long is always looked at."""
    put(connection, TOLD)
    slugs = {each["position"]: each["initiative"] for each in TOLD}
    for words, upto, at in PLACES:
        wanted = Wanted({word: frozenset(types) for word, types in words.items()})
        found = list(initiatives(connection, wanted, upto))
        assert sorted(found) == sorted({slugs[position] for position in at}), words
        everyone = ["il-1", "il-2", "mi-8", "il-9"]
        assert sorted(positions(connection, wanted, upto, everyone)) == at
        assert sorted(positions(connection, wanted, upto, ("il-2", "mi-8"))) == [
            position for position in at if slugs[position] in {"il-2", "mi-8"}
        ]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_character_is_syntax(dialect: str) -> None:
    """Quotation marks and backslashes of a part are its own."""
    parts = ['a"b', "a'b", "a\\b", "a&b"]
    told = search_index._match(parts) if dialect == "sqlite" else search_index._tsquery(parts)
    assert told == {
        "sqlite": '''"a""b" AND "a'b" AND "a\\b" AND "a&b"''',
        "postgresql": """'a"b' & 'a''b' & 'a\\\\b' & 'a&b'""",
    }[dialect]  # fmt: skip


def test_a_part_is_found_whatever_it_is_made_of(connection: Connection) -> None:
    """Where it stands, and nowhere else."""
    words = ['a"b', "a'b", "a\\b", "a&b", "OR", ":*a", "a%b", ":up"]
    told = [row(at, f"x{word}y", f"il-{at}") for at, word in enumerate(words, start=3)]
    put(connection, [row(1, "another"), row(2, "ab"), *told])
    for at, word in enumerate(words, start=3):
        assert list(initiatives(connection, Wanted({word: frozenset()}), 99)) == [f"il-{at}"]
