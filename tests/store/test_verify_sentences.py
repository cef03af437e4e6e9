"""What is said of each damage, word for word; each is done in a transaction and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from sqlalchemy.engine import Connection, Engine

from tests.histories import Amending, Erasing, Withdrawing, record
from tests.logs import LENGTH, STORY, body_at, edit, edit_body, opened, rehash
from tests.sharing import VIEWS, shared
from tracker.domain.checkpoint import Checkpoint
from tracker.errors import Damaged
from tracker.store import event_log, reading, verify
from tracker.store.event_log import root_at
from tracker.store.guards import install_guards, missing_guards
from tracker.store.schema import disclosures, events, log_head, merkle_nodes

Damage = Callable[[Connection], object]
LOST = "restore it from a backup or an export"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One log for all, to which nothing is ever committed."""
    folder = tmp_path_factory.mktemp("verify")
    with opened(f"sqlite:///{folder / 'log.db'}", (*STORY, Erasing(fact=0))) as engine:
        yield engine


END = LENGTH + 1
"""The erasure of the note of @5 and @9 is the last event."""


def said(
    engine: Engine, damage: Damage, *checkpoints: Checkpoint, after: Damage | None = None
) -> str:
    """What is said of the log with that damage; what comes *after* is done with guards in place."""
    with engine.connect().execution_options(writing=True) as connection:
        transaction = connection.begin()
        for name in ("events_no_update", "events_no_delete", "events_no_replace"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        damage(connection)
        install_guards(connection)
        if after is not None:
            after(connection)
        with pytest.raises(Damaged) as caught:
            verify.verify(connection, checkpoints=checkpoints)
        transaction.rollback()
    return str(caught.value)


def damaged(what: str) -> str:
    return f"the log is damaged: {what}; {LOST}"


def doing(statement: str | sa.Executable) -> Damage:
    """The damage that a statement does."""
    todo = sa.text(statement) if isinstance(statement, str) else statement
    return lambda connection: connection.execute(todo)


def nothing(_: Connection) -> None:
    """No damage."""


def id_of(connection: Connection, at: int) -> str:
    return str(json.loads(body_at(connection, at))["event_id"])


def test_a_sound_log_is_told_of_in_numbers(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its events, its root, the checkpoints in the order given, and what was erased."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(verify, "BATCH", 6)
    with engine.connect() as connection, connection.begin():
        kept = [Checkpoint("desk", size, root_at(connection, size)) for size in (END, 0, 7, END, 7)]
        report = verify.verify(
            connection, checkpoints=kept, progress=lambda *pair: told.append(pair)
        )
    assert report == verify.VerifyReport(
        END, kept[0].root, tuple(kept), erased=2, projections=(), unexplained=0
    )
    assert told == [(6, END), (12, END), (18, END), (END, END)]


def test_texts_are_counted_as_they_are_gone(engine: Engine) -> None:
    """With an erasure on record, or without one."""
    with engine.connect().execution_options(writing=True) as connection:
        transaction = connection.begin()
        connection.execute(sa.delete(disclosures).where(disclosures.c.position == 19))
        report = verify.verify(connection)
        assert (report.erased, report.unexplained) == (4, 2)
        connection.execute(sa.delete(disclosures).where(disclosures.c.position == 5))
        report = verify.verify(connection)
        assert (report.erased, report.unexplained) == (5, 3)
        transaction.rollback()


# -- places ----------------------------------------------------------------------------------------


def moved(one: int, other: int) -> Damage:
    return lambda connection: edit(connection, one, position=other)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (moved(1, 0), "event @0 has no place before event @1"),
        (moved(7, 99), "event @7 is missing"),
        (moved(END, 99), f"event @{END} is missing"),
        (
            lambda c: c.execute(sa.delete(events).where(events.c.position == END)),
            f"event @{END} is missing: the log went on to @{END}",
        ),
        (
            lambda c: c.execute(sa.update(log_head).values(position=END - 1)),
            f"event @{END} lies after the end that the log knows, @{END - 1}",
        ),
        (
            lambda c: c.execute(sa.update(log_head).values(position=END + 2)),
            f"event @{END + 1} is missing: the log went on to @{END + 2}",
        ),
        (
            lambda c: c.execute(sa.delete(log_head)),
            "the row that says where the log ends is missing",
        ),
        (
            lambda c: c.exec_driver_sql("UPDATE events SET body = CAST(x'7bff' AS TEXT)"),
            "event @1 holds bytes that are no text",
        ),
        (
            lambda c: c.exec_driver_sql(
                f"UPDATE events SET body = CAST(x'7bff' AS TEXT) WHERE position = {END}"
            ),
            f"event @{END} holds bytes that are no text",
        ),
        (
            lambda c: c.exec_driver_sql("UPDATE events SET body = x'7b7d' WHERE position = 5"),
            "event @5 has a body that does not match its hash: one of them was altered",
        ),
        (
            lambda c: edit(c, 6, leaf=bytes(32)),
            "event @6 has a body that does not match its hash: one of them was altered",
        ),
    ],
    ids=range(11),
)
def test_each_event_is_in_its_place(engine: Engine, damage: Damage, what: str) -> None:
    """The first that is not is named."""
    assert said(engine, damage) == damaged(what)


