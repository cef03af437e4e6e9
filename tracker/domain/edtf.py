"""Dates as the log keeps them: EDTF (ISO 8601-2), resolved to whole days.

The supported part is levels 0 and 1, plus the quarters, quadrimesters and semesters of level 2.
Pure: nothing here knows what day it is. Every refusal is :class:`tracker.errors.Refused`, one
sentence that names the value and the way out.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final, NoReturn

from attrs import evolve, frozen

from tracker.errors import Refused

OPEN_LO: Final = date.min
OPEN_HI: Final = date.max

_LONGEST_TEXT_CHARS: Final = 120
_LONGEST_SHOWN_CHARS: Final = 60

MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@frozen
class Extent:
    """The whole days on one of which something happened: from *lo* to *hi*, both inclusive.

    *text* is what the person wrote (runs of white space made one space), *edtf* the canonical EDTF
    string with its flags. An open end is :data:`OPEN_LO` or :data:`OPEN_HI`. Cutting moves *hi*
    alone: *edtf* always says what was meant.
    """

    text: str
    edtf: str
    lo: date
    hi: date

    @property
    def is_open_start(self) -> bool:
        """Whether nothing bounds it from below."""
        return self.lo == OPEN_LO and self.edtf.startswith("../")

    @property
    def is_open_end(self) -> bool:
        """Whether nothing bounds it from above (any more: a cut extent is bounded)."""
        # The year 9999 ends on the sentinel too, so the day alone does not tell.
        return self.hi == OPEN_HI and self.edtf.endswith("/..")

    @property
    def is_day(self) -> bool:
        """Whether it is one single day."""
        return self.lo == self.hi

    @property
    def is_uncertain(self) -> bool:
        """Whether its author doubts it, at either end: the flags ``?`` and ``%``."""
        return "?" in self.edtf or "%" in self.edtf

    @property
    def is_approximate(self) -> bool:
        """Whether its author says "about", at either end: the flags ``~`` and ``%``."""
        return "~" in self.edtf or "%" in self.edtf


ANYTIME: Final = Extent(text="../..", edtf="../..", lo=OPEN_LO, hi=OPEN_HI)


def parse_edtf(text: str) -> Extent:
    """Read an EDTF string, such as ``2025-12``, ``2025-33``, ``../2030`` or ``2025-12-05?``.

    ``2025-Q1`` and ``2025-H1`` are read too, and become ``2025-33`` and ``2025-40``. Raises
    :class:`Refused` for anything else, and for what does not exist.
    """
    return plain_day(text) or _parse(cleaned(text))


def plain_day(text: str) -> Extent | None:
    """Read a text that is exactly ``YYYY-MM-DD`` and exists, else give None: the fast path."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.isascii():
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return Extent(text, text, day, day)


def shown(text: str) -> str:
    """*text* as an error names it: quoted, escaped, and not too long."""
    if len(text) > _LONGEST_SHOWN_CHARS:
        text = text[: _LONGEST_SHOWN_CHARS - 3] + "..."
    return repr(text)


def cleaned(text: str) -> str:
    """Make runs of white space one space; raises :class:`Refused` for what no date can hold."""
    if len(text) > _LONGEST_TEXT_CHARS:
        raise Refused(f"{shown(text)} is too long for a date: write it like 2025-12-05 or 2025-12")
    clean = " ".join(text.split())
    if not clean:
        raise Refused(f"{shown(text)} holds no date: write it like 2025-12-05 or 2025-12")
    if not clean.isprintable():
        raise Refused(
            f"{shown(text)} holds characters that cannot be shown: write it like 2025-12-05"
        )
    if not clean.isascii() and any(char.isdigit() and char > "9" for char in clean):
        # Python's int() would take them, but then the EDTF text would not be EDTF.
        raise Refused(f"{shown(text)} has digits other than 0 to 9: write it like 2025-12-05")
    return clean


@lru_cache(maxsize=4096)
def _parse(text: str) -> Extent:
    """Read a cleaned text: one date, or two with a slash between."""
    if "/" not in text:
        return _parse_date(text)
    ends = text.split("/")
    if len(ends) != 2:
        raise Refused(f"{shown(text)} has more than two ends: write an interval as 2025-11/2026-02")
    if not all(ends):
        raise Refused(f"{shown(text)} leaves an end empty: use .. for an open end, as in ../2030")
    return _parse_interval(text, *ends)


