"""The read tables as one value: those that answer, or those that are being rebuilt beside them."""

from __future__ import annotations

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.store import schema


@frozen
class ReadTables:
    """The six read tables; all of them disposable, all made from the log alone."""

    initiatives: sa.Table
    lifecycle_versions: sa.Table
    lifecycle_effects: sa.Table
    fact_versions: sa.Table
    plan_versions: sa.Table
    links: sa.Table

    def all(self) -> tuple[sa.Table, ...]:
        """Every table, in the order in which they are filled."""
        return (
            self.initiatives,
            self.lifecycle_versions,
            self.lifecycle_effects,
            self.fact_versions,
            self.plan_versions,
            self.links,
        )


LIVE = ReadTables(*schema.READ_TABLES)


def beside(connection: Connection, prefix: str = "rebuilt") -> ReadTables:
    """Empty copies of the read tables, seen by *connection* alone and gone with it.

    Temporary, so that a rebuild that is killed leaves nothing behind.
    """
    metadata = sa.MetaData()
    copies = []
    for table in LIVE.all():
        columns = [
            sa.Column(
                c.name, c.type, primary_key=c.primary_key, nullable=c.nullable, autoincrement=False
            )
            for c in table.columns
        ]
        name = f"{prefix}_{table.name}"
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        copy = sa.Table(name, metadata, *columns, prefixes=["TEMPORARY"])
        copy.create(connection)
        copies.append(copy)
    # Closing an interval finds the open row of a fact; nothing else is asked of these tables.
    for name in ("fact_versions", "plan_versions"):
        connection.exec_driver_sql(f"CREATE INDEX ix_{prefix}_{name} ON {prefix}_{name} (fact)")
    return ReadTables(*copies)
