"""Dates: what they mean, and that nothing is invented."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import edtf as oracle
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tracker.domain import typed_dates
from tracker.domain.dates import (
    ANYTIME,
    OPEN_HI,
    OPEN_LO,
    Extent,
    add_months,
    cut,
    describe,
    format_instant,
    latest_day,
    parse_by,
    parse_day,
    parse_edtf,
    parse_instant,
    parse_when,
)
from tracker.domain.edtf import lettered
from tracker.errors import Refused

TODAY = date(2026, 3, 11)  # a Wednesday


def days(extent: Extent) -> str:
    return f"{extent.lo}..{extent.hi}"


# --- EDTF ---------------------------------------------------------------------------------------

EDTF = {
    "2025-12-05": ("2025-12-05", "2025-12-05..2025-12-05"),
    "2024-02-29": ("2024-02-29", "2024-02-29..2024-02-29"),
    "2024-02-29~": ("2024-02-29~", "2024-02-29..2024-02-29"),
    "2025-12": ("2025-12", "2025-12-01..2025-12-31"),
    "2025-01": ("2025-01", "2025-01-01..2025-01-31"),
    "2025-01-01": ("2025-01-01", "2025-01-01..2025-01-01"),
    "2025-01-XX": ("2025-01-XX", "2025-01-01..2025-01-31"),
    "2025-12-05/2025-12-05": ("2025-12-05/2025-12-05", "2025-12-05..2025-12-05"),
    "2024-02": ("2024-02", "2024-02-01..2024-02-29"),
    "2025": ("2025", "2025-01-01..2025-12-31"),
    "0001": ("0001", "0001-01-01..0001-12-31"),
    "9999": ("9999", "9999-01-01..9999-12-31"),
    "2025-33": ("2025-33", "2025-01-01..2025-03-31"),
    "2025-34": ("2025-34", "2025-04-01..2025-06-30"),
    "2025-35": ("2025-35", "2025-07-01..2025-09-30"),
    "2025-36": ("2025-36", "2025-10-01..2025-12-31"),
    "2025-37": ("2025-37", "2025-01-01..2025-04-30"),
    "2025-38": ("2025-38", "2025-05-01..2025-08-31"),
    "2025-39": ("2025-39", "2025-09-01..2025-12-31"),
    "2025-40": ("2025-40", "2025-01-01..2025-06-30"),
    "2025-41": ("2025-41", "2025-07-01..2025-12-31"),
    "2025-Q1": ("2025-33", "2025-01-01..2025-03-31"),
    "2025-q4": ("2025-36", "2025-10-01..2025-12-31"),
    "2025-H1": ("2025-40", "2025-01-01..2025-06-30"),
    "202X": ("202X", "2020-01-01..2029-12-31"),
    "20XX": ("20XX", "2000-01-01..2099-12-31"),
    "2025-XX": ("2025-XX", "2025-01-01..2025-12-31"),
    "2025-12-XX": ("2025-12-XX", "2025-12-01..2025-12-31"),
    "2025-XX-XX": ("2025-XX-XX", "2025-01-01..2025-12-31"),
    "2025-11/2026-02": ("2025-11/2026-02", "2025-11-01..2026-02-28"),
    "2025-Q1/2025-H2": ("2025-33/2025-41", "2025-01-01..2025-12-31"),
    "2025-12/2025": ("2025-12/2025", "2025-12-01..2025-12-31"),
    "../2030": ("../2030", "0001-01-01..2030-12-31"),
    "2025-12/..": ("2025-12/..", "2025-12-01..9999-12-31"),
    "../..": ("../..", "0001-01-01..9999-12-31"),
    "2025?": ("2025?", "2025-01-01..2025-12-31"),
    "2025-12~": ("2025-12~", "2025-12-01..2025-12-31"),
    "2025-12-05%": ("2025-12-05%", "2025-12-05..2025-12-05"),
    "2025-11?/2026-02~": ("2025-11?/2026-02~", "2025-11-01..2026-02-28"),
    " 2025-12 ": ("2025-12", "2025-12-01..2025-12-31"),
}


@pytest.mark.parametrize("text", EDTF)
def test_edtf_is_whole_days(text: str) -> None:
    """An EDTF string is all the days it covers, no more, no fewer, and keeps its flags."""
    extent = parse_edtf(text)
    assert (extent.edtf, days(extent)) == EDTF[text]
    assert extent.text == text.strip()


def named(text: str) -> str:
    """*text* as the name of a test that can be asked for: short, and without backslashes."""
    return ascii(text)[:60].replace("\\", "|")


EDTF_REFUSED = {
    "2025-02-30": "February 2025 has 28 days",
    "2025-12-00": "December 2025 has 31 days",
    "2025-13": "months are 01 to 12",
    "2025-00": "months are 01 to 12",
    "2025-33-01": "months are 01 to 12",
    "2025-Q5": "2025-Q1 to 2025-Q4",
    "2025-H3": "months are 01 to 12",
    "2025-21": "write its months",
    "2025-24": "write its months",
    "0000": "0001 to 9999",
    "000X": "0001 to 9999",
    "-0044": "0001-9999",
    "Y12025": "0001-9999",
    "9" * 100: "0001-9999",
    "9" * 100_000: "too long",
    "202": "four digits",
    "2025-XX-05": "write 2025 or 2025-XX",
    "202X-12": "write 202X alone",
    "2025-1X": "write 202X",
    "2025?-12": "at the end of the date",
    "2025?~": "write %",
    "..": "../2030",
    "..?/2030": "write .. alone",
    "/2030": "use ..",
    "2030/": "use ..",
    "2026/2025": "earlier date first",
    "2025/2026/2027": "more than two ends",
    "2011/12": "2011-12 for the month or 2011/2012 for the years",
    "2025/26": "2025/2026 for the years",
    "2025-12-05T10:00:00Z": "write the day, for example 2025-12-05",
    "": "holds no date",
    " \n": "holds no date",
    "\0": "cannot be shown",
    "2025\ud800": "cannot be shown",
    "٢٠٢٥-١٢-٠٥": "digits other than 0 to 9",
    "２０２５": "digits other than 0 to 9",
    "²⁰²⁵": "digits other than 0 to 9",
    "😀": "cannot be read as a date",
}


@pytest.mark.parametrize("text", EDTF_REFUSED, ids=named)
@pytest.mark.parametrize(
    "read", [parse_edtf, lambda text: parse_when(text, TODAY)], ids=["edtf", "typed"]
)
def test_what_is_no_edtf_is_refused_with_the_way_out(read: object, text: str) -> None:
    """A refusal is one line that names the value and says what to write; EDTF or typed alike."""
    assert callable(read)
    with pytest.raises(Refused) as refused:
        read(text)
    message = str(refused.value)
    assert EDTF_REFUSED[text] in message
    assert "\n" not in message
    assert message.isprintable()
    assert len(message) < 250
    assert refused.value.exit_code == 5


@pytest.mark.parametrize(
    ("text", "uncertain", "approximate"),
    [
        ("2025", False, False),
        ("2025?", True, False),
        ("2025~", False, True),
        ("2025%", True, True),
        ("2025?/2026~", True, True),
        ("../2030?", True, False),
    ],
)
def test_flags_are_kept_and_never_pad(text: str, *, uncertain: bool, approximate: bool) -> None:
    """A flag says how sure its author is; the days are those of the date without it."""
    extent = parse_edtf(text)
    bare = parse_edtf(text.translate({ord(flag): None for flag in "?~%"}))
    assert (extent.is_uncertain, extent.is_approximate) == (uncertain, approximate)
    assert days(extent) == days(bare)


def test_open_ends_are_told_from_the_ends_of_time() -> None:
    """The year 9999 ends where time does, but it is not open; an open end that is cut is closed."""
    assert parse_edtf("../2030").is_open_start
    assert not parse_edtf("../2030").is_open_end
    assert parse_edtf("2030/..").is_open_end
    assert not parse_edtf("9999").is_open_end
    assert not parse_edtf("0001").is_open_start
    assert not cut(parse_edtf("2020/.."), datetime(2026, 3, 11, tzinfo=UTC)).is_open_end
    assert (ANYTIME.lo, ANYTIME.hi) == (OPEN_LO, OPEN_HI)
    assert parse_edtf("../..") == ANYTIME


def test_only_one_day_is_a_day() -> None:
    """A date is a day iff it covers exactly one; a month never is."""
    assert parse_edtf("2025-12-05").is_day
    assert not parse_edtf("2025-12").is_day


# --- what people type ---------------------------------------------------------------------------

TYPED = {
    "today": "2026-03-11",
    "Yesterday": "2026-03-10",
    "tomorrow": "2026-03-12",
    "the day before yesterday": "2026-03-09",
    "3 days ago": "2026-03-08",
    "a week ago": "2026-03-02/2026-03-08",
    "3 months ago": "2025-12",
    "two years ago": "2024",
    "in 3 days": "2026-03-14",
    "in 10 weeks": "2026-05-18/2026-05-24",
    "10 weeks ago": "2025-12-29/2026-01-04",
    "about 202X": "202X~",
    "13/05/2025": "2025-05-13",
    "12/12/2025": "2025-12-12",
    "9999-W52-5": "9999-12-31",
    "2 weeks from now": "2026-03-23/2026-03-29",
    "last month": "2026-02",
    "this quarter": "2026-33",
    "last quarter": "2025-36",
    "next year": "2027",
    "last week": "2026-03-02/2026-03-08",
    "last Monday": "2026-03-09",
    "last Wednesday": "2026-03-04",
    "last thursday": "2026-03-05",
    "5 December 2025": "2025-12-05",
    "5 Dec 2025": "2025-12-05",
    "5th of December, 2025": "2025-12-05",
    "Dec 5, 2025": "2025-12-05",
    "Dec. 5th 2025": "2025-12-05",
    "5-Dec-2025": "2025-12-05",
    "2025 December 5": "2025-12-05",
    "on 5 December 2025": "2025-12-05",
    "Friday, 5 December 2025": "2025-12-05",
    "December 2025": "2025-12",
    "Dec 2025": "2025-12",
    "Sept 2025": "2025-09",
    "in May 2025": "2025-05",
    "2025/12/05": "2025-12-05",
    "2025-1-5": "2025-01-05",
    "20251205": "2025-12-05",
    "25.12.2025": "2025-12-25",
    "25/12/2025": "2025-12-25",
    "12/25/2025": "2025-12-25",
    "4.4.2025": "2025-04-04",
    "12/2025": "2025-12",
    "Q1 2025": "2025-33",
    "2025 Q1": "2025-33",
    "2025Q1": "2025-33",
    "4Q 2025": "2025-36",
    "H1 2025": "2025-40",
    "second half of 2025": "2025-41",
    "the last quarter of 2025": "2025-36",
    "2020s": "202X",
    "2025-W49": "2025-12-01/2025-12-07",
    "2025-W49-5": "2025-12-05",
    "by 2030": "../2030",
    "by the end of 2030": "../2030",
    "by Q1 2026?": "../2026-33?",
    "since 2025-12": "2025-12/..",
    "November 2025 to February 2026": "2025-11/2026-02",
    "between 2025 and 2026~": "2025/2026~",
    "5 Dec 2025?": "2025-12-05?",
    "about December 2025": "2025-12~",
    "circa 2025?": "2025%",
    "about last week": "2026-03-02~/2026-03-08~",
    "5 décembre 2025": "2025-12-05",
    "décembre 2029": "2029-12",
    "by ../2030": "../2030",
    "by tomorrow": "../2026-03-12",
    "since yesterday": "2026-03-10/..",
    "from yesterday to tomorrow": "2026-03-10/2026-03-12",
    "about 2025%": "2025%",
    "about 2025-q4": "2025-36~",
    "the last half of 2025": "2025-41",
    "1st quarter of 2025": "2025-33",
    "2nd half 2025": "2025-41",
    "3rd quarter of 2025": "2025-35",
    "no later than June 2030": "../2030-06",
    "not later than the end of 2030": "../2030",
    "May to June 2025": "2025-05/2025-06",
    "between May and June 2025": "2025-05/2025-06",
    "from May. to June 2025": "2025-05/2025-06",
    "May-June 2025": "2025-05/2025-06",
    "May \u2013 June 2025": "2025-05/2025-06",
    "Nov/Dec 2025": "2025-11/2025-12",
    "May or June 2025": "2025-05/2025-06",
    "1 to 5 March 2025": "2025-03-01/2025-03-05",
    "between 1 and 5 March 2025": "2025-03-01/2025-03-05",
    "8 or 9 March 2025": "2025-03-08/2025-03-09",
    "28-31 March 2025": "2025-03-28/2025-03-31",
    "Q1-Q2 2025": "2025-33/2025-34",
    "Q1 to Q3 2025": "2025-33/2025-35",
    "2024-2025": "2024/2025",
    "2024 \u2013 2025": "2024/2025",
    "Q4/2025": "2025-36",
    "December/2025": "2025-12",
    "Dec-5 2025": "2025-12-05",
    "Nov-8th 2025": "2025-11-08",
    "5-December 2025": "2025-12-05",
    "2024 to 5 March 2025": "2024/2025-03-05",
    "Sept.-Oct. 2025": "2025-09/2025-10",
    "May through June 2025": "2025-05/2025-06",
    "May\u2014June 2025": "2025-05/2025-06",
    "May 2025 - June 2026": "2025-05/2026-06",
    "2025-05 \u2013 2026-06": "2025-05/2026-06",
    "25.12.2025 - 31.12.2025": "2025-12-25/2025-12-31",
    "5th to 7th May 2025": "2025-05-05/2025-05-07",
    "5th-7th of May 2025": "2025-05-05/2025-05-07",
    "30 May to 2 June 2025": "2025-05-30/2025-06-02",
    "30 May - 2 June 2025": "2025-05-30/2025-06-02",
    "May 30 to June 2, 2025": "2025-05-30/2025-06-02",
    "May 5-7, 2025": "2025-05-05/2025-05-07",
    "May 5th\u20137th 2025": "2025-05-05/2025-05-07",
    "from May 5 to 7, 2025": "2025-05-05/2025-05-07",
    "5 - December 2025": "2025-12-05",
    "2025 - December - 5": "2025-12-05",
    "by end-2030": "../2030",
    "by end March 2030": "../2030-03",
    "4th quarter of 2025": "2025-36",
    "décembre 2025": "2025-12",
    "1er mars 2025": "2025-03-01",
    "5. Dezember 2025": "2025-12-05",
    "5 de diciembre de 2025": "2025-12-05",
    "5 декабря 2025 г.": "2025-12-05",
    "2025年12月5日": "2025-12-05",
    "2025년 12월": "2025-12",
    "gestern": "2026-03-10",
    "le mois dernier": "2026-02",
    "la semaine dernière": "2026-03-02/2026-03-08",
    "l'année dernière": "2025",
    "昨天": "2026-03-10",
}


@pytest.mark.parametrize("text", TYPED)
def test_what_is_typed_is_as_precise_as_it_was_said(text: str) -> None:
    """What a person types means what it says: a month stays a month, a week a week."""
    extent = parse_when(text, TODAY)
    assert extent.edtf == TYPED[text]
    assert extent.text == text
    assert days(extent) == days(parse_edtf(TYPED[text]))


TYPED_REFUSED = {
    "03/04/2025": "write 2025-04-03 (3 April 2025) or 2025-03-04 (4 March 2025)",
    "12/05/2025": "write 2025-05-12 (12 May 2025) or 2025-12-05 (5 December 2025)",
    "about 2025??": "one date and one flag",
    "about 2025~?": "one date and one flag",
    "03.04.2025": "write 2025-04-03 (3 April 2025) or 2025-03-04 (4 March 2025)",
    "30/02/2025": "February 2025 has 28 days",
    "31 February 2025": "February 2025 has 28 days",
    "31 février 2025": "February 2025 has 28 days",
    "00/04/2025": "does not exist",
    "31/31/2025": "does not exist",
    "20251305": "does not exist",
    "5/12/25": "write the year",
    "5 Dec 25": "write the year",
    "5 December": "write the year",
    "Dec 25": "write the year",
    "December": "write the year",
    "5 décembre": "write the year",
    "202512": "four digits",
    "early 2025": "write its months",
    "mid-2025": "write its months",
    "late December 2025": "write its months",
    "end of 2025": "write its months",
    "summer 2025": "write its months",
    "2000s": "cannot be read as a date",
    "Q5 2025": "does not exist",
    "2025-W60": "no week that exists",
    "9999-W52": "no week that exists",
    "Monday": "two ways",
    "next Friday": "two ways",
    "Monday, 5 December 2025": "contradicts itself",
    "2025-12-05 10:00": "write the day, for example 2025-12-05",
    "yesterday at 5pm": "write the day",
    "99999 years ago": "out of range",
    "in 99999 months": "out of range",
    "between 2026 and 2025": "earlier date first",
    "by 2025/2026": "write one date",
    "since ../2025": "write one date",
    "about 2025/..": "one date and one flag",
    "3 hours ago": "cannot be read as a date",
    "vor etwa 3 Tagen": "cannot be read as a date",
    "час назад": "cannot be read as a date",
    "maintenant": "cannot be read as a date",
    "vor einer Stunde": "cannot be read as a date",
    "environ la semaine dernière": "cannot be read as a date",
    "environ hier": "cannot be read as a date",
    "5 listopada 2025": "10 (October) or 11 (November)",
    "onze 2025": "cannot be read as a date",
    "soon": "cannot be read as a date",
    "Monday 2025": "cannot be read as a date",
    "May 25 to June 2026": "write the year",
    "foo 5-7, 2025": "cannot be read as a date",
    "2025 - soon": "cannot be read as a date",
}


@pytest.mark.parametrize("text", TYPED_REFUSED)
def test_what_has_no_one_meaning_is_refused(text: str) -> None:
    """Two meanings, no year, no such day, a time of day: refused, never guessed."""
    with pytest.raises(Refused) as refused:
        parse_when(text, TODAY)
    assert TYPED_REFUSED[text] in str(refused.value)


def advised(text: str) -> Extent | None:
    """What a text says, or the example that it is refused with; None where it gets none."""
    try:
        return parse_when(text, TODAY)
    except Refused as refused:
        found = re.search(r"has no agreed days: .* for example (.*)$", str(refused))
        return found and parse_when(found[1], TODAY)


@given(
    st.sampled_from(
        ["early", "beginning of", "start of", "mid", "middle of the", "late", "end of"]
    ),
    st.sampled_from(
        [
            "{}",
            "March {}",
            "Feb {}",
            "Q1 {}",
            "Q4 {}",
            "H1 {}",
            "H2 {}",
            "spring {}",
            "summer of {}",
            "autumn {}",
            "winter {}",
            "{:.3}0s",
        ]
    ),
    st.integers(10, 9999).map("{:04}".format),
)
@example("early", "{:.3}0s", "2000")
@example("late", "winter {}", "9999")
@settings(deadline=None)
def test_the_example_for_a_vague_date_can_be_written_instead(how: str, of: str, year: str) -> None:
    """It is read, and lies within what was named; one end of it stands where one date is due."""
    whole, example = advised(of.format(year)), advised(f"{how} {of.format(year)}")
    assert example is not None
    if whole is not None:  # the 2000s are no date, since they may be a century
        assert whole.lo <= example.lo <= example.hi <= whole.hi
    first, last = (advised(f"{word} {how} {of.format(year)}") for word in ("since", "by"))
    assert first is not None
    assert first.lo == example.lo
    if not how.startswith("end"):  # "by the end of" is a date
        assert last is not None
        assert last.hi == example.hi


@pytest.mark.parametrize("month", range(1, 13))
def test_this_quarter_is_the_one_with_today_in_it(month: int) -> None:
    """Numbered from 33, as EDTF has it."""
    quarter = 33 + (month + 2) // 3 - 1
    assert parse_when("this quarter", date(2026, month, 28)).edtf == f"2026-{quarter}"


def test_what_means_two_dates_in_two_languages_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two of those that are known do so now; a newer dictionary may bring a word that does."""
    yesterday, march = (date(2026, 3, 10), "day"), (date(2026, 3, 1), "month")
    means = {
        ("gesternish", "de"): yesterday,
        ("gesternish", "nl"): march,
        ("hierish", "de"): yesterday,
        ("hierish", "fr"): yesterday,
    }

    def ask(words: str, language: str, _: str, today: date = TODAY) -> tuple[date, str] | None:
        assert today == TODAY
        return means.get((words, language))

    monkeypatch.setattr(typed_dates, "_ask", ask)
    with pytest.raises(Refused) as refused:
        parse_when("gesternish", TODAY)
    assert str(refused.value) == (
        "'gesternish' means another date in another language: write 2026-03 or 2026-03-10"
    )
    assert parse_when("hierish", TODAY).edtf == "2026-03-10"


