"""The indexes of the tables, for migrations to compare with.

Apart from the tables, because an index with a condition makes SQLAlchemy load the PostgreSQL
dialect, a fifth of the start-up of a command that only reads a SQLite file. The migrations make
them; nothing else needs to know that they are there.
"""

from __future__ import annotations

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


def _partial(
    name: str, *columns: sa.ColumnElement[object], where: str, unique: bool = False
) -> None:
    condition = sa.text(where)
    sa.Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


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
_SETS_CONDITION = "effect IN ('enters', 'suspends', 'resumes', 'ends')"
_partial("uq_fact_versions_current", _fv.fact, where=f"k_to = {OPEN}", unique=True)
_partial("ix_fact_versions_phase", *_order, where="effect = 'enters'")
_partial("ix_fact_versions_condition", *_order, where=_SETS_CONDITION)
# What could be the last, if days were other than they seem: section 5, possible.
_back = (_fv.initiative, _fv.lo, _fv.rank, _fv.fact)
_partial("ix_fact_versions_phase_back", *_back, where="effect = 'enters'")
_partial("ix_fact_versions_condition_back", *_back, where=_SETS_CONDITION)
_partial("ix_fact_versions_fulfils", _fv.fulfils, where="fulfils IS NOT NULL")
_partial("ix_fact_versions_after", _fv.initiative, where="after_fact IS NOT NULL")
# What changed between two viewpoints is found by its day and by when it was learned.
sa.Index("ix_fact_versions_hi", _fv.hi)
_partial("ix_fact_versions_lo", _fv.lo, where="lo <> hi")
sa.Index("ix_fact_versions_k_from", _fv.k_from)
_partial("ix_fact_versions_k_to", _fv.k_to, where=f"k_to < {OPEN}")
_partial("uq_plan_versions_current", plan_versions.c.fact, where=f"k_to = {OPEN}", unique=True)
_partial("uq_initiatives_current", initiatives.c.initiative, where=f"k_to = {OPEN}", unique=True)
sa.Index("ix_initiatives_k_from", initiatives.c.k_from)
_partial("ix_initiatives_k_to", initiatives.c.k_to, where=f"k_to < {OPEN}")
_partial("ix_links_other", links.c.other, where=f"k_to = {OPEN}")
sa.Index("ix_search_words_initiative", search_words.c.initiative, search_words.c.position)
# Words too long to be indexed are looked at themselves.
_partial("ix_search_words_long", search_words.c.position, where="words IS NULL")


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table or an index is one that metadata can describe, for Alembic's comparison.

    SQLite's index of parts of words is a virtual table with tables of its own, and PostgreSQL's
    is one over what a function makes of a column.
    """
    return not (
        (kind == "table" and str(name).startswith("search_parts"))
        or (kind == "index" and name == "ix_search_words_parts")
    )
