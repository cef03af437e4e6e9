"""Both ways into the tables do the same: straight, and through the functions of a shared log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url

from tests import histories
from tests.histories import BY, record
from tests.logs import STORY, opened
from tests.payloads import comment
from tests.sharing import Shared, shared
from tracker.domain.events import Draft
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.domain.viewpoint import OPEN
from tracker.errors import Unavailable
from tracker.store import event_log
from tracker.store.event_log import writing
from tracker.store.schema import (
    disclosures,
    events,
    fact_versions,
    links,
    log_head,
    merkle_nodes,
    projections,
)
from tracker.store.writer import Direct, ThroughFunctions, Writer, writer_of

IDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in "abcd"]


def begin(engine: Engine) -> None:
    """The beginning of the story, and a projection that stands at its start."""
    record(engine, STORY[:5])
    with engine.begin() as connection:
        connection.execute(sa.insert(projections).values(name="p", version=1, position=0))


@pytest.fixture
def straight(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The beginning of the story in a file."""
    monkeypatch.setattr(histories, "DAWN", datetime.now(UTC))
    with opened(sqlite_url) as engine:
        begin(engine)
        yield engine


@pytest.fixture
def log(each_postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shared]:
    """The same on a server, shared."""
    monkeypatch.setattr(histories, "DAWN", datetime.now(UTC))
    with shared(each_postgresql) as log:
        with log.engine(log.owner) as engine:
            begin(engine)
        yield log


def rows(connection: Connection, table: sa.Table) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, connection.execute(sa.select(table))))


def link(other: str, k_from: int, k_to: int = OPEN, kind: str = "follows") -> dict[str, Any]:
    return {"initiative": "il-1", "kind": kind, "other": other, "k_from": k_from, "k_to": k_to}


def link_row(other: str, k_from: int, k_to: int = OPEN, kind: str = "follows") -> tuple[Any, ...]:
    return tuple(link(other, k_from, k_to, kind).values())


def appended(engine: Engine, count: int) -> Iterator[tuple[Writer, Connection, int]]:
    """A writer that has appended so many comments, and the position of the first; taken back."""
    with writing(engine, dry_run=True) as appender:
        first = appender.position + 1
        for number in range(count):
            at = appender.instant(datetime.now(UTC))
            appender.append([Draft(IDS[number], "mi-8", comment(note="x"), at)], BY)
        appender.flush()
        yield appender.writer, appender.connection, first


def appends(engine: Engine) -> None:
    """Events, texts, subtrees and head are written, and the head's lock tells of them."""
    with writing(engine, dry_run=True) as appender:
        before, instant, frontier = appender.writer.lock()
        assert (before, isinstance(frontier, bytes)) == (appender.position, True)
        assert datetime.fromisoformat(str(instant)) == appender.recorded_at
    for writer, connection, first in appended(engine, 3):
        assert first == before + 1
        query = sa.select(events).where(events.c.position >= first).order_by(events.c.position)
        found = connection.execute(query).all()
        assert [row.event_id for row in found] == IDS[:3]
        assert [row.leaf for row in found] == [leaf_hash(row.body.encode()) for row in found]
        own = disclosures.c.position >= first
        told = connection.execute(sa.select(disclosures).where(own)).all()
        assert {(row.position, row.field) for row in told} == {
            (first + number, field) for number in range(3) for field in ("note", "sources/0/quote")
        }
        assert {row.text for row in told} == {"x", "it has begun"}
        assert {len(row.salt) for row in told} == {16}
        position, instant, frontier = writer.lock()
        whole = Frontier()
        for (leaf,) in connection.execute(sa.select(events.c.leaf).order_by(events.c.position)):
            whole.append(leaf)
        assert (position, instant) == (first + 2, found[-1].recorded_at)
        assert frontier == whole.to_bytes()
    with engine.connect() as connection:
        assert connection.execute(sa.select(log_head.c.position)).scalar() == before
        assert connection.execute(sa.select(sa.func.count()).select_from(events)).scalar() == before


