"""What needs attention: what is overdue, dormant, contradictory, tied or thinly sourced."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Literal

from attrs import frozen
from sqlalchemy.engine import Connection

from tracker.application.overview.shared import parts, standings
from tracker.domain.edtf import lettered
from tracker.domain.facts import FactVersion, PlanVersion
from tracker.domain.findings import findings
from tracker.domain.status import DORMANT
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio
from tracker.projections.portfolio import Standing

_DAY = timedelta(days=1)


Concern = Literal["overdue", "dormant", "conflicts", "ties", "single-source"]
CONCERNS: dict[Concern, tuple[str, ...]] = {
    "overdue": ("plan-overdue",),
    "dormant": ("dormant",),
    "conflicts": ("contradiction",),
    "ties": ("equal-dates", "order-lapsed"),
    "single-source": ("single-source",),
}
"""Each sort of notice, most pressing first, and the kinds of finding that belong to it."""


@frozen
class Notice:
    """Something that needs attention since a date in EDTF, *days* before the as-of date."""

    initiative: str
    kind: str
    facts: tuple[str, ...]
    text: str
    since: str | None
    days: int | None


def attention(
    connection: Connection,
    at: Viewpoint,
    concerns: Collection[str] = tuple(CONCERNS),
    only: frozenset[str] | None = None,
) -> list[Notice]:
    """Return the notices of the portfolio, the most pressing sort first, its oldest first."""
    kinds = [kind for concern in CONCERNS if concern in concerns for kind in CONCERNS[concern]]
    found: list[Notice] = []
    for part in parts(standings(connection, at, only)):
        slugs = [standing.initiative for standing in part]
        facts = portfolio.developments(connection, at.position, slugs)
        plans = portfolio.plans(connection, at.position, slugs)
        for standing in part:
            slug = standing.initiative
            notices = _notices(standing, facts.get(slug, ()), plans.get(slug, ()), at.as_of)
            found += [notice for notice in notices if notice.kind in kinds]
    found.sort(
        key=lambda n: (kinds.index(n.kind), -(n.days if n.days is not None else -1), n.initiative)
    )
    return found


def _notices(
    standing: Standing,
    facts: Sequence[FactVersion],
    plans: Sequence[PlanVersion],
    as_of: date,
) -> Iterator[Notice]:
    slug, stood = standing.initiative, standing.status
    sure = [fact for fact in facts if fact.hi <= as_of]
    if stood.condition == DORMANT and stood.since:
        heard = lettered(stood.last_on) if stood.last_on else "an open date"
        text = f"nothing heard since {heard}, in phase {stood.phase}"
        days = (as_of - date.fromisoformat(stood.since)).days
        yield Notice(slug, "dormant", (sure[-1].handle,), text, stood.since, days)
    days_of = {fact.handle: (fact.hi, fact.on) for fact in facts}
    due = {plan.handle: plan.hi for plan in plans}
    for finding in findings(facts, plans, standing.lifecycle, stood, as_of):
        if finding.kind == "plan-overdue":
            first = due[finding.facts[0]] + _DAY
            since: tuple[date, str] | None = (first, first.isoformat())
        else:
            theirs = [days_of[fact] for fact in finding.facts if fact in days_of]
            # What a later day contradicts has been there since its own.
            since = max((each for each in theirs if each[0] <= as_of), default=None)
        yield Notice(
            initiative=slug,
            kind=finding.kind,
            facts=finding.facts,
            text=finding.text,
            since=None if since is None or since[1] == "../.." else since[1],
            days=(as_of - since[0]).days if since else None,
        )


def notice_item(notice: Notice) -> dict[str, Any]:
    """An item of ``attention``."""
    return {
        "initiative": notice.initiative,
        "kind": notice.kind,
        "facts": list(notice.facts),
        "text": notice.text,
        "since": notice.since,
        "days": notice.days,
    }
