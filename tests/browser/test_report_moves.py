"""The report moves: sliders, play, filters, links, cards and changes, in a real browser.

Whatever is shown is held against what the log itself answers at the viewpoint that the page names.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.support import Visit, Written, settled, shown, viewpoint
from tests.cli import asking_story
from tests.cli.asking_story import ask

expect.set_options(timeout=60_000)
ALL = 3


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report of the small log, as of 1 March 2026, known at the head."""
    db = tmp_path_factory.mktemp("report") / "log.db"
    asking_story.tell(str(db))
    return Written.of(db, "report.html", "--title", "The desk")


@pytest.fixture
def page(visit: Visit, written: Written) -> Page:
    """The report, opened."""
    return visit.open(written.file)


def agrees(page: Page, written: Written) -> None:
    """Hold the table against the log."""
    assert shown(page) == written.standings(*viewpoint(page))


def press(page: Page, slider: str, key: str, times: int = 1) -> None:
    """Press a key on a slider."""
    page.locator(slider).focus()
    for _ in range(times):
        page.keyboard.press(key)


def test_it_starts_where_it_was_written(page: Page, written: Written) -> None:
    """Both sliders begin at the viewpoint of the command, and the page says so."""
    expect(page.locator("h1")).to_have_text("The desk")
    expect(page.locator("#sentence")).to_have_text(
        "As of 1 March 2026, as known at 15 January 2026, 09:04 UTC."
    )
    assert viewpoint(page) == (date(2026, 3, 1), "@14")
    agrees(page, written)
    assert len(shown(page)) == ALL


def test_a_dragged_slider_moves_the_page(page: Page, written: Written) -> None:
    """With the mouse: wherever it is let go, the table is the log's own at that day."""
    for slider in ("#as-of", "#known-at"):
        box = page.locator(slider).bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] * 0.9, middle)
        page.mouse.down()
        seen = set()
        for part in (0.7, 0.5, 0.35, 0.2, 0.05):
            page.mouse.move(box["x"] + box["width"] * part, middle)
            page.evaluate("() => new Promise(requestAnimationFrame)")
            agrees(page, written)
            seen.add(viewpoint(page))
        page.mouse.up()
        assert len(seen) == 5
        press(page, slider, "End")


def test_keys_move_by_a_day_a_month_and_to_the_ends(page: Page, written: Written) -> None:
    """Arrows by a day, Page Up and Page Down by a month, Home and End to the ends."""
    for key, expected in (
        ("ArrowLeft", "2026-02-28"),
        ("ArrowRight", "2026-03-01"),
        ("PageDown", "2026-02-01"),
        ("PageDown", "2026-01-01"),
        ("PageUp", "2026-02-01"),
    ):
        press(page, "#as-of", key)
        expect(page.locator("#as-of-day")).to_have_value(expected)
        agrees(page, written)
    press(page, "#as-of", "Home")
    agrees(page, written)
    assert all(phase == "Not started" for _, phase, _ in shown(page))


def test_knowledge_moves_by_what_was_recorded(page: Page, written: Written) -> None:
    """Every stop of the second slider is an instant of the log, and the footer names its root."""
    positions = []
    while True:
        agrees(page, written)
        day, position = viewpoint(page)
        positions.append(int(position.removeprefix("@")))
        answer = ask(written.db, "status", "--json", "--as-of", str(day), "--known-at", position)
        root = json.loads(answer.stdout)["viewpoint"]["root"]
        expect(page.locator("#foot-root")).to_have_text(root)
        if page.locator("#known-at").input_value() == "0":
            break
        press(page, "#known-at", "ArrowLeft")
        expect(page.locator("#foot-position")).not_to_have_text(position)
    assert positions == [14, 13, 12, 11, 10, 9, 8, 7, 5, 4, 3, 2]


def test_the_buttons_go_to_what_comes_next(page: Page, written: Written) -> None:
    """One goes to the day before on which something happened, one to the recording before."""
    for day in ("2026-01-15", "2025-12-20"):
        page.locator("#as-of-before").click()
        expect(page.locator("#as-of-day")).to_have_value(day)
    page.locator("#as-of-after").click()
    expect(page.locator("#as-of-day")).to_have_value("2026-01-15")
    page.locator("#known-at-before").click()
    expect(page.locator("#foot-position")).to_have_text("@13")
    agrees(page, written)


