"""What ``decide`` asks of the log, read under its lock and remembered while it is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import field, mutable
from sqlalchemy.engine import Connection

from tracker.domain.dates import Extent
from tracker.domain.decide import FactStanding, Standing
from tracker.domain.events import (
    Account,
    Amended,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    LifecycleAdopted,
    Recorded,
    TextErased,
    Withdrawn,
    account_of,
)
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import OPEN
from tracker.projections.portfolio import known, lifecycle_from, profile_of
from tracker.store.codec import decode
from tracker.store.event_log import read_at
from tracker.store.schema import (
    disclosures,
    events,
    fact_versions,
    initiatives,
    lifecycle_versions,
    links,
)


@mutable
class LogLedger:
    """The log as it stands, for :func:`tracker.domain.decide.decide`.

    Events appended since it was made are told to it by :meth:`note`, so that a batch of commands is
    decided one after another without asking the database again.
    """

    connection: Connection
    shipped_lifecycle: Callable[[str], Lifecycle | None]
    shipped_names: Callable[[], Iterable[str]]
    _initiatives: dict[str, Standing | None] = field(factory=dict)
    _lifecycles: dict[str, Lifecycle | None] = field(factory=dict)
    _events: dict[str, Event | None] = field(factory=dict)
    _facts: dict[str, FactStanding] = field(factory=dict)

    def event(self, event_id: str) -> Event | None:
        """The event with that id."""
        if event_id not in self._events:
            self.foresee((event_id,))
        return self._events[event_id]

    def foresee(self, event_ids: Iterable[str]) -> None:
        """Look up many ids at once, because they will be asked for."""
        wanted = [each for each in event_ids if each not in self._events]
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            query = sa.select(events.c.event_id, events.c.position, events.c.body).where(
                events.c.event_id.in_(part)
            )
            there = self._decoded(self.connection.execute(query).all())
            self._events.update({each: there.get(each) for each in part})

    def foresee_initiatives(self, slugs: Iterable[str]) -> None:
        """Look up many initiatives at once, because they will be asked for."""
        wanted = [slug for slug in slugs if slug not in self._initiatives]
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            there = {row.initiative: _standing(row) for row in self._standing_rows(part)}
            self._initiatives.update({slug: there.get(slug) for slug in part})

    def event_at(self, position: int) -> Event | None:
        """The event at that position."""
        return read_at(self.connection, (position,)).get(position)

    def initiative(self, slug: str) -> Standing | None:
        """What stands of that initiative; None if it was never registered."""
        if slug not in self._initiatives:
            self.foresee_initiatives((slug,))
        return self._initiatives[slug]

    def lifecycle(self, name: str) -> Lifecycle | None:
        """The definition in force."""
        if name not in self._lifecycles:
            query = sa.select(lifecycle_versions.c.definition).where(
                lifecycle_versions.c.lifecycle == name, lifecycle_versions.c.k_to == OPEN
            )
            text = self.connection.execute(query).scalar()
            self._lifecycles[name] = lifecycle_from(text) if text is not None else None
        return self._lifecycles[name]

    def shipped(self, name: str) -> Lifecycle | None:
        """A definition that comes with the tool, adopted or not."""
        return self.shipped_lifecycle(name)

    def lifecycle_names(self) -> list[str]:
        """Every lifecycle that can be named."""
        query = sa.select(lifecycle_versions.c.lifecycle).where(lifecycle_versions.c.k_to == OPEN)
        return [*self.connection.execute(query).scalars(), *self.shipped_names()]

    def fact(self, event_id: str) -> FactStanding | None:
        """The fact that this event began."""
        if event_id in self._facts:
            return self._facts[event_id]
        first = self.event(event_id)
        if first is None or not isinstance(first.what, Recorded):
            return None
        versions = [first, *self._corrections(first.position)]
        last_account = next(a for v in reversed(versions) if (a := account_of(v.what)) is not None)
        current = versions[-1]
        self._facts[event_id] = FactStanding(
            event_id=event_id,
            initiative=first.initiative or "",
            number=first.version,
            current_id=current.event_id,
            current_position=current.position,
            told_position=self._last_told(versions).position,
            account=last_account,
            is_present=not isinstance(current.what, Withdrawn),
        )
        return self._facts[event_id]

    def events_of(self, fact: str) -> list[Event]:
        """Every event of *fact*, in order: its versions, withdrawals and erasures."""
        first = self.event(fact)
        if first is None:
            return []
        # By initiative, which has an index: an erasure is in none of its own.
        query = sa.select(events.c.position).where(
            events.c.initiative == first.initiative, events.c.fact == first.position
        )
        found = read_at(self.connection, self.connection.execute(query).scalars())
        return [found[position] for position in sorted(found)]

    def known_extent(self, fact: str, edtf: str) -> Extent | None:
        """The stored days of the earliest version of *fact* that gave this date."""
        first = self.event(fact)
        if first is None:
            return None
        for version in (first, *self._corrections(first.position)):
            account = account_of(version.what)
            if account is not None and account.on.edtf == edtf:
                return account.on
        return None

    def told_until(self, fact: str, position: int) -> Account | None:
        """The latest account of *fact* that was given up to *position*."""
        first = self.event(fact)
        versions = [] if first is None else [first, *self._corrections(first.position)]
        told = [account_of(v.what) for v in versions if v.position <= position]
        return next((account for account in reversed(told) if account is not None), None)

    def lifecycle_at(self, initiative: str, position: int) -> Lifecycle | None:
        """The definition that was in force for an initiative at *position*."""
        found = known(self.connection, initiative, position)
        return None if found is None else found.lifecycle

    def orders(self, initiative: str) -> dict[str, str]:
        """Which present fact of an initiative was said to come after which (event ids)."""
        later, earlier = events.alias(), events.alias()
        query = (
            sa.select(later.c.event_id, earlier.c.event_id)
            .select_from(fact_versions)
            .join(later, later.c.position == fact_versions.c.fact)
            .join(earlier, earlier.c.position == fact_versions.c.after_fact)
            .where(fact_versions.c.initiative == initiative, fact_versions.c.k_to == OPEN)
        )
        return {row[0]: row[1] for row in self.connection.execute(query)}

    def linked_to(self, slug: str) -> list[tuple[str, str]]:
        """The (initiative, kind) pairs of links that stand and point to *slug*."""
        query = (
            sa.select(links.c.initiative, links.c.kind)
            .where(links.c.other == slug, links.c.k_to == OPEN)
            .order_by(links.c.k_from)
        )
        return [(row.initiative, row.kind) for row in self.connection.execute(query)]

    def note(self, event: Event) -> None:
        """Take in an event that was just appended."""
        self._events[event.event_id] = event
        what = event.what
        if isinstance(what, LifecycleAdopted):
            self._lifecycles[what.name] = Lifecycle.from_definition(what.definition)
        if event.initiative is None:
            return
        before = self._initiatives.get(event.initiative)
        profile = before.profile if before else None
        retired = before.retired if before else None
        if isinstance(what, InitiativeRegistered | InitiativeRevised):
            profile = what.profile
        elif isinstance(what, InitiativeRetired):
            retired = what
        elif isinstance(what, Amended | Withdrawn):
            self._facts.pop(what.fact, None)
        elif isinstance(what, TextErased):  # what is remembered may hold a text that is gone
            self._facts.clear()
            self._events = {event.event_id: event}
        if profile is not None:
            self._initiatives[event.initiative] = Standing(profile, event.version, retired)

    def _corrections(self, fact: int) -> list[Event]:
        query = (
            sa.select(events.c.position)
            .where(events.c.fact == fact, events.c.kind.in_(["amended", "withdrawn"]))
            .order_by(events.c.position)
        )
        positions = list(self.connection.execute(query).scalars())
        found = read_at(self.connection, positions)
        return [found[position] for position in positions]

    @staticmethod
    def _last_told(versions: list[Event]) -> Event:
        return next(v for v in reversed(versions) if account_of(v.what) is not None)

    def _standing_rows(self, slugs: list[str]) -> Iterable[sa.Row[Any]]:
        count = (
            sa.select(sa.func.max(events.c.version))
            .where(events.c.initiative == initiatives.c.initiative)
            .scalar_subquery()
        )
        query = sa.select(initiatives, count.label("version")).where(
            initiatives.c.initiative.in_(slugs), initiatives.c.k_to == OPEN
        )
        return self.connection.execute(query)

    def _decoded(self, rows: Sequence[Any]) -> dict[str, Event]:
        query = sa.select(disclosures.c.position, disclosures.c.field, disclosures.c.text).where(
            disclosures.c.position.in_([row.position for row in rows])
        )
        told: dict[int, dict[str, str]] = {}
        for position, name, text in self.connection.execute(query) if rows else ():
            told.setdefault(position, {})[name] = text
        return {row.event_id: decode(row.body, told.get(row.position, {})) for row in rows}


def _standing(row: sa.Row[Any]) -> Standing:
    profile = profile_of(row.title, row.lifecycle, row.parties, row.sector, row.tags, row.summary)
    retired = InitiativeRetired(row.reason, row.merged_into) if row.retired else None
    return Standing(profile, row.version, retired)
