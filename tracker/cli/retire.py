"""``tracker retire``: take out what was registered by mistake, or twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@click.option("--reason", metavar="TEXT", help="Why it is taken out.")
@click.option(
    "--merged-into",
    metavar="SLUG",
    shell_complete=complete.slugs,
    help="The initiative that it is a duplicate of.",
)
@options.id_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker retire il-114-300 --reason "registered twice" --merged-into il-114
    tracker retire test --reason "a trial" -n
""")
@pass_app
def command(
    app: App,
    *,
    slug: str,
    reason: str | None,
    merged_into: str | None,
    event_id: UUID | None,
    dry_run: bool,
    format_name: Format,
) -> None:
    """Take out an initiative that was registered by mistake, or twice.

    It is left out of lists from here on; asked for by name, its card says where it went. An
    initiative that has ended is not retired: record how it ended. Refused while others are linked
    to it.
    """
    from tracker.cli import receipts

    reason = reason if reason is not None else app.ask("--reason", "Reason")
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        receipt = log.retire(
            slug,
            reason=reason,
            merged_into=merged_into,
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
        )
    receipts.show(app, receipt, format_name)
