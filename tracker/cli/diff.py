"""``tracker diff``: what changed between two viewpoints, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import Refused

if TYPE_CHECKING:
    from tracker.application import Filters, Tracker
    from tracker.domain.viewpoint import Viewpoint
    from tracker.render.formats import Envelope

AXES = ("world", "knowledge", "reported")


@shell.command()
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@click.option(
    "--axis",
    type=click.Choice(AXES),
    default="world",
    show_default=True,
    help="What lies between FROM and TO: time in the world, what was learned, or both at once.",
)
@click.option("--as-of", metavar="DATE", help="With --axis knowledge: the day asked about.")
@click.option("--known-at", metavar="INSTANT", help="With --axis world: what the log knew then.")
@options.filter_options
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there is a difference.")
@options.format_option
@options.example("""
    tracker diff 2025-12-01 2025-12-31
    tracker diff @10 @17 --axis knowledge
    tracker diff 2025-12-05 today --axis knowledge --as-of 2025-12-05
    tracker diff 2025-11-30 2025-12-31 --axis reported --party India --exit-code
""")
@pass_app
def command(
    app: App,
    /,
    start: str,
    end: str,
    axis: str,
    as_of: str | None,
    known_at: str | None,
    exit_code: bool,  # noqa: FBT001  click passes it by name
    format_name: str,
    **filters: Any,
) -> int | None:
    """Say what changed from FROM to TO, and why.

    Along the world's axis FROM and TO are days, both seen with what is known now, or at
    --known-at. Along the knowledge axis they are instants, days or positions (@17), and the answers
    are about today, or --as-of. Along the reported axis they are days, each as it would have been
    reported on that day.

    Filters keep what fits at either end. FROM may be the later one: then the answer is told the
    other way round, and marked reversed.
    """
    from tracker.application import items
    from tracker.cli import asking, changed
    from tracker.domain.changes import is_backwards

    _one_time_is_free(axis, as_of, known_at)
    with app.tracker() as log:
        before, after = _viewpoints(log, axis, start, end, as_of=as_of, known_at=known_at)
        only = _only(log, before, after, asking.filters_from(filters))
        changes = log.diff(before, after, only)
        envelope = asking.envelope(
            log,
            "diff",
            after,
            **{"from": asking.viewpoint_item(log, before)},
            axis=axis,
            reversed=is_backwards(before, after),
        )
        told = [items.change_item(change) for change in changes]
        if format_name in ("table", "markdown"):
            told = changed.in_words(told, asking.events_at(log, changed.positions(told)))
    between = _between(axis, before, after, envelope)
    remark = ", told backwards" if is_backwards(before, after) else ""
    asking.answer(
        app,
        told,
        envelope=envelope,
        format_name=format_name,
        table=changed.table(),
        csv=asking.plain_columns(changed.CSV),
        empty=f"Nothing changed {between}{remark}.",
        caption=f"{asking.counted(len(told), 'initiative')} changed {between}{remark}",
    )
    return 1 if exit_code and told else None


# --- what is compared ------------------------------------------------------------------------


def _one_time_is_free(axis: str, as_of: str | None, known_at: str | None) -> None:
    """Refuse an option for the time that FROM and TO already say."""
    if as_of is not None and axis != "knowledge":
        raise click.UsageError(
            "--as-of goes with --axis knowledge; FROM and TO already say the days."
        )
    if known_at is not None and axis != "world":
        raise click.UsageError(
            "--known-at goes with --axis world; FROM and TO already say what was known."
        )


def _viewpoints(
    log: Tracker, axis: str, start: str, end: str, *, as_of: str | None, known_at: str | None
) -> tuple[Viewpoint, Viewpoint]:
    """The two viewpoints; the time that does not move is worked out once."""
    from attrs import evolve

    for given in (start, end):
        if axis != "knowledge" and given.strip().startswith("@"):
            raise Refused(
                f"{given.strip()!r} is a position and no date; positions go with --axis knowledge"
            )
    if axis == "world":
        before = log.viewpoint(as_of=start, known_at=known_at)
        after = log.viewpoint(as_of=end, known_at=f"@{before.position}")
        return before, evolve(after, known_at=before.known_at)
    if axis == "knowledge":
        before = log.viewpoint(as_of=as_of, known_at=start)
        return before, evolve(log.viewpoint(known_at=end), as_of=before.as_of)
    return log.viewpoint(as_reported=start), log.viewpoint(as_reported=end)


def _only(log: Tracker, before: Viewpoint, after: Viewpoint, filters: Filters) -> list[str] | None:
    """The initiatives that fit at either end; None for all."""
    from tracker.application import Filters
    from tracker.application.answers import check_filters

    if filters == Filters():
        return None
    standings = [*log.portfolio(before), *log.portfolio(after)]
    check_filters(filters, standings)
    return sorted({each.initiative for each in standings if filters.fits(each)})


def _between(axis: str, before: Viewpoint, after: Viewpoint, envelope: Envelope) -> str:
    from tracker.cli import asking

    if axis == "world":
        days = f"from {before.as_of.isoformat()} to {after.as_of.isoformat()}"
        return f"{days}, {asking.knowledge_text(after, envelope)}"
    earlier, later = envelope.extra["from"], envelope.viewpoint or {}
    known = f"from {asking.place_text(earlier)}, to {asking.place_text(later)}"
    if axis == "knowledge":
        return f"in what is known {known}, as of {after.as_of.isoformat()}"
    days = f"from {before.as_of.isoformat()} to {after.as_of.isoformat()}"
    return f"{days} as reported on each (known {known.removeprefix('from ')})"
