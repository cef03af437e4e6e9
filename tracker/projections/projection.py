"""What a projection is: a name, a version and its tables, all of it made from the log alone."""

from __future__ import annotations

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.store.schema import log_head, projections


@frozen
class Projection:
    """Read tables that are made, rebuilt and dropped together.

    *version* goes up with every change of what the tables say of the same log.
    """

    name: str
    version: int
    tables: tuple[str, ...]


PROJECTIONS = (
    Projection("initiatives", 1, ("initiatives",)),
    Projection("lifecycles", 1, ("lifecycle_versions", "lifecycle_effects")),
    Projection("facts", 1, ("fact_versions",)),
    Projection("plans", 1, ("plan_versions",)),
    Projection("links", 1, ("links",)),
)


def mark(connection: Connection, position: int) -> None:
    """Say that every projection has taken in the log up to *position*."""
    done = connection.execute(sa.update(projections).values(position=position))
    if done.rowcount != len(PROJECTIONS):
        mark_rebuilt(connection, position)


def mark_rebuilt(connection: Connection, position: int) -> None:
    """Say that every projection, as this program makes it, stands at *position*."""
    connection.execute(sa.delete(projections))
    connection.execute(
        sa.insert(projections),
        [{"name": p.name, "version": p.version, "position": position} for p in PROJECTIONS],
    )


def stale(connection: Connection) -> list[str]:
    """The names of the projections that are of another version, or behind the log."""
    head = connection.execute(sa.select(log_head.c.position)).scalar_one()
    there = {row.name: row for row in connection.execute(sa.select(projections))}
    return [
        p.name
        for p in PROJECTIONS
        if head > 0
        and (
            p.name not in there
            or there[p.name].version != p.version
            or there[p.name].position != head
        )
    ]
