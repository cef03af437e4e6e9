"""``tracker attention``: what is dormant, overdue, contradictory or thinly sourced."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracker.application.overview import Concern
    from tracker.render.columns import Column

    Item = Mapping[str, Any]


@shell.command()
@click.argument("slugs", metavar="[SLUG]…", nargs=-1, shell_complete=complete.slugs)
@click.option("--dormant", is_flag=True, help="Initiatives of which nothing was heard long.")
@click.option("--overdue", is_flag=True, help="Plans that are past due and not on record as done.")
@click.option("--conflicts", is_flag=True, help="Sources that contradict each other.")
@click.option(
    "--single-source", is_flag=True, help="Statuses that rest on a single unconfirmed source."
)
@click.option(
    "--ties", is_flag=True, help="Equal dates where the order decides, and orders that lapsed."
)
@options.viewpoint_options
@options.filter_options_but_dormant
@options.format_option
@options.example("""
    tracker attention
    tracker attention il-114
    tracker attention --overdue --dormant --as-of 2026-06-30
    tracker attention --single-source --party India --phase talks
    tracker attention --conflicts --json
""")
@pass_app
def command(
    app: App,
    /,
    slugs: tuple[str, ...],
    *,
    dormant: bool,
    overdue: bool,
    conflicts: bool,
    single_source: bool,
    ties: bool,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
    **filters: Any,
) -> None:
    """List what needs somebody's attention; all five kinds unless some are named.

    It looks at the initiatives that are named, or at all, and leaves out what the filters do. The
    most pressing kind comes first, and of each kind what has stood longest. Ages are counted up to
    the as-of date. Nothing here is an error in the log: what is odd is recorded and flagged.
    """
    from tracker.application.overview import CONCERNS, notice_item
    from tracker.cli import asking

    asked: dict[Concern, bool] = {
        "dormant": dormant,
        "overdue": overdue,
        "conflicts": conflicts,
        "single-source": single_source,
        "ties": ties,
    }
    concerns = [concern for concern in CONCERNS if asked[concern] or not any(asked.values())]
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        only = asking.filters_from(filters)
        notices = log.attention(at, concerns, initiatives=slugs, filters=only)
        items = list(map(notice_item, notices))
        envelope = asking.envelope(log, "attention", at)
        view = asking.viewpoint_text(at, envelope)
        if format_name == "table" and app.terminal and items:
            app.page(_digest(app, items, view))
            return
        asking.answer(
            app,
            items,
            envelope=envelope,
            format_name=format_name,
            table=_table(),
            csv=asking.plain_columns(_CSV),
            empty=f"Nothing needs attention, {view}.",
            caption=f"{asking.counted(len(items), 'notice')}, {view}",
        )


_CSV = ("initiative", "kind", "facts", "text", "since", "days")


_HEADINGS = {
    "plan-overdue": "Overdue",
    "dormant": "Dormant",
    "contradiction": "Conflicts",
    "equal-dates": "Ties",
    "order-lapsed": "Orders that lapsed",
    "single-source": "Single unconfirmed source",
}


def _digest(app: App, items: Sequence[Item], viewpoint: str) -> str:
    """For a person at a terminal: what there is of each kind, in lines that fit."""
    from tracker.cli import asking
    from tracker.render import colors

    told: list[str] = []
    for kind, group in groupby(map(asking.for_people, items), key=lambda item: str(item["kind"])):
        heading = colors.paint(_HEADINGS[kind], colors.HEADING, color=app.use_color)
        told += [""] * bool(told) + [heading]
        for item in group:
            age = f", {asking.counted(item['days'], 'day')}" if item["days"] is not None else ""
            since = f"since {item['since']}{age}" if item["since"] else "since an open date"
            named = f"{item['initiative']}, {since}"
            told += asking.lines(named, width=app.width, indent="  ", color=app.use_color)
            said = asking.odd_text(item)
            told += asking.lines(
                said, width=app.width, indent="      ", style=colors.QUIET, color=app.use_color
            )
    caption = f"{asking.counted(len(items), 'notice')}, {viewpoint}"
    told += ["", *asking.lines(caption, width=app.width, color=False)]
    return "\n".join(told) + "\n"


def _table() -> list[Column]:
    """For a pipe or a file: a line for each notice."""
    from tracker.cli import asking
    from tracker.render.columns import Column

    return [
        Column("initiative", "initiative"),
        Column("kind", "kind"),
        Column("since", "since"),
        Column("days", "days", align="right"),
        Column("text", "what", wide=True, show=asking.odd_text),
    ]
