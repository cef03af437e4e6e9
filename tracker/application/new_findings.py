"""The findings that exist at one position of the log and did not at an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tracker.application import answers
from tracker.domain.findings import Finding
from tracker.domain.viewpoint import Viewpoint
from tracker.projections.portfolio import Standing, status_of_all
from tracker.store.schema import events, initiatives
from tracker.store.uncollected import uncollected

PART: Final = 500
"""How many initiatives are looked at together: all their facts are in memory meanwhile."""


def touched(
    connection: Connection, at: Viewpoint, after: Viewpoint, adopted: Sequence[str]
) -> list[str]:
    """Return the slugs of the initiatives that events between *at* and *after* may have changed.

    They are those that the events are about, and those that follow a lifecycle among *adopted*. The
    two viewpoints differ in their positions.
    """
    named = sa.select(events.c.initiative).distinct()
    named = named.where(
        events.c.position > at.position,
        events.c.position <= after.position,
        events.c.initiative.is_not(None),
    )
    following = sa.select(initiatives.c.initiative).where(
        initiatives.c.k_from <= after.position,
        initiatives.c.k_to > after.position,
        initiatives.c.lifecycle.in_(adopted),
    )
    found = set(connection.scalars(named))
    found.update(connection.scalars(following))
    return sorted(found)


def new_findings(
    connection: Connection, at: Viewpoint, after: Viewpoint, parts: Iterable[Sequence[str]]
) -> Iterator[tuple[str, Finding]]:
    """Yield the findings of initiatives at *after* that they did not have at *at*.

    They are looked at part by part: all developments of a part are in memory meanwhile.
    """
    for part in parts:
        with uncollected():
            stood, stands = (status_of_all(connection, each, part) for each in (at, after))
        yield from new_among(connection, (at, stood), (after, stands))


def new_among(
    connection: Connection,
    before: tuple[Viewpoint, Sequence[Standing]],
    after: tuple[Viewpoint, Sequence[Standing]],
) -> Iterator[tuple[str, Finding]]:
    """Yield what :func:`new_findings` yields, from the standings at both viewpoints."""
    with uncollected():
        known, found = _odd(connection, *before), _odd(connection, *after)
    for slug, odd in sorted(found.items()):
        yield from ((slug, finding) for finding in odd if finding not in known.get(slug, ()))


def _odd(
    connection: Connection, at: Viewpoint, standings: Sequence[Standing]
) -> dict[str, tuple[Finding, ...]]:
    listed = [standing for standing in standings if standing.retired is None]
    found = answers.findings_of(connection, listed, at)
    return {s.initiative: odd for s, odd in zip(listed, found, strict=True)}
