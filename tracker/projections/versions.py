"""The rows that a log gives its facts, in SQL: to make them in a copy, or to look up the live ones.

One definition serves both, column by column. A version lasts until the next of its fact, cut where
the effect of its type changes. For *apart* and *next* see :mod:`tracker.projections.apart`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from tracker.store import schema

# The first version of each fact that began in a span, with where a correction takes its place. The
# corrections may lie anywhere up to the end; they are few, and an index of their own has them.
_FIRST = """
    FROM events e
    LEFT JOIN (
        SELECT c.fact, min(c.position) AS next FROM events c
        WHERE c.kind IN ('amended', 'withdrawn') AND c.fact > :start AND c.fact <= :end
          AND c.position <= :position
        GROUP BY c.fact
    ) n ON n.fact = e.fact
    {joined}
    WHERE e.kind = 'recorded' AND e.position > :start AND e.position <= :end AND {only}
"""
# The corrections of the same facts: nothing but them is sorted. A withdrawal is no version.
_CORRECTED = """
    FROM (
        SELECT c.position, lead(c.position) OVER (PARTITION BY c.fact ORDER BY c.position) AS next
        FROM events c
        WHERE c.kind IN ('amended', 'withdrawn') AND c.fact > :start AND c.fact <= :end
          AND c.position <= :position
    ) n
    JOIN events e ON e.position = n.position
    LEFT JOIN events r ON r.position = e.fact
    {joined}
    WHERE {only}
"""
# A plan is what it is under any lifecycle.
_JOINED = """
    LEFT JOIN rebuilt_initiatives i ON i.initiative = e.initiative AND i.k_to = :open
    LEFT JOIN rebuilt_tiled t ON {mode} = 'occurred' AND t.lifecycle = i.lifecycle
      AND t.type = e.type AND t.k_from < {next} AND t.k_to > e.position
