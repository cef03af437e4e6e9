"""``tracker stats``: how many stand where, for how long, and how soon it was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tracker.render.columns import Column

    Item = Mapping[str, Any]


@shell.command()
@options.viewpoint_options
@options.filter_options
@options.format_option
@options.example("""
    tracker stats
    tracker stats --as-of 2025-12-31 --lifecycle co-production
    tracker stats --format csv > stats.csv
""")
@pass_app
def command(
    app: App,
    /,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
    **filters: Any,
) -> None:
    """Count initiatives by phase, the days they spent in each, and the delay of recording.

    Times are days: the median, and the quartiles between which half of them lie. A stay in a phase
    begins when the phase is entered, lasts while the initiative is suspended or dormant, and is
    over when another phase is entered or the initiative ends. The delay is counted from the last
    day on which a development can have happened to the day on which it was first recorded.
    """
    from tracker.application.overview import figure_item
    from tracker.cli import asking

    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        items = list(map(figure_item, log.stats(at, filters=asking.filters_from(filters))))
        envelope = asking.envelope(log, "stats", at)
        is_pivoted = format_name in ("table", "markdown")
        asking.answer(
            app,
            _by_phase(items) if is_pivoted else items,
            envelope=envelope,
            format_name=format_name,
            table=_table(),
            csv=asking.plain_columns(_CSV),
            empty=f"No initiative to count, {asking.viewpoint_text(at, envelope)}.",
            caption=_caption(items, asking.viewpoint_text(at, envelope)),
            below=_below(app, items),
        )


_CSV = (
    "measure",
    "lifecycle",
    "phase",
    "phase_title",
    "count",
    "first_quartile",
    "median",
    "third_quartile",
)


def _by_phase(items: Iterable[Item]) -> list[Item]:
    """A row for each phase, with what is there now and both kinds of stay."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for item in items:
        if item["phase"] is not None:
            key = (item["lifecycle"], item["phase"])
            row = rows.setdefault(key, {"lifecycle": key[0], "phase": key[1]})
            row[item["measure"]] = item
    return list(rows.values())


def _table() -> list[Column]:
    from tracker.render.columns import Column

    return [
        Column("lifecycle", "lifecycle"),
        Column("phase", "phase"),
        Column("now.count", "now", align="right", show=lambda row: _count(row, "now")),
        Column("ended.median", "days spent", show=lambda row: _times(row, "ended")),
        Column("running.median", "days so far", show=lambda row: _times(row, "running")),
    ]


def _count(row: Item, measure: str) -> str:
    return str(row[measure]["count"]) if measure in row else "0"


def _times(row: Item, measure: str) -> str:
    """``120 (90–150) of 4``; the days alone where there was one."""
    item = row.get(measure)
    return _spread(item) if item else ""


def _spread(item: Item) -> str:
    median = _number(item["median"])
    if item["count"] == 1:
        return median
    quartiles = f"{_number(item['first_quartile'])}–{_number(item['third_quartile'])}"
    return f"{median} ({quartiles}) of {item['count']}"


def _number(value: float) -> str:
    return f"{value:.10g}" if value == int(value) else f"{value:.1f}"


def _below(app: App, items: Sequence[Item]) -> str:
    """What the figures are, and how soon things were recorded."""
    from tracker.cli import asking

    if not items:
        return ""
    told = ["Days: the median, the quartiles in brackets, and of how many stays."]
    delays = [item for item in items if item["measure"] == "delay"]
    told += [
        f"Delay of recording: {_spread(item)}{' developments' * (item['count'] > 1)}."
        for item in [each for each in delays if each["lifecycle"] is None] or delays
    ]
    width = app.width if app.terminal else None
    return "\n".join(line for each in told for line in asking.lines(each, width=width, color=False))


def _caption(items: Sequence[Item], viewpoint: str) -> str:
    from tracker.cli import asking

    count = sum(item["count"] for item in items if item["measure"] == "now")
    return f"{asking.counted(count, 'initiative')}, {viewpoint}"