@pytest.mark.parametrize("today", [date.min, date.max])
@pytest.mark.parametrize("text", ["yesterday", "tomorrow", "last week", "next month", "gestern"])
def test_relative_dates_stay_within_the_calendar(text: str, today: date) -> None:
    """At the ends of the calendar a relative date is a date or a refusal, nothing else."""
    try:
        assert parse_when(text, today).lo <= parse_when(text, today).hi
    except Refused as refused:
        assert refused.exit_code == 5  # noqa: PT017 - either outcome is lawful


def test_last_weekday_is_within_the_last_seven_days() -> None:
    """On any day, "last Monday" is a Monday, one to seven days back."""
    for offset in range(7):
        today = TODAY + timedelta(days=offset)
        monday = parse_when("last Monday", today)
        assert monday.is_day
        assert monday.lo.weekday() == 0
        assert 1 <= (today - monday.lo).days <= 7


def test_the_common_forms_do_not_import_dateparser() -> None:
    """Start-up stays fast: nothing of English or of numbers needs the library."""
    code = (
        "import sys, datetime\n"
        "from tracker.domain.dates import parse_when\n"
        "for text in ('2025-12-05', '5 Dec 2025', 'last Monday', '3 days ago', 'Q1 2025'):\n"
        "    parse_when(text, datetime.date(2026, 3, 11))\n"
        "print('dateparser' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# --- by, day, instant ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("2030", "../2030"),
        ("by 2030", "../2030"),
        ("../2030", "../2030"),
        ("2026-Q1", "../2026-33"),
        ("Q1 2026?", "../2026-33?"),
        ("5 December 2026~", "../2026-12-05~"),
        ("tomorrow", "../2026-03-12"),
        ("2030-06-01", "../2030-06-01"),
        ("no later than June 2030", "../2030-06"),
        ("Not later than 2030", "../2030"),
        ("the end of 2030", "../2030"),
        ("end-March 2030", "../2030-03"),
    ],
)
def test_by_is_open_at_the_start(text: str, edtf: str) -> None:
    """A plan "by 2030" is any day up to the end of 2030, with the flags that were given."""
    extent = parse_by(text, TODAY)
    assert (extent.edtf, extent.text, extent.lo) == (edtf, text, OPEN_LO)
    assert extent.is_open_start
    assert not extent.is_open_end


