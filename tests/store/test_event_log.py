"""The log through its own functions: places and instants, batches, roots, texts and columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Engine

from tests.histories import BY
from tests.logs import LENGTH, STORY, contents, opened
from tests.store.test_codec import FOLDER, golden
from tracker.domain.dates import format_instant, parse_edtf
from tracker.domain.events import (
    Account,
    Amended,
    Draft,
    Event,
    InitiativeRegistered,
    InitiativeRetired,
    LifecycleAdopted,
    Profile,
    Recorded,
    TextErased,
)
from tracker.domain.evidence import Erased, Source
from tracker.domain.merkle import Frontier, leaf_hash
from tracker.errors import Damaged
from tracker.store import event_log
from tracker.store import reading as kept_hashes
from tracker.store.codec import decode
from tracker.store.driver import Driver, FileDriver
from tracker.store.engine import make_engine, parse_url
from tracker.store.erasing import delete_texts
from tracker.store.event_log import (
    Foreseen,
    Head,
    NodeReader,
    columns,
    head,
    position_at,
    read,
    read_at,
    read_rows,
    reading,
    root_at,
    texts_of,
    writing,
)
from tracker.store.schema import disclosures, events, log_head, merkle_nodes
from tracker.store.writer import Direct, Question

NOW = datetime(2030, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    """A log of nineteen events, in which every kind but erasures is there."""
    with opened(sqlite_url, STORY) as engine:
        yield engine


@pytest.fixture
def empty(sqlite_url: str) -> Iterator[Engine]:
    """A log without events."""
    with opened(sqlite_url) as engine:
        yield engine


def comment(event_id: str, at: datetime, note: str | None = None) -> Draft:
    """A comment on il-1."""
    on = parse_edtf("2024")
    account = Account("occurred", "commented", on, (Source(document="TASS"),), note=note)
    return Draft(event_id, "il-1", Recorded(account), at, "witnessed")


def stored(engine: Engine) -> list[sa.Row[Any]]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(events).order_by(events.c.position)))


# -- where the log ends, and where it was at an instant --------------------------------------------


def test_an_empty_log_ends_at_nothing(empty: Engine) -> None:
    """Position 0, no instant, and the root of an empty tree."""
    with reading(empty) as connection:
        assert head(connection) == Head(0, None)
        assert position_at(connection, NOW) == 0
        assert root_at(connection, 0) == Frontier().root()
        assert list(read(connection)) == []


def test_the_head_is_the_last_event(engine: Engine) -> None:
    """Its position and its instant."""
    last = stored(engine)[-1]
    with reading(engine) as connection:
        at = datetime.fromisoformat(last.recorded_at)
        assert head(connection) == Head(LENGTH, at)
        assert at.tzinfo is not None


def test_an_instant_becomes_the_last_position_at_it(empty: Engine) -> None:
    """K(T): at or before it; of events of one instant the last of all."""
    instants = [NOW, NOW + TICK, NOW + TICK, NOW + 3 * TICK]
    with writing(empty) as appender:
        for number, at in enumerate(instants):
            appender.append([comment(f"id-{number}", at)], BY)
    asked = {-1: 0, 0: 1, 1: 3, 2: 3, 3: 4, 4: 4}
    with reading(empty) as connection:
        for ticks, position in asked.items():
            assert position_at(connection, NOW + ticks * TICK) == position


# -- roots -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [1, 2, 3, 8])
def test_every_root_is_that_of_the_first_events(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, level: int
) -> None:
    """Whatever is kept of it (here from subtrees of two leaves up) and whatever is worked out."""
    for module in (event_log, kept_hashes):
        monkeypatch.setattr(module, "NODE_LEVEL", level)
    with opened(sqlite_url, STORY) as engine:
        kept = contents(engine, merkle_nodes)["merkle_nodes"]
        spans = [(each, number) for each, number, _ in kept]
        assert spans == [
            (each, number)
            for each in range(level, LENGTH.bit_length())
            for number in range(LENGTH >> each)
        ]
        frontier = Frontier()
        with reading(engine) as connection:
            assert root_at(connection, 0) == frontier.root()
            for row in stored(engine):
                assert row.leaf == leaf_hash(row.body.encode())
                frontier.append(row.leaf)
                assert root_at(connection, row.position) == frontier.root()
            assert (
                frontier.to_bytes() == connection.execute(sa.select(log_head.c.frontier)).scalar()
            )


def test_a_block_of_leaves_is_fetched_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many hashes below the kept ones are asked for."""
    for module in (event_log, kept_hashes):
        monkeypatch.setattr(module, "NODE_LEVEL", 3)
    asked: list[str] = []
    leaves = [row.leaf for row in stored(engine)]
    with reading(engine) as connection:
        node = NodeReader(connection)
        sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert [node(0, number) for number in range(LENGTH)] == leaves
        pair = Frontier()
        pair.append(leaves[10])
        pair.append(leaves[11])
        assert node(1, 5) == pair.root()
    assert len(asked) == 3  # 19 leaves in blocks of 8


