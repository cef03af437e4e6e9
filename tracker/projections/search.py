"""The index of search, made from the log: a search adds what is missing, a rebuild makes all of it.

Unlike the read tables it is not updated with every append: an index of words is worth its cost only
where somebody searches, and updating it then costs no more than looking through what was appended
since. A search by a role that may not write looks through those events every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import sqlalchemy as sa
from attrs import field, frozen, mutable
from sqlalchemy.engine import Connection, Engine

from tracker.errors import TrackerError
from tracker.projections.comparison import Difference
from tracker.store import event_log, reading, search_index
from tracker.store.roles import standing
from tracker.store.schema import search_words
from tracker.store.search_index import Row, row_of

WORTH: Final = 1_000
"""From how many events on it is worth it: fewer are looked through in no time."""

STEP: Final = 5_000
"""How many events are indexed in one transaction, so that others get in between."""

Progress = Callable[[int, int], None]
"""(events done, events in all)"""


def catch_up(engine: Engine, progress: Progress | None = None) -> bool:
    """Index what was appended since, if it is worth it and can be done now; return whether it was.

    It never waits, and a failure is no error: where another has the lock, the role may only read,
    or a disk is full, the search looks through the events that are not indexed. Damage is reported
    by that search.
    """
    with event_log.reading(engine) as connection:
        start, head = search_index.reached(connection), _head(connection)
        if head - start < WORTH or search_index.is_newer(connection) or not _may(connection):
            return False
    try:
        with engine.connect() as connection:
            _never_wait(connection)
            connection.execution_options(writing=True)
            done = start
            while done < head:
                with connection.begin():
                    search_index.lock(connection, wait=False)
                    done = _index(connection, search_index.reached(connection), head)
                if progress is not None:
                    progress(done - start, head - start)
    except (sa.exc.DBAPIError, TrackerError):
        return False
    return True


def _may(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite" or standing(connection).may == "write"


def _never_wait(connection: Connection) -> None:
    """Let SQLite fail at once where the lock is held; on PostgreSQL the statement says NOWAIT."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA busy_timeout = 0")


def _index(connection: Connection, start: int, head: int) -> int:
    """Index the next events after *start*, the end of the index; return its new end."""
    if start >= head:
        return start
    if start == 0:  # rows may be left that were made by an older way of folding
        connection.execute(sa.delete(search_words))
    end = min(start + STEP, head)
    search_index.put(connection, list(_rows(connection, start, end)))
    search_index.remember(connection, end)
    return end


def _rows(connection: Connection, start: int, end: int) -> Iterator[Row]:
    from tracker.store.scanning import scan  # takes longer to import than most searches do

    for event, _, _ in scan(connection, after=start, until=end):
        row = row_of(event)
        if row is not None:
            yield row


def _head(connection: Connection) -> int:
    return reading.head(connection).position


# -- all of it -------------------------------------------------------------------------------------


@mutable
class Compared:
    """The index compared with the log: how many *rows* the log gives, how many are *differing*."""

    rows: int = 0
    differing: int = 0
    differences: list[Difference] = field(factory=list)


def compared(connection: Connection, listed: int, progress: Progress | None = None) -> Compared:
    """Return what differs, and change nothing; *connection* must see one state."""
    found = Compared()
    if search_index.is_foreign(connection):
        return found
    reached = search_index.reached(connection)
    for start in range(0, reached, STEP):
        end = min(start + STEP, reached)
        _Span.of(connection, start, end).tell(found, listed)
        if progress is not None:
            progress(end, reached)
    _Span.beyond(connection, reached).tell(found, listed)
    return found


def remade(
    connection: Connection, listed: int, *, whole: bool, progress: Progress | None = None
) -> Compared:
    """Put right what differs; with *whole*, index the log to its head as well.

    Each step is a transaction of its own on *connection*, which is in none. Raises Unavailable for
    one who may not write the tables.
    """
    found = Compared()
    connection.execution_options(writing=True)
    done, end = 0, None
    while end is None or done < end:
        with connection.begin():
            search_index.lock(connection, wait=True)
            end = _head(connection) if whole else search_index.reached(connection)
            done = _remake(connection, found, listed, (done, min(done + STEP, end)))
        if progress is not None:
            progress(done, end)
    with connection.begin():
        search_index.lock(connection, wait=True)
        if whole or not search_index.is_foreign(connection):
            beyond = _Span.beyond(connection, search_index.reached(connection))
            beyond.tell(found, listed)
            beyond.mend(connection)
        search_index.mend_parts(connection)
    return found


def _remake(connection: Connection, found: Compared, listed: int, span: tuple[int, int]) -> int:
    start, end = span
    each = _Span.of(connection, start, end)
    reached = search_index.reached(connection)
    if end <= reached:
        each.tell(found, listed)
    else:
        found.rows += len(each.after)
    each.mend(connection)
    if end > reached:
        search_index.remember(connection, end)
    return end


@frozen
class _Span:
    """The rows of some events: *before*, as the index has them; *after*, as the log gives them."""

    before: dict[int, Row]
    after: dict[int, Row]

    @classmethod
    def of(cls, connection: Connection, start: int, end: int) -> _Span:
        """Return the rows of the events after *start*, up to *end*."""
        position = search_words.c.position
        return cls(
            _standing(connection, position > start, position <= end),
            {row["position"]: row for row in _rows(connection, start, end)},
        )

    @classmethod
    def beyond(cls, connection: Connection, reached: int) -> _Span:
        """Return the rows at positions that were not indexed: all of them are wrong."""
        position = search_words.c.position
        return cls(_standing(connection, sa.or_(position > reached, position < 1)), {})

    @property
    def keys(self) -> list[int]:
        """The positions where they differ."""
        either = sorted({*self.before, *self.after})
        return [key for key in either if self.before.get(key) != self.after.get(key)]

    def tell(self, found: Compared, listed: int) -> None:
        """Add the differences to *found*, of which up to *listed* are listed."""
        keys = self.keys
        found.rows += len(self.after)
        found.differing += len(keys)
        room = max(listed - len(found.differences), 0)
        found.differences += [
            Difference("search_words", (key,), self.before.get(key), self.after.get(key))
            for key in keys[:room]
        ]

    def mend(self, connection: Connection) -> None:
        """Replace what differs, and nothing else."""
        keys = self.keys
        search_index.take_out(connection, [key for key in keys if key in self.before])
        search_index.put(connection, [self.after[key] for key in keys if key in self.after])


def _standing(connection: Connection, *where: sa.ColumnElement[bool]) -> dict[int, Row]:
    query = sa.select(search_words).where(*where)
    return {row["position"]: dict(row) for row in connection.execute(query).mappings()}
