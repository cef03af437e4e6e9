"""``tracker withdraw``: a fact should not stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli import complete, facts, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format


@shell.command()
@click.argument("fact", shell_complete=complete.facts)
@click.option("--reason", metavar="TEXT", help="Why it should not stand.")
@options.id_option
@facts.expect_version_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker withdraw il-114#3 --reason "it was about another aircraft"
    tracker withdraw @17 --reason "recorded twice" -n
""")
@pass_app
def command(
    app: App,
    *,
    fact: str,
    reason: str | None,
    event_id: UUID | None,
    expect_version: int | None,
    dry_run: bool,
    format_name: Format,
) -> None:
    """Say that a fact should not stand.

    FACT is its handle (il-114#3), or the position (@17) or id of any of its events. It no longer
    counts from here on; it stays in the log, and in every answer about what was known before. To
    bring it back: tracker amend FACT --revert-to @POSITION.
    """
    from tracker.cli import receipts

    reason = reason if reason is not None else app.ask("--reason", "Reason")
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        receipt = log.withdraw(
            fact,
            reason=reason,
            event_id=str(event_id) if event_id else None,
            expect_version=expect_version,
            dry_run=dry_run,
        )
    receipts.show(app, receipt, format_name)