def test_a_kept_hash_that_is_gone_is_damage(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, with what looks closer."""
    for module in (event_log, kept_hashes):
        monkeypatch.setattr(module, "NODE_LEVEL", 2)
    with opened(sqlite_url, STORY) as engine:
        with engine.begin() as connection:
            here = (merkle_nodes.c.level == 3, merkle_nodes.c.number == 1)
            connection.execute(sa.delete(merkle_nodes).where(*here))
        with reading(engine) as connection, pytest.raises(Damaged) as raised:
            NodeReader(connection)(3, 1)
        assert str(raised.value) == "the log lacks the hash of subtree 3/1; run: tracker verify"
        with engine.begin() as connection:
            connection.execute(sa.delete(merkle_nodes).where(merkle_nodes.c.level == 2))
        with reading(engine) as connection:
            NodeReader(connection)(3, 0)
            with pytest.raises(Damaged, match="subtree 2/0;"):
                NodeReader(connection)(2, 0)


# -- appending -------------------------------------------------------------------------------------


def test_an_instant_never_falls_behind_the_last(empty: Engine) -> None:
    """The clock, or a microsecond after the last event; whatever the clock says of the first."""
    with writing(empty) as appender:
        assert appender.instant(NOW) == NOW
        appender.append([comment("id-1", NOW)], BY)
        assert appender.instant(NOW) == NOW + TICK
        assert appender.instant(NOW - timedelta(days=1)) == NOW + TICK
        assert appender.instant(NOW + timedelta(days=1)) == NOW + timedelta(days=1)


def test_what_is_appended_waits_and_is_written_with_its_head(empty: Engine) -> None:
    """Events, texts and head in one; the places are handed out at once."""
    with writing(empty) as appender:
        ((first, row),) = appender.append([comment("id-1", NOW, "so they say")], BY)
        assert (first.position, first.version, first.recorded_by) == (1, 1, BY)
        assert (row["position"], appender.position, appender.recorded_at) == (1, 1, NOW)
        assert appender.version("il-1") == 1
        found = appender.connection.execute(sa.select(sa.func.count()).select_from(events))
        assert found.scalar() == 0
        appender.flush()
        appender.flush()
        found = appender.connection.execute(sa.select(sa.func.count()).select_from(events))
        assert found.scalar() == 1
        ((second, _),) = appender.append([comment("id-2", NOW + TICK)], BY)
        assert (second.position, second.version) == (2, 2)
    assert [(row.position, row.event_id, row.version) for row in stored(empty)] == [
        (1, "id-1", 1),
        (2, "id-2", 2),
    ]
    with reading(empty) as connection:
        assert head(connection) == Head(2, NOW + TICK)
        assert texts_of(connection, [1, 2]) == {1: {"note": "so they say"}}
        (salt,) = connection.execute(sa.select(disclosures.c.salt)).scalars()
        assert len(salt) == 16


def test_a_dry_run_leaves_nothing(empty: Engine) -> None:
    """It goes all the way, and is taken back."""
    with writing(empty, dry_run=True) as appender:
        appender.append([comment("id-1", NOW, "so they say")], BY)
    assert stored(empty) == []
    with reading(empty) as connection:
        assert head(connection) == Head(0, None)
        assert texts_of(connection, range(10)) == {}


def test_a_reader_sees_one_state_and_a_writer_locks_as_it_begins(database_url: str) -> None:
    """On a server the transaction is told so; on a file its first statement says it."""
    with opened(database_url) as engine:
        is_file = engine.dialect.name == "sqlite"
        with reading(engine) as connection:
            assert connection.get_execution_options().get("writing") is None
            if not is_file:
                shown = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
                assert shown == "repeatable read"
        begun: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda *given: begun.append(given[2]))
        with writing(engine):
            pass
        assert begun[0] == "BEGIN IMMEDIATE" or not is_file


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_foreseen_travels_with_the_lock(database_url: str, dry_run: bool) -> None:
    """On a server; what is appended, or taken back, is the same."""
    question: Question = ("SELECT count(*) FROM events", {})
    asked: list[Driver] = []

    def foreseen(driver: Driver) -> list[Question]:
        asked.append(driver)
        return [question]

    with opened(database_url) as engine:
        with writing(engine, dry_run=dry_run, foreseen=foreseen) as appender:
            driver = appender.driver
            assert asked == [driver]
            assert isinstance(driver, FileDriver) or driver.is_pipelined
            assert driver.rows(*question) == [(0,)]
            appender.append([comment("id-1", NOW)], BY)
        assert [row.event_id for row in stored(engine)] == ([] if dry_run else ["id-1"])
        with writing(engine, foreseen=None) as appender:
            assert isinstance(appender.driver, FileDriver) or not appender.driver.is_pipelined
            assert appender.driver.rows(*question) == [(0 if dry_run else 1,)]


@pytest.mark.parametrize("foreseen", [None, lambda _: ()])
def test_one_writes_at_a_time(database_url: str, foreseen: Foreseen | None) -> None:
    """The lock is held from the beginning to the commit; another waits for it, and gives up."""
    with opened(database_url) as engine:
        impatient = make_engine(parse_url(database_url), lock_timeout_seconds=0.1)
        with writing(engine, foreseen=foreseen) as appender:
            appender.append([comment("id-1", NOW)], BY)
            with pytest.raises(sa.exc.OperationalError, match="lock"), writing(impatient):
                pass
        with writing(impatient) as appender:
            assert appender.position == 1
        impatient.dispose()


def test_what_fails_inside_leaves_nothing(empty: Engine) -> None:
    """Nothing half-written."""

    def failing() -> None:
        with writing(empty) as appender:
            appender.append([comment("id-1", NOW)], BY)
            appender.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert stored(empty) == []


def test_versions_count_the_events_of_an_initiative(engine: Engine) -> None:
    """Asked of the log once; of one that is known to be new, never."""
    own = [row for row in stored(engine) if row.initiative == "il-1"]
    with writing(engine) as appender:
        asked: list[str] = []
        appender.driver.connection.set_trace_callback(asked.append)
        appender.knows_new("il-9")
        assert appender.version("il-9") == 0
        assert asked == []
        assert [appender.version(each) for each in ("il-1", "il-1", "zz-1")] == [len(own)] * 2 + [0]
        assert len(asked) == 2
        appender.knows_new("il-1")
        assert appender.version("il-1") == len(own)


def test_what_belongs_to_no_initiative_has_version_nought(engine: Engine) -> None:
    """Adoptions of lifecycles, the first and the later ones, which nothing counts."""
    adopted = [row for row in stored(engine) if row.initiative is None]
    assert [(row.position, row.version) for row in adopted] == [(1, 0), (3, 0), (11, 0), (12, 0)]


def test_positions_are_remembered_up_to_a_limit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of facts that were appended, until they are written and are many."""
    first = stored(engine)[4]
    with writing(engine) as appender:
        asked: list[str] = []
        appender.driver.connection.set_trace_callback(asked.append)
        assert appender.position_of(None) is None
        assert [appender.position_of(first.event_id) for _ in range(2)] == [5, 5]
        assert len(asked) == 1
        appender.append([comment("id-1", NOW)], BY)
        del asked[:]
        assert appender.position_of("id-1") == LENGTH + 1
        assert asked == []
        monkeypatch.setattr(event_log, "_REMEMBERED", 2)
        appender.flush()
        del asked[:]
        assert appender.position_of("id-1") == LENGTH + 1
        assert asked == []
        monkeypatch.setattr(event_log, "_REMEMBERED", 1)
        appender.append([comment("id-2", NOW + TICK)], BY)
        appender.flush()
        del asked[:]
        assert appender.position_of("id-1") == LENGTH + 1
        assert appender.position_of("id-2") == LENGTH + 2
        assert len(asked) == 2


def test_a_body_is_taken_over_byte_for_byte(engine: Engine, tmp_path: Any) -> None:
    """With its texts, as a restore does: both logs have one root."""
    with opened(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        with reading(engine) as connection, writing(copy) as appender:
            told = connection.execute(sa.select(disclosures)).mappings().all()
            (rows,) = read_rows(connection)
            for event, row in zip(read(connection), rows, strict=True):
                own = [dict(each) for each in told if each["position"] == event.position]
                assert appender.append_body(event, row.body, own) == dict(row._mapping)
                assert (appender.position, appender.recorded_at) == (
                    event.position,
                    event.recorded_at,
                )
            assert appender.version("il-1") == 7
        tables = (log_head, events, disclosures)
        assert contents(copy, *tables) == contents(engine, *tables)


def test_a_hash_that_was_worked_out_is_not_worked_out_again(empty: Engine) -> None:
    """It is taken as it is given; where none is given, it is that of the body."""
    body, _, leaf = golden(FOLDER / "v1" / "initiative-registered.json")
    event = decode(body, {})
    for given, kept in ((b"\1" * 32, b"\1" * 32), (None, bytes.fromhex(leaf))):
        with writing(empty, dry_run=True) as appender:
            assert appender.append_body(event, body, [], given)["leaf"] == kept


def test_no_initiative_begins_twice(empty: Engine) -> None:
    """Whoever takes one for new that has events was told so by tables that have lost it."""
    profile = Profile("Il-114", "co-production")
    draft = Draft("id-1", "il-1", InitiativeRegistered(profile), NOW, "witnessed")
    again = "the read tables do not have il-1, which is in the log; make them again with: tracker"
    with writing(empty) as appender:
        appender.append([draft], BY)
        with pytest.raises(Damaged, match=rf"^{again} rebuild$"):
            appender.append([evolve(draft, event_id="id-2")], BY)
        appender.append([comment("id-3", NOW)], BY)
        with pytest.raises(Damaged, match=rf"^{again} rebuild$"):
            appender.append([evolve(draft, event_id="id-4")], BY)
    assert [row.event_id for row in stored(empty)] == ["id-1", "id-3"]


def test_an_erasure_deletes_what_was_said_before_it(empty: Engine) -> None:
    """In the transaction that records it, of that fact and that field alone."""
    erasure = Draft("id-3", "il-1", TextErased("id-1", "note", "personal"), NOW, "witnessed")
    with writing(empty) as appender:
        for name in ("id-1", "id-2"):
            appender.append([comment(name, NOW, "so they say")], BY)
        ((event, row),) = appender.append([erasure], BY)
        assert (event.position, row["fact"]) == (3, 1)
        # Written in one with the erasure, and after it all the same.
        told = comment("id-5", NOW, "told anew").what
        assert isinstance(told, Recorded)
        later = Amended("id-1", "id-1", "better", told.account)
        appender.append([Draft("id-5", "il-1", later, NOW, "witnessed")], BY)
        appender.flush()
        assert texts_of(appender.connection, [1, 2, 3, 4]) == {
            2: {"note": "so they say"},
            4: {"note": "told anew"},
        }
        appender.append([comment("id-4", NOW, "again")], BY)
    with reading(empty) as connection:
        left = {name: told["note"] for name, told in texts_of(connection, range(1, 6)).items()}
        assert left == {2: "so they say", 4: "told anew", 5: "again"}


def test_only_who_owns_a_log_may_erase(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer is asked before anything is written, and told what for."""
    asked: list[str] = []
    monkeypatch.setattr(Direct, "must_own", lambda _, what: asked.append(what))
    erasure = Draft("id-2", "il-1", TextErased("id-1", "note", "personal"), NOW, "witnessed")
    with writing(empty) as appender:
        appender.append([comment("id-1", NOW, "so they say")], BY)
        assert asked == []
        appender.append([erasure], BY)
        assert asked == ["erase a text"]


def test_the_texts_of_many_versions_are_deleted_and_counted(empty: Engine) -> None:
    """Of those before the erasure, in parts of five hundred."""
    body, _, _ = golden(FOLDER / "v1" / "recorded.json")
    row = {**columns(decode(body, {}), body, lambda _: None), "initiative": "il-1", "fact": 1}
    positions = range(1, 1204)
    with empty.begin() as connection:
        connection.execute(
            sa.insert(events),
            [
                {
                    **row,
                    "position": each,
                    "event_id": f"id-{each}",
                    "version": each,
                    "kind": "recorded" if each == 1 else "amended",
                }
                for each in positions
            ],
        )
        connection.execute(
            sa.insert(disclosures),
            [
                {"position": each, "field": field, "salt": b"s", "text": "t"}
                for each in positions
                for field in ("note", "sources/0/quote", "sources/1/quote")
            ],
        )
        deleted: list[str] = []
        sa.event.listen(empty, "before_cursor_execute", lambda *given: deleted.append(given[2]))
        assert delete_texts(connection, 1, "note", 1203) == 1202
        assert [each.startswith("DELETE FROM disclosures") for each in deleted].count(True) == 3
        assert delete_texts(connection, 1, "note", 1203) == 0
        assert delete_texts(connection, 1, "quote", 1204) == 2 * 1203
        assert texts_of(connection, range(1, 1204)) == {1203: {"note": "t"}}


# -- columns ---------------------------------------------------------------------------------------


def test_the_columns_of_an_account() -> None:
    """What projections need of a fact, with positions for ids, and open ends as the last days."""
    body, disclosed, leaf = golden(FOLDER / "v1" / "recorded.json")
    event = decode(body, {field: each.text for field, each in disclosed.items()})
    assert isinstance(event.what, Recorded)
    account = evolve(event.what.account, after="a", contradicts="c", on=parse_edtf("2025/.."))
    event = evolve(event, what=Recorded(account))
    positions = {account.fulfils: 3, "a": 4, "c": 2, None: None}
    assert columns(event, body, positions.__getitem__) == {
        "position": 5,
        "event_id": "0193a1b0-0000-7000-8000-000000000006",
        "initiative": "il-114",
        "version": 4,
        "kind": "recorded",
        "type": "begun",
        "schema": 1,
        "recorded_at": "2025-12-07T20:00:05.000000Z",
        "time": "asserted",
        "recorded_by": "mira@desk",
        "fact": 5,
        "body": body,
        "leaf": bytes.fromhex(leaf),
        "mode": "occurred",
        "edtf": "2025/..",
        "lo": "2025-01-01",
        "hi": "9999-12-31",
        "fulfils": 3,
        "after_fact": 4,
        "contradicts": 2,
        "source": account.sources[0].name,
        "unconfirmed": 0,
    }
    bare = evolve(event, what=Recorded(evolve(account, sources=())))
    assert columns(bare, body, positions.__getitem__)["source"] is None
    doubted = evolve(account, sources=(Source(document="rumour", grade="E5"),))
    row = columns(evolve(event, what=Recorded(doubted)), body, positions.__getitem__)
    assert (row["source"], row["unconfirmed"]) == ("rumour", 1)


def test_the_columns_of_what_tells_of_no_fact() -> None:
    """Its kind, and nothing in the columns of accounts; a correction has its fact."""
    ids = {"id-1": 1}
    for what, kind, fact in (
        (LifecycleAdopted("road", {}), "lifecycle-adopted", None),
        (InitiativeRetired("twice"), "initiative-retired", None),
        (TextErased("id-1", "note", "personal"), "text-erased", 1),
    ):
        row = columns(Event(7, "id-7", "il-1", 2, NOW, "witnessed", BY, what), "{}", ids.get)
        assert (row["kind"], row["type"], row["fact"]) == (kind, None, fact)
        assert row["recorded_at"] == format_instant(NOW)
        told = ("mode", "edtf", "lo", "hi", "fulfils", "after_fact", "contradicts", "source")
        assert {row[name] for name in (*told, "unconfirmed")} == {None}
        assert set(row) == {column.name for column in events.columns}


# -- reading ---------------------------------------------------------------------------------------


def test_events_are_read_in_order_and_in_batches(engine: Engine) -> None:
    """Of any size, the last of which may be full; and what was asked for alone."""
    here = events.c.initiative == "il-1"
    whole = stored(engine)
    own = [row for row in whole if row.initiative == "il-1"]
    with reading(engine) as connection:
        connection.exec_driver_sql("PRAGMA reverse_unordered_selects=ON")
        for size, sizes in ((1, [1] * 19), (8, [8, 8, 3]), (18, [18, 1]), (19, [19]), (20, [19])):
            batches = list(read_rows(connection, batch=size))
            assert [len(batch) for batch in batches] == sizes
            assert [row for batch in batches for row in batch] == whole
        batches = list(read_rows(connection, here, batch=3))
        assert [row for batch in batches for row in batch] == own
        assert [len(batch) for batch in batches] == [3, 3, 1]
        before = list(read_rows(connection, here, events.c.position < 10))
        assert before == [[row for row in own if row.position < 10]]
        assert list(read_rows(connection, here, events.c.position > LENGTH)) == []


def test_events_are_read_in_batches_of_two_thousand(engine: Engine) -> None:
    """Unless another size is asked for."""
    limits: list[object] = []
    with reading(engine) as connection:
        sa.event.listen(
            engine, "before_cursor_execute", lambda *given: limits.append([*given[3]][:2])
        )
        list(read_rows(connection))
        list(read_rows(connection, batch=2001))
    assert limits == [[0, 2000], [LENGTH, 2000], [0, 2001], [LENGTH, 2001]]


def test_texts_come_with_their_events(engine: Engine) -> None:
    """Of those that are asked for alone, in whatever order, one after another or apart."""
    with reading(engine) as connection:
        note = "Überbringer: a desk"
        told = {"note": note, "sources/0/quote": note}
        assert texts_of(connection, [5]) == texts_of(connection, [4, 5]) == {5: told}
        assert set(texts_of(connection, range(5, 20))) == {5, 9, 19}
        for positions in ([7, 8, 9], [9, 7, 8], [8, 9, 7], [9, 10, 11], [1, 9], [9, 1]):
            assert set(texts_of(connection, positions)) == {9}
        for positions in ([], [6], [6, 7, 8], [4, 6], [8, 10], [8, 10, 8]):
            assert texts_of(connection, positions) == {}
        whole = list(read(connection, events.c.position.in_([1, 5, 19])))
        assert whole == [each for each in read(connection) if each.position in (1, 5, 19)]
        found = read_at(connection, [19, 1, 5, 5])
        assert [found[each.position] for each in whole] == whole
        assert len(found) == 3
        assert isinstance(whole[1].what, Recorded)
        assert repr(whole[1].what.account.note) == repr(note)
        assert isinstance(found[5].what, Recorded)
        assert repr(found[5].what.account.note) == repr(note)


def test_a_text_that_is_gone_is_read_as_its_hash(engine: Engine) -> None:
    """By each way of reading."""
    with engine.begin() as connection:
        connection.execute(sa.delete(disclosures).where(disclosures.c.position == 5))
    with reading(engine) as connection:
        for event in (
            read_at(connection, [5])[5],
            next(read(connection, events.c.position == 5)),
            next(each for each in read(connection) if each.position == 5),
        ):
            assert isinstance(event.what, Recorded)
            assert isinstance(event.what.account.note, Erased)


def test_many_events_that_lie_apart_are_read_with_their_texts(empty: Engine) -> None:
    """Asked for in parts of five hundred, since a statement takes only so many values."""
    body, disclosed, _ = golden(FOLDER / "v1" / "recorded.json")
    event = decode(body, {field: each.text for field, each in disclosed.items()})
    row = columns(event, body, lambda _: None)
    positions = list(range(2, 2 * 1203, 2))
    with empty.begin() as connection:
        connection.execute(
            sa.insert(events),
            [
                {**row, "position": each, "event_id": f"id-{each}", "version": each}
                for each in positions
            ],
        )
        connection.execute(
            sa.insert(disclosures),
            [
                {"position": each, "field": field, "salt": b"s", "text": f"{each} {field}"}
                for each in positions
                for field in ("note", "sources/0/quote")
            ],
        )
    asked: list[object] = []
    with reading(empty) as connection:
        sa.event.listen(empty, "before_cursor_execute", lambda *given: asked.append(given[3]))
        assert sorted(texts_of(connection, positions)) == positions
        assert len(asked) == 3
        found = read_at(connection, positions)
        assert sorted(found) == positions
        assert len(asked) == 3 + 2 * 3
        assert texts_of(connection, range(2, 2407)) == texts_of(connection, positions)
        assert asked[9] == {"first": 2, "last": 2406}  # one after another: two values say which
        streamed = list(read(connection))
        assert streamed == [found[at] for at in positions]
        for at, event in zip(positions, streamed, strict=True):
            assert isinstance(event.what, Recorded)
            account = event.what.account
            # Told apart by their types: what is erased equals any text.
            told = (repr(account.note), repr(account.sources[0].quote))
            assert told == (repr(f"{at} note"), repr(f"{at} sources/0/quote"))
            assert isinstance(account.sources[1].quote, Erased)
