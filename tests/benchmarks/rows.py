"""One line of the table: what was compared, how it came out, and what was to be reached."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from tests.benchmarks.measure import Spent

Kind = Literal["faster", "rate", "time", "megabytes", "trips"]

_WORDS = {
    "faster": "{} times faster",
    "rate": "{} of its rate",
    "time": "{} times its time",
    "megabytes": "{} MB more",
    "trips": "{} round trips",
}


@frozen
class Goal:
    """The figure to reach: a rate compared is to be at least *bound*, all else at most."""

    kind: Kind
    bound: float

    def reached(self, figure: float) -> bool:
        """Whether *figure* is as good."""
        if self.kind in ("faster", "rate"):
            return figure >= self.bound
        return figure <= self.bound

    def __str__(self) -> str:
        least = "at least" if self.kind in ("faster", "rate") else "at most"
        return f"{least} {in_words(self.kind, self.bound)}"


@frozen
class Row:
    """What was measured, against what; *ours* and *theirs* as they are shown."""

    what: str
    against: str
    ours: str
    theirs: str
    kind: Kind
    figure: float
    goal: Goal | None = None

    @property
    def verdict(self) -> str:
        """In words, whether the goal was reached."""
        if self.goal is None:
            return "–"
        return "reached" if self.goal.reached(self.figure) else "not reached"

    @property
    def cells(self) -> tuple[str, ...]:
        """The line, cell by cell."""
        goal = "–" if self.goal is None else str(self.goal)
        shown = in_words(self.kind, self.figure)
        return self.what, self.against, self.ours, self.theirs, shown, goal, self.verdict


HEADINGS = ("what", "against", "tracker", "the other", "so", "to reach", "")


def ratio(
    what: str,
    against: str,
    spent: dict[str, Spent],
    kind: Kind,
    bound: float | None = None,
    *,
    sides: tuple[str, str],
    each: int = 1,
    by_wall: bool = False,
) -> Row:
    """The row of two sides, ours first, that did the same *each* times.

    Of *kind* ``time`` the figure is our time over theirs, else theirs over ours. Processor time
    counts, unless *by_wall*.
    """
    ours, theirs = ((spent[side].wall if by_wall else spent[side].cpu) / each for side in sides)
    return Row(
        what=what,
        against=against,
        ours=seconds(ours),
        theirs=seconds(theirs),
        kind=kind,
        figure=ours / theirs if kind == "time" else theirs / ours,
        goal=None if bound is None else Goal(kind, bound),
    )


def in_words(kind: Kind, figure: float) -> str:
    """A figure with its unit; as many digits as mean something."""
    if kind == "trips":
        shown = f"{figure:g}"
    elif kind == "megabytes" or abs(figure) >= 10:
        shown = f"{round(figure):,}"  # a whole number, of which none is -0
    else:
        shown = f"{figure:.3g}"
    return _WORDS[kind].format(shown)


def seconds(value: float) -> str:
    """A time as a person reads it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size or unit == "µs":
            return f"{value / size:.3g} {unit}"
    raise AssertionError