"""
_NEXT = "coalesce(n.next, :open)"
_SOURCES = (
    (_FIRST, {"mode": "e.mode", "number": "e.version"}),
    # A withdrawal does not say whether it is of a development or a plan.
    (
        _CORRECTED,
        {
            "mode": "CASE WHEN e.kind = 'amended' THEN e.mode END",
            "number": "coalesce(r.version, e.version)",
        },
    ),
)

_BOTH = {
    "initiative": "e.initiative",
    "fact": "e.fact",
    "position": "e.position",
    "number": "{number}",
    "lo": "e.lo",
    "hi": "e.hi",
    "type": "e.type",
    "edtf": "e.edtf",
}
_OCCURRED = {
    **_BOTH,
    "rank": "e.fact << :bits",
    "k_from": "CASE WHEN t.k_from > e.position THEN t.k_from ELSE e.position END",
    "k_to": f"CASE WHEN t.k_to < {_NEXT} THEN t.k_to ELSE {_NEXT} END",
    "effect": "coalesce(t.effect, 'unknown')",
    "phase": "t.phase",
    "outcome": "t.outcome",
    "fulfils": "e.fulfils",
    "after_fact": "e.after_fact",
    "contradicts": "e.contradicts",
    "source": "e.source",
    "unconfirmed": "e.unconfirmed",
}
_PLANNED = {**_BOTH, "k_from": "e.position", "k_to": _NEXT}
_MODES = (
    ("occurred", schema.fact_versions, _OCCURRED),
    ("planned", schema.plan_versions, _PLANNED),
)

_APART = "NOT EXISTS (SELECT 1 FROM rebuilt_apart a WHERE a.initiative = e.initiative)"
_NEXT_ONLY = "EXISTS (SELECT 1 FROM rebuilt_next x WHERE x.initiative = e.initiative)"
_FEW_ONLY = "e.initiative IN (SELECT x.initiative FROM rebuilt_next x)"


def _source(
    source: str, words: dict[str, str], only: str, joined: str = "", *, few: bool = False
) -> str:
    text = source.replace("{joined}", _JOINED + joined).replace("{only}", only)
    text = text.replace("{next}", _NEXT).replace("{mode}", words["mode"])
    # The plus keeps SQLite from reading all positions for a few initiatives.
    return text.replace("AND e.position", "AND +e.position") if few else text


@lru_cache(maxsize=2)
def _standing(*, is_sqlite: bool) -> tuple[str, str]:
    """Return the joins that find the live row of a version, and the SQL for whether it is there.

    The latter is NULL for an event that gives no row. SQLite looks up each row; PostgreSQL, which
    is faster at reading many rows than at looking up each, joins the rows of the span.
    """
    joins, choices = [], []
    for mode, table, expressions in _MODES:
        row = table.name[0]
        is_same = " AND ".join(
            same(c, expressions[c.name], is_sqlite=is_sqlite, row=row) for c in table.columns
        )
        if is_sqlite:
            found = f"EXISTS (SELECT 1 FROM {table.name} {row} WHERE {is_same})"
        else:
            found = f"{row}.fact IS NOT NULL"
            joins.append(
                f"LEFT JOIN {table.name} {row} ON {{mode}} = '{mode}' AND {is_same}"
                f" AND {row}.fact > :start AND {row}.fact <= :end"
            )
        choices.append(f"WHEN '{mode}' THEN {found}")
    return " ".join(joins), f"CASE {{mode}} {' '.join(choices)} END"


def same(column: sa.Column[Any], expression: str, *, is_sqlite: bool, row: str) -> str:
    """Return the SQL for whether *column* of a live *row* has the value of *expression*."""
    if column.nullable:
        return f"{row}.{column.name} {'IS' if is_sqlite else 'IS NOT DISTINCT FROM'} {expression}"
    if column.name == "k_from" and not is_sqlite:
        # Many rows may begin at one position, where a lifecycle was adopted: PostgreSQL is not to
        # look for one of them among all of those.
        return f"{row}.k_from + 0 = {expression}"
    return f"{row}.{column.name} = {expression}"


@lru_cache(maxsize=4)
def counting(*, is_sqlite: bool, are_some_apart: bool = True) -> tuple[str, ...]:
    """Return queries that count rows of the facts of a span; the sums of their results are wanted.

    Each gives four numbers: the rows that the log gives of developments, and of plans; how many of
    both are in the live tables; and the events that belong to no initiative.
    """
    joined, standing = _standing(is_sqlite=is_sqlite)
    columns = (
        "count(CASE WHEN {mode} = 'occurred' THEN 1 END),"
        " count(CASE WHEN {mode} = 'planned' THEN 1 END),"
        f" count(CASE WHEN {standing} THEN 1 END),"
        " count(CASE WHEN i.initiative IS NULL THEN 1 END)"
    )
    only = _APART if are_some_apart else "1 = 1"
    return tuple(
        _filled(f"SELECT {columns} {_source(*each, only, joined)}", each[1]) for each in _SOURCES
    )


@lru_cache(maxsize=2)
def finding(*, is_sqlite: bool) -> tuple[str, ...]:
    """Return statements that put initiatives with a missing or wrong row into ``rebuilt_next``."""
    joined, standing = _standing(is_sqlite=is_sqlite)
    only = (
        f"{_APART} AND NOT {standing}"
        " AND NOT EXISTS (SELECT 1 FROM rebuilt_next x WHERE x.initiative = e.initiative)"
    )
    return tuple(
        _filled(
            "INSERT INTO rebuilt_next (initiative) SELECT DISTINCT e.initiative"
            f" {_source(*each, only, joined)}",
            each[1],
        )
        for each in _SOURCES
    )


@lru_cache(maxsize=2)
def inserting(*, few: bool) -> tuple[tuple[str, str], ...]:
    """Return (table, statement) pairs that make the rows of the initiatives in ``rebuilt_next``."""
    return tuple(
        (
            table.name,
            _filled(
                f"INSERT INTO rebuilt_{table.name} ({', '.join(expressions)})"
                f" SELECT {', '.join(expressions.values())}"
                f" {_source(*each, _only(mode, few=few), few=few)}",
                each[1],
            ),
        )
        for mode, table, expressions in _MODES
        for each in _SOURCES
    )


def _only(mode: str, *, few: bool) -> str:
    return f"{{mode}} = '{mode}' AND {_FEW_ONLY if few else _NEXT_ONLY}"


def _filled(statement: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        statement = statement.replace(f"{{{name}}}", word)
    return statement
