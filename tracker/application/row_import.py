"""The rows of an import, decided and written in batches while the lock is held.

Every row is checked under the lock, since only there the current state is known. Rows are handled
in batches, so that memory does not grow with the file.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final, TextIO, cast

import sqlalchemy as sa
from attrs import define, evolve, field, mutable

from tracker import clock
from tracker.application.import_report import ImportReport
from tracker.application.import_rows import (
    REFERENCES,
    BadRowError,
    Cell,
    Lines,
    Row,
    check_id,
    content_of,
    id_of_content,
    is_uuid,
    missing_column,
    profile_of,
    record_of,
    said_in,
)
from tracker.application.row_sources import RowSource
from tracker.domain.commands import Adopt, Record, Register
from tracker.domain.dates import format_instant, latest_day, parse_instant
from tracker.domain.decide import decide, derived_id
from tracker.domain.edtf import has_time
from tracker.domain.events import (
    Draft,
    InitiativeRegistered,
    LifecycleAdopted,
    Profile,
    Recorded,
    Time,
    account_of,
)
from tracker.domain.ledger import Ledger, Standing
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.nearest import did_you_mean
from tracker.errors import Conflict, NotFound, Refused, TrackerError
from tracker.exchange.json_line import json_line
from tracker.exchange.row_files import read_rows
from tracker.exchange.rows import RawRow, RowFault, shortened
from tracker.projections.ledger import LogLedger
from tracker.projections.projector import Projector
from tracker.store.event_log import Appender
from tracker.store.event_log import Row as EventRow
from tracker.store.schema import events, initiatives
from tracker.store.uncollected import uncollected

BATCH_ROWS: Final = 2000

_NAMED_AT_MOST: Final = 20
"""For how many unknown initiatives near names are looked up: each row may have another."""


@define(slots=False)
class RowImport:
    """The state of one import, while the lock is held."""

    appender: Appender
    new_ledger: Callable[[], LogLedger]
    by: str
    backfill: bool
    lifecycles: tuple[Lifecycle, ...]
    rejects: TextIO | None
    told: Callable[[int], None]
    today: date = field(factory=clock.today)
    faults: list[RowFault] = field(factory=list)
    _counts: dict[str, int] = field(factory=dict)
    _adopted: list[str] = field(factory=list)
    started_at: int = field(init=False)
    _file: str = ""
    _rows: list[EventRow] = field(factory=list)
    _handles: dict[str, str] = field(factory=dict)
    _bad_ids: dict[str, int] = field(factory=dict)
    _profiles: dict[str, Profile] = field(factory=dict)
    _unregistered: dict[str, str] = field(factory=dict)
    _lines: Lines = field(factory=Lines)
    _slugs: set[str] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.started_at = self.appender.position
        self._projector = Projector(self.appender.connection, writer=self.appender.writer)
        self._ledger = self.new_ledger()

    def take(self, sources: Iterable[RowSource]) -> None:
        """Append the good rows of *sources* and collect the faults of the others."""
        if self.backfill:
            self.appender.writer.must_own("vouch for another time (--backfill)")
        else:
            self._adopt(self.appender.instant(clock.now()), "witnessed")
        for source in sources:
            self._file = source.name
            seen: dict[bytes, int] = {}
            rows = read_rows(source.stream, source.format, source.name, self._missing_column)
            while done := self._take_some(rows, seen):
                self.told(self._count("rows", done))
        self._write()  # what was adopted for files that have no rows

    def report(self, *, is_all_or_nothing: bool) -> ImportReport:
        """Return the report of the import."""
        rows, faults = self._counts.get("rows", 0), tuple(self.faults)
        if faults and (is_all_or_nothing or any(fault.of_file for fault in faults)):
            return ImportReport(rows=rows, faults=faults)
        last = self.appender.position
        return ImportReport(
            rows=rows,
            recorded=self._counts.get("occurred", 0),
            plans=self._counts.get("planned", 0),
            registered=self._counts.get("registered", 0),
            adopted=tuple(self._adopted),
            already_there=self._counts.get("already there", 0),
            skipped=self._counts.get("bad", 0),
            faults=faults,
            first_position=self.started_at + 1 if last > self.started_at else None,
            last_position=last if last > self.started_at else None,
            lines=self._lines,
        )

    def _count(self, what: str, more: int = 1) -> int:
        self._counts[what] = self._counts.get(what, 0) + more
        return self._counts[what]

    def _missing_column(self, columns: Sequence[str]) -> str | None:
        return missing_column(columns, backfill=self.backfill)

    # -- one batch after another

    @uncollected()
    def _take_some(self, waiting: Iterator[RawRow | RowFault], seen: dict[bytes, int]) -> int:
        """Take the next rows, and return how many there were."""
        batch = list(islice(waiting, BATCH_ROWS))
        if batch:
            self._take_batch(batch, seen)
        return len(batch)

    def _take_batch(self, batch: Sequence[RawRow | RowFault], seen: dict[bytes, int]) -> None:
        self._write()
        # The cache of earlier batches is bounded, so that memory stays flat.
        self._ledger = self._ledger.afresh()
        rows = [self._identified(item, seen) for item in batch]
        self._foresee([row for row in rows if isinstance(row, Row)])
        for row in rows:
            if isinstance(row, RowFault):
                self._tell([evolve(row, values=None)], row.values or {})
                continue
            try:
                self._take_row(row)
            except BadRowError as bad:
                self._reject(row, bad)
        self._write()

    @staticmethod
    def _identified(item: RawRow | RowFault, seen: dict[bytes, int]) -> Row | RowFault:
        if isinstance(item, RowFault):
            return item
        said = said_in(item)
        if "id" in said:
            return Row(item, said, said["id"].lower(), gives_id=True)
        content = content_of(said)
        first = id_of_content(content, 1)
        key = bytes.fromhex(first.replace("-", ""))  # half as much to remember
        number = seen[key] = seen.get(key, 0) + 1
        event_id = first if number == 1 else id_of_content(content, number)
        return Row(item, said, event_id, gives_id=False)

    def _foresee(self, rows: Sequence[Row]) -> None:
        slugs = dict.fromkeys(row.said["initiative"] for row in rows if "initiative" in row.said)
        self._ledger.foresee_initiatives(slugs)
        rows = [row for row in rows if not row.gives_id or is_uuid(row.event_id)]
        ids = [row.event_id for row in rows]
        ids += (
            row.said[name].lower()
            for row in rows
            if row.names_another
            for name in REFERENCES
            if name in row.said
        )
        # Most initiatives are registered by the first row of theirs.
        first = {
            slug: row.event_id for row in reversed(rows) if (slug := row.said.get("initiative"))
        }
        ids += (
            derived_id(event_id, "registration")
            for slug, event_id in first.items()
            if self._ledger.initiative(slug) is None
        )
        self._ledger.foresee(dict.fromkeys(ids))

    def _write(self) -> None:
        if self._rows:
            self.appender.flush()
            self._projector.apply(self._rows)
        self._rows, self._handles = [], {}

    def _append(self, drafts: Sequence[Draft]) -> None:
        for event, row in self.appender.append(drafts, self.by):
            self._ledger.note(event)
            self._rows.append(row)
            self._handles[event.handle] = event.event_id
            if isinstance(event.what, LifecycleAdopted):
                self._adopted.append(event.what.name)
            elif isinstance(event.what, InitiativeRegistered):
                self._count("registered")
            elif isinstance(event.what, Recorded):
                self._count(event.what.account.mode)

    def _adopt(self, at: datetime, time: Time) -> None:
        """Put the lifecycles given in force, once."""
        for number, lifecycle in enumerate(self.lifecycles):
            instant = self.appender.instant(at) if time == "witnessed" and number else at
            self._append(decide(Adopt(str(uuid.uuid4()), lifecycle), self._ledger, instant, time))
        self.lifecycles = ()

    # -- one row

    def _take_row(self, row: Row) -> None:
        check_id(row.said)
        earlier = self._ledger.event(row.event_id)
        if earlier is not None:
            # An id made of the content stands for that content; one that was given need not.
            if row.gives_id:
                account = account_of(earlier.what)
                claimed = account.claimed_recorded_at if account else None
                command = record_of(row, earlier.recorded_at.date(), claimed)
                try:
                    self._decided(row, command, self._ledger, earlier.recorded_at, "witnessed")
                except BadRowError as bad:
                    raise self._used_twice(row, earlier.position) or bad from bad
            self._count("already there")
            return
        at, time = self._instant(row)
        command = record_of(row, at.date() if self.backfill else self.today, self._claimed(row))
        if self.lifecycles:
            self._adopt(at, time)
        drafts: list[Draft] = []
        ledger: Ledger = self._ledger
        if self._ledger.initiative(command.initiative) is None:
            profile = self._profile(row, command.initiative)
            drafts = self._registered(row, profile, at, time)
            ledger = _supposing(self._ledger, command.initiative, profile)
            self.appender.knows_new(command.initiative)
        self._append([*drafts, *self._decided(row, command, ledger, at, time)])
        self._lines.note(self.appender.position, row.raw.line, self._file)

    def _used_twice(self, row: Row, position: int) -> BadRowError | None:
        """Return the fault of a row whose id another row of this import has; None if none has."""
        if position <= self.started_at:
            return None
        # Its handle may never be in a log, where the import is rolled back; its line is known.
        reason = f"{self._lines.of(position)} has this id too, with other content"
        return BadRowError(Cell("id", row.said["id"], f"{reason}; leave it empty for a new one"))

    def _decided(
        self, row: Row, command: Record, ledger: Ledger, at: datetime, time: Time
    ) -> list[Draft]:
        if row.names_another:
            resolved: Any = {name: self._resolved(row, name) for name in REFERENCES}
            command = evolve(command, **resolved)
        try:
            return decide(command, ledger, at, time)
        except (Conflict, NotFound, Refused) as error:
            column = _column_of(error, command, ledger, at, time)
            raise _bad(row, column, error) from error

    def _registered(self, row: Row, profile: Profile, at: datetime, time: Time) -> list[Draft]:
        slug = row.said["initiative"]
        command = Register(derived_id(row.event_id, "registration"), slug, profile)
        try:
            return decide(command, self._ledger, at, time)
        except (Conflict, NotFound, Refused) as error:
            column = {Conflict: "id", NotFound: "lifecycle"}.get(type(error), "initiative")
            raise _bad(row, column, error) from error

    def _profile(self, row: Row, slug: str) -> Profile:
        """Return the profile of an initiative from its first row."""
        profile = profile_of(row.said) or self._profiles.get(slug)
        if profile is not None:
            return profile
        if slug in self._unregistered:
            reason = f"{self._unregistered[slug]} registers it with a lifecycle that there is not"
            raise BadRowError(Cell("initiative", slug, f"{reason}; mend that line"))
        missing = [name for name in ("title", "lifecycle") if name not in row.said]
        reason = f"{slug[:80]} is not registered yet, and its first row must give its"
        hint = did_you_mean(slug, self._known_slugs) if self._is_worth_a_look(slug) else ""
        raise BadRowError(*(Cell(name, None, f"{reason} {name}{hint}") for name in missing))

    def _is_worth_a_look(self, slug: str) -> bool:
        if len(self._slugs) < _NAMED_AT_MOST:
            self._slugs.add(slug)
        return slug in self._slugs

    @cached_property
    def _known_slugs(self) -> list[str]:
        return list(
            self.appender.connection.execute(sa.select(initiatives.c.initiative).distinct())
            .scalars()
            .all()
        )

    # -- times

    def _instant(self, row: Row) -> tuple[datetime, Time]:
        if not self.backfill:
            return self.appender.instant(clock.now()), "witnessed"
        text = row.said.get("recorded_at")
        if text is None:
            reason = "a backfill needs the instant of every row; write it"
            raise BadRowError(Cell("recorded_at", None, reason))
        at = self._parsed_instant(text)
        if at > clock.now():
            future = "is in the future"
            if not has_time(text):
                reason = f"a day is taken as its end, {format_instant(at)}, and that {future}"
                raise BadRowError(Cell("recorded_at", text, f"{reason}; write the instant"))
            raise BadRowError(Cell("recorded_at", text, f"it {future}"))
        last = self.appender.recorded_at
        if last is not None and at < last:
            before = self._lines.last or "the log's last event"
            reason = f"it is before that of {before}, {format_instant(last)}; it must never fall"
            raise BadRowError(Cell("recorded_at", text, reason))
        return at, "asserted"

    def _claimed(self, row: Row) -> str | None:
        text = row.said.get("recorded_at")
        if text is None or self.backfill:
            return None
        return format_instant(self._parsed_instant(text))

    def _parsed_instant(self, text: str) -> datetime:
        try:
            return parse_instant(text, self.today)
        except Refused as error:
            raise BadRowError(Cell("recorded_at", text, str(error))) from error

    # -- references

    def _resolved(self, row: Row, column: str) -> str | None:
        """The event id of the fact that a row refers to."""
        text = row.said.get(column)
        if text is None:
            return None
        event_id: str | None = text.lower()
        if "#" in text:
            event_id = self._handles.get(text) or self._fact_called(text)
        if event_id is not None and self._ledger.fact(event_id) is not None:
            return event_id
        reason = f"there is no fact {text}; a row can refer to the log and to rows before it"
        if event_id in self._bad_ids:
            reason = f"it refers to line {self._bad_ids[event_id]}, which has a fault itself"
        raise BadRowError(Cell(column, text, reason))

    def _fact_called(self, handle: str) -> str | None:
        slug, _, number = handle.partition("#")
        named, first = events.alias(), events.alias()
        query = (
            sa.select(first.c.event_id)
            .join_from(named, first, first.c.position == named.c.fact)
            .where(named.c.initiative == slug, named.c.version == int(number))
        )
        return self.appender.connection.execute(query).scalar()

    # -- what is wrong

    def _place(self, row: Row) -> str:
        return f"line {row.raw.line} of {self._file}"

    def _reject(self, row: Row, bad: BadRowError) -> None:
        line = row.raw.line
        if row.gives_id:
            self._bad_ids.setdefault(row.event_id, line)
        profile = profile_of(row.said)
        if profile is not None:
            # The row is bad, but its profile may serve later rows of the same initiative.
            slug = row.said.get("initiative", "")
            if any(cell.column == "lifecycle" for cell in bad.cells):
                self._unregistered.setdefault(slug, self._place(row))
            else:
                self._profiles.setdefault(slug, profile)
        faults = [
            RowFault(self._file, line, cell.column, shortened(cell.value), cell.reason)
            for cell in bad.cells
        ]
        self._tell(faults, row.raw.values)

    def _tell(self, faults: list[RowFault], values: dict[str, str | None]) -> None:
        self.faults += faults
        self._count("bad")
        if self.rejects is None or faults[0].of_file:
            return
        reasons = (f"{f.column}: {f.reason}" if f.column else f.reason for f in faults)
        where = {"line": faults[0].line, "file": faults[0].file, "reason": "; ".join(reasons)}
        self.rejects.write(json_line({**values, **where}))


# -- what the domain says, to someone with a file --------------------------------------------------

_IN_A_FILE: Final = (
    ("leave --id out for a new one", "leave the id empty for a new one"),
    ("record it as a plan, with: tracker plan …", "write planned as its mode"),
    ("--after is only", "after is only"),
    ("leave --after", "leave after"),
    ("--after turns", "after turns"),
    *((f"--{name} n", f"{name} n") for name in REFERENCES),
)


def _bad(row: Row, column: str, error: TrackerError) -> BadRowError:
    reason = str(error)
    for at_a_prompt, in_a_file in _IN_A_FILE:
        reason = reason.replace(at_a_prompt, in_a_file)
    return BadRowError(Cell(column, row.said.get(column), reason))


def _column_of(
    error: TrackerError, command: Record, ledger: Ledger, at: datetime, time: Time
) -> str:
    """Return the column that a refusal is about, in the order in which ``decide`` checks them."""
    if isinstance(error, Conflict):
        return "id"
    standing = ledger.initiative(command.initiative)
    if standing is None or standing.retired is not None:
        return "initiative"
    lifecycle = ledger.lifecycle(standing.profile.lifecycle)
    if lifecycle is None or lifecycle.find_type(command.type) is None:
        return "type"
    if command.mode == "occurred" and command.on.lo > latest_day(at):
        return "on"
    given = [name for name in REFERENCES if getattr(command, name) is not None]
    for name in given[:-1]:
        others: Any = dict.fromkeys(other for other in given if other != name)
        try:
            decide(evolve(command, **others), ledger, at, time)
        except TrackerError:
            return name
    return given[-1] if given else "source"


@mutable
class _Supposing:
    """A ledger in which one initiative counts as registered, so that all of a row is checked."""

    ledger: LogLedger
    slug: str
    standing: Standing

    def initiative(self, slug: str) -> Standing | None:
        return self.standing if slug == self.slug else self.ledger.initiative(slug)

    def lifecycle(self, name: str) -> Lifecycle | None:
        return self.ledger.lifecycle(name) or self.ledger.shipped(name)

    def __getattr__(self, name: str) -> object:
        return getattr(self.ledger, name)


def _supposing(ledger: LogLedger, slug: str, profile: Profile) -> Ledger:
    return cast("Ledger", _Supposing(ledger, slug, Standing(profile, 1)))
