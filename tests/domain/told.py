"""Facts as a story tells them: what happened and when, in the order in which it was recorded."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from tests.histories import DEFINITIONS
from tracker.domain.dates import parse_edtf
from tracker.domain.facts import FactVersion, PlanVersion, packed
from tracker.domain.lifecycle import Lifecycle

ROAD = DEFINITIONS["road"][0]
"""Talks, then an agreement (mandatory), then service (settled); dormant after three months."""

FIRST = 3
"""The log's first events are the lifecycle (@1) and the registration (@2)."""


def told(*lines: str, lifecycle: Lifecycle = ROAD) -> tuple[FactVersion, ...]:
    """The developments of il-1, recorded in this order from @3 on: ``begun 2024-03-10``."""
    return tuple(_development(line, FIRST + number, lifecycle) for number, line in enumerate(lines))


def _development(line: str, position: int, lifecycle: Lifecycle) -> FactVersion:
    kind, on = line.split()
    extent, effect = parse_edtf(on), lifecycle.effect_of(kind)
    return FactVersion(
        initiative="il-1",
        number=position - 1,
        fact=position,
        position=position,
        lo=extent.lo,
        hi=extent.hi,
        rank=packed(position, 0),
        type=kind,
        effect=effect.kind if effect else "unknown",
        phase=effect.phase if effect else None,
        outcome=effect.outcome if effect else None,
        on=on,
    )


def planned(line: str, fact: int = 2) -> PlanVersion:
    """A plan of il-1, recorded at that position: ``opened ../2030``."""
    kind, on = line.split()
    extent = parse_edtf(on)
    return PlanVersion("il-1", fact - 1, fact, fact, extent.lo, extent.hi, kind, on)


def behind(facts: Iterable[FactVersion], one: int, other: int) -> tuple[FactVersion, ...]:
    """*facts* with the one at @*one* said to come after the one at @*other*, on the same dates."""
    return tuple(
        evolve(fact, after=other, rank=packed(other, 1)) if fact.fact == one else fact
        for fact in facts
    )
