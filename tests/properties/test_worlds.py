"""Invariant 9: what is possible is what some choice of exact days gives, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import DEFINITIONS
from tests.properties.support import Bug, examples, fails
from tracker.domain import status as definition
from tracker.domain.facts import FactVersion, ranks
from tracker.domain.status import ACTIVE, NOT_STARTED, status

LIFECYCLE = evolve(DEFINITIONS["road"][0], dormant_after=None)
FIRST = date(2024, 3, 10)
DAYS = 6
TYPES = ("begun", "agreed", "opened", "suspended", "resumed", "cancelled", "commented")


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def developments(draw: st.DrawFn, extents: tuple[int, int] = (0, 3)) -> list[FactVersion]:
    """Up to five developments of a few days each, some said to come after another."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, DAYS),
                st.integers(*extents),
                st.sampled_from(TYPES),
                st.none() | st.integers(1, 5),
            ),
            max_size=5,
        )
    )
    found: dict[int, FactVersion] = {}
    for fact, (lo, length, kind, after) in enumerate(drawn, start=1):
        other = found.get(after) if after is not None else None
        found[fact] = _development(fact, lo, lo + length, kind, other)
    rank = ranks({f.fact: (f.lo, f.hi, f.after) for f in found.values()})
    return [evolve(f, rank=rank[f.fact]) for f in found.values()]


def _development(fact: int, lo: int, hi: int, kind: str, after: FactVersion | None) -> FactVersion:
    effect = LIFECYCLE.effect_of(kind)
    assert effect is not None
    return FactVersion(
        initiative="il-1",
        number=fact,
        fact=fact,
        position=fact,
        lo=after.lo if after else day(lo),
        hi=after.hi if after else day(hi),
        rank=0,
        type=kind,
        effect=effect.kind,
        phase=effect.phase,
        outcome=effect.outcome,
        on="",
        after=after.fact if after else None,
    )


def worlds(known: Sequence[FactVersion]) -> Iterator[list[FactVersion]]:
    """Every choice of exact days within the extents, each in the order in which it happened."""
    choices = [[f.lo + timedelta(days=n) for n in range((f.hi - f.lo).days + 1)] for f in known]
    for days in product(*choices):
        exact = [evolve(f, lo=d, hi=d) for f, d in zip(known, days, strict=True)]
        yield sorted(exact, key=lambda f: (f.hi, f.rank, f.fact))


def enumerated(known: Sequence[FactVersion], as_of: date) -> tuple[set[str], set[str]]:
    """The phases and the conditions of every world, each taken from what happened in it last."""
    phases, conditions = set(), set()
    for world in worlds(known):
        happened = [f for f in world if f.hi <= as_of]
        entered = [f.phase for f in happened if f.effect == "enters"]
        phases.add((entered[-1] if entered else None) or NOT_STARTED)
        set_to = {"enters": ACTIVE, "resumes": ACTIVE, "suspends": "suspended", "ends": "ended"}
        states = [set_to[f.effect] for f in happened if f.effect in set_to]
        conditions.add(states[-1] if states else ACTIVE)
    return phases, conditions


NINE: dict[str, st.SearchStrategy[Any]] = {"known": developments()}
NARROWED: dict[str, st.SearchStrategy[Any]] = {
    "known": developments(),
    "which": st.integers(0, 4),
    "ends": st.tuples(st.integers(0, 3), st.integers(0, 3)),
}


def invariant_9(known: list[FactVersion]) -> None:
    for number in range(-1, DAYS + 5):
        found = status(known, LIFECYCLE, day(number))
        phases, conditions = enumerated(known, day(number))
        assert set(found.possible) == phases
        assert set(found.possible_conditions) == conditions
        assert found.phase in phases
        assert found.condition in conditions
        assert found.is_certain == (len(phases) == len(conditions) == 1)


