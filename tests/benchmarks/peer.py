"""The peer: the same history in the library ``eventsourcing``, used as its documentation says.

An aggregate with decorated events, an application, and its own recorders for SQLite and PostgreSQL.
An event holds what a fact's event holds here, as plain values, which is what its JSON transcoder
takes without further registration. Its read table is made by a projection with a tracking recorder:
on PostgreSQL with the runner that subscribes; its SQLite recorder has no subscriptions, so there
the notifications are pulled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from attrs import asdict
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Notification
from sqlalchemy.engine import make_url

from tests.benchmarks import raw, workload
from tests.benchmarks.desk import Desk, Store
from tracker.domain.dates import format_instant
from tracker.domain.events import (
    Account,
    Amended,
    Draft,
    InitiativeRegistered,
    Recorded,
    Withdrawn,
)

SECTION = 1000
"""How many notifications are selected at once."""
BATCH = 100
"""How many events are put at once; its pipeline on PostgreSQL has been seen to stop at more."""


class Initiative(Aggregate):
    """The facts of one initiative; a fact is named by its number among all facts."""

    class FactRecorded(Aggregate.Event):
        """A fact begins."""

        fact: int
        account: dict[str, Any]
        recorded_at: str

    class FactAmended(Aggregate.Event):
        """The whole account of a fact is replaced."""

        fact: int
        account: dict[str, Any]
        reason: str
        recorded_at: str

    class FactWithdrawn(Aggregate.Event):
        """A fact should not stand."""

        fact: int
        reason: str
        recorded_at: str

    @event("Registered")
    def __init__(self, slug: str, profile: dict[str, Any], recorded_at: str) -> None:
        self.slug = slug
        self.profile = profile
        self.facts: dict[int, dict[str, Any]] = {}

    @staticmethod
    def create_id(slug: str) -> UUID:
        """The id of an initiative is made of its slug."""
        return uuid5(NAMESPACE_URL, f"/initiatives/{slug}")

    @event(FactRecorded)
    def record(self, fact: int, account: dict[str, Any], recorded_at: str) -> None:
        """Say that something happened, or is planned."""
        self.facts[fact] = account

    @event(FactAmended)
    def amend(self, fact: int, account: dict[str, Any], reason: str, recorded_at: str) -> None:
        """Correct what was said of it."""
        self.facts[fact] = account

    @event(FactWithdrawn)
    def withdraw(self, fact: int, reason: str, recorded_at: str) -> None:
        """Take it back."""
        self.facts.pop(fact)


class Office(Application[UUID]):
    """Keeps initiatives."""

    def record(self, slug: str, fact: int, account: dict[str, Any], recorded_at: str) -> None:
        """Record a development, as an application's command does: get, change, save."""
        initiative: Initiative = self.repository.get(Initiative.create_id(slug))
        initiative.record(fact, account, recorded_at)
        self.save(initiative)


def environment(url: str) -> dict[str, str]:
    """The settings that the documentation gives for each of the two."""
    if not raw.is_postgresql(url):
        return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": url}
    parts = make_url(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts.database),
        "POSTGRES_HOST": str(parts.query["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": "",
    }


def filled(desk: Desk, store: Store, part: int | None = None) -> Office:
    """An office in *store* that holds the workload, or its first *part*, made once for a run."""

    def made() -> Office:
        name = "peer" if part is None else f"peer_{part}"
        office = Office(env=environment(store.fresh(name)))
        desk.until_the_end(office.close)
        fill(office, islice(workload.drafts(desk.events), part))
        store.settle(name)
        return office

    return desk.once(("peer", store.title, part), made)


def fill(office: Office, drafts: Iterable[Draft]) -> None:
    """Put a history into an empty *office*, in its order; the lifecycle's adoption is none of it.

    In batches, which the documentation leaves open and which takes a tenth of the time: how the
    history got there is not what is measured.
    """
    initiatives: dict[str, Initiative] = {}
    facts: dict[str, int] = {}
    waiting: list[Any] = []
    for number, draft in enumerate(drafts):
        if draft.initiative is None:
            continue
        at, what = format_instant(draft.recorded_at), draft.what
        if isinstance(what, InitiativeRegistered):
            made = Initiative(slug=draft.initiative, profile=asdict(what.profile), recorded_at=at)
            initiatives[draft.initiative] = made
        initiative = initiatives[draft.initiative]
        # A fact is named by the position of its first event, as in the log.
        if isinstance(what, Recorded):
            facts[draft.event_id] = number + 1
            initiative.record(number + 1, told(what.account), at)
        elif isinstance(what, Amended):
            initiative.amend(facts[what.fact], told(what.account), what.reason, at)
        elif isinstance(what, Withdrawn):
            initiative.withdraw(facts[what.fact], what.reason, at)
        waiting += initiative.collect_events()
        if len(waiting) >= BATCH:
            office.events.put(waiting)
            waiting = []
    office.events.put(waiting)


def told(account: Account) -> dict[str, Any]:
    """An account as plain values."""
    on = account.on
    return {
        "mode": account.mode,
        "type": account.type,
        "on": {
            "text": on.text,
            "edtf": on.edtf,
            "lo": on.lo.isoformat(),
            "hi": on.hi.isoformat(),
        },
        "sources": [
            {key: value for key, value in asdict(source).items() if value is not None}
            for source in account.sources
        ],
        "fulfils": account.fulfils,
    }


def notifications(office: Office, until: int | None = None) -> Iterator[Notification]:
    """All that was recorded, in order, up to the notification *until*."""
    start = 1
    while True:
        found = office.recorder.select_notifications(start, SECTION, until)
        yield from found
        if len(found) < SECTION:
            return
        start = found[-1].id + 1


def events(office: Office, until: int | None = None) -> Iterator[Any]:
    """The same as objects."""
    return map(office.mapper.to_domain_event, notifications(office, until))


def phases(office: Office, as_of: str, position: int) -> dict[str, str]:
    """What phase each initiative was in, by replaying every aggregate up to a place in the log.

    *position* is one of tracker's log, which has one event more: the lifecycle's adoption.
    """
    initiatives: dict[UUID, Initiative] = {}
    for each in events(office, position - 1):
        known = initiatives.get(each.originator_id)
        initiatives[each.originator_id] = each.mutate(known)
    return raw.folded(
        (
            (one.slug, account["on"]["hi"], account["on"]["lo"], fact, account["type"])
            for one in initiatives.values()
            for fact, account in one.facts.items()
            if account["mode"] == "occurred"
        ),
        as_of,
    )
