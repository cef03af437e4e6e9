"""``tracker erase``: a text is deleted for good, and the log says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format

_FIELDS = ("note", "quote")


@shell.command()
@click.argument("fact", shell_complete=complete.facts)
@click.option(
    "--field",
    type=click.Choice(_FIELDS),
    help="Which text: the note, or the quotes of sources.",
)
@click.option("--reason", metavar="TEXT", help="Why it must go; this stays, so say no more of it.")
@options.id_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker erase il-114#3 --field note --reason "asked for by the person named in it"
    tracker erase @17 --field quote --reason "longer than the right to quote" -n
""")
@pass_app
def command(
    app: App,
    *,
    fact: str,
    field: str | None,
    reason: str | None,
    event_id: UUID | None,
    dry_run: bool,
    format_name: Format,
) -> None:
    """Delete the text of a note or a quote for good, from every version of a fact.

    FACT is its handle (il-114#3), or the position (@17) or id of any of its events. The text is
    deleted wherever this log has it, also for questions about what was known before; [erased]
    stands in its place. That it was erased, by whom, when and why, is recorded, and every hash,
    root and proof stays what it was. No status changes.

    It cannot be undone. Exports, backups and reports made before still hold the text, as do the
    files that were imported.
    """
    from tracker.cli import receipts
    from tracker.domain.erasure import check_text_field

    if field is None:
        field = app.ask("--field", "Field, note or quote", choices=_FIELDS, check=check_text_field)
    reason = reason if reason is not None else app.ask("--reason", "Reason")
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        receipt = log.erase(
            fact,
            field=field,
            reason=reason,
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
        )
    receipts.show(app, receipt, format_name)
