"""The timeline as text: an axis, a band of phases per initiative, its marks, and a legend.

A band shows much in few characters, so nothing is left to it alone: the legend names every phase
and every mark with its dates. Shapes differ as well as colours, and there is an ASCII form.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Literal

import attrs

from tracker.render.colors import HEADING, QUIET, WARNING, condition_style, paint
from tracker.render.safe import escape
from tracker.render.timeline_axis import Axis, extent_text
from tracker.render.widths import pad, text_width, wrap

MarkKind = Literal["development", "plan", "overdue", "fulfilled", "amended", "withdrawn"]


@attrs.frozen
class Span:
    """A time in one phase and condition, to *end* inclusive; without an end it continues."""

    phase: str
    phase_title: str
    condition: str
    start: date
    end: date | None
    imprecise: bool = False
    inferred: bool = False


@attrs.frozen
class Mark:
    """Something on one day, or on some day between *on* and *until*, both inclusive.

    An open beginning is `date.min` and an open end `date.max`.
    """

    on: date
    until: date
    kind: MarkKind
    label: str


@attrs.frozen
class TimelineRow:
    """One initiative on the timeline."""

    initiative: str
    title: str
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()


# What each kind of time and mark looks like: Unicode, ASCII, and the words of the key.
FILLS = {
    "active": ("█", "=", "active"),
    "suspended": ("─", "-", "suspended"),
    "ended": ("▁", "_", "ended"),
    "imprecise": ("░", ":", "dates imprecise"),
    "inferred": ("·", ".", "dormant or inferred"),
}
_SYMBOLS = {
    "development": ("●", "o", "development"),
    "imprecise": ("○", "?", "on some day of an extent"),
    "plan": ("◇", "^", "plan"),
    "overdue": ("!", "!", "overdue"),
    "fulfilled": ("◆", "#", "fulfilled plan"),
    "amended": ("◌", "%", "amended since"),
    "withdrawn": ("×", "x", "withdrawn"),
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CONTINUES = ("▶", ">", "continues")
_EXTENT = ("┄", "~", "as long as the extent")
_SEVERAL = ("2", "2", "that many marks in one place (* over nine)")
_KEY = (*FILLS.values(), _CONTINUES, *_SYMBOLS.values(), _EXTENT, _SEVERAL)
_RULE, _TICK = ("─", "-"), ("┬", "+")

Cell = tuple[str, str | None]


def fill_of(span: Span) -> str:
    """Say how a span is drawn: as imprecise, as inferred, or by its condition."""
    if span.imprecise:
        return "imprecise"
    if span.inferred or span.condition == "dormant":
        return "inferred"
    return span.condition if span.condition in FILLS else "active"


def symbol_of(mark: Mark) -> str:
    """Say how a mark is drawn: a development with an extent is not on a day."""
    return "imprecise" if mark.kind == "development" and mark.on < mark.until else mark.kind


def place(mark: Mark) -> date:
    """Say where a mark stands: a plan on the day it is due, anything else where it may begin."""
    due = mark.kind in {"plan", "overdue", "fulfilled"} and mark.until < date.max
    return mark.until if due or mark.on == date.min else mark.on


def is_shown(mark: Mark, axis: Axis) -> bool:
    """Tell whether a mark has a place on *axis*; a plan without any date has none."""
    dated = mark.on > date.min or mark.until < date.max
    return dated and axis.start <= place(mark) <= axis.end


def span_text(span: Span) -> str:
    """Say a span in words, with everything that the band only hints at."""
    remarks = [] if span.condition == "active" else [span.condition]
    remarks += ["inferred"] * span.inferred + ["dates imprecise"] * span.imprecise
    remark = f" ({', '.join(remarks)})" if remarks else ""
    return escape(f"{span.phase_title}: {extent_text(span.start, span.end)}{remark}")


def mark_text(mark: Mark) -> str:
    """Say a mark in words, with its dates."""
    kind = "" if mark.kind == "development" else f" ({mark.kind})"
    return escape(f"{extent_text(mark.on, mark.until)} {mark.label}{kind}")


def phase_letters(rows: Sequence[TimelineRow]) -> dict[str, str]:
    """Give each phase a letter, the same in every row; when they run out, `#`."""
    phases = dict.fromkeys(span.phase for row in rows for span in row.spans)
    return {phase: _LETTERS[n] if n < len(_LETTERS) else "#" for n, phase in enumerate(phases)}


def render_text(
    rows: Sequence[TimelineRow],
    *,
    start: date,
    end: date,
    width: int,
    today: date | None = None,
    ascii_only: bool = False,
    color: bool = False,
) -> str:
    """Draw *rows* from *start* to *end* in at most *width* columns, with a legend below.

    What continues is drawn up to *today*, the day that the question is about, or to the end.
    """
    drawn = max(width, 30)
    return _Drawing(tuple(rows), start, end, drawn, ascii_only, color, today or end).text()


@attrs.define
class _Drawing:
    """One timeline being drawn, and the key of what was used in it."""

    rows: tuple[TimelineRow, ...]
    start: date
    end: date
    width: int
    ascii_only: bool
    color: bool
    today: date
    axis: Axis = attrs.field(init=False)
    margin: int = attrs.field(init=False)
    letters: dict[str, str] = attrs.field(init=False)
    used: dict[tuple[str, str, str], None] = attrs.field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        names = [text_width(self.safe(row.initiative)) for row in self.rows]
        # A slug longer than a third of the line is cut here, and whole in the legend.
        self.margin = min(max(names, default=0), self.width // 3) + 2
        self.axis = Axis(self.start, self.end, self.width - self.margin)
        self.letters = phase_letters(self.rows)

    def text(self) -> str:
        lines = list(self.axis_lines())
        for row in self.rows:
            lines += self.row_lines(row)
        legend = [line for row in self.rows for line in self.legend_lines(row)]
        return "\n".join(line.rstrip() for line in [*lines, *self.key_lines(), *legend]) + "\n"

    def safe(self, text: str) -> str:
        shown = escape(text)
        return shown.encode("ascii", "backslashreplace").decode() if self.ascii_only else shown

    def sign(self, signs: tuple[str, ...]) -> str:
        return signs[1] if self.ascii_only else signs[0]

    def use(self, signs: tuple[str, str, str]) -> str:
        self.used[signs] = None
        return self.sign(signs)

    def axis_lines(self) -> Iterator[str]:
        labels, rule = "", [self.sign(_RULE)] * self.axis.size
        for at, label in self.axis.ticks(unit_of_text=1, gap=1):
            labels = pad(labels, at) + label
            rule[at] = self.sign(_TICK)
        yield " " * self.margin + labels
        yield " " * self.margin + "".join(rule)

    def row_lines(self, row: TimelineRow) -> Iterator[str]:
        name = self.safe(row.initiative)
        if text_width(name) > self.margin - 2:
            ellipsis = self.sign(("…", "..."))
            name = wrap(name, self.margin - 2 - len(ellipsis))[0] + ellipsis
        yield pad(name, self.margin) + self.joined(self.band(row))
        if self.shown_marks(row):
            yield " " * self.margin + self.joined(self.mark_cells(row))

    def band(self, row: TimelineRow) -> list[Cell]:
        cells: list[Cell] = [(" ", None)] * self.axis.size
        for span in row.spans:
            if not self.axis.shows(span.start, span.end or self.today):
                continue
            style = condition_style({"condition": span.condition})
            first, last = self.axis.cell(span.start), self.axis.cell(span.end or self.today)
            fill = self.use(FILLS[fill_of(span)])
            cells[first : last + 1] = [(fill, style)] * (last - first + 1)
            if span.end is None and last > first:
                cells[last] = (self.use(_CONTINUES), style)
            cells[first] = (self.letters[span.phase], style)
        return cells

    def mark_cells(self, row: TimelineRow) -> list[Cell]:
        cells: list[Cell] = [(" ", None)] * self.axis.size
        shown = sorted(self.shown_marks(row), key=lambda mark: self.axis.cell(place(mark)))
        for mark in shown:
            first, last = self.axis.cell(mark.on), self.axis.cell(mark.until)
            if last > first and date.min < mark.on and mark.until < date.max:
                cells[first : last + 1] = [(self.use(_EXTENT), QUIET)] * (last - first + 1)
        for at, group in groupby(shown, key=lambda mark: self.axis.cell(place(mark))):
            cells[at] = self.mark_cell(list(group))
        return cells

    def shown_marks(self, row: TimelineRow) -> list[Mark]:
        return [mark for mark in row.marks if is_shown(mark, self.axis)]

    def mark_cell(self, marks: list[Mark]) -> Cell:
        style = WARNING if any(mark.kind == "overdue" for mark in marks) else None
        symbols = {symbol_of(mark): self.use(_SYMBOLS[symbol_of(mark)]) for mark in marks}
        if len(marks) == 1:
            return next(iter(symbols.values())), style
        self.use(_SEVERAL)
        return (str(len(marks)) if len(marks) < 10 else "*"), style

    def joined(self, cells: Sequence[Cell]) -> str:
        runs = groupby(cells, key=lambda cell: cell[1])
        return "".join(
            paint("".join(char for char, _ in run), style, color=self.color) for style, run in runs
        )

    def key_lines(self) -> Iterator[str]:
        """Explain the signs that were drawn, and only those."""
        entries = [f"{self.sign(signs)} {signs[2]}" for signs in _KEY if signs in self.used]
        yield ""
        line = ""
        for entry in entries:
            candidate = f"{line}   {entry}" if line else entry
            if text_width(candidate) > self.width and line:
                yield line
                candidate = entry
            line = candidate
        yield from [line] if line else []

    def legend_lines(self, row: TimelineRow) -> Iterator[str]:
        yield ""
        for line in wrap(f"{self.safe(row.initiative)}: {self.safe(row.title)}", self.width):
            yield paint(line, HEADING, color=self.color)
        for span in row.spans:
            yield from self.entry(self.letters[span.phase], span_text(span))
        for mark in sorted(row.marks, key=lambda mark: (mark.on, mark.until)):
            yield from self.entry(self.sign(_SYMBOLS[symbol_of(mark)]), mark_text(mark))

    def entry(self, sign: str, text: str) -> Iterator[str]:
        for n, line in enumerate(wrap(self.safe(text), self.width - 5)):
            yield f"  {sign if n == 0 else ' '}  {line}"
