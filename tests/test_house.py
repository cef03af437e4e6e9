"""The rules of the house: who may import whom, what is kept here, and what is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import requires, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from sqlalchemy import create_engine, inspect, text

from tests.databases import empty

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    """The files of the checkout, or of the source distribution, by their paths in it."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-z"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        names = listed.stdout.rstrip("\0").split("\0")
        return [Path(name) for name in names if (ROOT / name).is_file()]
    ignored = {".venv", "__pycache__", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
    found = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [path for path in found if not ignored.intersection(path.parts)]


# --- imports --------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "tracker", tmp_path / "tracker", ignore=ignore)
    return tmp_path


def test_imports_run_one_way(copy: Path) -> None:
    """No layer imports one above it, and no renderer or domain module a database or click."""
    done = lint_imports(copy)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("layer", "imported"),
    [
        ("errors", "tracker.clock"),
        ("clock", "tracker.domain"),
        ("domain", "tracker.store"),
        ("domain", "sqlalchemy"),
        ("domain", "alembic"),
        ("domain", "click"),
        ("store", "tracker.projections"),
        ("render", "sqlalchemy"),
        ("render", "alembic"),
        ("render", "click"),
        ("render", "tracker.exchange"),
        ("exchange", "tracker.projections"),
        ("projections", "tracker.render"),
        ("projections", "tracker.application"),
        ("exchange", "tracker.cli"),
        ("application", "tracker.cli"),
    ],
)
def test_a_broken_import_contract_is_noticed(copy: Path, layer: str, imported: str) -> None:
    """A forbidden import, even inside a function, fails the check and is named by it."""
    package = copy / "tracker" / layer
    file = package / "smuggler.py" if package.is_dir() else package.with_suffix(".py")
    with file.open("a", encoding="utf-8") as module:
        module.write(f"\n\ndef smuggle():\n    import {imported}\n")
    done = lint_imports(copy)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    assert imported in done.stdout


def test_a_new_package_needs_a_place_among_the_layers(copy: Path) -> None:
    """What no layer names could import anything; so it is not let in."""
    (copy / "tracker" / "annex.py").touch()
    assert lint_imports(copy).returncode == 1


def test_alembic_is_no_package() -> None:
    """With an ``__init__.py`` our migrations would shadow the library that runs them."""
    assert not (ROOT / "alembic" / "__init__.py").exists()


# --- what is kept ---------------------------------------------------------------------------------


def test_no_lock_files_are_kept() -> None:
    """``constraints.txt`` says which versions were tested; no tool's own lock file does."""
    others = {"npm-shrinkwrap.json", "package-lock.json", "pylock.toml", "pnpm-lock.yaml"}
    assert [str(p) for p in tracked() if p.suffix == ".lock" or p.name in others] == []


def unwelcome() -> re.Pattern[str]:
    """Hosts of package registries and paths of one machine, put together from halves."""
    hosts = [("py", "pi"), ("python", "hosted"), ("npm", "js"), ("deb", "ian")]
    homes = [("ro", "ot"), ("wo", "rk"), ("ho", "me"), ("Us", "ers"), ("fa", "rm")]
    host = "|".join(first + second for first, second in hosts)
    home = "|".join(first + second for first, second in homes)
    here = "" if len(ROOT.parts) < 3 else f"|{re.escape(str(ROOT))}"
    return re.compile(rf"\b(?:{host})\.(?:org|com)\b|(?<![\w./:-])/(?:{home})/\w{here}")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("see https://" + "py" + "pi.org/simple", True),
        ('open("/ho' + 'me/someone/log.db")', True),
        ("cd /ro" + "ot/tracker", True),
        ("https://example.org/ho" + "me/page", False),
        ("a house of many rooms", False),
    ],
)
def test_the_search_for_addresses_finds_them(line: str, found: bool) -> None:
    """A registry's host and a machine's path are found; an address on the web is not one."""
    assert bool(unwelcome().search(line)) is found


def test_no_registry_or_machine_is_named() -> None:
    """No file says where packages are fetched from, or where a checkout once was."""
    pattern = unwelcome()
    faults = []
    for path in tracked():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="replace")
        lines = enumerate(text.splitlines(), start=1)
        faults += [f"{path}:{number}" for number, line in lines if pattern.search(line)]
    assert faults == []


def test_code_lives_in_its_folders() -> None:
    """Code is in tracker/, tests/, alembic/, docs/ and .ci/, where the checks look for it."""
    suffixes = {".bash", ".js", ".mako", ".py", ".pyi", ".pyx", ".sh", ".sql", ".ts"}
    folders = {".ci", "alembic", "docs", "tests", "tracker"}
    astray = [
        str(path)
        for path in tracked()
        if path.parts[0] not in folders
        and (path.suffix in suffixes or (ROOT / path).read_bytes().startswith(b"#!"))
    ]
    assert astray == []


# --- what tests are given -------------------------------------------------------------------------


def tables(url: str, also: str = "SELECT 1") -> list[str]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(text(also))
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_databases_are_empty_and_apart(
    database_url: str, another_database: Callable[[str], str]
) -> None:
    """Each database starts empty, can be emptied again, and shares nothing with the next."""
    beside = another_database(database_url)
    assert tables(database_url) == tables(beside) == []
    assert tables(database_url, "CREATE TABLE notes (line text)") == ["notes"]
    assert tables(beside) == []
    empty(database_url)
    assert tables(database_url) == []


def test_servers_keep_no_time_of_ours(each_postgresql: str) -> None:
    """The servers live in another time zone, so that a naive instant cannot pass for UTC."""
    engine = create_engine(each_postgresql)
    with engine.begin() as connection:
        assert connection.scalar(text("SHOW TimeZone")) == "Asia/Kolkata"
    engine.dispose()


# --- what is installed ----------------------------------------------------------------------------


def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def declared(*, without: str = "") -> list[Requirement]:
    """What pyproject.toml asks for: to build, to run, and in every extra but one."""
    project = PYPROJECT["project"]
    texts = [*PYPROJECT["build-system"]["requires"], *project["dependencies"]]
    for name, extra in project["optional-dependencies"].items():
        texts += extra if name != without else ()
    requirements = [Requirement(text) for text in texts]
    return [each for each in requirements if each.name != project["name"]]


def test_constraints_are_exact_versions_only() -> None:
    """Each line is a name and a version: no addresses, no hashes, no ranges, none twice."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert len(pins()) == len(lines)


def test_constraints_satisfy_what_is_declared() -> None:
    """Every declared requirement is pinned, to a version in its range."""
    versions = pins()
    faults = [
        str(each)
        for each in declared()
        if canonicalize_name(each.name) not in versions
        or versions[canonicalize_name(each.name)] not in each.specifier
    ]
    assert faults == []


def test_constraints_leave_nothing_to_chance() -> None:
    """What a declared package itself requires, here and now, is pinned too.

    What mutation testing needs is followed where it is installed: ``make test`` does without it.
    pip, which datasette asks for, is what installs the rest: a pin would replace it while it runs.
    """
    versions = pins() | {"pip": Version(version("pip"))}
    waiting = declared(without="" if find_spec("mutmut") else "mutation")
    seen: set[tuple[str, str]] = set()
    missing = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in versions:
            missing.add(name)
            continue
        for extra in {"", *requirement.extras}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            inner = [Requirement(text) for text in requires(name) or ()]
            waiting += [r for r in inner if r.marker is None or r.marker.evaluate({"extra": extra})]
    assert missing == set()
