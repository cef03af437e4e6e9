"""The log in order, quickly: the same events, bodies and hashes as any other reading gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tests.logs import LENGTH, STORY, opened
from tracker.store.event_log import read, read_rows, reading
from tracker.store.scanning import BATCH, scan
from tracker.store.schema import disclosures, events


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """One state of a log of nineteen events, on every database."""
    with opened(database_url, STORY) as engine, reading(engine) as connection:
        yield connection


def plainly(
    connection: Connection, *where: sa.ColumnElement[bool]
) -> list[tuple[object, str, bytes, str]]:
    """What the other reading gives; the last is for texts, since an erased one equals any."""
    stored = [row for rows in read_rows(connection, *where) for row in rows]
    return [
        (event, row.body, bytes(row.leaf), repr(event))
        for event, row in zip(read(connection, *where), stored, strict=True)
    ]


def test_all_is_read_whatever_the_size_of_a_batch(connection: Connection) -> None:
    """None twice and none left out, each with its texts."""
    right = plainly(connection)
    assert len(right) == LENGTH
    for batch in (1, 2, LENGTH - 1, LENGTH, BATCH):
        found = [(*each, repr(each[0])) for each in scan(connection, batch=batch)]
        assert found == right


def test_a_part_is_read(connection: Connection) -> None:
    """Between two positions, of one initiative, of one kind, and of all three."""
    e = events.c
    for where, wanted in (
        ([e.position > 4], {"after": 4}),
        ([e.position <= 9], {"until": 9}),
        ([e.initiative == "mi-8"], {"initiative": "mi-8"}),
        ([e.kind == "recorded"], {"kind": "recorded"}),
        (
            [e.initiative == "mi-8", e.kind == "recorded", e.position > 7, e.position <= 15],
            {"initiative": "mi-8", "kind": "recorded", "after": 7, "until": 15},
        ),
        ([e.initiative == "nobody"], {"initiative": "nobody"}),
    ):
        right = plainly(connection, *where)
        for batch in (1, 3, BATCH):
            found = scan(connection, batch=batch, **wanted)
            assert [(*each, repr(each[0])) for each in found] == right


def test_erased_texts_stay_erased(database_url: str) -> None:
    """What is left of them is the hash that the body commits to."""
    with opened(database_url, STORY) as engine:
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM disclosures WHERE position = 5")
        with reading(engine) as connection:
            assert [(*each, repr(each[0])) for each in scan(connection)] == plainly(connection)
            assert connection.execute(sa.select(disclosures.c.position).distinct()).all()