def test_a_day_may_be_typed(page: Page, written: Written) -> None:
    """Any day, also one beyond the ends of the slider."""
    page.locator("#as-of-day").fill("2031-06-30")
    expect(page.locator("#sentence b").first).to_have_text("30 June 2031")
    agrees(page, written)
    assert [condition for *_, condition in shown(page)].count("dormant") == 2


@pytest.mark.parametrize("name", ["as-of", "known-at"])
def test_play_runs_to_the_end_and_stops(page: Page, written: Written, name: str) -> None:
    """Space plays, from the beginning where it stands at the end, and pauses; a run ends alone."""
    slider, button = page.locator(f"#{name}"), page.locator(f"#{name}-play")
    press(page, f"#{name}", "End")
    end = slider.input_value()
    press(page, f"#{name}", " ")
    expect(button).to_have_attribute("aria-pressed", "true")
    press(page, f"#{name}", " ")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert int(slider.input_value()) < int(end)
    agrees(page, written)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_attribute("aria-pressed", "false", timeout=180_000)
    expect(slider).to_have_value(end)
    agrees(page, written)


# -- filters and order -----------------------------------------------------------------------------


def titles(page: Page) -> list[str]:
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return [row[0] for row in shown(page)]


def test_filters_leave_what_fits(page: Page) -> None:
    """By party, sector, phase, condition and text, alone and together, until they are cleared."""
    page.locator("#party").select_option("HAL")
    assert titles(page) == ["Il-114-300 regional aircraft", "SJ-100 jet"]
    page.locator("#sector").select_option("aviation")
    assert titles(page) == ["Il-114-300 regional aircraft"]
    expect(page.locator("#counts")).to_have_text("1 of 4 initiatives: 1 active")
    page.locator("#clear").click()
    assert len(titles(page)) == ALL
    page.locator("#phase").select_option("not-started")
    assert titles(page) == ["Free trade agreement"]
    page.locator("#condition").select_option("ended")
    assert titles(page) == []
    expect(page.locator("#none")).to_be_visible()
    page.locator("#clear").click()
    page.locator("#find").fill("SUMMIT")
    assert titles(page) == ["Il-114-300 regional aircraft"]


def test_a_filter_follows_the_time(page: Page) -> None:
    """It is asked of every viewpoint anew: what is in a phase now may not have been then."""
    page.locator("#phase").select_option("talks")
    assert titles(page) == ["Il-114-300 regional aircraft"]
    page.locator("#as-of-day").fill("2025-12-01")
    assert titles(page) == []


def test_columns_sort_both_ways(page: Page) -> None:
    """A heading sorts by its column, and once more the other way; assistive technology is told."""
    header = page.locator("[role=columnheader]").first
    expect(header).to_have_attribute("aria-sort", "ascending")
    page.locator("[data-sort=initiative]").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    assert titles(page) == ["SJ-100 jet", "Il-114-300 regional aircraft", "Free trade agreement"]
    page.locator("[data-sort=due]").click()
    assert titles(page)[0] == "Il-114-300 regional aircraft"


# -- links -----------------------------------------------------------------------------------------


def test_a_link_reopens_the_same_view(page: Page, visit: Visit, written: Written) -> None:
    """The address holds the whole view: times, filters, order, what is open."""
    press(page, "#as-of", "PageDown")
    press(page, "#known-at", "ArrowLeft", 5)
    page.locator("#party").select_option("HAL")
    page.locator("[data-sort=since]").click()
    page.locator("#span").select_option("3")
    page.get_by_role("button", name="SJ-100 jet").click()
    settled(page)
    before = [shown(page), viewpoint(page), page.locator("#card").inner_text()]
    assert "#as-of=2026-02-01&known-at=%409&party=HAL" in page.url
    again = page.context.new_page()
    Visit(again)
    again.goto(page.url)
    assert [shown(again), viewpoint(again), again.locator("#card").inner_text()] == before
    again.evaluate("location.hash = ''")
    expect(again.locator("#foot-position")).to_have_text("@14")
    assert shown(again) == written.standings(date(2026, 3, 1), "@14")


@pytest.mark.parametrize(
    "hash_",
    [
        "#as-of=2026-02-30&known-at=@x&sort=__proto__&span=constructor&show=x&axis=7",
        "#as-of=&known-at=&open=&party=&since=2026-13-01",
        "#%E0%A4%A&=&&&as-of",
        "#open=constructor",
        "#known-at=@999999999999999",
    ],
)
def test_a_spoilt_link_opens_the_page(visit: Visit, written: Written, hash_: str) -> None:
    """What a link cannot mean is left out; the page never fails."""
    page = visit.open(written.file, hash_)
    agrees(page, written)
    assert viewpoint(page) == (date(2026, 3, 1), "@14")


