"""The timelines of a report: every mark can be seen and reached, every label lies within the page.

How many marks there are, and which, is what the timeline of the command line says.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Visit, Written
from tests.cli.asking_story import ask

# What stands on the timeline of a row or the card: of how many, of which facts, and where.
PLACES = """
(course) => [...course.querySelectorAll(".mark")].map((mark) => {
  const box = mark.getBBox();
  return { count: Number(mark.querySelector("text")?.textContent ?? 1),
    facts: mark.dataset.fact.split(" "), isLate: mark.matches(".late, .overdue"),
    x: box.x + box.width / 2, y: box.y + box.height / 2, top: box.y, low: box.y + box.height };
})
"""
# The labels of an axis: what they say, and from where to where, with the edges of *around*.
LABELS = """
(course, around) => [...course.querySelectorAll("text.tick, .scale > text")].map((label) => {
  const [box, edge] = [label, document.querySelector(around)].map((node) =>
    node.getBoundingClientRect());
  return { text: label.textContent, left: box.left, right: box.right,
    edges: [edge.left, edge.right] };
})
"""


def rows() -> list[dict[str, str]]:
    """Histories of another length and density each."""
    days = {
        "burst": [f"2025-09-{day:02}" for day in range(1, 29)],
        "few": ["2025-03-01", "2025-03-03", "2025-03-09", "2025-03-20"],
        "monthly": [f"2024-{month:02}-11" for month in range(1, 13)],
        "old": [f"{year}-05-01" for year in range(2006, 2026)],
        "same": ["2020-06-01"] * 2,
        "single": ["2015-02-03"],
        "vague": ["2021", "2021-01", "2021-01/2023"],
    }
    types = ("talks-initiated", "mou-signed")
    return [
        {
            "initiative": slug,
            "title": slug.title(),
            "lifecycle": "co-production",
            "type": types[number % 2],
            "on": day,
            "source": "a paper",
        }
        for slug, told in days.items()
        for number, day in enumerate(told)
    ]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report over twenty years, in which much lies close together."""
    db = tmp_path_factory.mktemp("timelines") / "log.db"
    file = db.with_name("rows.jsonl")
    file.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    plan = ("plan", "few", "contract-signed", "--source", "a paper", "--by")
    asked: list[tuple[str, ...]] = [
        ("import", str(file)),
        *[(*plan, by) for by in ("2025-06", "2025-08-04", "2026-08-04")],
        ("withdraw", "few#4", "--reason", "taken back"),
        ("amend", "single#2", "--on", "2015-02-05", "--reason", "the day of the paper"),
    ]
    for words in asked:
        done = ask(db, *words)
        assert done.exit_code == 0, done.output
    return Written.of(db, "report.html")


def marks(crowd: Written, as_of: str) -> dict[str, list[dict[str, Any]]]:
    """The marks of each initiative, as the command line draws them."""
    answer = json.loads(ask(crowd.db, "timeline", "--json", "--as-of", as_of).stdout)
    return {item["initiative"]: item["marks"] for item in answer["items"]}


def drawn(page: Page, slug: str) -> Any:
    """What stands on the timeline of a row."""
    return page.locator(f'#rows [data-slug="{slug}"] .course').evaluate(PLACES)


# -- marks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_of", ["2026-03-01", "2025-09-15"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_mark_can_be_seen(visit: Visit, crowd: Written, width: int, as_of: str) -> None:
    """As many as there are, counted where they share a place, none on another or off its row."""
    visit.page.set_viewport_size({"width": width, "height": 1400})
    page = visit.open(crowd.file, f"#as-of={as_of}")
    for slug, wanted in marks(crowd, as_of).items():
        places = drawn(page, slug)
        assert sum(place["count"] for place in places) == len(wanted), slug
        facts = {fact for place in places for fact in place["facts"]}
        assert len(facts) == len({mark["fact"] for mark in wanted}), slug
        for at, one in enumerate(places):
            assert one["top"] >= 19, (slug, one)
            assert one["low"] <= 52, (slug, one)
            for other in places[at + 1 :]:
                near = abs(one["x"] - other["x"]) < 8 and abs(one["y"] - other["y"]) < 8
                assert not near, (slug, one, other)