@pytest.mark.parametrize("batch", [1, 4, 5, 6, 19, 20, 21])
def test_the_first_bad_event_is_named_whatever_the_batches(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """At the end of one, or at the beginning of the next."""
    monkeypatch.setattr(verify, "BATCH", batch)
    for position in (1, 5, 6, END):
        statement = f"UPDATE events SET body = CAST(x'7bff' AS TEXT) WHERE position = {position}"
        what = damaged(f"event @{position} holds bytes that are no text")
        assert said(engine, doing(statement)) == what
        what = damaged(f"event @{position} is missing")
        if position < END:
            assert said(engine, moved(position, 99)) == what


# -- columns, references and times -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"type": None}, "None in its column type, where its body says 'begun'"),
        ({"schema": 2}, "2 in its column schema, where its body says 1"),
        ({"edtf": "2024"}, "'2024' in its column edtf, where its body says '2024-03-10'"),
        ({"fact": None}, "None in its column fact, where its body says 5"),
        ({"unconfirmed": 0}, "0 in its column unconfirmed, where its body says 1"),
    ],
)
def test_each_column_says_what_its_body_says(
    engine: Engine, values: dict[str, Any], what: str
) -> None:
    """With both."""
    assert said(engine, lambda c: edit(c, 5, **values)) == damaged(f"event @5 has {what}")


def test_a_column_has_the_type_of_what_its_body_says(engine: Engine) -> None:
    """A real number equals a whole one, and is none."""
    names = ", ".join(column.name for column in events.columns)

    def damage(connection: Connection) -> None:
        connection.exec_driver_sql(f"CREATE TABLE others ({names})")
        connection.exec_driver_sql(f"INSERT INTO others SELECT {names} FROM events")
        connection.exec_driver_sql("UPDATE others SET version = 2.0 WHERE position = 5")
        connection.exec_driver_sql("DROP TABLE events")
        connection.exec_driver_sql("ALTER TABLE others RENAME TO events")

    assert said(engine, damage) == damaged(
        "event @5 has 2.0 in its column version, where its body says 2"
    )


def naming(at: int, name: str, other: int | str) -> Damage:
    """The event at that position, with another event under that name of its content."""

    def damage(connection: Connection) -> None:
        was = body_at(connection, at)
        told = json.loads(was)
        told["content"][name] = id_of(connection, other) if isinstance(other, int) else other
        now = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        edit_body(connection, at, was, now)
        if name in ("fulfils", "after", "contradicts") and isinstance(other, int):
            edit(connection, at, **{"after_fact" if name == "after" else name: other})
        if name == "fact" and isinstance(other, int):
            edit(connection, at, fact=other)
        rehash(connection)

    return damage


