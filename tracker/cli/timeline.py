"""``tracker timeline``: initiatives drawn along time."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.text import write_utf8
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tracker.application.overview import Course
    from tracker.domain.viewpoint import Viewpoint
    from tracker.render.columns import Column
    from tracker.render.timeline import TimelineRow

    Item = Mapping[str, Any]

_STDOUT = "-"
_BEGINNING = b'<svg xmlns="http://www.w3.org/2000/svg" class="tl"'
_A_YEAR = timedelta(days=365)


@shell.command()
@click.argument("slugs", metavar="[SLUG]…", nargs=-1, shell_complete=complete.slugs)
@click.option(
    "--svg",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write a picture to this file instead; - is standard output.",
)
@click.option(
    "--force", is_flag=True, help="Replace the file if it is there already and is no timeline."
)
@click.option(
    "--ascii",
    "ascii_only",
    is_flag=True,
    help="Draw with ASCII characters alone, as on a dumb terminal, or where there are no others.",
)
@options.viewpoint_options
@options.filter_options
@options.format_option
@options.example("""
    tracker timeline
    tracker timeline il-114 --as-of 2025-12-31
    tracker timeline --phase talks --svg talks.svg --force
    tracker timeline --ascii > timeline.txt
""")
@pass_app
def command(
    app: App,
    /,
    slugs: tuple[str, ...],
    svg: str | None,
    *,
    force: bool,
    ascii_only: bool,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
    **filters: Any,
) -> None:
    """Draw initiatives along time: those named, or all that are tracked.

    Each has a band of the phases and conditions it went through, as far as they are known at the
    viewpoint, and below it the developments and plans they rest on; what was withdrawn or amended
    is marked as such. Below the drawing all of it is said in words, with every date. Plans that are
    due far beyond the as-of date are in the words only.
    """
    from tracker.application.overview import course_item
    from tracker.cli import asking

    if svg is not None and format_name != "table":
        message = f"--svg is a format of its own; leave out --format {format_name}"
        raise CalledWrongly(message)
    if svg not in (None, _STDOUT):
        force = force or _is_timeline(Path(svg))
        app.check_place(Path(svg), force=force)
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        courses = log.timeline(at, slugs, filters=asking.filters_from(filters))
        envelope = asking.envelope(log, "timeline", at)
        viewpoint = asking.viewpoint_text(at, envelope)
        if format_name in ("json", "jsonl"):
            asking.stream(
                map(course_item, courses),
                envelope=envelope,
                format_name=format_name,
                columns=(),
                caption=None,
            )
        elif format_name != "table":
            asking.stream(
                _rows(map(course_item, courses)),
                envelope=envelope,
                format_name=format_name,
                columns=_columns(format_name),
                caption=viewpoint,
            )
        elif svg is not None:
            _write_svg(app, svg, list(courses), at, viewpoint, force=force)
        else:
            _draw(app, list(courses), at, viewpoint, ascii_only=ascii_only)


def _draw(
    app: App, courses: Sequence[Course], at: Viewpoint, viewpoint: str, *, ascii_only: bool
) -> None:
    from tracker.cli import asking
    from tracker.render.timeline import render_text
    from tracker.render.widths import wrap

    if not courses:
        app.page(f"No initiative to draw, {viewpoint}.")
        return
    speaks_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    is_dumb = app.terminal and os.environ.get("TERM") == "dumb"
    start, end = extent(courses, at.as_of)
    drawing = render_text(
        [row(course) for course in courses],
        start=start,
        end=end,
        today=at.as_of,
        width=app.width,
        ascii_only=ascii_only or is_dumb or not speaks_unicode,
        color=app.use_color,
    )
    caption = f"{asking.counted(len(courses), 'initiative')}, {viewpoint}"
    told = "\n".join(wrap(caption, app.width) if app.terminal else [caption])
    app.page(f"{drawing}\n{told}\n")


def _is_timeline(path: Path) -> bool:
    """Whether *path* is a picture that this command drew before, which the next one replaces."""
    if not path.is_file():
        return False
    with path.open("rb") as found:
        return found.read(len(_BEGINNING)) == _BEGINNING


def _write_svg(
    app: App,
    file: str,
    courses: Sequence[Course],
    at: Viewpoint,
    viewpoint: str,
    *,
    force: bool,
) -> None:
    from tracker.cli import asking
    from tracker.exchange.whole_file import whole_file
    from tracker.render.timeline_svg import render_svg

    start, end = extent(courses, at.as_of)
    counted = asking.counted(len(courses), "initiative")
    picture = render_svg(
        [row(course) for course in courses],
        start=start,
        end=end,
        today=at.as_of,
        title=f"Timeline of {counted}",
        description=f"{counted}, {viewpoint}",
    )
    if file == _STDOUT:
        write_utf8()
        click.echo(picture, nl=False)
        return
    with whole_file(Path(file), replace=force) as out:
        out.write(picture)
    app.say(f"Wrote {file}: {counted}, {viewpoint}.")


# --- what is drawn ---------------------------------------------------------------------------


def extent(courses: Iterable[Course], as_of: date) -> tuple[date, date]:
    """The days to draw: from the first that is known of to the as-of date, or a plan soon due."""
    days = [as_of - timedelta(days=6)] if as_of > date.min + timedelta(days=6) else [as_of]
    due = [as_of]
    for course in courses:
        days += [each.start for each in course.stretches if each.start > date.min]
        for mark in course.marks:
            days += [day for day in (mark.lo, mark.hi) if date.min < day < as_of]
            if mark.kind in ("plan", "overdue") and mark.hi < date.max:
                due.append(mark.hi)
    start = min(days)
    ahead = max(as_of - start, _A_YEAR)
    soon = [day for day in due if day - as_of <= ahead]
    return start, max(soon)


def row(course: Course) -> TimelineRow:
    """A course as the drawings take it."""
    from tracker.application.overview import phase_title
    from tracker.domain.edtf import lettered
    from tracker.render.timeline import Mark, Span, TimelineRow

    return TimelineRow(
        initiative=course.initiative,
        title=course.title,
        spans=tuple(
            Span(
                phase=each.phase,
                phase_title=phase_title(course.lifecycle, each.phase),
                condition=each.condition,
                start=each.start,
                end=each.end,
                imprecise=not each.is_certain,
                inferred=each.basis == "inferred",
            )
            for each in course.stretches
        ),
        marks=tuple(
            Mark(
                on=mark.lo,
                until=mark.hi,
                kind=mark.kind,
                label=f"{mark.type}, now {lettered(mark.instead)}" if mark.instead else mark.type,
            )
            for mark in course.marks
        ),
    )


# --- tables ----------------------------------------------------------------------------------

_FIELDS = (
    "initiative",
    "title",
    "kind",
    "phase",
    "condition",
    "outcome",
    "basis",
    "certain",
    "start",
    "end",
    "fact",
    "position",
    "type",
    "on",
    "instead",
)


def _rows(items: Iterable[Item]) -> Iterator[Item]:
    """A row for each span, and for each mark."""
    for item in items:
        whose = {"initiative": item["initiative"], "title": item["title"]}
        for span in item["spans"]:
            yield {**whose, "kind": "span", **span}
        for mark in item["marks"]:
            yield {**whose, **mark, "start": mark["lo"], "end": mark["hi"]}


def _columns(format_name: str) -> list[Column]:
    from tracker.cli import asking
    from tracker.render.columns import Column

    if format_name == "csv":
        return asking.plain_columns(_FIELDS)
    fields = [name for name in _FIELDS if name not in ("title", "basis", "position", "on")]
    return [Column(name, name) for name in fields]
