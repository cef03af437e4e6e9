"""Plans as iCalendar (RFC 5545), whole days each, for a calendar that subscribes to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TextIO

from attrs import frozen

from tracker.exchange.extras import extra
from tracker.exchange.harmless import line_text

PRODUCT = "-//initiative-tracker//tracker export//EN"


@frozen
class Entry:
    """One plan: the days from *first* to *last*, both included, and what to say of it.

    *uid* is the same through every correction, *sequence* how many corrections there were;
    *created_at* and *changed_at* are when the plan was first and last recorded.
    """

    uid: str
    sequence: int
    summary: str
    description: str
    first: date
    last: date
    created_at: datetime
    changed_at: datetime
    categories: tuple[str, ...] = ()
    url: str | None = None


def write_calendar(entries: Iterable[Entry], title: str, out: TextIO) -> int:
    """Write a calendar called *title*, entry by entry; how many there were.

    Raises CalledWrongly without the extra.
    """
    with extra("calendar", "a calendar"):
        import icalendar
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):  # the library does not know that these are texts
        calendar.add(name, icalendar.vText(line_text(title)))
    *head, end = calendar.to_ical().decode().splitlines(keepends=True)
    out.write("".join(head))
    count = 0
    for entry in entries:
        out.write(_event(entry))
        count += 1
    out.write(end)
    return count


def _event(entry: Entry) -> str:
    import icalendar

    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("created", entry.created_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.first)
    event.add("dtend", _day_after(entry.last))
    event.add("transp", "TRANSPARENT")
    event.add("summary", line_text(entry.summary))
    event.add("description", line_text(entry.description))
    if entry.categories:
        event.add("categories", [line_text(each) for each in entry.categories])
    if entry.url is not None:
        event.add("url", entry.url)
    return str(event.to_ical(), "utf-8")


def _day_after(day: date) -> date:
    """The end of an entry, which RFC 5545 does not include."""
    return day + timedelta(days=1) if day < date.max else day
