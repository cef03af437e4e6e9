"""What people type for a single date, put into EDTF where it has one meaning.

The readers give None for what is not theirs; what is theirs and has two meanings, or none, is
refused. *words* are in lower case.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NoReturn

from tracker.domain.edtf import (
    MONTHS,
    Extent,
    day_in_words,
    parse_edtf,
    plain_day,
    shown,
)
from tracker.domain.vague_dates import refuse_beside, refuse_vague
from tracker.errors import Refused

_WRITE: Final = "write it like 2025-12-05, 2025-12, 2025, 2025-Q4 or 2025-11/2026-02"

FIRST, LAST = 0, -1
"""The ends of an interval."""


def read(words: str, today: date) -> Extent | None:
    """Read a single date; None for what is none."""
    try:
        return parse_edtf(one_date(words, today))
    except Refused:
        return None


def one_date(words: str, today: date, end: int = LAST) -> str:
    """As :func:`any_date`, of a single date and no interval.

    *end* is which end of an interval it stands for, and is shown where it is refused as vague.
    """
    edtf = any_date(words, today, end)
    if "/" in edtf:
        raise Refused(f"{shown(words)} is an interval: write one date here, for example 2025-12")
    return edtf


_FLAGGED = re.compile(r"(?:(about|around|circa|ca\.?|c\.|approximately) )?(.*?) ?([?~%]?)")
_EDTF_LIKE = re.compile(r"y?[0-9xqh?~%./-]+")


def any_date(words: str, today: date, end: int | None = None) -> str:
    """Put one date, or one EDTF interval, into EDTF, with its flag."""
    about, base, flag = _FLAGGED.fullmatch(words).groups()  # type: ignore[union-attr]
    edtf = _numeric(base) or _part_of_year(base)
    if edtf is None and _EDTF_LIKE.fullmatch(base):
        if not about:
            return parse_edtf((base + flag).upper()).edtf
        edtf = _without_flag(words, parse_edtf(base.upper()).edtf)
    edtf = edtf or _words(base, today, end)
    if edtf is None and words.startswith(("on ", "in ")):
        return any_date(words[3:], today, end)
    if edtf is None:
        raise Refused(f"{shown(words)} cannot be read as a date: {_WRITE}")
    if about:
        flag = "%" if flag in ("?", "%") else "~"
    return "/".join(end + flag for end in edtf.split("/"))


def _without_flag(words: str, edtf: str) -> str:
    """Refuse what another flag, or "about", cannot be put on."""
    if ".." in edtf or edtf[-1] in "?~%":
        raise Refused(f"{shown(words)} says more than one thing: write one date and one flag")
    return edtf


def _words(words: str, today: date, end: int | None) -> str | None:
    """Read what is told in words."""
    refuse_vague(words, lambda text: read(text, today), end)
    refuse_beside(words, lambda text: parse_edtf(one_date(text, today)))
    return _relative(words, today) or _named_month(words) or _elsewhere(words, today)


_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.]) ?([0-9]{1,2})\2 ?([0-9]{4})")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/.]) ?[0-9]{1,2}\1 ?'?[0-9]{2}")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/.]([0-9]{4})")
_CJK = re.compile(r"([0-9]{4})[年년](?: ?([0-9]{1,2})[月월](?: ?([0-9]{1,2})[日일])?)?")


def _numeric(words: str) -> str | None:
    """Read a date in numbers that is not EDTF."""
    if match := _YEAR_FIRST.fullmatch(words):
        return _joined(match[1], match[3], match[4])
    if match := _COMPACT.fullmatch(words) or _CJK.fullmatch(words):
        return _joined(*match.groups())
    if match := _YEAR_LAST.fullmatch(words):
        return _day_and_month(words, match[1], match[3], match[4])
    if _SHORT_YEAR.fullmatch(words):
        _refuse_short_year(words)
    if match := _MONTH_YEAR.fullmatch(words):
        return _joined(match[2], match[1])
    return None


def _joined(year: str, *parts: str | None) -> str:
    return "-".join([year, *(part.zfill(2) for part in parts if part)])


def _day_and_month(words: str, first: str, second: str, year: str) -> str:
    """Tell day from month, which only a number above 12 can, or two equal ones."""
    as_day_first, as_month_first = _joined(year, second, first), _joined(year, first, second)
    if int(second) > 12:
        return as_month_first
    if int(first) > 12 or int(first) == int(second) or not int(first) * int(second):
        return as_day_first  # where a number is 0, so that it is refused as no such date
    readings = [
        f"{edtf} ({day_in_words(parse_edtf(edtf).lo)})" for edtf in (as_day_first, as_month_first)
    ]
    raise Refused(f"{shown(words)} can be read in two ways: write {' or '.join(readings)}")


def _refuse_short_year(words: str) -> NoReturn:
    raise Refused(
        f"{shown(words)} has no year of four digits: write the year, for example 2025-12-05"
    )


_PART_NAME = r"(?P<part>q[0-9]|h[0-9]|[0-9]q|[0-9]h)"
_PART_FORMS = (
    re.compile(rf"{_PART_NAME}(?:[ /-]?|, | of )(?P<year>[0-9]{{4}})"),
    re.compile(rf"(?P<year>[0-9]{{4}})[ /-]?{_PART_NAME}"),
)
_PART_WORDS = re.compile(
    r"(?:the )?(first|1st|second|2nd|third|3rd|fourth|4th|last) (quarter|half)(?: of)? ([0-9]{4})"
)
_ORDINALS: Final = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_DECADE = re.compile(r"(?:the )?([0-9]{2}[1-9])0'?s")
_WEEK = re.compile(r"([0-9]{4})-?w([0-9]{2})(?:-?([1-7]))?")


def _part_of_year(words: str) -> str | None:
    """Read a quarter, a half, an ISO week, or a decade."""
    for form in _PART_FORMS:
        if match := form.fullmatch(words):
            letters = sorted(match["part"].upper(), reverse=True)
            return f"{match['year']}-{''.join(letters)}"
    if match := _PART_WORDS.fullmatch(words):
        kind, last = ("Q", 4) if match[2] == "quarter" else ("H", 2)
        number = _ORDINALS.get(match[1]) or (last if match[1] == "last" else int(match[1][0]))
        return f"{match[3]}-{kind}{number}"
    if match := _DECADE.fullmatch(words):
        return f"{match[1]}X"
    if match := _WEEK.fullmatch(words):
        return _iso_week(words, int(match[1]), int(match[2]), match[3])
    return None


def _iso_week(words: str, year: int, week: int, weekday: str | None) -> str:
    try:
        first = date.fromisocalendar(year, week, int(weekday or 1))
        last = first if weekday else first + timedelta(days=6)
    except (ValueError, OverflowError) as error:
        raise Refused(f"{shown(words)} is no week that exists: write its days instead") from error
    return first.isoformat() if weekday else f"{first}/{last}"


_COUNTS: Final = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_DAYS: Final = {
    "the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "today": 0,
    "tomorrow": 1, "day after tomorrow": 2, "the day after tomorrow": 2,
}  # fmt: skip
_SHIFTS: Final = {"last": -1, "this": 0, "next": 1}
_COUNT_UNIT = rf"([0-9]{{1,5}}|{'|'.join(_COUNTS)}) (day|week|month|year)s?"
_AGO = re.compile(rf"{_COUNT_UNIT} ago")
_AHEAD = re.compile(rf"in {_COUNT_UNIT}|{_COUNT_UNIT} from (?:now|today)")
_SHIFTED = re.compile(r"(last|this|next) (week|month|quarter|year)")
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_NAME = (
    r"(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_WEEKDAY = re.compile(rf"(?:(last|next|this|on) )?{_WEEKDAY_NAME}")


def _relative(words: str, today: date) -> str | None:
    """Read what counts from today, only as precisely as the unit that was said."""
    if words in _DAYS:
        return _moved(words, today, _DAYS[words], "day")
    if match := _AGO.fullmatch(words):
        return _moved(words, today, -_count(match[1]), match[2])
    if match := _AHEAD.fullmatch(words):
        return _moved(words, today, _count(match[1] or match[3]), match[2] or match[4])
    if match := _SHIFTED.fullmatch(words):
        return _moved(words, today, _SHIFTS[match[1]], match[2])
    if match := _WEEKDAY.fullmatch(words):
        if match[1] != "last":
            # "Next Friday" is tomorrow to some and next week to others.
            raise Refused(
                f"{shown(words)} can be read in two ways: write the day, for example 2025-12-05"
            )
        back = (today.weekday() - _WEEKDAYS.index(match[2][:3]) - 1) % 7 + 1
        return _moved(words, today, -back, "day")
    return None


def _count(word: str) -> int:
    return _COUNTS.get(word) or int(word)


_UNIT_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def _moved(words: str, today: date, count: int, unit: str) -> str:
    """Give the whole unit that lies *count* units from today's."""
    try:
        if unit in _UNIT_MONTHS:
            year, month = divmod(today.year * 12 + today.month - 1 + count * _UNIT_MONTHS[unit], 12)
            return _unit_around(date(year, month + 1, 1), unit)
        return _unit_around(today + timedelta(days=count * (7 if unit == "week" else 1)), unit)
    except (ValueError, OverflowError) as error:
        raise Refused(
            f"{shown(words)} is out of range: years go from 0001 to 9999; write the date"
        ) from error


