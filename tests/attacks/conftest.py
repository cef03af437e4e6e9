"""What the attacks share: a log to attack, and nobody's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attacks.victim import tell

if TYPE_CHECKING:
    from pathlib import Path


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
