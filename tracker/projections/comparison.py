"""Two copies of one read table: what differs, set-wise, and the one put right by the other."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

# What a row is about, however wrong the rest of it may be.
_KEYS = {
    "initiatives": ("initiative", "k_from"),
    "lifecycle_versions": ("lifecycle", "k_from"),
    "lifecycle_effects": ("lifecycle", "type", "k_from"),
    "fact_versions": ("initiative", "fact", "k_from"),
    "plan_versions": ("initiative", "fact", "k_from"),
    "links": ("initiative", "kind", "other", "k_from"),
    "search_words": ("position",),
}


@frozen
class Difference:
    """A row that a replay of the log gives otherwise.

    *before* is what stood there and *after* what the log says; None is no row at all.
    """

    table: str
    key: tuple[Any, ...]
    before: dict[str, Any] | None = field(hash=False)
    after: dict[str, Any] | None = field(hash=False)

    def __str__(self) -> str:
        names = zip(_KEYS[self.table], self.key, strict=True)
        row = f"the row of {self.table} with {', '.join(f'{n} {v}' for n, v in names)}"
        if self.before is None or self.after is None:
            return f"{row} {'is missing' if self.before is None else 'should not be there'}"
        changes = [
            f"{name} {self.before[name]!r} instead of {self.after[name]!r}"
            for name in self.after
            if self.before[name] != self.after[name]
        ]
        return f"{row} has {', '.join(changes)}"


@frozen
class Comparison:
    """What differs between the *live* table and its rebuilt copy, kept in temporary tables."""

    connection: Connection
    live: sa.Table

    @classmethod
    def of(cls, connection: Connection, live: sa.Table, rebuilt: sa.Table) -> Comparison:
        """Compare the two as sets of rows; both have the primary key of *live*."""
        names = _names(live)
        come = f"SELECT {names} FROM {rebuilt.name} EXCEPT SELECT {names} FROM {live.name}"
        gone = f"SELECT {names} FROM {live.name} EXCEPT SELECT {names} FROM {rebuilt.name}"
        _keep(connection, "come", come)
        # Where none has come, and there are as many, none can be gone: keys are there only once.
        counts = [_count(connection, name) for name in ("rebuilt_come", live.name, rebuilt.name)]
        if counts[0] == 0 and counts[1] == counts[2]:
            gone = f"SELECT {names} FROM {live.name} LIMIT 0"
        _keep(connection, "gone", gone)
        return cls(connection, live)

    @property
    def count(self) -> int:
        """How many rows differ."""
        keys = ", ".join(_KEYS[self.live.name])
        query = (
            f"SELECT count(*) FROM (SELECT {keys} FROM rebuilt_gone"
            f" UNION SELECT {keys} FROM rebuilt_come) differing"
        )
        return int(self.connection.exec_driver_sql(query).scalar_one())

    def first(self, most: int) -> list[Difference]:
        """The first *most* differences, by key."""
        before, after = self._side("gone", most), self._side("come", most)
        keys = sorted({**before, **after})[:most]
        return [Difference(self.live.name, key, before.get(key), after.get(key)) for key in keys]

    def mend(self) -> None:
        """Replace what differs, and nothing else."""
        table, names = self.live.name, _names(self.live)
        primary = ", ".join(column.name for column in self.live.primary_key.columns)
        self.connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE ({primary}) IN (SELECT {primary} FROM rebuilt_gone)"
        )
        self.connection.exec_driver_sql(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM rebuilt_come"
        )

    def _side(self, name: str, most: int) -> dict[tuple[Any, ...], dict[str, Any]]:
        key = _KEYS[self.live.name]
        query = (
            f"SELECT {_names(self.live)} FROM rebuilt_{name}"
            f" ORDER BY {', '.join(key)} LIMIT {most:d}"
        )
        rows = [dict(row) for row in self.connection.exec_driver_sql(query).mappings()]
        return {tuple(row[part] for part in key): row for row in rows}


def forget(connection: Connection) -> None:
    """Drop what the last comparison on *connection* kept."""
    for name in ("gone", "come"):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS rebuilt_{name}")


def _keep(connection: Connection, name: str, query: str) -> None:
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS rebuilt_{name}")
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE rebuilt_{name} AS {query}")


def _count(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def _names(table: sa.Table) -> str:
    return ", ".join(column.name for column in table.columns)
