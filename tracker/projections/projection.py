"""Projections: each has a name, a version, its tables, and the position up to which it is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.domain.nearest import did_you_mean
from tracker.errors import CalledWrongly
from tracker.store import reading
from tracker.store.driver import Driver, beneath, told_as_before
from tracker.store.schema import projections
from tracker.store.writer import Direct, Writer


@frozen
class Projection:
    """Some of the read tables, made from the log alone.

    *version* goes up whenever the same log would give other rows, so that rows of an older program
    are known to be stale.
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

SEARCH = Projection("search", 1, ("search_words",))
"""The index of search: it is brought up to date by a search, and not by every append."""

_ALL = (*PROJECTIONS, SEARCH)


def choose(names: Sequence[str]) -> tuple[Projection, ...]:
    """Return the projections called *names*, or that fill the tables of these names; all for none.

    Raises CalledWrongly for a name that neither a projection nor a table has.
    """
    known = [projection.name for projection in _ALL]
    tables = {table: each.name for each in _ALL for table in each.tables}
    for name in names:
        if name not in known and name not in tables:
            hint = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            message = f"there is no projection {name!r}{hint}"
            raise CalledWrongly(message)
    wanted = {tables.get(name, name) for name in names} or set(known)
    return tuple(each for each in _ALL if each.name in wanted)


def stale(connection: Connection) -> list[str]:
    """The names of the projections that are of another version, or not at the head of the log."""
    head = reading.head(connection).position
    columns = projections.c
    query = sa.select(columns.name, columns.version, columns.position)
    reached = {row.name: (row.version, row.position) for row in connection.execute(query)}
    return [
        each.name
        for each in PROJECTIONS
        if reached.get(each.name, (each.version, 0)) != (each.version, head)
    ]


def mark(connection: Connection, position: int, writer: Writer | None = None) -> None:
    """Store, in the transaction of an append, that its events were projected up to *position*."""
    writer = writer or Direct(connection)
    if writer.mark(position):
        return
    # There is no row only before the first append of all: each append marks.
    _put(writer.driver, PROJECTIONS, position)


def remember(connection: Connection, chosen: Iterable[Projection], position: int) -> None:
    """Store that *chosen* were made by this program, up to *position*.

    Nothing is written where that is stored already: a log that is sound stays untouched.
    """
    said = {tuple(row) for row in connection.execute(sa.select(projections))}
    new = [p for p in chosen if (p.name, p.version, position) not in said]
    if new:
        with told_as_before(connection):
            _put(beneath(connection), new, position)


def _put(driver: Driver, chosen: Iterable[Projection], position: int) -> None:
    rows = [{"name": p.name, "version": p.version, "position": position} for p in chosen]
    driver.change("DELETE FROM projections WHERE name = :name", rows)
    driver.write(projections.name, ("name", "version", "position"), rows)
