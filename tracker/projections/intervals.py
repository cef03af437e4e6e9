"""Rows with a knowledge interval: opened at one position, closed later, written in sets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from attrs import field, mutable
from sqlalchemy.engine import Connection

from tracker.domain.viewpoint import OPEN

Row = dict[str, Any]
Key = tuple[Any, ...]


@mutable
class Intervals:
    """Changes to one table that wait to be written together.

    At most one row of a *key* is open; :meth:`put` opens one and :meth:`close` ends it, so that the
    intervals of a key tile.
    """

    connection: Connection
    table: sa.Table
    key: tuple[str, ...]
    _open: dict[Key, Row] = field(factory=dict)
    _done: list[Row] = field(factory=list)
    _closes: list[Row] = field(factory=list)

    def put(self, row: Row, position: int) -> None:
        """Open *row* at *position*."""
        self._open[tuple(row[name] for name in self.key)] = {
            **row,
            "k_from": position,
            "k_to": OPEN,
        }

    def close(self, key: Key, position: int) -> None:
        """End whatever row of *key* is open at *position*."""
        row = self._open.pop(key, None)
        if row is None:
            named = {f"key_{name}": part for name, part in zip(self.key, key, strict=True)}
            self._closes.append({**named, "closed_at": position})
        elif row["k_from"] < position:
            self._done.append({**row, "k_to": position})

    def opened(self, key: Key) -> Row | None:
        """The open row of *key*, if it waits here."""
        return self._open.get(key)

    def flush(self) -> None:
        """Write what waits: first what ends, so that no key is ever open twice."""
        if self._closes:
            columns = self.table.c
            update = sa.update(self.table).values(k_to=sa.bindparam("closed_at"))
            update = update.where(columns.k_to == OPEN)
            for name in self.key:
                update = update.where(columns[name] == sa.bindparam(f"key_{name}"))
            self.connection.execute(update, self._closes)
        rows = self._done + list(self._open.values())
        if rows:
            self.connection.execute(sa.insert(self.table), rows)
        self._open, self._done, self._closes = {}, [], []
