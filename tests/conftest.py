"""What every test may ask for: real databases, and how long Hypothesis searches.

``TRACKER_TEST_DATABASES=sqlite`` leaves PostgreSQL out; continuous integration may not.
``HYPOTHESIS_PROFILE=deep`` searches longer, and differently every time.
``--faults=full`` tries as many faults as the documentation speaks of.
"""

from __future__ import annotations

import contextlib
import os
from typing import IO, TYPE_CHECKING

import hypothesis
import pytest

from tests import tally as counting
from tests.databases import Backend, Postgresql, Sqlite, backends, close_run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BACKENDS = backends()
SERVERS = [backend for backend in BACKENDS if isinstance(backend, Postgresql)]
OWNER = pytest.StashKey[IO[str]]()

tally = counting.fixture

hypothesis.settings.register_profile("default", derandomize=True, deadline=None)
hypothesis.settings.register_profile("deep", max_examples=2000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    counting.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    counting.configure(config)
    only = os.environ.get("TRACKER_TEST_DATABASES", "all")
    if only not in {"all", "sqlite"}:
        raise pytest.UsageError("TRACKER_TEST_DATABASES is 'sqlite', 'all' or not set")
    if only == "sqlite" and os.environ.get("CI") == "true":
        raise pytest.UsageError("continuous integration tests PostgreSQL too")
    for name in [name for name in os.environ if name.startswith("TRACKER_")]:
        if not name.startswith("TRACKER_TEST_"):
            del os.environ[name]  # Or a test would write to the log of whoever runs it.
    for name in ("VISUAL", "EDITOR"):
        os.environ.pop(name, None)  # Or a test would open the editor of whoever runs it.
    # A worker, and a run inside another as mutmut makes one for each mutant, uses its servers.
    if not hasattr(config, "workerinput") and "TRACKER_TEST_SERVERS" not in os.environ:
        config.stash[OWNER] = open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if OWNER in config.stash:
        close_run(config.stash[OWNER])


def cases(chosen: list[Backend] | list[Postgresql]) -> list[object]:
    """One case for each database, those that need a server marked."""
    without_servers = os.environ.get("TRACKER_TEST_DATABASES") == "sqlite"
    left_out = pytest.mark.skipif(without_servers, reason="TRACKER_TEST_DATABASES=sqlite")
    marks = (pytest.mark.postgresql, left_out)
    return [
        pytest.param(each, id=each.name, marks=marks if isinstance(each, Postgresql) else ())
        for each in chosen
    ]


@pytest.fixture(params=cases(BACKENDS))
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database of every kind in turn."""
    with request.param.fresh(tmp_path) as url:
        yield url


@pytest.fixture(params=cases(SERVERS))
def each_postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database on every PostgreSQL server in turn."""
    with request.param.fresh(tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """A SQLite file that does not exist yet, for what is the same on every database."""
    with Sqlite().fresh(tmp_path) as url:
        yield url


@pytest.fixture
def another_database(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Further fresh databases: called with a URL, it gives one of the same kind, or server."""
    with contextlib.ExitStack() as stack:

        def fresh(like: str) -> str:
            kind = next(each for each in BACKENDS if each.made(like))
            return stack.enter_context(kind.fresh(tmp_path))

        yield fresh
