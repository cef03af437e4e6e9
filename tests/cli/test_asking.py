"""``status``, ``show``, ``history`` and ``why``: what they say of one small log, to the letter."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from freezegun import freeze_time

from tests.cli.asking_story import NOW, WIRE, answered, ask, on_terminal, tell
from tests.schemas import validate, validate_lines
from tracker import Source, Tracker
from tracker.domain.merkle import leaf_hash, verify_inclusion

VIEW = "as of 2026-03-01, known at 2026-01-15T09:04:00Z (@14, root 00000000)"
ONE_OF_EACH = (
    ("status",),
    ("status", "dup", "il-114"),
    ("status", "--as-reported", "2025-12-09"),
    ("show", "il-114"),
    ("show", "dup"),
    ("history", "il-114"),
    ("history", "eaeu-fta"),
    ("why", "sj-100"),
    ("why", "eaeu-fta"),
)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("asking") / "desk.db")
    tell(path)
    return path


# --- status ----------------------------------------------------------------------------------


def test_status_says_where_all_initiatives_stand(db: str) -> None:
    """A line an initiative, the retired left out, and the viewpoint named."""
    assert (
        answered(db, "status")
        == f"""\
initiative  phase         condition  since            last heard       next due    title
eaeu-fta    not-started   active                                                   \
Free trade agreement
il-114      talks         active     2025-12-04       2025-12-04       2027-12-31  \
Il-114-300 regional aircraft
sj-100      feasibility?  active     2025-10/2026-02  2025-10/2026-02              SJ-100 jet

3 initiatives, {VIEW}
"""
    )


def test_the_status_of_one_says_whose_word_it_rests_on(db: str) -> None:
    """Named by a prefix; its sources, grades and findings stand below."""
    assert (
        answered(db, "status", "il")
        == f"""\
initiative  phase  condition  since       last heard  next due    title
il-114      talks  active     2025-12-04  2025-12-04  2027-12-31  Il-114-300 regional aircraft

1 initiative, {VIEW}

