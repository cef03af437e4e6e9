"""``tracker register``: begin to track an initiative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli import complete, facts, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from tracker.application import Tracker
    from tracker.render.formats import Format

F = TypeVar("F", bound="Callable[..., Any]")


def profile_options(function: F) -> F:
    """``title``, ``lifecycle``, ``party``, ``sector``, ``tag``, ``part_of``, ``summary``."""
    made = [
        click.option("--title", metavar="TEXT", help="What it is called."),
        click.option(
            "--lifecycle",
            metavar="NAME",
            shell_complete=complete.lifecycles,
            help="The lifecycle it goes through; tracker lifecycle list shows them.",
        ),
        click.option(
            "--party",
            multiple=True,
            metavar="NAME",
            shell_complete=complete.parties,
            help="Who takes part; repeatable.",
        ),
        click.option(
            "--sector",
            metavar="TEXT",
            shell_complete=complete.sectors,
            help="The sector it belongs to.",
        ),
        click.option(
            "--tag",
            multiple=True,
            metavar="TEXT",
            shell_complete=complete.tags,
            help="A word to find it by; repeatable.",
        ),
        click.option(
            "--part-of",
            metavar="SLUG",
            shell_complete=complete.slugs,
            help="The larger initiative that it is part of.",
        ),
        click.option("--summary", metavar="TEXT", help="What it is about, in a sentence."),
    ]
    for decorate in reversed(made):
        function = decorate(function)
    return function


@shell.command()
@click.argument("slug")
@profile_options
@options.id_option
@facts.edit_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker register il-114 --title "Il-114-300" --lifecycle co-production
    tracker register fta --title "India-EAEU free trade agreement" \\
        --lifecycle trade-agreement --party India --party EAEU
    tracker register il-114-engine --title "TV7-117ST engine" \\
        --lifecycle co-production --part-of il-114 --tag engines -n
    tracker register il-114-engine --edit
""")
@click.pass_context
@pass_app
def command(
    app: App,
    ctx: click.Context,
    slug: str,
    *,
    title: str | None,
    lifecycle: str | None,
    party: tuple[str, ...],
    sector: str | None,
    tag: tuple[str, ...],
    part_of: str | None,
    summary: str | None,
    event_id: UUID | None,
    edit: bool,
    dry_run: bool,
    format_name: Format,
) -> int | None:
    """Begin to track an initiative, under the name SLUG.

    SLUG is what it is called in every command and never changes: small letters, digits and single
    hyphens. Its lifecycle says which phases it goes through; one that comes with tracker is adopted
    with the first initiative that names it. The log is begun if there is none yet.

    What is needed and left out is asked for, on a terminal; with --edit all of it is a text in your
    editor, and what is saved there is registered. Saved as it was, or empty, it ends with 1.
    """
    from tracker.cli import receipts

    if edit:
        from tracker.cli import profile_draft

        given = {"title": title, "lifecycle": lifecycle, "party": party, "sector": sector}
        given |= {"tag": tag, "part_of": part_of, "summary": summary}
        asked = profile_draft.Asked.typed(slug, given, event_id=event_id, dry_run=dry_run)
        return profile_draft.register(app, ctx, asked, format_name)

    title = title if title is not None else app.ask("--title", "Title", check=facts.check_text)
    if lifecycle is None and not app.interactive:
        app.ask("--lifecycle", "Lifecycle")  # says that it is missing
    with app.tracker(create=True, dry_run=dry_run) as log:
        lifecycle = lifecycle if lifecycle is not None else _ask_lifecycle(app, log)
        receipt = log.register(
            slug,
            title=title,
            lifecycle=lifecycle,
            parties=party,
            sector=sector,
            tags=tag,
            part_of=part_of,
            summary=summary,
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
        )
    receipts.show(app, receipt, format_name)
    return None


def _ask_lifecycle(app: App, log: Tracker) -> str:
    """Ask for a lifecycle that is in force, or comes with tracker."""
    return app.ask(
        "--lifecycle", "Lifecycle", choices=sorted(log.lifecycles()), check=log.lifecycle
    )
