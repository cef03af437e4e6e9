"""Dates that say no days that all would agree upon: refused, with an example that fits them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from tracker.domain.edtf import Extent, shown
from tracker.errors import Refused

# What of a year, of a month and of a decade each word may mean: the first and the last month, day
# and year. They are examples, which an author is to look at.
_PARTS: Final = {
    **dict.fromkeys(("early",), ((1, 4), (1, 10), (0, 3))),
    **dict.fromkeys(("beginning", "start"), ((1, 3), (1, 5), (0, 1))),
    **dict.fromkeys(("mid", "middle"), ((5, 8), (11, 20), (4, 6))),
    **dict.fromkeys(("late",), ((9, 12), (21, 31), (7, 9))),
    **dict.fromkeys(("end",), ((11, 12), (27, 31), (8, 9))),
}
_SEASONS: Final = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11)}
_VAGUE = re.compile(
    rf"(?:the )?(?P<how>{'|'.join([*_PARTS, *_SEASONS, 'winter'])})"
    r"(?:[ -](?:(?:of|in) )?(?:the )?)(?P<of>.* )?(?P<year>[0-9]{4})"
    r"(?P<rest>s|[/-](?:[0-9]{2}){1,2})?"
)
_BESIDE = re.compile(r"(?P<how>before|after|until|till) (?P<of>.+)")


def refuse_vague(words: str, month: Callable[[str], str | None]) -> None:
    """Refuse seasons and the early, middle and late parts of years, months and decades.

    *month* reads the name of a month with a year. *words* that are neither are left alone.
    """
    if match := _VAGUE.fullmatch(words):
        in_month = month((match["of"] or "") + match["year"])
        example = _example(match["how"], match["year"], match["rest"] or "", in_month)
        raise Refused(
            f"{shown(words)} has no agreed days: write its months or days, for example {example}"
        )


def refuse_beside(words: str, read: Callable[[str], Extent]) -> None:
    """Refuse ``before X``, ``until X`` and ``after X``: X may belong to it or not.

    *read* reads a date.
    """
    match = _BESIDE.fullmatch(words)
    if match is None:
        return
    named = read(match["of"])
    if match["how"] == "after":
        ways = f"{named.edtf}/.. if it does, or {_beside(named.hi, 1)}/.. if not"
    else:
        ways = f"../{named.edtf} if it does, or ../{_beside(named.lo, -1)} if not"
    raise Refused(f"{shown(words)} does not say whether {match['of']} belongs to it: write {ways}")


def _beside(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day


def _example(how: str, year: str, rest: str, month: str | None) -> str:
    if how == "winter":
        # The one that begins in that year, where two are named, or ends in it, where one is.
        first = min(max(int(year) if rest else int(year) - 1, 1), 9998)
        return f"{first:04}-12/{first + 1:04}-02"
    if how in _SEASONS:
        first, last = _SEASONS[how]
        return f"{year}-{first:02}/{year}-{last:02}"
    of_year, of_month, of_decade = _PARTS[how]
    if rest == "s":
        return f"{int(year) + of_decade[0]}/{int(year) + of_decade[1]}"
    if month is not None and len(month) == len("2025-12"):
        days = monthrange(int(month[:4]), int(month[5:]))[1]
        return f"{month}-{of_month[0]:02}/{month}-{min(of_month[1], days):02}"
    return f"{year}-{of_year[0]:02}/{year}-{of_year[1]:02}"
