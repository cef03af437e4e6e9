"""``tracker revise``: change what is said about an initiative itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, facts, options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.register import profile_options
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from uuid import UUID

    from tracker.render.formats import Format


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@profile_options
@options.id_option
@facts.edit_option
@options.dry_run_option
@options.format_option
@options.example("""
    tracker revise il-114 --title "Il-114-300 regional aircraft" --sector aviation
    tracker revise fta --party India --party "Eurasian Economic Union"
    tracker revise fta --sector "" --lifecycle legislation -n
    tracker revise fta --edit
""")
@click.pass_context
@pass_app
def command(
    app: App,
    ctx: click.Context,
    /,
    *,
    slug: str,
    event_id: UUID | None,
    edit: bool,
    dry_run: bool,
    format_name: Format,
    **given: Any,
) -> int | None:
    """Change what is said about an initiative itself; what is not given stays.

    Parties and tags given take the place of all that were there. An empty text clears what may be
    empty, as in --sector "" or --tag ""; what it is part of is taken back with tracker unlink. With
    another lifecycle, the status is worked out by that one from here on; earlier answers stay as
    they were.

    With --edit all that stands is a text in your editor; what is changed there changes, and it ends
    with 1 where that is nothing.
    """
    from tracker.cli import receipts

    if edit:
        from tracker.cli import profile_draft

        asked = profile_draft.Asked.typed(slug, given, event_id=event_id, dry_run=dry_run)
        return profile_draft.revise(app, ctx, asked, format_name)

    part_of = given.pop("part_of")
    names = {"party": "parties", "tag": "tags"}
    changes = {names.get(name, name): value for name, value in given.items() if value not in _KEPT}
    if not changes and part_of is None:
        raise CalledWrongly("nothing is said to change; say what, such as --title or --party")
    with app.tracker(upgrade=True, dry_run=dry_run) as log:
        receipt = log.revise(
            slug,
            part_of=part_of,
            event_id=str(event_id) if event_id else None,
            dry_run=dry_run,
            **changes,
        )
    receipts.show(app, receipt, format_name)
    return None


# What an option is worth that was not given.
_KEPT: tuple[Any, ...] = (None, ())
