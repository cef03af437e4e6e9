"""A recorder writes the very log that the owner would have written, and answers are the same."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from freezegun import freeze_time
from hypothesis import HealthCheck, given, settings
from sqlalchemy.engine import Engine

from tests import histories
from tests.cli.desk import Desk
from tests.conftest import SERVERS, cases
from tests.histories import Step, rehearsed
from tests.logs import contents
from tests.sharing import shared
from tracker import Tracker
from tracker.application import keeping
from tracker.errors import Unavailable
from tracker.store.event_log import reading
from tracker.store.schema import events, metadata

SOURCE = "https://example.org/report"
ID = "0193a1b0-0000-7000-8000-0000000000{:02x}"
ROWS = """initiative,title,lifecycle,type,on,mode,source,quote,grade,id,after
mi-38,Mi-38,co-production,talks-initiated,2024-02-01,occurred,Annex 1,so it says,B2,,
mi-38,,,agreement-signed,2024-03-01,occurred,Annex 2,,A1,{first},
mi-38,,,commented,2024-03-01,occurred,Annex 2,,C3,,{first}
ka-62,Ka-62,co-production,talks-initiated,2025,planned,Annex 3,,C3,,
""".format(first=ID.format(0xA0))

DEFINITION = """name = "road"
title = "Road"
dormant_after = "6 months"
[[phase]]
name = "talks"
title = "Talks"
definition = "They talk."
[[phase]]
name = "service"
title = "Service"
definition = "It runs."
[[development]]
type = "begun"
title = "Begun"
enters = "talks"
[[development]]
type = "running"
title = "Running"
enters = "service"
[[development]]
type = "opened"
title = "Opened"
{}
"""


def story(folder: Path) -> Iterator[tuple[str, ...]]:
    """Every way to record, by the command line."""
    said = ("--source", SOURCE, "--quote", "Überbringer: a desk", "--grade", "B2")
    (folder / "rows.csv").write_text(ROWS, encoding="utf-8")
    for number, effect in enumerate(("", 'enters = "service"', 'ends = "done"')):
        (folder / f"{number}.toml").write_text(DEFINITION.format(effect), encoding="utf-8")
    ids = (ID.format(number) for number in itertools.count(1))
    yield ("register", "il-114", "--title", "Il-114", "--lifecycle", "co-production")
    yield ("register", "il-96", "--title", "Il-96", "--lifecycle", "co-production", "--tag", "air")
    yield ("lifecycle", "adopt", str(folder / "0.toml"))
    yield ("register", "road-1", "--title", "Road", "--lifecycle", "road")
    yield ("record", "road-1", "begun", "--on", "2024-01-02", *said, "--id", next(ids))
    yield ("record", "road-1", "opened", "--on", "2024-05", *said, "--id", next(ids))
    yield ("record", "il-114", "talks-initiated", "--on", "2024-03-01", *said, "--note", "heard")
    yield ("record", "il-114", "commented", "--on", "2024-03-01", *said, "--after", "il-114#2")
    yield ("plan", "il-114", "agreement-signed", "--by", "2030", *said)
    yield ("record", "il-114", "agreement-signed", "--on", "2024-06-01", *said)
    yield ("amend", "il-114#2", "--on", "2024-03-02", "--reason", "the day after")
    yield ("amend", "il-114#2", "--on", "2024-03-01", "--reason", "no, that day")
    yield ("amend", "il-114#5", "--fulfils", "il-114#4", "--reason", "it was planned")
    yield ("withdraw", "il-114#3", "--reason", "nobody said so")
    yield ("link", "il-114", "follows", "il-96")
    yield ("unlink", "il-114", "follows", "il-96", "--reason", "it does not")
    yield ("link", "il-96", "related-to", "road-1")
    yield ("lifecycle", "adopt", str(folder / "1.toml"))
    yield ("lifecycle", "adopt", str(folder / "2.toml"))
    yield ("revise", "il-114", "--lifecycle", "road", "--title", "Il-114-300")
    yield ("register", "il-114x", "--title", "The same", "--lifecycle", "co-production")
    yield ("retire", "il-114x", "--merged-into", "il-114", "--reason", "twice")
    yield ("import", str(folder / "rows.csv"))
    yield ("import", str(folder / "rows.csv"))
    yield ("record", "il-114", "commented", "--on", "2024-07", *said, "--dry-run")


def recorded(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Tell the story at *url*, and what was printed."""
    numbers = itertools.count(1)
    monkeypatch.setattr("secrets.token_bytes", lambda n: next(numbers).to_bytes(n, "big"))
    monkeypatch.setattr("secrets.randbits", lambda _: next(numbers))
    desk = Desk(url)
    return "".join(desk.done(*words) for words in story(folder))


