"""A rebuild from the log gives what stood there, mends what did not, and misses no append."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.databases import empty
from tests.histories import (
    Recording,
    Registering,
    Step,
    histories,
    record,
    record_under,
)
from tests.logs import LENGTH, STORY, change, contents, edit_body, opened, rehash, tampering
from tracker.domain.viewpoint import OPEN
from tracker.errors import CalledWrongly, Damaged, Unavailable
from tracker.projections import from_zero, survey
from tracker.projections.check import check
from tracker.projections.ledger import LogLedger
from tracker.projections.projection import PROJECTIONS, SEARCH, choose, mark, stale
from tracker.projections.rebuild import rebuild
from tracker.store import event_log, schema
from tracker.store.driver import beneath
from tracker.store.event_log import reading, writing

ONE_MORE = Recording(slug="mi-8", type="commented", on="2024-06")
SPOIL = "UPDATE fact_versions SET phase = 'elsewhere' WHERE position = 15"


def leftovers(engine: Engine) -> list[str]:
    query = (
        "SELECT name FROM sqlite_temp_master UNION SELECT name FROM sqlite_master"
        if engine.dialect.name == "sqlite"
        else "SELECT relname FROM pg_class"
    )
    with engine.connect() as connection:
        names = [row[0] for row in connection.exec_driver_sql(query)]
    return [name for name in names if "rebuilt" in name or "replayed" in name]


def all_tangled() -> str:
    """The statement that finds what is tangled, made to find every initiative."""
    assert "e.after_fact IS NOT NULL" in survey._SURVEY
    return survey._SURVEY.replace("e.after_fact IS NOT NULL", "e.initiative > ''")


def in_statement(engine: Engine, part: str, do: Callable[[], None]) -> None:
    """Call *do* right after the first statement that begins with *part*."""
    done: list[str] = []

    @event.listens_for(engine, "after_cursor_execute")
    def _after(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.strip().startswith(part) and not done:
            done.append(statement)
            do()


# -- the same as what stood there ------------------------------------------------------------------


@pytest.mark.usefixtures("_pieces")
def test_a_rebuild_changes_nothing_of_sound_tables(engine: Engine) -> None:
    """Incremental projection equals rebuild from zero."""
    before = contents(engine)
    report = rebuild(engine)
    assert report.differences == ()
    assert report.events == LENGTH
    assert report.swapped
    assert report.rows == {name: len(rows) for name, rows in before.items()}
    assert contents(engine) == before
    assert leftovers(engine) == []


@pytest.mark.usefixtures("_pieces")
def test_a_rebuild_from_nothing(engine: Engine) -> None:
    """Every read table can be thrown away."""
    before = contents(engine)
    for table in schema.READ_TABLES:
        change(engine, f"DELETE FROM {table.name}")
    report = rebuild(engine)
    assert report.differing == {name: len(rows) for name, rows in before.items()}
    assert contents(engine) == before


def test_an_empty_log(database_url: str) -> None:
    """It has empty read tables, and they are made of it."""
    with opened(database_url) as engine:
        change(engine, "INSERT INTO links VALUES ('a', 'part-of', 'b', 1, 2)")
        assert rebuild(engine).differing["links"] == 1
        assert not any(contents(engine).values())


@pytest.mark.usefixtures("_pieces")
def test_both_ways_agree(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made in sets and what goes event by event through the projector is the same."""
    monkeypatch.setattr(survey, "_SURVEY", all_tangled())
    assert rebuild(engine, dry_run=True).differences == ()


