"""Compare a read table with its rebuilt copy, as sets of rows, and replace the rows that differ."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy.engine import Connection

from tracker.projections.versions import same

# The columns by which a row of each is compared and named, however wrong the others may be.
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
    """A row of a read table that differs from a replay of the log.

    *before* is the row of the table, *after* that of the replay; None where there is none.
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
class Counts:
    """How many rows a table has, how many its rebuilt copy has, and how many are in both."""

    live: int
    rebuilt: int
    same: int

    @classmethod
    def of(cls, connection: Connection, live: sa.Table, rebuilt: sa.Table, where: str) -> Counts:
        """Count the rows of *live* for which *where* holds, those of *rebuilt*, and those in both.

        Both tables must have the primary key of *live*.
        """
        is_sqlite = connection.dialect.name == "sqlite"
        both = " AND ".join(
            same(c, f"r.{c.name}", is_sqlite=is_sqlite, row="f") for c in live.columns
        )
        row = connection.exec_driver_sql(
            f"SELECT (SELECT count(*) FROM {live.name} WHERE {where}),"
            f" (SELECT count(*) FROM {rebuilt.name}),"
            f" (SELECT count(*) FROM {rebuilt.name} r"
            f" WHERE EXISTS (SELECT 1 FROM {live.name} f WHERE {both}))"
        ).one()
        return cls(*row)

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs; since keys are unique, equal counts suffice."""
        return self.live == self.rebuilt == self.same


@frozen
class Comparison:
    """What differs between the *live* table and its rebuilt copy, kept in temporary tables."""

    connection: Connection
    live: sa.Table

    @classmethod
    def of(
        cls, connection: Connection, live: sa.Table, rebuilt: sa.Table, where: str
    ) -> Comparison:
        """Compare, as sets of rows, those of *live* for which *where* holds with the *rebuilt*."""
        names = _names(live)
        before = f"SELECT {names} FROM {live.name} WHERE {where}"
        after = f"SELECT {names} FROM {rebuilt.name}"
        _keep(connection, "come", f"{after} EXCEPT {before}")
        _keep(connection, "gone", f"{before} EXCEPT {after}")
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


def _names(table: sa.Table) -> str:
    return ", ".join(column.name for column in table.columns)
