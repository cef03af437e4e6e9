"""``tracker lifecycle``: list, show, check and adopt lifecycles."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, files, options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import CalledWrongly, NotFound, Refused

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.application import Tracker
    from tracker.domain.lifecycle import DevelopmentType, Lifecycle, Phase
    from tracker.render.formats import Format

    Item = dict[str, Any]


@shell.group()
@options.example("""
    tracker lifecycle list
    tracker lifecycle show co-production --graph
    tracker lifecycle check my-lifecycle.toml
""")
def command() -> None:
    """List, show, check and adopt lifecycles.

    A lifecycle is the ordered phases that a kind of initiative goes through, and which development
    enters which phase. Those that come with tracker are adopted by themselves, with the first
    initiative that names them; your own is a TOML file that you adopt.
    """


# --- list -----------------------------------------------------------------------------------------


@command.command("list")
@options.format_option
@options.example("""
    tracker lifecycle list
    tracker lifecycle list --json
""")
@pass_app
def list_(app: App, *, format_name: str) -> None:
    """List the lifecycles: those that come with tracker, and those in force in the log."""
    from tracker.application.shipped import shipped_names
    from tracker.cli import asking
    from tracker.render.columns import Column
    from tracker.render.formats import Envelope

    envelope = Envelope("tracker/lifecycle-list/1", None)
    known = ""
    try:
        with app.tracker() as log:
            at = log.viewpoint()
            envelope = asking.envelope(log, "lifecycle-list", at)
            known = f" ({asking.knowledge_text(at, envelope)})"
            versions = _versions(log)
            found = [
                _listed(log.lifecycle(name), versions.get(name, []))
                for name in sorted(log.lifecycles())
            ]
    except NotFound:  # no log yet: what comes with the tool is all there is
        found = [_listed(_shipped(name), []) for name in shipped_names()]
    asking.answer(
        app,
        found,
        envelope=envelope,
        format_name=format_name,
        table=[
            Column("name", "Lifecycle"),
            Column("title", "Title", wide=True),
            Column("phases", "Phases", align="right"),
            Column("types", "Types", align="right"),
            Column("since", "In force", show=_since_cell),
            Column("versions", "Versions", align="right", show=_versions_cell),
        ],
        csv=asking.plain_columns(
            ("name", "title", "phases", "types", "dormant_after_months", "shipped", "since")
        ),
        empty="There is no lifecycle.",
        caption=f"Those not adopted yet are so with the first initiative that names them{known}.",
    )


def _listed(lifecycle: Lifecycle, versions: list[int]) -> Item:
    from tracker.application.shipped import shipped_names

    return {
        "name": lifecycle.name,
        "title": lifecycle.title,
        "reference": lifecycle.reference,
        "phases": len(lifecycle.phases),
        "types": len(lifecycle.developments),
        "dormant_after_months": lifecycle.dormant_after,
        "shipped": lifecycle.name in shipped_names(),
        "since": versions[-1] if versions else None,
        "versions": versions,
    }


def _since_cell(item: Any) -> str:
    return f"since @{item['since']}" if item["since"] else "not adopted"


def _versions_cell(item: Any) -> str:
    return str(len(item["versions"]) or "")


def _versions(log: Tracker) -> dict[str, list[int]]:
    """The positions at which each lifecycle was adopted."""
    found: dict[str, list[int]] = {}
    for event, _, _ in log.events(kind="lifecycle-adopted"):
        found.setdefault(event.what.name, []).append(event.position)  # type: ignore[union-attr]
    return found


def _shipped(name: str) -> Lifecycle:
    from tracker.application.shipped import shipped_lifecycle, shipped_names
    from tracker.domain.nearest import did_you_mean

    found = shipped_lifecycle(name)
    if found is None:
        raise NotFound(
            f"there is no lifecycle {name!r}{did_you_mean(name, shipped_names())}"
            " (tracker lifecycle list shows them)"
        )
    return found


# --- show -----------------------------------------------------------------------------------------


@command.command("show")
@click.argument("name", shell_complete=complete.lifecycles)
@click.option("--graph", is_flag=True, help="Draw the phases, and what enters them.")
@options.viewpoint_options
@options.format_option
@options.example("""
    tracker lifecycle show co-production
    tracker lifecycle show trade-agreement --graph
    tracker lifecycle show co-production --known-at @17 --json
