"""What is said of a text that is no date, word for word: the value, and what to write instead."""

from __future__ import annotations

from datetime import date

import pytest

from tracker.domain.dates import parse_edtf, parse_instant, parse_when
from tracker.errors import Refused

TODAY = date(2026, 3, 11)

# What is said after the value, or all of it where something else is named than the whole value.
EDTF = {
    "holds characters that cannot be shown: write it like 2025-12-05": ["a\x00"],
    "has digits other than 0 to 9: write it like 2025-12-05": ["٢٠٢٥"],
    "has more than two ends: write an interval as 2025-11/2026-02": ["2025/2026/2027"],
    "leaves an end empty: use .. for an open end, as in ../2030": ["/2030"],
    "has more than .. at its open end: write .. alone there": ["..?/2030"],
    "ends before it starts: write the earlier date first": ["2030/2025"],
    ("can be read in more than one way: write 2011-01 for the month or 2011/2001 for the years"): [
        "2011/01"
    ],
    ("can be read in more than one way: write 2011-12 for the month or 2011/2012 for the years"): [
        "2011/12"
    ],
    "can be read in more than one way: write 2011/2013 for the years": ["2011/13"],
    "can be read in more than one way: write 2011/2000 for the years": ["2011/00"],
    "has a time of day: write the day, for example 2025-12-05": ["2025-12-05T10:00", "at 10:00"],
    "is an end without a date: write ../2030, 2025-12/.. or ../..": [".."],
    "has two flags in a row: for uncertain and approximate write %": ["2025?~"],
    "has a flag inside it: write the flag at the end of the date": ["2025?-12"],
    "is out of range: a year is written with four digits, 0001-9999": ["-0044", "Y12025", "y12025"],
    "has no year of four digits: write it like 2025-12-05 or 2025": ["202"],
    ("leaves out digits where that is not supported: write 202X, 20XX, 2025-XX or 2025-12-XX"): [
        "5x",
        "5X",
        "20X5",
        "20x5",
        "20x5-12",
        "2025-1X",
        "X2025",
    ],
    (
        "cannot be read as a date: write it like 2025-12-05, 2025-12, 2025, 2025-Q4"
        " or 2025-11/2026-02"
    ): ["soonish"],
    "names a part of an unknown year: write 202X alone": ["202X-12"],
    "names a day of an unknown month: write 2025 or 2025-XX": ["2025-XX-05"],
    ("is a season, which has no agreed days: write its months, for example 2025-03/2025-05"): [
        "2025-21",
        "2025-32",
    ],
    ("does not exist: February 2025 has 28 days; write another day, or 2025-02 for the month"): [
        "2025-02-30"
    ],
    "does not exist: months are 01 to 12, and quarters are 2025-Q1 to 2025-Q4": [
        "2025-13",
        "2025-00",
        "2025-13-05",
    ],
    "is out of range: years go from 0001 to 9999": [
        "0000",
        "0000-XX",
        "0000-Q1",
        "0000-05",
        "000X",
        "0000-02-XX",
        "0000-12-05",
        "00XX",
    ],
}