@pytest.mark.parametrize(
    "text",
    ["2025/2026", "2025/..", "../..", "..", "soon", "2025-12-05T10:00", "since 2025", "early 2030"],
)
def test_by_needs_one_latest_date(text: str) -> None:
    """An interval, an open end, or what is no date has no latest day to be due by."""
    with pytest.raises(Refused):
        parse_by(text, TODAY)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-12-05", date(2025, 12, 5)),
        ("today", TODAY),
        ("2025-02", date(2025, 2, 28)),
        ("2025-Q3", date(2025, 9, 30)),
        ("2025", date(2025, 12, 31)),
    ],
)
def test_a_day_of_an_imprecise_date_is_its_last(text: str, day: date) -> None:
    """The answer as of 2025 is as of its last day."""
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["../2030", "2025/..", "2025/2026", "last week", "by 2030", "x"])
def test_an_interval_is_no_day(text: str) -> None:
    """Where one day is asked, an interval or an open end is refused."""
    with pytest.raises(Refused):
        parse_day(text, TODAY)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2025-12-05T10:00:00Z", "2025-12-05T10:00:00.000000Z"),
        ("2025-12-05t10:00:00z", "2025-12-05T10:00:00.000000Z"),
        ("2025-12-05 10:00", "2025-12-05T10:00:00.000000Z"),
        ("2025-12-05 10:00 UTC", "2025-12-05T10:00:00.000000Z"),
        ("20251205T100000Z", "2025-12-05T10:00:00.000000Z"),
        ("2025-12-05T23:59:59+00:00", "2025-12-05T23:59:59.000000Z"),
        ("2025-12-05T00:00:00.000001+00:00", "2025-12-05T00:00:00.000001Z"),
        ("2025-12-05T10:00:00-00:00", "2025-12-05T10:00:00.000000Z"),
        (" 2025-12-05T10:00:00Z ", "2025-12-05T10:00:00.000000Z"),
        ("2025-12-05T10:00:00,25Z", "2025-12-05T10:00:00.250000Z"),
        ("2025-12-05T10:00:00.5Z", "2025-12-05T10:00:00.500000Z"),
        ("2025-12-05T10:00:00.123456789Z", "2025-12-05T10:00:00.123456Z"),
        ("2025-12-05T10:00:00+03:00", "2025-12-05T07:00:00.000000Z"),
        ("2025-12-05T01:00:00+0530", "2025-12-04T19:30:00.000000Z"),
        ("2025-12-05T10:00:00-08", "2025-12-05T18:00:00.000000Z"),
        ("2025-12-05", "2025-12-05T23:59:59.999999Z"),
        ("today", "2026-03-11T23:59:59.999999Z"),
        ("2025-Q1", "2025-03-31T23:59:59.999999Z"),
        ("0001", "0001-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_utc_to_the_microsecond(text: str, instant: str) -> None:
    """An instant is told in UTC at fixed width; a date is the last microsecond of its UTC day."""
    read = parse_instant(text, TODAY)
    assert read.tzinfo is UTC
    assert format_instant(read) == instant


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-30T10:00:00Z",
        "2025-12-05T25:00:00Z",
        "2025-12-05T24:00:00Z",
        "2025-12-05T10:60:00Z",
        "2025-12-05T23:59:60Z",
        "2025-12-05T24:00:00.000000+00:00",
        "2025-12-05T10:00:00+00:00:30",
        "2025-W01-1T10:00:00Z",
        "2025-12-05T10:00:00+24:00",
        "2025-12-05T10:00:00+01:60",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "0000-01-01T00:00:00Z",
        "2025-12-05T10",
        "2025-12-05T10:00:00.1234567890Z",
        "2025-12-05T10:00:00 CET",
        "5pm",
        "2025/2026",
        "now-ish",
        "\ud800",
    ],
    ids=named,
)
def test_no_instant_is_guessed(text: str) -> None:
    """An instant that does not exist, or cannot be read, is refused."""
    with pytest.raises(Refused, match="write"):
        parse_instant(text, TODAY)


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_survive_being_written(instant: datetime) -> None:
    """Reading what was written gives the instant back, and all are written at one width."""
    written = format_instant(instant)
    assert len(written) == 27
    assert parse_instant(written, TODAY) == instant


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_the_same_however_it_is_written(instant: datetime) -> None:
    """As programs write it or as people do, and with as many digits as it takes."""
    plain = instant.isoformat()
    spaced = plain.replace("T", " ")
    short = plain.replace("+00:00", "Z")
    found = {parse_instant(text, TODAY) for text in (plain, spaced, short, spaced[:-6])}
    assert found == {instant}


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_instants_sort_as_text(one: datetime, other: datetime) -> None:
    """The order of the texts is the order of the instants."""
    assert (format_instant(one) < format_instant(other)) == (one < other)


