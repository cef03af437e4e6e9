"""``tracker diff``: what changed between two viewpoints, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracker.application import Filters, Tracker
    from tracker.domain.events import Event
    from tracker.domain.viewpoint import Viewpoint
    from tracker.render.formats import Column, Envelope

    Item = Mapping[str, Any]

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
    from tracker.cli import asking
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
            told = _in_words(log, told)
    between = _between(axis, before, after, envelope)
    remark = ", told backwards" if is_backwards(before, after) else ""
    asking.answer(
        app,
        told,
        envelope=envelope,
        format_name=format_name,
        table=_table(),
        csv=asking.plain_columns(_CSV),
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


# --- words -----------------------------------------------------------------------------------

_CSV = (
    "initiative",
    "before.phase",
    "before.condition",
    "before.outcome",
    "before.basis",
    "before.certain",
    "before.possible",
    "before.possible_conditions",
    "before.since",
    "after.phase",
    "after.condition",
    "after.outcome",
    "after.basis",
    "after.certain",
    "after.possible",
    "after.possible_conditions",
    "after.since",
    "causes.cause",
    "causes.fact",
    "causes.position",
    "causes.on",
    "causes.recorded_at",
)


def _table() -> list[Column]:
    from tracker.render.formats import Column

    return [
        Column("initiative", "initiative"),
        Column("change", "before → after", show=_change_text, wide=True),
        Column("words", "because", wide=True),
    ]


def _change_text(item: Item) -> str:
    before, after = _state(item["before"]), _state(item["after"])
    if before != after:
        return f"{before} → {after}"
    finer = [
        f"{name.replace('_', ' ')} {_value(item['before'][name])} → {_value(item['after'][name])}"
        for name in ("basis", "possible", "possible_conditions", "since")
        if item["before"][name] != item["after"][name]
    ]
    return f"{before}, {'; '.join(finer)}"


def _state(state: Item | None) -> str:
    """The phase, and the condition where it is not simply active."""
    from tracker.cli import asking

    if state is None:
        return "not listed"
    condition = asking.condition_text(state)
    phase = asking.phase_text(state)
    return phase if condition == "active" else f"{phase}, {condition}"


def _value(value: Any) -> str:
    return " or ".join(value) if isinstance(value, list) else str(value or "none")


def _in_words(log: Tracker, told: Sequence[Item]) -> list[dict[str, Any]]:
    """The same items, their causes told with what only the events behind them know."""
    from tracker.cli import asking

    positions = {c["position"] for item in told for c in item["causes"] if c["position"]}
    events = asking.events_at(log, positions)
    return [
        {
            **item,
            "words": "; ".join(_cause_text(c, events.get(c["position"])) for c in item["causes"]),
        }
        for item in told
    ]


def _cause_text(cause: Item, event: Event | None) -> str:
    """One cause in words: ``happened: talks-initiated on 2025-12-05 (il-114#2)``."""
    from tracker.cli import asking
    from tracker.domain.events import LifecycleAdopted, account_of

    kind, fact = cause["cause"], cause["fact"]
    if event is None:
        silence = {
            "lapsed": "nothing was heard, so that it was dormant from",
            "revived": "the silence that made it dormant had not lasted yet; dormant from",
        }
        return f"{kind}: {silence.get(kind, '')} {cause['on']}"
    account = account_of(event.what)
    day = asking.day_text(cause["recorded_at"])
    when = f"on {cause['on'] or 'an open date'}"
    reason = getattr(event.what, "reason", None)
    why = f": {reason}" if reason else ""
    if kind == "happened":
        return f"happened: {account.type if account else ''} {when} ({fact})"
    if kind in ("learned", "corrected"):
        said = account.type if account else ""
        return f"{kind}: {said} {when} ({fact}), @{event.position} of {day}{why}"
    if kind == "withdrawn":
        return f"withdrawn: what was {when} ({fact}), @{event.position} of {day}{why}"
    name = f" {event.what.name}" if isinstance(event.what, LifecycleAdopted) else ""
    return f"{kind}{name}, @{event.position} of {day}{why}"
