"""The rows of the log that ``decide`` needs, read under its lock and cached while it is held."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from attrs import evolve, field, mutable

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
from tracker.projections.portfolio import PROFILE, known, lifecycle_from, profile_of
from tracker.store.codec import decode
from tracker.store.driver import Reader
from tracker.store.event_log import lost
from tracker.store.reading import first, is_postgresql, read_at, rows, texts_of
from tracker.store.writer import Question

_KEPT = 5_000
"""How many initiatives are remembered from one batch of commands to the next."""


@mutable
class LogLedger:
    """The current state of the log, for :func:`tracker.domain.decide.decide`, with a cache.

    Events appended since it was made must be passed to :meth:`note`, so that a batch of commands is
    decided one after another without querying the database again.
    """

    connection: Reader
    shipped_lifecycle: Callable[[str], Lifecycle | None]
    shipped_names: Callable[[], Iterable[str]]
    _initiatives: dict[str, Standing | None] = field(factory=dict)
    _lifecycles: dict[str, Lifecycle | None] = field(factory=dict)
    _events: dict[str, Event | None] = field(factory=dict)
    _facts: dict[str, FactStanding] = field(factory=dict)

    def afresh(self) -> LogLedger:
        """Return a ledger whose cache has no single events, and a limited number of initiatives.

        It is for the next of many batches under one lock, so that memory does not grow with them.
        """
        known = self._initiatives if len(self._initiatives) <= _KEPT else {}
        return evolve(self, initiatives=known, lifecycles=self._lifecycles, events={}, facts={})

    def event(self, event_id: str) -> Event | None:
        """The event with that id."""
        if event_id not in self._events:
            self.foresee((event_id,))
        return self._events[event_id]

    def foresee(self, event_ids: Iterable[str]) -> None:
        """Read the events with these ids into the cache, with few queries."""
        wanted = [each for each in event_ids if each not in self._events]
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            there = self._decoded(rows(self.connection, *_events_called(part)))
            self._events.update({each: there.get(each) for each in part})

    def foresee_initiatives(self, slugs: Iterable[str]) -> None:
        """Read these initiatives into the cache, with few queries.

        Raises Damaged for one that is in the log and not in the read tables.
        """
        wanted = [slug for slug in slugs if slug not in self._initiatives]
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            query = f"SELECT {_STANDING} FROM initiatives i WHERE {_ONE_OF_MANY}"
            found = rows(self.connection, query, {"many": part})
            there = {row[0]: _standing(row) for row in found}
            self._check_new([slug for slug in part if slug not in there])
            self._initiatives.update({slug: there.get(slug) for slug in part})

    def _check_new(self, slugs: list[str]) -> None:
        query = "SELECT initiative FROM events WHERE initiative IN :many AND version = 1 LIMIT 1"
        for (slug,) in rows(self.connection, query, {"many": slugs}) if slugs else ():
            raise lost(slug)

    def event_at(self, position: int) -> Event | None:
        """The event at that position."""
        return read_at(self.connection, (position,)).get(position)

    def initiative(self, slug: str) -> Standing | None:
        """Return the current state of an initiative; None if it was never registered."""
        if slug not in self._initiatives:
            self._look_up(slug)
        return self._initiatives[slug]

    def _look_up(self, slug: str) -> None:
        """Read an initiative into the cache, with its lifecycle, which ``decide`` needs next."""
        row = first(self.connection, *_standing_of(slug, self.connection))
        self._initiatives[slug] = None if row is None else _standing(row)
        if row is not None and row[-1] is not None:
            lifecycle = _READ.get(row[-1]) or _read(row[-1])
            self._lifecycles.setdefault(row[2], lifecycle)

    def lifecycle(self, name: str) -> Lifecycle | None:
        """The definition in force."""
        if name not in self._lifecycles:
            query = (
                "SELECT definition FROM lifecycle_versions"
                f" WHERE lifecycle = :name AND k_to = {OPEN}"
            )
            row = first(self.connection, query, {"name": name})
            self._lifecycles[name] = None if row is None else lifecycle_from(row[0])
        return self._lifecycles[name]

    def shipped(self, name: str) -> Lifecycle | None:
        """A definition that comes with the tool, adopted or not."""
        return self.shipped_lifecycle(name)

    def lifecycle_names(self) -> list[str]:
        """Every lifecycle that can be named."""
        query = f"SELECT lifecycle FROM lifecycle_versions WHERE k_to = {OPEN}"
        adopted = [name for (name,) in rows(self.connection, query, {})]
        return [*adopted, *self.shipped_names()]

    def fact(self, event_id: str) -> FactStanding | None:
        """The fact that this event began."""
        if event_id in self._facts:
            return self._facts[event_id]
        begun = self.event(event_id)
        if begun is None or not isinstance(begun.what, Recorded):
            return None
        versions = [begun, *self._corrections(begun.position)]
        last_account = next(a for v in reversed(versions) if (a := account_of(v.what)) is not None)
        current = versions[-1]
        self._facts[event_id] = FactStanding(
            event_id=event_id,
            initiative=begun.initiative or "",
            number=begun.version,
            current_id=current.event_id,
            current_position=current.position,
            told_position=self._last_told(versions).position,
            account=last_account,
            is_present=not isinstance(current.what, Withdrawn),
        )
        return self._facts[event_id]

    def events_of(self, fact: str) -> list[Event]:
        """Every event of *fact*, in order: its versions, withdrawals and erasures."""
        begun = self.event(fact)
        if begun is None:
            return []
        # By initiative, which has an index: an erasure is in none of its own.
        query = "SELECT position FROM events WHERE initiative = :initiative AND fact = :fact"
        asked = {"initiative": begun.initiative, "fact": begun.position}
        found = read_at(
            self.connection, [position for (position,) in rows(self.connection, query, asked)]
        )
        return [found[position] for position in sorted(found)]

    def known_extent(self, fact: str, edtf: str) -> Extent | None:
        """The stored days of the earliest version of *fact* that gave this date."""
        begun = self.event(fact)
        if begun is None:
            return None
        for version in (begun, *self._corrections(begun.position)):
            account = account_of(version.what)
            if account is not None and account.on.edtf == edtf:
                return account.on
        return None

    def told_until(self, fact: str, position: int) -> Account | None:
        """The latest account of *fact* that was given up to *position*."""
        begun = self.event(fact)
        versions = [] if begun is None else [begun, *self._corrections(begun.position)]
        told = [account_of(v.what) for v in versions if v.position <= position]
        return next((account for account in reversed(told) if account is not None), None)

    def lifecycle_at(self, initiative: str, position: int) -> Lifecycle | None:
        """The definition that was in force for an initiative at *position*."""
        found = known(self.connection, initiative, position)
        return None if found is None else found.lifecycle

    def orders(self, initiative: str) -> dict[str, str]:
        """Which present fact of an initiative was said to come after which (event ids)."""
        query = (
            "SELECT later.event_id, earlier.event_id FROM fact_versions f"
            " JOIN events later ON later.position = f.fact"
            " JOIN events earlier ON earlier.position = f.after_fact"
            f" WHERE f.initiative = :initiative AND f.k_to = {OPEN}"
        )
        return dict(map(tuple, rows(self.connection, query, {"initiative": initiative})))

    def linked_to(self, slug: str) -> list[tuple[str, str]]:
        """The (initiative, kind) pairs of links that stand and point to *slug*."""
        query = (
            f"SELECT initiative, kind FROM links WHERE other = :slug AND k_to = {OPEN}"
            " ORDER BY k_from"
        )
        found = rows(self.connection, query, {"slug": slug})
        return [(initiative, kind) for initiative, kind in found]

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
            "SELECT position FROM events WHERE fact = :fact"
            " AND kind IN ('amended', 'withdrawn') ORDER BY position"
        )
        positions = [position for (position,) in rows(self.connection, query, {"fact": fact})]
        found = read_at(self.connection, positions)
        return [found[position] for position in positions]

    @staticmethod
    def _last_told(versions: list[Event]) -> Event:
        return next(v for v in reversed(versions) if account_of(v.what) is not None)

    def _decoded(self, found: Sequence[tuple[Any, ...]]) -> dict[str, Event]:
        if not found:
            return {}
        told = texts_of(self.connection, [position for _, position, _ in found])
        return {
            event_id: decode(body, told.get(position, {})) for event_id, position, body in found
        }


_STANDING = (
    f"{PROFILE}, (SELECT max(e.version) FROM events e WHERE e.initiative = i.initiative) AS version"
)
# As a number, not as a value: an index of what is current serves only who is sure to ask for that,
# and SQLite plans a query anew for each value that might make it one.
_ONE_OF_MANY = f"i.initiative IN :many AND i.k_to = {OPEN}"


_READ: dict[str, Lifecycle] = {}
"""Lifecycles that were read before, by the SHA-256 of their definition, in hex."""
_READ_AT_MOST = 64


@lru_cache(maxsize=_READ_AT_MOST)  # a file tells all of it each time
def _read(definition: str) -> Lifecycle:
    lifecycle = lifecycle_from(definition)
    if len(_READ) < _READ_AT_MOST:
        _READ[hashlib.sha256(definition.encode()).hexdigest()] = lifecycle
    return lifecycle


def foreseen(reader: Reader, slug: str, event_id: str) -> list[Question]:
    """What ``decide`` asks first about a request of that id about that initiative."""
    return [_standing_of(slug, reader), _events_called([event_id])]


def _standing_of(slug: str, reader: Reader) -> Question:
    definition, versions = "v.definition", "lifecycle_versions v"
    parameters: dict[str, Any] = {"slug": slug}
    if is_postgresql(reader):
        # A definition is longer than all the rest, and mostly known: its hash is sent instead, and
        # worked out once (which is what OFFSET 0 is for).
        definition = "CASE WHEN strpos(:read, v.hash) > 0 THEN v.hash ELSE v.definition END"
        versions = (
            "LATERAL (SELECT w.lifecycle, w.k_to, w.definition,"
            " encode(sha256(convert_to(w.definition, 'UTF8')), 'hex') AS hash"
            " FROM lifecycle_versions w WHERE w.lifecycle = i.lifecycle"
            f" AND w.k_to = {OPEN} OFFSET 0) v"
        )
        parameters = {**parameters, "read": " ".join(_READ)}
    query = (
        f"SELECT {_STANDING}, {definition} FROM initiatives i LEFT JOIN {versions}"
        f" ON v.lifecycle = i.lifecycle AND v.k_to = {OPEN}"
        f" WHERE i.initiative = :slug AND i.k_to = {OPEN}"
    )
    return query, parameters


def _events_called(event_ids: Sequence[str]) -> Question:
    query = "SELECT event_id, position, body FROM events WHERE event_id IN :many"
    return query, {"many": list(event_ids)}


def _standing(row: Sequence[Any]) -> Standing:
    profile, retired = profile_of(row[1:10])
    return Standing(profile, row[10], retired)
