"""A status in short: what it says, without the developments that it rests on."""

from __future__ import annotations

from typing import NamedTuple


def as_set(values: tuple[str, ...]) -> tuple[str, ...]:
    """*values*, which differ from one another, in an order that does not depend on a lifecycle."""
    return values if len(values) == 1 else tuple(sorted(values))


class Outline(NamedTuple):
    """What an initiative stands at: each field is that of :class:`tracker.domain.status.Status`.

    *lifecycle* is the name of the one it follows; *since* and *last_on* are EDTF strings.
    """

    initiative: str
    lifecycle: str
    phase: str
    condition: str
    outcome: str | None
    basis: str
    possible: tuple[str, ...]
    possible_conditions: tuple[str, ...]
    since: str | None
    last_on: str | None

    @property
    def is_certain(self) -> bool:
        """Whether every choice of exact days gives this phase and this condition."""
        return len(self.possible) == 1 and len(self.possible_conditions) == 1

    @property
    def compared(self) -> tuple[object, ...]:
        """What ``diff`` compares (section 7): of what is possible the set, whatever its order."""
        return (
            self.phase,
            self.condition,
            self.outcome,
            self.basis,
            as_set(self.possible),
            as_set(self.possible_conditions),
            self.is_certain,
            self.since,
        )
