"""HTML, SVG, Markdown and JavaScript in every field: a page that shows it shows text."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from freezegun import freeze_time
from markdown_it import MarkdownIt

from tests.attacks.test_terminals import TEXT
from tests.attacks.tree import Command, call, commands, lay_out
from tests.attacks.victim import NOW, tell_all
from tracker import Tracker
from tracker.domain.lifecycle import read_lifecycle
from tracker.render.safe import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tally import Tally

MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><svg onload="alert(1)"><a xlink:href="javascript:alert(1)">',
    "' onmouseover='alert(1)",
    "</text></g></svg><script>alert(1)</script>",
    "</style><style>@import url(//evil.example)</style>",
    "</title><foreignObject><iframe src=//evil.example>",
    "]]><!--",
    "--><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<?xml-stylesheet href='//evil.example'?>",
    "&lt;script&gt;&#60;script&#62;&#x3c;",
    "javascript:alert(1)",
    "url(//evil.example)",
    "[text](javascript:alert(1)) ![](//evil.example) [a]: //evil.example",
    "`code` **bold** _em_ ~~no~~ $x$ # head",
    "a | b | c \\| d \\\\| e",
    "<https://evil.example> <a@evil.example>",
    "```\n| --- |\n> quote\n- item\n1. item\n    code\n***",
    "\\<b>\\&amp;\\`",
)
SLUGS = {f"odd-{number}": markup for number, markup in enumerate((*MARKUP, TEXT))}
PLAIN = {text for text in MARKUP if "\n" not in text}
LIFECYCLE = """
name = "odd-life"
title = {}
reference = {}
[[phase]]
name = "one"
title = {}
definition = {}
[[development]]
type = "began"
title = {}
enters = "one"
aliases = [{}]
"""

# All that a picture is made of; whatever else is in one was brought in by a text.
TAGS = {"svg", "title", "desc", "style", "defs", "pattern", "line", "g", "rect", "text"}
TAGS |= {"circle", "path"}
ATTRIBUTES = {"class", "role", "aria-labelledby", "id", "viewBox", "d", "r", "cx", "cy"}
ATTRIBUTES |= {"x", "y", "x1", "x2", "y1", "y2", "width", "height", "fill", "fill-opacity"}
ATTRIBUTES |= {"patternUnits", "patternTransform", "pointer-events"}
VALUES = re.compile(r"[A-Za-z0-9 .%(),#-]*")


@pytest.fixture(scope="module")
def odd_log(told_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with markup in every field, those of a lifecycle among them."""
    path = Path(shutil.copy(told_log, tmp_path_factory.mktemp("odd") / "log.db"))
    for slug, markup in SLUGS.items():
        tell_all(str(path), markup, slug)
    everything = json.dumps(" ".join(sorted(PLAIN)), ensure_ascii=False)
    definition = LIFECYCLE.format(*[everything] * 6)
    with freeze_time("2026-01-21T09:00:00Z"), Tracker.open(str(path), by="<b>desk</b>") as log:
        log.adopt(read_lifecycle(definition, "odd.toml"))
        log.register("odd-too", title="<b>", lifecycle="odd-life")
        log.record("odd-too", "began", on="2025-12-01", source="<b>")
    return path


@pytest.mark.parametrize("slugs", [[], *([slug] for slug in SLUGS), ["odd-too"]])
def test_no_text_brings_anything_into_a_picture(
    odd_log: Path, slugs: list[str], tally: Tally
) -> None:
    """An SVG is well-formed and holds its own shapes alone: no script, no handler, no address."""
    with freeze_time(NOW):
        done = call(odd_log, ["timeline", "--svg=-", *slugs])
    assert done.exit_code == 0, done.output
    assert "<!" not in done.stdout
    assert "<?" not in done.stdout
    root = ET.fromstring(done.stdout)
    texts = []
    for element in root.iter():
        space, _, tag = element.tag.partition("}")
        assert (space, tag in TAGS) == ("{http://www.w3.org/2000/svg", True), element.tag
        assert element.attrib.keys() <= ATTRIBUTES, element.attrib
        for value in element.attrib.values():
            assert VALUES.fullmatch(value), value
            assert "url(" not in value or re.fullmatch(r"url\(#hatch-[0-9a-f]+\)", value), value
        if tag != "style":
            texts.append(element.text or "")
    assert "@import" not in (root.findtext("{http://www.w3.org/2000/svg}style") or "")
    for slug in slugs if slugs and slugs != ["odd-too"] else []:
        assert "".join(escape(SLUGS[slug]).split()) in "".join("".join(texts).split())
    tally.add("bad inputs tried: markup in a page", len(slugs) or len(SLUGS))


def test_no_text_brings_markup_into_markdown(odd_log: Path, home: Path, tally: Tally) -> None:
    """A table of Markdown has the cells it should have, and in every cell nothing but text."""
    lay_out(home)
    seen = 0
    for command in commands():
        if "markdown" not in command.formats:
            continue
        is_of_one = bool(command.good().keys() & {"slug", "fact"})
        plain, inside_plain, _ = written(odd_log, command, "il-114")
        for slug in SLUGS if is_of_one and not command.writes else list(SLUGS)[:1]:
            kinds, inside, page = written(odd_log, command, slug)
            assert kinds <= plain | TABLE, (command.name, slug, kinds - plain)
            assert inside <= inside_plain | TABLE, (command.name, slug, inside - inside_plain)
            for table in re.split(r"\n(?!\|)", page):
                rows = list(widths(table))
                assert len(set(rows)) <= 1, (command.name, slug, rows)
            seen += "<script>" in page.replace("\\", "")
            tally.add("bad inputs tried: markup in a page")
    assert seen >= 8


TABLE = {"table", "thead", "tbody", "tr", "th", "td", "inline", "text", "paragraph", "softbreak"}
READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def written(log: Path, command: Command, slug: str) -> tuple[set[str], set[str], str]:
    """What blocks a page about *slug* has, what stands inside them, and the page."""
    flags = ("--dry-run",) if command.writes else ()
    good = slug == "il-114" and command.writes  # about which not everything can be done
    values = command.good() if good else command.about(slug, "odd-life")
    values = {**values, "format_name": "markdown"}
    with freeze_time(NOW):
        done = call(log, command.words(values, *flags))
    assert done.exit_code == 0, (command.name, done.output)
    tokens = READER.parse(done.stdout)
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    inside = {part.type for token in tokens for part in token.children or ()}
    return kinds, inside, done.stdout


def shown(parts: object) -> str:
    """What a reader sees of a cell."""
    assert parts is None or isinstance(parts, list)
    return "".join(part.content for part in parts or [])


def widths(markdown: str) -> Iterator[int]:
    """How many cells each line of the table has: bars that are not escaped part them."""
    for line in markdown.splitlines():
        if line.startswith("|"):
            yield len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


def test_a_title_is_shown_in_markdown_as_it_is(odd_log: Path) -> None:
    """Escaped for Markdown, and read by it, every title is the title again."""
    done = call(odd_log, ["status", "--format=markdown"])
    tokens = READER.parse(done.stdout)
    cells = {shown(token.children) for token in tokens if token.type == "inline"}
    for markup in SLUGS.values():
        assert escape(f"Title {markup}").strip() in cells, markup
