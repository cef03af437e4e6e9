"""What people type for a span of days, or for a date with one open end, put into EDTF.

A beginning may leave its month or its year to the end. *words* are in lower case.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from tracker.domain.edtf import lettered, parse_edtf, plain_day, shown
from tracker.domain.typed_dates import FIRST, MONTH_NUMBERS, any_date, one_date, read
from tracker.errors import Refused

_ORDINAL: Final = "(?:st|nd|rd|th)?"
_DASH: Final = r"[-\u2013\u2014]"
_BY = re.compile(r"(?:by|(?:no|not) later than) (?:(?:the )?end(?: of |[ -]))?(.+)")
_SINCE = re.compile(r"since (.+)")
_FROM_TO = re.compile(r"(?:from )?(.+?) (?:to|through|thru) (.+)|between (.+?) and (.+)")
_SHORT_SPAN = re.compile(
    rf"(?P<start>[^\W\d_]{{3,20}}\.?|[0-9]{{1,2}}{_ORDINAL}|[qh][0-9])"
    rf"(?: or | ?(?:/|{_DASH}) ?)(?P<end>.+)"
)
_DASHED_SPAN = re.compile(rf"(?P<start>.+?) {_DASH} (?P<end>.+)")
_DAYS_OF_MONTH = re.compile(
    rf"(?:from )?(?P<month>[^\W\d_]{{3,20}}\.?) (?P<first>[0-9]{{1,2}}){_ORDINAL}"
    rf"(?: to | or | through | thru | ?{_DASH} ?)(?P<last>[0-9]{{1,2}}){_ORDINAL},? "
    r"(?P<year>[0-9]{4})"
)
_YEARS = re.compile(rf"([0-9]{{4}}) ?{_DASH} ?([0-9]{{4}})")
_END_OF_SPAN = re.compile(
    rf"(?P<day>[0-9]{{1,2}}{_ORDINAL} )?(?P<rest>(?:.* )?(?P<year>[0-9]{{4}}))"
)
_PART_ALONE = re.compile(r"[qh][0-9]")
_DAY_ALONE = re.compile(rf"[0-9]{{1,2}}{_ORDINAL}")


def to_edtf(words: str, today: date) -> str:
    """Put a date, ``by X``, ``since X`` or ``X to Y`` into EDTF."""
    if match := _BY.fullmatch(words):
        return f"../{one_date(match[1].removeprefix('../'), today)}"
    if match := _SINCE.fullmatch(words):
        return f"{one_date(match[1], today, FIRST)}/.."
    if match := _DAYS_OF_MONTH.fullmatch(words):
        month, first, last, year = match.groups()
        start, end = f"{month} {first} {year}", f"{month} {last} {year}"
        if read(start, today) and read(end, today):
            return _span(words, start, end, today)
    if match := _FROM_TO.fullmatch(words):
        return _span(words, match[1] or match[3], match[2] or match[4], today)
    for form in (_SHORT_SPAN, _DASHED_SPAN):
        if match := form.fullmatch(words):
            start = _completed(match["start"], match["end"], today)
            is_span = start != match["start"] if form is _SHORT_SPAN else read(start, today)
            if is_span and read(match["end"], today):
                return _span(words, match["start"], match["end"], today)
    if match := _YEARS.fullmatch(words):
        return f"{match[1]}/{match[2]}"
    return any_date(words, today)


def _span(words: str, start: str, end: str, today: date) -> str:
    completed = _completed(start, end, today)
    first, last = one_date(completed, today, FIRST), one_date(end, today)
    if completed != start:
        _refuse_years_apart(words, first, last, today)
    if " or " in words and (parse_edtf(last).lo - parse_edtf(first).hi).days != 1:
        raise Refused(
            f"{shown(words)} does not say whether the days between are meant too: write "
            f"{lettered(first)}/{lettered(last)} if they are"
        )
    return f"{first}/{last}"


def _refuse_years_apart(words: str, first: str, last: str, today: date) -> None:
    """Refuse ``December to January 2026``, of which only the second year was said."""
    lo, hi = parse_edtf(first).lo, parse_edtf(last).hi
    before = f"{lo.year - 1:04}{first[4:]}"
    if lo > hi and lo.month > hi.month and read(before.lower(), today):
        raise Refused(
            f"{shown(words)} ends before it starts: "
            f"write {lettered(before)}/{lettered(last)} if it begins in the year before"
        )


def _completed(start: str, end: str, today: date) -> str:
    """What a beginning leaves to the end of a span: ``May`` of ``June 2026``, ``1`` of ``5 May …``.

    It stays as it is where it is a date of its own.
    """
    match = _END_OF_SPAN.fullmatch(end)
    if match is None or match["rest"] == match["year"]:
        return start
    if _DAY_ALONE.fullmatch(start):
        return f"{start} {match['rest']}" if match["day"] else start
    dated = f"{start} {match['year']}"
    if _PART_ALONE.fullmatch(start) or start.rstrip(".") in MONTH_NUMBERS:
        return dated
    # The number in "May 25 to June 2026" may be a year: it is a day only where the end has one too.
    days = [read(text, today) for text in (dated, end)]
    return dated if all(each and plain_day(each.edtf) for each in days) else start
