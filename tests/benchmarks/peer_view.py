"""The peer's read table: a projection with a tracking recorder, as its documentation has it.

The table holds what stands of every fact. On PostgreSQL the runner subscribes; the recorder for
SQLite has no subscriptions, so there the notifications are pulled, each with its tracking.
"""

from __future__ import annotations

from typing import Any

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import Environment
from psycopg.sql import SQL

from tests.benchmarks.peer import Initiative, Office, environment, notifications
from tests.benchmarks.raw import connect, is_postgresql

_CREATE = (
    "CREATE TABLE IF NOT EXISTS standing (fact BIGINT PRIMARY KEY, initiative TEXT NOT NULL,"
    " mode TEXT NOT NULL, type TEXT NOT NULL, lo TEXT NOT NULL, hi TEXT NOT NULL)"
)
_PUT = (
    "INSERT INTO standing (fact, initiative, mode, type, lo, hi) VALUES ({})"
    " ON CONFLICT (fact) DO UPDATE SET mode = excluded.mode, type = excluded.type,"
    " lo = excluded.lo, hi = excluded.hi"
)
_DROP = "DELETE FROM standing WHERE fact = {}"
_PATIENCE_SECONDS = 3600.0


def _row(event: Any) -> tuple[Any, ...]:
    account: dict[str, Any] = event.account
    on, slug = account["on"], str(event.originator_id)
    return event.fact, slug, account["mode"], account["type"], on["lo"], on["hi"]


class OnSQLite(SQLiteTrackingRecorder):
    """What stands, in a SQLite file."""

    def construct_create_table_statements(self) -> list[str]:
        """Its table beside the tracking."""
        return [*super().construct_create_table_statements(), _CREATE]

    def put(self, event: Any, tracking: Tracking) -> None:
        """A fact is as *event* says."""
        self._execute(_PUT.format("?, ?, ?, ?, ?, ?"), _row(event), tracking)

    def drop(self, event: Any, tracking: Tracking) -> None:
        """A fact does not stand."""
        self._execute(_DROP.format("?"), (event.fact,), tracking)

    def _execute(self, statement: str, values: tuple[Any, ...], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(statement, values)
            self._insert_tracking(cursor, tracking)

    def standing(self) -> list[tuple[Any, ...]]:
        """The whole table."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute("SELECT * FROM standing ORDER BY fact")
            return [tuple(row) for row in cursor.fetchall()]


class OnPostgreSQL(PostgresTrackingRecorder):
    """What stands, in a PostgreSQL database."""

    def __init__(self, datastore: Any, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements.append(SQL(_CREATE).format())

    def put(self, event: Any, tracking: Tracking) -> None:
        """A fact is as *event* says."""
        self._execute(_PUT.format("%s, %s, %s, %s, %s, %s"), _row(event), tracking)

    def drop(self, event: Any, tracking: Tracking) -> None:
        """A fact does not stand."""
        self._execute(_DROP.format("%s"), (event.fact,), tracking)

    def _execute(self, statement: str, values: tuple[Any, ...], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(statement.encode(), values, prepare=True)
            self._insert_tracking(cursor, tracking)

    def standing(self) -> list[tuple[Any, ...]]:
        """The whole table."""
        with self.datastore.transaction() as cursor:
            cursor.execute(b"SELECT * FROM standing ORDER BY fact")
            return [tuple(row.values()) for row in cursor.fetchall()]


class Standing(Projection[Any]):
    """Every event goes into the table, in a transaction with its tracking."""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Nothing stands by a registration."""
        self.view.insert_tracking(tracking)

    @process_event.register
    def _recorded(self, domain_event: Initiative.FactRecorded, tracking: Tracking) -> None:
        self.view.put(domain_event, tracking)

    @process_event.register
    def _amended(self, domain_event: Initiative.FactAmended, tracking: Tracking) -> None:
        self.view.put(domain_event, tracking)

    @process_event.register
    def _withdrawn(self, domain_event: Initiative.FactWithdrawn, tracking: Tracking) -> None:
        self.view.drop(domain_event, tracking)


def rebuild(office: Office, url: str) -> list[tuple[Any, ...]]:
    """Make the read table of *office*, whose database is at *url*; what it holds then."""
    settings = environment(url)
    last = office.recorder.max_notification_id()
    if is_postgresql(url):
        with ProjectionRunner(
            application_class=Office,
            projection_class=Standing,
            view_class=OnPostgreSQL,
            env=settings,
        ) as runner:
            runner.wait(last, timeout=_PATIENCE_SECONDS)
            found: list[tuple[Any, ...]] = runner.projection.view.standing()
        return found
    factory = InfrastructureFactory.construct(env=Environment(Standing.name, settings))
    view: Any = factory.tracking_recorder(OnSQLite)
    projection = Standing(view=view)
    for each in notifications(office):
        tracking = Tracking(office.name, each.id)
        projection.process_event(office.mapper.to_domain_event(each), tracking)
    standing: list[tuple[Any, ...]] = view.standing()
    view.datastore.close()
    return standing


def forget(url: str) -> None:
    """Empty the table, so that it can be made again."""
    with connect(url) as connection:
        tracking = f"{Standing.name.lower()}_tracking" if is_postgresql(url) else "tracking"
        for table in ("standing", tracking):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
