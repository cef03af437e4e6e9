"""Tracker: one open log, and everything that can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from attrs import define, field

from tracker.application import answers, inputs, names, phases, viewpoints
from tracker.application.answers import Card, Filters, HistoryEntry, Reason, StatusAnswer
from tracker.application.inputs import Axis, Sources, Words
from tracker.application.lazily import Lazily
from tracker.application.opening import OpenLog, open_log
from tracker.application.receipts import Receipt
from tracker.application.shipped import shipped_lifecycle, shipped_names
from tracker.application.viewpoints import AsOf, Day, KnownAt
from tracker.domain.dates import Extent
from tracker.domain.events import Event, Mode, Profile
from tracker.domain.evidence import Source
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.nearest import did_you_mean
from tracker.domain.outline import Outline
from tracker.domain.unchanged import UNCHANGED, Unchanged
from tracker.domain.viewpoint import OPEN, Viewpoint
from tracker.errors import CalledWrongly, NotFound
from tracker.projections import outlines, portfolio
from tracker.projections.outlines import Listed
from tracker.projections.portfolio import Standing
from tracker.store import codec, reading
from tracker.store.driver import Reader

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from tracker.application import overview, recording, replaying
    from tracker.domain import commands as ask
    from tracker.domain import rules
    from tracker.domain.changes import Change
    from tracker.projections import search as indexing
    from tracker.projections.ledger import LogLedger
    from tracker.store import engine, erasing, scanning
else:
    engine = Lazily("tracker.store.engine")
    erasing = Lazily("tracker.store.erasing")
    scanning = Lazily("tracker.store.scanning")
    overview = Lazily("tracker.application.overview")
    recording = Lazily("tracker.application.recording")
    replaying = Lazily("tracker.application.replaying")
    ask = Lazily("tracker.domain.commands")
    rules = Lazily("tracker.domain.rules")
    indexing = Lazily("tracker.projections.search")


@define
class Tracker:
    """An open log; a context manager that closes it.

    Dates may be given as a person writes them (``"2025-12"``, ``"by 2030"``), as ``date`` values or
    as :class:`Extent`; facts by handle (``"il-114#3"``), position (``"@17"``) or event id;
    initiatives by slug or an unambiguous beginning of one. Where there may be several of something,
    a single text is one of them, as in a list of one. An empty note, reference to a fact or other
    text that may be left out is as good as None, and clears what was there. Every error is a
    :class:`tracker.errors.TrackerError` whose message says the way out.
    """

    log: OpenLog
    by: str
    _head: int = field(default=0, init=False, eq=False, repr=False)
    """A position that the log is known to have come to."""

    @classmethod
    def open(
        cls,
        where: str,
        *,
        by: str | None = None,
        create: bool = False,
        upgrade: bool = False,
        dry_run: bool = False,
        older: bool = False,
        lock_timeout_seconds: float | None = None,
    ) -> Tracker:
        """Open the log at *where*, a path (SQLite) or a SQLAlchemy URL.

        *create* makes it, or brings it up to date, where needed; *upgrade* only brings it up to
        date, and *older* takes an older one as it is, for a backup; *by* is who records: the login
        name if not given, "unknown" for a user without one. A relative path is settled here, once
        for all. Raises NotFound where there is no log, Unavailable where it cannot be used.
        """
        recorder = by if by is not None else inputs.login_name()
        log = open_log(
            where,
            create=create,
            upgrade=upgrade,
            dry_run=dry_run,
            older=older,
            lock_timeout_seconds=lock_timeout_seconds,
        )
        return cls(log, recorder)

    def close(self) -> None:
        """Let go of the database."""
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.log.close(failed=error is not None)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine of the log, for questions that this class does not ask."""
        return self.log.engine

    @property
    def name(self) -> str:
        """Where the log is, with no password."""
        return self.log.name

    # -- recording ---------------------------------------------------------------------------------

    @contextmanager
    def appending(self) -> Iterator[Self]:
        """Record much, one thing after another, several times as fast, and as durably.

        One connection to a SQLite file is kept to the end of the block, which need not be opened
        anew for each. Until then its write-ahead log stays beside the file, which must not be
        copied over. On PostgreSQL nothing is different: connections to a server are kept.
        """
        with self.log.kept():
            yield self

    def register(
        self,
        initiative: str,
        *,
        title: str,
        lifecycle: str,
        parties: Words = (),
        sector: str | None = None,
        tags: Words = (),
        part_of: str | None = None,
        summary: str | None = None,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Track an initiative from now on."""
        profile = Profile(
            title=title,
            lifecycle=lifecycle,
            parties=inputs.words(parties),
            sector=sector or None,
            tags=inputs.words(tags),
            summary=summary or None,
        )
        return self._carry_out(
            lambda book: ask.Register(
                inputs.event_id(event_id),
                initiative,
                profile,
                names.whole(book.connection, initiative, part_of),
            ),
            dry_run=dry_run,
        )

    def revise(
        self,
        initiative: str,
        *,
        title: str | Unchanged = UNCHANGED,
        lifecycle: str | Unchanged = UNCHANGED,
        parties: Words | Unchanged = UNCHANGED,
        sector: str | None | Unchanged = UNCHANGED,
        tags: Words | Unchanged = UNCHANGED,
        summary: str | None | Unchanged = UNCHANGED,
        part_of: str | None = None,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Change what is given of an initiative's profile; the rest stays."""
        all_parties = inputs.unless_unchanged(inputs.words, parties)
        all_tags = inputs.unless_unchanged(inputs.words, tags)

        def build(book: LogLedger) -> ask.Command:
            slug = names.initiative(book.connection, initiative)
            return ask.Revise(
                inputs.event_id(event_id),
                slug,
                title=title,
                lifecycle=lifecycle,
                parties=all_parties,
                sector=inputs.text(sector),
                tags=all_tags,
                summary=inputs.text(summary),
                part_of=names.whole(book.connection, slug, part_of),
            )

        return self._carry_out(build, dry_run=dry_run)

    def record(
        self,
        initiative: str,
        type: str,  # noqa: A002 -- the field's term
        *,
        on: Day,
        source: Sources,
        stated_by: str | None = None,
        note: str | None = None,
        fulfils: str | None = None,
        after: str | None = None,
        contradicts: str | None = None,
        event_id: str | UUID | None = None,
        expect_version: int | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Record something that happened in the world, with one source or several."""
        return self._record(
            "occurred",
            initiative,
            type,
            inputs.when(on),
            source,
            stated_by=stated_by,
            note=note,
            fulfils=fulfils,
            after=after,
            contradicts=contradicts,
            event_id=event_id,
            expect_version=expect_version,
            dry_run=dry_run,
        )

    def plan(
        self,
        initiative: str,
        type: str,  # noqa: A002 -- the field's term
        *,
        on: Day | None = None,
        by: Day | None = None,
        source: Sources,
        stated_by: str | None = None,
        note: str | None = None,
        contradicts: str | None = None,
        event_id: str | UUID | None = None,
        expect_version: int | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Record something that is stated to be going to happen; it never changes status."""
        return self._record(
            "planned",
            initiative,
            type,
            inputs.planned(on, by),
            source,
            stated_by=stated_by,
            note=note,
            contradicts=contradicts,
            event_id=event_id,
            expect_version=expect_version,
            dry_run=dry_run,
        )

    def amend(
        self,
        fact: str,
        *,
        reason: str,
        type: str | Unchanged = UNCHANGED,  # noqa: A002 -- the field's term
        on: Day | Unchanged = UNCHANGED,
        by: Day | None = None,
        source: str | Source | None = None,
        sources: Sources | Unchanged = UNCHANGED,
        add_sources: Sources = (),
        stated_by: str | None | Unchanged = UNCHANGED,
        note: str | None | Unchanged = UNCHANGED,
        fulfils: str | None | Unchanged = UNCHANGED,
        after: str | None | Unchanged = UNCHANGED,
        contradicts: str | None | Unchanged = UNCHANGED,
        revert_to: int | None = None,
        based_on: int | None = None,
        event_id: str | UUID | None = None,
        expect_version: int | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Correct a fact: what is given changes, the rest stays.

        *sources* take the place of all that were there; *source* overlays its parts on the first
        source; *add_sources* are further ones; *by* is the latest day of a plan, and refused for a
        development; *revert_to* takes up the account of an earlier version (a position) and so
        brings back a withdrawn fact; *based_on* refuses the correction if the fact has changed
        since that version.
        """
        extent = inputs.moved(on, by)
        first_source, more_sources = inputs.overlay(source), inputs.sources(add_sources)
        all_sources = inputs.unless_unchanged(inputs.sources, sources)

        def build(book: LogLedger) -> ask.Command:
            name = names.fact(book.connection, fact)
            if by is not None:
                rules.check_plan(rules.find_fact(name, book))
            return ask.Amend(
                inputs.event_id(event_id),
                name,
                reason,
                ask.Changes(
                    type=type,
                    on=extent,
                    sources=all_sources,
                    stated_by=inputs.text(stated_by),
                    note=inputs.text(note),
                    fulfils=inputs.reference(book.connection, fulfils),
                    after=inputs.reference(book.connection, after),
                    contradicts=inputs.reference(book.connection, contradicts),
                    first_source=first_source,
                    more_sources=more_sources,
                ),
                revert_to=revert_to,
                based_on=based_on,
                expect_version=expect_version,
            )

        return self._carry_out(build, dry_run=dry_run)

    def withdraw(
        self,
        fact: str,
        *,
        reason: str,
        event_id: str | UUID | None = None,
        expect_version: int | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Say that a fact should not stand. It stays in the log, and in every earlier answer."""
        return self._carry_out(
            lambda book: ask.Withdraw(
                inputs.event_id(event_id), names.fact(book.connection, fact), reason, expect_version
            ),
            dry_run=dry_run,
        )

    def erase(
        self,
        fact: str,
        *,
        field: str,
        reason: str,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Delete the texts of every version of a fact in *field*, ``note`` or ``quote``, for good.

        That it was done is recorded; hashes, roots and proofs stay as they are. Raises Unavailable
        where the text is gone from the log and its bytes could not be overwritten yet: repeat it.
        """
        receipt = self._carry_out(
            lambda book: ask.Erase(
                inputs.event_id(event_id), names.fact(book.connection, fact), field, reason
            ),
            dry_run=dry_run,
        )
        if not dry_run:
            with engine.translated(self.log.url):
                erasing.overwrite_deleted(self.engine)
        return receipt

    def link(
        self,
        initiative: str,
        kind: str,
        other: str,
        *,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Say that *initiative* is *kind* (part-of, follows, supersedes, related-to) *other*."""
        return self._carry_out(
            lambda book: ask.Link(
                inputs.event_id(event_id),
                names.initiative(book.connection, initiative),
                kind,
                names.initiative(book.connection, other),
            ),
            dry_run=dry_run,
        )

    def unlink(
        self,
        initiative: str,
        kind: str,
        other: str,
        *,
        reason: str,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Say that a link no longer stands."""
        return self._carry_out(
            lambda book: ask.Unlink(
                inputs.event_id(event_id),
                names.initiative(book.connection, initiative),
                kind,
                names.initiative(book.connection, other),
                reason,
            ),
            dry_run=dry_run,
        )

    def retire(
        self,
        initiative: str,
        *,
        reason: str,
        merged_into: str | None = None,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Take out an initiative that was registered by mistake, or twice."""
        return self._carry_out(
            lambda book: ask.Retire(
                inputs.event_id(event_id),
                names.initiative(book.connection, initiative),
                reason,
                names.initiative(book.connection, merged_into) if merged_into else None,
            ),
            dry_run=dry_run,
        )

    # -- lifecycles --------------------------------------------------------------------------------

    def adopt(
        self,
        lifecycle: Lifecycle,
        *,
        recorded_at: Day | datetime | None = None,
        event_id: str | UUID | None = None,
        dry_run: bool = False,
    ) -> Receipt:
        """Put a lifecycle in force; *recorded_at* asserts an earlier instant for it."""
        instant = viewpoints.instant_of(recorded_at) if recorded_at is not None else None
        with engine.translated(self.log.url):
            return recording.carry_out(
                self.engine,
                lambda _: ask.Adopt(inputs.event_id(event_id), lifecycle),
                self.by,
                dry_run=dry_run,
                asserted_at=instant,
            )

    def lifecycle(self, name: str, at: Viewpoint | None = None) -> Lifecycle:
        """The definition in force at a viewpoint (now), or the one that ships with the tool."""
        if at is not None:
            self._check(at)
        position = OPEN - 1 if at is None else at.position
        with self.log.reading() as reader:
            query = (
                "SELECT definition FROM lifecycle_versions"
                " WHERE lifecycle = :name AND k_from <= :k AND k_to > :k"
            )
            row = reading.first(reader, query, {"name": name, "k": position})
        found = portfolio.lifecycle_from(row[0]) if row is not None else shipped_lifecycle(name)
        if found is None:
            message = f"there is no lifecycle {name!r}{did_you_mean(name, self.lifecycles())}"
            raise NotFound(f"{message} (tracker lifecycle list shows them)")
        return found

    def lifecycles(self) -> dict[str, int | None]:
        """Every lifecycle by name: since which position it is in force, None if only shipped."""
        with self.log.reading() as reader:
            query = f"SELECT lifecycle, k_from FROM lifecycle_versions WHERE k_to = {OPEN}"
            since = {str(name): k for name, k in reading.rows(reader, query, {})}
        return {**dict.fromkeys(shipped_names()), **since}

    # -- asking ------------------------------------------------------------------------------------

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """Let everything asked within be answered from one state of the log, on one connection.

        What is recorded meanwhile, here or elsewhere, is seen afterwards. Many questions of a
        SQLite file cost a fraction of their time so, since it is opened once. Answers that stream
        have to be read to their end within.
        """
        with self.log.holding():
            yield

    def viewpoint(
        self, as_of: AsOf = None, known_at: KnownAt = None, as_reported: AsOf = None
    ) -> Viewpoint:
        """The viewpoint asked for; today and the head of the log where nothing is said."""
        with self.log.reading() as reader:
            at = viewpoints.viewpoint(reader, as_of, known_at, as_reported)
        self._head = max(self._head, at.position)
        return at

    def root(self, position: int) -> bytes:
        """The Merkle root of the first *position* events (RFC 6962)."""
        with self.log.reading() as reader:
            viewpoints.check_position(position, reading.head(reader).position)
            return reading.root_at(reader, position)

    def status(
        self,
        initiative: str,
        *,
        as_of: AsOf = None,
        known_at: KnownAt = None,
        as_reported: AsOf = None,
        at: Viewpoint | None = None,
    ) -> StatusAnswer:
        """What one initiative stands at, with sources and findings.

        *at* is a viewpoint that was made before, and takes the place of the other three.
        """
        if at is not None:
            if not as_of is known_at is as_reported is None:
                raise CalledWrongly("at says both times; leave as-of, known-at and as-reported out")
            self._check(at)
        with self.log.reading() as reader:
            at = at or viewpoints.viewpoint(reader, as_of, known_at, as_reported)
            slug = names.initiative(reader, initiative, at.position)
            return answers.status_one(reader, slug, at)

    def portfolio(self, at: Viewpoint, filters: Filters | None = None) -> list[Standing]:
        """What every initiative stands at, by slug; retired ones are left out."""
        self._check(at)
        with self.log.reading() as reader:
            return answers.status_all(reader, at, filters or Filters())

    def listing(self, at: Viewpoint, filters: Filters | None = None) -> list[Listed]:
        """What every initiative stands at, as :meth:`portfolio`, without what decided it."""
        self._check(at)
        with self.log.reading() as reader:
            return answers.listing(reader, at, filters or Filters())

    def outlines(self, at: Viewpoint) -> list[Outline]:
        """The status of every initiative in short, by slug; retired ones are left out.

        What :meth:`portfolio` says of each, without the developments that decided it, its profile
        and its plans, which take most of the time of a large portfolio.
        """
        self._check(at)
        with self.log.reading() as reader:
            return outlines.outlines(reader, at)

    def evidence(self, standings: Sequence[Standing], at: Viewpoint) -> list[StatusAnswer]:
        """*standings* with their sources and findings."""
        self._check(at)
        with self.log.reading() as reader:
            return answers.with_evidence(reader, standings, at)

    def show(self, initiative: str, at: Viewpoint) -> Card:
        """The whole card of one initiative."""
        self._check(at)
        with self.log.reading() as reader:
            return answers.card(reader, self._slug(reader, initiative, at), at)

    def history(self, initiative: str, at: Viewpoint, axis: str = "world") -> list[HistoryEntry]:
        """Every version of every fact of an initiative, along the *world* or *knowledge* axis."""
        inputs.choice(axis, "axis", inputs.AXES)
        self._check(at)
        with self.log.reading() as reader:
            return answers.history(reader, self._slug(reader, initiative, at), at, axis)

    def why(self, initiative: str, at: Viewpoint) -> tuple[StatusAnswer, list[Reason]]:
        """The chain from a status down to the log, with the proof that it is in there."""
        self._check(at)
        with self.log.reading() as reader:
            return answers.why(reader, self._slug(reader, initiative, at), at)

    def diff(self, before: Viewpoint, after: Viewpoint, only: Words | None = None) -> list[Change]:
        """What changed between two viewpoints, and why; of the initiatives *only*, or of all."""
        from tracker.projections import changes

        self._check(before)
        self._check(after)
        with self.log.reading() as reader:
            slugs = None
            if only is not None:
                position = max(before.position, after.position)
                slugs = names.initiatives(reader, inputs.several(only), position)
            return changes.diff(reader, before, after, slugs)

    def events(
        self,
        initiative: str | None = None,
        *,
        after: int = 0,
        kind: str | None = None,
        until: int | None = None,
    ) -> Iterator[tuple[Event, str, bytes]]:
        """The log in order, as (event, canonical body, leaf hash); it streams."""
        if kind is not None:
            inputs.choice(kind, "kind of event", codec.KINDS)

        def found() -> Iterator[tuple[Event, str, bytes]]:
            with self.log.reading() as reader:
                slug = None if initiative is None else names.initiative(reader, initiative)
                yield from scanning.scan(
                    reader, after=after, until=until, initiative=slug, kind=kind
                )

        return found()

    def head(self) -> reading.Head:
        """The last position of the log, and its instant."""
        with self.log.reading() as reader:
            return reading.head(reader)

    def replay(
        self,
        at: Viewpoint,
        initiatives: Words = (),
        *,
        axis: Axis = "world",
        filters: Filters | None = None,
        bounds: replaying.Bounds | None = None,
        hidden: bool = False,
    ) -> Iterator[replaying.Step]:
        """The story up to a viewpoint, as it happened or as it was learned; it streams.

        *bounds* limit the steps that are shown; with *hidden* the others come too, marked.
        """
        inputs.choice(axis, "axis", inputs.AXES)
        self._check(at)
        with self.log.connection() as connection:
            only = self._chosen(connection, at, initiatives, filters)

        def story() -> Iterator[replaying.Step]:
            with self.log.connection() as connection:
                wanted = bounds or replaying.EVERYTHING
                yield from replaying.replay(connection, at, axis, only, wanted, hidden=hidden)

        return story()

    def phases(
        self, at: Viewpoint, initiatives: Words = (), *, filters: Filters | None = None
    ) -> Iterator[phases.Entered]:
        """Which phases each initiative entered up to a viewpoint, by slug; it streams.

        The story of :meth:`replay` told of phases alone, as it happened: the last that is told of
        an initiative is the phase it is in, and one of which none is told has not started.
        """
        self._check(at)
        with self.log.reading() as reader:
            only = self._chosen(reader, at, initiatives, filters)

        def story() -> Iterator[phases.Entered]:
            with self.log.reading() as reader:
                yield from phases.entries(reader, at, only)

        return story()

    def timeline(
        self, at: Viewpoint, initiatives: Words = (), *, filters: Filters | None = None
    ) -> Iterator[overview.Course]:
        """Each initiative along time, with its marks; it streams, by slug."""
        self._check(at)
        with self.log.connection() as connection:
            only = self._chosen(connection, at, initiatives, filters)

        def courses() -> Iterator[overview.Course]:
            with self.log.connection() as connection:
                yield from overview.timeline(connection, at, only)

        return courses()

    def stats(self, at: Viewpoint, *, filters: Filters | None = None) -> list[overview.Figure]:
        """Counts by phase, time spent in each phase, and the delay of recording."""
        self._check(at)
        with self.log.connection() as connection:
            only = self._chosen(connection, at, (), filters)
            return overview.stats(connection, at, only)

    def attention(
        self,
        at: Viewpoint,
        concerns: Words | None = None,
        *,
        initiatives: Words = (),
        filters: Filters | None = None,
    ) -> list[overview.Notice]:
        """What needs attention, of some initiatives or of all, the most pressing kind first."""
        wanted = inputs.several(tuple(overview.CONCERNS) if concerns is None else concerns)
        for concern in wanted:
            inputs.choice(concern, "concern", overview.CONCERNS)
        self._check(at)
        with self.log.connection() as connection:
            only = self._chosen(connection, at, initiatives, filters)
            return overview.attention(connection, at, wanted, only)

    def index(self, progress: Callable[[int, int], None] | None = None) -> bool:
        """Index for search what was appended since, if that is worth it; whether it was.

        *progress* is told the events done and those to do. Nothing waits for another's lock, and
        whoever may only read leaves it.
        """
        with engine.translated(self.log.url):
            return indexing.catch_up(self.engine, progress)

    def search(self, text: str, at: Viewpoint) -> Iterator[overview.Hit]:
        """Where all words of *text* are found in what stands at a viewpoint; it streams.

        What was appended since somebody searched is indexed first, where that is worth it and
        whoever asks may write.
        """
        words = overview.Words.of(text)
        self._check(at)

        def hits() -> Iterator[overview.Hit]:
            self.index()
            with self.log.connection() as connection:
                yield from overview.search(connection, at, words)

        return hits()

    # -- shared ------------------------------------------------------------------------------------

    def _check(self, at: Viewpoint) -> None:
        """Raise NotFound for a viewpoint that is none of this log's: it has not come that far.

        The log is asked only where that is not known of it yet: it never gets shorter.
        """
        if not (isinstance(at, Viewpoint) and viewpoints.is_day(at.as_of)):
            raise CalledWrongly(f"{at!r} is no viewpoint; make one with viewpoint(…) of the log")
        if not 0 <= at.position <= self._head:
            self._head = self.head().position
            viewpoints.check_position(at.position, self._head)

    @staticmethod
    def _chosen(
        reader: Reader, at: Viewpoint, initiatives: Words, filters: Filters | None
    ) -> frozenset[str] | None:
        return replaying.chosen(reader, at, inputs.several(initiatives), filters or Filters())

    @staticmethod
    def _slug(reader: Reader, initiative: str, at: Viewpoint) -> str:
        return names.initiative(reader, initiative, at.position)

    def _carry_out(
        self, build: recording.Build, *, dry_run: bool, foreseen: tuple[str, str] | None = None
    ) -> Receipt:
        with engine.translated(self.log.url):
            return recording.carry_out(
                self.engine,
                build,
                self.by,
                dry_run=dry_run,
                foreseen=None if foreseen is None else recording.about(*foreseen),
            )

    def _record(
        self,
        mode: Mode,
        initiative: str,
        kind: str,
        on: Extent,
        source: Sources,
        *,
        stated_by: str | None,
        note: str | None,
        event_id: str | UUID | None,
        expect_version: int | None,
        dry_run: bool,
        contradicts: str | None = None,
        fulfils: str | None = None,
        after: str | None = None,
    ) -> Receipt:
        sources = inputs.sources(source)
        own_id = inputs.event_id(event_id)
        return self._carry_out(
            lambda book: ask.Record(
                event_id=own_id,
                initiative=names.told(book, initiative),
                mode=mode,
                type=kind,
                on=on,
                sources=sources,
                stated_by=stated_by or None,
                note=note or None,
                fulfils=names.fact(book.connection, fulfils) if fulfils else None,
                after=names.fact(book.connection, after) if after else None,
                contradicts=names.fact(book.connection, contradicts) if contradicts else None,
                expect_version=expect_version,
            ),
            dry_run=dry_run,
            foreseen=(initiative, own_id),
        )
