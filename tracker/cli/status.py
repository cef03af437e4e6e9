"""``tracker status``: where initiatives stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tracker.application import Filters, StatusAnswer, Tracker
    from tracker.domain.viewpoint import Viewpoint
    from tracker.projections.outlines import Listed
    from tracker.projections.portfolio import Standing
    from tracker.render.columns import Column

    Item = Mapping[str, Any]

_S = TypeVar("_S", bound="Standing | Listed")

#: What ``--sort`` takes: the fields of an item that are one value.
SORTABLE = (
    "initiative",
    "title",
    "lifecycle",
    "phase",
    "condition",
    "outcome",
    "basis",
    "certain",
    "since",
    "last_on",
    "open_plans",
    "next_due",
)

# A table of more columns than these does not fit 80 cells; the title needs as many again.
_WIDE = 110

# How many initiatives are asked for their evidence at a time.
_PART = 500


@shell.command()
@click.argument("slugs", metavar="[SLUG]…", nargs=-1, shell_complete=complete.slugs)
@options.viewpoint_options
@options.filter_options
@click.option(
    "--sort",
    metavar="FIELD",
    help="Sort by this field of an item, downwards with a minus before it; what has none is last.",
)
@options.format_option
@options.example("""
    tracker status
    tracker status il-114 --as-of 2025-12
    tracker status --phase talks --uncertain --sort -since
    tracker status --as-reported 2025-12-31 --json