def test_a_naive_instant_is_a_fault_of_the_program() -> None:
    """An instant without a zone is never completed with the machine's."""
    with pytest.raises(ValueError, match="zone"):
        format_instant(datetime(2025, 12, 5))  # noqa: DTZ001


# --- months, cutting, words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "result"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 5), 1, date(2026, 1, 5)),
        (date(2025, 12, 5), 18, date(2027, 6, 5)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 3, 31), 0, date(2025, 3, 31)),
        (date(9999, 12, 5), 1, date.max),
        (date(2025, 1, 1), 10**9, date.max),
        (date(1, 1, 5), -1, date.min),
        (date(9998, 12, 31), 1, date(9999, 1, 31)),
        (date(2, 1, 15), -12, date(1, 1, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 1, 28), 1, date(2025, 2, 28)),
    ],
)
def test_months_end_at_the_end_of_the_month(day: date, months: int, result: date) -> None:
    """A month later is the same day of the month, or the last one; the calendar's ends clamp."""
    assert add_months(day, months) == result


@given(st.dates(), st.integers(0, 1200), st.integers(0, 1200))
def test_more_months_are_never_earlier(day: date, one: int, other: int) -> None:
    """Adding months keeps the order of the numbers of months."""
    assert (add_months(day, one) <= add_months(day, other)) or one > other


