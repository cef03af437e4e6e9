"""Decisions as stories: given what is in the log, when something is asked for, then it happens.

    given(ROAD).when(ask.Record(…)).then(did.Recorded(…))
    given(ROAD).when(ask.Retire(…)).nothing_happened()
    given(ROAD).when(ask.Link(…)).refused(NotFound, "there is no initiative …")

What is given is told in the steps of :mod:`tests.histories`; the id of an event is then known by
its position (:func:`id_at`).
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from attrs import frozen

from tests.histories import MemoryLedger, Recording, Registering, Step, events_of
from tracker.domain import commands as ask
from tracker.domain.dates import parse_edtf
from tracker.domain.decide import decide
from tracker.domain.events import Account, Draft, Event, Time, What
from tracker.domain.evidence import Source
from tracker.errors import TrackerError

AT = datetime(2024, 8, 2, 9, tzinfo=UTC)
NEW = "00000000-0000-4000-8000-00000000abcd"
"""The id of whatever is asked for."""

# The road's first events are its lifecycle (@1) and its registration (@2).
ROAD = Registering(slug="il-1", lifecycle="road")
DEAL = Registering(slug="mi-8", lifecycle="deal")
BEGUN = Recording(type="begun", on="2024-03-10")
PLANNED = Recording(mode="planned", type="agreed", on="../2024-06")

TASS = Source(document="TASS")


def id_at(position: int) -> str:
    """The id of the event that a step put at *position*."""
    return str(uuid.UUID(int=position, version=4))


def told_of(kind: str, on: str, *sources: Source) -> Account:
    """The account of a development, told by TASS if by nobody else."""
    return Account("occurred", kind, parse_edtf(on), sources or (TASS,))


@frozen
class Decision:
    """What came of asking *command* of *ledger*."""

    ledger: MemoryLedger
    command: ask.Command
    time: Time

    def drafts(self) -> list[Draft]:
        """The events that were decided."""
        return decide(self.command, self.ledger, AT, self.time)

    def then(self, *whats: What) -> None:
        """These events happen, at the instant and in the way that was asked for, and no others."""
        drafts = self.drafts()
        assert [draft.what for draft in drafts] == list(whats)
        assert drafts[-1].event_id == self.command.event_id
        assert {(draft.recorded_at, draft.time) for draft in drafts} == {(AT, self.time)}

    def nothing_happened(self) -> None:
        """It is so already."""
        assert self.drafts() == []

    def refused(self, kind: type[TrackerError], sentence: str) -> None:
        """It is refused in exactly these words."""
        with pytest.raises(kind) as refused:
            self.drafts()
        assert (type(refused.value), str(refused.value)) == (kind, sentence)


@frozen
class Given:
    """A log in memory."""

    ledger: MemoryLedger

    def when(self, command: ask.Command, time: Time = "witnessed") -> Decision:
        """Something is asked for."""
        return Decision(self.ledger, command, time)

    def and_then(self, command: ask.Command) -> Given:
        """The same log after *command*, which it must take."""
        drafts = Decision(self.ledger, command, "witnessed").drafts()
        assert drafts
        ledger = MemoryLedger(list(self.ledger.events))
        ledger.append(drafts)
        return Given(ledger)


def given(*steps: Step) -> Given:
    """The log after *steps*, every one of which it must have taken."""
    events: list[Event] = []
    for step in steps:
        events, before = events_of([step], events), len(events)
        assert len(events) > before, f"the log did not take {step}"
    return Given(MemoryLedger(events))
