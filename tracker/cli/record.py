"""``tracker record``: something happened to an initiative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, facts, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format


@shell.command()
@click.argument("slug", required=False, shell_complete=complete.slugs)
@click.argument("type", required=False, shell_complete=complete.types)
@click.option("--on", metavar="DATE", help="When it happened: 2025-12-05, 2025-12, 2025-Q4, …")
@options.source_options
@facts.add_source_options
@facts.fact_option("--fulfils", "The plan that this fulfils.")
@facts.fact_option("--after", "The development of the same date that came before this one.")
@facts.fact_option("--contradicts", "The development that this one speaks against.")
@options.id_option
@facts.expect_version_option
@facts.edit_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker record il-114 "MoU signed" --on 2025-12-05 \\
        --source https://example.org/il-114
    tracker record fta round-held --on 2025-11 --source "Joint statement" \\
        --publisher "Ministry of Commerce" --published 2025-12-05 --grade B2
    tracker record il-114 first-flight --on 2026-03-30 --fulfils il-114#4 \\
        --source https://example.org/a --add-source https://example.com/b
    tracker record
    tracker record il-114 --edit
""")
@click.pass_context
@pass_app
def command(
    app: App,
    ctx: click.Context,
    /,
    *,
    slug: str | None,
    type: str | None,  # noqa: A002 -- the product's own word
    on: str | None,
    event_id: UUID | None,
    expect_version: int | None,
    edit: bool,
    dry_run: bool,
    format_name: Format,
    **given: Any,
) -> int | None:
    """Record something that happened to an initiative, on someone's word.

    SLUG is the initiative, or an unambiguous beginning of its name; TYPE the kind of development,
    by its name or any other word that the lifecycle knows for it (tracker lifecycle show lists
    them). What is left out is asked for, on a terminal; with --edit all of it is a text in your
    editor, and what is saved there is recorded. Saved as it was, or empty, it ends with 1.

    A date may be as imprecise as what is known of it: 2025, 2025-Q4, 2025-11/2026-02, yesterday. It
    is printed as it was understood. What has not happened yet is a plan: tracker plan.

    A move that the lifecycle finds odd is recorded all the same, and the finding printed.
    """
    from tracker.cli import receipts

    if edit:
        from tracker.cli import new_draft

        fact = new_draft.NewFact.typed(
            "occurred",
            {"initiative": slug, "type": type, "on": on, **given},
            event_id=event_id,
            expect_version=expect_version,
            dry_run=dry_run,
        )
        return new_draft.new_fact(app, ctx, fact, format_name)
    facts.need(app, slug=slug, type=type, on=on)
    sources = facts.sources_of(given)
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        slug = slug if slug is not None else facts.ask_slug(app, log)
        receipt = log.record(
            slug,
            type if type is not None else facts.ask_type(app, log, slug),
            on=on if on is not None else facts.ask_on(app),
            source=sources or (facts.ask_sources(app) if app.interactive else ()),
            event_id=str(event_id) if event_id else None,
            expect_version=expect_version,
            dry_run=dry_run,
            **given,
        )
    receipts.show(app, receipt, format_name)
    return None