def test_the_extent_of_each_mark_is_beside_it(visit: Visit, crowd: Written) -> None:
    """Imprecise dates that begin on one day are apart, and so are the lines of their extents."""
    page = visit.open(crowd.file)
    places = drawn(page, "vague")
    assert len({place["x"] for place in places}) == 1
    line = page.locator('#rows [data-slug="vague"] .extent').get_attribute("d") or ""
    heights = {float(part.split()[1].split("H")[0]) for part in line.split("M")[1:]}
    assert heights == {place["y"] for place in places}
    assert len(heights) == 3


def test_a_count_opens_all_that_it_stands_for(visit: Visit, crowd: Written) -> None:
    """Pointed at it tells of each; a click opens the card at all of them, the first in focus."""
    page = visit.open(crowd.file)
    count = page.locator('#rows [data-slug="burst"] .many')
    number = int(count.locator("text").text_content() or 0)
    assert number == 26
    count.hover()
    told = count.locator("title").text_content() or ""
    assert told.startswith(f"{number} close together\n\n")
    assert [part[:12] for part in told.split("\n\n")[1:]] == [
        f"2025-09-{day:02}: " for day in range(3, 29)
    ]
    count.click()
    expect(page.locator("#card h2")).to_have_text("Burst")
    expect(page.locator("#card details[open]")).to_have_count(number)
    first = page.locator("#card details[open] > summary").first
    expect(first).to_be_focused()
    expect(first).to_contain_text("2025-09-28")


def test_a_count_says_what_is_late(visit: Visit, crowd: Written) -> None:
    """A plan that is overdue shows also where it is only counted."""
    visit.page.set_viewport_size({"width": 390, "height": 1400})
    page = visit.open(crowd.file)
    late = [place for place in drawn(page, "few") if place["isLate"]]
    assert sum(place["count"] for place in late) >= 2
    assert any(place["count"] > 1 for place in late)
    page = visit.open(crowd.file, "#as-of=2025-05-01")
    assert not any(place["isLate"] for place in drawn(page, "few"))


def test_without_a_mouse_each_is_told_of_in_the_card(visit: Visit, crowd: Written) -> None:
    """The card's timeline says how many marks it has, and the keyboard reaches each of them."""
    page = visit.open(crowd.file)
    page.get_by_role("button", name="Burst").focus()
    page.keyboard.press("Enter")
    name = page.locator("#card .course[role=img]").get_attribute("aria-label") or ""
    assert name.endswith(". 28 marks, told of below")
    page.keyboard.press("Tab")
    expect(page.locator("#card .close")).to_be_focused()
    for _ in range(28):
        page.keyboard.press("Tab")
        expect(page.locator("#card summary:focus")).to_have_count(1)
    expect(page.locator("#card summary").last).to_be_focused()


# -- axes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 1280, 3840])
@pytest.mark.parametrize("span", ["all", "3", "1"])
def test_labels_lie_within_the_page(visit: Visit, crowd: Written, width: int, span: str) -> None:
    """No label of an axis hangs over an edge or lies on the next, and one of them names a year."""
    visit.page.set_viewport_size({"width": width, "height": 900})
    page = visit.open(crowd.file, f"#span={span}")
    for as_of in ("2024-12-20", "2025-01-20", "2025-04-01", "2026-03-01"):
        page.locator("#as-of-day").fill(as_of)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        within(page.locator("#board .c-line").first.evaluate(LABELS, "#board"))
        for slug in ("few", "monthly", "old", "same"):
            page.evaluate(f"initiativeTracker.page.open('{slug}')")
            within(page.locator("#card .course[role=img]").evaluate(LABELS, "#card"))
        page.keyboard.press("Escape")


