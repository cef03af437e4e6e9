"""Hot questions are answered by seeks: no scan of the log or of the portfolio, no sort of either.

What a database means to do with a statement is asked of it for the statements that are really sent.
A few thousand events are there, and the statistics that a server keeps. So few rows a server would
rather scan and sort, so it is told to do so only where there is no other way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import frozen
from psycopg import sql
from sqlalchemy.engine import Connection

from tests.benchmarks import workload
from tracker import Tracker, Viewpoint
from tracker.application import answers, phases
from tracker.projections import changes, outlines, portfolio, vague
from tracker.projections.ledger import foreseen
from tracker.projections.projector import Projector
from tracker.store import reading
from tracker.store.driver import beneath, for_psycopg
from tracker.store.event_log import writing

EVENTS = 3000
HEAD = 2400
AT = Viewpoint(date(2016, 6, 30), HEAD)
A_DAY_LATER = Viewpoint(date(2016, 7, 1), HEAD + 2)
SLUG = "init-0000000"
"""The one with the longest history."""

_EXPLAIN = "EXPLAIN QUERY PLAN"  # as SQLite has it

FLOORS = {SLUG: "2016-01-01"}


@frozen
class Question:
    """What is asked, and the indexes without any one of which it would be scanned or sorted for.

    Those in *narrow* are sought in on PostgreSQL too: without them it would look through more of
    the histories of those who are asked about, which is neither.
    """

    ask: Callable[[Connection], object]
    sqlite: tuple[str, ...] = ()
    postgresql: tuple[str, ...] = ()
    narrow: tuple[str, ...] = ()


_SOUGHT = ("ix_fact_versions_phase", "ix_fact_versions_condition")
_OF_ONE = ("ix_fact_versions_condition_back", "ix_fact_versions_fulfils")
_MOVED = (
    "ix_fact_versions_hi",
    "ix_fact_versions_k_from",
    "ix_fact_versions_k_to",
    "ix_fact_versions_lo",
    "ix_fact_versions_fulfils",
    "ix_initiatives_k_from",
    "ix_initiatives_k_to",
)

QUESTIONS = {
    "status of one": Question(
        lambda c: portfolio.status_of(c, SLUG, AT),
        (*_OF_ONE, "ix_fact_versions_phase_back"),
        _OF_ONE,
        narrow=("ix_fact_versions_phase_back",),
    ),
    "status of one with evidence": Question(
        lambda c: answers.status_one(c, SLUG, AT),
        (*_OF_ONE, "ix_fact_versions_phase_back"),
        _OF_ONE,
        narrow=("ix_fact_versions_phase_back",),
    ),
    "status of some": Question(
        lambda c: portfolio.status_of_all(c, AT, [SLUG, "init-0000007"]),
        ("ix_fact_versions_fulfils",),
        ("ix_fact_versions_fulfils",),
        narrow=_SOUGHT,
    ),
    "status of all": Question(lambda c: portfolio.status_of_all(c, AT), narrow=_SOUGHT),
    "status of all in short": Question(lambda c: outlines.outlines(c, AT), narrow=_SOUGHT),
    "listing": Question(lambda c: outlines.listing(c, AT), narrow=_SOUGHT),
    "what else is possible": Question(
        lambda c: vague.setting_since(c, AT, FLOORS), narrow=("ix_fact_versions_condition",)
    ),
    "phases of all": Question(
        lambda c: list(phases.entries(c, AT)), postgresql=("ix_fact_versions_phase",)
    ),
    "difference": Question(
        lambda c: changes.diff(c, AT, A_DAY_LATER), _MOVED, _MOVED, narrow=_SOUGHT
    ),
    "position at an instant": Question(
        lambda c: reading.position_at(c, workload.BEGAN),
        ("ix_events_recorded_at",),
        ("ix_events_recorded_at",),
    ),
    "root": Question(lambda c: reading.root_at(c, HEAD)),
    "events of one": Question(
        lambda c: reading.events_of(c, SLUG, HEAD),
        ("uq_events_initiative_version",),
        ("uq_events_initiative_version",),
    ),
    "some events": Question(lambda c: reading.read_at(c, [3, 5, 700, HEAD])),
}
OF_ALL = ("status of all", "status of all in short", "listing", "phases of all")
"""These read the whole portfolio, once; the log they do not touch."""
OF_A_FEW = ("status of one", "status of some", "what else is possible", "difference")
"""Of these a server knows too little to see how few they are about."""
_TEMPTATION = r"Seq Scan on fact_versions|Hash (\w+ )*Join|Merge (\w+ )*Join"
"""A scan of all facts, or a join that reads all rows of one side."""


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """The workload of the benchmarks, small."""
    with Tracker.open(database_url, by="bench", create=True) as log:
        with writing(log.engine) as appender:
            rows = [row for _, row in appender.append(workload.drafts(EVENTS), "bench")]
            appender.flush()
            Projector(appender.connection).apply(rows)
        with log.engine.begin() as connection:
            if connection.dialect.name != "sqlite":  # a SQLite log has no statistics
                connection.exec_driver_sql("ANALYZE")
        yield log


def test_nothing_is_scanned_and_nothing_sorted(log: Tracker) -> None:
    """No hot question reads the log, or what it does not ask about; none sorts what it reads."""
    with log.one_state(), log.log.connection() as connection:
        found = {name: faults(connection, name) for name in QUESTIONS}
    assert found == {name: [] for name in QUESTIONS}


def test_a_lost_index_is_noticed(log: Tracker) -> None:
    """Without any one of them a question is answered by a scan or a sort, and the test fails."""
    is_sqlite = log.engine.dialect.name == "sqlite"
    with log.engine.connect().execution_options(writing=True) as connection:
        for name, question in QUESTIONS.items():
            for index in question.sqlite if is_sqlite else question.postgresql:
                with connection.begin() as transaction:
                    connection.exec_driver_sql(f"DROP INDEX {index}")
                    assert faults(connection, name), f"{name} without {index}"
                    transaction.rollback()


def test_a_question_goes_by_the_indexes_that_are_there_for_it(log: Tracker) -> None:
    """What narrows a history to what is asked for is sought in, and not passed by."""
    is_sqlite = log.engine.dialect.name == "sqlite"
    with log.one_state(), log.log.connection() as connection:
        for name, question in QUESTIONS.items():
            meant = question.sqlite if is_sqlite else (*question.postgresql, *question.narrow)
            sent = _sent(connection, name)
            if not is_sqlite:
                _has_to_seek(connection, may_sort=name not in OF_ALL)
            explain = _EXPLAIN if is_sqlite else "EXPLAIN"
            plans = " ".join(
                str(tuple(row))
                for statement, given in sent
                for row in connection.exec_driver_sql(f"{explain} {statement}", given)
            )
            taken = set(re.findall(r"\b[iu][xq]_\w+", plans))
            assert set(meant) <= taken, name
            # Of forty plans, to look at the rows of what fulfils them takes half of the time.
            if is_sqlite and "ix_fact_versions_fulfils" in meant:
                assert "USING COVERING INDEX ix_fact_versions_fulfils" in plans, name


def test_a_server_is_not_tempted_to_read_of_all(log: Tracker) -> None:
    """With all its ways open, it seeks what is known of those who are asked about one by one."""
    if log.engine.dialect.name == "sqlite":
        return  # it has no other way
    with log.one_state(), log.log.connection() as connection:
        for name in OF_A_FEW:
            for statement, given in _sent(connection, name):
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", given).scalars().all()
                tempted = [step for step in plan if re.search(_TEMPTATION, step)]
                assert not tempted, (name, statement)


def test_what_is_current_is_found_by_its_own_index(log: Tracker) -> None:
    """Whatever the values are: a plan that serves any of them can be made once, and kept."""
    with log.engine.connect() as connection, connection.begin():
        ((query, parameters), _) = foreseen(beneath(connection), SLUG, "0" * 32)
        if connection.dialect.name == "sqlite":
            nothing = dict.fromkeys(parameters)
            plan = [step for *_, step in connection.exec_driver_sql(f"{_EXPLAIN} {query}", nothing)]
        else:
            connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql(f"PREPARE standing AS {_numbered(for_psycopg(query))[0]}")
            plan = [*connection.exec_driver_sql("EXPLAIN EXECUTE standing('a', '')").scalars()]
    assert "uq_initiatives_current" in " ".join(map(str, plan)), plan


def faults(connection: Connection, name: str) -> list[str]:
    """The steps of a question's plans that scan or sort what they should not."""
    sent = _sent(connection, name)
    assert sent
    of_all = name in OF_ALL
    found: list[str] = []
    for statement, parameters in sent:
        if connection.dialect.name == "sqlite":
            steps = _sqlite(connection, statement, parameters)
        else:
            steps = _postgresql(connection, statement, parameters, of_all=of_all)
        found += (step for step in steps if _is_wrong(step, statement, of_all=of_all))
    return found


