"""Invariants 5 to 8: what one more fact, its undoing, its wording or a plan may change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from tests.histories import (
    DATES,
    DEFINITIONS,
    SLUGS,
    TYPES,
    Amending,
    Recording,
    Registering,
    Reverting,
    SoFar,
    Step,
    Withdrawing,
    amendings,
    histories,
    record,
    recordings,
)
from tests.properties.support import (
    Answer,
    Bug,
    Desk,
    Pointers,
    asked,
    examples,
    fails,
    pointed_at,
    pointers,
)
from tracker.domain import commands as ask
from tracker.domain.dates import cut, parse_edtf
from tracker.domain.events import Account, Amended, Event, Recorded
from tracker.domain.evidence import Source
from tracker.domain.facts import present
from tracker.domain.ledger import FactStanding, Ledger
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.status import Status
from tracker.domain.viewpoint import Viewpoint
from tracker.projections import portfolio, projector, seeks
from tracker.projections.projector import Projector

Drawn = dict[str, st.SearchStrategy[Any]]


def known_later(at: Viewpoint, position: int) -> Viewpoint:
    return Viewpoint(at.as_of, position)


# -- 5 ---------------------------------------------------------------------------------------------

# None of them lies ahead of the first day of every history, nor is cut there.
_PAST = tuple(edtf for edtf in DATES if edtf < "2024-08" and edtf not in ("2024", "2024-04/.."))


@frozen(kw_only=True)
class Telling(Step):
    """Something is told of the fact called *name*, wherever it stands in the log."""

    name: str
    slug: str
    type: str
    on: str
    withdraws: bool = False

    def command(self, event_id: str, so_far: SoFar) -> ask.Command | None:
        """Record it, amend it or withdraw it."""
        fact = next((e for e in so_far.events if _is_called(e, self.name)), None)
        extent, sources = parse_edtf(self.on), (Source(document=self.name),)
        if fact is None:
            return ask.Record(event_id, self.slug, "occurred", self.type, extent, sources)
        if self.withdraws:
            return ask.Withdraw(event_id, fact.event_id, "a hoax")
        changes = ask.Changes(type=self.type, on=extent)
        return ask.Amend(event_id, fact.event_id, "a better source", changes)


def _is_called(event: Event, name: str) -> bool:
    return isinstance(event.what, Recorded) and event.what.account.sources[0].document == name


@st.composite
def tellings(draw: st.DrawFn) -> tuple[list[Telling], list[Telling]]:
    """What is told of up to six facts, in two orders; facts that ever share a date keep theirs."""
    told = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SLUGS[:2]),
                st.lists(
                    st.tuples(st.sampled_from(TYPES), st.sampled_from(_PAST), st.booleans()),
                    min_size=1,
                    max_size=3,
                ),
            ),
            min_size=2,
            max_size=6,
        )
    )
    facts = [
        [
            Telling(name=f"fact {n}", slug=slug, type=kind, on=on, withdraws=gone)
            for kind, on, gone in versions
        ]
        for n, (slug, versions) in enumerate(told)
    ]
    whose = [n for n, versions in enumerate(facts) for _ in versions]
    one, other = draw(st.permutations(whose)), draw(st.permutations(whose))
    return _in_order(facts, one), _in_order(facts, other)


def _in_order(facts: list[list[Telling]], whose: Sequence[int]) -> list[Telling]:
    """Each fact's tellings where its number stands, begun after those it shares a date with."""
    waiting = [list(versions) for versions in facts]
    told: list[Telling] = []

    def tell(fact: int) -> None:
        if len(waiting[fact]) == len(facts[fact]):
            for earlier in range(fact):
                if len(waiting[earlier]) == len(facts[earlier]) and _may_meet(
                    facts[earlier], facts[fact]
                ):
                    tell(earlier)
        if waiting[fact]:
            told.append(waiting[fact].pop(0))

    for fact in whose:
        tell(fact)
    for versions in waiting:
        told += versions
    return told


