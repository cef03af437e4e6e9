"""The report for everyone: on paper, without JavaScript, by keyboard, by ear, small and large."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.support import Visit, Written
from tests.cli import asking_story
from tracker.render.report import style


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A report of the small log."""
    db = tmp_path_factory.mktemp("looks") / "log.db"
    asking_story.tell(str(db))
    return Written.of(db, "report.html")


def printed(page: Page) -> list[str]:
    """The rows of the static table, once they can be seen."""
    expect(page.locator("#static-rows tr").first).to_be_visible()
    return page.locator("#static-rows tr").all_text_contents()


@pytest.fixture
def without(chromium: Browser, written: Written) -> Iterator[Page]:
    """The report where JavaScript is off."""
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(written.file.as_uri())
        yield page


def test_without_javascript_there_is_the_table(without: Page) -> None:
    """All initiatives, the viewpoint and the root are there; what needs the program is not."""
    assert len(printed(without)) == 3
    expect(without.locator("#live")).to_be_hidden()
    expect(without.locator("noscript p")).to_be_visible()
    expect(without.locator("#sentence")).to_contain_text("As of 1 March 2026")
    expect(without.locator("#foot-root")).to_have_text(re.compile("[0-9a-f]{64}"))


def test_what_is_printed_is_the_view(visit: Visit, written: Written, without: Page) -> None:
    """At the start it is the table that was written, word for word; later what is shown."""
    page = visit.open(written.file)
    expect(page.locator("#static-rows tr").first).to_be_hidden()
    page.emulate_media(media="print")
    assert printed(page) == printed(without)
    expect(page.locator("#live")).to_be_hidden()
    page.emulate_media(media="screen")
    page.locator("#as-of-day").fill("2025-12-04")
    page.locator("#party").select_option("UAC")
    expect(page.locator("#counts")).to_have_text("1 of 4 initiatives: 1 active")
    page.emulate_media(media="print")
    rows = page.locator("#static-rows tr:visible")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Il-114-300 regional aircraft")
    expect(page.locator("#sentence")).to_contain_text("As of 4 December 2025")


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1280, 3840])
@pytest.mark.parametrize("view", ["", "#open=il-114", "#show=changes&since=2025-01-01"])
def test_nothing_is_wider_than_the_screen(
    visit: Visit, written: Written, width: int, view: str
) -> None:
    """From a small phone to a wall: no scrolling sideways, and the times stay in sight."""
    visit.page.set_viewport_size({"width": width, "height": 780})
    page = visit.open(written.file, view)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    expect(page.locator("#as-of")).to_be_in_viewport()
    expect(page.locator("#known-at")).to_be_in_viewport()


def test_on_a_phone_the_filters_open(visit: Visit, written: Written) -> None:
    """Where room is scarce they are behind a button, which says whether they are open."""
    visit.page.set_viewport_size({"width": 360, "height": 780})
    page = visit.open(written.file)
    expect(page.locator("#party")).to_be_hidden()
    page.locator("#filtering").click()
    expect(page.locator("#filtering")).to_have_attribute("aria-expanded", "true")
    expect(page.locator("#party")).to_be_visible()


# -- for whoever cannot see it, or uses no mouse ---------------------------------------------------

NAMELESS = """() =>
  [...document.querySelectorAll("button, input, select, a, summary, [role=img]")]
  .filter((node) => node.checkVisibility() && !(node.getAttribute("aria-label")
    || node.textContent.trim()
    || [...(node.labels ?? [])].some((label) => label.textContent.trim())))
  .map((node) => node.outerHTML)"""
REPEATED = """() => [...document.querySelectorAll("[id]")].map((node) => node.id)
  .filter((id, at, all) => all.indexOf(id) !== at)"""
DANGLING = """() =>
  ["aria-labelledby", "aria-describedby", "aria-controls", "for"].flatMap((name) =>
  [...document.querySelectorAll(`[${name}]`)].flatMap((node) => node.getAttribute(name).split(" "))
    .filter((id) => !document.getElementById(id)))"""
STRAYS = """() => [...document.querySelectorAll("[role=row]")].filter((row) =>
  !row.closest("[role=rowgroup]")?.closest("[role=table]")
  || [...row.children].some((cell) => !["cell", "columnheader"].includes(cell.role)))
  .map((row) => row.outerHTML)"""


@pytest.mark.parametrize("view", ["#open=il-114", "#show=changes&since=2025-01-01"])
def test_everything_has_a_name(visit: Visit, written: Written, view: str) -> None:
    """Every control has a name, every id is one element's, every table is one to who hears it."""
    page = visit.open(written.file, view)
    for check in (NAMELESS, REPEATED, DANGLING, STRAYS):
        assert page.evaluate(check) == []
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1").count() == page.locator("main").count() == 1