def _sent(connection: Connection, name: str) -> list[tuple[str, Any]]:
    """The statements that a question sends, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    sa.event.listen(connection.engine, "before_cursor_execute", note)
    QUESTIONS[name].ask(connection)
    sa.event.remove(connection.engine, "before_cursor_execute", note)
    return sent


_SMALL = r"lifecycle_versions|v|log_head|listed|floor|key"
"""What a scan of is no fault: a few rows, or what was selected before."""
_WALK = r"SEARCH \w+( USING [^()]*)?(\((hi|lo|k_from|k_to|rowid|position)[<>]\?\))?$"
"""No seek but a scan in other words: from one end on, or all that was known by then."""


def _is_wrong(step: str, statement: str, *, of_all: bool) -> bool:
    if "LIMIT" in statement and "enough" in statement:  # counted no further than it matters
        return "SORT" in step
    if step.startswith("SORT"):
        # A few rows of a few initiatives may be sorted, and the plans of a portfolio.
        return (of_all and "plan_versions" not in statement) or _is_of_one(statement)
    if re.search(r"\b(events|disclosures|e|d)\b", step) and of_all:
        return True
    if of_all or re.match(rf"(SCAN|SEARCH) ({_SMALL})\b", step):
        return False
    return step.startswith("SCAN") or re.match(_WALK, step) is not None


def _is_of_one(statement: str) -> bool:
    """Whether somewhere the last of many is sought, and not only whether there is any."""
    return re.search(r"ORDER BY [^()]* LIMIT 1\b", statement) is not None


def _sqlite(connection: Connection, statement: str, parameters: Any) -> Iterator[str]:
    for row in connection.exec_driver_sql(f"{_EXPLAIN} {statement}", parameters):
        detail = str(row[3])
        if "TEMP B-TREE" in detail and "ORDER BY" in detail:
            yield f"SORT: {detail}"
        else:
            yield detail


def _postgresql(
    connection: Connection, statement: str, parameters: Any, *, of_all: bool
) -> Iterator[str]:
    # What is read of one initiative is little, and may be sorted; but not to find the last of it.
    may_sort = not of_all and not _is_of_one(statement) and "DISTINCT ON" not in statement
    _has_to_seek(connection, may_sort=may_sort)
    columns = _first_columns(connection)
    for plan in _plans(connection, statement, parameters):
        yield from _nodes(plan, columns)


def _plans(connection: Connection, statement: str, parameters: Any) -> Iterator[dict[str, Any]]:
    """What a server does the first times, knowing the values; and what it does from then on.

    A statement that is prepared, as the driver has it done for what is asked again and again, may
    be planned once for whatever values come.
    """
    prepared, names = _numbered(statement)
    connection.exec_driver_sql(f"PREPARE asked AS {prepared}")
    values = [sql.Literal(parameters[name]) for name in names]
    given = sql.SQL("({})").format(sql.SQL(", ").join(values)) if values else sql.SQL("")
    driver: Any = connection.connection.driver_connection
    for mode in ("force_custom_plan", "force_generic_plan"):
        connection.exec_driver_sql(f"SET LOCAL plan_cache_mode = {mode}")
        explain = sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE asked{}").format(given)
        ((found,),) = driver.execute(explain).fetchall()
        yield found[0]["Plan"]
    connection.exec_driver_sql("DEALLOCATE asked")


def _numbered(statement: str) -> tuple[str, list[str]]:
    """*statement* with its parameters as a server has them, and their names in that order."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement), names


