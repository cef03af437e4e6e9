"""``diff``: what changed between two viewpoints, along each axis, and why."""

from __future__ import annotations

import csv
import io

import pytest
from freezegun import freeze_time

from tests.cli.asking_story import NOW, answered, ask, tell
from tests.schemas import validate, validate_lines
from tracker import Tracker

KNOWN = "known at 2026-01-15T09:04:00Z (@14, root 00000000)"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("diff") / "desk.db")
    tell(path)
    return path


def test_along_the_world_it_says_what_happened(db: str) -> None:
    """The default axis, with all that is known now."""
    assert (
        answered(db, "diff", "2025-10-01", "2025-12-31")
        == f"""\
initiative  before → after              because
il-114      not-started → talks         happened: talks-initiated on 2025-12-04 (il-114#2)
sj-100      not-started? → memorandum?  happened: mou-signed on 2025-10 (sj-100#2)

2 initiatives changed from 2025-10-01 to 2025-12-31, {KNOWN}
"""
    )


def test_along_knowledge_it_says_what_was_learned_and_corrected(db: str) -> None:
    """With the reason; what differs is told where the phase does not."""
    assert (
        answered(db, "diff", "@9", "@14", "--axis", "knowledge")
        == """\
initiative  before → after                        because
il-114      talks, since 2025-12-05 → 2025-12-04  corrected: talks-initiated on 2025-12-04 \
(il-114#2), @10 of 2026-01-15: the day of the dispatch
sj-100      memorandum → feasibility?             learned: feasibility-study-underway on \
2025-10/2026-02 (sj-100#3), @14 of 2026-01-15

2 initiatives changed in what is known from @9, root 00000000, to @14, \
root 00000000, as of 2026-03-01
"""
    )


def test_as_reported_both_times_move(db: str) -> None:
    """What was said on one day, and what on the other."""
    assert (
        answered(db, "diff", "2025-12-09", "2026-01-15", "--axis", "reported")
        == """\
initiative  before → after             because
eaeu-fta    not listed → not-started   registered, @7 of 2025-12-10
il-114      not listed → talks         registered, @2 of 2025-12-10
sj-100      not listed → feasibility?  registered, @4 of 2025-12-10

3 initiatives changed from 2025-12-09 to 2026-01-15 as reported on each (known @0, \
root 00000000, to @14, root 00000000)
"""
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("@11", "@12"), "withdrawn: what was on 2025-12-20 (il-114#4), @12 of 2026-01-15: the "),
        (("@8", "@9"), "dup         not-started → not listed  retired, @9 of 2025-12-10: the same"),
    ],
)
def test_every_cause_has_its_words(db: str, words: tuple[str, ...], told: str) -> None:
    assert told in answered(db, "diff", *words, "--axis", "knowledge")


def test_time_alone_can_be_the_cause(db: str) -> None:
    """Dormancy comes with silence; told backwards it goes."""
    forwards = answered(db, "diff", "2026-03-01", "2028-01-01", "--party", "UAC")
    assert "talks → talks, dormant (inferred)  lapsed: nothing was heard, so that" in forwards
    backwards = answered(db, "diff", "2028-01-01", "2026-03-01", "--party", "UAC")
    assert "talks, dormant (inferred) → talks  revived: " in backwards
    assert backwards.endswith(", told backwards\n")


def test_from_after_to_is_marked_reversed(db: str) -> None:
    """Before and after change places, and the envelope says so."""
    forwards = validate(answered(db, "diff", "2025-10-01", "2025-12-31", "--json"))
    backwards = validate(answered(db, "diff", "2025-12-31", "2025-10-01", "--json"))
    assert (forwards["reversed"], backwards["reversed"]) == (False, True)
    assert (forwards["from"], forwards["viewpoint"]) == (
        backwards["viewpoint"],
        backwards["from"],
    )
    assert [(i["before"], i["after"]) for i in forwards["items"]] == [
        (i["after"], i["before"]) for i in backwards["items"]
    ]


@pytest.mark.parametrize("axis", ["world", "knowledge", "reported"])
def test_the_same_viewpoint_twice_has_no_difference(db: str, axis: str) -> None:
    """And exits with 0, asked or not."""
    words = ("diff", "2026-01-15", "2026-01-15", "--axis", axis, "--exit-code")
    assert "Nothing changed" in answered(db, *words)
    assert validate(answered(db, *words, "--json"))["items"] == []


