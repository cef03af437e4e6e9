"""Calendars: whatever a text holds, it is one property of one event, and comes back as it was."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.cli import export_readers as read
from tracker.exchange.calendar_file import Entry, write_calendar
from tracker.exchange.harmless import line_text

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
ENTRY = Entry(
    uid="019bc0e4-d1a0-7b90-a7c8-cdc7438eef1a",
    sequence=0,
    summary="s",
    description="d",
    first=date(2026, 5, 1),
    last=date(2026, 5, 1),
    created_at=NOW,
    changed_at=NOW,
)
TEXTS = st.text(st.characters(), min_size=1, max_size=100)


def event_of(entry: Entry, title: str = "Plans") -> Any:
    """The one event of a calendar, as another library reads it."""
    out = io.StringIO(newline="")
    assert write_calendar([entry], title, out) == 1
    (found,) = read.calendar(out.getvalue().encode())
    return found


@given(summary=TEXTS, description=TEXTS, title=TEXTS)
def test_any_text_comes_back(summary: str, description: str, title: str) -> None:
    """Line ends, commas, semicolons, backslashes and control characters end no property."""
    event = event_of(evolve(ENTRY, summary=summary, description=description), title)
    assert event.summary.value == line_text(summary)
    assert event.description.value == line_text(description)
    assert event.uid.value == ENTRY.uid


@pytest.mark.parametrize(
    ("first", "last", "end"),
    [
        (date(2026, 5, 1), date(2026, 5, 31), date(2026, 6, 1)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2028, 3, 1)),
        (date(9999, 12, 30), date(9999, 12, 30), date(9999, 12, 31)),
    ],
)
def test_the_last_day_is_included(first: date, last: date, end: date) -> None:
    """An event ends on the day after its last, as RFC 5545 has it."""
    event = event_of(evolve(ENTRY, first=first, last=last))
    assert (event.dtstart.value, event.dtend.value) == (first, end)


def test_a_calendar_of_nothing() -> None:
    """A calendar with no event is a calendar."""
    out = io.StringIO(newline="")
    assert write_calendar([], "Plans", out) == 0
    assert read.calendar(out.getvalue().encode()) == []
    assert out.getvalue().endswith("END:VCALENDAR\r\n")
