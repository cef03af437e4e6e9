"""The indexes of the tables, for migrations to compare with.

Apart from the tables, because an index with a condition makes SQLAlchemy load the PostgreSQL
dialect, a fifth of the start-up of a command that only reads a SQLite file. The migrations make
them; nothing else needs to know that they are there.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tracker.domain.viewpoint import OPEN
from tracker.store.schema import (
    events,
    fact_versions,
    initiatives,
    links,
    metadata,
    plan_versions,
    search_words,
)

__all__ = ["is_described", "metadata"]

sa.Index("ix_events_recorded_at", events.c.recorded_at, events.c.position)
sa.Index(
    "uq_events_initiative_version",
    events.c.initiative,
    events.c.version,
    unique=True,
    sqlite_where=events.c.initiative.is_not(None),
    postgresql_where=events.c.initiative.is_not(None),
)
# Corrections are few: an index of them alone finds the current version of any fact.
_correction = events.c.kind.in_(["amended", "withdrawn"])
sa.Index(
    "ix_events_corrections",
    events.c.fact,
    events.c.position,
    sqlite_where=_correction,
    postgresql_where=_correction,
)

_fv = fact_versions.c
_order = (_fv.initiative, _fv.hi, _fv.lo, _fv.rank, _fv.fact)
# What could be the last, if days were other than they seem: section 5, possible.
_back = (_fv.initiative, _fv.lo, _fv.rank, _fv.fact)
# All that is asked of what fulfils a plan.
_fulfilled = (_fv.fulfils, _fv.k_to, _fv.hi, _fv.k_from)
_ENTERS = "effect = 'enters'"
_SETS_CONDITION = "effect IN ('enters', 'suspends', 'resumes', 'ends')"
_PARTIAL: tuple[tuple[str, tuple[sa.ColumnElement[Any], ...], str], ...] = (
    ("uq_fact_versions_current", (_fv.fact,), f"k_to = {OPEN}"),
    ("ix_fact_versions_phase", _order, _ENTERS),
    ("ix_fact_versions_condition", _order, _SETS_CONDITION),
    ("ix_fact_versions_phase_back", _back, _ENTERS),
    ("ix_fact_versions_condition_back", _back, _SETS_CONDITION),
    ("ix_fact_versions_fulfils", _fulfilled, "fulfils IS NOT NULL"),
    ("ix_fact_versions_after", (_fv.initiative,), "after_fact IS NOT NULL"),
    # What changed between two viewpoints is found by its day and by when it was learned.
    ("ix_fact_versions_lo", (_fv.lo,), "lo <> hi"),
    ("ix_fact_versions_k_to", (_fv.k_to,), f"k_to < {OPEN}"),
    ("uq_plan_versions_current", (plan_versions.c.fact,), f"k_to = {OPEN}"),
    ("uq_initiatives_current", (initiatives.c.initiative,), f"k_to = {OPEN}"),
    ("ix_initiatives_k_to", (initiatives.c.k_to,), f"k_to < {OPEN}"),
    ("ix_links_other", (links.c.other,), f"k_to = {OPEN}"),
    # Words too long to be indexed are looked at themselves.
    ("ix_search_words_long", (search_words.c.position,), "words IS NULL"),
)
"""Indexes of the rows of which a condition holds: the name, the columns, and the condition."""

for _name, _columns, _text in _PARTIAL:
    _where = sa.text(_text)
    _is_unique = _name.startswith("uq_")
    sa.Index(_name, *_columns, unique=_is_unique, sqlite_where=_where, postgresql_where=_where)
sa.Index("ix_fact_versions_hi", _fv.hi)
sa.Index("ix_fact_versions_k_from", _fv.k_from)
sa.Index("ix_initiatives_k_from", initiatives.c.k_from)
sa.Index("ix_search_words_initiative", search_words.c.initiative, search_words.c.position)


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table or an index is one that metadata can describe, for Alembic's comparison.

    SQLite's index of parts of words is a virtual table with tables of its own, and PostgreSQL's
    is one over what a function makes of a column.
    """
    return not (
        (kind == "table" and str(name).startswith("search_parts"))
        or (kind == "index" and name == "ix_search_words_parts")
    )