def test_the_exit_code_tells_a_difference_only_if_asked(db: str) -> None:
    assert ask(db, "diff", "2025-10-01", "2025-12-31", "--exit-code").exit_code == 1
    assert ask(db, "diff", "2025-10-01", "2025-12-31").exit_code == 0


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (("--party", "UAC"), "il-114"),
        (("--phase", "talks"), "il-114"),
        (("--phase", "not-started"), "il-114 sj-100"),
        (("--uncertain",), "sj-100"),
        (("--sector", "aviation", "--tag", "summit"), "il-114"),
    ],
)
def test_filters_keep_what_fits_at_either_end(
    db: str, filters: tuple[str, ...], found: str
) -> None:
    told = validate(answered(db, "diff", "2025-10-01", "2025-12-31", *filters, "--json"))
    assert [item["initiative"] for item in told["items"]] == found.split()


def test_a_filter_value_of_one_end_exists(db: str) -> None:
    """Nothing was registered at @0, and a party of today's is a party all the same."""
    told = answered(db, "diff", "@0", "@14", "--axis", "knowledge", "--party", "UAC")
    assert "il-114      not listed → talks" in told


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("2025-10-01",), 2, "TO"),
        (("2025-10-01", "2025-12-31", "--axis", "wold"), 2, "wold"),
        (("2025-10-01", "2025-12-31", "--as-of", "2025"), 2, "--as-of goes with --axis knowledge"),
        (("@1", "@2", "--axis", "knowledge", "--known-at", "@2"), 2, "--known-at goes with"),
        (("2025-10-01", "2025-12-31", "--party", "HAK"), 2, "did you mean HAL?"),
        (("@1", "@99", "--axis", "knowledge"), 3, "only 14 events"),
        (("2025-10-01", "2025-12-31", "--known-at", "2026-03-02"), 5, "still to come"),
        (("2025-13-01", "2025-12-31"), 5, "2025-13-01"),
        (("2025-12-01", "2026-03-02", "--axis", "reported"), 5, "still to come"),
    ],
)
def test_what_cannot_be_compared_says_why(
    db: str, words: tuple[str, ...], code: int, said: str
) -> None:
    done = ask(db, "diff", *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("2025-10-01", "2028-12-31"),
        ("2025-10-01", "2025-12-31", "--known-at", "@5"),
        ("@0", "@14", "--axis", "knowledge", "--as-of", "2025-12-31"),
        ("@9", "today", "--axis", "knowledge"),
        ("2025-12-09", "2026-01-15", "--axis", "reported"),
    ],
)
def test_every_format_has_the_same_answer(db: str, words: tuple[str, ...]) -> None:
    """JSON as its schema says, a line an item, a row an item."""
    told = validate(answered(db, "diff", *words, "--json"))
    assert (
        validate_lines(answered(db, "diff", *words, "--format", "jsonl"), "diff") == told["items"]
    )
    rows = list(csv.DictReader(io.StringIO(answered(db, "diff", *words, "--format", "csv"))))
    slugs = [item["initiative"] for item in told["items"]]
    assert [row["initiative"] for row in rows] == slugs
    markdown = answered(db, "diff", *words, "--format", "markdown")
    assert all(f"| {slug} |" in markdown for slug in slugs)


def test_after_takes_the_place_of_before(db: str) -> None:
    """Each end of a change is the status at that viewpoint."""
    told = validate(answered(db, "diff", "2025-10-01", "2025-12-31", "--json"))
    with freeze_time(NOW), Tracker.open(db) as log:
        for item in told["items"]:
            for end, day in (("before", "2025-10-01"), ("after", "2025-12-31")):
                standing = log.status(item["initiative"], as_of=day).standing
                assert item[end]["phase"] == standing.status.phase
                assert item[end]["since"] == standing.status.since


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["diff", "@1", "@2"],
            "'@1' is a position and no date; positions go with --axis",
        ),
        (["diff", "2025", "@2", "--axis", "reported"], "positions go with --axis knowledge"),
        (["status", "--known-at", "@"], "write an instant, a day, or a position such as @17"),
        (["status", "--known-at", "@-1"], "write an instant, a day, or a position such as @17"),
        (["status", "--known-at", "foo"], "or a day like 2025-12-05"),
    ],
)
def test_advice_is_of_what_can_be_written_there(db: str, words: list[str], said: str) -> None:
    """A position, an instant or a date, and no interval where none is taken."""
    done = ask(db, *words)
    assert (done.exit_code, done.stdout) == (5, "")
    assert said in done.stderr
    assert "/2026" not in done.stderr