TYPED = {
    ("can be read in two ways: write 2025-04-03 (3 April 2025) or 2025-03-04 (4 March 2025)"): [
        "03/04/2025"
    ],
    ("'2025-13-13' does not exist: months are 01 to 12, and quarters are 2025-Q1 to 2025-Q4"): [
        "13/13/2025"
    ],
    ("'2025-00-00' does not exist: months are 01 to 12, and quarters are 2025-Q1 to 2025-Q4"): [
        "00/00/2025"
    ],
    ("'2025-00-13' does not exist: months are 01 to 12, and quarters are 2025-Q1 to 2025-Q4"): [
        "00/13/2025"
    ],
    ("'2025-00-05' does not exist: months are 01 to 12, and quarters are 2025-Q1 to 2025-Q4"): [
        "5/00/2025"
    ],
    "has no year of four digits: write the year, for example 2025-12-05": ["5/12/25", "5 December"],
    ("can be read in more than one way: write 2011-12 for the month or 2011/2012 for the years"): [
        "2011/12"
    ],
    "is no week that exists: write its days instead": ["2025-W60", "2025-W00"],
    **{
        f"has no agreed days: write its months or days, for example {example}": texts
        for example, texts in {
            "2025-01/2025-04": ["early 2025", "early in the year 2025"],
            "2025-01/2025-03": ["beginning of 2025", "the start of 2025"],
            "2025-05/2025-08": ["mid-2025", "the middle of 2025"],
            "2025-03-01/2025-03-10": ["early March 2025", "early in March 2025"],
            "2025-03-01/2025-03-05": ["beginning of March 2025"],
            "2025-03-11/2025-03-20": ["mid-March 2025"],
            "2025-02-21/2025-02-28": ["late February 2025", "late in Feb 2025"],
            "2025-02-27/2025-02-28": ["the end of February 2025"],
            "2025-03-27/2025-03-31": ["end of March 2025"],
            "2025-11-27/2025-11-30": ["end of November 2025"],
            "2025-03/2025-05": ["spring 2025", "the spring of 2025"],
            "2025-06/2025-08": ["summer 2025"],
            "2025-09/2025-11": ["autumn 2025", "fall of 2025"],
            "2024-12/2025-02": ["winter 2025"],
            "2025-12/2026-02": ["winter 2025/26", "winter of 2025-2026"],
            "0001-12/0002-02": ["winter 0001"],
            "9998-12/9999-02": ["winter 9999/00"],
            "2020/2023": ["early 2020s"],
            "2020/2021": ["the beginning of the 2020s"],
            "2024/2026": ["mid-2020s"],
            "2027/2029": ["late 2020s"],
            "2028/2029": ["the end of the 2020s"],
            "2000/2003": ["early 2000s"],
            "1990/1993": ["early 1990's"],
            "0010/0013": ["early 0010s"],
            "2025-01": ["early Q1 2025", "beginning of the first quarter of 2025"],
            "2025-02": ["mid-Q1 2025"],
            "2025-03": ["end of Q1 2025", "late Q1 2025", "early spring 2025"],
            "2025-07/2025-08": ["early H2 2025"],
            "2025-09/2025-10": ["mid-H2 2025"],
            "2025-11/2025-12": [
                "end of 2025",
                "end-2025",
                "end of H2 2025",
                "at the end of 2025",
                "towards the end of 2025",
            ],
            "2025-04": ["mid-spring 2025"],
            "2025-08": ["late summer 2025"],
            "2024-12": ["early winter 2025"],
            "2026-01": ["mid-winter 2025/26"],
            "2026-02": ["end of winter 2025\u201326"],
            "2025-09/2025-12": ["late 2025", "late in 2025", "late last year"],
            "2026-04-11/2026-04-20": ["middle of next month"],
        }.items()
    },
    "does not say whether 2030 belongs to it: write ../2030 if it does, or ../2029-12-31 if not": [
        "before 2030",
        "until 2030",
        "till 2030",
    ],
    **{
        f"does not say whether the days between are meant too: write {both} if they are": [text]
        for text, both in {
            "Q1 or Q4 2025": "2025-Q1/2025-Q4",
            "1 or 5 May 2025": "2025-05-01/2025-05-05",
            "May 5 or 7, 2025": "2025-05-05/2025-05-07",
            "March or May 2025": "2025-03/2025-05",
        }.items()
    },
    (
        "does not say whether yesterday belongs to it: write ../2026-03-10 if it does, or "
        "../2026-03-09 if not"
    ): ["until yesterday"],
    (
        "does not say whether march 2025 belongs to it: write 2025-03/.. if it does, or "
        "2025-04-01/.. if not"
    ): ["after March 2025"],
    "does not say whether 0001 belongs to it: write ../0001 if it does, or ../0001-01-01 if not": [
        "before 0001"
    ],
    "does not say whether 9999 belongs to it: write 9999/.. if it does, or 9999-12-31/.. if not": [
        "after 9999"
    ],
    "is out of range: years go from 0001 to 9999; write the date": ["99999 years ago"],
    "can be read in two ways: write the day, for example 2025-12-05": ["next Friday"],
    (
        "contradicts itself: 5 December 2025 is another day of the week; write "
        "2025-12-05 if that is the day"
    ): ["Monday, 5 December 2025"],
    (
        "names another month in another language: write the month as a number, 10 "
        "(October) or 11 (November)"
    ): ["5 listopada 2025"],
    "says more than one thing: write one date and one flag": ["about 2025/..", "about ../2025"],
    (
        "cannot be read as a date: write it like 2025-12-05, 2025-12, 2025, 2025-Q4"
        " or 2025-11/2026-02"
    ): [
        "soon",
        "May 5-40, 2025",
        "yesterday-5 March 2025",
        "early 1 March 2025",
        "early 0000s",
        "mid-0000",
        "early 5 March 2025",
        "late this week",
        "late 2025/early 2026",
        "summer 2025/26",
        "end of 2000 years",
    ],
    "'2025/2026' is an interval: write one date here, for example 2025-12": ["by 2025/2026"],
    "has a time of day: write the day, for example 2025-12-05": ["yesterday at 5pm"],
    (
        "'soon' cannot be read as a date: write it like 2025-12-05, 2025-12, 2025, "
        "2025-Q4 or 2025-11/2026-02"
    ): ["in soon"],
}