@settings(max_examples=25)
@given(steps=histories())
def test_any_history(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    """Rebuilt in sets or event by event, as recorded: three times the same tables."""
    url = f"sqlite:///{tmp_path_factory.mktemp('history') / 'log.db'}"
    with opened(url, steps) as engine, pytest.MonkeyPatch.context() as patch:
        assert rebuild(engine, dry_run=True).differences == ()
        patch.setattr(survey, "_SURVEY", all_tangled())
        assert rebuild(engine, dry_run=True).differences == ()
    empty(url)


def test_progress_reaches_the_end(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is told how far it is, and it never goes back."""
    monkeypatch.setattr(from_zero, "PASS", 4)
    told: list[tuple[int, int]] = []
    rebuild(engine, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (LENGTH, LENGTH)


# -- what differs ----------------------------------------------------------------------------------

DAMAGE = {
    "initiatives": "UPDATE initiatives SET title = 'Other' WHERE initiative = 'mi-8'",
    "lifecycle_versions": "DELETE FROM lifecycle_versions WHERE k_from = 11",
    "lifecycle_effects": "UPDATE lifecycle_effects SET k_to = 12 WHERE k_from = 11",
    "fact_versions": "UPDATE fact_versions SET hi = '2024-08-01' WHERE position = 15",
    "plan_versions": "INSERT INTO plan_versions VALUES"
    " ('mi-8', 99, 99, 100, 99, 9, '2024-01-01', '2024-01-02', 'agreed', '2024')",
    "links": "UPDATE links SET other = 'il-2'",
}


@pytest.mark.parametrize("table", DAMAGE)
def test_what_differs_is_named_and_mended(engine: Engine, table: str) -> None:
    """A dry run says what a rebuild would change; a rebuild changes that and nothing else."""
    before = contents(engine)
    change(engine, DAMAGE[table])
    spoilt = contents(engine)
    assert spoilt != before
    report = rebuild(engine, dry_run=True)
    assert not report.swapped
    assert {each.table for each in report.differences} == {table}
    assert report.differing[table] == len(report.differences)
    assert contents(engine) == spoilt
    assert rebuild(engine).differences == report.differences
    assert contents(engine) == before


def test_a_difference_says_what_it_is(engine: Engine) -> None:
    """Both rows are given, and the sentence says where they part."""
    change(engine, SPOIL)
    (found,) = rebuild(engine, dry_run=True).differences
    assert found.before is not None
    assert found.after is not None
    assert found.before == {**found.after, "phase": "elsewhere"}
    assert str(found) == (
        "the row of fact_versions with initiative mi-8, fact 15, k_from 15 "
        "has phase 'elsewhere' instead of 'force'"
    )
    change(engine, "DELETE FROM links")
    missing = rebuild(engine, names=["links"], dry_run=True).differences
    assert str(missing[0]).endswith("other mi-8, k_from 10 is missing")
    change(engine, "INSERT INTO links VALUES ('a', 'part-of', 'b', 1, 2)")
    listed = rebuild(engine, names=["links"], dry_run=True, listed=1)
    assert listed.differing == {"links": 2}
    assert [str(each) for each in listed.differences] == [
        "the row of links with initiative a, kind part-of, other b, k_from 1 should not be there"
    ]


def test_only_what_was_named_is_rebuilt(engine: Engine) -> None:
    """By the name of the projection or of its table; the rest is left as it stands."""
    sound = contents(engine)
    change(engine, SPOIL)
    change(engine, "DELETE FROM links")
    rebuild(engine, names=["links"])
    assert contents(engine)["links"] == sound["links"]
    assert contents(engine)["fact_versions"] != sound["fact_versions"]
    rebuild(engine, names=["fact_versions"])
    assert contents(engine) == sound


def test_a_name_that_nothing_has() -> None:
    """The nearest is offered, or all there are."""
    with pytest.raises(CalledWrongly, match=r"no projection 'fact'; did you mean facts\?"):
        choose(["fact"])
    with pytest.raises(CalledWrongly, match="there are initiatives, lifecycles, facts, plans, lin"):
        choose(["qqq"])
    assert [each.name for each in choose(["plans", "lifecycle_effects"])] == ["lifecycles", "plans"]
    assert choose([]) == (*PROJECTIONS, SEARCH)


def test_what_nobody_knows_is_never_skipped(engine: Engine) -> None:
    """An event of an unknown kind stops the rebuild, and what stood there goes on answering."""
    before = contents(engine)
    with tampering(engine) as connection:
        connection.exec_driver_sql("UPDATE events SET kind = 'rumoured' WHERE position = 8")
    for dry_run in (True, False):
        with pytest.raises(Unavailable, match="kind 'rumoured', which this tracker does not know"):
            rebuild(engine, dry_run=dry_run)
    with tampering(engine) as connection:
        connection.exec_driver_sql("UPDATE events SET kind = 'recorded' WHERE position = 8")
        connection.exec_driver_sql("UPDATE events SET schema = 2 WHERE position = 8")
    with pytest.raises(Unavailable, match="schema version 2, and this tracker knows only up to 1"):
        rebuild(engine)
    assert contents(engine) == before


@pytest.mark.parametrize(
    "damage", ["fact = NULL", "initiative = 'nobody'", "mode = NULL", "fact = 18"]
)
def test_what_has_no_place_is_never_skipped(engine: Engine, damage: str) -> None:
    """An event that no row could be made of is an error, not a row less."""
    with tampering(engine) as connection:
        connection.exec_driver_sql(f"UPDATE events SET {damage} WHERE position = 8")
    with pytest.raises(Damaged, match=r"event @8 belongs to no fact .* see: tracker verify"):
        rebuild(engine)


@pytest.mark.parametrize("damage", ["initiative = 'nobody'", "fact = 4, kind = 'amended'"])
def test_what_is_appended_without_a_place_is_never_skipped(
    engine: Engine, database_url: str, damage: str
) -> None:
    """Nor what is so while the rebuild reads; what stood there goes on answering."""
    before = contents(engine)
    with opened(database_url) as another:
        appended: list[int] = []

        def append(_done: int, _total: int) -> None:
            if not appended:
                appended.append(LENGTH + 1)
                record(another, [ONE_MORE])
                where = f"WHERE position = {LENGTH + 1}"
                with tampering(another) as connection:
                    connection.exec_driver_sql(f"UPDATE events SET {damage} {where}")
                    # Where nothing is, nothing can be referred to.
                    connection.exec_driver_sql("DELETE FROM events WHERE position = 4")

        told = rf"event @{LENGTH + 1} belongs to no fact .* see: tracker verify"
        with pytest.raises(Damaged, match=told):
            rebuild(engine, progress=append)
    assert contents(engine)["links"] == before["links"]


# -- what the read tables have lost ----------------------------------------------------------------

LOST = "DELETE FROM initiatives WHERE initiative = 'il-1'"


def test_what_the_read_tables_have_lost_is_not_begun_again(engine: Engine) -> None:
    """Neither one by one nor in bulk: the way out is to make them again."""
    change(engine, LOST)
    before = contents(engine)
    told = "do not have il-1, which is in the log; make them again with: tracker rebuild"
    with pytest.raises(Damaged, match=told):
        record(engine, [Registering(slug="il-1", lifecycle="road")])
    with reading(engine) as connection:
        ledger = LogLedger(beneath(connection), lambda _: None, tuple)
        ledger.foresee_initiatives(["mi-8", "new"])
        with pytest.raises(Damaged, match=told):
            ledger.foresee_initiatives(["new", "il-1"])
    assert contents(engine) == before
    rebuild(engine)
    record(engine, [Recording(slug="il-1", type="commented", on="2024-06")])
    assert rebuild(engine, dry_run=True).differences == ()


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("lifecycle", ["road", "deal"])
def test_what_was_begun_again_stands_as_if_revised(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, lifecycle: str
) -> None:
    """Earlier builds took it, and such a log has to be read; whichever way it is gone through."""
    change(engine, LOST)
    with monkeypatch.context() as patched:
        patched.setattr(event_log, "_check_new", lambda *_: None)
        record(engine, [Registering(slug="il-1", lifecycle=lifecycle)])
    record(engine, [Recording(slug="il-1", type="agreed", on="2024-06")])
    assert rebuild(engine).differing["initiatives"] > 0
    with reading(engine) as connection:
        query = f"SELECT count(*) FROM initiatives WHERE initiative = 'il-1' AND k_to = {OPEN}"
        assert connection.exec_driver_sql(query).scalar() == 1
    assert rebuild(engine, dry_run=True).differences == ()
    monkeypatch.setattr(survey, "_SURVEY", all_tangled())
    assert rebuild(engine, dry_run=True).differences == ()


def test_a_check_names_the_first_difference(engine: Engine) -> None:
    """The sentence ends with the command that mends it."""
    with reading(engine) as connection:
        assert check(connection) == ("initiatives", "lifecycles", "facts", "plans", "links")
    change(engine, "DELETE FROM links")
    change(engine, SPOIL)
    with reading(engine) as connection, pytest.raises(Damaged) as caught:
        check(connection)
    assert str(caught.value) == (
        "the log is sound, but the row of fact_versions with initiative mi-8, fact 15, k_from 15 "
        "has phase 'elsewhere' instead of 'force' and 1 more of the read tables differ; "
        "make them again with: tracker rebuild"
    )
    assert leftovers(engine) == []


# -- how far they are ------------------------------------------------------------------------------


def stale_now(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return stale(connection)


def test_how_far_the_projections_are(engine: Engine) -> None:
    """Behind the head, or of another version, they are stale; a rebuild makes them current."""
    names = [each.name for each in PROJECTIONS]
    assert stale_now(engine) == names
    rebuild(engine, names=["plans"])
    assert stale_now(engine) == [name for name in names if name != "plans"]
    rebuild(engine)
    assert stale_now(engine) == []
    record(engine, [ONE_MORE])
    assert stale_now(engine) == names
    with engine.begin() as connection:
        mark(connection, LENGTH + 1)
    assert stale_now(engine) == []
    change(engine, "UPDATE projections SET version = 0 WHERE name = 'links'")
    assert stale_now(engine) == ["links"]


def test_the_first_append_marks_them_all(database_url: str) -> None:
    """An empty log has nothing to be behind of."""
    with opened(database_url) as engine:
        assert stale_now(engine) == []
        record(engine, STORY)
        with engine.begin() as connection:
            mark(connection, LENGTH)
        assert stale_now(engine) == []


# -- while others append ---------------------------------------------------------------------------


def test_what_is_appended_while_it_reads(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rebuild catches up, under the lock, with whatever came after it began."""
    monkeypatch.setattr(from_zero, "PASS", 5)
    with opened(database_url) as another:
        steps = iter([ONE_MORE, Recording(slug="il-1", after=0), ONE_MORE])

        def append(_done: int, _total: int) -> None:
            if (step := next(steps, None)) is not None:
                record(another, [step])

        report = rebuild(engine, progress=append)
        assert next(steps, None) is None
        assert report.events == LENGTH + 3
        assert report.differences == ()
        assert stale_now(engine) == []
        assert rebuild(another, dry_run=True).differences == ()


def test_what_is_appended_while_it_swaps(engine: Engine, database_url: str) -> None:
    """It waits for the swap, and then stands in the new tables."""
    change(engine, SPOIL)
    with opened(database_url) as another:
        thread = threading.Thread(target=record, args=(another, [ONE_MORE]))

        def append() -> None:
            thread.start()
            thread.join(0.5)
            assert thread.is_alive(), "the append did not wait for the lock"

        in_statement(engine, "DELETE FROM fact_versions", append)
        assert rebuild(engine).events == LENGTH
        thread.join(30)
        assert not thread.is_alive()
        report = rebuild(another, dry_run=True)
        assert report.events == LENGTH + 1
        assert report.differences == ()


def test_it_waits_for_an_append_that_has_begun(engine: Engine, database_url: str) -> None:
    """An append that holds the lock is finished first, and then caught up with."""
    change(engine, SPOIL)
    with opened(database_url) as another:
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.append(rebuild(engine).events))
        with writing(another) as appender:
            record_under(appender, [ONE_MORE])
            thread.start()
            thread.join(1)
            assert thread.is_alive(), "the rebuild did not wait for the lock"
        thread.join(30)
        assert found == [LENGTH + 1]
        assert rebuild(another, dry_run=True).differences == ()


# -- killed ----------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from tests.projections.test_rebuild import in_statement
from tracker.projections.rebuild import rebuild
from tracker.store.engine import make_engine, parse_url
engine = make_engine(parse_url(sys.argv[2]))
in_statement(engine, sys.argv[3], lambda: os.kill(os.getpid(), signal.SIGKILL))
rebuild(engine)
"""


@pytest.mark.parametrize(
    "where",
    ["INSERT INTO rebuilt_tiled", "INSERT INTO rebuilt_fact_versions", "DELETE FROM fact_versions"],
)
def test_a_rebuild_that_is_killed(engine: Engine, database_url: str, where: str) -> None:
    """The old tables go on answering, nothing is left behind, and a second rebuild works."""
    sound = contents(engine)
    change(engine, SPOIL)
    spoilt = contents(engine)
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", KILLED, root, database_url, where]
    assert subprocess.run(command, check=False, env=os.environ).returncode == -signal.SIGKILL
    assert contents(engine) == spoilt
    _wait_for_the_server(engine)
    assert leftovers(engine) == []
    assert len(rebuild(engine).differences) == 1
    assert contents(engine) == sound


def _wait_for_the_server(engine: Engine) -> None:
    """Until a PostgreSQL server has noticed that a client of this database is no more.

    It notices at the end of the statement that it is at, not at the instant of the kill.
    """
    if engine.dialect.name != "postgresql":
        return
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with engine.connect() as connection:
            if not connection.exec_driver_sql(others).scalar():
                return
        time.sleep(0.05)
    raise AssertionError("the server holds on to the killed process's session")


def test_a_log_that_was_rewritten_is_told_from_a_table(engine: Engine) -> None:
    """A rebuild believes the columns of the log; whether they are true is for verify to say."""
    with tampering(engine) as connection:
        edit_body(connection, 5, "begun", "began")
        rehash(connection)
    assert rebuild(engine, dry_run=True).differences == ()
