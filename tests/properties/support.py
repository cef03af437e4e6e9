"""What the properties share: logs in real databases that empty quickly, and two ways to an answer.

``asked`` is what the database answers, ``told`` what the definition gives over a plain list of
events; wherever they are compared, neither says more than the other. ``fails`` runs a property on
histories that are always the same, so that a seeded bug can be shown to be noticed.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from attrs import evolve, field, frozen, mutable
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

import tracker
from tests.databases import Backend
from tests.histories import SLUGS, days_of_interest
from tracker.application import answers
from tracker.application.items import card_item
from tracker.domain.events import Event, InitiativeRetired, Profile
from tracker.domain.facts import FactVersion, Link, Picture, PlanVersion, picture
from tracker.domain.findings import Finding, findings
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.outline import Outline
from tracker.domain.plans import next_due, open_plans
from tracker.domain.status import Status, status
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.errors import Damaged
from tracker.projections import outlines, portfolio
from tracker.projections.outlines import Listed
from tracker.projections.portfolio import Standing
from tracker.projections.projector import Projector
from tracker.store import migrate, schema
from tracker.store.codec import decode
from tracker.store.driver import Reader
from tracker.store.engine import create_file, make_engine, parse_url
from tracker.store.event_log import read_rows, reading, root_at, writing
from tracker.store.file_reader import LOCK_TIMEOUT_SECONDS, reading_file

# Hypothesis draws from the constants of whatever modules are loaded. With all of them loaded, a run
# of all tests tries the same histories in whatever order they come to its workers.
for _module in pkgutil.walk_packages(tracker.__path__, "tracker."):
    if not _module.name.endswith(".__main__"):
        importlib.import_module(_module.name)

# -- databases -------------------------------------------------------------------------------------


@mutable
class Database:
    """A migrated database that is used again and again: as good as fresh after :meth:`empty`."""

    url: str
    engine: Engine
    _kept: Path | None = None

    @classmethod
    def made(cls, url: str) -> Database:
        """The database at *url*, migrated."""
        parts = parse_url(url)
        if parts.get_backend_name() == "sqlite":
            create_file(parts)
        engine = make_engine(parts)
        migrate.upgrade(engine)
        if engine.dialect.name != "sqlite":
            return cls(url, engine)
        path = Path(str(parts.database))
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        kept = path.with_suffix(".kept")
        shutil.copyfile(path, kept)
        return cls(url, engine, kept)

    def empty(self) -> Database:
        """Take everything out; a file is written over, a server's guards are stood down."""
        if self._kept is not None:
            path = Path(str(self.engine.url.database))
            self.engine.dispose()  # a file may not be written over while it is open
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(self._kept, path)
            return self
        tables = [table.name for table in schema.metadata.sorted_tables if table.name != "log_head"]
        with self.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in tables:
                connection.exec_driver_sql(f"DELETE FROM {table}")
            connection.execute(
                sa.update(schema.log_head).values(position=0, recorded_at=None, frontier=b"")
            )
        return self

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """A connection that sees one state."""
        with reading(self.engine) as connection:
            yield connection

    @contextmanager
    def every_reader(self) -> Iterator[list[Reader]]:
        """Whoever can be asked of one state: a SQLite file also without SQLAlchemy."""
        with ExitStack() as stack:
            readers: list[Reader] = [stack.enter_context(self.asking())]
            if self._kept is not None:
                path = Path(str(self.engine.url.database))
                readers.append(stack.enter_context(reading_file(path, LOCK_TIMEOUT_SECONDS)))
            yield readers


@mutable
class Desk:
    """The databases of one test module, all of one kind; the first is there from the start."""

    backend: Backend
    folder: Path
    stack: ExitStack
    _databases: list[Database] = field(factory=list)

    def database(self, number: int = 0) -> Database:
        """An empty database; another for each *number*."""
        while len(self._databases) <= number:
            url = self.stack.enter_context(self.backend.fresh(self.folder))
            database = Database.made(url)
            self.stack.callback(database.engine.dispose)
            self._databases.append(database)
        return self._databases[number].empty()

    def opened(self, number: int = 0) -> Database:
        """A database as it was left."""
        return self._databases[number]


