"""From what a person asks for to a viewpoint: a day in the world and a position of the log."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TypeGuard

from tracker import clock
from tracker.domain.dates import Extent, format_instant, parse_day, parse_instant
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly, NotFound, Refused
from tracker.store import reading
from tracker.store.driver import Reader

Day = str | date | Extent
"""A date: as a person writes it, as a value, or as it was read before."""

AsOf = Day | None
KnownAt = Day | datetime | int | None

_POSITION = re.compile(r"@(\d+)", re.ASCII)

LONGEST = 18
"""The digits of a number that every database can hold."""


def viewpoint(
    reader: Reader,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_reported: AsOf = None,
) -> Viewpoint:
    """The viewpoint asked for; today and the head of the log where nothing is said.

    *known_at* is an instant, a day (its end, UTC; today is the head), or a position (17 or
    ``"@17"``). *as_reported* is both at once: as of that day, known at its end. Raises Refused for
    knowledge that is still to come.
    """
    if as_reported is not None:
        if as_of is not None or known_at is not None:
            raise CalledWrongly("as-reported says both times; leave as-of and known-at out")
        day = day_of(as_reported)
        return _known(reader, day, _end_of(day))
    today = clock.today()
    return _known(reader, day_of(as_of) if as_of is not None else today, known_at)


def day_of(given: Day) -> date:
    """A day as given, or as typed; raises as :func:`parse_day` and :func:`date_text` do."""
    if is_day(given):
        return given
    text = given.edtf if isinstance(given, Extent) else date_text(given)
    return parse_day(text, clock.today())


def is_day(given: object) -> TypeGuard[date]:
    """Whether it is a day as a value: an instant is another for Python alone."""
    return isinstance(given, date) and not isinstance(given, datetime)


def date_text(given: str | date) -> str:
    """A date as a text; CalledWrongly for what is none, such as an instant, whatever its zone."""
    if isinstance(given, str):
        return given
    if not is_day(given):
        raise CalledWrongly(f"{given!r} is no date; give a text such as '2025-12', or a date")
    return given.isoformat()


def position_of(text: str) -> int | None:
    """The position that ``@17`` names; None for any other text.

    Raises NotFound for a number that no log reaches.
    """
    match = _POSITION.fullmatch(text.strip())
    if match and len(match[1]) > LONGEST:
        raise NotFound(f"there is no position {text.strip()}: no log is that long")
    return int(match[1]) if match else None


def instant_of(given: Day | datetime) -> datetime:
    """An instant as given, or as typed; Refused if it is still to come."""
    instant = known_instant(given)
    if instant > clock.now():
        message = f"{format_instant(instant)} is still to come; nothing can have been recorded then"
        raise Refused(message)
    return instant


def known_instant(given: Day | datetime) -> datetime:
    """An instant as given, or as typed; of a day its end, UTC.

    Raises CalledWrongly for one without a zone, which could only be guessed.
    """
    if isinstance(given, str):
        return parse_instant(given, clock.today())
    if not isinstance(given, datetime):
        return _end_of(day_of(given))
    if given.tzinfo is None:
        raise CalledWrongly(f"{given!r} has no time zone; give it one, such as datetime.UTC")
    return given


def check_position(position: int, head: int) -> None:
    """Raise NotFound for a position that the log, whose last is *head*, has not come to."""
    if not 0 <= position <= head:
        message = f"the log has only {head} events; there is no position @{position}"
        raise NotFound(message)


def _known(reader: Reader, as_of: date, known_at: KnownAt) -> Viewpoint:
    head = reading.head(reader)
    if isinstance(known_at, str):
        position = position_of(known_at)
        if position is None and known_at.strip().startswith("@"):
            raise Refused(
                f"{known_at.strip()[:80]!r} is no position: write an instant, a day, or a position "
                "such as @17"
            )
        known_at = known_at if position is None else position
    if isinstance(known_at, int):
        check_position(known_at, head.position)
        return Viewpoint(as_of, known_at)
    now = clock.now()
    instant = None if known_at is None else known_instant(known_at)
    if instant is None or instant == _end_of(now.date()):
        return Viewpoint(as_of, head.position, head.recorded_at)
    latest = max(now, head.recorded_at) if head.recorded_at else now
    if instant > latest:
        message = (
            f"{format_instant(instant)} is still to come, and what will be known then may differ; "
            "ask for known-at up to now"
        )
        raise Refused(message)
    return Viewpoint(as_of, reading.position_at(reader, instant), instant)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=clock.now().tzinfo)
