"""What the Python API takes, and what it says of what it does not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from tests.application.test_tracker import ARTICLE, begun
from tracker import (
    CalledWrongly,
    Damaged,
    Filters,
    NotFound,
    Refused,
    Source,
    Tracker,
    Unavailable,
    Viewpoint,
)
from tracker.application.overview import CONCERNS
from tracker.application.replaying import Bounds
from tracker.domain.dates import ANYTIME
from tracker.domain.events import Account, account_of
from tracker.store.engine import parse_url, translating
from tracker.store.reading import NodeReader

OTHER = "https://example.org/other"
DAY = date(2025, 12, 5)
NAIVE = datetime(2025, 12, 5, 9)  # noqa: DTZ001  what is refused


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """A development and a plan, on every database."""
    with begun(database_url) as opened:
        opened.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        opened.plan("il-114", "contract-signed", by="2030", source=ARTICLE)
        yield opened


def account(log: Tracker, position: int) -> Account:
    """What the event at a position says of its fact."""
    ((event, _, _),) = log.events(after=position - 1, until=position)
    found = account_of(event.what)
    assert found is not None
    return found


def said(log: Tracker) -> Account:
    """What the last event says of its fact."""
    return account(log, log.head().position)


class TestWords:
    def test_one_text_is_a_list_of_one(self, log: Tracker) -> None:
        """A text alone is never taken for its letters."""
        log.register("su-57", title="Su-57", lifecycle="co-production", parties="India", tags="jet")
        profile = log.status("su-57").standing.profile
        assert (profile.parties, profile.tags) == (("India",), ("jet",))
        log.revise("su-57", parties="Russia", tags=" arctic ")
        profile = log.status("su-57").standing.profile
        assert (profile.parties, profile.tags) == (("Russia",), ("arctic",))

    def test_one_text_filters_as_a_list_of_one(self, log: Tracker) -> None:
        """Filters take a text, a list or nothing, and are equal where they ask for the same."""
        at = log.viewpoint()
        assert Filters(party="India") == Filters(party=["India"]) == Filters(party=("India",))
        for name, value in (
            ("lifecycle", "co-production"),
            ("phase", "talks"),
            ("condition", "active"),
            ("party", "India"),
        ):
            given: Any = {name: value}
            assert len(log.portfolio(at, Filters(**given))) == 1
        with pytest.raises(CalledWrongly, match="no initiative here has the tag 'arctic'"):
            log.portfolio(at, Filters(tag="arctic"))
        with pytest.raises(CalledWrongly, match="no initiative here has the sector 'air'"):
            log.portfolio(at, Filters(sector="air"))

    def test_one_initiative_is_a_list_of_one(self, log: Tracker) -> None:
        """Whoever asks of one need not write a list."""
        log.register("kamov", title="Ka-226T", lifecycle="co-production")
        at = log.viewpoint()
        assert {step.initiative for step in log.replay(at, "il-114")} == {"il-114"}
        assert {each.initiative for each in log.phases(at, "il-114")} == {"il-114"}
        assert [each.initiative for each in log.timeline(at, "il-114")] == ["il-114"]
        before = log.viewpoint(as_of="2025-12-04")
        assert [each.initiative for each in log.diff(before, at, "il")] == ["il-114"]
        assert log.diff(before, at, "kamov") == []
        assert log.attention(at, "single-source") == log.attention(at, ["single-source"]) != []

    @pytest.mark.parametrize("given", [5, [5], {"India": 1}])
    def test_what_are_no_words_is_called_wrongly(self, log: Tracker, given: Any) -> None:
        """One sentence, and nothing recorded."""
        before = log.head()
        with pytest.raises(CalledWrongly, match=r"is no (list of texts|text)"):
            log.revise("il-114", parties=given)
        assert log.head() == before


class TestSources:
    def test_one_source_is_a_list_of_one(self, log: Tracker) -> None:
        """A text or a source alone, wherever sources are taken."""
        for given in (OTHER, Source(url=OTHER)):
            log.amend("il-114#2", reason="moved", sources=given)
            assert said(log).sources == (Source(url=OTHER),)
            log.amend("il-114#2", reason="two say so", add_sources="A newspaper")
            assert said(log).sources == (Source(url=OTHER), Source(document="A newspaper"))
            log.amend("il-114#2", reason="as it was", sources=[ARTICLE])

    def test_several_are_recorded_as_they_are_given(self, log: Tracker) -> None:
        """Texts and sources may stand in one list."""
        log.record("il-114", "commented", on=DAY, source=[ARTICLE, Source(document="A paper")])
        assert said(log).sources == (Source(url=ARTICLE), Source(document="A paper"))

    def test_an_amendment_lays_a_source_over_the_first(self, log: Tracker) -> None:
        """A text names its place, as it does when recording; what it does not say stays."""
        log.amend("il-114#2", reason="graded", source=Source(grade="B2"))
        log.amend("il-114#2", reason="moved", source=OTHER)
        assert said(log).sources == (Source(url=OTHER, grade="B2"),)
        with pytest.raises(Refused, match="must say something"):
            log.amend("il-114#2", reason="none", source=" ")

    def test_dates_of_a_source_may_be_values(self, log: Tracker) -> None:
        """They are kept as EDTF."""
        given: Any = {"published_on": DAY, "accessed_on": account(log, 3).on}
        log.record("il-114", "commented", on=DAY, source=Source(url=OTHER, **given))
        (source,) = said(log).sources
        assert (source.published_on, source.accessed_on) == ("2025-12-05", "2025-12-05")

    @pytest.mark.parametrize("given", [None, 5, {"url": ARTICLE}, [5]])
    def test_what_is_no_source_is_called_wrongly(self, log: Tracker, given: Any) -> None:
        """And not told as a fault in tracker."""
        with pytest.raises(CalledWrongly, match=r"is no (list of sources|source)"):
            log.record("il-114", "commented", on=DAY, source=given)
        with pytest.raises(CalledWrongly, match=r"is no (list of sources|source)"):
            log.amend("il-114#2", reason="none", sources=given)
        if given is not None:
            with pytest.raises(CalledWrongly, match="is no source"):
                log.amend("il-114#2", reason="none", source=given)


class TestDates:
    def test_a_day_is_a_date(self, log: Tracker) -> None:
        """A value says what its text would."""
        log.record("il-114", "commented", on=DAY, source=ARTICLE)
        assert said(log).on == account(log, 3).on
        log.amend("il-114#2", reason="a day early", on=date(2025, 12, 4))
        assert said(log).on.edtf == "2025-12-04"
        log.plan("il-114", "contract-signed", on=DAY, source=ARTICLE)
        assert said(log).on.edtf == "2025-12-05"

    def test_a_plan_is_by_a_date(self, log: Tracker) -> None:
        """As a text, a value, or an extent with an end."""
        log.plan("il-114", "contract-signed", by=DAY, source=ARTICLE)
        by_day = said(log).on
        assert (by_day.text, by_day.edtf) == ("2025-12-05", "../2025-12-05")
        log.plan("il-114", "contract-signed", by=by_day, source=ARTICLE)
        assert said(log).on == by_day
        log.plan("il-114", "contract-signed", by=account(log, 3).on, source=ARTICLE)
        assert said(log).on.edtf == "../2025-12-05"
        with pytest.raises(Refused, match="no latest day"):
            log.plan("il-114", "contract-signed", by=ANYTIME, source=ARTICLE)
        log.amend("il-114#3", reason="slipped", by=date(2031, 6, 30))
        assert said(log).on.edtf == "../2031-06-30"

    def test_an_amendment_is_on_a_date_or_by_one(self, log: Tracker) -> None:
        """Both at once are called wrongly, as for a plan."""
        with pytest.raises(CalledWrongly, match="either on a date or by one"):
            log.amend("il-114#3", reason="slipped", on="2031", by="2032")

    def test_both_times_are_asked_with_values(self, log: Tracker) -> None:
        """Extents, days, instants and positions."""
        day = account(log, 3).on
        assert log.viewpoint(as_of=day) == log.viewpoint(as_of=DAY)
        assert log.viewpoint(known_at=day).position == 0
        assert log.viewpoint(as_reported=day).as_of == DAY
        with freeze_time("2025-12-08T10:00:00"):
            assert log.viewpoint(known_at=datetime(2025, 12, 8, 9, 1, tzinfo=UTC)).position == 4

    def test_a_story_is_bounded_by_values(self, log: Tracker) -> None:
        """Days of the world, or places in the log."""
        at = log.viewpoint()
        for given in (DAY, account(log, 3).on, "2025-12-05"):
            steps = log.replay(at, bounds=Bounds.parsed("world", given, given))
            assert [step.position for step in steps] == [3]
            assert Bounds.parsed("knowledge", given, None) == Bounds.parsed(
                "knowledge", "2025-12-05", None
            )
        instant = datetime(2025, 12, 8, 9, tzinfo=UTC)
        assert Bounds.parsed("knowledge", instant, 3) == Bounds(
            instants=(instant, None), positions=(None, 3)
        )
        with pytest.raises(CalledWrongly, match="--from 3 is a place in the log"):
            Bounds.parsed("world", 3, None)

    def test_an_adoption_is_asserted_at_an_instant(self, log: Tracker) -> None:
        """As a text or as a value; a naive one has no meaning."""
        lifecycle = log.lifecycle("project")
        with pytest.raises(CalledWrongly, match="has no time zone"):
            log.adopt(lifecycle, recorded_at=NAIVE)
        with freeze_time("2025-12-09T09:00:00"):
            instant = datetime(2025, 12, 9, 8, tzinfo=UTC)
            receipt = log.adopt(lifecycle, recorded_at=instant)
        assert receipt.event is not None
        assert receipt.event.recorded_at == instant

    @pytest.mark.parametrize(
        "ask",
        [
            lambda log: log.record("il-114", "commented", on=NAIVE, source=ARTICLE),
            lambda log: log.plan("il-114", "commented", by=NAIVE, source=ARTICLE),
            lambda log: log.amend("il-114#2", reason="r", on=None),
            lambda log: log.viewpoint(as_of=NAIVE),
            lambda log: log.viewpoint(as_of=NAIVE.replace(tzinfo=UTC)),
            lambda log: log.viewpoint(as_reported=5),
            lambda log: log.viewpoint(known_at=2.5),
            lambda log: log.status("il-114", as_of=NAIVE),
            lambda log: Bounds.parsed("world", NAIVE, None),
        ],
    )
    def test_what_is_no_date_is_called_wrongly(
        self, log: Tracker, ask: Callable[[Tracker], object]
    ) -> None:
        """An instant is on two days, depending on where."""
        with pytest.raises(CalledWrongly, match="is no date"):
            ask(log)

    def test_an_instant_has_a_zone(self, log: Tracker) -> None:
        """It is not guessed."""
        for ask in (
            lambda: log.viewpoint(known_at=NAIVE),
            lambda: Bounds.parsed("knowledge", NAIVE, None),
            lambda: Bounds(instants=(None, NAIVE)),
        ):
            with pytest.raises(CalledWrongly, match="has no time zone; give it one"):
                ask()


def test_only_a_plan_is_moved_to_be_by_a_date(log: Tracker) -> None:
    """A development would no longer have happened; nothing is appended."""
    before = log.head().position
    with pytest.raises(Refused, match=r"^il-114#2 is a development and no plan; write with --on"):
        log.amend("il-114#2", reason="slipped", by="2031")
    assert log.head().position == before


class TestNames:
    def test_an_empty_reference_is_none(self, log: Tracker) -> None:
        """It clears what was said, as an empty note does."""
        log.record("il-114", "commented", on="2025-12-05", source=ARTICLE)
        log.amend("il-114#2", reason="linked", after="il-114#4", contradicts="il-114#4")
        assert said(log).after is not None
        log.amend("il-114#2", reason="no", after="", contradicts="", fulfils="")
        now = said(log)
        assert (now.after, now.contradicts, now.fulfils) == (None, None, None)

    def test_an_id_may_be_a_value(self, log: Tracker) -> None:
        """As the standard library makes them."""
        own = UUID("01234567-89ab-7def-8123-456789abcdef")
        receipt = log.withdraw("il-114#2", reason="false", event_id=own)
        assert receipt.event is not None
        assert receipt.event.event_id == str(own)

    def test_who_has_no_login_name_is_unknown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on the command line: a container's user may have none."""

        def nobody() -> str:
            raise OSError("No username set in the environment")

        monkeypatch.setattr("getpass.getuser", nobody)
        with Tracker.open(str(tmp_path / "desk.db"), create=True) as log:
            assert log.by == "unknown"