def test_what_moves_is_told(visit: Visit, written: Written) -> None:
    """A slider says its day in words, and what stands is announced once it has come to rest."""
    page = visit.open(written.file)
    slider = page.locator("#as-of")
    expect(slider).to_have_attribute("aria-valuetext", "1 March 2026")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "28 February 2026")
    status = page.locator("#announce")
    expect(status).to_have_attribute("aria-live", "polite")
    expect(status).to_contain_text("As of 28 February 2026")
    expect(status).to_contain_text("3 of 4 initiatives")


def test_it_can_be_used_by_keyboard_alone(visit: Visit, written: Written) -> None:
    """Tab reaches every control in the order in which they are seen, each with a visible focus."""
    page = visit.open(written.file)
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "() => [document.activeElement.id || document.activeElement.dataset.sort"
            " || document.activeElement.textContent,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if reached and name == reached[-1]:
            continue  # the parts of a date are reached one by one
        if page.evaluate("() => document.activeElement === document.body"):
            break
        assert outline != "none", name
        reached.append(name)
    wanted = ["as-of-play", "as-of", "as-of-before", "known-at-play", "known-at", "to-board",
              "to-changes", "find", "party", "sector", "phase", "condition", "copy", "span",
              "initiative", "since", "due", "Free trade agreement", "Il-114-300 regional aircraft",
              "SJ-100 jet"]  # fmt: skip
    assert list(dict.fromkeys(name for name in reached if name in wanted)) == wanted
    page.get_by_role("button", name="SJ-100 jet").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()


# -- colours ---------------------------------------------------------------------------------------


def colours(scheme: str) -> dict[str, str]:
    """The colours of a scheme, by name; the dark one begins from the light."""
    light, dark = re.findall(r":root \{(.*?)\n *\}", style(), re.DOTALL)[:2]
    declared = re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light)
    if scheme == "dark":
        declared += re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark)
    return dict(declared)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme: str) -> None:
    """Text has a contrast of 4.5 to what it stands on, marks one of 3 (WCAG 2.2, 1.4.3, 1.4.11)."""
    found = colours(scheme)
    text = [("ink", "paper"), ("ink", "wash"), ("soft", "paper"), ("soft", "wash"),
            ("edge", "paper"), ("warn", "paper"), ("warn", "wash"),
            ("on-amber", "amber")]  # fmt: skip
    text += [(f"on{n}", f"p{n}") for n in range(6)]
    marks = [("edge", "paper"), ("warn", "paper"), ("gone", "paper"), ("focus", "paper")]
    for pairs, least in ((text, 4.5), (marks, 3.0)):
        for one, other in pairs:
            assert contrast(found[one], found[other]) >= least, (scheme, one, other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_scheme_of_the_reader_is_kept(chromium: Browser, written: Written, scheme: str) -> None:
    """Light or dark, as the system says; what is drawn takes the same colours."""
    with chromium.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
        page = context.new_page()
        page.goto(written.file.as_uri())
        paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
        wanted = colours(scheme)["paper"]
        assert paper == f"rgb({', '.join(str(int(wanted[at : at + 2], 16)) for at in (1, 3, 5))})"


def test_hatching_tells_the_imprecise_and_lightness_the_inferred(
    visit: Visit, written: Written
) -> None:
    """A stretch that the dates leave open is hatched; one that silence made dormant is lighter."""
    page = visit.open(written.file)
    assert page.locator('#rows [data-slug="sj-100"] .hatch').count() > 0
    assert page.locator('#rows [data-slug="il-114"] .hatch').count() == 0
    page.locator("#as-of-day").fill("2031-01-01")
    expect(page.locator('#rows [data-slug="il-114"] .condition')).to_have_text("dormant (inferred)")
    band = page.locator('#rows [data-slug="il-114"] .band.inferred')
    expect(band).to_have_count(1)
    assert float(band.evaluate("node => getComputedStyle(node).fillOpacity")) < 0.5
    expect(page.locator('#rows [data-slug="il-114"] .mark.overdue')).to_have_count(1)


def test_the_legend_names_all_that_is_drawn(visit: Visit, written: Written) -> None:
    """Each kind of band and of mark has its picture and its word."""
    page = visit.open(written.file)
    told = [text.split("\n")[-1] for text in page.locator("#legend .entry").all_inner_texts()]
    assert {"suspended", "ended", "dormant (inferred)", "dates imprecise", "development", "plan",
            "overdue plan", "fulfilled plan", "withdrawn", "as of"} <= set(told)  # fmt: skip


def test_the_policy_names_what_may_run(written: Written) -> None:
    """The file names its own policy: the hash of its one style and of its one program."""
    page = Path(written.file).read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-\S{44}'; style-src 'sha256-\S{44}'; "
        r"img-src data:; base-uri 'none'; form-action 'none'",
        policy[1],
    )
