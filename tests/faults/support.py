"""What the faults share: how many of each, where chance comes from, and what must stand after."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.cli.desk import Desk
from tracker import Tracker
from tracker.application import keeping

if TYPE_CHECKING:
    from tracker.store.verify import VerifyReport

SOURCE = "https://example.org/report"
SLUG = "il-114"
PATIENCE_SECONDS = 120
"""How long anything may take that takes a second: a machine may be busy."""

IN_CI = os.environ.get("CI") == "true"


def size(request: pytest.FixtureRequest, short: int, full: int) -> int:
    """How many faults this run tries: *short* ones in every run, *full* with ``--faults=full``."""
    return full if request.config.getoption("--faults") == "full" else short


def chance(request: pytest.FixtureRequest) -> random.Random:
    """Chance that is the same whenever this test is run, and another for every test."""
    return random.Random(request.node.nodeid)


def left_out(reason: str) -> NoReturn:
    """Skip a test that this machine cannot run; continuous integration has to run it."""
    if IN_CI:
        pytest.fail(f"{reason}, and continuous integration must not leave this out")
    pytest.skip(reason)


def verified(where: str) -> VerifyReport:
    """The log at *where*, verified, with no text of an event missing."""
    with Tracker.open(where, by="checker") as log:
        report = keeping.verify(log.engine)
    assert report.erased == 0, "an event is there without the texts that it was written with"
    return report


def begin(where: str, *, events: int = 2) -> None:
    """A log with one initiative, and comments until there are *events*."""
    with Tracker.open(where, by="desk", create=True) as log:
        log.register(SLUG, title="Il-114", lifecycle="co-production")
    rows = [row(number) for number in range(events - 2)]
    if rows:
        add(where, rows)


def add(where: str, rows: Iterable[str]) -> None:
    """Import *rows*, as the command does."""
    Desk(where).done("import", "-", "--format", "csv", given="\n".join([HEADER, *rows]))


HEADER = "initiative,type,on,source,note"


def row(number: object, kind: str = "commented") -> str:
    """A row of an import that no other row equals."""
    return f"{SLUG},{kind},2025-03-01,{SOURCE},note {number}"


def said_in_one_sentence(stderr: str) -> str:
    """What standard error says, which has to be one sentence of the program's."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].startswith("tracker: ")
    assert "Traceback" not in stderr
    assert "fault in tracker" not in stderr
    return lines[0].removeprefix("tracker: ")