Il-114-300 regional aircraft
Decided by: talks-initiated on 2025-12-04 (il-114#2)
  Example Wire: India and Russia discuss building the Il-114 [B2: usually reliable, probably true]
  “The sides have begun to discuss it.”
  https://example.org/il-114
! talks-initiated of 2025-12-04 rests on a single unconfirmed source (il-114#2)
"""
    )


def test_what_is_uncertain_is_said_to_be(db: str) -> None:
    """A question mark at the phase, and what else the dates leave possible."""
    text = answered(db, "status", "sj")
    assert "feasibility?" in text
    assert "Possible, as far as the dates say: phase feasibility or memorandum\n" in text
    item = validate(answered(db, "status", "sj", "--json"))["items"][0]
    assert (item["certain"], item["possible"]) == (False, ["feasibility", "memorandum"])


def test_what_is_dormant_is_said_to_be_inferred(db: str) -> None:
    """Counted from the as-of date, and never from today."""
    later = answered(db, "status", "--as-of", "2027-12-05", "--dormant")
    assert "il-114      talks  dormant (inferred)  2027-12-05  2025-12-04" in later
    assert "1 initiative," in later


def test_a_retired_initiative_says_where_it_went(db: str) -> None:
    """Left out of lists, answered for by name."""
    for words in (("status", "dup"), ("show", "dup"), ("history", "dup"), ("why", "dup")):
        assert "the same as il-114 (now il-114)" in answered(db, *words)
    item = validate(answered(db, "status", "dup", "--json"))["items"][0]
    assert item["retired"] == {"reason": "the same as il-114", "merged_into": "il-114"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "eaeu-fta il-114 sj-100"),
        (("--phase", "talks"), "il-114"),
        (("--party", "hal"), "il-114 sj-100"),
        (("--party", "HAL", "--uncertain"), "sj-100"),
        (("--tag", "summit", "--sector", "aviation"), "il-114"),
        (
            ("--lifecycle", "trade-agreement", "--lifecycle", "co-production"),
            "eaeu-fta il-114 sj-100",
        ),
        (("--condition", "ended"), ""),
        (("sj", "il", "sj", "--party", "HAL"), "sj-100 il-114"),
        (("eaeu", "il", "--party", "HAL"), "il-114"),
        (("--sort", "since"), "il-114 sj-100 eaeu-fta"),
        (("--sort", "-since"), "sj-100 il-114 eaeu-fta"),
        (("--sort", "-next_due"), "il-114 eaeu-fta sj-100"),
        (("--sort", "phase"), "eaeu-fta il-114 sj-100"),
        (("--sort", "-title"), "sj-100 il-114 eaeu-fta"),
        (("--sort", "certain"), "sj-100 eaeu-fta il-114"),
    ],
)
def test_initiatives_are_filtered_and_sorted(db: str, options: tuple[str, ...], found: str) -> None:
    """Filters and names both apply; what has no value comes last, upwards and downwards."""
    items = validate(answered(db, "status", *options, "--json"))["items"]
    assert [item["initiative"] for item in items] == found.split()


def test_nothing_found_is_a_sentence(db: str) -> None:
    """And still an answer."""
    assert answered(db, "status", "--condition", "ended") == (
        f"No initiative fits these filters, {VIEW}.\n"
    )
    assert answered(db, "status", "--known-at", "@0") == (
        "No initiative was tracked, as of 2026-03-01, known at @0, root 00000000.\n"
    )
    assert validate(answered(db, "status", "--known-at", "@0", "--json"))["items"] == []


# --- viewpoints ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "viewpoint"),
    [
        ((), ("2026-03-01", "2026-01-15T09:04:00.000000Z", 14)),
        (("--as-of", "2025-12"), ("2025-12-31", "2026-01-15T09:04:00.000000Z", 14)),
        (("--known-at", "2025-12-10"), ("2026-03-01", "2025-12-10T23:59:59.999999Z", 9)),
        (("--known-at", "2025-12-10T09:01:00Z"), ("2026-03-01", "2025-12-10T09:01:00.000000Z", 3)),
        (("--known-at", "today"), ("2026-03-01", "2026-01-15T09:04:00.000000Z", 14)),
        (("--known-at", "@7"), ("2026-03-01", None, 7)),
        (("--as-reported", "2025-12-31"), ("2025-12-31", "2025-12-31T23:59:59.999999Z", 9)),
    ],
)
def test_the_viewpoint_is_in_the_answer(
    db: str, options: tuple[str, ...], viewpoint: tuple[str, str | None, int]
) -> None:
    """The day, the instant as it was asked for, the position, and the root of that position."""
    given = validate(answered(db, "status", *options, "--json"))["viewpoint"]
    assert (given["as_of"], given["known_at"], given["position"]) == viewpoint
    with Tracker.open(db) as log:
        assert given["root"] == log.root(given["position"]).hex()


def test_an_answer_is_what_was_known_then(db: str) -> None:
    """The correction of January is not in the answer of December."""
    old = validate(answered(db, "show", "il-114", "--as-reported", "2025-12-31", "--json"))
    (item,) = old["items"]
    assert item["since"] == "2025-12-05"
    assert [each["state"] for each in item["developments"]] == ["current"]
    assert item["plans"] == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("status", "s", "--format", "xml"), 2, "xml"),
        (("status", "--sort", "sinse"), 2, "Did you mean 'since'?"),
        (("status", "--sort", "zzz"), 2, "It sorts by initiative, title"),
        (("status", "--party", "HAK"), 2, "did you mean HAL?"),
        (("status", "il", "--phase", "talk"), 2, "talks"),
        (("status", "--as-of", "2025", "--as-reported", "2025"), 2, "leave out --as-of"),
        (("show", ""), 3, "there is no initiative ''"),
        (("show", "il-14"), 3, "did you mean il-114"),
        (("status", "il-114", "--known-at", "@1"), 3, "was not registered yet at @1"),
        (("why", "il-114", "--as-reported", "2025-12-09"), 3, "was not registered yet at @0"),
        (("status", "--known-at", "@99"), 3, "the log has only 14 events"),
        (("history", "il", "--known-at", "2026-03-02"), 5, "still to come"),
        (("status", "--known-at", "@99999999999999999999"), 3, "there is no position @9999"),
        (("log", "--since", "@99999999999999999999"), 3, "there is no position @9999"),
        (("status", "--as-of", "03/04/2025"), 5, "two ways"),
        (("status", "--as-of", "2025-02-30"), 5, "2025-02-30"),
    ],
)
def test_what_cannot_be_answered_says_why(
    db: str, words: tuple[str, ...], code: int, told: str
) -> None:
    """By the exit code, in one sentence, with nothing on standard output."""
    done = ask(db, *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert told in done.stderr


def test_a_prefix_of_several_is_refused(tmp_path: Path) -> None:
    """With those that it may mean."""
    path = str(tmp_path / "desk.db")
    with freeze_time(NOW), Tracker.open(path, by="desk", create=True) as log:
        for slug in ("il-114", "il-96"):
            log.register(slug, title=slug, lifecycle="co-production")
    done = ask(path, "show", "il")
    assert done.exit_code == 2
    assert "il-114, il-96" in done.stderr


@pytest.mark.parametrize("words", [("status",), ("show", "x"), ("history", "x"), ("why", "x")])
def test_a_log_that_is_not_there_says_how_to_begin(tmp_path: Path, words: tuple[str, ...]) -> None:
    """And is not made by asking."""
    done = ask(tmp_path / "none.db", *words)
    assert done.exit_code == 3
    assert "tracker register" in done.stderr
    assert not (tmp_path / "none.db").exists()


# --- formats ---------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ONE_OF_EACH)
def test_json_is_as_its_schema_says(db: str, words: tuple[str, ...]) -> None:
    """The envelope and, line by line, its items; every field of the contract is there."""
    items = validate(answered(db, *words, "--json"))["items"]
    assert validate_lines(answered(db, *words, "--format", "jsonl"), words[0]) == items


@pytest.mark.parametrize("words", ONE_OF_EACH)
def test_csv_has_a_row_an_item(db: str, words: tuple[str, ...]) -> None:
    """Under names that do not depend on what was found."""
    items = validate(answered(db, *words, "--json"))["items"]
    rows = list(csv.DictReader(io.StringIO(answered(db, *words, "--format", "csv"))))
    assert len(rows) == len(items)
    for row, item in zip(rows, items, strict=True):
        for field in ("initiative", "fact", "phase", "type"):
            assert row.get(field, "") == (item.get(field) or "")


def test_markdown_is_tables(db: str) -> None:
    """One for a list; of a card one for each part."""
    table = answered(db, "status", "--format", "markdown")
    assert table.startswith("| initiative | phase |")
    assert "| il-114 | talks |" in table
    card = answered(db, "show", "il-114", "--format", "markdown")
    assert [line for line in card.splitlines() if line.startswith("#")] == [
        "## il-114",
        "## Developments",
        "## Plans",
        "## Findings",
    ]
    assert card.endswith(f"\n{VIEW}\n")


# --- history ---------------------------------------------------------------------------------


def test_history_tells_every_version(db: str) -> None:
    """What was said first stands beside what took its place; plans where they are due."""
    head, *rows, blank, caption = answered(db, "history", "il-114").splitlines()
    assert [" | ".join(re.split(r"\s{2,}", row)) for row in (head, *rows)] == [
        "fact | at | on | type | effect | state | recorded | source | remarks",
        (
            "il-114#2 | @10 | 2025-12-04 | talks-initiated | talks | current | 2026-01-15 | "
            "Example Wire [B2] | corrected: the day of the dispatch; changed: date (was 2025-12-05)"
        ),
        (
            "il-114#2 | @3 | 2025-12-05 | talks-initiated | talks | amended | 2025-12-10"
            " | Example Wire [B2]"
        ),
        (
            "il-114#4 | @11 | 2025-12-20 | mou-signed | memorandum | withdrawn | 2026-01-15"
            " | A blog | withdrawn: the blog took it back"
        ),
        "il-114#6 | @13 | ../2027 | plan: contract-signed | current | 2026-01-15 | Statement, 12",
    ]
    assert (blank, caption) == ("", f"il-114: 4 versions, {VIEW}")


def test_a_version_that_was_withdrawn_stays_so_when_the_fact_comes_back(tmp_path: Path) -> None:
    """A false report stays visibly withdrawn, with the reason, whatever is said of it later."""
    path = str(tmp_path / "desk.db")
    tell(path)
    back = ask(path, "amend", "il-114#4", "--revert-to", "@11", "--reason", "confirmed")
    assert back.exit_code == 0
    assert "the fact had been withdrawn, and stands again with this\n" in back.stderr
    again = ask(path, "amend", "il-114#4", "--grade", "B2", "--reason", "a grade")
    assert "withdrawn" not in again.stderr
    told = validate(answered(path, "history", "il-114", "--axis", "knowledge", "--json"))
    assert [
        (item["position"], item["state"], item["reason"], item["ended_because"])
        for item in told["items"]
        if item["fact"] == "il-114#4"
    ] == [
        (11, "withdrawn", None, "the blog took it back"),
        (15, "amended", "confirmed", None),
        (16, "current", "a grade", None),
    ]
    card = answered(path, "show", "il-114")
    assert "    Withdrawn     the blog took it back\n" in card
    assert "    Corrected     confirmed\n" in card


def test_what_a_correction_changed_is_told_with_what_was_there(tmp_path: Path) -> None:
    """Of every field, against the version before it, though that one was withdrawn."""
    path = str(tmp_path / "desk.db")
    tell(path)
    words = ("--type", "feasibility-study-underway", "--on", "", "--source", "https://example.org/2",
             "--stated-by", "a minister", "--note", "told twice")  # fmt: skip
    assert ask(path, "amend", "il-114#6", *words, "--reason", "another plan").exit_code == 0
    assert ask(path, "amend", "il-114#6", "--on", "2027", "--reason", "a year").exit_code == 0
    assert ask(path, "withdraw", "il-114#6", "--reason", "no plan").exit_code == 0
    assert ask(path, "amend", "il-114#6", "--note", "", "--reason", "it was").exit_code == 0
    told = validate(answered(path, "history", "il-114", "--axis", "knowledge", "--json"))
    first, *later = [item for item in told["items"] if item["fact"] == "il-114#6"]
    assert first["changed"] == []
    assert later[0]["changed"] == [
        {"field": name, "before": first[name]}
        for name in ("type", "on", "sources", "stated_by", "note")
    ]
    assert [item["changed"] for item in later[1:]] == [
        [{"field": "on", "before": None}],
        [{"field": "note", "before": "told twice"}],
    ]
    shown = answered(path, "history", "il-114")
    assert "changed: type (was contract-signed), date (was ../2027), source 1 (url, doc" in shown
    assert "corrected: a year; changed: date (was open)" in shown
    card = answered(path, "show", "il-114")
    assert "    Changed       date (was 2025-12-05)\n" in card


def test_history_along_the_knowledge_axis_is_as_it_was_learned(db: str) -> None:
    """In the order of positions."""
    told = validate(answered(db, "history", "il-114", "--axis", "knowledge", "--json"))
    assert (told["axis"], told["initiative"]) == ("knowledge", "il-114")
    assert [item["position"] for item in told["items"]] == [3, 10, 11, 13]
    assert told["items"][1]["reason"] == "the day of the dispatch"
    assert [item["changed"] for item in told["items"]] == [
        [],
        [{"field": "on", "before": "2025-12-05"}],
        [],
        [],
    ]
    assert told["items"][2]["ended_because"] == "the blog took it back"


def test_an_initiative_without_a_history_says_so(db: str) -> None:
    assert answered(db, "history", "eaeu") == (
        f"Nothing that happened to eaeu-fta is on record, {VIEW}.\n"
    )


def test_quarters_and_halves_are_letters_for_people_and_codes_for_programs(tmp_path: Path) -> None:
    """In every answer, sentences of findings among them."""
    path = str(tmp_path / "desk.db")
    tell(path)
    word, published = ("--source", "A paper"), ("--published", "2025-Q4")
    recorded: list[tuple[str, ...]] = [
        ("record", "eaeu-fta", "negotiations-launched", "--on", "2025-Q3", *word, *published),
        ("plan", "eaeu-fta", "signed", "--on", "2027-Q1", *word),
        ("amend", "eaeu-fta#3", "--on", "2027-H1", "--reason", "later"),
    ]
    for words in recorded:
        assert ask(path, *words).exit_code == 0
    asked: list[tuple[str, ...]] = [
        ("status", "eaeu-fta"), ("show", "eaeu-fta"), ("history", "eaeu-fta"), ("why", "eaeu-fta"),
        ("diff", "2025-01-01", "2026-01-01"), ("attention", "eaeu-fta"), ("search", "paper"),
        ("replay", "eaeu-fta"), ("log", "eaeu-fta"),
    ]  # fmt: skip
    for words in asked:
        shown = answered(path, *words)
        assert "2025-Q3" in shown, words
        assert not re.search(r"20\d\d-(3[3-6]|4[01])", shown), words
    card = answered(path, "show", "eaeu-fta")
    assert "2027-H1" in card
    assert "2027-Q1 → 2027-H1" in card
    assert "changed: date (was 2027-Q1)" in answered(path, "history", "eaeu-fta")
    for words in asked[:8]:
        told = answered(path, *words, "--json")
        assert "2025-35" in told, words
        # A body, which why shows, keeps the text that was typed.
        assert not re.search(r'[^\\]"20\d\d-[QH]', told), words
    assert "2025-Q3" in answered(path, "show", "eaeu-fta", "--format", "markdown")
    assert "2025-35" in answered(path, "history", "eaeu-fta", "--format", "csv")


# --- show ------------------------------------------------------------------------------------


def test_show_is_the_whole_card(db: str) -> None:
    """To the letter, with the viewpoint last."""
    assert (
        answered(db, "show", "sj")
        == f"""\
sj-100: SJ-100 jet

Phase         Feasibility ?
Possible      feasibility, memorandum
Condition     active
Since         2025-10/2026-02
Decided by    2025-10/2026-02 feasibility-study-underway sj-100#3
Last news     2025-10/2026-02
Lifecycle     co-production
Parties       HAL

Findings
  ! went back from memorandum to feasibility on 2025-10/2026-02 (sj-100#2,
  sj-100#3)
  ! reached memorandum on 2025-10 with no feasibility, which co-production calls
  mandatory, on record (sj-100#2)
  ! feasibility-study-underway of 2025-10/2026-02 rests on a single unconfirmed
  source (sj-100#3)

Developments
  2025-10  mou-signed  → memorandum                                     sj-100#2
    Source        A newspaper
  2025-10/2026-02  feasibility-study-underway  → feasibility            sj-100#3
    Source        Another newspaper

A{VIEW[1:]}
"""
    )


# --- why -------------------------------------------------------------------------------------


def test_why_leads_from_the_phase_to_the_root(db: str) -> None:
    """Phase, development, source, event, proof; then how to check it."""
    item = validate(answered(db, "why", "il-114", "--json"))["items"][0]
    text = answered(db, "why", "il-114")
    hashes = "\n".join(f"              {n:>4} {h}" for n, h in enumerate(item["proof"], start=1))
    assert text.startswith(f"""\
il-114 stands at talks, active, since 2025-12-04
{VIEW}

phase and condition: talks
└─ talks-initiated on 2025-12-04 (il-114#2)
   ├─ source  Example Wire: India and Russia discuss building the Il-114 [B2: usually reliable, \
probably true]
   │          “The sides have begun to discuss it.”
   │          https://example.org/il-114
   ├─ flagged talks-initiated of 2025-12-04 rests on a single unconfirmed source (il-114#2)
   ├─ event   @10, recorded 2026-01-15T09:00:00Z by desk
   │          id {item["event_id"]}
   └─ proof   leaf {item["leaf"]}
{hashes}
              root {item["root"]}

The proof holds: hashed with the 4 hashes above it, the leaf of @10 gives the root of the log's \
first 14 events.""")
    assert text.endswith(
        "  tracker prove @10 --against @14 --out il-114-10.tlog-proof\n"
        "  tracker verify-proof il-114-10.tlog-proof --checkpoint FILE\n"
    )


QUESTIONS = (
    ("status",),
    ("status", "il-114"),
    ("status", "--condition", "ended"),
    ("show", "il-114"),
    ("history", "il-114"),
    ("history", "eaeu-fta"),
    ("why", "il-114"),
    ("diff", "2025-01-01", "2026-01-01"),
    ("diff", "@3", "@14", "--axis", "knowledge"),
    ("diff", "2025-12-11", "2026-02-01", "--axis", "reported"),
    ("attention",),
    ("timeline",),
    ("search", "Il-114"),
    ("search", "nowhere"),
    ("stats",),
    ("log",),
    ("log", "--kind", "amended"),
    ("replay",),
    ("replay", "--axis", "knowledge"),
    ("lifecycle", "list"),
    ("lifecycle", "show", "co-production"),
)


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_every_answer_names_position_and_root(db: str, words: tuple[str, ...]) -> None:
    """Tables and Markdown say the position and the root's first digits, JSON the whole root."""
    with Tracker.open(db) as log:
        root = log.root(14).hex()
    for form in ("table", "markdown"):
        told = ask(db, *words, "--format", form).stdout
        assert f"@14, root {root[:8]}" in told, form
    view = validate(ask(db, *words, "--json").stdout)["viewpoint"]
    assert (view["position"], view["root"]) == (14, root)


def test_a_root_is_that_of_its_position(db: str) -> None:
    """Asked with earlier knowledge, the root is the one that the log had then."""
    with Tracker.open(db) as log:
        root = log.root(9).hex()
    told = ask(db, "status", "--known-at", "@9").stdout
    assert f"known at @9, root {root[:8]}" in told


def test_the_proof_of_why_can_be_checked(db: str) -> None:
    """From the JSON alone: the body gives the leaf, the leaf and the proof give the root."""
    answer = validate(answered(db, "why", "sj", "--json"))
    assert [item["decides"] for item in answer["items"]] == ["phase", "condition"]
    for item in answer["items"]:
        assert leaf_hash(item["body"].encode()).hex() == item["leaf"]
        assert verify_inclusion(
            bytes.fromhex(item["leaf"]),
            item["position"] - 1,
            item["tree_size"],
            [bytes.fromhex(digest) for digest in item["proof"]],
            bytes.fromhex(answer["viewpoint"]["root"]),
        )


def test_why_explains_what_no_development_decided(db: str) -> None:
    """Nothing yet; silence; dates that leave more possible."""
    assert "no development on record enters a phase" in answered(db, "why", "eaeu")
    silent = answered(db, "why", "il", "--as-of", "2028")
    assert "the last that was heard is of 2025-12-04, and co-production calls 24 months" in silent
    assert "it may be at feasibility or memorandum, and active" in answered(db, "why", "sj")


# --- terminals, pipes and hostile text -------------------------------------------------------


def test_a_terminal_gets_six_columns_at_80_and_the_title_at_120(db: str) -> None:
    """Fitted, in colour, and nothing longer than the line."""
    narrow = on_terminal(db, "--color", "never", "status", "--as-of", "2026-03-01")
    assert [line.rstrip() for line in narrow.splitlines()] == [
        "initiative  phase         condition  since        last heard          next due",
        "─" * 80,
        "eaeu-fta    not-started   active",
        "il-114      talks         active     2025-12-04   2025-12-04          2027-12-31",
        "sj-100      feasibility?  active     2025-10 to   2025-10 to 2026-02",
        "                                     2026-02",
        "",
        *f"3 initiatives, {VIEW}".replace("root ", "root\n").splitlines(),
    ]
    # Too narrow for columns, it has room for the title below the others.
    blocks = on_terminal(db, "--color", "never", "status", "il-114", "sj-100", columns=40)
    assert re.search(r"^title +SJ-100 jet$", blocks, re.MULTILINE)
    wide = on_terminal(db, "status", columns=120)
    assert "SJ-100 jet" in wide
    assert "\x1b[36mactive" in wide
    assert "\x1b[" not in on_terminal(db, "status", NO_COLOR="1")
    assert "\x1b[" not in answered(db, "status")


def test_colour_that_is_asked_for_goes_through_a_pipe_too(db: str) -> None:
    """``--color always`` colours tables as well, and no cell moves for it."""
    for words in (("status",), ("history", "il-114"), ("attention",)):
        bare = answered(db, *words)
        painted = answered(db, "--color", "always", *words)
        assert "\x1b[" in painted
        assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == bare


def test_the_pager_is_told_of_the_colours(db: str, tmp_path: Path) -> None:
    """``less`` shows colours as colours where nobody has set it up otherwise."""
    pager = tmp_path / "less"
    pager.write_text('#!/bin/sh\necho "LESS is $LESS"\ncat\n')
    pager.chmod(0o755)
    shown = on_terminal(db, "show", "il-114", PAGER=str(pager), LESS="", lines=10)
    assert "LESS is -R" in shown
    assert "\x1b[" in shown
    plain = on_terminal(db, "show", "il-114", PAGER=str(pager), LESS="-S", lines=10)
    assert "\x1b[" not in plain


def test_a_retired_initiative_is_marked_among_others(db: str) -> None:
    """Asked for by name, it says that it is retired, and where it went."""
    lines = answered(db, "status", "dup", "il-114").splitlines()
    assert "not-started  retired (now il-114)" in next(each for each in lines if "dup" in each)


@pytest.mark.parametrize("words", [("show", "il"), ("history", "il"), ("why", "eaeu"), ("log",)])
def test_what_a_terminal_gets_fits_it(db: str, words: tuple[str, ...]) -> None:
    """No line is longer than the terminal, but for addresses and hashes."""
    for columns in (80, 120):
        text = on_terminal(db, "--color", "never", *words, columns=columns)
        assert max(map(len, text.splitlines())) <= columns


HOSTILE = "[bold]x[/bold] \x1b[31mred\x1b]0;owned\x07 \u202eevil\u2066"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("hostile") / "desk.db")
    source = Source(document=HOSTILE, title=HOSTILE, publisher=HOSTILE, quote=HOSTILE)
    with freeze_time("2025-12-10T09:00:00Z"), Tracker.open(path, by="desk", create=True) as log:
        log.register(
            "il-114", title=HOSTILE, lifecycle="co-production", parties=[HOSTILE.replace(";", ",")]
        )
        for kind in ("talks-initiated", "mou-signed"):
            log.record(
                "il-114",
                kind,
                on="2025-12-05",
                source=source,
                note=HOSTILE,
                stated_by=HOSTILE,
            )
        log.amend("il-114#2", on="2025-12-04", reason=HOSTILE)
        log.withdraw("il-114#3", reason=HOSTILE)
        log.register("dup", title=HOSTILE, lifecycle="co-production")
        log.retire("dup", reason=HOSTILE)
    return path


@pytest.mark.parametrize("format_name", ["table", "json", "jsonl", "csv", "markdown"])
@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "il"),
        ("status", "dup"),
        ("show", "il"),
        ("history", "il"),
        ("history", "dup"),
        ("why", "il"),
        ("why", "dup"),
        ("diff", "@2", "@8", "--axis", "knowledge"),
        ("log",),
    ],
)
def test_recorded_text_steers_no_terminal(
    hostile: str, words: tuple[str, ...], format_name: str
) -> None:
    """Escapes and direction marks are shown as what they are; markup is text."""
    text = answered(hostile, *words, "--format", format_name)
    assert not set("\x1b\x07\u202e\u2066") & set(text)
    if format_name == "json":
        validate(text)


def test_markup_in_recorded_text_is_text(hostile: str) -> None:
    """On a terminal too, where rich writes the table."""
    text = on_terminal(hostile, "--color", "never", "status", columns=140)
    assert "[bold]x[/bold] \\x1b[31mred" in text


def test_a_reader_that_has_enough_ends_it_silently(db: str) -> None:
    """``| head -1`` prints no complaint."""
    for words in ("status --json", "log", "log --format jsonl"):
        done = subprocess.run(
            f"{sys.executable} -m tracker --db {db} {words} | head -1",
            shell=True,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_what_stands_in_the_log_decides_not_what_is_recorded_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of one answer is about one state of the log."""
    path = str(tmp_path / "desk.db")
    with freeze_time(NOW), Tracker.open(path, by="desk", create=True) as log:
        log.register("il-114", title="Il-114", lifecycle="co-production")
        asked = Tracker.portfolio

        def meanwhile(self: Tracker, *given: object) -> object:
            log.record("il-114", "talks-initiated", on="2025-12-05", source=WIRE)
            return asked(self, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(Tracker, "portfolio", meanwhile)
        answer = validate(answered(path, "status", "--json"))
    assert answer["viewpoint"]["position"] == 2
    assert answer["items"][0]["phase"] == "not-started"


@pytest.mark.parametrize("name", ["status", "show", "history", "why", "diff", "log"])
def test_every_help_ends_with_examples(name: str) -> None:
    """Real ones, of this very command."""
    text = ask("none.db", name, "--help").stdout
    _, _, examples = text.partition("Examples:\n")
    assert examples
    assert all(line.startswith(f"  tracker {name}") for line in examples.splitlines())
