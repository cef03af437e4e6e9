"""The history that everything is measured on: the same for every run, and of any size.

Ten events an initiative, so distributed that the first has thousands and most have a few: the first
of n initiatives has the √n-th part of all events. Of the facts one in twenty is a plan; of the
events one in twenty corrects or withdraws a fact; one development in ten was learned long after it
happened, one in ten is dated by its month alone and one in fifty by its year.

All of it streams, and everything that looks random comes from the seed, event ids included.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from attrs import evolve, field, frozen, mutable

from tracker.application.shipped import shipped_lifecycle
from tracker.domain.dates import cut, parse_edtf
from tracker.domain.events import (
    Account,
    Amended,
    Draft,
    InitiativeRegistered,
    LifecycleAdopted,
    Profile,
    Recorded,
    What,
    Withdrawn,
)
from tracker.domain.evidence import Source
from tracker.domain.lifecycle import Lifecycle

LIFECYCLE = "co-production"
BEGAN = datetime(2005, 1, 1, tzinfo=UTC)
YEARS = 20
"""However many events there are, they were recorded over these years from :data:`BEGAN` on."""

TYPES = (
    "offer-made",
    "talks-initiated",
    "talks-resumed",
    "feasibility-study-underway",
    "mou-signed",
    "contract-signed",
    "technology-transferred",
    "first-flight",
    "serial-production-started",
    "commented",
    "commented",
    "suspended",
    "resumed",
    "terminated",
)
_SECTORS = ("aviation", "naval", "energy", "railways", "space")
_LATE_DAYS = (0, 0, 0, 1, 2, 5)
_LONG_LATE_DAYS = (90, 1500)
_CORRECTABLE = 5000
"""How many of the latest facts a correction may be about."""


@frozen
class Fact:
    """What of a fact a later event may need: where it is, and its last account."""

    initiative: str
    event_id: str
    version_id: str
    account: Account


def lifecycle() -> Lifecycle:
    """The definition that every initiative here follows."""
    found = shipped_lifecycle(LIFECYCLE)
    assert found is not None
    return found


def initiatives_of(events: int) -> int:
    """Among how many initiatives *events* events are distributed (at least one)."""
    return max(events // 10, 1)


def drafts(events: int, seed: int = 1) -> Iterator[Draft]:
    """The first *events* events of a history of that size, without their places in a log."""
    return _Desk(Random(seed), events).drafts()


@mutable
class _Desk:
    """Whoever keeps this history: what is known so far, and what time it is."""

    chance: Random
    events: int
    now: datetime = BEGAN
    _registered: set[int] = field(factory=set)
    _facts: list[Fact] = field(factory=list)
    _plans: dict[str, str] = field(factory=dict)

    def drafts(self) -> Iterator[Draft]:
        definition = lifecycle().to_definition()
        yield self._draft(None, LifecycleAdopted(LIFECYCLE, definition))
        count = 1
        while count < self.events:
            self._pass()
            number = int(initiatives_of(self.events) * self.chance.random() ** 2)
            slug = f"init-{number:07d}"
            if number not in self._registered:
                self._registered.add(number)
                yield self._draft(slug, InitiativeRegistered(self._profile(number)))
            elif self._facts and self.chance.random() < 0.055:  # 5 % of all, registrations included
                yield self._correction()
            else:
                yield self._recorded(slug)
            count += 1

    def _pass(self) -> None:
        """Let time pass: on the average the span of the history divided by its events."""
        most = int(2 * YEARS * 365.25 * 86_400_000_000 / self.events)
        self.now += timedelta(microseconds=self.chance.randrange(1, most))

    def _draft(self, slug: str | None, what: What) -> Draft:
        return Draft(self._id(), slug, what, self.now, "asserted")

    def _id(self) -> str:
        """A UUID version 7 of this instant (RFC 9562), as random as the seed."""
        value = int(self.now.timestamp() * 1000) << 80 | self.chance.getrandbits(76)
        value = value & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62
        return str(uuid.UUID(int=value))

    def _profile(self, number: int) -> Profile:
        return Profile(
            title=f"Initiative {number}",
            lifecycle=LIFECYCLE,
            parties=("India", "Russia"),
            sector=_SECTORS[number % len(_SECTORS)],
        )

    def _recorded(self, slug: str) -> Draft:
        is_plan = self.chance.random() < 0.05
        account = self._planned(slug) if is_plan else self._occurred(slug)
        draft = self._draft(slug, Recorded(account))
        if is_plan:
            self._plans[slug] = draft.event_id
        self._remember(Fact(slug, draft.event_id, draft.event_id, account))
        return draft

    def _remember(self, fact: Fact) -> None:
        if len(self._facts) < _CORRECTABLE:
            self._facts.append(fact)
        else:
            self._facts[self.chance.randrange(_CORRECTABLE)] = fact

    def _correction(self) -> Draft:
        place = self.chance.randrange(len(self._facts))
        fact = self._facts[place]
        if self.chance.random() < 0.25:
            self._facts[place] = self._facts[-1]
            self._facts.pop()
            return self._draft(fact.initiative, Withdrawn(fact.event_id, "it was another"))
        account = evolve(fact.account, sources=(self._source(),))
        if account.mode == "occurred" and self.chance.random() < 0.5:
            account = evolve(account, on=self._occurred(fact.initiative).on)
        what = Amended(fact.event_id, fact.version_id, "a better source", account)
        draft = self._draft(fact.initiative, what)
        self._facts[place] = evolve(fact, version_id=draft.event_id, account=account)
        return draft

    def _planned(self, slug: str) -> Account:
        year = self.now.year + self.chance.randrange(1, 8)
        on = parse_edtf(f"../{year}" if self.chance.random() < 0.5 else f"{year}")
        return Account("planned", self.chance.choice(TYPES[:9]), on, (self._source(),))

    def _occurred(self, slug: str) -> Account:
        is_late = self.chance.random() < 0.1
        late = self.chance.choice(_LATE_DAYS)
        if is_late:
            late = self.chance.randrange(*_LONG_LATE_DAYS)
        fulfils = self._plans.pop(slug, None) if self.chance.random() < 0.2 else None
        on = cut(parse_edtf(self._written(self.now.date() - timedelta(days=late))), self.now)
        return Account(
            "occurred", self.chance.choice(TYPES), on, (self._source(),), fulfils=fulfils
        )

    def _written(self, day: date) -> str:
        vague = self.chance.random()
        if vague < 0.02:
            return f"{day:%Y}"
        return f"{day:%Y-%m}" if vague < 0.12 else day.isoformat()

    def _source(self) -> Source:
        number = self.chance.randrange(10**9)
        return Source(
            url=f"https://example.org/{number}",
            title="A report of the two governments",
            publisher="A news agency",
            quote=f"They said that it had come as far as that, in report {number}",
            grade=self.chance.choice(("B2", "B1", "C3")),
        )