@pytest.mark.parametrize(
    ("at", "name", "other", "what"),
    [
        (9, "fact", "gone", "gone, and there is no such event"),
        (9, "based_on", "gone", "gone, and there is no such event"),
        (15, "fulfils", "gone", "gone, and there is no such event"),
        (9, "fact", 8, "{}, which is no fact of il-1"),
        (9, "fact", 2, "{}, which is no fact of il-1"),
        (14, "fact", 5, "{}, which is no fact of mi-8"),
        (END, "fact", 8, "{}, which is no fact of il-1"),
        (15, "fulfils", 5, "{}, which is no fact of mi-8"),
        (8, "fulfils", 15, "{}, which was recorded only after it"),
        (8, "after", 15, "{}, which was recorded only after it"),
        (8, "contradicts", 15, "{}, which was recorded only after it"),
        (8, "contradicts", 8, "{}, which was recorded only after it"),
        (9, "based_on", 13, "{}, which was recorded only after it"),
        (9, "based_on", 9, "{}, which was recorded only after it"),
        (14, "fact", 15, "{}, which was recorded only after it"),
    ],
)
def test_what_is_referred_to_is_a_fact_of_that_initiative_and_came_before(
    engine: Engine, at: int, name: str, other: int | str, what: str
) -> None:
    """By its id."""
    with engine.connect() as connection:
        named = what.format(id_of(connection, other) if isinstance(other, int) else other)
    assert said(engine, naming(at, name, other)) == damaged(f"event @{at} names {named}")


def retimed(at: int, instant: str) -> Damage:
    def damage(connection: Connection) -> None:
        was = json.loads(body_at(connection, at))["recorded_at"]
        edit_body(connection, at, was, instant)
        edit(connection, at, recorded_at=instant)
        rehash(connection)

    return damage


def test_times_never_fall(engine: Engine) -> None:
    """An equal one is none that falls."""
    early = "2023-01-01T00:00:00.000000Z"
    assert said(engine, retimed(6, early)) == damaged(
        f"event @6 was recorded at {early}, before the event before it"
    )
    with engine.connect().execution_options(writing=True) as connection:
        transaction = connection.begin()
        connection.exec_driver_sql("DROP TRIGGER events_no_update")
        retimed(6, str(json.loads(body_at(connection, 5))["recorded_at"]))(connection)
        install_guards(connection)
        assert verify.verify(connection).events == END
        transaction.rollback()


def test_versions_count_the_events_of_an_initiative(engine: Engine) -> None:
    """And a lifecycle has none."""

    def damage(at: int, version: int) -> Damage:
        def do(connection: Connection) -> None:
            now = json.loads(body_at(connection, at))["version"]
            edit_body(connection, at, f'"version":{now}', f'"version":{version}')
            edit(connection, at, version=version)
            rehash(connection)

        return do

    assert said(engine, damage(19, 70)) == damaged(
        "event @19 is not the next of mi-8: one is missing there"
    )
    assert said(engine, damage(11, 1)) == damaged(
        "event @11 is not the next of None: one is missing there"
    )


# -- texts -----------------------------------------------------------------------------------------


def test_a_text_is_one_that_can_be_read_and_belongs_to_its_event(engine: Engine) -> None:
    """Or it is named by event and field."""
    at_19 = sa.update(disclosures).where(disclosures.c.position == 19)
    for change, what in (
        (
            at_19.where(disclosures.c.field == "note").values(text="x"),
            damaged("event @19 has a text of its note that is not the one it was written with"),
        ),
        (
            sa.text("UPDATE disclosures SET salt = 'text' WHERE field = 'note'"),
            damaged("event @19 has a text of its note that cannot be read"),
        ),
        (
            sa.text("UPDATE disclosures SET text = x'00' WHERE field = 'note'"),
            damaged("event @19 has a text of its note that cannot be read"),
        ),
        (
            at_19.values(position=99),
            damaged("the log keeps texts of events that it does not have"),
        ),
        (
            sa.insert(disclosures).values(position=0, field="note", salt=b"s", text="t"),
            damaged("the log keeps texts of events that it does not have"),
        ),
    ):
        assert said(engine, doing(change)) == what