class TestChoices:
    @pytest.mark.parametrize(
        ("ask", "sentence"),
        [
            (
                lambda log, at: log.history("il-114", at, axis="World"),
                "there is no axis 'World'; did you mean world? (there are world, knowledge)",
            ),
            (
                lambda log, at: log.replay(at, axis="knowlege"),
                "there is no axis 'knowlege'; did you mean knowledge? (there are world, knowledge)",
            ),
            (
                lambda log, at: Bounds.parsed("time", None, None),  # type: ignore[arg-type]
                "there is no axis 'time' (there are world, knowledge)",
            ),
            (
                lambda log, at: log.attention(at, ["overdue", "nope"]),
                f"there is no concern 'nope' (there are {', '.join(CONCERNS)})",
            ),
            (
                lambda log, at: log.status("il-114", at=at, as_of="2025-12-01"),
                "at says both times; leave as-of, known-at and as-reported out",
            ),
            (
                lambda log, at: log.status("il-114", at=at, known_at=0),
                "at says both times; leave as-of, known-at and as-reported out",
            ),
            (
                lambda log, at: log.status("il-114", at=at, as_reported=DAY),
                "at says both times; leave as-of, known-at and as-reported out",
            ),
        ],
    )
    def test_what_cannot_be_chosen_is_named_with_what_can(
        self, log: Tracker, ask: Callable[[Tracker, Viewpoint], object], sentence: str
    ) -> None:
        """It is never answered as if nothing had been said."""
        with pytest.raises(CalledWrongly) as caught:
            ask(log, log.viewpoint())
        assert str(caught.value) == sentence

    @pytest.mark.parametrize("kind", ["recordedd", "\udcff", 5])
    def test_a_kind_of_event_is_one_that_there_is(self, log: Tracker, kind: Any) -> None:
        """Said before anything is read."""
        with pytest.raises(CalledWrongly, match=r"no kind of event .* \(there are recorded, "):
            log.events(kind=kind)

    def test_an_initiative_that_is_not_there_has_not_stayed_the_same(self, log: Tracker) -> None:
        """What is compared is named as everywhere; before or after, whichever is later."""
        start, end = log.viewpoint(as_of="2025-12-04", known_at=0), log.viewpoint()
        for before, after in ((start, end), (end, start)):
            assert [each.initiative for each in log.diff(before, after, ["il-114"])] == ["il-114"]
            with pytest.raises(NotFound, match="no initiative 'il-115'; did you mean il-114"):
                log.diff(before, after, ["il-114", "il-115"])


