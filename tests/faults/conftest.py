"""A PostgreSQL server for each module that does to it what no shared one should suffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import SERVERS, cases
from tests.faults.server import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=cases(SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each kind in turn, whose commits survive a crash."""
    with running(request.param.programs, request.param.name) as found:
        yield found