def everything(url: str) -> tuple[bytes, dict[str, list[tuple[Any, ...]]]]:
    """The root of a log, and all its rows."""
    with Tracker.open(url) as log:
        root = log.root(log.head().position)
        return root, contents(log.engine, *metadata.tables.values())


def test_a_recorder_writes_the_log_that_the_owner_would(
    each_postgresql: str,
    another_database: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same root, the same rows of every table, the same words; and all of it is sound."""
    with (
        shared(each_postgresql) as theirs,
        shared(another_database(each_postgresql), granted=False) as own,
        freeze_time(datetime.now(UTC), tick=False),
    ):
        by_owner = recorded(own.by(own.owner), tmp_path, monkeypatch)
        by_recorder = recorded(theirs.by(theirs.recorder), tmp_path, monkeypatch)
        assert by_recorder == by_owner
        assert everything(theirs.by(theirs.reader)) == everything(own.by(own.owner))
        for role in (theirs.owner, theirs.recorder, theirs.reader):
            Desk(theirs.by(role)).done("verify")
            Desk(theirs.by(role)).done("rebuild", "--dry-run")


@pytest.fixture(scope="module", params=cases(SERVERS))
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Engine]]:
    """Two logs on one server: the engine of the owner of one, and of a recorder in the other."""
    folder = tmp_path_factory.mktemp("logs")
    with (
        request.param.fresh(folder) as one,
        request.param.fresh(folder) as other,
        shared(one, granted=False) as own,
        shared(other) as theirs,
        own.engine(own.owner) as owner,
        theirs.engine(theirs.recorder) as recorder,
    ):
        yield owner, recorder


def just_now(steps: Sequence[Step]) -> list[Step]:
    """*steps* as a recorder can take them: witnessed, one after another."""
    return [evolve(step, days=0, time="witnessed") for step in steps]


def rows_after(engine: Engine, steps: Sequence[Step]) -> dict[str, list[tuple[Any, ...]]]:
    with rehearsed(engine, steps) as (connection, _):
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.tables.values()
            if table.name != "projections"  # which the owner marks at the end of an append
        }


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=histories.histories().map(just_now))
def test_any_history_is_the_same_by_a_recorder(
    pair: tuple[Engine, Engine], steps: Sequence[Step]
) -> None:
    """Whatever happens, in whatever order: every row that a recorder leaves is the owner's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.histories.DAWN", datetime.now(UTC))
        patch.setattr("secrets.token_bytes", bytes)
        owner, recorder = pair
        assert rows_after(recorder, steps) == rows_after(owner, steps)


def test_recorders_at_once_keep_positions_dense(each_postgresql: str) -> None:
    """Six of them, and the owner: every event has its place, and the log is sound."""
    with shared(each_postgresql) as log:
        with Tracker.open(log.by(log.recorder), by="anna") as opened:
            opened.register("il-114", title="Il-114", lifecycle="co-production")
        failures: list[BaseException] = []

        def write(role: str, name: str) -> None:
            try:
                with Tracker.open(log.by(role), by=name) as opened:
                    for number in range(5):
                        receipt = opened.record(
                            "il-114", "commented", on=f"2025-0{number + 1}-10", source=SOURCE
                        )
                        assert receipt.event is not None
                        opened.amend(f"@{receipt.event.position}", note=name, reason="added")
            except BaseException as error:  # noqa: BLE001 -- told by whoever joins the thread
                failures.append(error)

        roles = [log.recorder] * 6 + [log.owner]
        threads = [
            threading.Thread(target=write, args=(role, f"writer-{number}"))
            for number, role in enumerate(roles)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        with log.engine(log.owner) as engine:
            with reading(engine) as connection:
                told = connection.execute(
                    sa.select(events.c.position, events.c.recorded_at).order_by(events.c.position)
                ).all()
            assert [position for position, _ in told] == list(range(1, 2 + 7 * 10 + 1))
            assert [at for _, at in told] == sorted(at for _, at in told)
            assert keeping.verify(engine).events == 72


def test_a_computer_whose_clock_is_wrong_is_told_so(each_postgresql: str) -> None:
    """Nothing is recorded at a time that the server does not see, behind or ahead."""
    with shared(each_postgresql) as log, Tracker.open(log.by(log.recorder), by="anna") as opened:
        for away in (timedelta(days=-2), timedelta(hours=2)):
            with (
                freeze_time(datetime.now(UTC) + away),
                pytest.raises(Unavailable, match="the clock of this server"),
            ):
                opened.register("il-114", title="Il-114", lifecycle="co-production")
        assert opened.head().position == 0
