"""``tracker unlink``: take a connection back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.link import KINDS

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@click.argument("kind", metavar="part-of|follows|supersedes|related-to", type=click.Choice(KINDS))
@click.argument("other", metavar="SLUG", shell_complete=complete.slugs)
@click.option("--reason", metavar="TEXT", help="Why they are not connected.")
@options.id_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker unlink il-114-engine part-of il-114 --reason "it stands alone"
""")
@pass_app
def command(
    app: App,
    *,
    slug: str,
    kind: str,
    other: str,
    reason: str | None,
    event_id: UUID | None,
    dry_run: bool,
    format_name: Format,
) -> None:
    """Say that two initiatives are not, or no longer, connected."""
    from tracker.cli import receipts

    reason = reason if reason is not None else app.ask("--reason", "Reason")
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        receipt = log.unlink(
            slug,
            kind,
            other,
            reason=reason,
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
        )
    receipts.show(app, receipt, format_name)