def invariant_9_narrowed(known: list[FactVersion], which: int, ends: tuple[int, int]) -> None:
    if not known:
        return
    wide = known[which % len(known)]
    lo, hi = wide.lo + timedelta(days=ends[0]), wide.hi - timedelta(days=ends[1])
    if hi < lo:
        return
    narrow = [evolve(f, lo=lo, hi=hi) if f is wide else f for f in known]
    for number in range(-1, DAYS + 5):
        before, after = (status(facts, LIFECYCLE, day(number)) for facts in (known, narrow))
        assert set(after.possible) <= set(before.possible)
        assert set(after.possible_conditions) <= set(before.possible_conditions)


@given(**NINE)
@examples(400)
def test_invariant_9(known: list[FactVersion]) -> None:
    """``possible`` and ``possible_conditions`` equal the enumeration of every world.

    Phase and condition (before dormancy) are always in them.
    """
    invariant_9(known)


@given(**NARROWED)
@examples(400)
def test_invariant_9_when_an_extent_narrows(
    known: list[FactVersion], which: int, ends: tuple[int, int]
) -> None:
    """Narrowing an extent never widens what is possible, given the facts' order."""
    invariant_9_narrowed(known, which, ends)


@given(known=developments(extents=(0, 0)))
@examples(100)
def test_invariant_9_where_every_day_is_exact(known: list[FactVersion]) -> None:
    """There is one world where every day is known, so that the answer is certain."""
    for number in range(-1, DAYS + 2):
        assert status(known, LIFECYCLE, day(number)).is_certain


def _possible(source: str, replacement: str) -> Bug:
    """``possible`` with one expression exchanged for another, as a slip of the pen would."""

    def seed(bug: pytest.MonkeyPatch) -> None:
        import inspect

        text = inspect.getsource(definition.possible)
        assert source in text, "the seeded bug must be where it is thought to be"
        names = dict(vars(definition))
        exec(text.replace(source, replacement), names)
        bug.setattr(definition, "possible", names["possible"])

    seed.__name__ = f"{source} → {replacement}"
    return seed


@pytest.mark.parametrize(
    "seeded",
    [
        _possible("if f.lo <= as_of and", "if f.hi <= as_of and"),
        _possible("(f.lo, f.rank, f.fact) for f in sure", "(f.hi, f.rank, f.fact) for f in sure"),
        _possible(">= greatest", "> greatest"),
        _possible("(min(f.hi, as_of), f.rank, f.fact)", "(f.lo, f.rank, f.fact)"),
        _possible("(min(f.hi, as_of), f.rank, f.fact)", "(f.hi, f.rank, f.fact)"),
        _possible(" | {otherwise}", ""),
        _possible("f.hi <= as_of]", "f.hi < as_of]"),
        _possible("f.rank, f.fact) for f in sure", "f.fact, f.rank) for f in sure"),
        _possible("as_of), f.rank, f.fact)", "as_of), f.fact, f.rank)"),
    ],
    ids=lambda seeded: seeded.__name__,
)
def test_a_wrong_possible_breaks_invariant_9(monkeypatch: pytest.MonkeyPatch, seeded: Bug) -> None:
    """One sign of the construction is wrong, and the enumeration of every world notices."""
    seeded(monkeypatch)
    assert fails(invariant_9, NINE, 2000)


def earlier_facts_first(bug: pytest.MonkeyPatch) -> None:
    """Equal dates decided by what was recorded first, not last."""
    bug.setattr("tracker.domain.status.in_order", lambda f: (f.hi, f.lo, -f.rank, -f.fact))


@pytest.mark.parametrize("seeded", [earlier_facts_first])
def test_a_wrong_order_breaks_invariant_9(monkeypatch: pytest.MonkeyPatch, seeded: Bug) -> None:
    """A phase that no world gives is noticed."""
    seeded(monkeypatch)
    assert fails(invariant_9, NINE, 2000)


def test_narrowing_is_noticed_where_it_widens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A construction that forgets the pushed-back sure ones widens, and the property notices."""
    _possible(">= greatest", "!= greatest")(monkeypatch)
    assert fails(invariant_9_narrowed, NARROWED, 2000)
