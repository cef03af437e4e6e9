"""Check that the log is what was written: every hash, every column, every place in the order.

Alone, the check finds accidental damage and careless edits; with a checkpoint kept elsewhere, it
proves that nothing up to it was altered, removed or reordered. It never proves that a statement is
true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, NoReturn

import sqlalchemy as sa
from attrs import field, frozen, mutable
from sqlalchemy.engine import Connection

from tracker.domain.checkpoint import Checkpoint
from tracker.domain.events import Amended, Event, Recorded, TextErased, Withdrawn, account_of
from tracker.domain.merkle import HASH_BYTES, Frontier
from tracker.errors import Damaged
from tracker.store.codec import Disclosure
from tracker.store.erasures import Erasures, text_field_of
from tracker.store.event_log import NODE_LEVEL, columns
from tracker.store.grants import stale_functions, stale_views
from tracker.store.guards import missing_guards
from tracker.store.reading import head_row
from tracker.store.rights import held_by_recorders
from tracker.store.roles import reads_views
from tracker.store.schema import events
from tracker.store.sentences import DAMAGE, first_line
from tracker.store.sound import Sound, check_disclosures, sound_quickly
from tracker.store.uncollected import uncollected

BATCH = 2000

Progress = Callable[[int, int], None]
"""(events done, events in all)"""

_LOST = "restore it from a backup or an export"
_in_places = itemgetter(*(c.name for c in events.columns))
_COPIES = tuple(c.name for c in events.columns if c.name not in ("body", "leaf"))


@frozen
class VerifyReport:
    """What was found sound; anything else is an exception.

    *checkpoints* were held against the log, *projections* against a replay. *erased* counts the
    texts that bodies commit to and that are no longer there: that is no damage. *unexplained* are
    those of them of which no erasure is recorded, so that they were lost, or left out of an export.
    """

    events: int
    root: bytes
    checkpoints: tuple[Checkpoint, ...]
    erased: int
    projections: tuple[str, ...] = ()
    unexplained: int = 0


def verify(
    connection: Connection,
    *,
    checkpoints: Sequence[Checkpoint] = (),
    progress: Progress | None = None,
) -> VerifyReport:
    """Hold the log against itself and against *checkpoints* (section 8 of the semantics).

    *connection* must see one state of the database throughout. Raises Damaged, naming the first bad
    event, or Unavailable for an event that this program does not know yet.
    """
    try:
        return _Reading(connection, checkpoints, progress).whole()
    except sa.exc.DBAPIError as error:
        said = str(error.orig)
        if not DAMAGE.search(said):
            raise
        message = f"the database cannot be read as it was written ({first_line(said)}); {_LOST}"
        raise Damaged(message) from error


@mutable
class _Reading:
    """One reading of the whole log, in order; it remembers one batch and the Merkle frontier."""

    connection: Connection
    checkpoints: Sequence[Checkpoint]
    progress: Progress | None
    frontier: Frontier = field(factory=Frontier)
    last_recorded_at: str = ""
    nodes: int = 0
    erased: int = 0
    unexplained: int = 0
    disclosures: int = 0
    _erasures: Erasures = field(factory=Erasures)
    _positions: dict[str, Any] = field(factory=dict)
    _due: list[Checkpoint] = field(factory=list)

    def whole(self) -> VerifyReport:
        """Read all of it, or raise at the first event that is not as it should be."""
        if reads_views(self.connection):  # what they hide or alter is no damage of the log
            self._check_views()
        head = self._head()
        self._due = sorted(self.checkpoints, key=lambda each: each.size, reverse=True)
        self._hold_checkpoints()
        misplaced = self._first_misplaced()
        self._erasures = Erasures.read(self.connection)
        for rows in self._batches():
            with uncollected():
                self._look_up(rows)
                texts = self._texts(rows[0].position, rows[-1].position)
                for row in rows:
                    self._take(row, head.position, misplaced, texts.get(row.position, ()))
            self._tell(head.position)
        self._finish(head)
        return VerifyReport(
            events=self.frontier.size,
            root=self.frontier.root(),
            checkpoints=tuple(self.checkpoints),
            erased=self.erased,
            unexplained=self.unexplained,
        )

    # -- one event ---------------------------------------------------------------------------------

    def _take(
        self, row: Any, head: int, misplaced: int | None, disclosed: Sequence[Disclosure]
    ) -> None:
        expected = self.frontier.size + 1
        if row.position < expected:
            _damaged(f"event @{row.position} has no place before event @{expected}")
        if row.position > expected:
            _damaged(f"event @{expected} is missing")
        if row.position > head:
            _damaged(f"event @{expected} lies after the end that the log knows, @{head}")
        try:
            sound = self._check(row, disclosed)
        except Damaged as flaw:
            _damaged(f"event @{expected} {flaw}")
        if row.position == misplaced:
            _damaged(f"event @{expected} is not the next of {row.initiative}: one is missing there")
        self._count_texts(row, sound.committed, disclosed)
        self.last_recorded_at = row.recorded_at
        self._grow(row.leaf)

    def _check(self, row: Any, disclosed: Sequence[Disclosure]) -> Sound:
        sound = sound_quickly(row.body, row.leaf)
        self._compare(row, sound)
        self._check_references(sound.event)
        if row.recorded_at < self.last_recorded_at:
            raise Damaged(f"was recorded at {row.recorded_at}, before the event before it")
        check_disclosures(sound.committed, disclosed)
        return sound

    def _count_texts(
        self, row: Any, committed: Mapping[str, str], disclosed: Sequence[Disclosure]
    ) -> None:
        there = {each.field for each in disclosed}
        self.disclosures += len(there)
        for place, sha256 in committed.items():
            by = self._erasures.of(row.fact, place, row.position, sha256)
            if place not in there:
                self.erased += 1
                self.unexplained += by is None
            elif by is not None:
                message = (
                    f"the log is damaged: event @{row.position} has a text of its {place} again, "
                    f"which event @{by} erased; erase it once more with: tracker erase "
                    f"@{row.position} --field {text_field_of(place)} --reason …"
                )
                raise Damaged(message)

    def _compare(self, row: Any, sound: Sound) -> None:
        told = columns(sound.event, row.body, self._position_of, row.leaf)
        told["schema"] = sound.schema
        stand, say = tuple(row), _in_places(told)
        if stand == say and list(map(type, stand)) == list(map(type, say)):
            return
        there = row._asdict()
        for name in _COPIES:
            stands, says = there[name], told[name]
            if stands != says or type(stands) is not type(says):
                raise Damaged(f"has {stands!r} in its column {name}, where its body says {says!r}")

    def _check_references(self, event: Event) -> None:
        what = event.what
        account = account_of(what)
        facts = [] if account is None else [account.fulfils, account.after, account.contradicts]
        if isinstance(what, Amended | Withdrawn | TextErased):
            facts.append(what.fact)
        for each in filter(None, facts):
            found = self._positions[each]
            if found.kind != Recorded.KIND or found.initiative != event.initiative:
                raise Damaged(f"names {each}, which is no fact of {event.initiative}")
        names = [*filter(None, facts), *([what.based_on] if isinstance(what, Amended) else [])]
        for each in names:
            if self._position_of(each) >= event.position:
                raise Damaged(f"names {each}, which was recorded only after it")

    def _position_of(self, event_id: str | None) -> Any:
        if event_id is None:
            return None
        if event_id not in self._positions:
            raise Damaged(f"names {event_id}, and there is no such event")
        return self._positions[event_id].position

    def _grow(self, leaf: bytes) -> None:
        for level, number, digest in self.frontier.append(leaf):
            if level < NODE_LEVEL:
                continue
            self.nodes += 1
            query = "SELECT hash FROM merkle_nodes WHERE level = :level AND number = :number"
            stands = self._scalar(query, level=level, number=number)
            if stands != digest:
                first, last = (number << level) + 1, (number + 1) << level
                _damaged(
                    f"the events @{first} to @{last} do not hash to what was kept of them: one was "
                    "altered together with its own hash, or the kept hash was"
                )
        self._hold_checkpoints()

    def _hold_checkpoints(self) -> None:
        while self._due and self._due[-1].size == self.frontier.size:
            checkpoint = self._due.pop()
            if checkpoint.root != self.frontier.root():
                message = (
                    f"the log does not match the checkpoint of {checkpoint.size} events by "
                    f"{checkpoint.origin}: an event up to @{checkpoint.size} was altered, removed "
                    f"or reordered since, or it is another log's; {_LOST}"
                )
                raise Damaged(message)

    # -- the whole ---------------------------------------------------------------------------------

    def _head(self) -> Any:
        return head_row(self.connection.execute(sa.text("SELECT * FROM log_head")).all())

    def _finish(self, head: Any) -> None:
        size = self.frontier.size
        if size < head.position:
            _damaged(f"event @{size + 1} is missing: the log went on to @{head.position}")
        if (head.recorded_at or "") != self.last_recorded_at:
            _damaged(
                f"the log says it was last written at {head.recorded_at}, and event @{size} at "
                f"{self.last_recorded_at or None}"
            )
        self._compare_frontier(head.frontier)
        extra = self._scalar("SELECT count(*) FROM merkle_nodes") - self.nodes
        if extra:
            _damaged(f"the log keeps {extra} hashes of events that it does not have")
        if self._scalar("SELECT count(*) FROM disclosures") != self.disclosures:
            _damaged("the log keeps texts of events that it does not have")
        self._check_structure()
        missing = missing_guards(self.connection)
        if missing:
            message = (
                f"every event is sound, but what refuses changes of the log is not there "
                f"({', '.join(missing)}); put it back with: tracker db upgrade"
            )
            raise Damaged(message)
        self._check_sharing()
        if self._due:
            longest = self._due[0]
            message = (
                f"the log is shorter than the checkpoint of {longest.size} events by "
                f"{longest.origin}: it ends at @{size}; {_LOST}"
            )
            raise Damaged(message)

    def _check_sharing(self) -> None:
        """Compare the functions, views and rights of a shared log with what this program makes."""
        stale = stale_functions(self.connection)
        if stale:
            message = (
                f"every event is sound, but the functions through which recorders append are "
                f"missing or other than this program's ({', '.join(stale)}); put them back with: "
                "tracker db upgrade"
            )
            raise Damaged(message)
        self._check_views("every event is sound, but ")
        holding = sorted({each.role for each in held_by_recorders(self.connection)})
        if holding:
            message = (
                "every event is sound, but a recorder holds rights on the tables of the log "
                f"({', '.join(holding)}), and is to have none; take them back with: "
                f"tracker db grant {holding[0]} --recorder"
            )
            raise Damaged(message)

    def _check_views(self, before: str = "") -> None:
        stale = stale_views(self.connection)
        if stale:
            message = (
                f"{before}the views through which recorders read are missing or other than this "
                f"program's ({', '.join(stale)}); put them back with: tracker db upgrade"
            )
            raise Damaged(message)

    def _check_structure(self) -> None:
        """Let SQLite check its pages and indexes: some answers come from an index alone."""
        if self.connection.dialect.name != "sqlite":
            return
        flaw = self._scalar("PRAGMA main.integrity_check(1)")
        if flaw != "ok":
            message = (
                "every event is sound, but the database that holds them is damaged "
                f"({' '.join(str(flaw).split())}); export the log with: tracker export --format "
                "log, and restore that into a new one"
            )
            raise Damaged(message)

    def _compare_frontier(self, stands: object) -> None:
        if stands == self.frontier.to_bytes():
            return
        first = 1
        size = self.frontier.size
        for number, digest in enumerate(self.frontier.hashes):
            covered = 1 << (size - first + 1).bit_length() - 1
            at = number * HASH_BYTES
            if not isinstance(stands, bytes) or stands[at : at + HASH_BYTES] != digest:
                break
            first += covered
        else:
            covered = size - first + 1
        span = (
            f"the events @{first} to @{first + covered - 1}" if covered > 1 else f"event @{first}"
        )
        _damaged(
            f"{span} did not hash to this when the log was last written: one was altered together "
            "with its own hash, or the kept hash was"
        )

    def _first_misplaced(self) -> int | None:
        """Return the position of the first event whose version does not follow the one before."""
        found: int | None = self._scalar("""
            SELECT min(position) FROM (
                SELECT position, version, initiative,
                       row_number() OVER (PARTITION BY initiative ORDER BY position) AS expected
                FROM events) counted
            WHERE version <> CASE WHEN initiative IS NULL THEN 0 ELSE expected END
        """)
        return found

    def _tell(self, total: int) -> None:
        if self.progress is not None:
            self.progress(self.frontier.size, total)

    # -- reading what may be damaged ---------------------------------------------------------------

    def _scalar(self, query: str, **parameters: object) -> Any:
        return self.connection.execute(sa.text(query), parameters).scalar()

    def _batches(self) -> Iterator[Sequence[Any]]:
        last: int | None = None
        while rows := self._rows_after(last):
            yield rows
            last = rows[-1].position

    def _rows_after(self, last: int | None) -> Sequence[Any]:
        """Return the next batch of raw rows: SQLAlchemy's types would fail on damaged values."""
        try:
            return self._raw_rows(last, BATCH)
        except sa.exc.DBAPIError as error:
            if "decode" not in str(error.orig).lower():
                raise
        # Bytes that are no UTF-8: found row by row.
        for _ in range(BATCH):
            try:
                last = self._raw_rows(last, 1)[0].position
            except sa.exc.DBAPIError:
                break
        return _damaged(f"event @{(last or 0) + 1} holds bytes that are no text")

    def _raw_rows(self, last: int | None, count: int) -> Sequence[Any]:
        where = "" if last is None else "WHERE position > :last"
        query = f"SELECT * FROM events {where} ORDER BY position LIMIT {count:d}"
        return self.connection.execute(sa.text(query), {"last": last} if where else {}).all()

    def _look_up(self, rows: Sequence[Any]) -> None:
        """Find every event that a batch refers to, at once."""
        self._positions = {}
        wanted = sorted({name for row in rows for name in _references(row.body)})
        for start in range(0, len(wanted), 500):
            query = sa.select(
                events.c.event_id, events.c.position, events.c.kind, events.c.initiative
            ).where(events.c.event_id.in_(wanted[start : start + 500]))
            for found in self.connection.execute(query):
                self._positions[found.event_id] = found

    def _texts(self, first: int, last: int) -> dict[int, list[Disclosure]]:
        query = sa.text(
            "SELECT position, field, salt, text FROM disclosures "
            "WHERE position BETWEEN :first AND :last"
        )
        found: dict[int, list[Disclosure]] = {}
        for row in self.connection.execute(query, {"first": first, "last": last}):
            if not isinstance(row.salt, bytes) or not isinstance(row.text, str):
                _damaged(f"event @{row.position} has a text of its {row.field} that cannot be read")
            found.setdefault(row.position, []).append(Disclosure(row.field, row.salt, row.text))
        return found


_REFERENCE = re.compile(r'"(?:after|based_on|contradicts|fact|fulfils)":"([^"\\]*)"')


def _references(body: object) -> list[str]:
    """The ids that a body may refer to; a text that looks like a reference does no harm."""
    return _REFERENCE.findall(body) if isinstance(body, str) else []


def _damaged(what: str) -> NoReturn:
    message = f"the log is damaged: {what}; {_LOST}"
    raise Damaged(message)
