"""Reading the log: its head, positions, roots and single events, through any connection.

Everything here, and in :mod:`tracker.projections.portfolio`, is asked in SQL that both databases
understand, so that a SQLite file can be asked with SQLAlchemy or without (see
:mod:`tracker.store.file_reader`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import field, frozen, mutable

from tracker.domain.dates import format_instant
from tracker.domain.merkle import Frontier, root_of
from tracker.errors import Damaged
from tracker.store.codec import decode
from tracker.store.driver import Reader, ServerDriver, as_sqlalchemys, for_psycopg
from tracker.store.file_reader import FileReader, spread
from tracker.store.sentences import HEADLESS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tracker.domain.events import Event

NODE_LEVEL = 8
"""Hashes of complete subtrees are kept from this level (256 leaves) up."""

# How many values a query is given at a time.
_PART = 500
# How many rows of a stream are fetched at a time.
_STREAMED = 2000


@frozen
class Head:
    """The last position of the log and its instant (None while it is empty)."""

    position: int
    recorded_at: datetime | None


def rows(reader: Reader, query: str, parameters: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """Return the rows of *query*: SQL with named parameters, a list for ``IN :name``.

    Errors are those of the driver, or the ones that SQLAlchemy makes of them.
    """
    if isinstance(reader, FileReader | ServerDriver):
        return reader.rows(query, parameters)
    if is_postgresql(reader):
        return _asked(reader, for_psycopg(query), parameters)
    return _asked(reader, *spread(query, parameters))


def _asked(
    connection: Connection, statement: str, parameters: Mapping[str, Any]
) -> Sequence[tuple[Any, ...]]:
    """Return the rows of a statement in the form of the driver.

    Within a transaction the driver is called directly: what SQLAlchemy does around a statement
    takes longer than the database takes for most of these. Where a listener is registered for the
    statements of the engine, SQLAlchemy is used, so that it is called for every one.
    """
    if not _is_unheard(connection):
        return connection.exec_driver_sql(statement, parameters).all()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        found: Sequence[tuple[Any, ...]] = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failed(connection, error, statement, parameters) from error
    finally:
        cursor.close()
    return found


def _is_unheard(connection: Connection) -> bool:
    """Whether the driver may be called directly: in a transaction, and without listeners."""
    return connection.in_transaction() and not connection.dispatch.before_cursor_execute


def _failed(
    connection: Connection, error: Any, statement: str, parameters: Mapping[str, Any]
) -> Exception:
    """Return what SQLAlchemy would raise for an *error* of the driver; drop a lost connection."""
    told = as_sqlalchemys(connection, error, statement, parameters)
    if connection.dialect.is_disconnect(error, connection.connection, None):
        connection.invalidate(error)  # as SQLAlchemy does with one that is lost
    return told


def streamed(
    reader: Reader, query: str, parameters: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that :func:`rows` would return, a limited number in memory at once."""
    if isinstance(reader, FileReader):
        yield from reader.streamed(query, parameters)
        return
    if isinstance(reader, ServerDriver):
        # Only recording uses this driver, and its queries have few results.
        yield from reader.rows(query, parameters)
        return
    if is_postgresql(reader):
        statement, given = for_psycopg(query), parameters
    else:
        statement, given = spread(query, parameters)
        if _is_unheard(reader):
            yield from _fetched(reader, statement, given)
            return
    options = {"yield_per": _STREAMED}
    with reader.exec_driver_sql(statement, given, execution_options=options) as result:
        yield from result


