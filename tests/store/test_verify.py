"""Every damage of a log is found, and the first bad event is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection, Engine

from tests.logs import (
    LENGTH,
    STORY,
    body_at,
    edit,
    edit_body,
    long_story,
    opened,
    rehash,
    tampering,
)
from tracker.domain.checkpoint import Checkpoint
from tracker.errors import Damaged, Unavailable
from tracker.store.event_log import reading, root_at
from tracker.store.guards import install_guards
from tracker.store.schema import disclosures, events, log_head, merkle_nodes
from tracker.store.verify import VerifyReport, verify


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with opened(database_url, STORY) as engine:
        yield engine


def verified(engine: Engine, *checkpoints: Checkpoint) -> VerifyReport:
    with reading(engine) as connection:
        return verify(connection, checkpoints=checkpoints)


def checkpoint(engine: Engine, size: int) -> Checkpoint:
    with reading(engine) as connection:
        return Checkpoint("example.org/desk", size, root_at(connection, size))


def fault(engine: Engine, *checkpoints: Checkpoint) -> str:
    with pytest.raises(Damaged) as caught:
        verified(engine, *checkpoints)
    return str(caught.value)


# -- a sound log -----------------------------------------------------------------------------------


def test_a_sound_log_is_sound(engine: Engine) -> None:
    """Nothing is wrong with what the program itself wrote, and every checkpoint of it holds."""
    kept = [checkpoint(engine, size) for size in (LENGTH, 0, 7)]
    report = verified(engine, *kept)
    assert report == VerifyReport(LENGTH, kept[0].root, tuple(kept), erased=0)


def test_an_empty_log_is_sound(database_url: str) -> None:
    """There is nothing in it that could be wrong."""
    with opened(database_url) as engine:
        assert verified(engine).events == 0


def test_progress_reaches_the_end(engine: Engine) -> None:
    """Whoever waits is told how far it is."""
    told: list[tuple[int, int]] = []
    with reading(engine) as connection:
        verify(connection, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (LENGTH, LENGTH)


def test_an_erased_text_is_no_damage(engine: Engine) -> None:
    """What was erased is counted: the body still commits to it, and nobody need have it."""
    with engine.begin() as connection:
        connection.execute(sa.delete(disclosures).where(disclosures.c.position == 5))
    assert verified(engine).erased == 2  # the note, and the quote of its source


# -- columns and bodies ----------------------------------------------------------------------------

OTHERWISE: dict[str, Any] = {
    "event_id": "00000000-0000-7000-8000-000000000000",
    "initiative": "zz-9",
    "version": 99,
    "kind": "withdrawn",
    "type": "opened",
    "schema": 2,
    "recorded_at": "2024-12-01T00:00:00.000000Z",
    "time": "asserted",
    "recorded_by": "somebody",
    "fact": 6,
    "mode": "planned",
    "edtf": "2024-03-12",
    "lo": "2024-03-09",
    "hi": "2024-03-12",
    "fulfils": 1,
    "after_fact": 2,
    "contradicts": 2,
    "source": "somebody else",
    "unconfirmed": 0,
}


def test_every_column_has_its_damage() -> None:
    """The list above forgets no column; those left out have tests of their own."""
    assert {c.name for c in events.columns} - set(OTHERWISE) == {"position", "body", "leaf"}


def test_a_column_that_says_otherwise_than_its_body(engine: Engine) -> None:
    """Columns are copies, and each is compared with the body that was hashed."""
    for column, value in OTHERWISE.items():
        with tampering(engine) as connection:
            before = copy_of(connection, 5)[column]
            edit(connection, 5, **{column: value})
        sentence = rf"event @5 has .* in its column {column}, where its body says"
        assert re.search(sentence, fault(engine))
        with tampering(engine) as connection:
            edit(connection, 5, **{column: before})
    assert verified(engine).events == LENGTH


def flipped(text: str, at: int) -> str:
    return text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]


def test_any_byte_of_any_body(engine: Engine) -> None:
    """One byte changed, wherever it is: the event is named."""
    for position in range(1, LENGTH + 1):
        with tampering(engine) as connection:
            body = body_at(connection, position)
            edit(connection, position, body=flipped(body, (position * 37) % len(body)))
        assert f"event @{position} has a body that does not match its hash" in fault(engine)
        with tampering(engine) as connection:
            edit(connection, position, body=body)
    assert verified(engine).events == LENGTH


def test_a_byte_of_a_hash(engine: Engine) -> None:
    """The kept hash of an event is part of the log too."""
    with tampering(engine) as connection:
        edit(connection, 6, leaf=b"\x00" * 32)
    assert "event @6 has a body that does not match its hash" in fault(engine)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("{", "{ ", "is not canonical JSON"),
        ('"content":{', '"content":{"a":NaN,', "is not JSON"),
        ('"content":{', '"content":{"zzz":1,', "is not canonical JSON"),
        ('"content":{', '"content":{"aaa":1,', "no tracker writes"),
        ("{", "[", "is not JSON"),
        ('"version":2', '"version":true', "without a proper version"),
        ('"lo":"2024-03-10"', '"lo":"2024-02-31"', "cannot be read"),
        ('"mode":"occurred",', "", "cannot be read"),
        ('"mode":"occurred"', '"mode":"imagined"', "the mode 'imagined'"),
        ('"time":"witnessed"', '"time":"overheard"', "the time 'overheard'"),
        (',"version":2', "", "without a proper version"),
    ],
)
def test_a_body_that_no_tracker_writes(sqlite_url: str, old: str, new: str, sentence: str) -> None:
    """With all hashes made to fit, what is wrong with a body itself is said."""
    with opened(sqlite_url, STORY) as engine:
        with tampering(engine) as connection:
            edit_body(connection, 5, old, new)
            rehash(connection)
        assert re.search(rf"event @5 .*{sentence}", fault(engine))


def test_bytes_that_are_no_text(sqlite_url: str) -> None:
    """Not even then is it anything but damage with a place."""
    with opened(sqlite_url, STORY) as engine:
        with tampering(engine) as connection:
            connection.exec_driver_sql(
                "UPDATE events SET body = CAST(x'7bff7d' AS TEXT) WHERE position = 6"
            )
        assert "event @6 holds bytes that are no text" in fault(engine)
        with tampering(engine) as connection:
            connection.exec_driver_sql("UPDATE events SET body = x'7b7d' WHERE position = 5")
        with tampering(engine) as connection:
            connection.exec_driver_sql("UPDATE events SET body = '{}' WHERE position = 6")
        assert "event @5 has a body that does not match its hash" in fault(engine)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"schema":1', '"schema":2', "schema version 2, and this tracker knows only up to 1"),
        ('"kind":"recorded"', '"kind":"rumoured"', "kind 'rumoured', which this tracker does not"),
    ],
)
def test_what_a_newer_tracker_wrote(engine: Engine, old: str, new: str, sentence: str) -> None:
    """It is no damage, and nothing is guessed about it."""
    with tampering(engine) as connection:
        edit_body(connection, 5, old, new)
        rehash(connection)
    with pytest.raises(Unavailable, match=re.escape(sentence)):
        verified(engine)


# -- places and references -------------------------------------------------------------------------


def swap(connection: Connection, one: int, other: int) -> None:
    for start, end in ((one, 1000), (other, one), (1000, other)):
        edit(connection, start, position=end)


def copy_of(connection: Connection, at: int) -> dict[str, Any]:
    row = connection.execute(sa.select(events).where(events.c.position == at)).mappings().one()
    return dict(row)


def insert_at_end(connection: Connection) -> None:
    other = {"event_id": "another", "version": 99, "position": LENGTH + 1}
    connection.execute(sa.insert(events), {**copy_of(connection, 5), **other})


def insert_in_between(connection: Connection) -> None:
    for position in range(LENGTH, 9, -1):
        edit(connection, position, position=position + 1)
    other = {"event_id": "another", "version": 99, "position": 10}
    connection.execute(sa.insert(events), {**copy_of(connection, 5), **other})


def insert_before_all(connection: Connection) -> None:
    other = {"event_id": "another", "version": 99, "position": 0}
    connection.execute(sa.insert(events), {**copy_of(connection, 5), **other})


def delete(*positions: int) -> Callable[[Connection], None]:
    def do(connection: Connection) -> None:
        connection.execute(sa.delete(events).where(events.c.position.in_(positions)))

    return do


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (delete(LENGTH), f"event @{LENGTH} is missing: the log went on to @{LENGTH}"),
        (delete(LENGTH - 1, LENGTH), f"event @{LENGTH - 1} is missing"),
        (delete(7), "event @7 is missing"),
        (delete(1), "event @1 is missing"),
        (delete(*range(1, LENGTH + 1)), "event @1 is missing"),
        (lambda c: swap(c, 6, 8), "event @6 has 6 in its column position, where its body says 8"),
        (insert_at_end, f"event @{LENGTH + 1} lies after the end that the log knows, @{LENGTH}"),
        (insert_in_between, "event @10 has 10 in its column position, where its body says 5"),
        (insert_before_all, "event @0 has no place before event @1"),
    ],
)
def test_an_event_out_of_its_place(
    engine: Engine, damage: Callable[[Connection], None], sentence: str
) -> None:
    """What is deleted, swapped or put in is named by the first place that is wrong."""
    with tampering(engine) as connection:
        damage(connection)
    assert sentence in fault(engine)


@pytest.mark.parametrize(
    ("at", "old", "new", "columns", "sentence"),
    [
        (
            6,
            '"recorded_at":"2024',
            '"recorded_at":"2023',
            {"recorded_at": None},
            r"event @6 was recorded at 2023\S+, before the event before it",
        ),
        (6, '"version":3', '"version":4', {"version": 40}, "event @6 has 40 in its column version"),
    ],
)
def test_an_order_that_is_no_order(
    engine: Engine, at: int, old: str, new: str, columns: dict[str, Any], sentence: str
) -> None:
    """Times never fall and versions count, whatever the hashes say."""
    with tampering(engine) as connection:
        edit_body(connection, at, old, new)
        rehash(connection)
        body = body_at(connection, at)
        recorded_at = re.search(r'"recorded_at":"([^"]*)"', body)
        assert recorded_at is not None
        edit(
            connection,
            at,
            **{n: recorded_at[1] if v is None else v for n, v in columns.items()},
        )
    assert re.search(sentence, fault(engine))


def test_a_version_left_out(engine: Engine) -> None:
    """An initiative whose events do not count one by one has lost one."""
    with tampering(engine) as connection:
        for at, version in ((LENGTH, 7), (15, 5)):
            now = copy_of(connection, at)["version"]
            edit_body(connection, at, f'"version":{now}', f'"version":{version + 10}')
            edit(connection, at, version=version + 10)
        rehash(connection)
    assert "event @15 is not the next of mi-8: one is missing there" in fault(engine)


def test_a_correction_of_nothing(engine: Engine) -> None:
    """Every amended or withdrawn fact exists, comes before, and belongs to the initiative."""
    with tampering(engine) as connection:
        ids = {at: copy_of(connection, at)["event_id"] for at in (5, 8, 19)}
        whole = copy_of(connection, 9)["body"]
    for other, sentence in (
        ("00000000-0000-7000-8000-000000000000", "and there is no such event"),
        (ids[8], "which is no fact of il-1"),
        (ids[19], "which"),
    ):
        with tampering(engine) as connection:
            body = whole.replace(f'"fact":"{ids[5]}"', f'"fact":"{other}"')
            assert body != whole
            edit_body(connection, 9, copy_of(connection, 9)["body"], body)
            fact = next((at for at, name in ids.items() if name == other), 5)
            edit(connection, 9, fact=fact)
            rehash(connection)
        found = fault(engine)
        assert "event @9 names" in found
        assert sentence in found


# -- what the log keeps of itself ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"recorded_at": "2031-01-01T00:00:00.000000Z"}, "says it was last written at 2031"),
        ({"frontier": b"\x01" * 96}, "the events @1 to @16 did not hash to this"),
        ({"frontier": b""}, "the events @1 to @16 did not hash to this"),
        ({"position": LENGTH + 1}, f"event @{LENGTH + 1} is missing"),
        ({"position": LENGTH - 1}, f"event @{LENGTH} lies after the end"),
    ],
)
def test_a_head_that_is_not_the_last_event(
    engine: Engine, values: dict[str, Any], sentence: str
) -> None:
    """The row that says where the log ends agrees with where it ends."""
    with tampering(engine) as connection:
        connection.execute(sa.update(log_head).values(values))
    assert sentence in fault(engine)


def test_no_head(engine: Engine) -> None:
    """Without the row nobody could append."""
    with engine.begin() as connection:
        connection.execute(sa.delete(log_head))
    assert "the row that says where the log ends is missing" in fault(engine)


def test_an_event_altered_with_its_hash(engine: Engine) -> None:
    """A careful edit of one event still does not fit what was kept of all of them."""
    with tampering(engine) as connection:
        edit_body(connection, 18, "registered twice", "registered thrice")
    assert "the events @17 to @18 did not hash to this" in fault(engine)
    with tampering(engine) as connection:
        edit_body(connection, 18, "registered thrice", "registered twice")
        edit_body(connection, 19, "signed" if "signed" in body_at(connection, 19) else "2024", "2O")
    assert "@19" in fault(engine)


def test_hashes_kept_of_long_stretches(database_url: str) -> None:
    """Subtrees of 256 events and more are kept, so that old roots are cheap; each is held."""
    with opened(database_url, long_story(600)) as engine:
        size = verified(engine).events
        assert size > 512
        right = verified(engine).root
        for level, number, span in ((8, 0, "@1 to @256"), (9, 0, "@1 to @512")):
            here = sa.and_(merkle_nodes.c.level == level, merkle_nodes.c.number == number)
            with engine.begin() as connection:
                kept = connection.execute(sa.select(merkle_nodes.c.hash).where(here)).scalar_one()
                connection.execute(sa.update(merkle_nodes).where(here).values(hash=b"\x02" * 32))
            assert f"the events {span} do not hash to what was kept" in fault(engine)
            with engine.begin() as connection:
                connection.execute(sa.delete(merkle_nodes).where(here))
            assert f"the events {span} do not hash to what was kept" in fault(engine)
            with engine.begin() as connection:
                row = {"level": level, "number": number, "hash": kept}
                connection.execute(sa.insert(merkle_nodes), row)
        with engine.begin() as connection:
            row = {"level": 10, "number": 7, "hash": b"\x03" * 32}
            connection.execute(sa.insert(merkle_nodes), row)
        assert "the log keeps 1 hashes of events that it does not have" in fault(engine)
        with engine.begin() as connection:
            connection.execute(sa.delete(merkle_nodes).where(merkle_nodes.c.level == 10))
        assert verified(engine).root == right


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            sa.update(disclosures).where(disclosures.c.field == "note").values(text="other"),
            "event @5 has a text of its note that is not the one it was written with",
        ),
        (
            sa.update(disclosures).where(disclosures.c.field == "note").values(field="whim"),
            "event @5 has a text for its whim, which its body does not commit to",
        ),
        (
            sa.insert(disclosures).values(position=99, field="note", salt=b"s", text="t"),
            "the log keeps texts of events that it does not have",
        ),
        (
            sa.insert(disclosures).values(position=7, field="note", salt=b"s", text="t"),
            "event @7 has a text for its note, which its body does not commit to",
        ),
    ],
)
def test_a_text_that_nothing_commits_to(
    engine: Engine, change: sa.Executable, sentence: str
) -> None:
    """A text beside the log is the one that was hashed, or gone."""
    with engine.begin() as connection:
        connection.execute(change)
    assert sentence in fault(engine)


def test_guards_that_are_gone(engine: Engine) -> None:
    """Without its triggers the database would let the log be changed."""
    name = "events_no_update" if engine.dialect.name == "sqlite" else "events_no_truncate"
    on = "" if engine.dialect.name == "sqlite" else " ON events"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
    assert fault(engine).endswith(f"({name}); put it back with: tracker db upgrade")
    with engine.begin() as connection:
        install_guards(connection)
    assert verified(engine).events == LENGTH


# -- checkpoints -----------------------------------------------------------------------------------


def test_a_log_cut_below_a_checkpoint(engine: Engine) -> None:
    """Whoever cuts the log carefully enough is found out by a checkpoint kept elsewhere alone."""
    kept = checkpoint(engine, LENGTH)
    with tampering(engine) as connection:
        for table in (events, disclosures):
            connection.execute(sa.delete(table).where(table.c.position > 10))
        last = copy_of(connection, 10)["recorded_at"]
        connection.execute(sa.update(log_head).values(position=10, recorded_at=last))
        rehash(connection)
    assert verified(engine, checkpoint(engine, 10)).events == 10
    assert (
        f"the log is shorter than the checkpoint of {LENGTH} events by example.org/desk: "
        "it ends at @10"
    ) in fault(engine, kept)


def test_a_log_rewritten_behind_a_checkpoint(engine: Engine) -> None:
    """Whoever rewrites an event with all hashes is found out, by the first checkpoint after it."""
    kept = [checkpoint(engine, size) for size in (17, 18, LENGTH)]
    with tampering(engine) as connection:
        edit_body(connection, 18, "registered twice", "registered thrice")
        rehash(connection)
    assert verified(engine, kept[0]).events == LENGTH
    assert "does not match the checkpoint of 18 events" in fault(engine, *kept)


def test_a_checkpoint_of_another_log(engine: Engine) -> None:
    """Its root is not ours, at any size."""
    for size in (0, 5, LENGTH):
        other = evolve(checkpoint(engine, size), root=b"\x05" * 32)
        assert f"does not match the checkpoint of {size} events" in fault(engine, other)
