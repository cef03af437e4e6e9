"""One real Chromium for each run of the tests, and pages in it that tell of every fault.

It is the distribution's own, found on the path.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.support import NAMES, QUIET, Visit
from tests.programs import needed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser."""
    path = needed(*NAMES)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """A page of 1280 by 800, which must ask for nothing and complain of nothing until the end."""
    with chromium.new_context(viewport={"width": 1280, "height": 800}) as context:
        visit = Visit(context.new_page())
        yield visit
        assert visit.faults == []


@pytest.fixture(scope="module")
def engine_page(chromium: Browser) -> Iterator[Page]:
    """An empty page with the program of the report in it, to ask it questions."""
    from tracker.render.report import program

    with chromium.new_context() as context:
        page = context.new_page()
        page.add_script_tag(content=program())
        yield page
