"""Shared by the overviews: initiatives a few hundred at a time, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.engine import Connection

from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio
from tracker.projections.portfolio import Standing

PART = 200
"""How many initiatives are looked at at once."""


def standings(connection: Connection, at: Viewpoint, only: frozenset[str] | None) -> list[Standing]:
    """Return the standings of the initiatives *only*, or of all, by slug."""
    return portfolio.status_of_all(connection, at, None if only is None else sorted(only))


def parts(found: Sequence[Standing]) -> Iterator[Sequence[Standing]]:
    """*found*, a few hundred at a time."""
    for start in range(0, len(found), PART):
        yield found[start : start + PART]


def phase_title(lifecycle: Lifecycle, phase: str) -> str:
    """What a phase is called."""
    found = lifecycle.phase(phase)
    return found.title if found else "Not started"
