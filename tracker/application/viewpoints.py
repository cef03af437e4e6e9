"""From what a person asks for to a viewpoint: a day in the world and a position of the log."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from tracker import clock
from tracker.domain.dates import format_instant, parse_day, parse_instant
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import CalledWrongly, NotFound, Refused
from tracker.store import reading
from tracker.store.driver import Reader

AsOf = str | date | None
KnownAt = str | datetime | date | int | None

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


def day_of(given: str | date) -> date:
    """A day as given, or as typed."""
    return parse_day(given, clock.today()) if isinstance(given, str) else given


def position_of(text: str) -> int | None:
    """The position that ``@17`` names; None for any other text.

    Raises NotFound for a number that no log reaches.
    """
    match = _POSITION.fullmatch(text.strip())
    if match and len(match[1]) > LONGEST:
        raise NotFound(f"there is no position {text.strip()}: no log is that long")
    return int(match[1]) if match else None


def instant_of(text: str) -> datetime:
    """An instant as typed; Refused if it is still to come."""
    instant = parse_instant(text, clock.today())
    if instant > clock.now():
        message = f"{format_instant(instant)} is still to come; nothing can have been recorded then"
        raise Refused(message)
    return instant


def _known(reader: Reader, as_of: date, known_at: KnownAt) -> Viewpoint:
    head = reading.head(reader)
    if isinstance(known_at, str):
        position = position_of(known_at)
        known_at = position if position is not None else parse_instant(known_at, clock.today())
    elif isinstance(known_at, date) and not isinstance(known_at, datetime):
        known_at = _end_of(known_at)
    if isinstance(known_at, int):
        if known_at > head.position:
            message = f"the log has only {head.position} events; there is no position @{known_at}"
            raise NotFound(message)
        return Viewpoint(as_of, known_at)
    now = clock.now()
    if known_at is None or known_at == _end_of(now.date()):
        return Viewpoint(as_of, head.position, head.recorded_at)
    latest = max(now, head.recorded_at) if head.recorded_at else now
    if known_at > latest:
        message = (
            f"{format_instant(known_at)} is still to come, and what will be known then may differ; "
            "ask for known-at up to now"
        )
        raise Refused(message)
    return Viewpoint(as_of, reading.position_at(reader, known_at), known_at)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, tzinfo=clock.now().tzinfo)
