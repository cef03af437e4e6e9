"""The demonstration: the first history, loaded into a log of its own, and a first answer from it.

What one article says of India and Russia in December 2025, and apart from it what the wider public
record adds.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.engine import Connection

from tracker import clock
from tracker.application import answers
from tracker.application.answers import StatusAnswer
from tracker.application.import_report import ImportReport
from tracker.application.importing import Progress, import_files
from tracker.application.recording import check_recorder
from tracker.application.shipped import fixtures, shipped_lifecycle, shipped_names
from tracker.application.tracker import Tracker
from tracker.domain.decide import derived_id
from tracker.domain.events import account_of
from tracker.domain.findings import Finding
from tracker.domain.status import DORMANT
from tracker.domain.viewpoint import Viewpoint
from tracker.errors import Refused
from tracker.projections import portfolio
from tracker.store import event_log
from tracker.store.engine import translated
from tracker.store.schema import events

SUMMIT_ON = date(2025, 12, 5)
"""The day of the 23rd India-Russia Annual Summit, which every date of the article rests on."""

SILENT_UNTIL = date(2027, 12, 31)
"""A day by which silence has made dormant what the article left unfinished."""

ARTICLE, PUBLIC_RECORD = "summit.jsonl", "public-record.jsonl"


@frozen
class Word:
    """The source of a status: who stated it, who reported it, and the grade of the report."""

    stated_by: str | None
    publisher: str | None
    grade: str | None
    is_of_article: bool


@frozen
class Line:
    """One initiative: its status at each viewpoint, and the source of the last of these."""

    initiative: str
    answers: tuple[StatusAnswer | None, ...]
    word: Word | None


@frozen
class Earlier:
    """The status of one initiative with less knowledge: on the same day, known at *position*."""

    initiative: str
    position: int
    phase: str


@frozen
class Demonstration:
    """A first answer: *lines* from each of *viewpoints*, the last of them today's."""

    events: int
    article_position: int
    viewpoints: tuple[Viewpoint, ...]
    lines: tuple[Line, ...]
    contradictions: tuple[tuple[str, Finding], ...]
    dormant: tuple[str, ...]
    dormant_later: tuple[str, ...]
    earlier: Earlier | None
    commonest_grade: str | None
    has_public_record: bool
    first_initiative: str
    two_tellings: tuple[str, ...]
    silent_until: date


def load(
    log: Tracker,
    *,
    with_public_record: bool,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the history into *log*; what is there already is not imported twice.

    Raises Refused for a log that has any other event: the demonstration is not mixed with real
    work.
    """
    names = [ARTICLE, PUBLIC_RECORD] if with_public_record else [ARTICLE]
    with translated(log.log.url):
        with event_log.reading(log.engine) as connection:
            _check_is_ours(connection, log.name)
        report = import_files(
            log.engine,
            [(name, partial(_open, name)) for name in names],
            by=check_recorder(log.by),
            shipped_lifecycle=shipped_lifecycle,
            shipped_names=shipped_names,
            dry_run=dry_run,
            progress=progress,
        )
    if report.faults:
        first = report.faults[0]
        message = f"the history cannot be loaded: line {first.line} of {first.file}: {first.reason}"
        raise Refused(message)
    return report


def demonstrate(log: Tracker) -> Demonstration:
    """Return the status of the article's initiatives on the day of the summit and today."""
    with log.log.connection() as connection:
        head = event_log.head(connection)
        article = _last_position(connection, ARTICLE)
        record = _last_position(connection, PUBLIC_RECORD)
        today = clock.today()
        positions = [article, head.position] if record else [head.position]
        viewpoints = [Viewpoint(SUMMIT_ON, position) for position in positions]
        viewpoints.append(Viewpoint(today, head.position))
        columns = [_answers(connection, at) for at in viewpoints]
        later = _answers(connection, Viewpoint(SILENT_UNTIL, head.position))
        lines = tuple(
            Line(
                initiative=slug,
                answers=tuple(column.get(slug) for column in columns),
                word=_word(connection, answer),
            )
            for slug, answer in columns[-1].items()
        )
        grades = [line.word.grade for line in lines if line.word and line.word.grade]
        return Demonstration(
            events=head.position,
            article_position=article,
            viewpoints=tuple(viewpoints),
            lines=lines,
            contradictions=tuple(
                (slug, finding)
                for slug, answer in columns[-1].items()
                for finding in answer.findings
                if finding.kind == "contradiction"
            ),
            dormant=_dormant(columns[-1]),
            dormant_later=_dormant(later),
            earlier=_earlier(connection),
            commonest_grade=max(grades, key=grades.count, default=None),
            has_public_record=bool(record),
            first_initiative=lines[0].initiative,
            two_tellings=_handles(connection, *_ids(ARTICLE)[0:3:2]),
            silent_until=SILENT_UNTIL,
        )


def _path(file: str) -> Path:
    return fixtures() / "india-russia" / file


def _open(file: str) -> BinaryIO:
    return _path(file).open("rb")


@cache
def _ids(file: str) -> tuple[str, ...]:
    """The ids of the facts in a file, in its order."""
    lines = _path(file).read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line)["id"] for line in lines)


