"""What is supposed is what would be: ``what-if`` against recording it, on logs of every kind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from tests.histories import DEFINITIONS, LIFECYCLES, SLUGS, TYPES, Step, histories, record
from tests.properties.support import (
    Database,
    Desk,
    Pointers,
    contents,
    examples,
    fails,
    load,
    pointers,
)
from tracker.application import supposing
from tracker.application.importing import import_files
from tracker.application.opening import OpenLog
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.application.supposing import Asked, Draft, suppose
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import changes
from tracker.store.event_log import head

NOW = "2026-05-01T09:00:00Z"
DAYS = ("2024-03-10", "2024-04", "2024-05-20/2024-07", "2024-07-15", "2025", "../2024-06")

Row = dict[str, str]

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "initiative": st.sampled_from([*SLUGS, "new-1"]),
            "title": st.just("Title"),
            "lifecycle": st.sampled_from(LIFECYCLES),
            "type": st.sampled_from(TYPES),
            "on": st.sampled_from(DAYS),
            "mode": st.sampled_from(["", "", "planned"]),
            "source": st.just("A paper"),
        }
    ),
    max_size=5,
)
ADOPTED = st.lists(
    st.sampled_from([each for several in DEFINITIONS.values() for each in several]), max_size=2
)
GIVEN: dict[str, st.SearchStrategy[Any]] = {
    "steps": histories(max_size=16),
    "rows": ROWS,
    "adopted": ADOPTED,
    "where": pointers(1),
    "as_of": st.dates(date(2024, 1, 1), date(2026, 12, 31)),
}


def opened(database: Database) -> OpenLog:
    """The log of *database*, through the engine that it has: a file that empties has no other."""
    log = OpenLog(database.url, None)
    log._engine = database.engine
    return log


def as_recording_it(
    desk: Desk,
    steps: list[Step],
    rows: list[Row],
    adopted: list[Lifecycle],
    where: Pointers,
    as_of: date,
) -> None:
    database = desk.database()
    record(database.engine, steps)
    log = contents(database)
    position = where[0][1] % (len(log) + 1)
    data = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    files = (("draft.jsonl", lambda: io.BytesIO(data)),)
    with freeze_time(NOW):
        draft, asked = Draft(files, tuple(adopted)), Asked(as_of, position)
        found = suppose(opened(database), draft, asked, by="desk")
        assert contents(database) == log
        cut_off = desk.database(1)
        load(cut_off, log[:position])
        report = import_files(
            cut_off.engine,
            files,
            by="desk",
            shipped_lifecycle=shipped_lifecycle,
            shipped_names=shipped_names,
            lifecycles=adopted,
        )
    assert found.report == report
    with cut_off.asking() as connection:
        before, after = Viewpoint(as_of, position), Viewpoint(as_of, head(connection).position)
        assert list(found.changes) == changes.diff(connection, before, after)


@given(**GIVEN)
@examples(30)
def test_what_is_supposed_is_what_would_be(
    desk: Desk,
    steps: list[Step],
    rows: list[Row],
    adopted: list[Lifecycle],
    where: Pointers,
    as_of: date,
) -> None:
    """The answer is that of recording the draft after any position; the log stays as it was."""
    as_recording_it(desk, steps, rows, adopted, where, as_of)


def the_copy_has_no_read_tables(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(supposing, "rebuild_here", lambda _: None)


def the_copy_has_no_events(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(supposing, "_copy", lambda *_: None)


@pytest.mark.parametrize("seeded", [the_copy_has_no_read_tables, the_copy_has_no_events])
def test_a_seeded_bug_is_noticed(
    sqlite_desk: Desk, seeded: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that is not the log fails the property."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: as_recording_it(sqlite_desk, **drawn), GIVEN)