def changes_read_tables(engine: Engine) -> None:
    """Rows are put, ended, taken back and copied, each found by its key and while it is open."""
    for writer, connection, at in appended(engine, 4):
        assert rows(connection, links) == []
        key = ("initiative", "kind", "other")
        writer.project(links, key, [], [])
        writer.project(
            links, key, [], [link("b", at), link("c", at), link("c", at, kind="part-of")]
        )
        writer.project(
            links, key, [(("il-1", "follows", "c"), at + 1)], [link("c", at + 1), link("d", at + 1)]
        )
        assert rows(connection, links) == [
            link_row("b", at),
            link_row("c", at, at + 1),
            link_row("c", at + 1),
            link_row("d", at + 1),
            link_row("c", at, kind="part-of"),
        ]
        # Of a key that is ended twice the first counts: by then it is open no more.
        both = [(("il-1", "follows", "d"), at + 2), (("il-1", "follows", "d"), at + 3)]
        writer.project(links, key, both, [])
        writer.project(links, key, [(("il-1", "follows", "no"), at + 2)], [])
        assert rows(connection, links)[3] == link_row("d", at + 1, at + 2)
        writer.take_back(links, link("d", at + 1, at + 2))
        writer.take_back(links, link("c", at + 1))
        assert rows(connection, links) == [
            link_row("b", at),
            link_row("c", at, at + 1),
            link_row("c", at, kind="part-of"),
        ]
        writer.close_where(links, links.c.other == "c", at + 3)
        assert rows(connection, links)[0] == link_row("b", at)
        writer.close_where(links, links.c.initiative == "il-1", at + 3)
        writer.close_where(links, links.c.initiative == "il-1", at + 2)
        assert rows(connection, links) == [
            link_row("b", at, at + 3),
            link_row("c", at, at + 1),
            link_row("c", at, at + 3, kind="part-of"),
        ]
        moved = sa.select(
            links.c.initiative,
            links.c.kind,
            links.c.other,
            sa.literal(at + 3, sa.BigInteger).label("k_from"),
            sa.literal(OPEN, sa.BigInteger).label("k_to"),
        ).where(links.c.other == "b")
        writer.put_selected(links, moved)
        writer.put_selected(links, moved.where(links.c.kind == "none"))
        assert rows(connection, links)[1] == link_row("b", at + 3)
        writer.close_where(links, links.c.other == "zz", at + 3)
        assert writer.mark(at + 3)
        assert set(connection.execute(sa.select(projections.c.position)).scalars()) == {at + 3}


def test_a_file_is_written_straight(straight: Engine) -> None:
    """Whoever has it may change it."""
    with writing(straight, dry_run=True) as appender:
        assert isinstance(appender.writer, Direct)
        appender.writer.must_own("erase a text")
    appends(straight)
    changes_read_tables(straight)


def test_nothing_is_marked_before_the_first_projection(sqlite_url: str) -> None:
    """Which says so."""
    with opened(sqlite_url) as engine, engine.begin() as connection:
        assert not Direct(connection).mark(1)


def test_subtrees_are_kept_by_who_writes_straight(
    straight: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server works them out by itself."""
    monkeypatch.setattr(event_log, "NODE_LEVEL", 1)
    for _, connection, first in appended(straight, 1):
        found = connection.execute(sa.select(merkle_nodes.c.level, merkle_nodes.c.number))
        assert [tuple(row) for row in found] == [(1, first // 2 - 1), (2, first // 4 - 1), (3, 0)]


def test_an_owner_and_a_recorder_do_the_same(log: Shared) -> None:
    """The one straight, the other through the functions; the server's own work is the same."""
    with log.engine(log.owner) as engine:
        with writing(engine, dry_run=True) as appender:
            assert isinstance(appender.writer, Direct)
            appender.writer.must_own("erase a text")
        appends(engine)
        changes_read_tables(engine)
    with log.engine(log.recorder) as engine:
        with writing(engine, dry_run=True) as appender:
            assert isinstance(appender.writer, ThroughFunctions)
            assert appender.writer == ThroughFunctions(appender.connection, "public", log.recorder)
        appends(engine)
        changes_read_tables(engine)


def test_facts_are_found_by_their_key_alone(log: Shared) -> None:
    """A fact's row has a longer primary key than what it is about."""
    with log.engine(log.recorder) as engine:
        for writer, connection, at in appended(engine, 1):
            own = fact_versions.c.initiative == "il-1"
            others = connection.execute(sa.select(fact_versions).where(~own)).all()
            writer.close_where(fact_versions, own, at)
            assert connection.execute(sa.select(fact_versions).where(~own)).all() == others
            after = connection.execute(sa.select(fact_versions.c.k_to).where(own)).scalars()
            assert set(after) == {at}


def test_a_recorder_only_records_and_a_reader_only_reads(log: Shared) -> None:
    """Each is told who can do the rest."""
    where = make_url(log.by("ROLE")).set(drivername="postgresql+psycopg")
    with log.engine(log.recorder) as engine, engine.connect() as connection:
        with pytest.raises(Unavailable) as refused:
            writer_of(connection).must_own("erase a text")
        shown = where.set(username=log.recorder).render_as_string()
        assert str(refused.value) == (
            f"the role {log.recorder!r} may record in the log {shown} and nothing else; only its "
            "owner can erase a text"
        )
    with log.engine(log.reader) as engine, engine.connect() as connection:
        with pytest.raises(Unavailable) as refused:
            writer_of(connection)
        shown = where.set(username=log.reader).render_as_string()
        assert str(refused.value) == (
            f"the role {log.reader!r} may only read the log {shown}; its owner lets it record "
            f"with: tracker db grant {log.reader} --recorder"
        )
