"""The read tables as one value: those that answer, or those that are being rebuilt beside them."""

from __future__ import annotations

from functools import lru_cache

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
    copies = _copies(prefix)
    for table in copies.all():
        create(connection, table)
    # Closing an interval finds the open row of a fact; nothing else is asked of these tables.
    for table in (copies.fact_versions, copies.plan_versions):
        connection.exec_driver_sql(f"CREATE INDEX ix_{table.name} ON {table.name} (fact)")
    return copies


def create(connection: Connection, table: sa.Table) -> None:
    """Create *table*, which must not exist yet."""
    connection.exec_driver_sql(_created(table, connection.dialect))


@lru_cache
def _copies(prefix: str) -> ReadTables:
    metadata = sa.MetaData()
    return ReadTables(
        *(
            sa.Table(
                f"{prefix}_{table.name}",
                metadata,
                *(
                    sa.Column(
                        c.name,
                        c.type,
                        primary_key=c.primary_key,
                        nullable=c.nullable,
                        autoincrement=False,
                    )
                    for c in table.columns
                ),
                prefixes=["TEMPORARY"],
                # What is looked up at every fact is to lie where its key does; what is filled
                # with them, in the order in which they come.
                sqlite_with_rowid="fact" in table.columns,
            )
            for table in LIVE.all()
        )
    )


@lru_cache
def _created(table: sa.Table, dialect: sa.Dialect) -> str:
    return str(sa.schema.CreateTable(table).compile(dialect=dialect))
