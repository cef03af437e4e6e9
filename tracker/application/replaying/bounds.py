"""Which steps of a story are shown: between a beginning and an end that a person typed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time
from typing import Any

from attrs import frozen

from tracker import clock
from tracker.application import inputs
from tracker.application.inputs import Axis
from tracker.application.viewpoints import KnownAt, date_text, known_instant, position_of
from tracker.domain.dates import Extent, parse_instant, parse_when
from tracker.errors import CalledWrongly, Refused


@frozen
class Bounds:
    """Which steps are shown: those between two days of the world, or two places in the log."""

    days: tuple[date, date] = (date.min, date.max)
    instants: tuple[datetime | None, datetime | None] = (None, None)
    positions: tuple[int | None, int | None] = (None, None)

    def __attrs_post_init__(self) -> None:
        for instant in filter(None, self.instants):
            known_instant(instant)  # which refuses one without a zone

    @classmethod
    def parsed(cls, axis: Axis, since: KnownAt, until: KnownAt) -> Bounds:
        """Return the bounds that a person typed, or such values: of the world, or of the log.

        Those are days, instants or positions (17 or ``"@17"``).
        """
        inputs.choice(axis, "axis", inputs.AXES)
        if axis == "world":
            bounds = cls(days=(_first_day(since), _last_day(until)))
            is_reversed = bounds.days[0] > bounds.days[1]
        else:
            first, last = _place(since, "--from"), _place(until, "--to")
            bounds = cls(instants=(first[0], last[0]), positions=(first[1], last[1]))
            is_reversed = _reversed(bounds.instants) or _reversed(bounds.positions)
        if is_reversed:
            message = f"--from {since} is after --to {until}; swap the two"
            raise CalledWrongly(message)
        return bounds

    def has_day(self, day: date) -> bool:
        """Whether a day of the world lies between."""
        return self.days[0] <= day <= self.days[1]

    def has(self, position: int, recorded_at: datetime) -> bool:
        """Whether a place in the log lies between."""
        return _between(recorded_at, *self.instants) and _between(position, *self.positions)

    def end_before(self, position: int, recorded_at: datetime) -> bool:
        """Whether a place in the log, and so all that follows it, lies after them."""
        is_before = _between(position, None, self.positions[1])
        return not (is_before and _between(recorded_at, None, self.instants[1]))


EVERYTHING = Bounds()


def _first_day(given: KnownAt) -> date:
    return date.min if given is None else _world_date(given, "--from").lo


def _last_day(given: KnownAt) -> date:
    return date.max if given is None else _world_date(given, "--to").hi


def _world_date(given: Any, option: str) -> Extent:
    is_position = isinstance(given, int) or (
        isinstance(given, str) and position_of(given) is not None
    )
    if is_position:
        message = f"{option} {given} is a place in the log; it goes with --axis knowledge"
        raise CalledWrongly(message)
    return inputs.when(given)


def _place(given: KnownAt, option: str) -> tuple[datetime | None, int | None]:
    """An instant, the beginning (--from) or end (--to) of a day, or a position."""
    if given is None or isinstance(given, int):
        return None, given
    if isinstance(given, datetime):
        return known_instant(given), None
    text = given.edtf if isinstance(given, Extent) else date_text(given)
    position = position_of(text)
    if position is not None:
        return None, position
    instant = parse_instant(text, clock.today())
    if option == "--from" and instant.time() == time.max:
        with suppress(Refused):  # it was an instant after all
            first = parse_when(text, clock.today()).lo
            instant = datetime.combine(first, time.min, UTC)
    return instant, None


def _reversed(ends: tuple[Any, Any]) -> bool:
    first, last = ends
    return first is not None and last is not None and first > last


def _between(value: Any, first: Any, last: Any) -> bool:
    return (first is None or first <= value) and (last is None or value <= last)
