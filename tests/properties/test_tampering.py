"""Invariant 13: whoever changes the log, however carefully, is found by verify.

An attack is tried in a transaction that is taken back, with the triggers stood down and put up
again. *Careless* ones change rows and no more, and are found by the log alone. *Careful* ones write
the log anew as the program itself would have done it, with every column, hash, subtree and head;
those are found by a checkpoint that was kept somewhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from tests.histories import Erasing, Recording, Step, histories, record
from tests.properties.support import Bug, Desk, examples, fails
from tracker.domain.checkpoint import Checkpoint
from tracker.domain.events import Draft, Event
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.errors import Damaged, Unavailable
from tracker.store import event_log, verify
from tracker.store.codec import encode
from tracker.store.event_log import Appender, columns, read, root_at
from tracker.store.guards import install_guards
from tracker.store.schema import disclosures, events, log_head, merkle_nodes

TEXTS = ("note", "quote")
LEVEL = 2
"""Subtrees are kept from four leaves up here, so that small logs have some."""

Attack = tuple[str, int, int, int]
"""Its name, and three numbers that say where and how, each counted round and round."""


@pytest.fixture(scope="module", autouse=True)
def _small_subtrees() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_log, "NODE_LEVEL", LEVEL)
        patch.setattr(verify, "NODE_LEVEL", LEVEL)
        yield


# -- how it is done --------------------------------------------------------------------------------


@contextmanager
def attacked(engine: Engine) -> Iterator[Connection]:
    """A connection that may change what it likes, and takes all of it back in the end."""
    with engine.connect().execution_options(writing=True) as connection:
        transaction = connection.begin()
        if connection.dialect.name == "sqlite":
            for name in ("events_no_update", "events_no_delete", "events_no_replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield connection
        transaction.rollback()


def is_found(connection: Connection, *kept: Checkpoint) -> bool:
    """Whether verify stops at what was done; a log that a newer tracker wrote is none of ours."""
    install_guards(connection)
    try:
        verify.verify(connection, checkpoints=kept)
    except (Damaged, Unavailable):
        return True
    return False


def at(position: int) -> sa.ColumnElement[bool]:
    return events.c.position == position


def row_at(connection: Connection, position: int) -> dict[str, Any]:
    query = sa.select(events).where(at(position))
    return dict(connection.execute(query).mappings().one())


# -- careless: rows are changed, and nothing else is -----------------------------------------------

Change = Callable[[Connection, int, int, int], None]
"""Does it at or near a position; one that no database could hold raises IntegrityError."""


class NothingThere(Exception):
    """There is no row to change."""


def edit_a_byte(connection: Connection, position: int, one: int, other: int) -> None:
    """Of any column of the event."""
    column = events.columns[list(events.columns.keys())[one % len(events.columns)]]
    value = row_at(connection, position)[column.name]
    changed = with_another_byte(connection, column, value, other)
    connection.execute(sa.update(events).where(at(position)).values({column.name: changed}))


def edit_the_body(connection: Connection, position: int, one: int, other: int) -> None:
    """Of a body, which is most of a row."""
    changed = with_another_byte(
        connection, events.c.body, row_at(connection, position)["body"], one
    )
    connection.execute(sa.update(events).where(at(position)).values(body=changed))


def edit_a_body_with_its_hash(connection: Connection, position: int, one: int, other: int) -> None:
    """The leaf fits, and what was kept of all of them does not."""
    edit_the_body(connection, position, one, other)
    as_bytes: sa.ColumnElement[bytes] = sa.cast(events.c.body, sa.LargeBinary)
    if connection.dialect.name == "postgresql":
        as_bytes = sa.func.convert_to(events.c.body, "UTF8")
    body = bytes(connection.execute(sa.select(as_bytes).where(at(position))).scalar_one())
    connection.execute(sa.update(events).where(at(position)).values(leaf=leaf_hash(body)))


def edit_beside_the_log(connection: Connection, position: int, one: int, other: int) -> None:
    """A text, its salt, its place; the head; a kept subtree."""
    table = (disclosures, log_head, merkle_nodes)[one % 3]
    query = sa.select(table).order_by(*table.primary_key.columns)
    rows = connection.execute(query).mappings().all()
    if not rows:
        raise NothingThere
    row = rows[position % len(rows)]
    columns = [column for column in table.columns if column.name != "id"]
    column = columns[other % len(columns)]
    changed = with_another_byte(connection, column, row[column.name], one)
    same = [c == row[c.name] for c in table.primary_key.columns]
    connection.execute(sa.update(table).where(*same).values({column.name: changed}))


def delete_one(connection: Connection, position: int, one: int, other: int) -> None:
    connection.execute(sa.delete(events).where(at(position)))


def swap_places(connection: Connection, position: int, one: int, other: int) -> None:
    """Two rows change places, with all that they say."""
    second = another(connection, position, one)
    for start, end in ((position, -1), (second, position), (-1, second)):
        connection.execute(sa.update(events).where(at(start)).values(position=end))


def swap_what_is_said(connection: Connection, position: int, one: int, other: int) -> None:
    """Two rows keep their places and change all the rest."""
    second = another(connection, position, one)
    rows = {place: row_at(connection, place) for place in (position, second)}
    connection.execute(sa.delete(events).where(events.c.position.in_(list(rows))))
    for place, row in ((position, rows[second]), (second, rows[position])):
        connection.execute(sa.insert(events).values({**row, "position": place}))


def insert_one(connection: Connection, position: int, one: int, other: int) -> None:
    """A row is put in before another, or after all; those after it move up."""
    head = connection.execute(sa.select(sa.func.max(events.c.position))).scalar_one()
    row = row_at(connection, position)
    place = one % (head + 1) + 1
    for moved in range(head, place - 1, -1):
        connection.execute(sa.update(events).where(at(moved)).values(position=moved + 1))
    version = {} if row["initiative"] is None else {"version": 1000}
    new = {"position": place, "event_id": "ffffffff-0000-4000-8000-000000000000", **version}
    connection.execute(sa.insert(events).values({**row, **new}))


CARELESS: dict[str, Change] = {
    each.__name__: each
    for each in (
        edit_a_byte,
        edit_the_body,
        edit_a_body_with_its_hash,
        edit_beside_the_log,
        delete_one,
        swap_places,
        swap_what_is_said,
        insert_one,
    )
}


def another(connection: Connection, position: int, pointer: int) -> int:
    """The position of an event other than the one at *position*."""
    head: int = connection.execute(sa.select(sa.func.max(events.c.position))).scalar_one()
    return (position + pointer % (head - 1)) % head + 1


def with_another_byte(
    connection: Connection, column: sa.Column[Any], value: Any, pointer: int
) -> Any:
    """*value* with one byte changed; where there is none, with one."""
    if isinstance(column.type, sa.LargeBinary):
        return changed_at(bytes(value), pointer) if value else b"x"
    if isinstance(column.type, sa.Integer):
        return (value or 0) ^ (1 << pointer % 8) if value is not None else pointer % 100
    if not value:
        return chr(ord("!") + pointer % 90)
    data = changed_at(value.encode(), pointer)
    try:
        return data.decode()
    except UnicodeDecodeError:
        if connection.dialect.name == "sqlite":
            return sa.text(f"CAST(x'{data.hex()}' AS TEXT)")
        return f"!{value[1:]}" if value[0] != "!" else f"?{value[1:]}"  # no server takes the bytes


def changed_at(data: bytes, pointer: int) -> bytes:
    place, byte = pointer % len(data), ord("!") + pointer // len(data) % 90
    byte = byte if byte != data[place] else byte + 1
    return data[:place] + bytes([byte]) + data[place + 1 :]


# -- careful: the log is written anew, as if it had never been otherwise ---------------------------

Rewrite = Callable[[Sequence[Event], int, int], list[Event]]
"""Another history that might have been, given an index and another number."""


def one_is_altered(history: Sequence[Event], index: int, one: int) -> list[Event]:
    changed = evolve(history[index], recorded_by=f"somebody else {one}")
    return [*history[:index], changed, *history[index + 1 :]]


def one_is_dated_back(history: Sequence[Event], index: int, one: int) -> list[Event]:
    """By no more than leaves the order as it is."""
    event = history[index]
    before = history[index - 1].recorded_at if index else event.recorded_at - timedelta(days=1)
    earlier = max(before, event.recorded_at - timedelta(microseconds=one + 1))
    changed = evolve(event, recorded_at=earlier)
    if earlier == event.recorded_at:  # two in one instant
        changed = evolve(event, time="asserted" if event.time == "witnessed" else "witnessed")
    return [*history[:index], changed, *history[index + 1 :]]


def one_is_left_out(history: Sequence[Event], index: int, one: int) -> list[Event]:
    """With everything that refers to it."""
    gone = {history[index].event_id}
    left = []
    for event in history:
        if any(name in written(event) for name in gone):
            gone.add(event.event_id)
        else:
            left.append(event)
    return left


def one_is_put_in(history: Sequence[Event], index: int, one: int) -> list[Event]:
    copy = evolve(history[index], event_id=f"ffffffff-0000-4000-8000-{one:012x}")
    return [*history[:index], copy, *history[index:]]


def two_change_places(history: Sequence[Event], index: int, one: int) -> list[Event]:
    """Instants stay in order, whoever has them."""
    second = (index + 1 + one % (len(history) - 1)) % len(history)
    order = list(history)
    order[index], order[second] = order[second], order[index]
    return [evolve(e, recorded_at=h.recorded_at) for e, h in zip(order, history, strict=True)]


def it_is_cut(history: Sequence[Event], index: int, one: int) -> list[Event]:
    return list(history[:index])


CAREFUL: dict[str, Rewrite] = {
    each.__name__: each
    for each in (
        one_is_altered,
        one_is_dated_back,
        one_is_left_out,
        one_is_put_in,
        two_change_places,
        it_is_cut,
    )
}


TAKES_A_CHECKPOINT = ("one_is_altered", "one_is_dated_back", "it_is_cut")
"""After these the log itself is sound in every way."""


def draft_of(event: Event) -> Draft:
    return Draft(event.event_id, event.initiative, event.what, event.recorded_at, event.time)


def written(event: Event) -> str:
    """The body of an event, with its own id and those that it refers to."""
    return encode(draft_of(event), event.position, event.version, event.recorded_by)[0]


def rewritten(connection: Connection, history: Sequence[Event]) -> bool:
    """Write the log anew, texts left out; False where it could not be: it refers to nothing."""
    for table in (disclosures, merkle_nodes, events):
        connection.execute(sa.delete(table))
    connection.execute(
        sa.update(log_head).values(position=0, recorded_at=None, frontier=Frontier().to_bytes())
    )
    appender = Appender(connection, 0, None, Frontier())
    try:
        for event in history:
            appender.append([draft_of(event)], event.recorded_by)
            appender.flush()
    except sa.exc.NoResultFound:
        return False
    return True


def bare(connection: Connection) -> list[Event]:
    """The events without their texts, so that each is written again to the same bytes."""
    connection.execute(sa.delete(disclosures))
    return list(read(connection))


# -- 13 --------------------------------------------------------------------------------------------

_NUMBER = st.integers(0, 2**20)
_erasings = st.builds(Erasing, fact=st.integers(0, 7), field=st.sampled_from(TEXTS))
THIRTEEN: dict[str, st.SearchStrategy[Any]] = {
    "steps": st.builds(
        lambda first, erasings, last: [*first, *erasings, last],
        histories(max_size=12),
        st.lists(_erasings, max_size=2),
        st.just(Recording(slug=0, note="said so")),  # so that there is a text to change
    ),
    "keep": _NUMBER,
    "attacks": st.lists(
        st.tuples(st.sampled_from((*CARELESS, *CAREFUL)), _NUMBER, _NUMBER, _NUMBER),
        min_size=12,
        max_size=12,
    ),
}


def invariant_13(desk: Desk, steps: list[Step], keep: int, attacks: list[Attack]) -> None:
    database = desk.database()
    size = len(record(database.engine, steps))
    with database.asking() as connection:
        kept_at = keep % size + 1
        kept = Checkpoint("example.org/desk", kept_at, root_at(connection, kept_at))
        report = verify.verify(connection, checkpoints=[kept])
        assert report.unexplained == 0
    with attacked(database.engine) as connection:
        assert rewritten(connection, bare(connection))
        assert not is_found(connection, kept), "the rewriting itself is noticed"
    for name, where, one, other in attacks:
        with attacked(database.engine) as connection:
            if name in CARELESS:
                done = carelessly(connection, CARELESS[name], where % size + 1, one, other)
                assert not done or is_found(connection), f"unnoticed: {name} {where} {one} {other}"
                continue
            other_history = CAREFUL[name](bare(connection), where % kept_at, one)
            if rewritten(connection, other_history):
                if name in TAKES_A_CHECKPOINT:
                    assert not is_found(connection), f"the attack was clumsy: {name} {where} {one}"
                assert is_found(connection, kept), f"unnoticed: {name} {where} {one}"


def carelessly(connection: Connection, change: Change, where: int, one: int, other: int) -> bool:
    """Whether there was anything to change, and a database that takes it."""
    try:
        with connection.begin_nested():
            change(connection, where, one, other)
    except (sa.exc.IntegrityError, NothingThere):
        return False
    return True


@given(**THIRTEEN)
@examples(25)
def test_invariant_13(desk: Desk, steps: list[Step], keep: int, attacks: list[Attack]) -> None:
    """Every single-byte edit, deletion, swap, insertion, or cut below a kept checkpoint is found.

    On both databases, and whoever stood the triggers down.
    """
    invariant_13(desk, steps, keep, attacks)


# -- seeded bugs -----------------------------------------------------------------------------------


class _Alike(bytes):
    """What is equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = bytes.__hash__


