"""The timeline, as text and as a picture."""

from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.render.safe import escape
from tracker.render.timeline import Mark, Span, TimelineRow, render_text
from tracker.render.timeline_axis import Axis
from tracker.render.timeline_svg import render_svg
from tracker.render.widths import text_width

ROW = TimelineRow(
    "il-114",
    "Il-114 joint production",
    (
        Span("talks", "Talks", "active", date(2024, 1, 1), date(2024, 7, 1), imprecise=True),
        Span("talks", "Talks", "suspended", date(2024, 7, 1), date(2025, 1, 1)),
        Span("feasibility", "Feasibility", "dormant", date(2025, 1, 1), None, inferred=True),
    ),
    (
        Mark(date(2024, 1, 1), date(2024, 3, 31), "development", "talks-initiated"),
        Mark(date(2024, 7, 1), date(2024, 7, 1), "development", "suspended"),
        Mark(date.min, date(2025, 6, 30), "overdue", "contract-signed"),
        Mark(date.min, date.max, "plan", "first-flight"),
    ),
)
START, END = date(2024, 1, 1), date(2025, 12, 31)


def test_a_timeline_says_in_words_what_it_draws() -> None:
    """An axis, a band, its marks, a key of the signs used, and a legend with every date."""
    assert render_text([ROW], start=START, end=END, width=48) == (
        "        2024-01  2024-07    2025-01  2025-07\n"
        "        ┬────────┬──────────┬────────┬──────────\n"
        "il-114  A░░░░░░░░A──────────B··················▶\n"
        "        ○┄┄┄┄    ●                   !\n"
        "\n"
        "─ suspended   ░ dates imprecise\n"
        "· dormant or inferred   ▶ continues\n"
        "● development   ○ on some day of an extent\n"
        "! overdue   ┄ as long as the extent\n"
        "\n"
        "il-114: Il-114 joint production\n"
        "  A  Talks: 2024-01-01 to 2024-07-01 (dates\n"
        "     imprecise)\n"
        "  A  Talks: 2024-07-01 to 2025-01-01 (suspended)\n"
        "  B  Feasibility: from 2025-01-01 (dormant,\n"
        "     inferred)\n"
        "  !  by 2025-06-30 contract-signed (overdue)\n"
        "  ◇  no date first-flight (plan)\n"
        "  ○  2024-01-01 to 2024-03-31 talks-initiated\n"
        "  ●  2024-07-01 suspended\n"
    )


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_timeline_keeps_to_its_width(width: int, *, ascii_only: bool) -> None:
    """No line is longer than asked, whatever the slug; ASCII means ASCII."""
    rows = [ROW, TimelineRow("x" * 90, "印度 क्षेत्रीय", ROW.spans, ROW.marks), TimelineRow("n", "")]
    text = render_text(rows, start=START, end=END, width=width, ascii_only=ascii_only)
    assert all(text_width(line) <= width for line in text.splitlines())
    assert text.isascii() or not ascii_only
    assert "x" * 25 in text


def test_marks_in_one_place_are_counted() -> None:
    """What would hide what lies below it becomes a number, and the legend has them all."""
    marks = tuple(Mark(date(2024, 5, 1), date(2024, 5, 1), "development", f"d{n}") for n in "123")
    text = render_text([TimelineRow("a", "A", (), marks)], start=START, end=END, width=40)
    assert text.splitlines()[3].strip() == "3"
    assert "that many marks" in text
    assert all(f"2024-05-01 d{n}" in text for n in "123")


def test_an_empty_timeline_has_an_axis() -> None:
    """Nothing to show is no error."""
    assert "2024" in render_text([], start=START, end=END, width=40)
    assert ET.fromstring(render_svg([], start=START, end=END, title="", description="")) is not None


DAYS = st.dates()


@given(DAYS, DAYS, st.integers(10, 300))
def test_every_range_has_a_readable_axis(one: date, other: date, size: int) -> None:
    """From a day to ten thousand years there are ticks, on the axis and apart."""
    ticks = Axis(min(one, other), max(one, other), size).ticks(unit_of_text=1, gap=1)
    assert ticks
    assert all(0 <= at < size for at, _ in ticks)
    assert all(b[0] - a[0] > len(a[1]) for a, b in pairwise(ticks))


SPANS = st.builds(
    Span,
    st.text(max_size=3),
    st.text(st.characters(), max_size=9),
    st.sampled_from(["active", "suspended", "ended", "dormant", "?"]),
    DAYS,
    st.none() | DAYS,
    st.booleans(),
    st.booleans(),
)
MARKS = st.builds(
    lambda days, kind, label: Mark(min(days), max(days), kind, label),
    st.tuples(DAYS | st.just(date.min), DAYS | st.just(date.max)),
    st.sampled_from(["development", "plan", "overdue", "withdrawn"]),
    st.text(st.characters(), max_size=9),
)
ROWS = st.builds(
    TimelineRow,
    st.text(st.characters(), max_size=40),
    st.text(st.characters() | st.sampled_from("<&\"']]>\ufffe\uffff\x00\x1b\ud800")),
    st.lists(SPANS, max_size=3).map(tuple),
    st.lists(MARKS, max_size=3).map(tuple),
)


@given(st.lists(ROWS, max_size=3), DAYS, DAYS, st.text(st.characters()))
def test_no_text_breaks_a_picture_or_a_line(
    rows: list[TimelineRow], one: date, other: date, text: str
) -> None:
    """Any rows give well-formed XML that runs nothing, and text that is safe to print."""
    start, end = min(one, other), max(one, other)
    svg = render_svg(rows, start=start, end=end, title=text, description=text)
    root = ET.fromstring(svg.encode())
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {
        "svg", "title", "desc", "style", "defs", "pattern", "line", "rect", "text", "g", "circle",
        "path",
    }  # fmt: skip
    drawn = render_text(rows, start=start, end=end, width=60)
    assert all(escape(line) == line and text_width(line) <= 60 for line in drawn.split("\n"))


def test_a_picture_needs_nothing_else_and_has_a_name() -> None:
    """No script and no address but the namespace; a role, a title, a description, a dark mode."""
    svg = render_svg([ROW], start=START, end=END, title="Board <1>", description="One & all")
    root = ET.fromstring(svg)
    names = {"svg": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert root.get("viewBox", "").startswith("0 0 960 ")
    assert root.findtext("svg:title", namespaces=names) == "Board <1>"
    assert root.findtext("svg:desc", namespaces=names) == "One & all"
    assert svg.replace("http://www.w3.org/2000/svg", "").count("://") == 0
    assert "prefers-color-scheme: dark" in svg
    words = " ".join(root.itertext())
    assert "Talks: 2024-07-01 to 2025-01-01 (suspended)" in words
    assert "by 2025-06-30 contract-signed (overdue)" in words
