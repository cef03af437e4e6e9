"""PostgreSQL servers of one's own, for what no shared one should suffer, and logs to begin from.

The short form does it on one server, the full form on every server that there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import BACKENDS, SERVERS, cases
from tests.databases import is_listening
from tests.faults.operations import Files, models
from tests.faults.server import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases import Backend, Postgresql
    from tests.faults.operations import Models
    from tests.faults.server import Server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_full = metafunc.config.getoption("--faults") == "full"
    if "_backend" in metafunc.fixturenames:
        found = cases(BACKENDS if is_full else BACKENDS[:2])
        metafunc.parametrize("_backend", found, indirect=True)
    if "_kind" in metafunc.fixturenames:
        servers = cases(SERVERS if is_full else SERVERS[:1])
        if "given" in metafunc.fixturenames:
            servers = [pytest.param(None, id="sqlite"), *servers]
        metafunc.parametrize("_kind", servers, indirect=True, scope="session")


@pytest.fixture
def _backend(request: pytest.FixtureRequest) -> Backend:
    found: Backend = request.param
    return found


@pytest.fixture
def database_url(_backend: Backend, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database, as elsewhere, but in the short form on one server alone."""
    with _backend.fresh(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def _kind(request: pytest.FixtureRequest) -> Postgresql | None:
    found: Postgresql | None = request.param
    return found


@pytest.fixture(scope="session")
def server(_kind: Postgresql) -> Iterator[Server]:
    """A server whose commits survive a crash."""
    with running(_kind.programs, _kind.name) as found:
        yield found


@pytest.fixture(autouse=True)
def _server_goes_on(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a test that failed while the server was down fail alone."""
    yield
    if "server" in request.fixturenames:
        found: Server = request.getfixturevalue("server")
        if not is_listening(found.home):
            found.launch()


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The logs that operations begin from, as SQLite files."""
    folder = tmp_path_factory.mktemp("files")
    return models(Files(folder), folder)


@pytest.fixture(scope="session")
def on_server(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The logs that operations begin from, on a server."""
    return models(server, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def given(request: pytest.FixtureRequest, _kind: Postgresql | None) -> Models:
    """The logs that operations begin from, as files and then on a server."""
    found: Models = request.getfixturevalue("files" if _kind is None else "on_server")
    return found