def test_a_text_that_is_told_anew_after_an_erasure_is_sound(sqlite_url: str) -> None:
    """It is another text, which the erasure did not reach."""
    story = (*STORY, Erasing(fact=0), Amending(fact=0, note="told anew"))
    with opened(sqlite_url, story) as engine, engine.connect() as connection:
        report = verify.verify(connection)
    assert (report.events, report.erased, report.unexplained) == (LENGTH + 2, 2, 0)


def test_a_text_that_came_back_after_its_erasure_is_no_damage_that_a_backup_heals(
    sqlite_url: str,
) -> None:
    """It is to be erased once more."""
    story = (*STORY, Withdrawing(fact=2))
    with opened(sqlite_url, story) as engine:
        with engine.connect() as connection:
            kept = (
                connection.execute(sa.select(disclosures).where(disclosures.c.position == 5))
                .mappings()
                .all()
            )
        for at, field, place in ((21, "quote", "sources/0/quote"), (22, "note", "note")):
            record(engine, [Erasing(fact=0, field=field)])
            back = dict(next(each for each in kept if each["field"] == place))
            with engine.begin() as connection:
                connection.execute(sa.insert(disclosures), [back])
            with engine.connect() as connection, pytest.raises(Damaged) as caught:
                verify.verify(connection)
            assert str(caught.value) == (
                f"the log is damaged: event @5 has a text of its {place} again, which event @{at} "
                f"erased; erase it once more with: tracker erase @5 --field {field} --reason …"
            )
            with engine.begin() as connection:
                gone = sa.delete(disclosures).where(disclosures.c.position == 5)
                connection.execute(gone.where(disclosures.c.field == place))


# -- what the log keeps of itself ------------------------------------------------------------------


def test_the_head_has_the_instant_of_the_last_event(engine: Engine) -> None:
    """And of an empty log none."""
    late = "2031-01-01T00:00:00.000000Z"
    with engine.connect() as connection:
        last = connection.execute(sa.select(log_head.c.recorded_at)).scalar_one()
    for told in (late, None):
        assert said(engine, doing(sa.update(log_head).values(recorded_at=told))) == damaged(
            f"the log says it was last written at {told}, and event @{END} at {last}"
        )


def test_an_empty_log_keeps_nothing(sqlite_url: str) -> None:
    """No instant, and no hash."""
    with opened(sqlite_url) as engine:
        late = "2031-01-01T00:00:00.000000Z"
        assert said(
            engine, lambda c: c.execute(sa.update(log_head).values(recorded_at=late))
        ) == damaged(f"the log says it was last written at {late}, and event @0 at None")
        other = said(engine, lambda c: c.execute(sa.update(log_head).values(frontier=bytes(32))))
        assert other.startswith("the log is damaged: event @1 did not hash to this")


ALTERED = (
    "did not hash to this when the log was last written: one was altered together with its own "
    "hash, or the kept hash was"
)


@pytest.mark.parametrize(
    ("at", "span"),
    [(1, "the events @1 to @16"), (16, "the events @1 to @16"), (17, "the events @17 to @20")],
)
def test_an_event_that_was_altered_with_its_hash_is_found_by_what_is_kept(
    engine: Engine, at: int, span: str
) -> None:
    """In the largest complete subtrees that the log ends with."""

    def damage(connection: Connection) -> None:
        by = json.loads(body_at(connection, at))["recorded_by"]
        edit_body(connection, at, by, "someone@else")
        edit(connection, at, recorded_by="someone@else")

    assert said(engine, damage) == damaged(f"{span} {ALTERED}")


