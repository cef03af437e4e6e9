"""A visit to a report in a browser: what it shows, and what it should never do."""

from __future__ import annotations

from pathlib import Path

from attrs import define, field
from playwright.sync_api import ConsoleMessage, Error, Page, Request

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


@define
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