""")
@pass_app
def show(
    app: App,
    *,
    name: str,
    graph: bool,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: Format,
) -> None:
    """Show one lifecycle: its phases and their definitions, and the types of development.

    Any of the words listed under a type may be written for it. Shown is the definition in force at
    the viewpoint; one that is not adopted by then, as it comes with tracker.
    """
    from tracker.cli import asking, lifecycle_text
    from tracker.render.formats import Envelope

    envelope = Envelope("tracker/lifecycle/1", None)
    versions: list[int] = []
    known = ""
    try:
        opened = app.tracker()
    except NotFound:  # no log yet: what comes with the tool is all there is
        if known_at is not None or as_reported is not None:
            raise
        lifecycle = _shipped(name)
    else:
        with opened as log:
            at = log.viewpoint(as_of, known_at, as_reported)
            envelope = asking.envelope(log, "lifecycle", at)
            known = asking.knowledge_text(at, envelope)
            lifecycle = log.lifecycle(name, at)
            versions = [each for each in _versions(log).get(name, []) if each <= at.position]
    since = f"since @{versions[-1]}" if versions else "not adopted; comes with tracker"
    if format_name == "table" and graph:
        ascii_only = not _encodes("│○●◆◀─▶")
        text = lifecycle_text.graph(lifecycle, color=app.use_color, ascii_only=ascii_only)
        app.page(_captioned(text, known))
    elif format_name == "table":
        text = lifecycle_text.page(lifecycle, since, width=app.width, color=app.use_color)
        app.page(_captioned(text, known))
    else:
        item = _shown(lifecycle, versions)
        asking.answer(
            app,
            item["types"] if format_name in ("csv", "markdown") else [item],
            envelope=envelope,
            format_name=format_name,
            table=asking.plain_columns(("type", "title", "effect", "phase", "outcome", "aliases")),
            csv=asking.plain_columns(
                ("type", "title", "effect", "phase", "outcome", "aliases", "repeats")
            ),
            empty="",
            caption=known,
        )


def _captioned(text: str, known: str) -> str:
    return text.rstrip("\n") + (f"\n\n{known}\n" if known else "\n")


def _shown(lifecycle: Lifecycle, versions: list[int]) -> Item:
    return {
        **_listed(lifecycle, versions),
        "phases": [_phase(each) for each in lifecycle.phases],
        "types": [_type(each) for each in lifecycle.developments],
        "outcomes": list(lifecycle.outcomes),
    }


def _phase(phase: Phase) -> Item:
    return {
        "name": phase.name,
        "title": phase.title,
        "definition": phase.definition,
        "mandatory": phase.mandatory,
        "settled": phase.settled,
        "maps": dict(phase.maps),
    }


def _type(each: DevelopmentType) -> Item:
    return {
        "type": each.type,
        "title": each.title,
        "effect": each.effect.kind,
        "phase": each.effect.phase,
        "outcome": each.effect.outcome,
        "aliases": list(each.aliases),
        "repeats": each.repeats,
    }


def _encodes(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


# --- adopt ----------------------------------------------------------------------------------------


@command.command("adopt")
@click.argument("file")
@click.option(
    "--recorded-at",
    metavar="INSTANT",
    help="Assert that it has been in force since then, for history kept elsewhere.",
)
@options.id_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker lifecycle adopt my-lifecycle.toml
    tracker lifecycle adopt my-lifecycle.toml --recorded-at 2025-12-01T09:00:00Z
    cat my-lifecycle.toml | tracker lifecycle adopt - -n
""")
@pass_app
def adopt(
    app: App,
    *,
    file: str,
    recorded_at: str | None,
    event_id: UUID | None,
    dry_run: bool,
    format_name: Format,
) -> None:
    """Put the lifecycle in FILE, a TOML file, in force from here on.

    Answers about what was known before stay as they were. FILE may be - for standard input. The log
    is begun if there is none yet. With --recorded-at, the instant may not be before the last event
    of the log.
    """
    from tracker.cli import receipts
    from tracker.domain.lifecycle import read_lifecycle

    lifecycle = read_lifecycle(text_of(file), files.called(file))
    with app.tracker(create=True, dry_run=dry_run) as log:
        receipt = log.adopt(
            lifecycle,
            recorded_at=recorded_at,
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
        )
    receipts.show(app, receipt, format_name)


# --- check ----------------------------------------------------------------------------------------


@command.command("check")
@click.argument("file")
@options.example("""
    tracker lifecycle check my-lifecycle.toml
    cat my-lifecycle.toml | tracker lifecycle check -
""")
def check(*, file: str) -> int:
    """Check the lifecycle in FILE, a TOML file: every fault is printed, with where it is.

    FILE may be - for standard input. Needs no log. Ends with 1 if there are faults.
    """
    from tracker.cli.text import visible
    from tracker.domain.lifecycle import faults, read_lifecycle

    text = text_of(file)
    found = faults(text)
    for fault in found:
        click.echo(f"{visible(files.called(file))}: {visible(fault)}")
    if found:
        return 1
    lifecycle = read_lifecycle(text, files.called(file))
    phases, types = len(lifecycle.phases), len(lifecycle.developments)
    click.echo(
        f"{visible(files.called(file))}: no faults; {lifecycle.name} has {phases} phases and "
        f"{types} types of development, the common ones among them"
    )
    return 0


def text_of(file: str) -> str:
    """The text of *file*; CalledWrongly where there is none.

    Says how a lifecycle that ships is adopted, where that was named. Raises Refused for what is
    not UTF-8.
    """
    from tracker.application.shipped import shipped_names
    from tracker.domain.lifecycle_reader import LONGEST_FILE_BYTES

    try:
        content = files.content(file, LONGEST_FILE_BYTES, "a lifecycle")
    except FileNotFoundError:
        message = f"there is no file {file}"
        if file in shipped_names():
            message += (
                f"; {file} comes with tracker and is adopted by itself, with the first"
                f" initiative that names it: tracker register SLUG --lifecycle {file} …"
            )
        else:
            message += "; name the TOML file of a lifecycle, or - for standard input"
        raise CalledWrongly(message) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CalledWrongly(f"the file {file} cannot be read: {reason.lower()}") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(
            f"{files.called(file)} is not UTF-8 (at byte {error.start}); save it as UTF-8"
        ) from None
