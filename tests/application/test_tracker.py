"""The Python API, told in the product's own language."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

import tracker
from tracker import (
    CalledWrongly,
    Conflict,
    Filters,
    NotFound,
    Refused,
    Source,
    Tracker,
    Unavailable,
)
from tracker.store.engine import create_file, make_engine, parse_url, shown, translated

ARTICLE = "https://example.org/article"


@contextmanager
def begun(url: str) -> Iterator[Tracker]:
    """A desk's log with one initiative."""
    with (
        freeze_time("2025-12-08T09:00:00") as _,
        Tracker.open(url, by="mira", create=True) as opened,
    ):
        opened.register("il-114", title="Il-114", lifecycle="co-production", parties=["India"])
        yield opened


@pytest.fixture
def log(database_url: str) -> Iterator[Tracker]:
    """That log, on every database."""
    with begun(database_url) as opened:
        yield opened


def phase(log: Tracker, **at: str) -> str:
    """The phase of the one initiative."""
    return log.status("il-114", **at).standing.status.phase  # type: ignore[arg-type]


class TestRecording:
    def test_what_happened_enters_a_phase(self, log: Tracker) -> None:
        """A development enters its phase on its day, and not before."""
        log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        assert phase(log, as_of="2025-12-04") == "not-started"
        assert phase(log, as_of="2025-12-05") == "talks"

    def test_a_type_may_be_named_as_people_say_it(self, log: Tracker) -> None:
        """An alias finds its type."""
        receipt = log.record("il-114", "MoU signed", on="2025-12-05", source=ARTICLE)
        assert receipt.event is not None
        assert phase(log) == "memorandum"

    def test_the_same_id_is_the_same_answer(self, log: Tracker) -> None:
        """The same id and content append nothing; with other content it is a conflict."""
        one = log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        assert one.event is not None
        same = {"event_id": one.event.event_id, "source": ARTICLE}
        again = log.record("il-114", "talks-initiated", on="2025-12-05", **same)  # type: ignore[arg-type]
        assert again.events == ()
        assert again.repeated == one.event
        with pytest.raises(Conflict, match="was used before"):
            log.record("il-114", "talks-initiated", on="2025-12-06", **same)  # type: ignore[arg-type]

    def test_an_amendment_repeated_is_the_same_answer(self, log: Tracker) -> None:
        """A repeated amendment is held against what it was based on the first time."""
        log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        one = log.amend("il-114#2", reason="day of arrival", on="2025-12-04")
        assert one.event is not None
        again = log.amend(
            "il-114#2", reason="day of arrival", on="2025-12-04", event_id=one.event.event_id
        )
        assert again.repeated == one.event

    def test_a_dry_run_writes_nothing(self, log: Tracker) -> None:
        """A dry run answers as the real one would, and the head stays where it was."""
        before = log.head()
        receipt = log.record(
            "il-114", "talks-initiated", on="2025-12-05", source=ARTICLE, dry_run=True
        )
        assert receipt.event is not None
        assert receipt.event.position == before.position + 1
        assert log.head() == before

    def test_the_future_is_a_plan(self, log: Tracker) -> None:
        """What has not happened is refused, with the way out."""
        with pytest.raises(Refused, match="tracker plan"):
            log.record("il-114", "talks-initiated", on="2027", source=ARTICLE)

    def test_a_plan_never_changes_a_status(self, log: Tracker) -> None:
        """A plan whose date has passed is overdue, and the phase what it was."""
        log.plan("il-114", "contract-signed", by="2025", source=ARTICLE)
        answer = log.status("il-114", as_of="2026-02-01")
        assert answer.standing.status.phase == "not-started"
        assert [finding.kind for finding in answer.findings] == ["plan-overdue"]

    def test_a_plan_is_on_a_date_or_by_one(self, log: Tracker) -> None:
        """Both at once are called wrongly."""
        with pytest.raises(CalledWrongly, match="either on a date or by one"):
            log.plan("il-114", "contract-signed", on="2026", by="2027", source=ARTICLE)

    def test_a_plan_is_fulfilled_by_what_links_to_it(self, log: Tracker) -> None:
        """A fulfilled plan is no longer open."""
        log.plan("il-114", "mou-signed", by="2026", source=ARTICLE)
        assert log.status("il-114").standing.open_plans == 1
        log.record("il-114", "mou-signed", on="2025-12-05", source=ARTICLE, fulfils="il-114#2")
        assert log.status("il-114").standing.open_plans == 0

    def test_a_withdrawn_fact_comes_back(self, log: Tracker) -> None:
        """Bringing a fact back is one more amendment, with the earlier content."""
        talks = log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        assert talks.event is not None
        log.withdraw("il-114#2", reason="a false report")
        assert phase(log) == "not-started"
        with pytest.raises(Conflict, match="is withdrawn already"):
            log.withdraw("il-114#2", reason="again")
        log.amend("il-114#2", reason="true after all", revert_to=talks.event.position)
        assert phase(log) == "talks"
        assert phase(log, known_at="@4") == "not-started"

    def test_an_order_within_a_day_is_kept(self, log: Tracker) -> None:
        """Said to come after, a development decides though it was recorded first."""
        log.record("il-114", "mou-signed", on="2025-12-05", source=ARTICLE)
        log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        assert phase(log) == "talks"
        log.amend("il-114#2", reason="the MoU was last", after="il-114#3")
        assert phase(log) == "memorandum"
        with pytest.raises(Refused, match="circle"):
            log.amend("il-114#3", reason="no, first", after="il-114#2")

    def test_an_order_needs_one_date(self, log: Tracker) -> None:
        """An order is refused where the extents differ."""
        log.record("il-114", "mou-signed", on="2025-12-05", source=ARTICLE)
        with pytest.raises(Refused, match="one and the same date"):
            log.record(
                "il-114", "talks-initiated", on="2025-12-04", source=ARTICLE, after="il-114#2"
            )

    def test_links_are_made_and_taken_back(self, log: Tracker) -> None:
        """A link stands until it is taken back; what others link to cannot be retired."""
        log.register("programme", title="Programme", lifecycle="cooperation-programme")
        log.link("il-114", "part-of", "programme")
        assert log.link("il-114", "part-of", "programme").events == ()
        with pytest.raises(Refused, match="tracker unlink il-114 part-of programme"):
            log.retire("programme", reason="registered by mistake")
        log.unlink("il-114", "part-of", "programme", reason="never was")
        log.retire("programme", reason="registered by mistake")
        with pytest.raises(Refused, match="was retired"):
            log.link("il-114", "part-of", "programme")

    def test_every_link_that_keeps_an_initiative_is_named(self, log: Tracker) -> None:
        """A refusal to retire says in words what is linked, and every command that ends it."""
        for slug in ("whole", "a", "b"):
            log.register(slug, title=slug, lifecycle="dialogue")
        for slug, kind in (("a", "follows"), ("b", "part-of"), ("b", "related-to")):
            log.link(slug, kind, "whole")
        with pytest.raises(Refused) as refused:
            log.retire("whole", reason="registered by mistake")
        said, _, first = str(refused.value).partition("; first: ")
        assert said == (
            "whole cannot be retired, since a follows it and b is part of it and b is related to it"
        )
        assert first.split(" and ") == [
            "tracker unlink a follows whole --reason …",
            "tracker unlink b part-of whole --reason …",
            "tracker unlink b related-to whole --reason …",
        ]
        for slug in "cdefg":
            log.register(slug, title=slug, lifecycle="dialogue", part_of="whole")
        with pytest.raises(Refused, match=r"and d is part of it \(and 3 more\);"):
            log.retire("whole", reason="registered by mistake")

    def test_a_whole_cannot_be_left_by_naming_none(self, log: Tracker) -> None:
        """An empty part-of is refused with the command that takes the link back."""
        for slug in ("whole", "other"):
            log.register(slug, title=slug, lifecycle="dialogue")
        log.link("il-114", "part-of", "whole")
        before = log.head()
        with pytest.raises(CalledWrongly) as refused:
            log.revise("il-114", title="Other", part_of=" ")
        assert str(refused.value) == (
            "--part-of may not be empty; what il-114 is part of is taken back with: "
            "tracker unlink il-114 part-of whole --reason …"
        )
        log.link("il-114", "part-of", "other")
        with pytest.raises(CalledWrongly, match=r"unlink il-114 part-of whole .* and tracker unl"):
            log.revise("il-114", part_of="")
        none = "^--part-of may not be empty; name an initiative, or leave it out$"
        with pytest.raises(CalledWrongly, match=none):
            log.revise("other", part_of="")
        with pytest.raises(CalledWrongly, match=none):
            log.register("new", title="New", lifecycle="dialogue", part_of="")
        assert log.head().position == before.position + 1

    def test_a_profile_is_revised(self, log: Tracker) -> None:
        """What is given changes, the rest stays, and earlier knowledge has the earlier title."""
        log.revise("il-114", title="Il-114-300", tags=["aircraft"])
        now = log.show("il-114", log.viewpoint())
        then = log.show("il-114", log.viewpoint(known_at=2))
        assert now.answer.standing.profile.title == "Il-114-300"
        assert now.answer.standing.profile.parties == ("India",)
        assert then.answer.standing.profile.title == "Il-114"
        assert log.revise("il-114", title="Il-114-300").events == ()


