"""Which initiatives are *apart*: their rows are rebuilt in temporary tables of the connection.

``rebuilt_apart`` names those whose rows were made, ``rebuilt_next`` those whose rows are made next,
and ``rebuilt_tiled`` has the effects of types, with ``unknown`` in the gaps. Why an initiative is
set apart is told in :mod:`tracker.projections.from_zero`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.domain.viewpoint import OPEN
from tracker.projections.tables import create
from tracker.store import schema
from tracker.store.event_log import Row

_beside = sa.MetaData()
APART, NEXT = (
    sa.Table(
        name,
        _beside,
        sa.Column("initiative", schema.Word, primary_key=True),
        prefixes=["TEMPORARY"],
    )
    for name in ("rebuilt_apart", "rebuilt_next")
)
TILED = sa.Table(
    "rebuilt_tiled",
    _beside,
    *(
        sa.Column(c.name, c.type, primary_key=c.primary_key, nullable=c.nullable)
        for c in schema.lifecycle_effects.columns
    ),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)

IS_APART = f"initiative IN (SELECT initiative FROM {APART.name})"
"""The condition, in SQL, for the rows of an initiative that is apart."""

_ADD = sa.text("INSERT INTO rebuilt_apart (initiative) VALUES (:initiative) ON CONFLICT DO NOTHING")
SWITCHED = sa.text("""
    INSERT INTO rebuilt_apart (initiative)
    SELECT i.initiative FROM rebuilt_initiatives i
    WHERE NOT EXISTS (SELECT 1 FROM rebuilt_apart a WHERE a.initiative = i.initiative)
    GROUP BY i.initiative HAVING count(DISTINCT i.lifecycle) > 1
""")

NOBODYS = sa.text("""
    SELECT 1 FROM rebuilt_apart a WHERE NOT EXISTS (
        SELECT 1 FROM rebuilt_initiatives i WHERE i.initiative = a.initiative AND i.k_to = :open)
""")

_NEW = """
      AND NOT EXISTS (SELECT 1 FROM rebuilt_apart a WHERE a.initiative = e.initiative)
      AND NOT EXISTS (SELECT 1 FROM rebuilt_next x WHERE x.initiative = e.initiative)
"""
TOUCHED = sa.text(f"""
    INSERT INTO rebuilt_next (initiative) SELECT DISTINCT e.initiative FROM events e
    WHERE e.position > :start AND e.position <= :end AND e.initiative IS NOT NULL {_NEW}
""")
ALL = sa.text(f"""
    INSERT INTO rebuilt_next (initiative) SELECT e.initiative FROM rebuilt_initiatives e
    WHERE e.k_to = :open {_NEW}
""")
FOLLOWING = sa.text(f"""
    INSERT INTO rebuilt_next (initiative) SELECT e.initiative FROM rebuilt_initiatives e
    WHERE e.lifecycle = :lifecycle AND e.k_to = :open {_NEW}
""")
MOVED = (
    "INSERT INTO rebuilt_apart (initiative) SELECT initiative FROM rebuilt_next",
    "DELETE FROM rebuilt_next",
)
NAMES = (APART.name, NEXT.name, TILED.name)


def begin(connection: Connection) -> None:
    """Make the tables, with nothing in them."""
    for table in (APART, NEXT, TILED):
        create(connection, table)


def add(connection: Connection, initiatives: Collection[str]) -> None:
    """Set *initiatives* apart; some of them may be apart already."""
    if initiatives:
        connection.execute(_ADD, [{"initiative": each} for each in sorted(initiatives)])


def outside(table: str) -> str:
    """Return SQL that counts the rows of *table* whose initiative is not rebuilt separately."""
    theirs = f"SELECT count(*) FROM {table} WHERE {IS_APART}"
    return f"SELECT (SELECT count(*) FROM {table}) - ({theirs})"


def tile(connection: Connection, effects: sa.Table) -> None:
    """Fill ``rebuilt_tiled``, so that the effects of each type cover all positions."""
    query = sa.select(effects).order_by(effects.c.lifecycle, effects.c.type, effects.c.k_from)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    tiles = list(_tiled(rows))
    if tiles:
        connection.execute(sa.insert(TILED), tiles)


def _tiled(effects: list[Row]) -> Iterator[Row]:
    """Yield the *effects* of each type, with ``unknown`` in the gaps between them."""
    end: dict[tuple[str, str], int] = {}
    for row in effects:
        key = row["lifecycle"], row["type"]
        if row["k_from"] > end.get(key, 0):
            yield _unknown(key, end.get(key, 0), row["k_from"])
        yield row
        end[key] = row["k_to"]
    for key, last in end.items():
        if last < OPEN:
            yield _unknown(key, last, OPEN)


def _unknown(key: tuple[str, str], start: int, end: int) -> Row:
    tile = {"lifecycle": key[0], "type": key[1], "k_from": start, "k_to": end}
    return {**tile, "effect": "unknown", "phase": None, "outcome": None}
