"""What is installed from the wheel, far from any checkout, is all that is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# The installation is shared by the tests of this file, so one worker runs them all.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]


def run(command: list[str | Path], cwd: Path, env: dict[str, str] | None = None) -> str:
    words = [str(part) for part in command]
    done = subprocess.run(words, check=False, cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{command} gave {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT], cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return next(built.glob("*.whl"))


class Elsewhere:
    """A user with a home of their own and nothing installed but the wheel."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.environment = folder / "environment"
        self.home = folder / "home"
        self.folder = folder / "a folder"
        self.home.mkdir()
        self.folder.mkdir()
        venv.create(self.environment, with_pip=True)
        pip: list[str | Path] = [self.python, "-m", "pip", "--disable-pip-version-check", "-q"]
        run([*pip, "install", wheel, "-c", ROOT / "constraints.txt"], cwd=folder)

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    def tracker(self, *arguments: str) -> str:
        env = {"HOME": str(self.home), "PATH": os.defpath, "LANG": "C.UTF-8"}
        return run([self.environment / "bin" / "tracker", *arguments], self.folder, env)


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    return Elsewhere(wheel, tmp_path_factory.mktemp("elsewhere"))


def shipped(folder: str) -> set[str]:
    """The files of *folder* in the checkout, by their paths in it."""
    return {
        path.relative_to(ROOT / folder).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("folder", ["alembic", "fixtures"])
def test_the_wheel_carries_migrations_and_fixtures(wheel: Path, folder: str) -> None:
    """Every file of alembic/ and fixtures/ is in the wheel, inside the package, and no other."""
    prefix = f"tracker/_{folder}/"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert shipped(folder)
    assert {name.removeprefix(prefix) for name in names if name.startswith(prefix)} == shipped(
        folder
    )


def test_the_wheel_carries_the_functions_of_the_server(wheel: Path) -> None:
    """What a recorder calls is text beside the code, and is in the wheel with it."""
    folder = "tracker/store/server"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.startswith(f"{folder}/")}
    assert {name for name in names if name.endswith(".sql")} == {
        f"{folder}/{name}" for name in shipped(folder)
    }
    assert names


def test_the_wheel_installs_one_package(wheel: Path) -> None:
    """The wheel puts nothing beside the package: no tests, and no second alembic."""
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tracker"}


def test_the_wheel_carries_the_licence(wheel: Path) -> None:
    """The licence travels with the code."""
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.endswith("/licenses/LICENSE") for name in archive.namelist())


@pytest.mark.parametrize("folder", ["alembic", "docs", "fixtures", "tests", "tracker"])
def test_the_source_distribution_is_whole(built: Path, folder: str) -> None:
    """From the source distribution one can build, test and read everything."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {f"{folder}/{path}" for path in shipped(folder)} <= names


def test_what_is_installed_comes_from_the_wheel(elsewhere: Elsewhere) -> None:
    """The package, its migrations and its fixtures are found in the environment, not a checkout."""
    script = "import tracker; print(tracker.__file__)"
    package = Path(run([elsewhere.python, "-c", script], elsewhere.folder).strip()).parent
    assert package.is_relative_to(elsewhere.environment)
    assert (package / "_alembic" / "env.py").is_file()
    assert list((package / "_alembic" / "versions").glob("*.py"))
    assert list((package / "_fixtures" / "lifecycles").glob("*.toml"))


def test_the_version_is_the_packages_own(elsewhere: Elsewhere, wheel: Path) -> None:
    """``tracker --version`` names the version that the wheel's file name has."""
    assert wheel.name.split("-")[1] in elsewhere.tracker("--version")


def test_the_demo_needs_nothing_but_the_wheel(elsewhere: Elsewhere) -> None:
    """``tracker demo`` gives its first answer in an empty home, and again when it is repeated."""
    assert "il-114" in elsewhere.tracker("demo")
    assert "il-114" in elsewhere.tracker("demo")


def test_an_installed_tracker_answers(elsewhere: Elsewhere) -> None:
    """A log made by the demo answers status, lifecycle list and doctor from another folder."""
    log = str(elsewhere.home / "a log.db")
    elsewhere.tracker("--db", log, "demo")
    answer = json.loads(elsewhere.tracker("--db", log, "status", "--json"))
    assert answer["schema"].startswith("tracker/status")
    assert "il-114" in {item["initiative"] for item in answer["items"]}
    assert elsewhere.tracker("--db", log, "lifecycle", "list").strip()
    assert elsewhere.tracker("--db", log, "doctor").strip()
    assert elsewhere.tracker("--db", log, "report", "--out", "-").endswith("</html>\n")