def _parse_interval(text: str, start: str, end: str) -> Extent:
    for flagged in (start, end):
        if flagged[:2] == ".." and flagged != "..":
            raise Refused(f"{shown(text)} has more than .. at its open end: write .. alone there")
    if re.fullmatch("[0-9]{4}", start) and re.fullmatch("[0-9]{2}", end):
        _refuse_slashed_pair(text, start, end)
    first = ANYTIME if start == ".." else _parse_date(start)
    last = ANYTIME if end == ".." else _parse_date(end)
    if first.lo > last.hi:
        raise Refused(f"{shown(text)} ends before it starts: write the earlier date first")
    left = ".." if start == ".." else first.edtf
    right = ".." if end == ".." else last.edtf
    return Extent(text, f"{left}/{right}", first.lo, last.hi)


def _refuse_slashed_pair(text: str, year: str, pair: str) -> NoReturn:
    """Refuse ``2011/12``: it may be December 2011, or the years 2011 and 2012."""
    ways = [f"{year}-{pair} for the month"] if "01" <= pair <= "12" else []
    ways.append(f"{year}/{year[:2]}{pair} for the years")
    raise Refused(f"{shown(text)} can be read in more than one way: write {' or '.join(ways)}")


_TIME = re.compile(r"[0-9]:[0-9]|[0-9][Tt][0-9]|\b[0-9]{1,2} ?[AaPp]\.?[Mm]\b")


def has_time(text: str) -> bool:
    """Whether *text* holds a time of day."""
    return _TIME.search(text) is not None


def refuse_time(text: str) -> NoReturn:
    """Refuse a time of day where a day is asked for: extents are whole days."""
    start = plain_day(text[:10])
    example = start.edtf if start else "2025-12-05"
    raise Refused(f"{shown(text)} has a time of day: write the day, for example {example}")


_DATE = re.compile(
    r"(?P<year>[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)"
    r"(?:-(?P<part>[0-9]{2}|XX|Q[0-9]|H[0-9])(?:-(?P<day>[0-9]{2}|XX))?)?"
    r"(?P<flag>[?~%]?)"
)


def _parse_date(text: str) -> Extent:
    """Read one date, with or without a flag; no interval."""
    match = _DATE.fullmatch(text.upper())
    if match is None:
        _refuse_form(text)
    year, part, day, flag = match.group("year", "part", "day", "flag")
    if "X" in year:
        edtf, lo, hi = _decade_or_century(text, year, part)
    elif part is None:
        edtf, (lo, hi) = year, _months(text, year, 1, 12)
    elif part == "XX":
        edtf, (lo, hi) = _unknown_month(text, year, day)
    elif day is None:
        edtf, (lo, hi) = _part_of_year(text, year, part)
    else:
        edtf, (lo, hi) = _day_of_month(text, year, part, day)
    return Extent(text, edtf + flag, lo, hi)


def _refuse_form(text: str) -> NoReturn:
    """Say what is wrong with a text that is no date, as well as can be told."""
    if has_time(text):
        refuse_time(text)
    if text == "..":
        raise Refused("'..' is an end without a date: write ../2030, 2025-12/.. or ../..")
    if re.search(r"[?~%]{2}", text):
        raise Refused(
            f"{shown(text)} has two flags in a row: for uncertain and approximate write %"
        )
    if re.search(r"[?~%].", text):
        raise Refused(f"{shown(text)} has a flag inside it: write the flag at the end of the date")
    if re.fullmatch(r"-[0-9]{4}.*|[yY]?-?[0-9]{5,}.*", text):
        raise Refused(
            f"{shown(text)} is out of range: a year is written with four digits, 0001-9999"
        )
    if re.match(r"[0-9]{1,3}(?:[^0-9xX]|$)", text):
        raise Refused(f"{shown(text)} has no year of four digits: write it like 2025-12-05 or 2025")
    if re.search(r"[0-9][xX]|[xX][0-9]", text):
        raise Refused(
            f"{shown(text)} leaves out digits where that is not supported: "
            "write 202X, 20XX, 2025-XX or 2025-12-XX"
        )
    raise Refused(
        f"{shown(text)} cannot be read as a date: "
        "write it like 2025-12-05, 2025-12, 2025, 2025-Q4 or 2025-11/2026-02"
    )


def _decade_or_century(text: str, year: str, part: str | None) -> tuple[str, date, date]:
    if part is not None:
        raise Refused(f"{shown(text)} names a part of an unknown year: write {year} alone")
    lo, hi = year.replace("X", "0"), year.replace("X", "9")
    return year, _months(text, lo, 1, 12)[0], _months(text, hi, 1, 12)[1]


def _unknown_month(text: str, year: str, day: str | None) -> tuple[str, tuple[date, date]]:
    if day not in (None, "XX"):
        raise Refused(f"{shown(text)} names a day of an unknown month: write {year} or {year}-XX")
    edtf = f"{year}-XX" if day is None else f"{year}-XX-XX"
    return edtf, _months(text, year, 1, 12)