# -- cards and changes -----------------------------------------------------------------------------


def test_a_card_says_on_whose_word(page: Page) -> None:
    """The quote, the source as a link, its grade in words, and when it was recorded."""
    page.get_by_role("button", name="Il-114-300 regional aircraft").click()
    card = page.locator("#card")
    expect(card.locator("h2")).to_be_visible()
    expect(card.locator(".word blockquote")).to_have_text("“The sides have begun to discuss it.”")
    link = card.locator(".word a")
    expect(link).to_have_attribute("href", "https://example.org/il-114")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(card.locator(".word .grade")).to_have_text(" B2: usually reliable, probably true")
    talks = card.locator("details", has_text="Talks initiated")
    talks.locator("summary").click()
    expect(talks).to_contain_text("recorded 10 December 2025, 09:01 UTC")
    expect(talks).to_contain_text("Corrected 15 January 2026, 09:00 UTC: the day of the dispatch")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(page.get_by_role("button", name="Il-114-300 regional aircraft")).to_be_focused()


def test_corrections_are_struck_through_not_gone(page: Page) -> None:
    """What was said before a correction, and what was withdrawn, stays in sight, struck through."""
    page.get_by_role("button", name="Il-114-300 regional aircraft").click()
    card = page.locator("#card")
    expect(card.locator("s.before")).to_have_text("2025-12-05 · Talks initiated")
    gone = card.locator("li.gone")
    expect(gone.locator("s")).to_have_text("2025-12-20 · Memorandum of understanding signed")
    gone.locator("summary").click()
    expect(gone).to_contain_text("the blog took it back")
    press(page, "#known-at", "Home")
    expect(card.locator("s")).to_have_count(0)


def test_a_mark_opens_what_it_stands_for(page: Page) -> None:
    """A click on a mark of a timeline opens the card at that development."""
    page.locator('#rows [data-slug="sj-100"] .mark.imprecise').last.click()
    expect(page.locator("#card h2")).to_have_text("SJ-100 jet")
    expect(page.locator("#card details[open]")).to_have_count(1)


def test_the_card_follows_the_time(page: Page) -> None:
    """It stays open while time moves, down to before the initiative was registered."""
    page.get_by_role("button", name="SJ-100 jet").click()
    press(page, "#known-at", "Home")
    expect(page.locator("#card")).to_contain_text("Not registered yet")
    press(page, "#known-at", "End")
    expect(page.locator("#card")).to_contain_text("possibly Memorandum")


@pytest.mark.parametrize("axis", ["world", "knowledge", "reported"])
def test_changes_are_those_of_the_command_line(page: Page, written: Written, axis: str) -> None:
    """What changed since a day is what diff says of the same two viewpoints, with its causes."""
    page.locator("#to-changes").click()
    page.locator("#since").fill("2025-12-04")
    page.locator("#since").fill("2025-12-10")
    page.locator(f"input[value={axis}]").check()
    expect(page.locator("#compared")).not_to_have_text("")
    words = ("2025-12-10", "2026-03-01", "--axis", axis, "--json")
    wanted = json.loads(ask(written.db, "diff", *words).stdout)["items"]
    page.evaluate("() => new Promise(requestAnimationFrame)")
    items = page.locator("#changes > li")
    told = {
        "happened": "happened", "learned": "learned", "corrected": "corrected",
        "registered": "registered", "lapsed": "nothing heard for too long",
    }  # fmt: skip
    found = [
        [
            items.nth(at).locator(".under").first.inner_text().strip(),
            items.nth(at).locator(".cause").all_inner_texts(),
        ]
        for at in range(items.count())
    ]
    assert found == [
        [item["initiative"], [told[each["cause"]] for each in item["causes"]]] for item in wanted
    ]
    assert found


def compared(page: Page) -> str:
    """What the page says that it compares, once it shows it."""
    page.evaluate("() => new Promise(requestAnimationFrame)")
    return page.locator("#compared").inner_text()