def _unit_around(day: date, unit: str) -> str:
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return f"{monday}/{monday + timedelta(days=6)}"
    if unit == "quarter":
        return f"{day.year:04}-{33 + (day.month - 1) // 3}"
    return day.isoformat()[: {"year": 4, "month": 7, "day": 10}[unit]]


_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|º|ª|\.)?"
_MONTH = r"(?P<month>[^\W\d_]{3,20})\.?"
_YEAR = r"(?P<year>[0-9]{4})(?: ?(?:г\.?|года?|р\.?|року))?"
_GAP = r"(?:, ?| ?[-/] ?| (?:(?:of|de|del|den) )?)"
_MONTH_FORMS = tuple(
    re.compile(rf"(?:{_WEEKDAY_NAME},? )?{form}")
    for form in (
        rf"{_DAY}{_GAP}{_MONTH}{_GAP}{_YEAR}",
        rf"{_MONTH}{_GAP}{_DAY}{_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}{_MONTH}{_GAP}{_DAY}",
        rf"{_MONTH}(?P<day>){_GAP}{_YEAR}",
        rf"{_YEAR}{_GAP}{_MONTH}(?P<day>)",
    )
)
_YEARLESS = re.compile(
    rf"(?:{_WEEKDAY_NAME},? )?(?:{_DAY}{_GAP})?{_MONTH}"
    r"(?:[ ,./-]{1,2}'?[0-9]{1,2}(?:st|nd|rd|th)?){0,2}"
)
MONTH_NUMBERS: Final = {
    **{name.lower(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}


def _named_month(words: str) -> str | None:
    """Read a date with its month in letters; without a year it is refused, never completed."""
    for form in _MONTH_FORMS:
        match = form.fullmatch(words)
        if match and (month := _month(words, match["month"])):
            edtf = _joined(match["year"], f"{month}", match["day"])
            return _checked_weekday(words, match[1], edtf)
    match = _YEARLESS.fullmatch(words)
    if match and _month(words, match["month"]):
        _refuse_short_year(words)
    return None


def _checked_weekday(words: str, weekday: str | None, edtf: str) -> str:
    """Refuse a day of the week that is not that date's."""
    day = plain_day(edtf)
    if weekday and day and _WEEKDAYS[day.lo.weekday()] != weekday[:3]:
        raise Refused(
            f"{shown(words)} contradicts itself: {day_in_words(day.lo)} is another day of the "
            f"week; write {edtf} if that is the day"
        )
    return edtf


def _month(words: str, name: str) -> int | None:
    if name in MONTH_NUMBERS:
        return MONTH_NUMBERS[name]
    if name[:3] in _WEEKDAYS:
        return None
    months = _months_elsewhere(name)
    if len(months) > 1:
        # "Listopad" is November in Prague and Warsaw, October in Zagreb.
        readings = " or ".join(f"{month:02} ({MONTHS[month - 1]})" for month in sorted(months))
        raise Refused(
            f"{shown(words)} names another month in another language: "
            f"write the month as a number, {readings}"
        )
    return min(months, default=None)


# Other languages. dateparser is a dictionary here, asked one language at a time, and never for more
# than a month's name or a phrase without numbers: left to itself it drops words that it does not
# know ("vor etwa 3 Tagen"), picks one of two meanings, and completes what was not said.

_LANGUAGES: Final = [
    "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "bg", "ru", "uk", "be", "kk",
    "el", "tr", "sv", "da", "nb", "fi", "et", "lv", "lt", "hr", "sr", "sl", "az", "uz", "ky", "ka",
    "hy", "he", "ar", "id", "vi",
]  # fmt: skip
_LANGUAGES_RELATIVE: Final = [*_LANGUAGES, "zh", "ja", "ko"]
_PHRASE = re.compile(r"[^\W\d_]{1,20}(?:[ '\u2019-][^\W\d_]{1,20}){0,3}")


@lru_cache(maxsize=1024)
def _months_elsewhere(name: str) -> frozenset[int]:
    """Find the months that *name* means, over all languages."""
    found = set()
    for language in _LANGUAGES:
        answers = {(_ask(f"{name} {day} 2025", language, "absolute-time"), day) for day in (10, 11)}
        # A number in words ("onze") would be taken for the day, and leave 10 or 11 for the month.
        months = {answer[0].month for answer, day in answers if answer and answer[0].day == day}
        if len(months) == 1 and all(answer and answer[0].day == day for answer, day in answers):
            found |= months
    return frozenset(found)


def _elsewhere(words: str, today: date) -> str | None:
    """Read a relative phrase of another language, such as "gestern" or "le mois dernier"."""
    if not _PHRASE.fullmatch(words):
        return None
    answers = _phrases_elsewhere(words, today)
    if len(answers) > 1:
        raise Refused(
            f"{shown(words)} means another date in another language: "
            f"write {' or '.join(sorted(answers))}"
        )
    return min(answers, default=None)


@lru_cache(maxsize=1024)
def _phrases_elsewhere(words: str, today: date) -> frozenset[str]:
    """Find the dates that *words* means, over all languages, counted from *today*."""
    found = set()
    parts = words.split(" ")
    for language in _LANGUAGES_RELATIVE:
        answer = _ask(words, language, "relative-time", today)
        if answer is None or answer[1] not in ("day", "week", "month", "year"):
            continue
        # A word that changes nothing was not understood: "environ hier" is not "hier".
        rests = (" ".join(parts[:n] + parts[n + 1 :]) for n in range(len(parts)))
        if all(_ask(rest, language, "relative-time", today) != answer for rest in rests if rest):
            found.add(_unit_around(answer[0], answer[1]))
    return frozenset(found)


def _ask(
    words: str, language: str, parser: str, today: date = date(2025, 1, 1)
) -> tuple[date, str] | None:
    """Ask dateparser in one language; the date and its period, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported late: it takes a tenth of a second, and hardly any date needs it.
        from dateparser.date import DateDataParser  # type: ignore[import-untyped]

        settings = {
            "DATE_ORDER": "DMY",
            "PARSERS": [parser],
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "RETURN_AS_TIMEZONE_AWARE": False,
            "RETURN_TIME_AS_PERIOD": True,
            "STRICT_PARSING": True,
            "TIMEZONE": "UTC",
        }
        try:
            data = DateDataParser(languages=[language], settings=settings).get_date_data(words)
        except Exception:  # noqa: BLE001 - whatever it stumbles on, it has not understood
            return None
    return (data.date_obj.date(), data.period) if data.date_obj else None
