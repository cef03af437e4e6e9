"""The timeline as a picture: one SVG that needs nothing else and runs nothing.

The tree is built by the standard library's ElementTree, so that no text can be forgotten by the
escaping. Conditions differ by pattern and outline as well as by colour, light or dark.
"""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, tostring

import attrs

from tracker.render.safe import escape
from tracker.render.timeline import (
    FILLS,
    Mark,
    Span,
    TimelineRow,
    fill_of,
    is_shown,
    mark_text,
    phase_letters,
    place,
    span_text,
    symbol_of,
)
from tracker.render.timeline_axis import Axis
from tracker.render.widths import text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

WIDTH, MARGIN = 960, 16
_ROW, _BAND, _LINE = 68, 22, 17
_CHAR = 7  # about the width of a character of the small text
_COLUMNS = (WIDTH - 2 * MARGIN) // _CHAR - 6

_SYMBOL_WORDS = {
    "development": "development",
    "imprecise": "on some day of an extent",
    "plan": "plan",
    "overdue": "overdue",
    "fulfilled": "fulfilled plan",
    "amended": "amended since",
    "withdrawn": "withdrawn",
}

# Okabe and Ito's colours, which stay apart for every common colour blindness.
_STYLE = """
.tl { --ink: #1b1f24; --soft: #59636e; --grid: #d5dae0; --paper: #ffffff;
  --active: #9ccbea; --suspended: #f3cf7a; --ended: #c9cdd2; --edge: #1f5f8b; --warn: #b33f00;
  font-family: system-ui, sans-serif; font-size: 13px; }
@media (prefers-color-scheme: dark) { .tl { --ink: #e8ecf0; --soft: #a3adb8; --grid: #39424c;
  --paper: #14181d; --active: #1f5f8b; --suspended: #7a5a0c; --ended: #4a525b; --edge: #8cc4ea;
  --warn: #ff9d66; } }
.tl .paper { fill: var(--paper); }
.tl text { fill: var(--ink); }
.tl .slug { font-weight: 600; }
.tl .soft { fill: var(--soft); }
.tl .grid { stroke: var(--grid); stroke-width: 1; }
.tl .span { stroke: var(--edge); stroke-width: 1; }
.tl .active, .tl .imprecise, .tl .inferred { fill: var(--active); }
.tl .suspended { fill: var(--suspended); stroke-dasharray: 6 3; }
.tl .ended { fill: var(--ended); stroke: var(--soft); }
.tl .inferred { fill-opacity: 0.35; stroke-dasharray: 2 3; }
.tl .hatch { stroke: var(--edge); stroke-width: 2; }
.tl .on-band { font-size: 12px; paint-order: stroke; stroke: var(--paper); stroke-width: 3px;
  stroke-opacity: 0.7; stroke-linejoin: round; }
.tl .mark { fill: var(--edge); stroke: var(--edge); stroke-width: 1.5; }
.tl .hollow { fill: var(--paper); }
.tl .overdue { fill: var(--paper); stroke: var(--warn); }
.tl .withdrawn { stroke: var(--soft); }
.tl .amended { fill: var(--paper); stroke: var(--soft); stroke-dasharray: 2 2; }
.tl .today { stroke: var(--warn); stroke-width: 1; stroke-dasharray: 4 3; }
.tl .extent { stroke: var(--soft); stroke-dasharray: 2 2; }
"""


def render_svg(
    rows: Sequence[TimelineRow],
    *,
    start: date,
    end: date,
    title: str,
    description: str,
    today: date | None = None,
) -> str:
    """Draw *rows* from *start* to *end* as one self-contained SVG document.

    What continues is drawn up to *today*, the day that the question is about, or to the end.
    """
    axis = Axis(start, end, WIDTH - 2 * MARGIN)
    return _Picture(tuple(rows), axis, title, description, today or end).text()


def _day_after(day: date) -> date:
    return min(day, day.max - timedelta(days=1)) + timedelta(days=1)


def _clean(text: str) -> str:
    """Show what is dangerous as `escape` does, and the two more that XML has no place for."""
    return re.sub("[\ufffe\uffff]", lambda m: f"\\u{ord(m.group()):04x}", escape(text))


