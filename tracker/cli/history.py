"""``tracker history``: what happened to an initiative, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracker.render.columns import Column

    Item = Mapping[str, Any]

_WIDE = 110


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@options.viewpoint_options
@click.option(
    "--axis",
    type=click.Choice(["world", "knowledge"]),
    default="world",
    show_default=True,
    help="In which order: as it happened, or as it was learned.",
)
@options.format_option
@options.example("""
    tracker history il-114
    tracker history il-114 --axis knowledge
    tracker history il-114 --known-at @17 --format csv
""")
@pass_app
def command(
    app: App,
    /,
    slug: str,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    axis: str,
    format_name: str,
) -> None:
    """Tell what happened to an initiative, in order: every version of every fact.

    What was said first stands beside what took its place: a version is current, amended or
    withdrawn, and the remarks say why it was made or taken back. Plans stand where they are due.
    """
    from tracker.application import items
    from tracker.cli import asking

    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        standing = log.status(slug, at=at).standing
        entries = log.history(standing.initiative, at, axis)
        envelope = asking.envelope(log, "history", at, initiative=standing.initiative, axis=axis)
    name, view = standing.initiative, asking.viewpoint_text(at, envelope)
    told = [items.history_item(entry) for entry in entries]
    retired = standing.retired
    into = f" (now {retired.merged_into})" if retired and retired.merged_into else ""
    asking.answer(
        app,
        told,
        envelope=envelope,
        format_name=format_name,
        table=_wide_table() if not app.terminal or app.width >= _WIDE else _narrow_table(),
        csv=asking.plain_columns(_CSV),
        empty=f"Nothing that happened to {name} is on record, {view}.",
        caption=f"{name}: {asking.counted(len(told), 'version')}, {view}",
        below="\n".join(
            asking.lines(
                f"Retired: {retired.reason}{into}", width=None, style="bold", color=app.use_color
            )
        )
        if retired
        else "",
    )


_CSV = (
    "fact",
    "position",
    "type",
    "on",
    "lo",
    "hi",
    "mode",
    "effect",
    "phase",
    "state",
    "recorded_at",
    "recorded_by",
    "sources.url",
    "sources.title",
    "sources.publisher",
    "sources.published_on",
    "sources.accessed_on",
    "sources.quote",
    "sources.grade",
    "note",
    "stated_by",
    "reason",
    "ended_because",
    "changed.field",
    "time",
)


def _wide_table() -> list[Column]:
    from tracker.cli import asking
    from tracker.render.columns import Column

    return [
        Column("fact", "fact", style=_style),
        Column("position", "at", show=_position_text),
        Column("on", "on", style=_style),
        Column("type", "type", show=_type_text, style=_style),
        Column("phase", "effect", show=_effect_text, style=_style),
        Column("state", "state", style=_state_style),
        Column("recorded_at", "recorded", show=lambda i: asking.day_text(i["recorded_at"])),
        Column("sources", "source", show=_source_text, wide=True),
        Column("reason", "remarks", show=_remarks_text, wide=True),
    ]


def _narrow_table() -> list[Column]:
    """The same in five columns; the caption names the initiative."""
    from tracker.cli import asking
    from tracker.render.columns import Column

    return [
        Column(
            "fact",
            "fact",
            show=lambda i: f"#{i['fact'].rpartition('#')[2]} {_position_text(i)}",
            style=_style,
        ),
        Column("on", "on", show=lambda i: asking.date_text(i["on"]), style=_style),
        Column(
            "type",
            "type → effect",
            show=lambda i: " → ".join(filter(None, (_type_text(i), _effect_text(i)))),
            style=_style,
        ),
        Column(
            "state",
            "recorded",
            show=lambda i: f"{asking.day_text(i['recorded_at'])} {i['state']}",
            style=_state_style,
        ),
        Column(
            "sources",
            "source, remarks",
            show=lambda i: "; ".join(filter(None, (_source_text(i), _remarks_text(i)))),
            wide=True,
        ),
    ]


def _position_text(item: Item) -> str:
    return f"@{item['position']}"


def _remarks_text(item: Item) -> str:
    """Why this version was made and what it changed, why it was taken back, what was noted."""
    from tracker.render.corrected import changed_text

    told = {
        "corrected": item["reason"],
        "changed": changed_text(item),
        "withdrawn": item["ended_because"],
        "note": item["note"],
    }
    return "; ".join(f"{label}: {text}" for label, text in told.items() if text)


def _type_text(item: Item) -> str:
    return f"plan: {item['type']}" if item["mode"] == "planned" else str(item["type"])


def _effect_text(item: Item) -> str:
    """What it does: the phase it enters, or that it suspends, resumes or ends."""
    if item["phase"]:
        return str(item["phase"])
    return "" if item["effect"] in (None, "none") else str(item["effect"])


def _source_text(item: Item) -> str:
    named = [
        (source["publisher"] or source["title"] or source["url"] or "")
        + (f" [{source['grade']}]" if source["grade"] else "")
        for source in item["sources"]
    ]
    return ", ".join(named)


def _style(item: Item) -> str | None:
    return None if item["state"] == "current" else "dim"


def _state_style(item: Item) -> str | None:
    return None if item["state"] == "current" else "yellow"