def test_the_latest_day_is_that_of_the_zone_furthest_ahead() -> None:
    """At 10:00 UTC the next day begins at UTC+14, whatever zone the instant is told in."""
    assert latest_day(datetime(2025, 12, 5, 9, 59, 59, tzinfo=UTC)) == date(2025, 12, 5)
    assert latest_day(datetime(2025, 12, 5, 10, tzinfo=UTC)) == date(2025, 12, 6)
    west = timezone(timedelta(hours=-8))
    assert latest_day(datetime(2025, 12, 5, 2, tzinfo=west)) == date(2025, 12, 6)
    assert latest_day(datetime.max.replace(tzinfo=UTC)) == date.max


def test_a_development_is_cut_at_its_recording() -> None:
    """What is recorded within its month happened by then; the text and the EDTF keep the month."""
    recorded_at = datetime(2025, 12, 10, 9, tzinfo=UTC)
    extent = cut(parse_edtf("2025-12"), recorded_at)
    assert (extent.text, extent.edtf, days(extent)) == (
        "2025-12",
        "2025-12",
        "2025-12-01..2025-12-10",
    )


def test_what_has_not_happened_is_a_plan() -> None:
    """A development that begins after its recording is refused, with where to put it."""
    recorded_at = datetime(2025, 12, 10, 9, tzinfo=UTC)
    with pytest.raises(Refused, match=r"'2025-12-11' .* record it as a plan.* tracker plan"):
        cut(parse_edtf("2025-12-11"), recorded_at)
    assert days(cut(parse_edtf("2025-12-10/2025-12-20"), recorded_at)) == "2025-12-10..2025-12-10"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2025-12-05", "2025-12-05 (5 December 2025)"),
        ("2025-12", "2025-12 (1 to 31 December 2025)"),
        ("2025-Q1", "2025-33 (1 January to 31 March 2025)"),
        ("2025-11/2026-02", "2025-11/2026-02 (1 November 2025 to 28 February 2026)"),
        ("../2030", "../2030 (up to 31 December 2030)"),
        ("2025-12/..", "2025-12/.. (from 1 December 2025 on)"),
        ("../..", "../.. (no date)"),
        ("2025-12-05?", "2025-12-05? (5 December 2025, uncertain)"),
        ("2025-12~", "2025-12~ (1 to 31 December 2025, approximate)"),
        ("0033%", "0033% (1 January to 31 December 0033, uncertain and approximate)"),
    ],
)
def test_a_date_is_echoed_as_understood(text: str, words: str) -> None:
    """The echo gives the EDTF and the days in words, so that a person sees what was read."""
    assert describe(parse_edtf(text)) == words