ASKED_AT: list[Callable[[Tracker, Viewpoint], object]] = [
    lambda log, at: log.lifecycle("co-production", at),
    lambda log, at: log.status("il-114", at=at),
    lambda log, at: log.portfolio(at),
    lambda log, at: log.listing(at),
    lambda log, at: log.outlines(at),
    lambda log, at: log.evidence([], at),
    lambda log, at: log.show("il-114", at),
    lambda log, at: log.history("il-114", at),
    lambda log, at: log.why("il-114", at),
    lambda log, at: log.diff(log.viewpoint(), at),
    lambda log, at: log.diff(at, log.viewpoint()),
    lambda log, at: log.replay(at),
    lambda log, at: log.phases(at),
    lambda log, at: log.timeline(at),
    lambda log, at: log.stats(at),
    lambda log, at: log.attention(at),
    lambda log, at: log.search("Il", at),
]


class TestViewpoints:
    @pytest.mark.parametrize("ask", ASKED_AT)
    def test_a_viewpoint_lies_within_the_log(
        self, log: Tracker, ask: Callable[[Tracker, Viewpoint], object]
    ) -> None:
        """Nothing is answered of what was never known."""
        ask(log, Viewpoint(DAY, 4))
        for position in (5, 200, -1):
            with pytest.raises(NotFound, match=f"only 4 events; there is no position @{position}$"):
                ask(log, Viewpoint(DAY, position))
        with pytest.raises(NotFound, match="there is no position @-5"):
            log.viewpoint(known_at=-5)

    @pytest.mark.parametrize("ask", ASKED_AT)
    @pytest.mark.parametrize("given", ["2025-12-05", DAY, Viewpoint(NAIVE, 4)])
    def test_what_is_no_viewpoint_is_called_wrongly(
        self, log: Tracker, ask: Callable[[Tracker, Viewpoint], object], given: Any
    ) -> None:
        """With the way to one."""
        with pytest.raises(CalledWrongly, match="is no viewpoint; make one with viewpoint"):
            ask(log, given)

    def test_what_was_recorded_since_may_be_asked_about(self, log: Tracker) -> None:
        """The log is asked again how far it goes."""
        with pytest.raises(NotFound, match="only 4 events"):
            log.portfolio(Viewpoint(DAY, 5))
        log.record("il-114", "commented", on=DAY, source=ARTICLE)
        assert len(log.portfolio(Viewpoint(DAY, 5))) == 1

    def test_a_viewpoint_of_the_log_costs_no_question(
        self, log: Tracker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """How far the log goes is remembered: it never gets shorter."""
        at = log.viewpoint()

        def asked(_: Tracker) -> None:
            raise AssertionError

        monkeypatch.setattr(Tracker, "head", asked)
        assert log.status("il-114", at=at).standing.status.phase == "talks"
        assert log.status("il-114", at=Viewpoint(DAY, 3)).standing.initiative == "il-114"

    def test_no_proof_is_made_up(self, log: Tracker) -> None:
        """A subtree that lacks leaves has no hash."""
        with log.log.reading() as reader:
            nodes = NodeReader(reader)
            assert len(nodes(2, 0)) == 32
            for level, number in ((3, 0), (1, 2), (0, 4), (0, 300)):
                with pytest.raises(Damaged, match=f"lacks leaves of subtree {level}/{number};"):
                    nodes(level, number)


class TestWhoseError:
    @pytest.mark.parametrize(
        "error",
        [
            UnicodeEncodeError("ascii", "€", 0, 1, "ordinal not in range"),
            sqlite3.OperationalError("database is locked"),
            sa.exc.OperationalError("SELECT 1", {}, Exception("disk image is malformed")),
            sa.exc.InvalidRequestError("mine"),
            KeyError("mine"),
            KeyboardInterrupt(),
            StopIteration(),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_what_a_block_raises_is_its_own(self, log: Tracker, error: BaseException) -> None:
        """It is told as it is, and the log can be asked as before."""
        for block in (log.one_state, log.one_state, log.appending):
            with pytest.raises(type(error)) as caught, block():
                raise_after(log.status("il-114"), error)
            assert caught.value is error
        assert log.record("il-114", "commented", on=DAY, source=ARTICLE).events

    def test_what_tracker_asks_in_a_block_is_its_own(self, log: Tracker) -> None:
        """A failed question is one sentence there as well."""
        with pytest.raises(Refused, match="half of a character"), log.one_state():
            log.status("\udcff")

    def test_the_beginning_of_a_block_is_trackers(self, tmp_path: Path) -> None:
        """A log that cannot be had any more is Unavailable."""
        path = tmp_path / "desk.db"
        with Tracker.open(str(path), by="mira", create=True) as log:
            log.register("il-114", title="Il-114", lifecycle="project")
            path.rename(tmp_path / "elsewhere.db")
            path.mkdir()
            with pytest.raises(Unavailable, match=r"desk\.db cannot be opened"), log.one_state():
                pytest.fail("there is nothing to ask")

    def test_the_end_of_a_block_is_trackers(self) -> None:
        """What the database says of it is translated, whether the block went well or not."""

        @contextmanager
        def ending_badly() -> Iterator[int]:
            try:
                yield 1
            finally:
                raise sa.exc.InvalidRequestError("gone")

        url = parse_url("desk.db")
        with pytest.raises(Unavailable, match=r"desk\.db failed"), translating(url, ending_badly()):
            pass
        with pytest.raises(Unavailable, match=r"desk\.db failed"), translating(url, ending_badly()):
            raise KeyError


def raise_after(_: object, error: BaseException) -> None:
    """Fail as a caller's own work does, once the log has answered."""
    raise error


class TestWhere:
    @pytest.mark.parametrize("prefix", ["", "sqlite:///"])
    def test_a_relative_path_means_one_file_for_good(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
    ) -> None:
        """Whatever folder the process goes to; it is shown as it was given."""
        for name in ("here", "there"):
            (tmp_path / name).mkdir()
            monkeypatch.chdir(tmp_path / name)
            with Tracker.open(f"{prefix}desk.db", by="mira", create=True) as log:
                log.register(name, title=name, lifecycle="project")
        monkeypatch.chdir(tmp_path / "here")
        with Tracker.open(f"{prefix}desk.db", by="mira") as log:
            monkeypatch.chdir(tmp_path / "there")
            assert log.status("here").standing.initiative == "here"
            log.record("here", "commented", on="2025", source="x")
            with log.one_state(), log.appending():
                assert log.head().position == 3
                log.record("here", "commented", on="2024", source="x")
            assert (log.name, log.head().position) == ("desk.db", 4)
            path = tmp_path / "here" / "desk.db"
            path.rename(tmp_path / "gone.db")
            with pytest.raises(Unavailable, match=r"^the log desk\.db was taken away or replaced"):
                log.record("here", "commented", on="2025", source="x")
            path.unlink()
            path.mkdir()
            with pytest.raises(Unavailable, match=r"^the database desk\.db cannot be opened"):
                log.status("here")
        with Tracker.open(f"{prefix}desk.db") as log:
            assert [each.initiative for each in log.outlines(log.viewpoint())] == ["there"]

    def test_a_failed_beginning_leaves_nothing_elsewhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The log that was made is taken away, and not another of its name."""
        for name in ("here", "there"):
            (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / "here")
        log = Tracker.open("desk.db", by="mira", create=True)
        monkeypatch.chdir(tmp_path / "there")
        with pytest.raises(Refused), log:
            log.register("Not A Slug", title="x", lifecycle="project")
        assert list((tmp_path / "here").iterdir()) == []
