"""Dates that say no days that all would agree upon: refused, with an example that fits them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from tracker.domain.edtf import Extent, lettered, parse_edtf, shown
from tracker.errors import Refused

# What each word may mean of a year, a month and a decade (the first and the last month, day and
# year), and which third of a quarter, a half or a season. They are examples, which an author is to
# look at.
_PARTS: Final = {
    **dict.fromkeys(("early",), ((1, 4), (1, 10), (0, 3), 0)),
    **dict.fromkeys(("beginning", "start"), ((1, 3), (1, 5), (0, 1), 0)),
    **dict.fromkeys(("mid", "middle"), ((5, 8), (11, 20), (4, 6), 1)),
    **dict.fromkeys(("late",), ((9, 12), (21, 31), (7, 9), 2)),
    **dict.fromkeys(("end",), ((11, 12), (27, 31), (8, 9), 2)),
}
_SEASONS: Final = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11)}
_LEAD = r"(?:(?:at|towards?) )?(?:the )?"
_OF = r"[ -](?:(?:of|in) )?(?:the )?(?:year )?"
_PART = re.compile(rf"{_LEAD}(?P<how>{'|'.join(_PARTS)}){_OF}(?P<of>.+)")
_SEASON = re.compile(
    rf"{_LEAD}(?P<name>{'|'.join([*_SEASONS, 'winter'])}){_OF}(?P<year>(?!0000)[0-9]{{4}})"
    r"(?P<next>[/\u2013-](?:[0-9]{2}){1,2})?"
)
_DECADE = re.compile(r"(?!000)([0-9]{3})0'?s")
_BESIDE = re.compile(r"(?P<how>before|after|until|till) (?P<of>.+)")


def refuse_vague(words: str, read: Callable[[str], Extent | None], end: int | None = None) -> None:
    """Refuse seasons, and the early, middle and late parts of what is longer than a day.

    *read* reads a date, and gives None for what is none. *words* that are neither, or a part of
    what cannot be read, are left alone. Where one date is asked for, the example is that *end*
    of an interval.
    """
    example = _season(words)
    if example is None and (match := _PART.fullmatch(words)):
        whole = _season(match["of"]) or _decade(match["of"]) or read(match["of"])
        example = whole and _part(match["how"], whole)
    if example is not None:
        ends, what = example.edtf.split("/"), "its months or days"
        if end is not None:
            ends, what = [ends[end]], "one date"
        raise Refused(
            f"{shown(words)} has no agreed days: write {what}, for example {'/'.join(ends)}"
        )


def refuse_beside(words: str, read: Callable[[str], Extent]) -> None:
    """Refuse ``before X``, ``until X`` and ``after X``: X may belong to it or not.

    *read* reads a date.
    """
    match = _BESIDE.fullmatch(words)
    if match is None:
        return
    named = read(match["of"])
    date_named = lettered(named.edtf)
    if match["how"] == "after":
        ways = f"{date_named}/.. if it does, or {_beside(named.hi, 1)}/.. if not"
    else:
        ways = f"../{date_named} if it does, or ../{_beside(named.lo, -1)} if not"
    raise Refused(f"{shown(words)} does not say whether {match['of']} belongs to it: write {ways}")


def _beside(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def _season(words: str) -> Extent | None:
    match = _SEASON.fullmatch(words)
    if match is None:
        return None
    year = int(match["year"])
    if match["name"] == "winter":
        # The one that begins in that year, where two are named, or ends in it, where one is.
        first = min(max(year if match["next"] else year - 1, 1), 9998)
        return parse_edtf(f"{first:04}-12/{first + 1:04}-02")
    return None if match["next"] else _months(year, *_SEASONS[match["name"]])


def _decade(words: str) -> Extent | None:
    """Read any decade: that the 2000s may be a century does not matter to an example."""
    match = _DECADE.fullmatch(words)
    return parse_edtf(f"{match[1]}X") if match else None


def _part(how: str, whole: Extent) -> Extent | None:
    """Give an example of a part of a month, or of months; None for what has no such parts."""
    of_year, of_month, of_decade, third = _PARTS[how]
    lo, hi = whole.lo, whole.hi
    count = (hi.year - lo.year) * 12 + hi.month - lo.month + 1
    if lo.day != 1 or hi.day != monthrange(hi.year, hi.month)[1]:
        return None
    if count == 1:
        month = f"{lo.year:04}-{lo.month:02}"
        return parse_edtf(f"{month}-{of_month[0]:02}/{month}-{min(of_month[1], hi.day):02}")
    if count == 12:
        return _months(lo.year, *of_year)
    if count == 120:
        return parse_edtf("/".join(f"{lo.year + years:04}" for years in of_decade))
    if count not in (3, 6):
        return None
    first = lo.month + third * count // 3
    return _months(lo.year, first, first + count // 3 - 1)


def _months(year: int, first: int, last: int) -> Extent:
    """Give months of a year, or of the next one from 13 on."""
    ends = (f"{year + (month - 1) // 12:04}-{(month - 1) % 12 + 1:02}" for month in (first, last))
    return parse_edtf("/".join(dict.fromkeys(ends)))