""")
@pass_app
def command(
    app: App,
    /,
    slugs: tuple[str, ...],
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    sort: str | None,
    format_name: str,
    **filters: Any,
) -> None:
    """Say where initiatives stand: those named, or all that are tracked.

    A phase with a question mark is the most that is sure: the dates leave another possible.
    Dormant is inferred from nothing having been heard for as long as the lifecycle says. Retired
    initiatives are left out unless they are named. A table of one initiative also says whose word
    it rests on; the other formats say so of every one.
    """
    from tracker.cli import asking, views

    only = asking.filters_from(filters)
    if sort is None and filters["view"] is not None:
        sort = views.view_named(filters["view"]).sort
    order = asking.sort_key(sort, SORTABLE) if sort is not None else None
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        found: Iterator[Item]
        if format_name == "table" and not slugs:
            listed = _sorted(log.listing(at, only), order)
            count, detailed = len(listed), False
            found = map(_listed_item, listed)
        else:
            standings = _sorted(_asked_about(log, slugs, at, only), order)
            count = len(standings)
            detailed = format_name != "table" or len(slugs) == 1 == count
            found = (
                _items(_with_evidence(log, standings, at))
                if detailed
                else map(_listed_item, standings)
            )
        envelope = asking.envelope(log, "status", at)
        view = asking.viewpoint_text(at, envelope)
        below = ""
        if detailed and format_name == "table":
            one = next(found)
            found, below = iter([one]), _below(app, asking.for_people(one))
        asking.answer(
            app,
            found,
            envelope=envelope,
            format_name=format_name,
            table=_table(is_wide=not app.terminal or app.width >= _WIDE),
            csv=asking.plain_columns(_CSV),
            empty=_empty(slugs, only, view),
            caption=f"{asking.counted(count, 'initiative')}, {view}",
            below=below,
        )


def _asked_about(
    log: Tracker, slugs: Sequence[str], at: Viewpoint, only: Filters
) -> list[Standing]:
    """The initiatives named that the filters fit; of all, without a name, those not retired."""
    if not slugs:
        return log.portfolio(at, only)
    named = [log.status(slug, at=at).standing for slug in slugs]
    if any(_given(only)):
        log.portfolio(at, only)  # for a value that no initiative has
    return [one for one in {s.initiative: s for s in named}.values() if only.fits(one)]


def _given(only: Filters) -> list[object]:
    """The values of the filters."""
    import attrs

    return list(attrs.astuple(only, recurse=False))


def _with_evidence(
    log: Tracker, standings: Sequence[Standing], at: Viewpoint
) -> Iterator[StatusAnswer]:
    for start in range(0, len(standings), _PART):
        yield from log.evidence(standings[start : start + _PART], at)


def _items(answers: Iterable[StatusAnswer]) -> Iterator[Item]:
    from tracker.application import items

    for answer in answers:
        yield {**items.status_item(answer), "retired": _retired(answer.standing)}


def _listed_item(standing: Standing | Listed) -> Item:
    """What a table of many shows of one."""
    from tracker.application import items

    return {**items.listed_item(standing), "retired": _retired(standing)}


def _retired(standing: Standing | Listed) -> Item | None:
    retired = getattr(standing, "retired", None)  # what is retired is never listed in short
    return {"reason": retired.reason, "merged_into": retired.merged_into} if retired else None


# --- order -----------------------------------------------------------------------------------


def _sorted(standings: list[_S], order: tuple[str, bool] | None) -> list[_S]:
    """Sort by a field, up or down; what has none comes last either way, ties are by slug."""
    from tracker.application import items

    if order is None:
        return standings
    field, downwards = order
    keyed: list[tuple[Any, _S]] = []
    for standing in sorted(standings, key=lambda s: s.initiative):
        value = items.listed_item(standing)[field]
        keyed.append((None if value is None else _key(field, value, standing), standing))
    having = sorted(
        (pair for pair in keyed if pair[0] is not None),
        key=lambda pair: pair[0],
        reverse=downwards,
    )
    return [standing for _, standing in (*having, *(p for p in keyed if p[0] is None))]


def _key(field: str, value: Any, standing: Standing | Listed) -> Any:
    """What sorts: dates by their last day, phases by their place in the lifecycle."""
    from tracker.domain.dates import parse_edtf

    if field in ("since", "last_on"):
        extent = parse_edtf(value)
        return (extent.hi, extent.lo)
    if field == "phase":
        return (standing.lifecycle.order_of(value), value)
    return value.casefold() if isinstance(value, str) else value


# --- tables ----------------------------------------------------------------------------------

_CSV = (
    "initiative",
    "title",
    "lifecycle",
    "phase",
    "phase_title",
    "condition",
    "outcome",
    "basis",
    "certain",
    "possible",
    "possible_conditions",
    "since",
    "deciding.fact",
    "deciding.type",
    "deciding.on",
    "deciding.sources.url",
    "deciding.sources.title",
    "deciding.sources.publisher",
    "deciding.sources.grade",
    "deciding_condition.fact",
    "deciding_condition.type",
    "deciding_condition.on",
    "last_on",
    "open_plans",
    "next_due",
    "findings.text",
    "retired.reason",
    "retired.merged_into",
)


def _table(*, is_wide: bool) -> list[Column]:
    from tracker.cli import asking
    from tracker.render import colors
    from tracker.render.columns import Column

    columns = [
        Column("initiative", "initiative"),
        Column("phase", "phase", show=asking.phase_text, style=colors.phase_style),
        Column("condition", "condition", show=_condition_text, style=colors.condition_style),
    ]
    title = Column("title", "title", wide=True, spare=not is_wide)
    if not is_wide:  # intervals may take two lines, so that six columns fit
        since = Column("since", "since", show=lambda item: asking.date_text(item["since"]))
        last = Column("last_on", "last heard", show=lambda item: asking.date_text(item["last_on"]))
        return [*columns, since, last, Column("next_due", "next due"), title]
    return [
        *columns,
        Column("since", "since"),
        Column("last_on", "last heard"),
        Column("next_due", "next due"),
        title,
    ]


def _condition_text(item: Item) -> str:
    """The condition in words, of what was registered by mistake that it was."""
    from tracker.cli import asking

    gone = item["retired"]
    if gone is None:
        return asking.condition_text(item)
    return f"retired (now {gone['merged_into']})" if gone["merged_into"] else "retired"


def _empty(slugs: Sequence[str], only: Filters, view: str) -> str:
    if any(_given(only)):
        whose = "of those named " if slugs else ""
        return f"No initiative {whose}fits these filters, {view}."
    return f"No initiative was tracked, {view}."


def _below(app: App, item: Item) -> str:
    """What the status of one initiative rests on, and what is odd about it."""
    from tracker.cli import asking
    from tracker.render import colors

    width = app.width if app.terminal else None
    color = app.use_color
    told = list(asking.lines(item["title"], width=width, style=colors.HEADING, color=color))
    if retired := item["retired"]:
        into = f" (now {retired['merged_into']})" if retired["merged_into"] else ""
        gone = f"Retired: {retired['reason']}{into}"
        told += asking.lines(gone, width=width, style=colors.WARNING, color=color)
    if not item["certain"]:
        told += asking.lines(_possible(item), width=width, color=color)
    for label, fact in _decided(item):
        decision = f"{label}: {fact['type']} on {fact['on'] or 'an open date'} ({fact['fact']})"
        told += asking.lines(decision, width=width, color=color)
        for source in fact["sources"]:
            told += asking.source_lines(source, width=width, indent="  ", color=color)
    for finding in item["findings"]:
        odd = asking.odd_text(finding)
        told += asking.lines(f"! {odd}", width=width, style=colors.WARNING, color=color)
    return "\n".join(told)


def _possible(item: Item) -> str:
    given = [("phase", item["possible"]), ("condition", item["possible_conditions"])]
    told = [f"{name} {' or '.join(values)}" for name, values in given if len(values) > 1]
    return f"Possible, as far as the dates say: {'; '.join(told)}"


def _decided(item: Item) -> list[tuple[str, Item]]:
    """The deciding developments, each once."""
    phase, condition = item["deciding"], item["deciding_condition"]
    if phase == condition:
        return [("Decided by", phase)] if phase else []
    given = [("Phase decided by", phase), ("Condition decided by", condition)]
    return [(label, fact) for label, fact in given if fact]
