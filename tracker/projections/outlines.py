"""The status of all initiatives in short: only a few columns of the deciding developments are read.

The answers are those of :func:`tracker.projections.portfolio.status_of_all`, found by the same
seeks, in a fraction of the time: days are compared as the text that the read tables hold, which
sorts as the days do, and each first dormant day is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from attrs import frozen

from tracker.domain.dates import add_months
from tracker.domain.events import Profile
from tracker.domain.facts import CONDITION_OF_EFFECT
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.outline import Outline
from tracker.domain.status import (
    ACTIVE,
    DORMANT,
    INFERRED,
    NOT_STARTED,
    OBSERVED,
    first_dormant_day,
    in_condition_order,
    in_phase_order,
    months_until_dormant,
)
from tracker.domain.viewpoint import Viewpoint
from tracker.projections.portfolio import (
    NO_PLANS,
    definitions,
    listed_rows,
    parts,
    planned,
    profile_of,
)
from tracker.projections.vague import deciding, vague_days
from tracker.store.driver import Reader
from tracker.store.reading import rows
from tracker.store.trusted import maker
from tracker.store.uncollected import uncollected


class _Deciding(NamedTuple):
    initiative: str
    hi: str
    lo: str
    effect: str
    phase: str | None
    outcome: str | None
    on: str

    @property
    def sets(self) -> str:
        """The condition that it sets."""
        return CONDITION_OF_EFFECT[self.effect]

    @property
    def since(self) -> str | None:
        """Its date, where it has one."""
        return None if self.on == "../.." else self.on


_Silence = Callable[[str, str, str], tuple[int, str]]

_COLUMNS = "f.initiative, f.hi, f.lo, f.effect, f.phase, f.outcome, f.edtf"


@frozen
class Listed:
    """An initiative in short: as a :class:`Standing`, without what decided its status."""

    initiative: str
    profile: Profile
    lifecycle: Lifecycle
    status: Outline
    open_plans: int
    next_due: date | None


_made_listed = maker(Listed)


def outlines(reader: Reader, at: Viewpoint) -> list[Outline]:
    """Return the outline of every initiative registered by then and not retired, by slug."""
    query = (
        "SELECT initiative, lifecycle FROM initiatives"
        " WHERE k_from <= :k AND k_to > :k AND retired = 0 ORDER BY initiative"
    )
    with uncollected():
        listed = rows(reader, query, {"k": at.position})
        return _outlined(reader, at, listed, definitions(reader, at.position))


def listing(reader: Reader, at: Viewpoint) -> list[Listed]:
    """Return what :func:`outlines` returns, with profiles and plans."""
    with uncollected():
        in_force = definitions(reader, at.position)
        profiles = {row[0]: profile_of(row[1:])[0] for row in listed_rows(reader, at.position)}
        pairs = [(slug, profile.lifecycle) for slug, profile in profiles.items()]
        plans = planned(reader, at)
        found = []
        for outline in _outlined(reader, at, pairs, in_force):
            slug = outline.initiative
            found.append(
                _made_listed(
                    slug,
                    profiles[slug],
                    in_force[outline.lifecycle],
                    outline,
                    *plans.get(slug, NO_PLANS),
                )
            )
        return found


def _outlined(
    reader: Reader,
    at: Viewpoint,
    listed: Sequence[tuple[Any, ...]],
    in_force: Mapping[str, Lifecycle],
) -> list[Outline]:
    """The outlines of those listed, each by its slug and the name of its lifecycle."""
    days = vague_days(reader, at)
    silence = _silence(in_force, at.as_of)
    return [
        outline
        for part in parts(listed)
        for outline in _decided(reader, at, part, in_force, days, silence)
    ]


def _decided(
    reader: Reader,
    at: Viewpoint,
    listed: Sequence[tuple[Any, ...]],
    in_force: Mapping[str, Lifecycle],
    days: Mapping[str, str],
    silence: _Silence,
) -> list[Outline]:
    slugs = [slug for slug, _ in listed]
    latest, vague = deciding(reader, at, _COLUMNS, _Deciding._make, slugs, days)
    made = Outline._make
    found = []
    for slug, lifecycle in listed:
        last, entering = latest.any.get(slug), latest.phase.get(slug)
        phase = (entering and entering.phase) or NOT_STARTED
        condition, outcome, basis, since = ACTIVE, None, OBSERVED, None
        # What enters a phase sets the condition too, so this one is the later of the two.
        setting = latest.condition.get(slug)
        if setting is not None:
            condition, outcome, since = setting.sets, setting.outcome, setting.since
        if slug in vague:
            phases = in_phase_order(vague[slug][0], in_force[lifecycle])
            conditions = in_condition_order(vague[slug][1])
        else:
            phases, conditions = (phase,), (condition,)
        months, silent_on = silence(lifecycle, phase, condition)
        if last is not None and last.hi <= silent_on:
            condition, basis, since = DORMANT, INFERRED, _dormant_from(last.hi, months)
        heard = last.since if last is not None else None
        found.append(
            made(
                (slug, lifecycle, phase, condition, outcome, basis, phases, conditions, since,
                 heard)
            )
        )  # fmt: skip
    return found


def _silence(in_force: Mapping[str, Lifecycle], as_of: date) -> _Silence:
    """Return a function of a lifecycle, a phase and a condition.

    It gives the months of silence after which an initiative is dormant, and the last day on which
    its last development may have ended for it to be dormant on *as_of*: the empty text, which sorts
    before all days, where it cannot be.
    """

    @cache
    def silence(lifecycle: str, phase: str, condition: str) -> tuple[int, str]:
        months = months_until_dormant(phase, condition, in_force[lifecycle])
        if months is None:
            return 0, ""
        # Months are clamped to their end, so that up to four days lead to one.
        heard_on = min(add_months(as_of, -months), date.max - _FOUR_DAYS) + _FOUR_DAYS
        while heard_on > date.min and not _is_silent(heard_on, months, as_of):
            heard_on -= timedelta(days=1)
        return months, heard_on.isoformat() if _is_silent(heard_on, months, as_of) else ""

    return silence


_FOUR_DAYS = timedelta(days=4)


def _is_silent(heard_on: date, months: int, as_of: date) -> bool:
    day = first_dormant_day(heard_on, months)
    return day is not None and as_of >= day


@lru_cache(maxsize=8192)
def _dormant_from(heard_on: str, months: int) -> str | None:
    day = first_dormant_day(date.fromisoformat(heard_on), months)
    return None if day is None else day.isoformat()
