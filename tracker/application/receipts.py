"""The result of recording."""

from __future__ import annotations

from attrs import frozen

from tracker.domain.events import Account, Event
from tracker.domain.findings import Finding


@frozen
class Receipt:
    """What was appended, in order; empty where nothing would have changed.

    *repeated* is the earlier event where the same request had been granted before. *findings* are
    what is odd about the facts concerned. *brought_back* says that the fact had been withdrawn and
    stands again, *corrected* is what a fact said that was amended. With *dry_run* nothing was
    written, and positions are those that would have been given.
    """

    events: tuple[Event, ...]
    repeated: Event | None = None
    findings: tuple[Finding, ...] = ()
    dry_run: bool = False
    brought_back: bool = False
    corrected: Account | None = None

    @property
    def event(self) -> Event | None:
        """The event that was asked for: the last appended, or the earlier one."""
        return self.events[-1] if self.events else self.repeated