# The first and last month of what EDTF numbers beyond the months.
_PARTS: Final = {
    **{f"{33 + n}": (3 * n + 1, 3 * n + 3) for n in range(4)},
    **{f"{37 + n}": (4 * n + 1, 4 * n + 4) for n in range(3)},
    **{f"{40 + n}": (6 * n + 1, 6 * n + 6) for n in range(2)},
}
_LETTERED: Final = {**{f"Q{n}": f"{32 + n}" for n in range(1, 5)}, "H1": "40", "H2": "41"}


_LETTERS: Final = {code: letters for letters, code in _LETTERED.items()}
_LETTERED_PART = re.compile(rf"(?<=[0-9X]{{4}}-)(?:{'|'.join(_LETTERS)})(?![0-9])")


@lru_cache(maxsize=4096)
def lettered(edtf: str) -> str:
    """An EDTF string as a person reads it: ``2025-Q1`` for ``2025-33``, ``2026-H2`` for ``-41``.

    It can be read again, as the same date.
    """
    return _LETTERED_PART.sub(lambda part: _LETTERS[part[0]], edtf)


def _part_of_year(text: str, year: str, part: str) -> tuple[str, tuple[date, date]]:
    """Read a month, quarter, quadrimester or semester."""
    code = _LETTERED.get(part, part)
    if code in _PARTS:
        return f"{year}-{code}", _months(text, year, *_PARTS[code])
    if "21" <= code <= "32":
        # Winter crosses the year and the hemispheres disagree: no whole days that all would accept.
        raise Refused(
            f"{shown(text)} is a season, which has no agreed days: "
            f"write its months, for example {year}-03/{year}-05"
        )
    month = _month_number(text, year, code)
    return f"{year}-{code}", _months(text, year, month, month)


def _day_of_month(text: str, year: str, part: str, day: str) -> tuple[str, tuple[date, date]]:
    edtf = f"{year}-{part}-{day}"
    month = _month_number(text, year, part)
    lo, hi = _months(text, year, month, month)
    if day == "XX":
        return edtf, (lo, hi)
    if not 1 <= int(day) <= hi.day:
        raise Refused(
            f"{shown(text)} does not exist: {MONTHS[month - 1]} {year} has {hi.day} days; "
            f"write another day, or {year}-{part} for the month"
        )
    only = lo.replace(day=int(day))
    return edtf, (only, only)


def _month_number(text: str, year: str, part: str) -> int:
    if part.isdigit() and 1 <= int(part) <= 12:
        return int(part)
    raise Refused(
        f"{shown(text)} does not exist: "
        f"months are 01 to 12, and quarters are {year}-Q1 to {year}-Q4"
    )


def _months(text: str, year: str, first: int, last: int) -> tuple[date, date]:
    """Give the first day of the month *first* and the last day of the month *last*."""
    number = int(year)
    if number == 0:
        raise Refused(f"{shown(text)} is out of range: years go from 0001 to 9999")
    return date(number, first, 1), date(number, last, monthrange(number, last)[1])


def describe(extent: Extent) -> str:
    """Say the extent as it was understood: ``2025-12 (1 to 31 December 2025)``."""
    doubts = ["uncertain"] * extent.is_uncertain + ["approximate"] * extent.is_approximate
    words = _days_in_words(extent) + (f", {' and '.join(doubts)}" if doubts else "")
    return f"{extent.edtf} ({words})"


def _days_in_words(extent: Extent) -> str:
    lo, hi = extent.lo, extent.hi
    if extent.is_open_start and extent.is_open_end:
        return "no date"
    if extent.is_open_start:
        return f"up to {day_in_words(hi)}"
    if extent.is_open_end:
        return f"from {day_in_words(lo)} on"
    if extent.is_day:
        return day_in_words(lo)
    if lo.year != hi.year:
        return f"{day_in_words(lo)} to {day_in_words(hi)}"
    start = f"{lo.day}" if lo.month == hi.month else f"{lo.day} {MONTHS[lo.month - 1]}"
    return f"{start} to {day_in_words(hi)}"


def day_in_words(day: date) -> str:
    """``5 December 2025``, whatever the locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year:04}"


def as_written(extent: Extent, text: str) -> Extent:
    """Keep the extent, with *text* as what the person wrote."""
    return evolve(extent, text=text)


def add_months(day: date, months: int) -> date:
    """Move *day* by *months*, to the end of the month where that month is shorter.

    Clamped to ``date.max`` beyond the year 9999, and to ``date.min`` before the year 1.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    if day.day <= 28:  # every month has it
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