# --- properties ---------------------------------------------------------------------------------

FLAGS = st.sampled_from(["", "?", "~", "%"])
YEARS = st.integers(1, 9999).map("{:04}".format)
PLAIN = st.one_of(
    st.dates().map(str),
    YEARS,
    st.tuples(YEARS, st.integers(1, 12)).map(lambda pair: f"{pair[0]}-{pair[1]:02}"),
)
POINTS = st.one_of(
    PLAIN,
    st.tuples(YEARS, st.integers(33, 41)).map(lambda pair: f"{pair[0]}-{pair[1]}"),
    st.tuples(YEARS, st.sampled_from(["Q1", "Q4", "H1", "H2", "XX", "02-XX", "XX-XX"])).map(
        "-".join
    ),
    st.integers(1, 999).map("{:03}X".format),
    st.integers(1, 99).map("{:02}XX".format),
)
FLAGGED = st.tuples(POINTS, FLAGS).map("".join)
ENDS = FLAGGED | st.just("..")
EDTF_TEXTS = FLAGGED | st.tuples(ENDS, ENDS).map("/".join)


def read(text: str) -> Extent:
    """Read what is generated; an interval generated the wrong way round is of no interest."""
    try:
        return parse_edtf(text)
    except Refused as refused:
        assume("earlier date first" not in str(refused))
        raise