class TestAsking:
    def test_knowledge_has_its_own_time(self, log: Tracker) -> None:
        """As reported on a day, only what was known at its end counts."""
        with freeze_time("2025-12-20T09:00:00"):
            log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
            assert phase(log, as_of="2025-12-10") == "talks"
            assert phase(log, as_reported="2025-12-10") == "not-started"
            assert phase(log, as_of="2025-12-10", known_at="2025-12-20T08:59:59") == "not-started"

    def test_the_future_cannot_be_known(self, log: Tracker) -> None:
        """A known-at that is still to come is refused: its answer could change."""
        with pytest.raises(Refused, match="still to come"):
            log.viewpoint(known_at="2026-01-01")
        with pytest.raises(NotFound, match="only 2 events"):
            log.viewpoint(known_at="@3")
        with pytest.raises(CalledWrongly):
            log.viewpoint(as_of="2025-12-01", as_reported="2025-12-01")

    def test_a_viewpoint_may_be_given_as_values(self, log: Tracker) -> None:
        """Days, instants and positions may be Python's own values."""
        at = log.viewpoint(date(2025, 12, 1), datetime(2025, 12, 8, 9, tzinfo=UTC))
        assert (at.as_of, at.position) == (date(2025, 12, 1), 2)
        assert log.viewpoint(known_at=date(2025, 12, 7)).position == 0

    def test_names_are_found_by_their_beginning(self, log: Tracker) -> None:
        """An unambiguous beginning is enough, a shared one is not; the nearest are named."""
        log.register("il-96", title="Il-96", lifecycle="co-production")
        assert log.status("il-1").standing.initiative == "il-114"
        with pytest.raises(CalledWrongly, match="il-114, il-96"):
            log.status("il")
        with pytest.raises(NotFound, match="did you mean il-114"):
            log.status("li-114")
        with pytest.raises(NotFound, match="not registered yet at @2"):
            log.status("il-96", known_at="@2")

    def test_facts_have_three_names(self, log: Tracker) -> None:
        """A handle, a position and an id name one fact."""
        talks = log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE).event
        assert talks is not None
        for name in ("il-114#2", "@3", talks.event_id, "il#2"):
            receipt = log.amend(name, reason="none", type="talks-initiated")
            assert receipt.events == ()
        with pytest.raises(Refused, match="no development or plan"):
            log.withdraw("@2", reason="none")
        with pytest.raises(NotFound, match="no event il-114#9"):
            log.withdraw("il-114#9", reason="none")
        with pytest.raises(Refused, match="names no event"):
            log.withdraw("the talks", reason="none")

    def test_filters_fit_or_say_so(self, log: Tracker) -> None:
        """A filter narrows; what nothing could have is called wrongly, the nearest named."""
        at = log.viewpoint()
        assert len(log.portfolio(at, Filters(party=("india",), phase=("not-started",)))) == 1
        assert log.portfolio(at, Filters(dormant=True)) == []
        with pytest.raises(CalledWrongly, match="did you mean India"):
            log.portfolio(at, Filters(party=("Indai",)))

    def test_all_in_short_are_what_the_portfolio_says(self, log: Tracker) -> None:
        """In short the phase, the condition and the dates are those of whole objects."""
        log.record("il-114", "talks-initiated", on="2025-11", source=ARTICLE)
        log.record("il-114", "suspended", on="2025-11-20", source=ARTICLE)
        log.register("kamov", title="Ka-226T", lifecycle="co-production")
        log.register("mistake", title="Il-114", lifecycle="co-production")
        log.retire("mistake", reason="registered twice")
        at = log.viewpoint(as_of="2025-11-25")
        il_114, kamov = log.outlines(at)
        assert (il_114.initiative, il_114.phase, il_114.condition) == (
            "il-114",
            "not-started",
            "suspended",
        )
        assert (il_114.possible, il_114.is_certain) == (("not-started", "talks"), False)
        assert il_114.possible_conditions == ("active", "suspended")
        assert (il_114.since, il_114.last_on) == ("2025-11-20", "2025-11-20")
        assert (kamov.phase, kamov.since, kamov.is_certain) == ("not-started", None, True)
        for listed, whole in zip(log.listing(at), log.portfolio(at), strict=True):
            assert (listed.initiative, listed.profile) == (whole.initiative, whole.profile)
            assert listed.status.possible == whole.status.possible

    def test_a_list_is_filtered_as_a_portfolio_is(self, log: Tracker) -> None:
        """The same filters fit, and what nothing could have is called wrongly as well."""
        log.plan("il-114", "contract-signed", by="2030", source=ARTICLE)
        at = log.viewpoint()
        (listed,) = log.listing(at, Filters(party=("india",), phase=("not-started",)))
        assert (listed.open_plans, listed.next_due) == (1, date(2030, 12, 31))
        assert log.listing(at, Filters(uncertain=True)) == []
        with pytest.raises(CalledWrongly, match="did you mean India"):
            log.listing(at, Filters(party=("Indai",)))

    def test_sources_and_proof_come_with_a_status(self, log: Tracker) -> None:
        """A status names its sources, and why leads down to the log."""
        source = Source(url=ARTICLE, grade="B2", quote="preliminary talks")
        log.record("il-114", "talks-initiated", on="2025-12-05", source=source)
        answer, reasons = log.why("il-114", log.viewpoint())
        deciding = answer.standing.status.deciding
        assert deciding is not None
        assert answer.sources[deciding.position] == (source,)
        assert [reason.decides for reason in reasons] == ["phase", "condition"]

    def test_questions_may_be_asked_while_an_answer_streams(self, log: Tracker) -> None:
        """The log can be asked of again while it is being listed."""
        at = log.viewpoint()
        listed = [(event.handle, log.status("il-114", at=at)) for event, _, _ in log.events()]
        assert [handle for handle, _ in listed] == ["@1", "il-114#1"]

    def test_lifecycles_are_listed(self, log: Tracker) -> None:
        """Eight ship; those in the log say since when."""
        names = log.lifecycles()
        assert len(names) == 8
        assert names["co-production"] == 1
        assert names["project"] is None
        assert log.lifecycle("project").name == "project"
        with pytest.raises(NotFound, match="did you mean project"):
            log.lifecycle("projetc")


