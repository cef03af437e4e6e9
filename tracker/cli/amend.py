"""``tracker amend``: correct a fact, or bring back what it said before."""

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
@click.argument("fact", shell_complete=complete.facts)
@click.option(
    "--type", metavar="TYPE", shell_complete=complete.types, help="What kind of development it is."
)
@click.option("--on", metavar="DATE", help="When it happened, or is planned for.")
@click.option("--by", metavar="DATE", help="For a plan: when it is to have happened at the latest.")
@options.source_options
@facts.add_source_options
@facts.fact_option("--fulfils", "The plan that this fulfils.")
@facts.fact_option("--after", "The development of the same date that came before this one.")
@facts.fact_option("--contradicts", "The development that this one speaks against.")
@click.option("--reason", metavar="TEXT", help="Why it is corrected.")
@click.option(
    "--revert-to",
    metavar="@POSITION",
    help="Take up what its version at this position said; brings back a withdrawn fact.",
)
@click.option(
    "--based-on",
    metavar="@POSITION",
    help="The version that you have seen; refuse if it is no longer the current one.",
)
@options.id_option
@facts.expect_version_option
@facts.edit_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker amend il-114#3 --on 2025-12-04 --reason "signed the day before"
    tracker amend il-114#3 --add-source https://example.org/text --add-grade A1 \\
        --reason "the text is out"
    tracker amend il-114#4 --by 2032 --based-on @17 --reason "two years late"
    tracker amend il-114#3 --note "" --reason "the note was about another"
    tracker amend il-114#3 --revert-to @12 --reason "withdrawn by mistake"
    tracker amend il-114#3 --edit
""")
@click.pass_context
@pass_app
def command(
    app: App,
    ctx: click.Context,
    /,
    *,
    fact: str,
    reason: str | None,
    by: str | None,
    revert_to: str | None,
    based_on: str | None,
    event_id: UUID | None,
    expect_version: int | None,
    edit: bool,
    dry_run: bool,
    format_name: Format,
    **given: Any,
) -> int | None:
    """Correct a fact: what is given changes, the rest stays.

    FACT is its handle (il-114#3), or the position (@17) or id of any of its events. The options
    about a source change the first of its sources part by part; --add-source adds another, which
    --add-grade and the like describe. An empty text clears what may be empty, as in --note "", or
    --on "" for a plan without a date. What was changed is said beside the receipt.

    With --edit all that stands is a text in your editor, every source with it; what is changed
    there changes, and it ends with 1 where that is nothing.

    Nothing is lost: every earlier version stays in the log, in every answer about what was known
    before, and can be taken up again with --revert-to.
    """
    from tracker.cli import receipts
    from tracker.domain.rules import check_plan

    if given["on"] is not None and by is not None:
        raise CalledWrongly("a plan is either --on a date or --by one; leave one of them out")
    if given["type"] is not None and not given["type"].strip():
        raise CalledWrongly("--type may not be empty; leave it out to keep what it says")
    added = facts.added_parts(given)
    if edit:
        from tracker.cli import amend_draft

        if revert_to is not None:
            raise CalledWrongly("--edit begins with what stands now; leave --revert-to out")
        asked = amend_draft.Correction.typed(
            fact,
            {**given, "on": facts.planned_on(given["on"], by), "reason": reason},
            add_sources=added,
            event_id=event_id,
            based_on=facts.position_of(based_on, "--based-on"),
            expect_version=expect_version,
            dry_run=dry_run,
        )
        return amend_draft.correction(app, ctx, asked, format_name)
    is_opened = "" in (given["on"], by)
    if is_opened:
        given["on"], by = "../..", None
    source, add_sources = facts.source_of(given), facts.added_sources(added)
    changes: dict[str, Any] = {
        name: text or None for name, text in given.items() if text is not None
    }
    if not (source or changes or by is not None or added or revert_to):
        raise CalledWrongly("nothing is said to change; say what, such as --on, --type or --note")
    revert_position = facts.position_of(revert_to, "--revert-to")
    based_position = facts.position_of(based_on, "--based-on")
    reason = reason if reason is not None else app.ask("--reason", "Reason")
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        if is_opened:
            check_plan(facts.standing(log, fact))
        receipt = log.amend(
            fact,
            reason=reason,
            by=by,
            source=source,
            add_sources=add_sources,
            event_id=str(event_id) if event_id else None,
            revert_to=revert_position,
            based_on=based_position,
            expect_version=expect_version,
            dry_run=dry_run,
            **changes,
        )
    receipts.show(app, receipt, format_name)
    return None