def _fetched(
    connection: Connection, statement: str, parameters: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows that :func:`_asked` would return; SQLite makes them one by one anyway."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        while found := cursor.fetchmany(_STREAMED):
            yield from found
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failed(connection, error, statement, parameters) from error
    finally:
        cursor.close()


def first(reader: Reader, query: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row that *query* finds; None where it finds none."""
    return next(iter(rows(reader, query, parameters)), None)


def is_postgresql(reader: Reader) -> bool:
    """Whether the log is on PostgreSQL, where some queries have a form of their own."""
    if isinstance(reader, FileReader | ServerDriver):
        return isinstance(reader, ServerDriver)
    return reader.dialect.name == "postgresql"


def head_row(found: Sequence[Any]) -> Any:
    """The one row of ``log_head`` among those *found*; Damaged where nothing says what it is."""
    if len(found) != 1:
        raise Damaged(HEADLESS)
    return found[0]


def head(reader: Reader) -> Head:
    """The head of the log as *reader* sees it; Damaged where nothing says what it is."""
    query = "SELECT position, recorded_at FROM log_head"
    position, recorded_at = head_row(rows(reader, query, {}))
    return Head(position, instant_of(recorded_at))


def position_at(reader: Reader, instant: datetime) -> int:
    """K(T): the greatest position recorded at or before *instant*; 0 before the first."""
    query = (
        "SELECT max(position) FROM events WHERE recorded_at ="
        " (SELECT max(recorded_at) FROM events WHERE recorded_at <= :instant)"
    )
    ((position,),) = rows(reader, query, {"instant": format_instant(instant)})
    return position or 0


def root_at(reader: Reader, position: int) -> bytes:
    """The Merkle root after the first *position* events."""
    return root_of(position, NodeReader(reader))


@mutable
class NodeReader:
    """Hashes of complete subtrees, from what is kept and the few leaves below it."""

    connection: Reader
    _leaves: dict[int, list[bytes]] = field(factory=dict)

    def __call__(self, level: int, number: int) -> bytes:
        """The hash over the leaves ``[number << level, (number + 1) << level)``.

        Raises Damaged where the log lacks one of them.
        """
        if level >= NODE_LEVEL:
            return self._kept(level, number)
        leaves = self._block(number >> (NODE_LEVEL - level))
        start = (number << level) % (1 << NODE_LEVEL)
        own = leaves[start : start + (1 << level)]
        if len(own) < 1 << level:
            message = f"the log lacks leaves of subtree {level}/{number}; run: tracker verify"
            raise Damaged(message)
        frontier = Frontier(0, [])
        for leaf in own:
            frontier.append(leaf)
        return frontier.root()

    def _kept(self, level: int, number: int) -> bytes:
        query = "SELECT hash FROM merkle_nodes WHERE level = :level AND number = :number"
        found = first(self.connection, query, {"level": level, "number": number})
        if found is None:
            message = f"the log lacks the hash of subtree {level}/{number}; run: tracker verify"
            raise Damaged(message)
        return bytes(found[0])

    def _block(self, number: int) -> list[bytes]:
        if number not in self._leaves:
            before = number << NODE_LEVEL
            query = (
                "SELECT leaf FROM events WHERE position > :before AND position <= :last"
                " ORDER BY position"
            )
            found = rows(
                self.connection, query, {"before": before, "last": before + (1 << NODE_LEVEL)}
            )
            self._leaves[number] = [bytes(row[0]) for row in found]
        return self._leaves[number]


def read_at(reader: Reader, positions: Iterable[int]) -> dict[int, Event]:
    """The events at *positions*, decoded with their disclosures."""
    wanted = sorted(set(positions))
    found: dict[int, Event] = {}
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        found.update(_decoded(reader, "e.position IN :part", {"part": part}))
    return found


def events_of(reader: Reader, initiative: str, position: int) -> list[Event]:
    """The events of *initiative* up to *position*, in order, decoded with their disclosures."""
    # + 0, so that PostgreSQL does not read all events up to there by the primary key.
    own = "e.initiative = :initiative AND e.position + 0 <= :position"
    return list(_decoded(reader, own, {"initiative": initiative, "position": position}).values())


def _decoded(reader: Reader, where: str, parameters: Mapping[str, Any]) -> dict[int, Event]:
    """The events ``e`` that satisfy *where*, by position and in its order."""
    disclosed: dict[int, dict[str, str]] = {}
    texts = (
        "SELECT d.position, d.field, d.text FROM events e"
        f" JOIN disclosures d ON d.position = e.position WHERE {where}"
    )
    for position, name, text in rows(reader, texts, parameters):
        disclosed.setdefault(position, {})[name] = text
    bodies = f"SELECT e.position, e.body FROM events e WHERE {where} ORDER BY e.position"
    return {
        position: decode(body, disclosed.get(position, {}))
        for position, body in rows(reader, bodies, parameters)
    }


def texts_of(reader: Reader, positions: Iterable[int]) -> dict[int, dict[str, str]]:
    """The disclosed texts of the events at *positions*, in any order: position → field → text."""
    wanted = sorted(set(positions))
    found: dict[int, dict[str, str]] = {}
    if wanted and wanted[-1] - wanted[0] < len(wanted):
        # Dense positions, as for a scan of the log: two parameters are enough.
        _add_texts(found, reader, "BETWEEN :first AND :last", first=wanted[0], last=wanted[-1])
        return found
    for start in range(0, len(wanted), _PART):
        _add_texts(found, reader, "IN :part", part=wanted[start : start + _PART])
    return found


def _add_texts(
    found: dict[int, dict[str, str]], reader: Reader, where: str, **parameters: Any
) -> None:
    query = f"SELECT position, field, text FROM disclosures WHERE position {where}"
    for position, name, text in rows(reader, query, parameters):
        found.setdefault(position, {})[name] = text


def written_at(reader: Reader, position: int) -> tuple[str, bytes]:
    """The canonical body and the leaf of the event at *position*, which is there."""
    query = "SELECT body, leaf FROM events WHERE position = :position"
    ((body, leaf),) = rows(reader, query, {"position": position})
    return body, bytes(leaf)


def instant_of(text: str | None) -> datetime | None:
    """An instant as the log keeps it; None where there is none."""
    return datetime.fromisoformat(text) if text else None