def stored_leaves_are_trusted(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(verify, "leaf_hash", lambda body: _Alike())


def bodies_alone_are_looked_at(bug: pytest.MonkeyPatch) -> None:
    """The columns beside them, which answers are made of, may say what they like."""
    bug.setattr(verify._Reading, "_compare", lambda *_: None)


def the_end_is_not_looked_at(bug: pytest.MonkeyPatch) -> None:
    """A log is read as far as it goes, wherever its head says that it ends."""
    bug.setattr(verify._Reading, "_finish", lambda *_: None)


def the_frontier_is_not_compared(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(verify._Reading, "_compare_frontier", lambda *_: None)


def texts_are_not_hashed(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(verify, "check_disclosures", lambda *_: None)


def checkpoints_are_counted_only(bug: pytest.MonkeyPatch) -> None:
    """There are as many events as it says, and which they are is not asked."""

    def wrong(self: Any) -> None:
        while self._due and self._due[-1].size == self.frontier.size:
            self._due.pop()

    bug.setattr(verify._Reading, "_hold_checkpoints", wrong)


def a_checkpoint_past_the_end_is_passed_over(bug: pytest.MonkeyPatch) -> None:
    """It is held against the events that are there, and the log ends before it."""
    right = verify._Reading._finish

    def wrong(self: Any, head: Any) -> None:
        self._due = []
        right(self, head)

    bug.setattr(verify._Reading, "_finish", wrong)


@pytest.mark.parametrize(
    "seeded",
    [
        stored_leaves_are_trusted,
        bodies_alone_are_looked_at,
        the_end_is_not_looked_at,
        the_frontier_is_not_compared,
        texts_are_not_hashed,
        checkpoints_are_counted_only,
        a_checkpoint_past_the_end_is_passed_over,
    ],
)
def test_a_careless_verify_breaks_invariant_13(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """Something is passed over, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_13(sqlite_desk, **drawn), THIRTEEN)


# A position and a version are also counted: to leave their comparison out changes nothing.
@pytest.mark.parametrize("column", sorted({*verify._COPIES, "schema"} - {"position", "version"}))
def test_a_column_left_out_breaks_invariant_13(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    """There is none that verify could pass over without the property noticing."""
    right = verify._Reading._compare

    def wrong(self: Any, row: Any, event: Event, parsed: dict[str, Any]) -> None:
        told = columns(event, row.body, self._position_of)
        told["schema"] = parsed["schema"]
        seen = {name: getattr(row, name) for name in row._mapping} | {column: told[column]}
        right(self, SimpleNamespace(**seen), event, parsed)

    monkeypatch.setattr(verify._Reading, "_compare", wrong)
    number = list(events.columns.keys()).index(column)
    # Of all attacks only those on this column, so that one is soon met.
    attack = st.tuples(st.just("edit_a_byte"), _NUMBER, st.just(number), _NUMBER)
    given = {**THIRTEEN, "attacks": st.lists(attack, min_size=12, max_size=12)}
    assert fails(lambda **drawn: invariant_13(sqlite_desk, **drawn), given, examples=10)