def within(labels: list[dict[str, Any]]) -> None:
    """Hold labels against the edges that they came with, and against each other."""
    assert any(part.isdecimal() for label in labels for part in label["text"].split())
    for label in labels:
        least, most = label["edges"]
        assert least <= label["left"] < label["right"] <= most, label
    for one, other in pairwise(labels):
        assert one["right"] <= other["left"], (one, other)


def ticks(page: Page, slug: str) -> list[str]:
    """The labels below the timeline of a card."""
    page.evaluate(f"initiativeTracker.page.open('{slug}')")
    return page.locator("#card .tick").all_text_contents()


def test_a_card_has_the_extent_of_its_initiative(visit: Visit, crowd: Written) -> None:
    """Years for a long history, months for a short one, and the page's day where it is near."""
    page = visit.open(crowd.file)
    now = page.locator("#card .now")
    assert ticks(page, "single") == ["2015", "Feb", "Mar"]
    expect(now).to_have_attribute("d", "")
    assert ticks(page, "same") == ["May 2020", "Jun", "Jul"]
    assert ticks(page, "monthly") == ["2024", "Mar", "May", "Jul", "Sep", "Nov"]
    assert ticks(page, "old") == ["2010", "2015", "2020", "2025"]
    expect(now).not_to_have_attribute("d", "")
    few = ticks(page, "few")
    assert few[0] == "Mar"
    assert "2026" in few
    expect(now).not_to_have_attribute("d", "")
    expect(page.locator("#card .course .mark.plan")).to_have_count(1)


def test_the_extent_of_a_card_stays_while_time_moves(visit: Visit, crowd: Written) -> None:
    """What is looked at keeps its place, whatever the sliders and the window of the table say."""
    page = visit.open(crowd.file)
    before = ticks(page, "few")
    page.locator("#span").select_option("1")
    page.locator("#as-of-day").fill("2025-03-05")
    expect(page.locator("#card .course .mark.overdue")).to_have_count(0)
    assert page.locator("#card .tick").all_text_contents() == before
    position = page.locator("#card .now").get_attribute("d") or ""
    page.locator("#as-of-day").fill("2025-03-25")
    expect(page.locator("#card .now")).not_to_have_attribute("d", position)
    page.locator("#as-of-day").fill("2012-01-01")
    expect(page.locator("#card .now")).to_have_attribute("d", "")
    assert page.locator("#card .tick").all_text_contents() == before


# -- where there is no room for columns ------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 900, 901, 1280])
@pytest.mark.parametrize("card", ["", "#open=old"])
def test_what_is_due_is_told_once(visit: Visit, crowd: Written, width: int, card: str) -> None:
    """In its column, or where there is none in the small print of the row."""
    visit.page.set_viewport_size({"width": width, "height": 1400})
    page = visit.open(crowd.file, card)
    row = page.locator('#rows [data-slug="few"]')
    told = row.inner_text()
    assert told.count("2026-08-04") == 1
    assert told.count("2 overdue") == 1
    is_wide = width > 900 and not card
    expect(row.locator(".c-due")).to_be_visible(visible=is_wide)
    assert ("due 2026-08-04 · 2 overdue · few" in told) != is_wide
    plain = page.locator('#rows [data-slug="old"] .c-name .under')
    assert plain.inner_text() == "old"


@pytest.mark.parametrize("width", [320, 390, 800, 1280])
@pytest.mark.parametrize("card", ["", "#open=old"])
def test_each_column_in_sight_has_its_heading(
    visit: Visit, crowd: Written, width: int, card: str
) -> None:
    """Assistive technology counts cells: a row has one for each heading that there is."""
    visit.page.set_viewport_size({"width": width, "height": 1400})
    page = visit.open(crowd.file, card)
    shown = """(row) => [...row.children].filter((cell) => cell.checkVisibility())
      .map((cell) => cell.className)"""
    head = page.locator("#board .head .row").evaluate(shown)
    assert head == page.locator('#rows [data-slug="few"]').evaluate(shown)
