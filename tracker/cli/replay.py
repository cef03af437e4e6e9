"""``tracker replay``: the story, step by step."""

from __future__ import annotations

import math
import sys
import time
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click
from attrs import define, field

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tracker.application import Filters, Tracker
    from tracker.application.replaying import Axis, Step
    from tracker.domain.viewpoint import Viewpoint
    from tracker.render.columns import Column

    Item = Mapping[str, Any]

LONGEST_PACE_SECONDS = 3600
_NO_PACE = "--pace needs a number of seconds, such as 1.5"


class _Pace(click.FloatRange):
    """Seconds, which click calls a valid float."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        try:
            float(value)
        except ValueError:
            raise CalledWrongly(_NO_PACE) from None
        return float(super().convert(value, param, ctx))


@shell.command()
@click.argument("slugs", metavar="[SLUG]…", nargs=-1, shell_complete=complete.slugs)
@click.option(
    "--axis",
    type=click.Choice(["world", "knowledge"]),
    default="world",
    show_default=True,
    help="In the order in which things happened, or in which they were learned.",
)
@click.option(
    "--from",
    "since",
    metavar="DATE",
    help="Show no step before this date; along the knowledge axis also an instant or @POSITION.",
)
@click.option(
    "--to",
    "until",
    metavar="DATE",
    help="Show no step after this date; along the knowledge axis also an instant or @POSITION.",
)
@click.option("--step", "by_step", is_flag=True, help="Wait for Enter before every further step.")
@click.option(
    "--pace",
    metavar="SECONDS",
    type=_Pace(min=0, max=LONGEST_PACE_SECONDS),
    help="Wait so long before every further step, an hour at most.",
)
@click.option("--board", is_flag=True, help="After every step show where all then stood.")
@options.viewpoint_options
@options.filter_options
@options.format_option
@options.example("""
    tracker replay
    tracker replay il-114 --axis knowledge
    tracker replay --from 2025-12 --to 2026-02 --board
    tracker replay --axis knowledge --from @17 --format jsonl
    tracker replay --step
