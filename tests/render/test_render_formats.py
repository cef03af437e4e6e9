"""Five formats, from the same items."""

import csv
import io
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.render.columns import Column, Item, value_at
from tracker.render.formats import FORMATS, Envelope, Format, write
from tracker.render.safe import escape
from tracker.render.widths import text_width, wrap

COLUMNS = [
    Column("initiative", "Initiative"),
    Column("title", "Title", wide=True),
    Column("condition", "Condition", style=lambda item: "cyan" if item["condition"] else None),
    Column("deciding.on", "On"),
    Column("open_plans", "Plans", align="right"),
    Column("parties", "Parties", wide=True),
]
ITEMS: list[dict[str, Any]] = [
    {
        "initiative": "il-114",
        "title": "Il-114 [red]joint[/red] | production",
        "condition": "active",
        "deciding": {"on": "2025-12-05"},
        "open_plans": 12,
        "parties": ["India", "Russia"],
    },
    {
        "initiative": "sj-100",
        "title": "=HYPERLINK(\x1b[31m\u202e)",
        "condition": "suspended",
        "deciding": None,
        "open_plans": -1,
        "parties": ["印度"],
    },
]


def written(items: Iterable[Item], format: Format, **given: Any) -> str:  # noqa: A002
    out = io.StringIO()
    settings: dict[str, Any] = {
        "envelope": Envelope("tracker/status/1", {"as_of": "2025-12-05"}, {"count": 2}),
        "columns": COLUMNS,
        "terminal": False,
        "color": False,
        "width": None,
        "empty": "No initiative is known.",
    }
    write(items, format=format, out=out, **{**settings, **given})
    return out.getvalue()


def test_a_piped_table_is_aligned_and_uncut() -> None:
    """A pipe gets plain text: cells whole, two blanks between, wide letters measured."""
    assert written(ITEMS, "table", caption="As of 2025-12-05") == (
        "Initiative  Title                                 Condition  On          Plans  Parties\n"
        "il-114      Il-114 [red]joint[/red] | production  active     2025-12-05     12"
        "  India, Russia\n"
        "sj-100      =HYPERLINK(\\x1b[31m\\u202e)            suspended                 -1  印度\n"
        "\n"
        "As of 2025-12-05\n"
    )


def test_a_terminal_table_wraps_to_its_width() -> None:
    """On a terminal the wide columns wrap first, and no line is too long."""
    lines = written(ITEMS, "table", terminal=True, width=70).splitlines()
    assert [line.rstrip() for line in lines] == [
        "Initiative  Title             Condition  On          Plans  Parties",
        "─" * 70,
        "il-114      Il-114            active     2025-12-05     12  India,",
        "            [red]joint[/red]                                Russia",
        "            | production",
        "sj-100      =HYPERLINK(\\x1b[  suspended                 -1  印度",
        "            31m\\u202e)",
    ]


def test_a_narrow_terminal_gets_blocks() -> None:
    """Where columns would be towers of syllables, each item is a block."""
    assert written(ITEMS[:1], "table", terminal=True, width=40) == (
        "Initiative  il-114\n"
        "Title       Il-114 [red]joint[/red] |\n"
        "            production\n"
        "Condition   active\n"
        "On          2025-12-05\n"
        "Plans       12\n"
        "Parties     India, Russia\n"
    )


