"""Rows with a knowledge interval: opened at one position, closed later, written in sets."""

from __future__ import annotations

import sqlalchemy as sa
from attrs import field, mutable

from tracker.domain.viewpoint import OPEN
from tracker.store.writer import Close, Key, Row, Writer


@mutable
class Intervals:
    """Changes to one table that wait to be written together.

    At most one row of a *key* is open; :meth:`put` opens one and :meth:`close` ends it, so that the
    intervals of a key tile.
    """

    writer: Writer
    table: sa.Table
    key: tuple[str, ...]
    _open: dict[Key, Row] = field(factory=dict)
    _done: list[Row] = field(factory=list)
    _closes: list[Close] = field(factory=list)

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
            self._closes.append((key, position))
        elif row["k_from"] < position:
            self._done.append({**row, "k_to": position})

    def flush(self) -> None:
        """Write what waits: first what ends, so that no key is ever open twice."""
        rows = self._done + list(self._open.values())
        if self._closes or rows:
            self.writer.project(self.table, self.key, self._closes, rows)
        self._open, self._done, self._closes = {}, [], []
