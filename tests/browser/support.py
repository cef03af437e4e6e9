"""A visit to a report in a browser: what it shows, and what it should never do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from attrs import define, field, frozen
from freezegun import freeze_time
from playwright.sync_api import ConsoleMessage, Error, Page, Request

from tests.cli.asking_story import NOW, ask
from tracker import Tracker
from tracker.application.overview.shared import phase_title

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

# None of these lets a page do more; they keep the browser itself off the network.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@define(slots=False)  # Playwright keeps notes on whose methods it calls
class Visit:
    """A page in the browser, and every fault of it: requests, messages, errors."""

    page: Page
    faults: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.page.on("request", self._on_request)
        self.page.on("console", self._on_message)
        self.page.on("pageerror", self._on_error)

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.faults.append(f"asked for {request.url}")

    def _on_message(self, message: ConsoleMessage) -> None:
        self.faults.append(f"said {message.type}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.faults.append(f"failed: {error}")

    def open(self, file: Path, view: str = "") -> Page:
        """Go to the report *file*, at the view that a hash names."""
        self.page.goto(file.as_uri() + view)
        return self.page


@frozen
class Written:
    """A report on the disk, and the log that it was written from."""

    db: Path
    file: Path

    @classmethod
    def of(cls, db: Path, name: str, *words: str) -> Written:
        """Write a report of the log *db*, at the clock of its story, beside it."""
        file = db.with_name(name)
        done = ask(db, "report", "--out", str(file), *words)
        assert done.exit_code == 0, done.output
        return cls(db, file)

    def standings(self, as_of: date, known_at: str) -> list[list[str]]:
        """Title, phase and condition of each initiative, as the log itself answers."""
        with freeze_time(NOW), Tracker.open(str(self.db)) as log:
            found = log.portfolio(log.viewpoint(as_of, known_at))
        return [
            [
                each.profile.title,
                phase_title(each.lifecycle, each.status.phase),
                each.status.condition,
            ]
            for each in found
        ]


def shown(page: Page) -> list[list[str]]:
    """Title, phase and condition of each row in sight, without what is possible besides."""
    rows = page.locator("#rows > .row")
    return [
        [
            part.split(" (")[0]
            for part in (
                rows.nth(at).locator("button.title").inner_text(),
                rows.nth(at).locator(".phase").inner_text(),
                rows.nth(at).locator(".condition").inner_text(),
            )
        ]
        for at in range(rows.count())
    ]


def viewpoint(page: Page) -> tuple[date, str]:
    """As of when and known at which position the page says it is."""
    day = page.locator("#as-of-day").input_value()
    position = page.locator("#foot-position").inner_text()
    return date.fromisoformat(day), position


def settled(page: Page) -> None:
    """Wait until what is shown stands in the link, as it does when a view has come to rest."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 700))")
