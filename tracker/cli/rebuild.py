"""``tracker rebuild``: make the read tables again from the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.projections.rebuild import RebuildReport

# How many differences are listed of a table: what a database may count to.
_EVERY = 2**31


def _projections(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Complete names of projections, from a list: a shell does not wait for the database."""
    del ctx, param
    names = ("initiatives", "lifecycles", "facts", "plans", "links", "search")
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@shell.command()
@click.option(
    "--projection",
    "names",
    multiple=True,
    metavar="NAME",
    shell_complete=_projections,
    help="Only these of initiatives, lifecycles, facts, plans, links and search; repeatable.",
)
@click.option("--verify", is_flag=True, help="Print every row that stood there otherwise.")
@options.dry_run_option
@options.format_option
@options.example("""
    tracker rebuild
    tracker rebuild --dry-run --verify
    tracker rebuild --projection facts --projection plans
    tracker rebuild --projection search
""")
@pass_app
def command(
    app: App, *, names: tuple[str, ...], verify: bool, dry_run: bool, format_name: str
) -> None:
    """Make the read tables again from the log, and swap in what differs, in one transaction.

    Events are never touched, and others may record and ask meanwhile. A rebuild that is stopped
    leaves everything as it was; begin it again. With --dry-run it only says what differs.

    The index of search is made when somebody searches, and made again here as far as it is; named,
    it is brought to the end of the log. It is mended a few thousand events at a time.
    """
    from tracker.application import keeping
    from tracker.cli import asking
    from tracker.cli.verify import counted
    from tracker.projections.projection import choose
    from tracker.render.columns import Column
    from tracker.render.formats import Envelope
    from tracker.store.engine import translated

    choose(names)  # before a long wait
    with (
        app.tracker(upgrade=True, dry_run=dry_run) as log,
        translated(log.log.url),
        counted(app, log.head().position, "Rebuilding") as progress,
    ):
        report = keeping.rebuild(
            log.engine,
            names=names,
            dry_run=dry_run,
            progress=progress,
            listed=_EVERY if verify else 0,
        )
    asking.answer(
        app,
        _items(report, listed=verify),
        envelope=Envelope("tracker/rebuild/1", None),
        format_name=format_name,
        table=[
            Column("table", "table"),
            Column("rows", "rows", align="right"),
            Column("differing", "differing", align="right"),
        ],
        csv=asking.plain_columns(("table", "events", "rows", "differing", "swapped")),
        empty="",
        caption="",
        below="\n".join(_below(report, listed=verify)),
    )


def _items(report: RebuildReport, *, listed: bool) -> Iterator[dict[str, Any]]:
    for table, rows in report.rows.items():
        yield {
            "table": str(table),
            "events": report.events,
            "rows": rows,
            "differing": report.differing[table],
            "swapped": report.swapped and report.differing[table] > 0,
            "differences": [
                {
                    "key": list(each.key),
                    "before": each.before,
                    "after": each.after,
                    "text": str(each),
                }
                for each in report.differences
                if listed and each.table == table
            ],
        }


def _below(report: RebuildReport, *, listed: bool) -> Iterator[str]:
    from tracker.render.safe import escape

    if listed:
        yield from (escape(f"! {each}") for each in report.differences)
    count = sum(report.differing.values())
    if count == 0:
        yield f"The read tables say what {report.events} events say."
    elif report.swapped:
        yield f"Put right: {count} {'row' if count == 1 else 'rows'}, from {report.events} events."
    else:
        yield f"Would put right {count} {'row' if count == 1 else 'rows'}; nothing was changed."
