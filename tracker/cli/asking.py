"""What the commands that ask share: viewpoint and filters as typed, and how an answer is written.

A command works out its viewpoint once and asks everything with it, so that all of one answer is
about one state of the log, whoever writes meanwhile.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, cast

from tracker.cli.nearest import did_you_mean
from tracker.cli.text import write_utf8
from tracker.domain.edtf import lettered
from tracker.errors import CalledWrongly
from tracker.render import colors
from tracker.render.columns import Column
from tracker.render.formats import Envelope, Format, write
from tracker.render.safe import escape
from tracker.render.widths import wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tracker.application import Filters, Tracker
    from tracker.cli.app import App
    from tracker.domain.events import Event
    from tracker.domain.viewpoint import Viewpoint

    Item = Mapping[str, Any]


def filters_from(options: Mapping[str, Any]) -> Filters:
    """The filters that ``options.filter_options`` gave: those typed, within those of the view."""
    from tracker.application import Filters
    from tracker.cli import views

    typed = {name: value for name, value in options.items() if name != "view"}
    name = options.get("view")
    if name is None:
        return Filters(**typed)
    return Filters(**typed, within=Filters(**views.view_named(name).filters, view=name))


def envelope(log: Tracker, name: str, at: Viewpoint, **extra: Any) -> Envelope:
    """What stands around the items of an answer: schema, viewpoint and Merkle root."""
    return Envelope(f"tracker/{name}/1", viewpoint_item(log, at), extra)


def viewpoint_item(log: Tracker, at: Viewpoint) -> dict[str, Any]:
    """A viewpoint as JSON has it."""
    from tracker.application import items

    return items.viewpoint_item(at, log.root(at.position))


def viewpoint_text(at: Viewpoint, around: Envelope) -> str:
    """A viewpoint in words: ``as of 2025-12-31, `` and :func:`knowledge_text`."""
    return f"as of {at.as_of.isoformat()}, {knowledge_text(at, around)}"


def knowledge_text(at: Viewpoint, around: Envelope) -> str:
    """The knowledge of a viewpoint: ``known at 2025-12-05T10:00:00Z (@17, root 3f2a9c01)``.

    *around* is the envelope of the answer, which knows the root.
    """
    place = place_text(around.viewpoint or {})
    if at.known_at is None:
        return f"known at {place}"
    return f"known at {instant_text(at.known_at)} ({place})"


def place_text(view: Item) -> str:
    """Position and root of a viewpoint item; of the root what two people can compare by eye."""
    return f"@{view['position']}, root {view['root'][:_ROOT_DIGITS]}"


def instant_text(instant: datetime | str) -> str:
    """An instant as it is written everywhere, without a fraction of a second that is nothing."""
    from tracker.domain.dates import format_instant

    text = instant if isinstance(instant, str) else format_instant(instant)
    return text.replace(".000000Z", "Z")


_ROOT_DIGITS = 8


def day_text(instant: str) -> str:
    """The UTC day of an instant."""
    return instant[:10]


def date_text(edtf: str | None) -> str:
    """A date for a narrow column: an interval has blanks to break at, ``2025-10 to 2026-02``."""
    return (edtf or "").replace("/", " to ") if not _is_open(edtf) else str(edtf)


_DATES = frozenset(["on", "since", "last_on", "next_due", "published_on", "accessed_on", "instead"])
_PARTS = frozenset(
    [
        *("before", "after", "deciding", "deciding_condition", "sources", "causes", "slippage"),
        *("developments", "plans", "changed"),
    ]
)
"""The fields of items that are dates, and those that have dates in them."""


def for_people(item: Item) -> dict[str, Any]:
    """An item with its dates as a person reads them: quarters and halves of a year by letters."""
    told = dict(item)
    for key in _DATES & told.keys():
        if isinstance(told[key], str):
            told[key] = lettered(told[key])
    for key in _PARTS & told.keys():
        told[key] = _part_for_people(told[key], is_date=key == "slippage")
    if told.get("field") == "on" and isinstance(told["before"], str):
        told["before"] = lettered(told["before"])  # what a correction changed
    return told


def _part_for_people(value: Any, *, is_date: bool) -> Any:
    if isinstance(value, list):
        return [_part_for_people(each, is_date=is_date) for each in value]
    if isinstance(value, str) and is_date:
        return lettered(value)
    return for_people(value) if isinstance(value, dict) else value


def _is_open(edtf: str | None) -> bool:
    return edtf is not None and ".." in edtf.split("/")


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 initiative``, ``1,200 initiatives``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def plain_columns(keys: Iterable[str]) -> list[Column]:
    """Columns that show the values of *keys* as they are, under these names: for CSV."""
    return [Column(key, key) for key in keys]


def answer(
    app: App,
    items: Iterable[Item],
    *,
    envelope: Envelope,
    format_name: str,
    table: Sequence[Column],
    csv: Sequence[Column],
    empty: str,
    caption: str,
    below: str = "",
) -> int:
    """Write *items*, and say how many there were; *below* stands under a table only.

    On a terminal what is longer than it goes through the pager; anywhere else nothing is kept.
    """
    out: Any = io.StringIO() if app.terminal else sys.stdout
    _write_for_programs(format_name)
    if format_name in ("table", "markdown"):
        items = map(for_people, items)
    count = write(
        items,
        envelope=envelope,
        columns=csv if format_name == "csv" else table,
        format=cast("Format", format_name),
        out=out,
        terminal=app.terminal,
        color=app.use_color,
        width=app.width,
        empty=empty,
        caption=caption,
    )
    if format_name == "table" and below:
        out.write(f"\n{below}\n")
    if app.terminal:
        app.page(out.getvalue())
    return count


def stream(
    items: Iterable[Item],
    *,
    envelope: Envelope,
    format_name: str,
    columns: Sequence[Column],
    caption: str | None,
) -> None:
    """Write *items* to standard output one by one, in any format but a table."""
    _write_for_programs(format_name)
    write(
        map(for_people, items) if format_name == "markdown" else items,
        envelope=envelope,
        columns=columns,
        format=cast("Format", format_name),
        out=sys.stdout,
        terminal=False,
        color=False,
        width=None,
        empty="",
        caption=caption,
    )


def _write_for_programs(format_name: str) -> None:
    """Write UTF-8, but in tables; the CRLF of CSV stays, on a system with another line end too."""
    if format_name != "table":
        write_utf8(newline="" if format_name == "csv" else None)


def sort_key(field: str, known: Iterable[str]) -> tuple[str, bool]:
    """The field to sort by, and whether downwards: ``-since``; CalledWrongly for an unknown one."""
    name = field.removeprefix("-")
    if name not in known:
        near = did_you_mean(name, known) or f" It sorts by {', '.join(known)}."
        raise CalledWrongly(f"there is no field {name!r} to sort by.{near}")
    return name, field.startswith("-")


# --- text ------------------------------------------------------------------------------------


def lines(
    text: str, *, width: int | None, indent: str = "", style: str | None = None, color: bool
) -> Iterator[str]:
    """Recorded text, made safe, in lines of at most *width* (None: in one), each after *indent*."""
    safe = escape(text)
    room = None if width is None else max(width - len(indent), 20)
    for line in [safe] if room is None else wrap(safe, room):
        yield indent + colors.paint(line, style, color=color)


def source_lines(source: Item, *, width: int | None, indent: str, color: bool) -> Iterator[str]:
    """A source: who and what with its grade, the words relied on, and its address in one piece."""
    from tracker.domain.evidence import explain_grade

    where = source["url"] or source["document"]
    said = ": ".join(part for part in (source["publisher"], source["title"]) if part) or where
    grade = source["grade"]
    told = f" [{grade}: {explain_grade(grade)}]" if grade else " [no grade]"
    yield from lines(f"{said or 'unnamed'}{told}", width=width, indent=indent, color=color)
    if source["quote"]:
        quote = f"“{source['quote']}”"
        yield from lines(quote, width=width, indent=indent, style="italic", color=color)
    if where and where != said:
        # An address stays in one piece, so that it can be opened and copied; words may break.
        room = width if " " in where else None
        yield from lines(where, width=room, indent=indent, style=colors.QUIET, color=color)
    days = {"published": source["published_on"], "accessed": source["accessed_on"]}
    dated = ", ".join(f"{name} {day}" for name, day in days.items() if day)
    if dated:
        yield from lines(dated, width=width, indent=indent, style=colors.QUIET, color=color)


def odd_text(finding: Item) -> str:
    """A finding's sentence, with the facts it is about."""
    return f"{finding['text']} ({', '.join(finding['facts'])})"


