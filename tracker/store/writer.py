"""How rows reach the database: straight into the tables, or through the functions of the log.

The owner of a log writes the tables, and so does every user of a SQLite file. A recorder on
PostgreSQL may not: its rows go through functions that allow nothing else (see
:mod:`tracker.store.functions`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from attrs import Factory, field, frozen
from sqlalchemy.engine import Connection

from tracker.domain.viewpoint import OPEN
from tracker.errors import Unavailable
from tracker.store.driver import Driver, beneath
from tracker.store.engine import shown
from tracker.store.reading import head_row
from tracker.store.roles import quoted, standing
from tracker.store.schema import READ_KEYS, disclosures, events, merkle_nodes

Row = dict[str, Any]
Key = tuple[Any, ...]
Close = tuple[Key, int]
"""The key of a row that is open, and the position that ends it."""
Question = tuple[str, Mapping[str, Any]]
"""A query and its parameters."""


class MayOnlyReadError(Unavailable):
    """The connected role may read the log, and not write to it."""


class Writer(Protocol):
    """Makes every change of an append, on one *connection*."""

    @property
    def connection(self) -> Connection:
        """The connection whose transaction this is."""
        ...

    @property
    def driver(self) -> Driver:
        """The driver beneath it, which carries out what every append needs."""
        ...

    def lock(self, foreseen: Sequence[Question] = ()) -> tuple[int, str | None, bytes]:
        """Take the lock of the log, held to commit: its position, instant and Merkle frontier.

        What is *foreseen* to be asked under the lock may be asked along with it.
        """
        ...

    def append(
        self, rows: Sequence[Row], disclosed: Sequence[Row], nodes: Sequence[Row], head: Row
    ) -> None:
        """Write events, their disclosures, the subtrees they complete, and the new head."""
        ...

    def project(
        self, table: sa.Table, key: Sequence[str], closes: Sequence[Close], rows: Sequence[Row]
    ) -> None:
        """End open rows of a read table, found by *key*; then put *rows* into it."""
        ...

    def take_back(self, table: sa.Table, row: Row) -> None:
        """Delete a row of a read table that this transaction put there."""
        ...

    def close_where(self, table: sa.Table, where: sa.ColumnElement[bool], position: int) -> None:
        """End at *position* the open rows of a read table that satisfy *where*."""
        ...

    def put_selected(self, table: sa.Table, query: sa.Select[Any]) -> None:
        """Put what *query* selects, column for column, into a read table."""
        ...

    def mark(self, position: int) -> bool:
        """Store that events up to *position* are projected; return False if there is no row for it.

        There is none only before the first append of all.
        """
        ...

    def must_own(self, what: str) -> None:
        """Raise Unavailable, with the way out, if *what* is for the owner of the log alone."""
        ...


def writer_of(connection: Connection) -> Writer:
    """Return the writer for the connected role.

    Raises MayOnlyReadError where the role may only read.
    """
    if connection.dialect.name == "sqlite":
        return Direct(connection)
    found = standing(connection)
    if found.may == "write":
        return Direct(connection)
    if found.may == "record":
        return ThroughFunctions(connection, found.schema, found.role)
    message = (
        f"the role {found.role!r} may only read the log {shown(connection.engine.url)}; its owner "
        f"lets it record with: tracker db grant {found.role} --recorder"
    )
    raise MayOnlyReadError(message)


def _beneath(writer: Direct | ThroughFunctions) -> Driver:
    return beneath(writer.connection)


_HEAD = "SELECT position, recorded_at, frontier FROM log_head"
_NEW_HEAD = (
    "UPDATE log_head SET position = :position, recorded_at = :recorded_at, frontier = :frontier"
)
_MARKED: Question = ("SELECT 1 FROM projections LIMIT 1", {})
_MARK = "UPDATE projections SET position = :position"


@frozen
class Direct:
    """Writes the tables themselves."""

    connection: Connection
    driver: Driver = field(default=Factory(_beneath, takes_self=True), eq=False, repr=False)

    def lock(self, foreseen: Sequence[Question] = ()) -> tuple[int, str | None, bytes]:
        """Lock the one row of ``log_head``."""
        return _locked(self.driver, (self._head, {}), [*foreseen, _MARKED])

    @property
    def _head(self) -> str:
        # A file has one lock for everything, which is held already.
        return _HEAD if self.connection.dialect.name == "sqlite" else f"{_HEAD} FOR UPDATE"

    def append(
        self, rows: Sequence[Row], disclosed: Sequence[Row], nodes: Sequence[Row], head: Row
    ) -> None:
        """Insert in sets, and update the head."""
        for table, new in ((events, rows), (disclosures, disclosed), (merkle_nodes, nodes)):
            if new:
                self.driver.write(table.name, _columns(table), new)
        self.driver.change(_NEW_HEAD, [head])

    def project(
        self, table: sa.Table, key: Sequence[str], closes: Sequence[Close], rows: Sequence[Row]
    ) -> None:
        """Close rows before putting new ones, so that no key is ever open twice."""
        if closes:
            ended = [
                {**dict(zip(key, parts, strict=True)), "closed_at": position}
                for parts, position in closes
            ]
            self.driver.change(_closing(table.name, tuple(key)), ended)
        if rows:
            self.driver.write(table.name, _columns(table), rows)

    def take_back(self, table: sa.Table, row: Row) -> None:
        """Delete it by its primary key."""
        names = [column.name for column in table.primary_key.columns]
        same = " AND ".join(f"{name} = :{name}" for name in names)
        delete = f"DELETE FROM {table.name} WHERE {same}"
        self.driver.change(delete, [{name: row[name] for name in names}])

    def close_where(self, table: sa.Table, where: sa.ColumnElement[bool], position: int) -> None:
        """Close them as one set."""
        closing = sa.update(table).where(table.c.k_to == OPEN, where)
        self.connection.execute(closing.values(k_to=position))

    def put_selected(self, table: sa.Table, query: sa.Select[Any]) -> None:
        """Insert them as one set, without a look at them."""
        self.connection.execute(sa.insert(table).from_select(list(table.columns.keys()), query))

    def mark(self, position: int) -> bool:
        """Move every projection."""
        if not self.driver.rows(*_MARKED):
            return False
        self.driver.change(_MARK, [{"position": position}])
        return True

    def must_own(self, what: str) -> None:
        """Raise nothing: a role that writes the tables may do all of this."""


@frozen
class ThroughFunctions:
    """Passes rows to the functions in *schema*, which write them for roles that may not."""

    connection: Connection
    schema: str
    role: str
    driver: Driver = field(default=Factory(_beneath, takes_self=True), eq=False, repr=False)

    def lock(self, foreseen: Sequence[Question] = ()) -> tuple[int, str | None, bytes]:
        """Let the server lock the head."""
        return _locked(self.driver, self._call("tracker_lock"), foreseen)

    def append(
        self,
        rows: Sequence[Row],
        disclosed: Sequence[Row],
        nodes: Sequence[Row],  # noqa: ARG002 -- the server works out every hash itself
        head: Row,  # noqa: ARG002
    ) -> None:
        """Send the columns and bodies; hashes, subtrees and the head are the server's own work."""
        told = [{name: row[name] for name in row if name != "leaf"} for row in rows]
        texts = [{**row, "salt": f"\\x{row['salt'].hex()}"} for row in disclosed]
        self._called("tracker_append", told, texts)

    def project(
        self, table: sa.Table, key: Sequence[str], closes: Sequence[Close], rows: Sequence[Row]
    ) -> None:
        """Close and put in one call."""
        # Of a key that is ended twice the first counts: by then no row of it is open any more.
        ends = dict(reversed(closes))
        closed = [
            {**dict(zip(key, parts, strict=True)), "k_to": position}
            for parts, position in ends.items()
        ]
        if closed or rows:
            self._called("tracker_project", table.name, [], closed, rows)

    def take_back(self, table: sa.Table, row: Row) -> None:
        """Name it by its primary key."""
        key = {column.name: row[column.name] for column in table.primary_key.columns}
        self._called("tracker_project", table.name, [key], [], [])

    def close_where(self, table: sa.Table, where: sa.ColumnElement[bool], position: int) -> None:
        """Look up which rows they are, and close each."""
        key = READ_KEYS[table.name]
        query = sa.select(*(table.c[name] for name in key))
        found = self.connection.execute(query.where(table.c.k_to == OPEN, where)).all()
        self.project(table, key, [(tuple(each), position) for each in found], [])

    def put_selected(self, table: sa.Table, query: sa.Select[Any]) -> None:
        """Fetch the rows, and put them."""
        names = list(table.columns.keys())
        found = self.connection.execute(query).all()
        rows = [dict(zip(names, row, strict=True)) for row in found]
        self.project(table, (), [], rows)

    def mark(self, position: int) -> bool:  # noqa: ARG002 -- the server has marked what it appended
        """Leave it to ``tracker_append``."""
        return True

    def must_own(self, what: str) -> None:
        """Raise Unavailable: a recorder may only record."""
        message = (
            f"the role {self.role!r} may record in the log {shown(self.connection.engine.url)} and "
            f"nothing else; only its owner can {what}"
        )
        raise Unavailable(message)

    def _called(self, function: str, *given: object) -> None:
        call, bound = self._call(function, *given)
        self.driver.change(call, [bound])

    def _call(self, function: str, *given: object) -> Question:
        bound = {f"given_{number}": _sent(each) for number, each in enumerate(given)}
        taken = [
            f"CAST(:given_{number} AS {'text' if isinstance(each, str) else 'jsonb'})"
            for number, each in enumerate(given)
        ]
        schema = quoted(self.connection, self.schema)
        return f"SELECT * FROM {schema}.{function}({', '.join(taken)})", bound


def _locked(
    driver: Driver, lock: Question, foreseen: Sequence[Question]
) -> tuple[int, str | None, bytes]:
    for question in (lock, *foreseen):
        driver.foresee(*question)
    position, recorded_at, frontier = head_row(driver.rows(*lock))
    # In a file that was made of SQL as text, nothing is an empty text.
    return position, recorded_at, frontier or b""


@lru_cache
def _columns(table: sa.Table) -> tuple[str, ...]:
    return tuple(table.columns.keys())


@lru_cache
def _closing(table: str, key: tuple[str, ...]) -> str:
    same = " AND ".join(f"{name} = :{name}" for name in key)
    return f"UPDATE {table} SET k_to = :closed_at WHERE k_to = {OPEN} AND {same}"


def _sent(given: object) -> str:
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