Told = tuple[str, list[dict[str, Any]]]
"""The canonical body of an event, and the rows of the texts that it commits to."""


def contents(database: Database) -> list[Told]:
    """The whole log in order, byte for byte."""
    with database.asking() as connection:
        texts: dict[int, list[dict[str, Any]]] = {}
        for row in connection.execute(sa.select(schema.disclosures)).mappings():
            texts.setdefault(row["position"], []).append(dict(row))
        rows = (row for batch in read_rows(connection) for row in batch)
        return [(row.body, texts.get(row.position, [])) for row in rows]


def load(database: Database, log: Iterable[Told]) -> None:
    """Append *log* byte for byte, and project it."""
    with writing(database.engine) as appender:
        rows = [
            appender.append_body(
                decode(body, {row["field"]: row["text"] for row in texts}), body, texts
            )
            for body, texts in log
        ]
        appender.flush()
        Projector(appender.connection).apply(rows)


# -- viewpoints ------------------------------------------------------------------------------------

Pointers = list[tuple[int, int]]
"""Where to look: (day, position), each counted round and round."""


def pointers(number: int) -> st.SearchStrategy[Pointers]:
    """Where to look in a history that is not there yet."""
    where = st.integers(0, 2**16)
    return st.lists(st.tuples(where, where), min_size=number, max_size=number)


def pointed_at(
    history: Sequence[Event], where: Pointers, latest: int | None = None
) -> list[Viewpoint]:
    """The viewpoints on *history* that are meant; none knows more than *latest* events."""
    days = days_of_interest(history)
    head = len(history) if latest is None else latest
    return [Viewpoint(days[d % len(days)], k % (head + 1)) for d, k in where]


# -- answers ---------------------------------------------------------------------------------------


@frozen
class Answer:
    """Everything that is said of one initiative at a viewpoint."""

    profile: Profile
    retired: InitiativeRetired | None
    lifecycle: Lifecycle
    status: Status
    developments: tuple[FactVersion, ...]
    plans: tuple[PlanVersion, ...]
    open_plans: int
    next_due: date | None
    findings: tuple[Finding, ...]
    links: frozenset[Link]


Answers = dict[str, Answer]


def asked(reader: Reader, at: Viewpoint, slugs: Sequence[str] = SLUGS) -> Answers:
    """What the read tables answer, one by one; all at once must be the same."""
    each = {slug: portfolio.status_of(reader, slug, at) for slug in slugs}
    facts = portfolio.developments(reader, at.position, slugs)
    plans = portfolio.plans(reader, at.position, slugs)
    registered = [found for found in each.values() if found is not None]
    listed = [found for found in registered if found.retired is None]
    by_name = sorted(listed, key=lambda found: found.initiative)
    assert portfolio.status_of_all(reader, at) == by_name
    assert outlines.outlines(reader, at) == list(map(_in_short, by_name))
    assert [each.compared for each in outlines.outlines(reader, at)] == [
        found.status.compared for found in by_name
    ]
    assert outlines.listing(reader, at) == [_listed(found) for found in by_name]
    assert {found.initiative: found for found in registered} == {
        found.initiative: found for found in portfolio.status_of_all(reader, at, slugs)
    }
    return {
        found.initiative: Answer(
            profile=found.profile,
            retired=found.retired,
            lifecycle=found.lifecycle,
            status=_timeless_status(found.status),
            developments=tuple(map(_timeless, facts.get(found.initiative, ()))),
            plans=tuple(map(_timeless, plans.get(found.initiative, ()))),
            open_plans=found.open_plans,
            next_due=found.next_due,
            findings=findings(
                facts.get(found.initiative, ()),
                plans.get(found.initiative, ()),
                found.lifecycle,
                found.status,
                at.as_of,
            ),
            links=frozenset(portfolio.links(reader, found.initiative, at.position)),
        )
        for found in registered
    }