@pytest.mark.parametrize("width", [40, 80, 200])
def test_colour_adds_nothing_but_colour(width: int) -> None:
    """With its escapes taken away, a coloured table is the plain one."""
    plain = written(ITEMS, "table", terminal=True, width=width)
    colored = written(ITEMS, "table", terminal=True, width=width, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain
    assert all(text_width(line) <= width for line in plain.splitlines())


def test_json_is_one_envelope_streamed() -> None:
    """JSON has the schema, the viewpoint, what else there is, and the items."""
    text = written(iter(ITEMS), "json")
    parsed = json.loads(text)
    assert list(parsed) == ["schema", "viewpoint", "count", "items"]
    assert parsed["items"] == ITEMS
    assert (
        text == json.dumps(parsed, indent=2, ensure_ascii=False).replace("\u202e", "\\u202e") + "\n"
    )


def test_json_lines_are_the_items_alone() -> None:
    """One item a line, and nothing around them."""
    assert [json.loads(line) for line in written(ITEMS, "jsonl").splitlines()] == ITEMS


def test_csv_is_read_back() -> None:
    """The header has the keys; lists are joined, formulas made text, numbers left alone."""
    text = written(ITEMS, "csv")
    assert text.startswith("initiative,title,condition,deciding.on,open_plans,parties\r\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert rows[0]["parties"] == "India;Russia"
    assert rows[0]["deciding.on"] == "2025-12-05"
    assert rows[1]["title"] == "'=HYPERLINK(\\x1b[31m\\u202e)"
    assert rows[1]["open_plans"] == "-1"


def test_markdown_shows_recorded_text_literally() -> None:
    """Pipes, brackets and tags in a text are text."""
    item = {**ITEMS[0], "title": "a|b <b>_x_</b> [l](u) `c` snake_case\nnext"}
    assert written([item], "markdown", caption="As of *today*") == (
        "| Initiative | Title | Condition | On | Plans | Parties |\n"
        "| --- | --- | --- | --- | ---: | --- |\n"
        "| il-114 | a\\|b \\<b\\>\\_x\\_\\</b\\> \\[l\\](u) \\`c\\` snake_case\\\\nnext"
        " | active | 2025-12-05 | 12 | India, Russia |\n"
        "\nAs of \\*today\\*\n"
    )


def test_nothing_is_a_sentence_for_people_and_empty_for_machines() -> None:
    """Only a table says that there is nothing."""
    assert written([], "table") == "No initiative is known.\n"
    assert written([], "table", terminal=True, width=80) == "No initiative is known.\n"
    assert json.loads(written([], "json"))["items"] == []
    assert written([], "jsonl") == ""
    assert written([], "csv").count("\n") == 1
    assert written([], "markdown").count("\n") == 2


@pytest.mark.parametrize("format_", FORMATS)
@given(text=st.text(st.characters()))
def test_hostile_text_reaches_no_terminal(format_: Format, text: str) -> None:
    """Every cell of every format is safe to print, whatever it says."""
    out = written([{**ITEMS[0], "title": text, "initiative": text}], format_)
    shown = out.replace("\r\n", "").replace("\n", "")
    assert escape(shown) == shown


@pytest.mark.parametrize("format_", ["json", "jsonl", "csv", "markdown"])
def test_items_are_written_as_they_come(format_: Format) -> None:
    """An endless question is answered from its first item on."""

    class EnoughError(Exception):
        pass

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            if self.tell() > 10_000:
                raise EnoughError
            return super().write(text)

    with pytest.raises(EnoughError):
        write(
            itertools.cycle(ITEMS),
            envelope=Envelope("tracker/status/1", None),
            columns=COLUMNS,
            format=format_,
            out=Out(),
            terminal=False,
            color=False,
            width=None,
            empty="",
        )


def test_a_path_reaches_through_lists_and_stops_at_nothing() -> None:
    """A dotted key finds every member's value, and None where there is none."""
    item = {"sources": [{"url": "a"}, {"url": "b"}], "deciding": None}
    assert value_at(item, "sources.url") == ["a", "b"]
    assert value_at(item, "deciding.on") is None
    assert value_at(item, "missing") is None


@given(st.text(st.sampled_from("ab 印\u0301\n")), st.integers(2, 12))
def test_wrapping_loses_no_letter_and_keeps_to_the_width(text: str, width: int) -> None:
    """Lines are short enough, and together say what the text said."""
    lines = wrap(text, width)
    assert all(text_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_pipe_needs_no_rich() -> None:
    """Rich is for terminals, and costs more than the answer."""
    code = (
        "import sys, io; from tracker.render.columns import Column\n"
        "from tracker.render.formats import *\n"
        "for f in FORMATS: write([{'a': 1}], envelope=Envelope('s', None),"
        " columns=[Column('a', 'A')], format=f, out=io.StringIO(), terminal=False, color=False,"
        " width=None, empty='')\n"
        "assert not {'rich', 'sqlalchemy', 'click', 'alembic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
