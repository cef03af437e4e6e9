"""What ``decide`` may ask of the log as it stands under its lock."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from tracker.domain.dates import Extent
from tracker.domain.events import Account, Event, InitiativeRetired, Profile
from tracker.domain.lifecycle import Lifecycle


@frozen
class Standing:
    """What stands of an initiative: its profile, how many events it has, whether it is retired."""

    profile: Profile
    version: int
    retired: InitiativeRetired | None = None


@frozen
class FactStanding:
    """What stands of a fact: its name, its current event and its latest account.

    *told_position* is that of the latest event that gave an account; it differs from
    *current_position* where the fact is withdrawn.
    """

    event_id: str
    initiative: str
    number: int
    current_id: str
    current_position: int
    told_position: int
    account: Account
    is_present: bool

    @property
    def handle(self) -> str:
        """The fact's name as a person writes it."""
        return f"{self.initiative}#{self.number}"


class Ledger(Protocol):
    """What ``decide`` may ask of the log as it stands under the lock."""

    def event(self, event_id: str) -> Event | None:
        """The event with that id."""

    def event_at(self, position: int) -> Event | None:
        """The event at that position."""

    def initiative(self, slug: str) -> Standing | None:
        """What stands of that initiative; None if it was never registered."""

    def lifecycle(self, name: str) -> Lifecycle | None:
        """The definition in force."""

    def shipped(self, name: str) -> Lifecycle | None:
        """A definition that comes with the tool, adopted or not."""

    def fact(self, event_id: str) -> FactStanding | None:
        """The fact that this event began."""

    def events_of(self, fact: str) -> list[Event]:
        """Every event of *fact*, in order: its versions, withdrawals and erasures."""

    def known_extent(self, fact: str, edtf: str) -> Extent | None:
        """The stored days of the earliest version of *fact* that gave this date."""

    def told_until(self, fact: str, position: int) -> Account | None:
        """The latest account of *fact* that was given up to *position*."""

    def lifecycle_at(self, initiative: str, position: int) -> Lifecycle | None:
        """The definition that was in force for an initiative at *position*."""

    def orders(self, initiative: str) -> dict[str, str]:
        """Which present fact of an initiative was said to come after which (event ids)."""

    def linked_to(self, slug: str) -> list[tuple[str, str]]:
        """The (initiative, kind) pairs of links that stand and point to *slug*."""

    def lifecycle_names(self) -> list[str]:
        """Every lifecycle that can be named."""