def _may_meet(one: list[Telling], other: list[Telling]) -> bool:
    dates = [{_days(telling) for telling in versions} for versions in (one, other)]
    return one[0].slug == other[0].slug and bool(dates[0] & dates[1])


def _days(telling: Telling) -> tuple[object, object]:
    extent = parse_edtf(telling.on)
    return (extent.lo, extent.hi)


FIVE: Drawn = {"orders": tellings(), "where": pointers(6)}


def invariant_5(desk: Desk, orders: tuple[list[Telling], list[Telling]], where: Pointers) -> None:
    first = [Registering(slug=s, lifecycle=n) for s, n in zip(SLUGS, DEFINITIONS, strict=False)]
    gists = []
    for number, order in enumerate(orders):
        database = desk.database(number)
        history = record(database.engine, [*first, *order])
        days = {at.as_of for at in pointed_at(record(database.engine, []), where)}
        with database.asking() as connection:
            gists.append([_gist(connection, Viewpoint(d, len(history))) for d in sorted(days)])
    assert gists[0] == gists[1]


def _gist(connection: Connection, at: Viewpoint) -> dict[str, tuple[object, ...]]:
    """What is said, without the places that it has in the log."""
    return {
        slug: (
            answer.status.compared,
            [(f.source, f.type, f.on, f.effect, f.phase) for f in answer.developments],
            sorted(finding.kind for finding in answer.findings),
        )
        for slug, answer in asked(connection, at).items()
    }


@given(**FIVE)
@examples(20)
def test_invariant_5(
    desk: Desk, orders: tuple[list[Telling], list[Telling]], where: Pointers
) -> None:
    """The order of recording of independent facts does not matter, given the facts' order."""
    invariant_5(desk, orders, where)


def what_was_recorded_last_decides(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "LATEST", "f.fact DESC, f.hi DESC, f.lo DESC, f.rank DESC")


