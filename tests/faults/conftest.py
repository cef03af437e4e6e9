"""PostgreSQL servers of one's own, for what no shared one should suffer, and logs to begin from.

The short form does it on one server, the full form on every server that there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import SERVERS, cases
from tests.faults.operations import Files, models
from tests.faults.server import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Postgresql
    from tests.faults.operations import Models
    from tests.faults.server import Server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_full = metafunc.config.getoption("--faults") == "full"
    servers = cases(SERVERS if is_full else SERVERS[:1])
    if "place" in metafunc.fixturenames:
        servers = [pytest.param(None, id="sqlite"), *servers]
    if {"server", "place"} & set(metafunc.fixturenames):
        metafunc.parametrize("_kind", servers, indirect=True, scope="module")


@pytest.fixture(scope="module")
def _kind(request: pytest.FixtureRequest) -> Postgresql | None:
    found: Postgresql | None = request.param
    return found


@pytest.fixture(scope="module")
def server(_kind: Postgresql) -> Iterator[Server]:
    """A server whose commits survive a crash."""
    with running(_kind.programs, _kind.name) as found:
        yield found


@pytest.fixture(scope="module")
def place(
    request: pytest.FixtureRequest,
    _kind: Postgresql | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Files | Server:
    """Where databases are made: a folder of SQLite files, or such a server."""
    if _kind is None:
        return Files(tmp_path_factory.mktemp("logs"))
    found: Server = request.getfixturevalue("server")
    return found


@pytest.fixture(scope="module")
def given(place: Files | Server, tmp_path_factory: pytest.TempPathFactory) -> Models:
    """The logs that operations begin from."""
    return models(place, tmp_path_factory.mktemp("models"))