@given(EDTF_TEXTS)
def test_the_canonical_form_reads_back(text: str) -> None:
    """The EDTF string alone gives the same extent back, and is its own canonical form."""
    extent = read(text)
    again = parse_edtf(extent.edtf)
    assert (again.edtf, days(again)) == (extent.edtf, days(extent))
    assert parse_when(text, TODAY) == extent


@given(EDTF_TEXTS)
def test_what_a_person_reads_is_read_again_as_the_same(text: str) -> None:
    """Letters in the place of the codes of quarters and halves change no date."""
    extent = read(text)
    again = parse_edtf(lettered(extent.edtf))
    assert (again.edtf, days(again)) == (extent.edtf, days(extent))


@pytest.mark.parametrize(
    ("edtf", "shown"),
    [
        *((f"2025-{code}", f"2025-{name}") for code, name in zip(
            ("33", "34", "35", "36", "40", "41"), ("Q1", "Q2", "Q3", "Q4", "H1", "H2"), strict=True
        )),
        ("2025-33?/2025-41~", "2025-Q1?/2025-H2~"),
        ("../2030-36", "../2030-Q4"),
        ("2025-12-05", "2025-12-05"),
        ("2025-37", "2025-37"),
        ("2025-03/2025-04", "2025-03/2025-04"),
        ("2033", "2033"),
        ("../..", "../.."),
    ],
)  # fmt: skip
def test_quarters_and_halves_are_shown_by_letters(edtf: str, shown: str) -> None:
    """Wherever they stand; a third of a year has no letter."""
    assert lettered(edtf) == shown
    assert parse_edtf(edtf).edtf == edtf