class TestOpening:
    def test_a_log_that_is_not_there_says_how_to_begin(self, tmp_path: Path) -> None:
        """Reading never makes a log."""
        with pytest.raises(NotFound, match="tracker register"):
            Tracker.open(str(tmp_path / "none.db"))
        assert list(tmp_path.iterdir()) == []

    def test_a_failed_beginning_leaves_nothing(self, tmp_path: Path) -> None:
        """A log made for a request that is refused is taken away again."""
        with (
            pytest.raises(Refused),
            Tracker.open(str(tmp_path / "new.db"), by="mira", create=True) as log,
        ):
            log.register("Not A Slug", title="x", lifecycle="project")
        assert list(tmp_path.iterdir()) == []

    def test_a_beginning_that_others_share_is_left(self, tmp_path: Path) -> None:
        """A log that somebody else has open by then stays, and takes what they record."""
        where = str(tmp_path / "new.db")
        log = Tracker.open(where, by="mira", create=True)
        with Tracker.open(where, by="noor") as other:
            other.register("il-114", title="Il-114", lifecycle="project")
            log.log.close(failed=True)
        with Tracker.open(where) as log:
            assert log.head().position == 2

    def test_nothing_is_written_to_a_file_that_is_gone(self, tmp_path: Path) -> None:
        """Who writes to a log that was taken away or replaced is told, and loses nothing unsaid."""
        path = tmp_path / "desk.db"
        with Tracker.open(str(path), by="mira", create=True) as log:
            log.register("il-114", title="Il-114", lifecycle="project")
            with log.engine.connect().execution_options(writing=True) as connection:
                path.rename(tmp_path / "elsewhere.db")
                with pytest.raises(Unavailable, match="taken away or replaced"):
                    connection.begin()

    def test_a_file_that_goes_between_two_recordings_is_noticed(self, tmp_path: Path) -> None:
        """Whoever holds the log open is told, and nothing is written to another file."""
        path = tmp_path / "desk.db"
        with Tracker.open(str(path), by="mira", create=True) as log:
            log.register("il-114", title="Il-114", lifecycle="project")
            path.rename(tmp_path / "elsewhere.db")
            with pytest.raises(Unavailable, match="taken away or replaced meanwhile; repeat"):
                log.register("su-57", title="Su-57", lifecycle="project")

    def test_a_file_that_goes_while_its_connection_is_kept_is_noticed(self, tmp_path: Path) -> None:
        """Nothing is written to the one that is gone, and a log put in its place is written to."""
        path, other = tmp_path / "desk.db", tmp_path / "other.db"
        with Tracker.open(str(other), by="noor", create=True) as log:
            log.register("su-57", title="Su-57", lifecycle="project")
        with Tracker.open(str(path), by="mira", create=True) as log:
            log.register("il-114", title="Il-114", lifecycle="project")
            with log.appending():
                log.register("mi-8", title="Mi-8", lifecycle="project")
                path.rename(tmp_path / "elsewhere.db")
                for name in ("desk.db-wal", "desk.db-shm"):
                    (tmp_path / name).rename(tmp_path / name.replace("desk", "elsewhere"))
                with pytest.raises(Unavailable, match="taken away or replaced meanwhile; repeat"):
                    log.register("su-57", title="Su-57", lifecycle="project")
                other.replace(path)
                assert log.register("tu-214", title="Tu-214", lifecycle="project").events
        with Tracker.open(str(path)) as log:
            assert [event.initiative for event, _, _ in log.events(after=1)] == ["su-57", "tu-214"]
        with Tracker.open(str(tmp_path / "elsewhere.db")) as log:
            assert [event.initiative for event, _, _ in log.events(after=1)] == ["il-114", "mi-8"]

    def test_a_connection_is_kept_as_long_as_was_asked_for(self, tmp_path: Path) -> None:
        """The same is recorded as without; others record meanwhile; nothing is left of it after."""
        path = tmp_path / "desk.db"
        with Tracker.open(str(path), by="mira", create=True) as log:
            log.register("il-114", title="Il-114", lifecycle="project")
            with log.appending() as kept, Tracker.open(str(path), by="noor") as other:
                for number in range(3, 9, 2):
                    receipts = [
                        each.record("il-114", "commented", on="2025-12", source="a desk")
                        for each in (kept, other)
                    ]
                    assert [r.events[0].position for r in receipts] == [number, number + 1]
                assert log.head().position == 8
            assert [each.name for each in tmp_path.iterdir()] == ["desk.db"]
            with pytest.raises(NotFound), log.appending():
                log.record("su-57", "commented", on="2025-12", source="a desk")
            assert [each.name for each in tmp_path.iterdir()] == ["desk.db"]
            assert log.record("il-114", "commented", on="2025", source="x").events[0].position == 9

    def test_a_dry_run_begins_no_log(self, tmp_path: Path) -> None:
        """A dry run on a log that is not there is answered from an empty one."""
        where = str(tmp_path / "new.db")
        with Tracker.open(where, by="mira", create=True, dry_run=True) as log:
            receipt = log.register("il-114", title="Il", lifecycle="project", dry_run=True)
        assert len(receipt.events) == 2
        assert list(tmp_path.iterdir()) == []

    def test_what_is_no_log_is_left_alone(self, tmp_path: Path) -> None:
        """A file that is no database, and a database of other tables, are refused."""
        text = tmp_path / "text.db"
        text.write_text("this is no database, and long enough to be read as one " * 40)
        with pytest.raises(Unavailable, match="is not a SQLite database"):
            Tracker.open(str(text))
        other = parse_url(str(tmp_path / "other.db"))
        create_file(other)
        engine = make_engine(other)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE notes (text TEXT)")
        engine.dispose()
        with pytest.raises(Unavailable, match="no log of tracker's"):
            Tracker.open(str(tmp_path / "other.db"))

    def test_a_log_is_its_owners(self, tmp_path: Path) -> None:
        """A new SQLite file is readable by its owner alone."""
        path = tmp_path / "deep" / "desk.db"
        with Tracker.open(str(path), by="mira", create=True):
            assert path.stat().st_mode & 0o777 == 0o600

    def test_passwords_are_never_shown(self) -> None:
        """A URL is shown without its password, wherever that stands."""
        url = parse_url("postgresql://mira:secret@db.example.org/desk?password=secret&sslmode=off")
        assert "secret" not in shown(url)

    @pytest.mark.parametrize(
        "where", ["", "mysql://x/y", "sqlite://", "postgresql://h:port/x", "nosuch://x"]
    )
    def test_where_no_log_can_be_is_called_wrongly(self, where: str) -> None:
        """What names no place for a log is called wrongly."""
        with pytest.raises(CalledWrongly):
            parse_url(where)

    def test_a_server_that_is_not_there_is_unavailable(self) -> None:
        """An unreachable server is one sentence, with no password in it."""
        where = "postgresql://mira:secret@127.0.0.1:9/desk"
        with pytest.raises(Unavailable, match="cannot be reached") as refused:
            Tracker.open(where)
        assert "secret" not in str(refused.value)

    def test_other_failures_are_sentences_too(self) -> None:
        """Whatever a database says becomes one sentence."""
        url = parse_url("desk.db")
        with pytest.raises(Unavailable, match=r"desk\.db"), translated(url):
            raise_from_the_driver()

    def test_who_records_must_be_printable(self, database_url: str) -> None:
        """A name that would break a line is refused."""
        with (
            Tracker.open(database_url, by="mi\nra", create=True) as log,
            pytest.raises(Refused, match="cannot say who records"),
        ):
            log.register("il-114", title="Il", lifecycle="project")