TYPED |= {
    **{
        f"'{vague}' has no agreed days: write one date, for example {example}": [text]
        for text, vague, example in (
            ("by mid-2025", "mid-2025", "2025-08"),
            ("no later than spring 2025", "spring 2025", "2025-05"),
            ("by early March 2025", "early march 2025", "2025-03-10"),
            ("since spring 2025", "spring 2025", "2025-03"),
            ("late 2025 to 2026", "late 2025", "2025-09"),
            ("2025 to early 2026", "early 2026", "2026-04"),
            ("until in spring 2025", "spring 2025", "2025-05"),
        )
    },
    **{
        f"ends before it starts: write {interval} if it begins in the year before": texts
        for interval, texts in {
            "2025-12/2026-01": ["December to January 2026", "Dec-Jan 2026", "Dec/Jan 2026"],
            "2025-Q4/2026-Q1": ["Q4 to Q1 2026", "Q4-Q1 2026"],
            "2025-12-30/2026-01-02": ["30 Dec to 2 Jan 2026", "Dec 30 - Jan 2, 2026"],
        }.items()
    },
    "'2026-05-07/2026-05-05' ends before it starts: write the earlier date first": [
        "7 to 5 May 2026",
        "May 7-5, 2026",
    ],
    "'2024-02-29/2024-01-05' ends before it starts: write the earlier date first": [
        "29 Feb to 5 Jan 2024"  # of 2023 there is none
    ],
    "'0001-12/0001-01' ends before it starts: write the earlier date first": ["Dec to Jan 0001"],
    (
        "'2025-1X' leaves out digits where that is not supported: write 202X, 20XX, 2025-XX or "
        "2025-12-XX"
    ): ["2025-1x", "about 2025-1x"],
    (
        "names another month in another language: write the month as a number, 10 (October) or 11 "
        "(November)"
    ): ["5 listopada", "listopada 2025"],
}


def cases(told: dict[str, list[str]]) -> list[object]:
    """Each text with what is said of it."""
    return [
        pytest.param(text, reason, id=ascii(text).replace("\\", "|"))
        for reason, texts in told.items()
        for text in texts
    ]


def said(text: str, reason: str) -> str:
    """The whole sentence."""
    return reason if reason.startswith("'") else f"{text!r} {reason}"


@pytest.mark.parametrize(("text", "reason"), cases(EDTF))
def test_what_is_no_edtf_is_told_why_and_what_to_write(text: str, reason: str) -> None:
    """Every reason there is, and at its limits."""
    with pytest.raises(Refused) as refused:
        parse_edtf(text)
    assert str(refused.value) == said(text, reason)


@pytest.mark.parametrize(("text", "reason"), cases(TYPED))
def test_what_was_typed_and_means_no_one_date_is_told_why(text: str, reason: str) -> None:
    """Two meanings, none, or more than was asked for."""
    with pytest.raises(Refused) as refused:
        parse_when(text, TODAY)
    assert str(refused.value) == said(text.lower(), reason)


def test_a_long_text_is_shown_by_its_beginning() -> None:
    """60 characters of it, and up to 120 are looked at."""
    told = {60: ("x" * 60, "cannot"), 61: ("x" * 57 + "...", "cannot")}
    told |= {120: ("x" * 57 + "...", "cannot"), 121: ("x" * 57 + "...", "is too long")}
    for length, (shown, reason) in told.items():
        with pytest.raises(Refused) as refused:
            parse_edtf("x" * length)
        assert str(refused.value).startswith(f"'{shown}' {reason} ")


@pytest.mark.parametrize("text", ["last monday", "yesterday", "a year ago", "last quarter"])
def test_what_lies_before_the_first_day_is_out_of_range(text: str) -> None:
    """The calendar begins with the year 1."""
    with pytest.raises(Refused) as refused:
        parse_when(text, date.min)
    assert str(refused.value) == (
        f"{text!r} is out of range: years go from 0001 to 9999; write the date"
    )


@pytest.mark.parametrize("text", ["foo", "the day of reckoning"])
def test_words_that_are_no_instant_are_told_what_one_is(text: str) -> None:
    """An interval is no way out where an instant is asked for."""
    with pytest.raises(Refused) as refused:
        parse_instant(text, TODAY)
    assert str(refused.value) == (
        f"{text!r} cannot be read as an instant: write one like 2025-12-05T10:00:00Z, or a day "
        "like 2025-12-05"
    )


def test_a_day_that_does_not_exist_is_none_of_an_instant_either() -> None:
    """What has a number in it is told as a day is."""
    with pytest.raises(Refused, match=r"^'2025-02-30' does not exist: February 2025 has 28 days"):
        parse_instant("2025-02-30", TODAY)