def _has_to_seek(connection: Connection, *, may_sort: bool) -> None:
    """Let a server scan, join by hashing or sort only where there is no other way."""
    ways = dict.fromkeys(("seqscan", "hashjoin", "mergejoin"), "off")
    ways["sort"] = "on" if may_sort else "off"
    for way, setting in ways.items():
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = {setting}")


def _first_columns(connection: Connection) -> dict[str, str]:
    """What each index is sorted by first: without a condition of it, all of the index is read."""
    query = (
        "SELECT c.relname, a.attname"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
    )
    return dict(connection.exec_driver_sql(query).all())


def _nodes(node: dict[str, Any], first_columns: dict[str, str]) -> Iterator[str]:
    """The nodes of a plan, in the words of the other database."""
    kind = str(node["Node Type"])
    index = str(node.get("Index Name", ""))
    table = node.get("Relation Name") or index
    condition = str(node.get("Index Cond", "")).replace('"', "")
    sought = re.search(rf"\(\(*{first_columns[index]}\)* ", condition) if index else None
    if kind in ("Sort", "Incremental Sort"):
        yield f"SORT: {node['Sort Key']}"
    elif kind == "Seq Scan" or (index and sought is None):
        yield f"SCAN {table}"
    elif one_sided := re.fullmatch(r"\((\w+) [<>]=? [^()]*\)", condition):
        yield f"SEARCH {table} USING INDEX some ({one_sided[1]}<?)"
    elif table:
        yield f"SEARCH {table} BY {condition}"
    for inner in node.get("Plans", ()):
        yield from _nodes(inner, first_columns)
