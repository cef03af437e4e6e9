"""``tracker plan``: something is stated to be going to happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, facts, options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format


@shell.command()
@click.argument("slug", required=False, shell_complete=complete.slugs)
@click.argument("type", required=False, shell_complete=complete.types)
@click.option("--on", metavar="DATE", help="When it is to happen: 2027, 2026-Q4, 2026/2028, …")
@click.option("--by", metavar="DATE", help="When it is to have happened at the latest.")
@options.source_options
@facts.add_source_options
@facts.fact_option("--contradicts", "The plan or development that this one speaks against.")
@options.id_option
@facts.expect_version_option
@facts.edit_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker plan il-114 serial-production-started --by 2030 \\
        --source https://example.org/plan
    tracker plan fta signed --on 2026-Q2 --stated-by "Minister of Commerce" \\
        --source "Press conference" --published 2025-12-05 --grade C3
    tracker plan fta entered-into-force --source "Joint statement" -n
    tracker plan il-114 --by 2030 --edit
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
    by: str | None,
    event_id: UUID | None,
    expect_version: int | None,
    edit: bool,
    dry_run: bool,
    format_name: Format,
    **given: Any,
) -> int | None:
    """Record something that is stated to be going to happen.

    SLUG is the initiative, TYPE the kind of development that is planned. Its date may be a time
    (--on), a limit (--by 2030 is ../2030), or open, with neither. A plan never changes the status
    of an initiative; it is fulfilled by recording what happened: tracker record … --fulfils FACT.
    When the date slips, amend the plan, and its history stays on record.

    What is left out is asked for, on a terminal; with --edit all of it is a text in your editor,
    and what is saved there is recorded. Saved as it was, or empty, it ends with 1.
    """
    from tracker.cli import receipts

    if on is not None and by is not None:
        raise CalledWrongly("a plan is either --on a date or --by one; leave one of them out")
    if edit:
        from tracker.cli import new_draft

        fact = new_draft.NewFact.typed(
            "planned",
            {"initiative": slug, "type": type, "on": facts.planned_on(on, by), **given},
            event_id=event_id,
            expect_version=expect_version,
            dry_run=dry_run,
        )
        return new_draft.new_fact(app, ctx, fact, format_name)
    is_asked = slug is None or type is None
    facts.need(app, slug=slug, type=type)
    sources = facts.sources_of(given)
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        slug = slug if slug is not None else facts.ask_slug(app, log)
        kind = type if type is not None else facts.ask_type(app, log, slug)
        if is_asked and on is None and by is None:
            on = facts.ask_planned_on(app)
        receipt = log.plan(
            slug,
            kind,
            on=on,
            by=by,
            source=sources or (facts.ask_sources(app) if app.interactive else ()),
            event_id=str(event_id) if event_id else None,
            expect_version=expect_version,
            dry_run=dry_run,
            **given,
        )
    receipts.show(app, receipt, format_name)
    return None
