"""Dates as people write them, and the days and instants that the rest of the domain asks for.

Whatever has one meaning is put into EDTF first and read by :mod:`tracker.domain.edtf`, so that the
answer is never more precise than what was said. What has two meanings, or none, is
:class:`tracker.errors.Refused`. Pure: today is passed in.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from attrs import evolve

from tracker.domain.edtf import (
    ANYTIME,
    OPEN_HI,
    OPEN_LO,
    Extent,
    add_months,
    as_written,
    cleaned,
    day_in_words,
    describe,
    has_time,
    parse_edtf,
    plain_day,
    refuse_time,
    shown,
)
from tracker.domain.typed_spans import to_edtf
from tracker.errors import Refused

__all__ = [
    "ANYTIME",
    "OPEN_HI",
    "OPEN_LO",
    "Extent",
    "add_months",
    "cut",
    "describe",
    "format_instant",
    "latest_day",
    "parse_by",
    "parse_day",
    "parse_edtf",
    "parse_instant",
    "parse_when",
]


def parse_when(text: str, today: date) -> Extent:
    """Read EDTF, or what a person types where it has one meaning, counting from *today*.

    Raises :class:`Refused` for what has two meanings, no year, a time of day, or no meaning.
    """
    return plain_day(text) or _parse_when(cleaned(text), today)


def parse_by(text: str, today: date) -> Extent:
    """Read the latest day of a plan: ``2030``, ``by 2030`` and ``../2030`` all give ``../2030``.

    Raises :class:`Refused` as :func:`parse_when` does, and for an interval.
    """
    written = cleaned(text)
    if has_time(written):
        refuse_time(written)
    words = written.lower()
    if words.startswith(("../", "by ", "no later than ", "not later than ")):
        extent = parse_when(written, today)
        if extent.is_open_end:
            raise Refused(f"{shown(written)} has no latest day: write one, for example ../2030")
        return extent
    return as_written(parse_edtf(to_edtf(f"by {words}", today)), written)


def parse_day(text: str, today: date) -> date:
    """Read one day; of a month, a quarter or a year the last day.

    Raises :class:`Refused` as :func:`parse_when` does, and for an interval or an open end.
    """
    extent = parse_when(text, today)
    if "/" in extent.edtf:
        raise Refused(f"{shown(extent.text)} is an interval: write one day, for example 2025-12-05")
    return extent.hi


_INSTANT = re.compile(
    r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})[Tt ]"
    r"([0-9]{2})(:?)([0-9]{2})(?:\6([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r" ?(?:(Z|z|UTC)|([+-])([0-9]{2}):?([0-9]{2})?)?"
)


_RFC_3339_IN_UTC = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-9]{2}){2}(?:\.[0-9]{1,6})?(?:Z|\+00:00)"
)


def parse_instant(text: str, today: date) -> datetime:
    """Read an RFC 3339 or ISO 8601 instant as an aware UTC datetime, to the microsecond.

    Without an offset it is UTC; finer digits are dropped. A date without a time is the last
    microsecond of that UTC day. Raises :class:`Refused` for what is neither.
    """
    return _plain_instant(text) or _parse_instant(text, today)


def _plain_instant(text: str) -> datetime | None:
    """Read an instant as programs write it, in UTC, else give None: the fast path."""
    if _RFC_3339_IN_UTC.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _words_for_a_day(written: str, today: date) -> None:
    """Refuse words that are no day, such as "foo", without the advice to write an interval."""
    try:
        parse_day(written, today)
    except Refused:
        raise Refused(
            f"{shown(written)} cannot be read as an instant: write one like 2025-12-05T10:00:00Z, "
            "or a day like 2025-12-05"
        ) from None


def _parse_instant(text: str, today: date) -> datetime:
    written = cleaned(text)
    match = _INSTANT.fullmatch(written)
    if match is None:
        if has_time(written):
            raise Refused(
                f"{shown(written)} cannot be read as an instant: write it like 2025-12-05T10:00:00Z"
            )
        if not any(character.isdigit() for character in written):
            _words_for_a_day(written, today)
        return datetime.combine(parse_day(written, today), time.max, UTC)
    year, _, month, day, hour, _, minute, second, fraction, _, sign, hours, minutes = match.groups()
    if second == "60":
        raise Refused(f"{shown(written)} is a leap second, which no clock here counts: write :59")
    micros = int((fraction or "0").ljust(6, "0")[:6])
    try:
        zone = UTC if sign is None else _zone(sign, int(hours), int(minutes or 0))
        parts = (int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros)
        return datetime(*parts, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Refused(
            f"{shown(written)} is no instant that exists: write it like 2025-12-05T10:00:00Z"
        ) from error


def _zone(sign: str, hours: int, minutes: int) -> timezone:
    if minutes > 59:
        raise ValueError(minutes)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(offset if sign == "+" else -offset)


@lru_cache(maxsize=256)  # an event is told with its instant more than once
def format_instant(t: datetime) -> str:
    """Write an aware datetime as ``2025-12-05T10:00:00.000000Z``: fixed width, so it sorts as text.

    Raises :class:`ValueError` for a naive one, whose zone could only be guessed.
    """
    return _utc(t).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _utc(t: datetime) -> datetime:
    if t.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return t if t.tzinfo is UTC else t.astimezone(UTC)


_FURTHEST_AHEAD = timedelta(hours=14)


def latest_day(recorded_at: datetime) -> date:
    """Give the day it is, at that instant, in the zone furthest ahead (UTC+14)."""
    try:
        return (_utc(recorded_at) + _FURTHEST_AHEAD).date()
    except OverflowError:
        return date.max


def cut(extent: Extent, recorded_at: datetime) -> Extent:
    """Bound a development by the day it was recorded, since it cannot have happened later.

    Only *hi* moves, never forward. Raises :class:`Refused` if the extent lies wholly beyond that
    day: then it is a plan.
    """
    latest = latest_day(recorded_at)
    if extent.lo > latest:
        raise Refused(
            f"{shown(extent.text)} has not happened yet (it begins on {day_in_words(extent.lo)}): "
            "record it as a plan, with: tracker plan …"
        )
    return extent if extent.hi <= latest else evolve(extent, hi=latest)


@lru_cache(maxsize=4096)
def _parse_when(text: str, today: date) -> Extent:
    if has_time(text):
        refuse_time(text)
    return as_written(parse_edtf(to_edtf(text.lower(), today)), text)