@given(EDTF_TEXTS)
def test_an_extent_is_never_empty(text: str) -> None:
    """The first day is never after the last."""
    assert read(text).lo <= read(text).hi


@given(EDTF_TEXTS, st.datetimes(timezones=st.just(UTC)))
def test_cutting_never_widens(text: str, recorded_at: datetime) -> None:
    """A cut extent lies within the extent, ends by the latest day, and says what it said."""
    extent = read(text)
    try:
        shorter = cut(extent, recorded_at)
    except Refused:
        assert extent.lo > latest_day(recorded_at)
        return
    assert shorter.lo == extent.lo <= shorter.hi <= extent.hi
    assert shorter.hi <= latest_day(recorded_at)
    assert (shorter.text, shorter.edtf) == (extent.text, extent.edtf)
    assert cut(shorter, recorded_at) == shorter


@given(st.one_of(PLAIN, st.tuples(PLAIN, PLAIN).map("/".join)))
@settings(deadline=None)
def test_the_edtf_library_agrees_on_the_plain_subset(text: str) -> None:
    """Full dates, months, years and closed intervals are the same days for the edtf library."""
    extent = read(text)
    theirs = oracle.parse_edtf(text)
    assert theirs.lower_strict()[:3] == extent.lo.timetuple()[:3]
    assert theirs.upper_strict()[:3] == extent.hi.timetuple()[:3]


PIECES = (
    "by since last next in on about to from and between ago day days week month year quarter Q1 H2 "
    "Monday monday, December dec may 5 05 31 12 25 1999 2025 9999 0000 99999 the of / - . .. ? ~ % "
    "before after until no later than or spring mid winter 2025/26 March \u2013 Q2 "
    "a X XX T10:00 Z hier gestern mois décembre листопад 年 月 5th 1er 2020s W49 early end"
)
WORDS = st.sampled_from(PIECES.split())
NEARLY_DATES = st.lists(WORDS, max_size=7).flatmap(
    lambda words: st.sampled_from(["", " ", "-", "/"]).map(lambda gap: gap.join(words))
)
DATE_LIKE = st.text("0123456789-/.:TZXQHW?~%+ ", max_size=24)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY_TEXT | DATE_LIKE | NEARLY_DATES, st.dates())
@example("9" * 10_000, TODAY)
@example("\ud800", TODAY)
@example("2025-12-0\ud800", TODAY)
@example("2025-12-0٥", TODAY)
@example("\0" * 10, TODAY)
@example("in " * 39, TODAY)
@example("ſept 2025", TODAY)
@example("yesterday", date.min)
@settings(deadline=None, max_examples=400)
def test_no_text_raises_anything_but_a_refusal(text: str, today: date) -> None:
    """Whatever is typed is read or refused in one printable line; it is never a traceback."""
    for reader in (parse_when, parse_by, parse_day, parse_instant, lambda t, _: parse_edtf(t)):
        try:
            answer = reader(text, today)
        except Refused as refused:
            message = str(refused)
            assert message.isprintable()
            continue
        if isinstance(answer, Extent):
            assert answer.lo <= answer.hi
            assert days(parse_edtf(answer.edtf)) == days(answer)
            assert describe(answer).isascii()