""")
@pass_app
def command(
    app: App,
    /,
    slugs: tuple[str, ...],
    axis: Axis,
    since: str | None,
    until: str | None,
    *,
    by_step: bool,
    pace: float | None,
    board: bool,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
    **filters: Any,
) -> None:
    """Tell the story, step by step: of the initiatives named, or of all that are tracked.

    Along the world's axis it tells the developments known at the viewpoint in the order in which
    they happened, and when an initiative fell dormant. Along the knowledge axis it tells the events
    of the log in the order in which they were learned, corrections included; statuses are those as
    of the one day. Filters choose initiatives by where they stand at the viewpoint. --from and --to
    cut out a part: the story itself always begins at its beginning.
    """
    from tracker.application.replaying import Bounds, step_item
    from tracker.cli import asking

    _check(app, format_name, by_step=by_step, pace=pace, board=board)
    bounds = Bounds.parsed(axis, since, until)
    only = asking.filters_from(filters)
    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        steps = log.replay(at, slugs, axis=axis, filters=only, bounds=bounds, hidden=board)
        envelope = asking.envelope(log, "replay", at, axis=axis)
        view = asking.viewpoint_text(at, envelope)
        if format_name != "table":
            asking.stream(
                map(step_item, steps),
                envelope=envelope,
                format_name=format_name,
                columns=_columns(format_name),
                caption=view,
            )
            return
        story = _Story(
            app, axis, Board(app, _not_started(log, at, slugs, only, axis)) if board else None
        )
        told = chain(story.told(steps), story.ending(view))
        if by_step or pace is not None:
            _act(app, told, by_step=by_step, pace=pace or 0)
        else:
            _print(app, told)


def _check(app: App, format_name: str, *, by_step: bool, pace: float | None, board: bool) -> None:
    """Refuse what does not go together."""
    if pace is not None and math.isnan(pace):  # which no bound keeps out
        raise CalledWrongly(_NO_PACE)
    given = {"--step": by_step, "--pace": pace is not None, "--board": board}
    if by_step and pace is not None:
        raise CalledWrongly("--step and --pace both say when to go on; leave one of the two out")
    for name, is_given in given.items():
        if is_given and format_name != "table":
            message = f"{name} is for reading along; leave it out with --format {format_name}"
            raise CalledWrongly(message)
    if by_step and not (app.interactive and app.terminal):
        why = "--no-input was given" if app.no_input else "there is no terminal"
        message = f"--step waits for Enter, and {why}; leave it out, or use --pace SECONDS"
        raise CalledWrongly(message)


# --- the story -------------------------------------------------------------------------------


@define
class _Story:
    """The steps as text, each with the board as it then stood where one is asked for."""

    app: App
    axis: Axis
    board: Board | None
    count: int = 0

    def told(self, steps: Iterable[Step]) -> Iterator[str]:
        """Every step that is shown, as it is to be printed."""
        from tracker.application.replaying import step_item
        from tracker.cli.asking import for_people
        from tracker.render import story

        for step in steps:
            if self.board is not None:
                self.board.take(step)
            if not step.is_shown:
                continue
            self.count += 1
            text = story.line(
                for_people(step_item(step)),
                color=self.app.use_color,
                ascii_only=not speaks_unicode(),
                learned=self.axis == "knowledge",
                width=self.app.width if self.app.terminal else None,
            )
            yield f"{text}\n{self.board.text()}\n" if self.board is not None else f"{text}\n"

    def ending(self, viewpoint: str) -> Iterator[str]:
        """The last line, known when all is told."""
        from tracker.cli import asking

        way = "happened" if self.axis == "world" else "was learned"
        counted = asking.counted(self.count, "step")
        if self.count == 0:
            yield self._fitted(f"No step to tell as it {way}, {viewpoint}.")
            return
        gap = "" if self.board is not None else "\n"
        yield gap + self._fitted(f"{counted} as it {way}, {viewpoint}")

    def _fitted(self, text: str) -> str:
        from tracker.render.widths import wrap

        return "\n".join(wrap(text, self.app.width) if self.app.terminal else [text]) + "\n"


@define
class Board:
    """Where all stand as the story goes on."""

    app: App
    not_started: int
    _states: dict[str, tuple[str, str]] = field(factory=dict)

    def take(self, step: Step) -> None:
        """Follow one more step."""
        if step.initiative is None:
            return
        if step.after is None:
            self._states.pop(step.initiative, None)
            return
        if step.initiative not in self._states and self.not_started:
            self.not_started -= 1
        self._states[step.initiative] = (step.after.phase, step.after.condition)

    def text(self) -> str:
        """The board as a table, indented below its step."""
        import io

        from tracker.render import colors, tables
        from tracker.render.columns import Column

        items = [
            {"initiative": slug, "phase": phase, "condition": condition}
            for slug, (phase, condition) in sorted(self._states.items())
        ]
        columns = [
            Column("initiative", "initiative"),
            Column("phase", "phase"),
            Column("condition", "condition", style=colors.condition_style),
        ]
        out = io.StringIO()
        others = f"and {self.not_started} not-started" if self.not_started else None
        nobody = "nobody is on the board yet"
        if self.app.terminal:
            width = max(self.app.width - 4, 20)
            tables.fitted(items, columns, out, self.app.use_color, width, nobody, others)
        else:
            tables.aligned(items, columns, out, nobody, others, color=self.app.use_color)
        return "".join(
            f"    {line}\n" if line.strip() else "" for line in out.getvalue().splitlines()
        )


def _not_started(
    log: Tracker, at: Viewpoint, slugs: Sequence[str], only: Filters, axis: Axis
) -> int:
    """How many will be on the board, and have not started as the story begins."""
    if axis == "knowledge":
        return 0
    if slugs:
        return len({log.status(slug, at=at).standing.initiative for slug in slugs})
    return len(log.portfolio(at, only))


def speaks_unicode() -> bool:
    """Whether standard output can carry arrows and blocks."""
    return (sys.stdout.encoding or "").lower().startswith("utf")


# --- telling it ------------------------------------------------------------------------------


def _print(app: App, told: Iterator[str]) -> None:
    """Print the story as it comes, on a terminal through a pager where it is longer."""
    if app.terminal:
        import shutil

        first = list(islice(told, shutil.get_terminal_size().lines))
        if sum(text.count("\n") for text in first) >= shutil.get_terminal_size().lines:
            app.page_through(chain(first, told))
            return
        told = iter(first)
    for text in told:
        click.echo(text, nl=False, color=app.use_color)


def _act(app: App, told: Iterator[str], *, by_step: bool, pace: float) -> None:
    """Print the story as somebody reads along."""
    if by_step:
        app.say("Enter goes on, q and Enter ends.")
    for number, text in enumerate(told):
        if number and by_step and _ends():
            return
        if number:
            time.sleep(pace)
        click.echo(text, nl=False, color=app.use_color)
        sys.stdout.flush()


def _ends() -> bool:
    """Wait for Enter; say whether that was the end."""
    answer = sys.stdin.readline()
    return not answer or answer.strip().lower() in {"q", "quit"}


def _columns(format_name: str) -> list[Column]:
    from tracker.cli import asking
    from tracker.render.columns import Column

    if format_name == "csv":
        return asking.plain_columns(_CSV)
    return [
        Column("position", "position"),
        Column("on", "on"),
        Column("recorded_at", "recorded at"),
        Column("initiative", "initiative"),
        Column("kind", "kind"),
        Column("type", "type"),
        Column("before", "before", show=lambda item: _state(item["before"])),
        Column("after", "after", show=lambda item: _state(item["after"])),
        Column("note", "note"),
    ]


def _state(state: Item | None) -> str:
    return f"{state['phase']}, {state['condition']}" if state else ""


_CSV = (
    "position",
    "on",
    "recorded_at",
    "initiative",
    "kind",
    "type",
    "before.phase",
    "before.condition",
    "after.phase",
    "after.condition",
    "note",
    "mode",
)
