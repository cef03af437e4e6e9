"""The card of one initiative, and the lines of a replay."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.render.card import card
from tracker.render.safe import escape
from tracker.render.story import line, lines
from tracker.render.widths import text_width

SOURCE = {
    "url": "https://example.org/summit",
    "title": "Summit outcome",
    "publisher": "Republic World",
    "published_on": None,
    "accessed_on": "2025-12-20",
    "quote": "feasibility studies are currently underway",
    "grade": "C3",
}
FACT = {"fact": "il-114#3", "position": 7, "type": "feasibility-study-underway", "on": "2025-12-05"}
ITEM: dict[str, Any] = {
    "initiative": "il-114",
    "title": "Il-114 joint production",
    "lifecycle": "co-production",
    "phase": "feasibility",
    "phase_title": "Feasibility",
    "condition": "dormant",
    "outcome": None,
    "basis": "inferred",
    "certain": False,
    "possible": ["talks", "feasibility"],
    "possible_conditions": ["active"],
    "since": "2027-12-06",
    "deciding": FACT,
    "deciding_condition": FACT,
    "parties": ["India", "Russia"],
    "findings": [{"kind": "single-source", "facts": ["il-114#3"], "text": "A single source."}],
    "developments": [{**FACT, "phase": "feasibility", "state": "current", "sources": [SOURCE]}],
    "plans": [
        {"fact": "il-114#5", "type": "contract-signed", "on": None, "state": "open",
         "stated_by": "ROSTEC", "sources": [], "slippage": ["2025", "../2027"]},
    ],
    "links": [
        {"initiative": "il-114", "kind": "part-of", "other": "programme", "direction": "out"},
        {"initiative": "engine", "kind": "part-of", "other": "il-114", "direction": "in"},
    ],
    "retired": None,
}  # fmt: skip


def test_a_card_has_all_that_is_known() -> None:
    """Status, findings, developments with their sources, plans with their slippage, links."""
    assert card(ITEM, width=72) == (
        "il-114: Il-114 joint production\n"
        "\n"
        "Phase         Feasibility ?\n"
        "Possible      talks, feasibility\n"
        "Condition     dormant (inferred)\n"
        "Since         2027-12-06\n"
        "Decided by    2025-12-05 feasibility-study-underway il-114#3\n"
        "Lifecycle     co-production\n"
        "Parties       India, Russia\n"
        "\n"
        "Findings\n"
        "  ! A single source. (il-114#3)\n"
        "\n"
        "Developments\n"
        "  2025-12-05  feasibility-study-underway  → feasibility         il-114#3\n"
        "    Source        Republic World: Summit outcome [C3]\n"
        "                  “feasibility studies are currently underway”\n"
        "                  https://example.org/summit\n"
        "                  accessed 2025-12-20\n"
        "\n"
        "Plans\n"
        "  no date  contract-signed  [open]                              il-114#5\n"
        "    Slipped       2025 → ../2027\n"
        "    Stated by     ROSTEC\n"
        "\n"
        "Links\n"
        "  part-of programme\n"
        "  engine part-of this\n"
    )


def test_a_retired_card_says_where_it_went() -> None:
    """An initiative retired into another names it."""
    retired = {"reason": "registered twice", "merged_into": "il-114-300"}
    text = card({**ITEM, "retired": retired}, width=80)
    assert "Retired: registered twice (now il-114-300)\n" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_card_wraps_all_but_addresses(width: int) -> None:
    """Lines keep to the width; an address stays whole; colour adds nothing else."""
    item = {**ITEM, "summary": "word " * 100 + "x" * 300}
    text = card(item, width=width)
    assert all(text_width(told) <= width for told in text.splitlines() if "://" not in told)
    assert "https://example.org/summit\n" in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", card(item, width=width, color=True)) == text


@given(st.text(st.characters()))
def test_no_recorded_text_steers_the_terminal(text: str) -> None:
    """Whatever was recorded anywhere, a card and a story are safe to print."""
    source = dict.fromkeys(SOURCE, text)
    fact = {**FACT, "note": text, "stated_by": text, "sources": [source], "state": text}
    hostile = {
        **ITEM,
        "title": text,
        "summary": text,
        "outcome": text,
        "findings": [{"kind": text, "facts": [text], "text": text}],
        "developments": [fact],
        "plans": [{**fact, "slippage": [text, text]}],
        "retired": {"reason": text, "merged_into": text},
    }
    assert all(escape(told) == told for told in card(hostile, width=40).split("\n"))
    step = {**STEP, "note": text, "type": text, "after": {"phase": text, "condition": text}}
    assert escape(line(step)) == line(step)
    assert line(step, ascii_only=True).isascii()


STEP: dict[str, Any] = {
    "position": 7,
    "on": "2025-12-05",
    "initiative": "il-114",
    "kind": "recorded",
    "type": "feasibility-study-underway",
    "before": {"phase": "talks", "condition": "active"},
    "after": {"phase": "feasibility", "condition": "active"},
    "note": None,
}


def test_a_step_says_what_changed() -> None:
    """A day, an initiative, from where to where, and by what."""
    suspended = {"phase": "feasibility", "condition": "suspended"}
    steps = [
        STEP,
        {**STEP, "type": "suspended", "before": STEP["after"], "after": suspended},
        {**STEP, "kind": "withdrawn", "before": STEP["after"], "after": STEP["before"]},
        {**STEP, "type": "commented", "before": STEP["after"], "note": "as ROSTEC said"},
        {**STEP, "on": None, "kind": "initiative-registered", "type": None, "before": None,
         "after": {"phase": "not-started", "condition": "active"}},
    ]  # fmt: skip
    assert list(lines(steps)) == [
        "2025-12-05  il-114  talks → feasibility   feasibility-study-underway",
        "2025-12-05  il-114  feasibility → feasibility (suspended)   suspended",
        "2025-12-05  il-114  feasibility → talks   withdrawn feasibility-study-underway",
        "2025-12-05  il-114  feasibility   commented  (as ROSTEC said)",
        "(no date)  il-114  unregistered → not-started   initiative-registered",
    ]


def test_a_step_in_ascii() -> None:
    """A terminal that knows no arrows gets one of two characters."""
    assert line(STEP, ascii_only=True).startswith("2025-12-05  il-114  talks -> feasibility ")
