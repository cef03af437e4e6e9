"""The story in a log, and work on it whole or in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from tests.logs import STORY, opened
from tracker.projections import from_zero


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A log of the story."""
    with opened(database_url, STORY) as engine:
        yield engine


@pytest.fixture(params=["whole", "in pieces"])
def _pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the story fits into one piece of work, or takes many."""
    if request.param == "in pieces":
        monkeypatch.setattr(from_zero, "PASS", 3)
        monkeypatch.setattr(from_zero, "SPANS", 100)
        monkeypatch.setattr(from_zero, "BATCH", 2)
