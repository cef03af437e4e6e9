"""``tracker link``: connect two initiatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format

KINDS = ("part-of", "follows", "supersedes", "related-to")


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@click.argument("kind", metavar="part-of|follows|supersedes|related-to", type=click.Choice(KINDS))
@click.argument("other", metavar="SLUG", shell_complete=complete.slugs)
@options.id_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker link il-114-engine part-of il-114
    tracker link programme-2030 follows programme-2025
""")
@pass_app
def command(
    app: App,
    *,
    slug: str,
    kind: str,
    other: str,
    event_id: UUID | None,
    dry_run: bool,
    format_name: Format,
) -> None:
    """Connect two initiatives: the first is part of, follows, supersedes, or goes with the second.

    A connection changes nobody's status.
    """
    from tracker.cli import receipts

    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        receipt = log.link(
            slug, kind, other, event_id=str(event_id) if event_id else None, dry_run=dry_run
        )
    receipts.show(app, receipt, format_name)
