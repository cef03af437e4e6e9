"""``tracker report``: one page to hand on, that moves through both times."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.text import write_utf8
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDOUT = "-"


@shell.command()
@click.option(
    "--out",
    "file",
    metavar="FILE.html",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Where to write the page; - is standard output.",
)
@click.option(
    "--title",
    metavar="TEXT",
    default="Where initiatives stand",
    show_default=True,
    help="The heading of the page.",
)
@options.viewpoint_options
@options.filter_options
@click.option("--force", is_flag=True, help="Replace the file if it is there already.")
@options.dry_run_option
@options.example("""
    tracker report --out desk.html
    tracker report --out summit.html --title "After the summit" --as-reported 2025-12-05 --force
    tracker report --out - --party India > india.html
""")
@pass_app
def command(
    app: App,
    /,
    *,
    file: str,
    title: str,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    force: bool,
    dry_run: bool,
    **filters: Any,
) -> None:
    """Write one page that needs nothing else: to be mailed, opened anywhere, printed and kept.

    It holds the initiatives that the filters fit, and all that was known of them at the viewpoint:
    every development and plan with its sources, every correction. Two sliders, as of and known at,
    move the whole page through both times; they begin at the viewpoint. What was recorded after
    --known-at is not in the file. It loads nothing from anywhere, and is a plain table where it is
    printed or JavaScript is off. The file gets its name once it is whole.
    """
    from tracker.application import reporting
    from tracker.cli import asking
    from tracker.store import event_log
    from tracker.store.engine import translated

    if not title.strip():
        raise CalledWrongly("--title is blank; write a heading, or leave --title out")
    only = asking.filters_from(filters)
    path = None if file == _STDOUT else Path(file)
    if path is not None:
        app.check_place(path, force=force)
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        around = asking.envelope(log, "report", at)
        with (
            translated(log.log.url),
            event_log.reading(log.engine) as connection,
            app.progress(None, "Reporting") as advance,
            _place(path, force=force, dry_run=dry_run) as out,
        ):
            count = reporting.write(connection, at, only, title, out, advance)
    if path is not None or dry_run:
        did = "would write" if dry_run else "wrote"
        what = f"{asking.counted(count, 'initiative')}, {asking.viewpoint_text(at, around)}"
        app.say(f"{did} a report of {what}, to {path or 'standard output'}")


@contextmanager
def _place(path: Path | None, *, force: bool, dry_run: bool) -> Iterator[TextIO]:
    """Where to write: the file, standard output as UTF-8, or nowhere at all."""
    from tracker.exchange.whole_file import whole_file

    if dry_run:
        yield _Nowhere()
    elif path is not None:
        with whole_file(path, replace=force) as out:
            yield out
    else:
        write_utf8(newline="")
        yield sys.stdout


class _Nowhere(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)