def phase_text(state: Item) -> str:
    """The phase by its name, with a question mark where another is possible too."""
    return f"{state['phase']}?" if len(state["possible"]) > 1 else str(state["phase"])


def condition_text(state: Item) -> str:
    """The condition in words, with a question mark where another is possible too."""
    told = colors.condition_text(state)
    return f"{told}?" if len(state["possible_conditions"]) > 1 else told


# --- events ----------------------------------------------------------------------------------


def events_at(log: Tracker, positions: Iterable[int]) -> dict[int, Event]:
    """The events at *positions*, for what an answer only points at."""
    from tracker.store.reading import read_at

    with log.log.reading() as reader:
        return read_at(reader, positions)


def handles(log: Tracker, event_ids: Iterable[str]) -> dict[str, str]:
    """The handles, such as ``il-114#3``, of the events with these ids."""
    from tracker.store.reading import rows

    wanted = sorted(set(event_ids))
    query = "SELECT event_id, initiative, version FROM events WHERE event_id IN :part"
    found: dict[str, str] = {}
    with log.log.reading() as reader:
        for start in range(0, len(wanted), 500):
            part = {"part": wanted[start : start + 500]}
            for event_id, initiative, version in rows(reader, query, part):
                found[event_id] = f"{initiative}#{version}"
    return found