def _in_short(found: Standing) -> Outline:
    """The status without what it rests on."""
    status = found.status
    return Outline(
        initiative=found.initiative,
        lifecycle=found.profile.lifecycle,
        **{name: getattr(status, name) for name in Outline._fields[2:]},
    )


def _listed(found: Standing) -> Listed:
    return Listed(
        found.initiative,
        found.profile,
        found.lifecycle,
        _in_short(found),
        found.open_plans,
        found.next_due,
    )


def told(history: Sequence[Event], at: Viewpoint, slugs: Sequence[str] = SLUGS) -> Answers:
    """What the definition gives, over a plain list of events."""
    pictures = {slug: picture(history, slug, at.position) for slug in slugs}
    known = [each for each in pictures.values() if each is not None]
    links = {link for each in known for link in each.links}
    return {each.initiative: _told(each, links, at.as_of) for each in known}


def _told(known: Picture, links: Iterable[Link], as_of: date) -> Answer:
    stands = status(known.developments, known.lifecycle, as_of)
    due = open_plans(known.plans, known.developments, as_of)
    slug = known.initiative
    return Answer(
        profile=known.profile,
        retired=known.retired,
        lifecycle=known.lifecycle,
        status=stands,
        developments=known.developments,
        plans=known.plans,
        open_plans=len(due),
        next_due=next_due(due, as_of),
        findings=findings(known.developments, known.plans, known.lifecycle, stands, as_of),
        links=frozenset(link for link in links if slug in (link.initiative, link.other)),
    )


def _timeless(version: Any) -> Any:
    """A version as it is said; how long it was known is another question (invariant 4)."""
    return evolve(version, k_from=0, k_to=OPEN)


def _timeless_status(stands: Status) -> Status:
    return evolve(
        stands,
        deciding=stands.deciding and _timeless(stands.deciding),
        deciding_condition=stands.deciding_condition and _timeless(stands.deciding_condition),
    )


def everything(connection: Connection, at: Viewpoint) -> dict[str, object]:
    """What can be seen of the log at a viewpoint: answers, cards with all versions, the root."""
    seen = asked(connection, at)
    cards = {slug: card_item(answers.card(connection, slug, at)) for slug in seen}
    return {"answers": seen, "cards": cards, "root": root_at(connection, at.position)}


# -- how long, and seeded bugs ---------------------------------------------------------------------

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"

Bug = Callable[[pytest.MonkeyPatch], None]
"""Changes one function of tracker so that it is wrong."""


def examples(number: int) -> hypothesis.settings:
    """As many examples as a test can afford; twenty times that in the deep profile."""
    return hypothesis.settings(
        max_examples=number * 20 if DEEP else number,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )


def fails(
    check: Callable[..., None], given: Mapping[str, st.SearchStrategy[Any]], examples: int = 3000
) -> Exception | None:
    """The failure that *check* meets on histories that are always the same; None if it meets none.

    Nothing is shrunk and nothing remembered: it only matters that there is one. What a database
    refuses, because no log could be so, and what the program finds damaged, count as well. The
    bound is far above what a seeded bug needs, since Hypothesis draws from the constants of
    whatever modules are loaded, and so tries other histories in another order of the tests.
    """
    settings = hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    met: list[Exception] = []

    def stop_at_first(**drawn: Any) -> None:
        if not met:
            try:
                check(**drawn)
            except (AssertionError, sa.exc.IntegrityError, Damaged) as error:
                met.append(error)
        if met:
            raise _Met

    with contextlib.suppress(_Met):
        settings(hypothesis.given(**given)(stop_at_first))()
    return met[0] if met else None


class _Met(Exception):
    pass