def raise_from_the_driver() -> None:
    """Fail as a query does that no table answers."""
    engine = make_engine(parse_url("/nowhere/at/all/desk.db"))
    engine.connect()


def test_the_public_names_are_there() -> None:
    """Every name that the package lists can be had, and no other."""
    for name in tracker.__all__:
        assert getattr(tracker, name) is not None
    assert set(dir(tracker)) == set(tracker.__all__)
    with pytest.raises(AttributeError):
        _ = tracker.nothing


def test_what_a_public_method_takes_and_returns_is_public() -> None:
    """Every class of the package that an annotation of the API names."""
    told = set[str]()
    for name, member in vars(Tracker).items():
        function: Any = getattr(member, "fget", getattr(member, "__func__", member))
        if not name.startswith("_") and callable(function):
            told |= {str(each) for each in inspect.unwrap(function).__annotations__.values()}
    named = {name for each in told for name in re.findall(r"\w+", each)}
    # The last are names for unions of these, and of classes of Python's own.
    unions = {"AsOf", "Axis", "Day", "KnownAt", "Sources", "Words"}
    own = {name for name in named if re.match("[A-Z]", name)} - unions
    foreign = {"Callable", "Engine", "Iterator", "None", "Self", "Sequence", "UUID"}
    assert own - foreign <= set(tracker.__all__)
    assert {"Bounds", "Course", "Standing", "Step"} <= own


class TestOneState:
    def test_what_is_recorded_meanwhile_is_seen_afterwards(self, log: Tracker) -> None:
        """Every kind of question within is about the state at its beginning."""
        with log.one_state():
            head = log.head().position
            log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
            assert phase(log) == "not-started"
            at = log.viewpoint()
            assert at.position == head
            assert len(list(log.events())) == head
            assert not list(log.replay(at))
            assert not list(log.phases(at))
            assert [each.status.phase for each in log.portfolio(at)] == ["not-started"]
        assert phase(log) == "talks"
        assert [each.phase for each in log.phases(log.viewpoint())] == ["talks"]

    def test_one_state_may_be_asked_for_within_another(self, log: Tracker) -> None:
        """It is the same, and still held when the inner one ends."""
        with log.one_state():
            with log.one_state():
                log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
            assert phase(log) == "not-started"

    def test_an_error_ends_it(self, log: Tracker) -> None:
        """And the next question is about what stands then."""
        with pytest.raises(NotFound, match="no initiative 'su-57'"), log.one_state():
            log.status("su-57")
        log.record("il-114", "talks-initiated", on="2025-12-05", source=ARTICLE)
        assert phase(log) == "talks"
