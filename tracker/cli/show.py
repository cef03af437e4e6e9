"""``tracker show``: the whole card of one initiative."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.text import write_utf8

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracker.domain.viewpoint import Viewpoint
    from tracker.render.formats import Envelope

    Item = Mapping[str, Any]


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@options.viewpoint_options
@options.format_option
@options.example("""
    tracker show il-114
    tracker show il-114 --as-reported 2025-12-31
    tracker show il-114 --json
""")
@pass_app
def command(
    app: App,
    /,
    slug: str,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
) -> None:
    """Show the whole card of one initiative.

    Its status and what decided it, every development, plan and link, with the sources, and what is
    odd about them. Of a retired initiative the card says why, and where it went.
    """
    from tracker.application import items
    from tracker.cli import asking

    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        item = items.card_item(log.show(slug, at))
        envelope = asking.envelope(log, "show", at)
    if format_name == "table":
        _print_card(app, item, envelope, at)
    elif format_name == "markdown":
        _print_markdown(app, item, envelope, at)
    else:
        asking.answer(
            app,
            [item],
            envelope=envelope,
            format_name=format_name,
            table=[],
            csv=asking.plain_columns(_CSV),
            empty="",
            caption="",
        )


def _print_card(app: App, item: Item, envelope: Envelope, at: Viewpoint) -> None:
    from tracker.cli import asking
    from tracker.render import colors
    from tracker.render.card import card

    text = card(asking.for_people(item), color=app.use_color, width=app.width)
    line = asking.viewpoint_text(at, envelope)
    line = colors.paint(line[:1].upper() + line[1:], colors.QUIET, color=app.use_color)
    app.page(f"{text}\n{line}\n")


def _print_markdown(app: App, item: Item, envelope: Envelope, at: Viewpoint) -> None:
    """Write a heading and a table for each part of the card that is not empty."""
    from tracker.cli import asking
    from tracker.render.columns import Column
    from tracker.render.formats import as_text

    out: Any = io.StringIO() if app.terminal else sys.stdout
    write_utf8()
    item = asking.for_people(item)
    for title, rows, keys in (
        (item["initiative"], [item], _STATUS),
        ("Developments", item["developments"], _FACT),
        ("Plans", item["plans"], _PLAN),
        ("Links", item["links"], _LINK),
        ("Findings", item["findings"], _FINDING),
    ):
        if not rows:
            continue
        out.write(f"## {title}\n\n")
        columns = [Column(key, name) for key, name in keys.items()]
        out.write(as_text(rows, envelope=envelope, format="markdown", columns=columns))
        out.write("\n")
    out.write(f"{asking.viewpoint_text(at, envelope)}\n")
    if app.terminal:
        app.page(out.getvalue())


_STATUS = {
    "title": "title",
    "phase": "phase",
    "possible": "possible",
    "condition": "condition",
    "outcome": "outcome",
    "since": "since",
    "last_on": "last heard",
    "next_due": "next due",
    "parties": "parties",
    "sector": "sector",
    "tags": "tags",
    "summary": "summary",
    "retired.reason": "retired",
    "retired.merged_into": "merged into",
}
_SOURCE = {
    "sources.publisher": "publisher",
    "sources.title": "source",
    "sources.url": "address",
    "sources.grade": "grade",
}
_FACT = {
    "fact": "fact",
    "on": "on",
    "type": "type",
    "phase": "phase",
    "state": "state",
    "recorded_at": "recorded",
    "note": "note",
    **_SOURCE,
}
_PLAN = {"fact": "fact", "on": "on", "type": "type", "state": "state", "note": "note", **_SOURCE}
_LINK = {"initiative": "initiative", "kind": "kind", "other": "other"}
_FINDING = {"kind": "kind", "facts": "facts", "text": "what is odd"}

_CSV = (
    "initiative",
    "title",
    "lifecycle",
    "phase",
    "condition",
    "outcome",
    "basis",
    "certain",
    "possible",
    "possible_conditions",
    "since",
    "deciding.fact",
    "deciding_condition.fact",
    "last_on",
    "open_plans",
    "next_due",
    "summary",
    "parties",
    "sector",
    "tags",
    "developments.fact",
    "developments.on",
    "developments.type",
    "developments.state",
    "plans.fact",
    "plans.on",
    "plans.type",
    "plans.state",
    "findings.text",
    "retired.reason",
    "retired.merged_into",
)
