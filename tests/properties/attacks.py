"""Ways to change a log that no program of ours would: for invariant 13.

*Careless* ones change rows and no more. *Careful* ones write the log anew as the program itself
would have done it, with every column, hash, subtree and head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection, Engine

from tracker.domain.events import Draft, Event
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.store import event_log
from tracker.store.codec import encode
from tracker.store.event_log import Appender, read
from tracker.store.schema import disclosures, events, log_head, merkle_nodes


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


def carelessly(connection: Connection, change: Change, where: int, one: int, other: int) -> bool:
    """Whether there was anything to change, and a database that takes it."""
    try:
        with connection.begin_nested():
            change(connection, where, one, other)
    except (sa.exc.IntegrityError, NothingThere):
        return False
    return True


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
            # Whoever rewrites a log may let one begin twice, which the program would not.
            with mock.patch.object(event_log, "_check_new"):
                appender.append([draft_of(event)], event.recorded_by)
            appender.flush()
    except ValueError:  # no row of what it refers to
        return False
    return True


def bare(connection: Connection) -> list[Event]:
    """The events without their texts, so that each is written again to the same bytes."""
    connection.execute(sa.delete(disclosures))
    return list(read(connection))