@attrs.define
class _Picture:
    """One picture being drawn from top to bottom; *y* is where the next line goes."""

    rows: tuple[TimelineRow, ...]
    axis: Axis
    title: str
    description: str
    today: date
    y: int = 34
    root: Element = attrs.field(init=False)
    hatch: str = attrs.field(init=False)
    letters: dict[str, str] = attrs.field(init=False)

    def text(self) -> str:
        self.letters = phase_letters(self.rows)
        self.root = self.frame()
        paper = self.add("rect", "paper", width="100%", height="100%")
        top = self.y
        grid = self.add("g")
        for row in self.rows:
            self.draw_row(row)
        self.draw_axis(grid, top)
        self.draw_key()
        for row in self.rows:
            self.draw_legend(row)
        self.y += 8
        self.draw_lines("soft", self.description, MARGIN)
        height = self.y + MARGIN
        self.root.set("viewBox", f"0 0 {WIDTH} {height}")
        paper.set("height", str(height))
        return tostring(self.root, encoding="unicode") + "\n"

    def frame(self) -> Element:
        """Make the root: its names for those who cannot see it, its style and its pattern."""
        # Pictures may stand together in one page, where an id has to be one picture's own.
        own = (
            f"{zlib.crc32(f'{self.title}{self.description}{self.rows}'.encode(errors='replace')):x}"
        )
        root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "tl",
                "role": "img",
                "aria-labelledby": f"title-{own} desc-{own}",
            },
        )
        SubElement(root, "title", id=f"title-{own}").text = _clean(self.title)
        SubElement(root, "desc", id=f"desc-{own}").text = _clean(self.description)
        SubElement(root, "style").text = _STYLE
        self.root, self.hatch = root, f"hatch-{own}"
        size = {"width": "7", "height": "7", "patternUnits": "userSpaceOnUse"}
        turned = {"id": self.hatch, "patternTransform": "rotate(45)"}
        pattern = SubElement(SubElement(root, "defs"), "pattern", {**turned, **size})
        SubElement(pattern, "line", {"class": "hatch", "x1": "0", "y1": "0", "x2": "0", "y2": "7"})
        return root

    def add(
        self, name: str, kind: str = "", text: str = "", to: Element | None = None, **given: object
    ) -> Element:
        """Add one element, its class and its attributes; its text is made safe here."""
        attributes = {"class": kind} if kind else {}
        attributes |= {key.replace("_", "-"): str(value) for key, value in given.items()}
        element = SubElement(self.root if to is None else to, name, attributes)
        if text:
            element.text = _clean(text)
        return element

    def draw_axis(self, grid: Element, top: int) -> None:
        for at, label in self.axis.ticks(unit_of_text=_CHAR, gap=18):
            x = MARGIN + at
            self.add("line", "grid", to=grid, x1=x, x2=x, y1=top - 10, y2=self.y)
            self.add("text", "soft", label, to=grid, x=x + 2, y=top - 14)
        if self.today < self.axis.end:
            x = MARGIN + self.axis.begin(_day_after(self.today))
            self.add("line", "today", to=grid, x1=x, x2=x, y1=top - 10, y2=self.y)
        self.y += 14

    def draw_row(self, row: TimelineRow) -> None:
        name, room = f"{row.initiative}: {row.title}", _COLUMNS
        if text_width(name) > room:
            name = wrap(name, room - 1)[0] + "…"  # it is whole in the legend
        self.add("text", "slug", name, x=MARGIN, y=self.y + 12)
        group = self.add("g")
        for span in row.spans:
            if self.axis.shows(span.start, span.end or self.today):
                self.draw_span(group, span)
        for mark in row.marks:
            if is_shown(mark, self.axis):
                self.draw_mark(mark, self.y + 20 + _BAND + 11)
        self.y += _ROW

    def draw_span(self, group: Element, span: Span) -> None:
        first = self.axis.begin(span.start)
        last = self.axis.begin(_day_after(span.end or self.today))
        box: dict[str, Any] = {"x": MARGIN + first, "y": self.y + 20, "width": max(last - first, 2)}
        shape = self.add("rect", f"span {fill_of(span)}", to=group, height=_BAND, **box)
        self.add("title", "", span_text(span), to=shape)
        if fill_of(span) == "imprecise":
            self.add(
                "rect",
                "",
                to=group,
                height=_BAND,
                fill=f"url(#{self.hatch})",
                fill_opacity="0.45",
                pointer_events="none",
                **box,
            )
        letter = self.letters[span.phase]
        for label in (f"{letter} {span.phase_title}", letter):
            if text_width(label) * _CHAR + 8 <= last - first:
                self.add(
                    "text",
                    "on-band",
                    label,
                    to=group,
                    x=box["x"] + 5,
                    y=self.y + 35,
                    pointer_events="none",
                )
                break

    def draw_mark(self, mark: Mark, y: int) -> None:
        x = MARGIN + self.axis.cell(place(mark))
        first, last = self.axis.begin(mark.on), self.axis.begin(mark.until)
        if mark.on < mark.until and mark.on > mark.on.min and mark.until < mark.until.max:
            self.add("line", "extent", x1=MARGIN + first, x2=MARGIN + last, y1=y, y2=y)
        self.add("title", "", mark_text(mark), to=self.symbol(symbol_of(mark), x, y))

    def symbol(self, symbol: str, x: int, y: int) -> Element:
        if symbol == "development":
            return self.add("circle", "mark", cx=x, cy=y, r=4)
        if symbol == "imprecise":
            return self.add("circle", "mark hollow", cx=x, cy=y, r=4)
        if symbol == "amended":
            return self.add("circle", "mark amended", cx=x, cy=y, r=4)
        if symbol == "withdrawn":
            cross = f"M{x - 4} {y - 4}L{x + 4} {y + 4}M{x - 4} {y + 4}L{x + 4} {y - 4}"
            return self.add("path", "mark withdrawn", d=cross)
        diamond = f"M{x} {y - 5}L{x + 5} {y}L{x} {y + 5}L{x - 5} {y}Z"
        if symbol == "overdue":
            diamond = f"M{x} {y - 6}L{x + 6} {y + 4}L{x - 6} {y + 4}ZM{x} {y - 2}L{x} {y + 2}"
            return self.add("path", "mark overdue", d=diamond)
        return self.add("path", "mark" if symbol == "fulfilled" else "mark hollow", d=diamond)

    def draw_key(self) -> None:
        """Explain the fills and the symbols that were used."""
        fills = {fill_of(span) for row in self.rows for span in row.spans}
        marks = {symbol_of(mark) for row in self.rows for mark in row.marks}
        x = MARGIN
        for name, (_, _, words) in FILLS.items():
            if name in fills:
                x = self.key_place(x, 26, words)
                shape: dict[str, Any] = {"x": x, "y": self.y - 10, "width": 20, "height": 12}
                self.add("rect", f"span {name}", **shape)
                if name == "imprecise":
                    self.add("rect", "", fill=f"url(#{self.hatch})", fill_opacity="0.45", **shape)
                x = self.key_words(x + 26, words)
        for name, words in _SYMBOL_WORDS.items():
            if name in marks:
                x = self.key_place(x, 16, words)
                self.symbol(name, x + 5, self.y - 4)
                x = self.key_words(x + 16, words)
        if self.today < self.axis.end:
            words = f"as of {self.today}"
            x = self.key_place(x, 16, words)
            self.add("line", "today", x1=x + 5, x2=x + 5, y1=self.y - 11, y2=self.y + 3)
            self.key_words(x + 16, words)
        self.y += _LINE

    def key_place(self, x: int, sign: int, words: str) -> int:
        """Go on in this line of the key, or begin the next where this one is full."""
        if x + sign + len(words) * _CHAR <= WIDTH - MARGIN:
            return x
        self.y += _LINE
        return MARGIN

    def key_words(self, x: int, words: str) -> int:
        self.add("text", "soft", words, x=x, y=self.y)
        return x + len(words) * _CHAR + 14

    def draw_legend(self, row: TimelineRow) -> None:
        self.y += 8
        self.draw_lines("slug", f"{row.initiative}: {row.title}", MARGIN)
        for span in row.spans:
            self.draw_lines("", f"{self.letters[span.phase]}  {span_text(span)}", MARGIN + 12)
        for mark in sorted(row.marks, key=lambda mark: (mark.on, mark.until)):
            self.symbol(symbol_of(mark), MARGIN + 17, self.y + _LINE - 4)
            self.draw_lines("soft", mark_text(mark), MARGIN + 28)

    def draw_lines(self, kind: str, text: str, x: int) -> None:
        for line in wrap(escape(text), _COLUMNS):
            self.y += _LINE
            self.add("text", kind, line, x=x, y=self.y)
