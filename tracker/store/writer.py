"""How rows reach the database: straight into the tables, or through the functions of the log.

Its owner writes the tables, and so does whoever has a SQLite file. A recorder on PostgreSQL may
not: what it appends goes through functions that let nothing else happen (see
:mod:`tracker.store.functions`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.domain.viewpoint import OPEN
from tracker.errors import Unavailable
from tracker.store.engine import shown
from tracker.store.roles import standing
from tracker.store.schema import READ_KEYS, disclosures, events, log_head, merkle_nodes, projections

Row = dict[str, Any]
Key = tuple[Any, ...]
Close = tuple[Key, int]
"""The key of a row that is open, and the position that ends it."""


class MayOnlyReadError(Unavailable):
    """Whoever is connected may read the log, and not write to it."""


class Writer(Protocol):
    """Everything that an append changes, on one *connection*."""

    @property
    def connection(self) -> Connection:
        """The connection whose transaction this is."""
        ...

    def lock(self) -> tuple[int, str | None, bytes]:
        """Take the lock of the log, held to commit: its position, instant and Merkle frontier."""
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
        """Say that what was appended up to *position* is projected; False if nothing stood there.

        Nothing stands there only before the first append of all.
        """
        ...

    def must_own(self, what: str) -> None:
        """Raise Unavailable, with the way out, if *what* is for the owner of the log alone."""
        ...


def writer_of(connection: Connection) -> Writer:
    """The way in which whoever is connected may write.

    Raises MayOnlyReadError for one who may only read.
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


@frozen
class Direct:
    """Writes the tables themselves."""

    connection: Connection

    def lock(self) -> tuple[int, str | None, bytes]:
        """Lock the one row of ``log_head``."""
        query = sa.select(log_head.c.position, log_head.c.recorded_at, log_head.c.frontier)
        position, recorded_at, frontier = self.connection.execute(query.with_for_update()).one()
        return position, recorded_at, frontier

    def append(
        self, rows: Sequence[Row], disclosed: Sequence[Row], nodes: Sequence[Row], head: Row
    ) -> None:
        """Insert in sets, and update the head."""
        for table, new in ((events, rows), (disclosures, disclosed), (merkle_nodes, nodes)):
            if new:
                self.connection.execute(sa.insert(table), new)
        self.connection.execute(sa.update(log_head).values(head))

    def project(
        self, table: sa.Table, key: Sequence[str], closes: Sequence[Close], rows: Sequence[Row]
    ) -> None:
        """First what ends, so that no key is ever open twice."""
        if closes:
            update = sa.update(table).values(k_to=sa.bindparam("closed_at"))
            update = update.where(table.c.k_to == OPEN)
            for name in key:
                update = update.where(table.c[name] == sa.bindparam(f"key_{name}"))
            named = [f"key_{name}" for name in key]
            self.connection.execute(
                update,
                [
                    {**dict(zip(named, parts, strict=True)), "closed_at": position}
                    for parts, position in closes
                ],
            )
        if rows:
            self.connection.execute(sa.insert(table), rows)

    def take_back(self, table: sa.Table, row: Row) -> None:
        """Delete it by its primary key."""
        same = (column == row[column.name] for column in table.primary_key.columns)
        self.connection.execute(sa.delete(table).where(*same))

    def close_where(self, table: sa.Table, where: sa.ColumnElement[bool], position: int) -> None:
        """Close them as one set."""
        closing = sa.update(table).where(table.c.k_to == OPEN, where)
        self.connection.execute(closing.values(k_to=position))

    def put_selected(self, table: sa.Table, query: sa.Select[Any]) -> None:
        """Insert them as one set, without a look at them."""
        self.connection.execute(sa.insert(table).from_select(list(table.columns.keys()), query))

    def mark(self, position: int) -> bool:
        """Move every projection."""
        moved = self.connection.execute(sa.update(projections).values(position=position))
        return moved.rowcount > 0

    def must_own(self, what: str) -> None:
        """Whoever writes the tables may do all of this."""


@frozen
class ThroughFunctions:
    """Hands rows to the functions in *schema*, which write them for whoever may not."""

    connection: Connection
    schema: str
    role: str

    def lock(self) -> tuple[int, str | None, bytes]:
        """Let the server lock the head."""
        row = self._called("tracker_lock").one()
        return row.position, row.recorded_at, bytes(row.frontier)

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
        """A recorder records; what else there is to do is the owner's."""
        message = (
            f"the role {self.role!r} may record in the log {shown(self.connection.engine.url)} and "
            f"nothing else; only its owner can {what}"
        )
        raise Unavailable(message)

    def _called(self, function: str, *given: object) -> sa.CursorResult[Any]:
        bound = {f"given_{number}": _sent(each) for number, each in enumerate(given)}
        taken = [
            f":{name}" if isinstance(each, str) else f"CAST(:{name} AS jsonb)"
            for name, each in zip(bound, given, strict=True)
        ]
        schema = self.connection.dialect.identifier_preparer.quote_identifier(self.schema)
        query = sa.text(f"SELECT * FROM {schema}.{function}({', '.join(taken)})")
        return self.connection.execute(query, bound)


def _sent(given: object) -> str:
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