@pytest.mark.parametrize("length", [3, 4, 5, 6, 7, 8, 17, 19])
def test_the_stretch_that_is_named_is_the_right_one(sqlite_url: str, length: int) -> None:
    """For a log of any length, and each hash that it keeps."""
    with (
        opened(sqlite_url, STORY) as engine,
        engine.connect().execution_options(writing=True) as connection,
    ):
        transaction = connection.begin()
        connection.exec_driver_sql("DROP TRIGGER events_no_delete")
        for table in (events, disclosures):
            connection.execute(sa.delete(table).where(table.c.position > length))
        last = json.loads(body_at(connection, length))["recorded_at"]
        values = {"position": length, "recorded_at": last}
        connection.execute(sa.update(log_head).values(values))
        rehash(connection)
        install_guards(connection)
        assert verify.verify(connection).events == length
        whole = connection.execute(sa.select(log_head.c.frontier)).scalar_one()
        first = 1
        sizes = [1 << bit for bit in reversed(range(6)) if length >> bit & 1]
        for number, size in enumerate(sizes):
            start = 32 * number
            other = whole[:start] + bytes(32) + whole[start + 32 :]
            connection.execute(sa.update(log_head).values(frontier=other))
            with pytest.raises(Damaged) as caught:
                verify.verify(connection)
            span = f"event @{first}" if size == 1 else f"the events @{first} to @{first + size - 1}"
            assert str(caught.value) == damaged(f"{span} {ALTERED}")
            first += size
        connection.execute(sa.update(log_head).values(frontier=whole[:-32]))
        with pytest.raises(Damaged, match=f"@{length} did not hash"):
            verify.verify(connection)
        connection.execute(sa.text("UPDATE log_head SET frontier = 'text'"))
        with pytest.raises(Damaged, match=r"@1( to @\d+)? did not hash"):
            verify.verify(connection)
        transaction.rollback()


