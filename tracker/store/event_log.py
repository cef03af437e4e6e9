"""The log: append under the head's lock, read in order, answer for a root.

Positions are handed out under one lock that is held to commit, so that position order is commit
order and no reader ever meets a gap that fills later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from attrs import Factory, field, mutable
from sqlalchemy.engine import Connection, Engine

from tracker.domain.dates import format_instant
from tracker.domain.events import (
    Account,
    Amended,
    Draft,
    Event,
    InitiativeRegistered,
    Recorded,
    TextErased,
    TextField,
    Withdrawn,
    account_of,
)
from tracker.domain.evidence import is_unconfirmed
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.errors import Damaged
from tracker.store.codec import encode
from tracker.store.driver import Driver, told_as_before
from tracker.store.erasing import delete_texts
from tracker.store.reading import (
    NODE_LEVEL,
    Head,
    NodeReader,
    head,
    instant_of,
    position_at,
    read_at,
    root_at,
    texts_of,
)
from tracker.store.schema import events
from tracker.store.trusted import maker
from tracker.store.upcasters import SCHEMA
from tracker.store.writer import Direct, Question, Writer, writer_of

Row = dict[str, Any]
"""One row of ``events``, by column name."""

Foreseen = Callable[[Driver], Sequence[Question]]
"""Returns the queries that are known beforehand to be needed under the lock."""

_TICK = timedelta(microseconds=1)
_event = maker(Event)
_REMEMBERED = 10_000


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database throughout."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def writing(
    engine: Engine, *, dry_run: bool = False, foreseen: Foreseen | None = None
) -> Iterator[Appender]:
    """Take the lock of the log and yield an appender; commit at the end, all of it or nothing.

    With *dry_run* all of it is rolled back at the end. Where *foreseen* is given, every query and
    statement must go through the driver of the appender: there are then two round trips to a
    server, one for the lock and the foreseen queries, and one for the writes and the commit.
    """
    with (
        engine.connect().execution_options(writing=True) as connection,
        connection.begin() as transaction,
        told_as_before(connection),
    ):
        writer = writer_of(connection)
        together = writer.driver.pipelined(dry_run=dry_run)
        with together if foreseen is not None else nullcontext():
            position, recorded_at, frontier = writer.lock(
                foreseen(writer.driver) if foreseen is not None else ()
            )
            appender = Appender(
                connection=connection,
                writer=writer,
                position=position,
                recorded_at=instant_of(recorded_at),
                frontier=Frontier.from_bytes(position, frontier),
            )
            yield appender
            appender.flush()
        if dry_run:
            transaction.rollback()


@mutable
class Appender:
    """The head of the log while its lock is held; rows wait here until :meth:`flush`."""

    connection: Connection
    position: int
    recorded_at: datetime | None
    frontier: Frontier
    writer: Writer = field(default=Factory(lambda self: Direct(self.connection), takes_self=True))
    _rows: list[Row] = field(factory=list)
    _disclosed: list[Row] = field(factory=list)
    _nodes: list[Row] = field(factory=list)
    _erased: list[tuple[int, TextField, int]] = field(factory=list)
    _versions: dict[str, int] = field(factory=dict)
    _positions: dict[str, int] = field(factory=dict)

    @property
    def driver(self) -> Driver:
        """The driver for queries under the lock, without SQLAlchemy."""
        return self.writer.driver

    def instant(self, clock: datetime) -> datetime:
        """The instant of the next witnessed event: a clock that goes back reorders nothing."""
        return clock if self.recorded_at is None else max(clock, self.recorded_at + _TICK)

    def append(self, drafts: Iterable[Draft], recorded_by: str) -> list[tuple[Event, Row]]:
        """Give *drafts* their places; written by :meth:`flush`, at commit at the latest."""
        return [self._append(draft, recorded_by) for draft in drafts]

    def append_body(
        self, event: Event, body: str, disclosed: Sequence[Row], leaf: bytes | None = None
    ) -> Row:
        """Take over an event byte for byte, as a restore does.

        *leaf* is the hash of its body, where that has been worked out.
        """
        row = self._row(event, body, leaf)
        self._disclosed += disclosed
        self._take(row, event)
        return row

    def flush(self) -> None:
        """Write what waits, and the new head."""
        if not self._rows:
            return
        head = {
            "position": self.position,
            "recorded_at": self._rows[-1]["recorded_at"],
            "frontier": self.frontier.to_bytes(),
        }
        self.writer.append(self._rows, self._disclosed, self._nodes, head)
        for erased in self._erased:
            delete_texts(self.connection, *erased)
        self._rows, self._disclosed, self._nodes, self._erased = [], [], [], []
        # What is written can be looked up again: a bulk append need not remember a million ids.
        if len(self._positions) > _REMEMBERED:
            self._positions.clear()

    def version(self, initiative: str) -> int:
        """How many events *initiative* has."""
        if initiative not in self._versions:
            query = "SELECT max(version) FROM events WHERE initiative = :initiative"
            ((found,),) = self.driver.rows(query, {"initiative": initiative})
            self._versions[initiative] = found or 0
        return self._versions[initiative]

    def knows(self, initiative: str, version: int) -> None:
        """Remember that *initiative* has *version* events, to save the query for it."""
        self._versions.setdefault(initiative, version)

    def knows_new(self, initiative: str) -> None:
        """Remember that *initiative* has no events yet."""
        self.knows(initiative, 0)

    def position_of(self, event_id: str | None) -> int | None:
        """The position of an event that others refer to by its id."""
        if event_id is None:
            return None
        if event_id not in self._positions:
            query = "SELECT position FROM events WHERE event_id = :event_id"
            ((self._positions[event_id],),) = self.driver.rows(query, {"event_id": event_id})
        return self._positions[event_id]

    def _append(self, draft: Draft, recorded_by: str) -> tuple[Event, Row]:
        position = self.position + 1
        version = self.version(draft.initiative) + 1 if draft.initiative else 0
        _check_new(draft, version)
        body, disclosed = encode(draft, position, version, recorded_by)
        event = _event(
            position,
            draft.event_id,
            draft.initiative,
            version,
            draft.recorded_at,
            draft.time,
            recorded_by,
            draft.what,
        )
        self._disclosed += [
            {"position": position, "field": d.field, "salt": d.salt, "text": d.text}
            for d in disclosed
        ]
        row = self._row(event, body)
        self._take(row, event)
        return event, row

    def _take(self, row: Row, event: Event) -> None:
        self.position = event.position
        self.recorded_at = event.recorded_at
        self._rows.append(row)
        if event.initiative:
            self._versions[event.initiative] = event.version
        if isinstance(event.what, TextErased):
            self.writer.must_own("erase a text")
            self._erased.append((row["fact"], event.what.field, event.position))
        for level, number, digest in self.frontier.append(row["leaf"]):
            if level >= NODE_LEVEL:
                self._nodes.append({"level": level, "number": number, "hash": digest})

    def _row(self, event: Event, body: str, leaf: bytes | None = None) -> Row:
        if isinstance(event.what, Recorded):
            self._positions[event.event_id] = event.position
        return columns(event, body, self.position_of, leaf)


def _check_new(draft: Draft, version: int) -> None:
    """Raise Damaged where an initiative would be registered a second time.

    It was taken for new because the read tables have lost it.
    """
    if version > 1 and isinstance(draft.what, InitiativeRegistered):
        raise lost(str(draft.initiative))


def lost(initiative: str) -> Damaged:
    """Return the error for an *initiative* that has events and is not in the read tables."""
    return Damaged(
        f"the read tables do not have {initiative}, which is in the log; make them again with: "
        "tracker rebuild"
    )


def columns(event: Event, body: str, position_of: Any, leaf: bytes | None = None) -> Row:
    """The row of an event: copies of what its body says, for the database to index.

    *position_of* gives the position of the event that an event id names; *leaf* is the hash of its
    body, where that has been worked out.
    """
    what = event.what
    account = account_of(what)
    fact = None
    if isinstance(what, Recorded):
        fact = event.position
    elif isinstance(what, Amended | Withdrawn | TextErased):
        fact = position_of(what.fact)
    return {
        "position": event.position,
        "event_id": event.event_id,
        "initiative": event.initiative,
        "version": event.version,
        "kind": what.KIND,
        "type": account.type if account else None,
        "schema": SCHEMA,
        "recorded_at": format_instant(event.recorded_at),
        "time": event.time,
        "recorded_by": event.recorded_by,
        "fact": fact,
        "body": body,
        "leaf": leaf or leaf_hash(body.encode()),
        **_account_columns(account, position_of),
    }


def _account_columns(account: Account | None, position_of: Any) -> Row:
    if account is None:
        return dict.fromkeys(_ACCOUNT_COLUMNS)
    sources = account.sources
    return {
        "mode": account.mode,
        "edtf": account.on.edtf,
        "lo": account.on.lo.isoformat(),
        "hi": account.on.hi.isoformat(),
        "fulfils": position_of(account.fulfils),
        "after_fact": position_of(account.after),
        "contradicts": position_of(account.contradicts),
        "source": sources[0].name if sources else None,
        "unconfirmed": int(is_unconfirmed(sources)),
    }


_ACCOUNT_COLUMNS = (
    "mode",
    "edtf",
    "lo",
    "hi",
    "fulfils",
    "after_fact",
    "contradicts",
    "source",
    "unconfirmed",
)


# -- reading ---------------------------------------------------------------------------------------


_READ_AT_ONCE = 2000


def read(connection: Connection, *where: sa.ColumnElement[bool]) -> Iterator[Event]:
    """The events that satisfy *where*, in order, decoded with their disclosures; it streams.

    Which they are is asked first. Asked for some of them in order, a server would rather go along
    the whole log until it has so many, which at a million events takes it ten seconds each time.
    """
    found = sorted(connection.execute(sa.select(events.c.position).where(*where)).scalars())
    for start in range(0, len(found), _READ_AT_ONCE):
        yield from read_at(connection, found[start : start + _READ_AT_ONCE]).values()


def read_rows(
    connection: Connection, *where: sa.ColumnElement[bool], batch: int = 2000
) -> Iterator[Sequence[sa.Row[Any]]]:
    """Yield the rows that satisfy *where*, by position, in batches: one at a time is in memory."""
    query = sa.select(events).where(*where).order_by(events.c.position).limit(batch)
    last = 0
    while rows := connection.execute(query.where(events.c.position > last)).all():
        yield rows
        last = rows[-1].position


__all__ = [
    "NODE_LEVEL",
    "Appender",
    "Foreseen",
    "Head",
    "NodeReader",
    "Row",
    "columns",
    "head",
    "lost",
    "position_at",
    "read",
    "read_at",
    "read_rows",
    "reading",
    "root_at",
    "texts_of",
    "writing",
]