@pytest.mark.parametrize(
    ("view", "start", "end", "axis", "has_changes"),
    [
        ("as-of=2025-12-03&since=2026-01-01", "2026-01-01", "2025-12-03", "world", True),
        ("since=2026-06-01", "2026-06-01", "2026-03-01", "world", False),
        ("since=2026-03-01", "2026-03-01", "2026-03-01", "world", False),
        ("since=2025-12-01", "2025-12-01", "2026-03-01", "world", True),
        ("known-at=@9&since=2026-01-20", "2026-01-20", "@9", "knowledge", True),
        ("known-at=@9&since=2025-12-10", "2025-12-10", "@9", "knowledge", False),
        (
            "as-of=2025-12-10&known-at=@9&since=2026-01-20",
            "2026-01-20",
            "2025-12-10",
            "reported",
            True,
        ),
    ],
)
def test_what_is_told_backwards_is_marked(
    visit: Visit, written: Written, view: str, start: str, end: str, axis: str, has_changes: bool
) -> None:
    """FROM after TO is worked out forwards and swapped, and marked where the command line does."""
    page = visit.open(written.file, f"#show=changes&axis={axis}&{view}")
    day = ["--as-of", "2026-03-01"] if axis == "knowledge" else []
    caption = ask(written.db, "diff", start, end, "--axis", axis, *day).stdout
    assert compared(page).endswith(", told backwards.") == ("told backwards" in caption)
    assert compared(page).startswith("Nothing changed: ") == ("Nothing changed" in caption)
    assert (page.locator("#changes > li").count() > 0) == has_changes


def test_a_slider_moved_below_the_day_turns_the_story(page: Page) -> None:
    """The mark comes and goes with the slider, and whoever cannot see it hears it."""
    page.locator("#to-changes").click()
    page.locator("#since").fill("2026-02-28")
    assert "told backwards" not in compared(page)
    press(page, "#as-of", "PageDown")
    assert compared(page) == (
        "Nothing changed: as of 28 February 2026 known at @14, "
        "against as of 1 February 2026 known at @14, told backwards."
    )
    expect(page.locator("#announce")).to_contain_text("told backwards")
    press(page, "#as-of", "PageUp")
    assert "told backwards" not in compared(page)


# -- many ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report of three hundred initiatives."""
    db = tmp_path_factory.mktemp("many") / "log.db"
    rows = db.with_name("rows.jsonl")
    with rows.open("w", encoding="utf-8") as out:
        for number in range(300):
            row = {
                "initiative": f"in-{number:03}",
                "title": f"Initiative {number}",
                "lifecycle": "co-production",
                "type": "talks-initiated",
                "on": f"2025-{number % 12 + 1:02}-01",
                "source": "a paper",
            }
            out.write(json.dumps(row) + "\n")
    done = ask(db, "import", str(rows))
    assert done.exit_code == 0, done.output
    return Written.of(db, "report.html")


def test_of_many_rows_only_those_in_sight_are_there(visit: Visit, many: Written) -> None:
    """Assistive technology is told of all of them, and keys and scrolling reach the last."""
    page = visit.open(many.file)
    rows = page.locator("#rows > .row")
    expect(page.locator("#board")).to_have_attribute("aria-rowcount", "301")
    assert rows.count() < 60
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_role("button", name="Initiative 299")).to_be_visible()
    expect(rows.last).to_have_attribute("aria-rowindex", "301")
    assert rows.count() < 60
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("button", name="Initiative 0", exact=True).focus()
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Initiative 40")).to_be_focused()
    numbers = [int(each) for each in rows.evaluate_all("all => all.map(x => x.ariaRowIndex)")]
    assert numbers == sorted(numbers)


def test_a_filter_with_nothing_to_choose_is_not_there(
    page: Page, visit: Visit, many: Written
) -> None:
    """Where no initiative names a party or sector there is no filter that asks for one."""
    for name in ("party", "sector", "phase", "condition"):
        expect(page.locator(f"#{name}")).to_be_visible()
    visit.open(many.file)
    for name in ("party", "sector"):
        expect(page.locator(f"#{name}")).to_be_hidden()
    for name in ("phase", "condition"):
        expect(page.locator(f"#{name}")).to_be_visible()


def test_a_download_of_the_view_is_one_file(many: Written, tmp_path: Path, visit: Visit) -> None:
    """The page works from wherever it is put: nothing lies beside it."""
    alone = tmp_path / "elsewhere" / "mailed.html"
    alone.parent.mkdir()
    alone.write_bytes(many.file.read_bytes())
    page = visit.open(alone)
    expect(page.locator("#counts")).to_have_text("300 initiatives: 300 active")
