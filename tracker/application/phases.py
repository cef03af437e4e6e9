"""Which phases each initiative entered, in the order in which that happened.

These are steps of :func:`tracker.application.replaying.replay` along the world's axis, without
their other fields, and initiative by initiative. Only four columns of the read table are read, in
the order of an index: nothing is sorted, and since one row is one step, nothing is folded.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from tracker.domain.viewpoint import Viewpoint
from tracker.store.driver import Reader
from tracker.store.reading import rows, streamed


class Entered(NamedTuple):
    """An initiative entered a phase.

    *day* is the one from which that is sure, the last of the development's extent; *position* is
    that of the version of the development that is known.
    """

    initiative: str
    phase: str
    day: date
    position: int


def entries(reader: Reader, at: Viewpoint, only: frozenset[str] | None = None) -> Iterator[Entered]:
    """Yield every entry of a phase that is sure at a viewpoint, by slug, in the order of section 5.

    The last entry of an initiative is the phase that it is in; an initiative without any has not
    started. They are those of the initiatives *only*, or of all but the retired.
    """
    parameters = {"d": at.as_of.isoformat(), "k": at.position}
    query = (
        "SELECT f.initiative, f.phase, f.hi, f.position FROM fact_versions f"
        " WHERE f.effect = 'enters' AND f.hi <= :d AND f.k_from <= :k AND f.k_to > :k"
        " ORDER BY f.initiative, f.hi, f.lo, f.rank, f.fact"
    )
    retired = () if only is not None else frozenset(_retired(reader, at.position))
    day_of = date.fromisoformat
    for slug, phase, hi, position in streamed(reader, query, parameters):
        if slug in only if only is not None else slug not in retired:
            yield Entered(slug, phase, day_of(hi), position)


def _retired(reader: Reader, position: int) -> Iterator[str]:
    query = "SELECT initiative FROM initiatives WHERE retired = 1 AND k_from <= :k AND k_to > :k"
    for (slug,) in rows(reader, query, {"k": position}):
        yield slug
