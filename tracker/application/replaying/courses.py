"""The state of one initiative during a replay: the developments that decide its status."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from attrs import define

from tracker.application.replaying.steps import State
from tracker.domain.facts import FactVersion
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.status import INFERRED, decide_status


@define
class Course:
    """The state of one initiative during a replay: the developments that decide its status."""

    lifecycle: Lifecycle
    is_retired: bool = False
    deciding: FactVersion | None = None
    deciding_condition: FactVersion | None = None
    last: FactVersion | None = None

    def take(self, fact: FactVersion) -> None:
        """Add one more development that is sure."""
        self.last = _later(self.last, fact)
        if fact.sets_phase:
            self.deciding = _later(self.deciding, fact)
        if fact.sets_condition:
            self.deciding_condition = _later(self.deciding_condition, fact)

    def take_anew(self, facts: Iterable[FactVersion]) -> None:
        """Replace the developments by these, which are all that are sure."""
        self.deciding = self.deciding_condition = self.last = None
        for fact in facts:
            self.take(fact)

    def state(self, as_of: date) -> State | None:
        """Section 5 of the semantics; None for a retired initiative, which no list has."""
        if self.is_retired:
            return None
        phase, condition, _, _ = self._decided(as_of)
        return State(phase, condition)

    @property
    def first_dormant_day(self) -> date | None:
        """The day on which it falls dormant if nothing more is heard; None if it never does."""
        # At the end of time whatever can have fallen dormant has.
        _, _, basis, since = self._decided(date.max)
        return date.fromisoformat(since) if basis == INFERRED and since else None

    def _decided(self, as_of: date) -> tuple[str, str, str, str | None]:
        status = decide_status(
            deciding=self.deciding,
            deciding_condition=self.deciding_condition,
            last=self.last,
            possible=frozenset(),
            possible_conditions=frozenset(),
            lifecycle=self.lifecycle,
            as_of=as_of,
        )
        return status.phase, status.condition, status.basis, status.since


def _later(one: FactVersion | None, other: FactVersion) -> FactVersion:
    return other if one is None or other.order > one.order else one
