"""What the attacks share: a count of what was tried, and a log to attack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import field, frozen

from tests.attacks.victim import tell

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class Tally:
    """How many inputs were tried, by what they were."""

    counts: dict[str, int] = field(factory=dict)

    def add(self, what: str, count: int = 1) -> None:
        """Count *count* more of *what*."""
        self.counts[what] = self.counts.get(what, 0) + count


@pytest.fixture
def tally() -> Tally:
    """Counts what a test tried."""
    return Tally()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and nobody's settings."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def told_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The victim as a SQLite file, told once."""
    path = tmp_path_factory.mktemp("victim") / "log.db"
    tell(str(path))
    return path