def _check_is_ours(connection: Connection, name: str) -> None:
    """Raise Refused where the log has an event that is not of the history."""
    facts = [*_ids(ARTICLE), *_ids(PUBLIC_RECORD)]
    registrations = [derived_id(fact, "registration") for fact in facts]
    adoptions = [derived_id(each, "lifecycle") for each in registrations]
    known = events.c.event_id.in_([*facts, *registrations, *adoptions])
    query = sa.select(sa.func.count()).select_from(events).where(sa.not_(known))
    strange = connection.execute(query).scalar_one()
    if strange:
        message = (
            f"the log {name} holds {strange} {'event' if strange == 1 else 'events'} of other "
            "work, and the demonstration is not mixed with it; leave --db out, or name a file that "
            "is not there yet"
        )
        raise Refused(message)


def _last_position(connection: Connection, file: str) -> int:
    """The position of the last event that a file gave the log; 0 where it gave none."""
    query = sa.select(sa.func.max(events.c.position)).where(events.c.event_id.in_(_ids(file)))
    return connection.execute(query).scalar() or 0


def _answers(connection: Connection, at: Viewpoint) -> dict[str, StatusAnswer]:
    standings = portfolio.status_of_all(connection, at)
    found = answers.with_evidence(connection, standings, at)
    return {answer.standing.initiative: answer for answer in found}


def _word(connection: Connection, answer: StatusAnswer) -> Word | None:
    deciding = answer.standing.status.deciding
    if deciding is None:
        return None
    event = event_log.read_at(connection, [deciding.position])[deciding.position]
    account = account_of(event.what)
    if account is None or not account.sources:
        return None
    source = account.sources[0]
    return Word(
        stated_by=account.stated_by,
        publisher=source.publisher,
        grade=source.grade,
        is_of_article=event.event_id in _ids(ARTICLE),
    )


def _handles(connection: Connection, *event_ids: str) -> tuple[str, ...]:
    query = (
        sa.select(events.c.initiative, events.c.version)
        .where(events.c.event_id.in_(event_ids))
        .order_by(events.c.position)
    )
    return tuple(f"{row.initiative}#{row.version}" for row in connection.execute(query))


def _dormant(found: dict[str, StatusAnswer]) -> tuple[str, ...]:
    return tuple(
        slug for slug, answer in found.items() if answer.standing.status.condition == DORMANT
    )


def _earlier(connection: Connection) -> Earlier | None:
    """The first initiative as the log knew it after one development, on the day of the summit."""
    query = sa.select(events.c.position, events.c.initiative).where(
        events.c.event_id == _ids(ARTICLE)[0]
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    standing = portfolio.status_of(connection, row.initiative, Viewpoint(SUMMIT_ON, row.position))
    phase = standing.lifecycle.phase(standing.status.phase) if standing else None
    if standing is None or phase is None:
        return None
    return Earlier(row.initiative, row.position, phase.title)