def what_was_told_last_decides(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(seeks, "LATEST", "f.k_from DESC, f.hi DESC, f.lo DESC, f.rank DESC")


def ranks_go_by_the_versions_position(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        bug.setattr(projector, "packed", lambda first, later: row["position"] << 20 | later)
        right(self, row)

    bug.setattr(Projector, "_put", wrong)


@pytest.mark.parametrize(
    "seeded",
    [
        what_was_recorded_last_decides,
        what_was_told_last_decides,
        ranks_go_by_the_versions_position,
    ],
)
def test_an_order_of_recording_breaks_invariant_5(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """The order of recording shows in an answer, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_5(sqlite_desk, **drawn), FIVE)


# -- 6 ---------------------------------------------------------------------------------------------

SIX: Drawn = {
    "steps": histories(),
    "new": recordings.map(lambda step: evolve(step, mode="occurred")),
    "where": pointers(6),
}


def invariant_6(desk: Desk, steps: list[Step], new: Recording, where: Pointers) -> None:
    database = desk.database()
    known = len(record(database.engine, steps))
    history = record(database.engine, [new])
    assume(len(history) == known + 1)
    added = history[-1]
    assert isinstance(added.what, Recorded)
    extent, slug = added.what.account.on, str(added.initiative)
    with database.asking() as connection:
        for at in pointed_at(history, where):
            before = asked(connection, known_later(at, known))
            after = asked(connection, known_later(at, known + 1))
            was, now = before.pop(slug).status, after.pop(slug).status
            assert after == before
            if at.as_of < extent.hi:
                assert _sure(now) == _sure(was)
            if at.as_of < extent.lo:
                assert now == was


def _sure(status: Status) -> tuple[object, ...]:
    return (status.phase, status.condition, status.outcome, status.basis, status.since)


@given(**SIX)
@examples(25)
def test_invariant_6(desk: Desk, steps: list[Step], new: Recording, where: Pointers) -> None:
    """A new fact changes no other initiative, no phase before its hi, no possible set before lo."""
    invariant_6(desk, steps, new, where)


def anyones_facts_count(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        right(self, {**row, "initiative": SLUGS[0]})

    bug.setattr(Projector, "_put", wrong)


def a_date_counts_from_its_first_day(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        right(self, {**row, "hi": row["lo"]})

    bug.setattr(Projector, "_put", wrong)


def a_date_counts_from_the_first_of_its_year(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        right(self, {**row, "lo": row["lo"][:4] + "-01-01"})

    bug.setattr(Projector, "_put", wrong)


@pytest.mark.parametrize(
    "seeded",
    [
        anyones_facts_count,
        a_date_counts_from_its_first_day,
        a_date_counts_from_the_first_of_its_year,
    ],
)
def test_a_fact_out_of_place_breaks_invariant_6(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """A new fact shows where or when it should not, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_6(sqlite_desk, **drawn), SIX)


# -- 7 ---------------------------------------------------------------------------------------------

UNDONE: Drawn = {"steps": histories(), "new": recordings, "where": pointers(4)}
CORRECTED: Drawn = {"steps": histories(), "correction": amendings, "where": pointers(4)}
REWORDED: Drawn = {
    "steps": histories(),
    "fact": st.integers(0, 11),
    "days": st.sampled_from((0, 30, 200, 700)),
    "where": pointers(4),
}


def _same_before_and_after(
    desk: Desk, known: int, history: Sequence[Event], where: Pointers
) -> None:
    with desk.opened().asking() as connection:
        for at in pointed_at(history, where):
            before = asked(connection, known_later(at, known))
            after = asked(connection, known_later(at, len(history)))
            assert _said(after) == _said(before)


def _said(answers: dict[str, Answer]) -> dict[str, Answer]:
    """Answers without the positions of the versions that give them."""

    def unplaced(version: Any) -> Any:
        return version and evolve(version, position=0)

    return {
        slug: evolve(
            answer,
            developments=tuple(map(unplaced, answer.developments)),
            plans=tuple(map(unplaced, answer.plans)),
            status=evolve(
                answer.status,
                deciding=unplaced(answer.status.deciding),
                deciding_condition=unplaced(answer.status.deciding_condition),
            ),
        )
        for slug, answer in answers.items()
    }


def record_and_withdraw(desk: Desk, steps: list[Step], new: Recording, where: Pointers) -> None:
    engine = desk.database().engine
    known = len(record(engine, steps))
    history = record(engine, [new])
    assume(len(history) == known + 1)
    facts = [event for event in history if isinstance(event.what, Recorded)]
    history = record(engine, [Withdrawing(fact=len(facts) - 1)])
    assert len(history) == known + 2
    _same_before_and_after(desk, known, history, where)


def amend_and_amend_back(
    desk: Desk, steps: list[Step], correction: Amending, where: Pointers
) -> None:
    engine = desk.database().engine
    history = record(engine, steps)
    known = len(history)
    fact = SoFar(history).fact(correction.fact)
    assume(fact is not None and fact.position in present(history, known))
    assert fact is not None
    versions = len(SoFar(history).versions(fact))
    assume(len(record(engine, [correction])) == known + 1)
    number = [e for e in history if isinstance(e.what, Recorded)].index(fact)
    history = record(engine, [Reverting(fact=number, version=versions - 1)])
    assert len(history) == known + 2, "an amendment that was granted can be taken back"
    _same_before_and_after(desk, known, history, where)


def amend_the_wording(desk: Desk, steps: list[Step], fact: int, days: int, where: Pointers) -> None:
    engine = desk.database().engine
    history = record(engine, steps)
    known = len(history)
    found = SoFar(history).fact(fact)
    assume(found is not None and found.position in present(history, known))
    assert found is not None
    standing = next(a for k, (_, _, a) in present(history, known).items() if k == found.position)
    history = record(engine, [Amending(fact=fact, note="in other words", days=days)])
    retired = _is_retired(desk, str(found.initiative), known)
    assert len(history) == (known if retired else known + 1), standing
    _same_before_and_after(desk, known, history, where)


def _is_retired(desk: Desk, slug: str, position: int) -> bool:
    with desk.opened().asking() as connection:
        known = portfolio.known(connection, slug, position)
    return known is not None and known.retired is not None


@given(**UNDONE)
@examples(25)
def test_invariant_7_record_and_withdraw(
    desk: Desk, steps: list[Step], new: Recording, where: Pointers
) -> None:
    """Record + withdraw = nothing."""
    record_and_withdraw(desk, steps, new, where)


@given(**CORRECTED)
@examples(25)
def test_invariant_7_amend_and_amend_back(
    desk: Desk, steps: list[Step], correction: Amending, where: Pointers
) -> None:
    """Amend + amend back = nothing."""
    amend_and_amend_back(desk, steps, correction, where)


@given(**REWORDED)
@examples(25)
def test_invariant_7_amend_the_wording(
    desk: Desk, steps: list[Step], fact: int, days: int, where: Pointers
) -> None:
    """An amendment of the wording changes no status, whenever it is made, and is never refused."""
    amend_the_wording(desk, steps, fact, days, where)


def test_an_order_that_lapsed_keeps_nobody_from_correcting_a_fact(sqlite_desk: Desk) -> None:
    """What a fact refers to may have been withdrawn or dated anew; it is corrected all the same."""
    for lapse in (Withdrawing(fact=0), Amending(fact=0, on="2024-05-01")):
        steps = [
            Registering(slug="il-1", lifecycle="road"),
            Recording(slug="il-1", type="begun", on="2024-03-10"),
            Recording(slug="il-1", type="agreed", after=0, contradicts=0),
            lapse,
            Amending(fact=1, note="in other words"),
            Amending(fact=1, on="2024-07-15"),
            Reverting(fact=1, version=0),
        ]
        assert len(record(sqlite_desk.database().engine, steps)) == len(steps) + 1


def test_an_order_never_turns_in_a_circle_when_a_fact_is_brought_back(sqlite_desk: Desk) -> None:
    """While it was withdrawn, those behind it were put before it: its old order is refused."""
    steps = [
        Registering(slug="il-1", lifecycle="road"),
        Recording(slug="il-1", type="begun", on="2024-03-10"),
        Recording(slug="il-1", type="agreed", after=0),
        Recording(slug="il-1", type="opened", after=1),
        Withdrawing(fact=1),
        Amending(fact=0, after=2),
    ]
    database = sqlite_desk.database()
    known = len(record(database.engine, steps))
    assert known == len(steps) + 1
    assert len(record(database.engine, [Reverting(fact=1)])) == known


def test_a_type_whose_word_came_to_mean_another_stays(sqlite_desk: Desk) -> None:
    """A correction of the wording never takes up what a changed lifecycle calls by that word."""
    changed = DEFINITIONS["road"][1]
    renamed = evolve(
        changed,
        developments=tuple(
            evolve(each, aliases=("opened",)) if each.type == "tested" else each
            for each in changed.developments
        ),
    )
    engine = sqlite_desk.database().engine
    steps = [
        Registering(slug="il-1", lifecycle="road"),
        Recording(slug="il-1", type="opened", on="2024-03-10"),
        _AdoptingThis(definition=renamed),
        Amending(fact=0, note="in other words"),
    ]
    last = record(engine, steps)[-1].what
    assert isinstance(last, Amended)
    assert last.account.type == "opened"


@frozen(kw_only=True)
class _AdoptingThis(Step):
    definition: Lifecycle

    def command(self, event_id: str, so_far: SoFar) -> ask.Command:
        return ask.Adopt(event_id, self.definition)


def dates_are_cut_again(bug: pytest.MonkeyPatch) -> None:
    def wrong(account: Account, fact: FactStanding, ledger: Ledger, at: Any) -> Account:
        return (
            evolve(account, on=cut(parse_edtf(account.on.edtf), at)) if _cut(account) else account
        )

    def _cut(account: Account) -> bool:
        return account.mode == "occurred" and account.on.edtf != "../.."

    bug.setattr("tracker.domain.decide.dated_again", wrong)


def withdrawals_of_the_last_fact_are_forgotten(bug: pytest.MonkeyPatch) -> None:
    bug.setattr(Projector, "_withdrawn", lambda self, row: None)


def amendments_begin_another_fact(bug: pytest.MonkeyPatch) -> None:
    """The order of an amended fact goes by its new version."""
    ranks_go_by_the_versions_position(bug)


@pytest.mark.parametrize("seeded", [dates_are_cut_again, amendments_begin_another_fact])
def test_an_amendment_that_moves_breaks_invariant_7(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """A corrected typo changes a status, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: amend_the_wording(sqlite_desk, **drawn), REWORDED)


@pytest.mark.parametrize("seeded", [amendments_begin_another_fact])
def test_a_trace_of_an_amendment_breaks_invariant_7(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """An amendment that was taken back has left a trace, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: amend_and_amend_back(sqlite_desk, **drawn), CORRECTED)


@pytest.mark.parametrize("seeded", [withdrawals_of_the_last_fact_are_forgotten])
def test_a_trace_of_a_withdrawal_breaks_invariant_7(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """A withdrawn fact has left a trace, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: record_and_withdraw(sqlite_desk, **drawn), UNDONE)


# -- 8 ---------------------------------------------------------------------------------------------

EIGHT: Drawn = {
    "steps": histories(),
    "plan": recordings.map(lambda step: evolve(step, mode="planned", after=None)),
    "on": st.sampled_from(DATES),
    "where": pointers(4),
}


def invariant_8(desk: Desk, steps: list[Step], plan: Recording, on: str, where: Pointers) -> None:
    database = desk.database()
    known = len(record(database.engine, steps))
    history = record(database.engine, [plan])
    assume(len(history) == known + 1)
    number = sum(isinstance(event.what, Recorded) for event in history) - 1
    history = record(database.engine, [Amending(fact=number, on=on), Withdrawing(fact=number)])
    with database.asking() as connection:
        for at in pointed_at(history, where):
            before = asked(connection, known_later(at, known))
            for position in range(known + 1, len(history) + 1):
                after = asked(connection, known_later(at, position))
                assert _statuses(after) == _statuses(before)


def _statuses(answers: dict[str, Answer]) -> dict[str, tuple[object, ...]]:
    return {slug: (answer.status, answer.developments) for slug, answer in answers.items()}


@given(**EIGHT)
@examples(25)
def test_invariant_8(
    desk: Desk, steps: list[Step], plan: Recording, on: str, where: Pointers
) -> None:
    """Plans leave status unchanged, whatever they say and however they are corrected."""
    invariant_8(desk, steps, plan, on, where)


def plans_come_true_by_themselves(bug: pytest.MonkeyPatch) -> None:
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        right(self, {**row, "mode": "occurred"})

    bug.setattr(Projector, "_put", wrong)


def plans_are_heard_of(bug: pytest.MonkeyPatch) -> None:
    """A plan counts as something heard, so that it ends a dormancy."""
    right = Projector._put

    def wrong(self: Projector, row: Any) -> None:
        right(self, {**row, "mode": "occurred", "type": "commented"} if _is_plan(row) else row)

    bug.setattr(Projector, "_put", wrong)


def _is_plan(row: Any) -> bool:
    return bool(row["mode"] == "planned")


@pytest.mark.parametrize("seeded", [plans_come_true_by_themselves, plans_are_heard_of])
def test_a_plan_that_counts_breaks_invariant_8(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, seeded: Bug
) -> None:
    """A plan changes a status, and the property notices."""
    seeded(monkeypatch)
    assert fails(lambda **drawn: invariant_8(sqlite_desk, **drawn), EIGHT)