def test_hashes_that_are_kept_of_stretches_are_those_of_their_events(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them, and none too many."""
    for module in (event_log, reading, verify):
        monkeypatch.setattr(module, "NODE_LEVEL", 2)
    with opened(sqlite_url, STORY) as engine:
        with engine.connect() as connection:
            assert verify.verify(connection).events == LENGTH
            kept = connection.execute(sa.select(merkle_nodes)).all()
        assert len(kept) == 4 + 2 + 1
        for level, number, _ in kept:
            here = sa.and_(merkle_nodes.c.level == level, merkle_nodes.c.number == number)
            span = f"@{(number << level) + 1} to @{(number + 1) << level}"
            for change in (
                sa.update(merkle_nodes).where(here).values(hash=bytes(32)),
                sa.delete(merkle_nodes).where(here),
            ):
                found = said(engine, doing(change))
                assert found == damaged(
                    f"the events {span} do not hash to what was kept of them: one was altered "
                    "together with its own hash, or the kept hash was"
                )
        more = sa.insert(merkle_nodes).values(level=9, number=9, hash=bytes(32))
        assert said(engine, lambda c: c.execute(more)) == damaged(
            "the log keeps 1 hashes of events that it does not have"
        )


def test_what_is_not_the_log_itself_is_told_after_it(engine: Engine) -> None:
    """Pages, guards: every event is sound."""

    def against_its_check(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
        connection.exec_driver_sql("UPDATE log_head SET id = 2")
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")

    assert said(engine, against_its_check) == (
        "every event is sound, but the database that holds them is damaged (CHECK constraint "
        "failed in log_head); export the log with: tracker export --format log, and restore that "
        "into a new one"
    )

    def without_guards(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TRIGGER events_no_update")
        connection.exec_driver_sql("DROP TRIGGER events_no_replace")
        assert missing_guards(connection) == ["events_no_update", "events_no_replace"]

    assert said(engine, nothing, after=without_guards) == (
        "every event is sound, but what refuses changes of the log is not there "
        "(events_no_update, events_no_replace); put it back with: tracker db upgrade"
    )


# -- checkpoints and the database ------------------------------------------------------------------


def test_a_checkpoint_that_does_not_hold_is_named(engine: Engine) -> None:
    """Of another root, or of more events than there are: the longest of all."""
    with engine.connect() as connection:
        kept = [Checkpoint("desk", size, root_at(connection, size)) for size in (0, 7, END)]
    for right in kept:
        wrong = evolve(right, root=bytes(31) + b"\5", origin="elsewhere")
        assert said(engine, nothing, *kept, wrong) == (
            f"the log does not match the checkpoint of {right.size} events by elsewhere: an event "
            f"up to @{right.size} was altered, removed or reordered since, or it is another log's; "
            f"{LOST}"
        )
    longer = [Checkpoint("desk", size, bytes(32)) for size in (END + 1, END + 9, END + 3)]
    assert said(engine, nothing, *kept, *longer) == (
        f"the log is shorter than the checkpoint of {END + 9} events by desk: it ends at @{END}; "
        f"{LOST}"
    )


def test_a_database_that_cannot_be_read_is_damage(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What else it complains of is not."""

    def failing(what: str) -> Callable[[object], None]:
        def whole(_: object) -> None:
            raise sa.exc.OperationalError("SELECT", {}, Exception(what))

        return whole

    with engine.connect() as connection:
        monkeypatch.setattr(verify._Reading, "whole", failing("database disk image is malformed"))
        with pytest.raises(Damaged) as caught:
            verify.verify(connection)
        assert str(caught.value) == (
            "the database cannot be read as it was written (database disk image is malformed); "
            f"{LOST}"
        )
        assert isinstance(caught.value.__cause__, sa.exc.OperationalError)
        monkeypatch.setattr(verify._Reading, "whole", failing("database is locked"))
        with pytest.raises(sa.exc.OperationalError):
            verify.verify(connection)


def test_functions_that_are_not_this_programs_are_named(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that is shared is only as safe as they are."""
    monkeypatch.setattr(verify, "stale_functions", lambda _: ["tracker_append", "tracker_lock"])
    assert said(engine, nothing) == (
        "every event is sound, but the functions through which recorders append are missing or "
        "other than this program's (tracker_append, tracker_lock); put them back with: tracker db "
        "upgrade"
    )


def test_many_references_are_looked_up_in_parts(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, however many a batch has."""
    names = [f"id-{number}" for number in range(1203)]
    asked: list[object] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.extend(given[3]))
    monkeypatch.setattr(verify, "_references", lambda _: names)
    with engine.connect() as connection:
        row = connection.execute(sa.select(events)).first()
        verify._Reading(connection, (), None)._look_up([row])
    assert sorted(map(str, asked)) == sorted(names)


def test_a_server_looks_after_its_own_pages(each_postgresql: str) -> None:
    """Nothing is asked of it that SQLite alone can answer."""
    with opened(each_postgresql, STORY[:5]) as engine, engine.connect() as connection:
        assert verify.verify(connection).events == 7


def test_the_ways_of_those_who_share_a_log_are_looked_at(each_postgresql: str) -> None:
    """After the events; but the views before them, by who reads through these."""

    def told(engine: Engine) -> str:
        with engine.connect() as connection, pytest.raises(Damaged) as caught:
            verify.verify(connection)
        return str(caught.value)

    sound, again = "every event is sound, but ", "put them back with: tracker db upgrade"
    with (
        shared(each_postgresql) as log,
        log.engine(log.owner) as owner,
        log.engine(log.recorder) as recorder,
        log.session(log.owner) as session,
    ):
        record(owner, STORY[:5])
        for engine in (owner, recorder):
            with engine.connect() as connection:
                assert verify.verify(connection).events == 7
        session.execute(f"GRANT SELECT ON links, events TO {log.recorder}".encode())
        holds = f"{sound}a recorder holds rights on the tables of the log"
        assert told(owner) == (
            f"{holds} ({log.recorder}), and is to have none; take them back with: tracker db grant "
            f"{log.recorder} --recorder"
        )
        session.execute(f"GRANT EXECUTE ON FUNCTION tracker_append TO {log.reader}".encode())
        assert told(owner) == (
            f"{holds} ({log.reader}, {log.recorder}), and is to have none; take them back with: "
            f"tracker db grant {log.reader} --recorder"
        )
        session.execute(f"DROP VIEW {VIEWS}.links, {VIEWS}.plan_versions".encode())
        views = (
            "the views through which recorders read are missing or other than this program's "
            f"(links, plan_versions); {again}"
        )
        assert told(owner) == f"{sound}{views}"
        assert told(recorder) == views
        session.execute(b"DROP FUNCTION tracker_project")
        assert told(owner) == (
            f"{sound}the functions through which recorders append are missing or other than this "
            f"program's (tracker_project); {again}"
        )
