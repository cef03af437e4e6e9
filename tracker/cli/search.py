"""``tracker search``: find text in titles, facts and sources."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracker.render.columns import Column

    Item = Mapping[str, Any]


@shell.command()
@click.argument("words", metavar="TEXT…", nargs=-1, required=True)
@options.viewpoint_options
@options.format_option
@options.example("""
    tracker search feasibility
    tracker search "Ulan-Ude" plant
    tracker search rosatom --as-of 2025-12-31 --json
""")
@pass_app
def command(
    app: App,
    words: tuple[str, ...],
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
) -> None:
    """Find what has all the words of TEXT in it, whatever their case and in whatever order.

    It looks into the names, titles, summaries, parties, sectors and tags of initiatives, and into
    the types (by any of their names), notes, quotes and sources of their developments and plans,
    and who stated them: into what stands at the viewpoint, not into what was withdrawn or
    corrected. Parts of words are found too; an accent is a letter of its own.

    A thousand events that nobody has searched yet are indexed first, if you may write to the log;
    else they are looked through.
    """
    from tracker.application.overview import hit_item
    from tracker.cli import asking
    from tracker.cli.verify import counted

    text = " ".join(words)
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        with counted(app, log.head().position, "Indexing") as progress:
            log.index(progress)
        hits = map(hit_item, log.search(text, at))
        envelope = asking.envelope(log, "search", at)
        view = asking.viewpoint_text(at, envelope)
        if format_name in ("json", "jsonl", "csv"):
            asking.stream(
                hits,
                envelope=envelope,
                format_name=format_name,
                columns=asking.plain_columns(_CSV),
                caption=None,
            )
            return
        items = list(hits)
        if format_name == "table" and app.terminal and items:
            app.page(_digest(app, items, view))
            return
        asking.answer(
            app,
            items,
            envelope=envelope,
            format_name=format_name,
            table=_table(),
            csv=(),
            empty=f"Nothing found for {text!r}, {view}.",
            caption=f"{asking.counted(len(items), 'place')} found, {view}",
        )


_CSV = ("initiative", "title", "fact", "position", "on", "type", "field", "excerpt")


def _digest(app: App, items: Sequence[Item], viewpoint: str) -> str:
    """For a person at a terminal: what was found of each initiative, in lines that fit."""
    from tracker.cli import asking
    from tracker.render import colors

    told: list[str] = []
    shown = partial(asking.lines, width=app.width, color=app.use_color)
    for slug, group in groupby(
        map(asking.for_people, items), key=lambda item: str(item["initiative"])
    ):
        hits = list(group)
        named = f"{slug}: {hits[0]['title']}"
        told += [""] * bool(told) + list(shown(named, style=colors.HEADING))
        for hit in hits:
            place = " ".join(filter(None, (hit["fact"], hit["type"], hit["on"]))) or slug
            told += shown(f"{place}, {hit['field']}:", indent="  ")
            told += shown(hit["excerpt"], indent="      ", style=colors.QUIET)
    caption = f"{asking.counted(len(items), 'place')} found, {viewpoint}"
    told += ["", *asking.lines(caption, width=app.width, color=False)]
    return "\n".join(told) + "\n"


def _table() -> list[Column]:
    """For a pipe or a file: a line for each place."""
    from tracker.render.columns import Column

    return [
        Column("fact", "where", show=lambda item: item["fact"] or item["initiative"]),
        Column("on", "on"),
        Column("field", "in"),
        Column("excerpt", "text", wide=True),
    ]
