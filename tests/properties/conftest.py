"""One desk for each test module and kind of database."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.conftest import cases
from tests.databases import Backend, Sqlite, backends
from tests.properties.support import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

# A second server is for the long search: what differs between servers, the contracts show.
FOUND = backends() if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else backends()[:2]


def _desk(backend: Backend, factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(backend, factory.mktemp("desk"), stack)


@pytest.fixture(scope="module", params=cases(FOUND))
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Databases of every kind in turn."""
    yield from _desk(request.param, tmp_path_factory)


@pytest.fixture(scope="module")
def sqlite_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Files alone, for seeded bugs: one kind of database is enough to notice them."""
    yield from _desk(Sqlite(), tmp_path_factory)
