"""Recording from the command line: what each command appends, and what it prints about it."""

from __future__ import annotations

import csv
import io
import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.desk import Desk, begun
from tests.schemas import validate, validate_lines
from tracker.application import Tracker
from tracker.domain.events import Amended, Recorded, account_of
from tracker.domain.evidence import Source

if TYPE_CHECKING:
    from pathlib import Path

    from tracker.domain.events import Account

ID = "019aebce-f400-7000-8000-000000000001"
SAID = ("--source", "https://example.org/a")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return begun(str(tmp_path / "log.db"))


@pytest.fixture
def any_desk(database_url: str) -> Desk:
    """The same on every database, for what asks the database more than recording does."""
    return begun(database_url)


def account(desk: Desk, position: int) -> Account:
    with Tracker.open(desk.db, by="reader") as log:
        event = next(event for event, _, _ in log.events(after=position - 1))
    told = account_of(event.what)
    assert told is not None
    return told


# --- what is printed ------------------------------------------------------------------------------


def test_a_first_registration_begins_the_log_and_adopts_its_lifecycle(tmp_path: Path) -> None:
    """Each event is a line: its handle, its position and what it did."""
    desk = Desk(str(tmp_path / "new" / "log.db"))
    said = desk.run("register", "il-114", "--title", "Il-114", "--lifecycle", "co-production")
    assert (said.exit_code, said.stderr) == (0, "")
    assert said.stdout == (
        "-         @1  lifecycle adopted: co-production\n"
        "il-114#1  @2  registered: Il-114 (co-production)\n"
    )


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("2025-12-05", "2025-12-05 (5 December 2025)"),
        ("2025-12", "2025-12 (1 to 31 December 2025)"),
        ("5 Dec 2025", "2025-12-05 (5 December 2025)"),
        ("2025-Q1", "2025-33 (1 January to 31 March 2025)"),
        ("2025-11/2026-02", "2025-11/2026-02 (1 November 2025 to 28 February 2026)"),
        ("2025?", "2025? (1 January to 31 December 2025, uncertain)"),
    ],
)
def test_a_date_is_printed_as_it_was_understood(desk: Desk, typed: str, understood: str) -> None:
    """Whoever typed it sees which days it covers."""
    out = desk.done("record", "il-114", "MoU signed", "--on", typed, *SAID)
    assert out == f"il-114#2  @4  recorded: mou-signed, {understood}\n"


def test_a_finding_is_printed_and_stops_nothing(desk: Desk) -> None:
    """A move that the lifecycle finds odd is recorded all the same."""
    desk.done("record", "il-114", "first-flight", "--on", "2025-01-01", *SAID)
    said = desk.run("record", "il-114", "talks-initiated", "--on", "2025-02-01", *SAID)
    assert said.exit_code == 0
    assert said.stdout.startswith("il-114#3  @5  recorded: talks-initiated")
    assert "finding (went-backwards): went back from first-article to talks" in said.stderr
    quiet = desk.run("-q", "record", "il-114", "offer-made", "--on", "2025-03-01", *SAID)
    assert (quiet.exit_code, quiet.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--source=B", "--source=C"),
            "--source is given twice; give it once, and others after --add-source",
        ),
        (("--source=B", "--grade=B2", "--grade=A1"), "--grade is given twice; give it once"),
        (
            ("--source=B", "--contradicts=il-114#2", "--contradicts=il-114#1"),
            "--contradicts is given twice; give it once",
        ),
    ],
)
def test_what_is_recorded_once_is_said_once(
    desk: Desk, words: tuple[str, ...], sentence: str
) -> None:
    """The first would be lost; what may be said again still may."""
    done = desk.run("record", "il-114", "commented", "--on=2025-12-05", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == f"tracker: {sentence}"
    more = ("--source=B", "--add-source=C", "--add-source=D", "--format=csv", "--format=json")
    assert desk.run("record", "il-114", "commented", "--on=2025-12-05", *more).exit_code == 0


def test_plans_by_a_date_on_one_and_without(desk: Desk) -> None:
    """``--by X`` is ``../X``; a plan without a date is open."""
    plan = ("plan", "il-114", "serial-production-started", *SAID)
    assert desk.done(*plan, "--by", "2030") == (
        "il-114#2  @4  planned: serial-production-started, ../2030 (up to 31 December 2030)\n"
    )
    assert "2999 (1 January to 31 December 2999)" in desk.done(*plan, "--on", "2999")
    assert desk.done(*plan).endswith("../.. (no date)\n")


def test_a_receipt_in_every_format(desk: Desk) -> None:
    """JSON is one envelope; the other formats are rows of what was appended."""
    words = ("record", "il-114", "commented", "--on", "2025-12", *SAID, "--format")
    told = validate(desk.done(*words, "json"))
    assert (told["schema"], told["viewpoint"]) == ("tracker/receipt/1", None)
    [item] = told["items"]
    [appended] = item["appended"]
    assert (appended["handle"], appended["position"], appended["on"]) == ("il-114#2", 4, "2025-12")
    assert (item["repeated"], item["dry_run"]) == (None, False)
    assert (
        validate_lines(desk.done(*words, "jsonl"), "receipt")[0]["appended"][0]["handle"]
        == "il-114#3"
    )
    [row] = csv.DictReader(io.StringIO(desk.done(*words, "csv")))
    assert (row["handle"], row["position"], row["type"]) == ("il-114#4", "6", "commented")
    assert "| il-114#5 | 7 |" in desk.done(*words, "markdown")
    assert validate(desk.done(*words[:-1], "--json"))["items"][0]["findings"] == []


def test_recorded_text_cannot_steer_the_terminal(desk: Desk) -> None:
    """Control characters of a title are printed as what they are."""
    out = desk.done("revise", "il-114", "--title", "Il\x1b[2J\n114")
    assert out == "il-114#2  @4  revised: Il\\x1b[2J 114 (co-production)\n"


# --- once, and not yet ----------------------------------------------------------------------------

WRITERS: list[tuple[str, ...]] = [
    ("register", "new", "--title", "New", "--lifecycle", "dialogue", "--part-of", "il-114"),
    ("revise", "il-114", "--title", "Another", "--tag", "new"),
    ("record", "il-114", "offer-made", "--on", "2025-12-06", *SAID, "--note", "n", "--quote", "q"),
    ("plan", "il-114", "completed", "--by", "2030", *SAID),
    ("amend", "il-114#2", "--on", "2025-12-04", "--reason", "a day before"),
    ("withdraw", "il-114#2", "--reason", "another aircraft"),
    ("erase", "il-114#2", "--field", "note", "--reason", "personal"),
    ("link", "il-114", "follows", "il-96"),
    ("unlink", "il-96", "related-to", "il-114", "--reason", "no more"),
    ("retire", "il-114", "--reason", "twice", "--merged-into", "il-96"),
]


@pytest.fixture
def busy(desk: Desk) -> Desk:
    desk.done("record", "il-114", "talks-initiated", "--on", "2025-12-05", *SAID, "--note", "n")
    desk.done("link", "il-96", "related-to", "il-114")
    return desk


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_the_same_id_is_the_same_answer_and_appends_nothing(
    busy: Desk, words: tuple[str, ...]
) -> None:
    """Standard output is the same the second time; standard error says that it was before."""
    if words[0] == "retire":
        busy.done("unlink", "il-96", "related-to", "il-114", "--reason", "so that it can go")
    first = busy.run(*words, "--id", ID)
    before = busy.head()
    again = busy.run(*words, "--id", ID)
    validate(busy.done(*words, "--id", ID, "--json"))
    assert (first.exit_code, again.exit_code) == (0, 0), first.output + again.output
    assert again.stdout in first.stdout
    assert again.stdout != ""
    handle = again.stdout.split()[0]
    assert f"already recorded as {handle} (nothing appended)" in again.stderr
    assert busy.head() == before


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: words[0])
def test_a_dry_run_says_what_would_be_and_writes_nothing(
    busy: Desk, words: tuple[str, ...]
) -> None:
    """The handles and positions are those that would have been given."""
    if words[0] == "retire":
        busy.done("unlink", "il-96", "related-to", "il-114", "--reason", "so that it can go")
    before = busy.events()
    dry = busy.run(*words, "-n")
    validate(busy.done(*words, "-n", "--json"))
    assert dry.exit_code == 0, dry.output
    lines = dry.stdout.splitlines()
    assert all(line.startswith("would append  ") for line in lines)
    assert "a dry run: " in dry.stderr
    assert busy.events() == before
    told = [line.removeprefix("would append  ").split()[:2] for line in lines]
    assert told == [line.split()[:2] for line in busy.done(*words).splitlines()]


def test_a_dry_run_of_the_first_registration_makes_no_file(tmp_path: Path) -> None:
    """Not the log, and not its folder."""
    desk = Desk(str(tmp_path / "new" / "log.db"))
    words = ("register", "a", "--title", "A", "--lifecycle", "dialogue", "-n")
    assert "would append  a#1  @2  registered: A" in desk.done(*words)
    assert list(tmp_path.iterdir()) == []


def test_what_the_log_says_already_is_nothing_to_change(busy: Desk) -> None:
    """A correction without a difference appends nothing, and ends well."""
    before = busy.events()
    for words in (
        ("amend", "il-114#2", "--on", "2025-12-05", "--reason", "none"),
        ("revise", "il-114", "--title", "Il-114-300"),
        ("link", "il-96", "related-to", "il-114"),
    ):
        said = busy.run(*words)
        assert (said.exit_code, said.stdout) == (0, "")
        assert said.stderr == "nothing to change: the log says so already (nothing appended)\n"
    assert busy.events() == before


# --- every option ---------------------------------------------------------------------------------

EVERYTHING = {
    "--source": "https://example.org/text",
    "--source-title": "Joint statement",
    "--publisher": "Ministry of External Affairs",
    "--published": "Dec 2025",
    "--accessed": "2025-12-06",
    "--quote": "The two sides agreed.",
    "--grade": "b2",
    "--stated-by": "The minister",
    "--note": "Paragraph 12",
}


def test_every_option_of_record_is_kept(desk: Desk) -> None:
    """Dates of sources are kept as EDTF, grades in capitals, facts by what they are."""
    desk.done("plan", "il-114", "mou-signed", *SAID)
    desk.done("record", "il-114", "talks-initiated", "--on", "2025-12-05", *SAID)
    words = [word for pair in EVERYTHING.items() for word in pair]
    words += ["--fulfils", "il-114#2", "--after", "@5", "--contradicts", "il-114#3"]
    words += ["--add-source", "A second", "--expect-version", "3", "--id", ID]
    desk.done("record", "il-114", "mou-signed", "--on", "2025-12-05", *words)
    told = account(desk, 6)
    first, second = told.sources
    assert (first.url, first.title) == ("https://example.org/text", "Joint statement")
    assert (first.publisher, first.published_on) == ("Ministry of External Affairs", "2025-12")
    assert (first.accessed_on, first.quote) == ("2025-12-06", "The two sides agreed.")
    assert (first.grade, second.document) == ("B2", "A second")
    assert (told.stated_by, told.note) == ("The minister", "Paragraph 12")
    with Tracker.open(desk.db, by="reader") as log:
        named = {event.handle: event.event_id for event, _, _ in log.events()}
    assert told.fulfils == named["il-114#2"]
    assert told.after == told.contradicts == named["il-114#3"]
    assert named["il-114#4"] == ID


def test_amend_changes_what_is_given_and_keeps_the_rest(desk: Desk) -> None:
    """Parts of a source overlay the first; an empty text clears; more sources are added."""
    words = [word for pair in EVERYTHING.items() for word in pair]
    desk.done("record", "il-114", "talks-initiated", "--on", "2025-12-05", *words)
    amend = ("amend", "il-114#2", "--reason", "read again")
    out = desk.done(*amend, "--type", "MoU signed", "--on", "2025-12-04", "--based-on", "@4")
    assert out == (
        "il-114#3  @5  amended: mou-signed, 2025-12-04 (4 December 2025); "
        "published 2025-12 (1 to 31 December 2025); accessed 2025-12-06 (6 December 2025)\n"
    )
    assert account(desk, 5).sources == account(desk, 4).sources
    desk.done(*amend, "--grade", "A1", "--quote", "", "--note", "", "--stated-by", "Another")
    told = account(desk, 6)
    assert (told.sources[0].grade, told.sources[0].quote) == ("A1", None)
    assert told.sources[0].title == "Joint statement"
    assert (told.note, told.stated_by) == (None, "Another")
    desk.done(*amend, "--add-source", "B", "--add-source", "https://example.org/c")
    assert [source.name for source in account(desk, 7).sources[1:]] == [
        "B",
        "https://example.org/c",
    ]
    desk.done(*amend, "--source", "On paper", "--source-title", "", "--publisher", "")
    assert (account(desk, 8).sources[0].name, account(desk, 8).sources[0].url) == ("On paper", None)
    desk.done(*amend, "--revert-to", "@4")
    assert account(desk, 9) == account(desk, 4)


ADDED = (
    "--add-source", "Cable 12", "--add-title", "Reply", "--add-publisher", "Embassy",
    "--add-published", "March 2026", "--add-accessed", "2026-04-01", "--add-quote", "We agree.",
    "--add-grade", "b1",
)  # fmt: skip


@pytest.mark.parametrize("command", ["record", "plan", "amend"])
def test_a_source_that_is_added_is_described_by_options_of_its_own(
    desk: Desk, command: str
) -> None:
    """Those of the first source leave it alone."""
    first = ("mou-signed", "--on", "2025-12", "--source", "A", "--grade", "C3", "--quote", "No.")
    if command == "amend":
        desk.done("record", "il-114", *first)
        said = desk.run("amend", "il-114#2", *ADDED, "--reason", "a reply")
        assert said.stderr.splitlines()[0] == "changed: source 2 added"
    else:
        desk.done(command, "il-114", *first, *ADDED)
    assert account(desk, 5 if command == "amend" else 4).sources == (
        Source(document="A", grade="C3", quote="No."),
        Source(
            document="Cable 12",
            title="Reply",
            publisher="Embassy",
            published_on="2026-03",
            accessed_on="2026-04-01",
            quote="We agree.",
            grade="B1",
        ),
    )


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (
            ("--add-grade", "B2"),
            2,
            "--add-grade is about the source that --add-source adds; give one --add-source with it",
        ),
        (
            ("--add-source", "B", "--add-source", "C", "--add-quote", "Yes."),
            2,
            "give one --add-source with it, and the others with tracker amend, or all with --edit",
        ),
        (("--add-source", " "), 5, "write a URL or a text after --add-source"),
        (("--add-source", "B", "--add-grade", "Z9"), 5, "'Z9' is not an Admiralty grade"),
        (("--add-source", "B", "--add-published", "soon"), 5, "'soon'"),
        (("--add-source", "B", "--add-grade", "B1", "--add-grade", "B2"), 2, "is given twice"),
    ],
)
def test_what_is_said_of_an_added_source_says_of_which(
    desk: Desk, given: tuple[str, ...], code: int, said: str
) -> None:
    """And is checked like what is said of the first; nothing is recorded."""
    words = ("il-114", "mou-signed", "--on", "2025-12", "--source", "A")
    refused = desk.run("record", *words, *given)
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert said in refused.stderr
    desk.done("record", *words)  # at @4, the first


def test_an_amendment_says_what_it_changed(desk: Desk) -> None:
    """What was not meant to change is seen at once; in a dry run before it does."""
    desk.done("record", "il-114", "mou-signed", "--on", "2025-12", "--source", "A", "--grade", "C3")
    words = ("amend", "il-114#2", "--on", "2025-12-05", "--grade", "B2", "--note", "So.")
    changed = "changed: date (was 2025-12), source 1 (grade was C3), note"
    for more in (("--dry-run",), ()):
        said = desk.run(*words, "--reason", "the paper", *more)
        assert changed in said.stderr.splitlines()
    told = validate(desk.done("amend", "il-114#2", "--note", "", "--reason", "no", "--json"))
    assert told["items"][0]["changed"] == [{"field": "note", "before": "So."}]
    first = validate(desk.done("plan", "il-114", "completed", "--source", "A", "--json"))
    assert first["items"][0]["changed"] == []


def test_a_plan_is_amended_by_a_date_and_fulfilment_taken_back(desk: Desk) -> None:
    """``--by`` moves a plan; an empty ``--fulfils`` says that it was not."""
    desk.done("plan", "il-114", "mou-signed", "--by", "2025", *SAID)
    desk.done("amend", "il-114#2", "--by", "2026", "--reason", "late")
    assert account(desk, 5).on.edtf == "../2026"
    assert "../.. (no date)" in desk.done("amend", "il-114#2", "--on", "", "--reason", "who knows")
    desk.done(
        "record", "il-114", "mou-signed", "--on", "2025-12-05", *SAID, "--fulfils", "il-114#2"
    )
    desk.done("amend", "il-114#5", "--fulfils", "", "--reason", "another memorandum")
    assert account(desk, 8).fulfils is None


def test_a_withdrawn_fact_is_brought_back(busy: Desk) -> None:
    """Undoing is one more amendment; nothing is taken out of the log."""
    assert busy.done("withdraw", "il-114#2", "--reason", "wrong") == "il-114#3  @6  withdrawn\n"
    busy.done("amend", "il-114#2", "--revert-to", "@4", "--reason", "right after all")
    with Tracker.open(busy.db, by="reader") as log:
        assert [type(event.what) for event, _, _ in log.events("il-114")][1::2] == [
            Recorded,
            Amended,
        ]
        assert log.status("il-114").standing.status.phase == "talks"


def test_a_profile_is_revised_and_cleared(desk: Desk) -> None:
    """What is given takes the place of what was there; an empty text clears it."""
    desk.done("revise", "il-114", "--party", "India", "--party", "Russia", "--tag", "x")
    desk.done("revise", "il-114", "--sector", "", "--tag", "", "--part-of", "il-96")
    with Tracker.open(desk.db, by="reader") as log:
        profile = log.status("il-114").standing.profile
    assert (profile.parties, profile.sector, profile.tags) == (("India", "Russia"), None, ())
    assert desk.events()[-2:] == [
        ("il-114#3", "initiative-revised"),
        ("il-114#4", "initiatives-linked"),
    ]


def test_who_records_is_kept(desk: Desk) -> None:
    """The global ``--by`` is not the date of a plan."""
    Desk(desk.db, "asha").done("plan", "il-114", "completed", "--by", "2030", *SAID)
    with Tracker.open(desk.db, by="reader") as log:
        assert [event.recorded_by for event, _, _ in log.events()][-1] == "asha"


def test_recording_on_postgresql(each_postgresql: str) -> None:
    """The same commands give the same lines on a server."""
    desk = begun(each_postgresql)
    out = desk.done("record", "il-114", "MoU signed", "--on", "2025-12-05", *SAID, "--id", ID)
    assert out == "il-114#2  @4  recorded: mou-signed, 2025-12-05 (5 December 2025)\n"
    again = desk.run("record", "il-114", "MoU signed", "--on", "2025-12-05", *SAID, "--id", ID)
    assert (again.exit_code, again.stdout) == (0, out)
    assert desk.head() == 4


# --- asking ---------------------------------------------------------------------------------------


def test_record_asks_one_by_one_on_a_terminal(any_desk: Desk) -> None:
    """A wrong answer is explained and asked again; what may be empty may be left out."""
    answers = ["il-115", "il-114", "nonsense", "MoU signed", "03/04/2025", "2025-12-05"]
    answers += ["https://example.org/a", "The ministry", "", "", "Z9", "B2"]
    code, screen = any_desk.typed("record", answers=answers)
    assert code == 0, screen
    assert "did you mean il-114" in screen
    assert "co-production has no type 'nonsense'" in screen
    assert "'Z9' is not an Admiralty grade" in screen
    assert "il-114#2  @4  recorded: mou-signed, 2025-12-05 (5 December 2025)" in screen
    [source] = account(any_desk, 4).sources
    assert (source.url, source.publisher, source.grade) == (
        "https://example.org/a",
        "The ministry",
        "B2",
    )
    assert (source.quote, source.published_on) == (None, None)


def test_what_was_given_is_not_asked_for(desk: Desk) -> None:
    """Only the date is missing, so only the date is asked for."""
    code, screen = desk.typed("record", "il-114", "mou-signed", *SAID, answers=["yesterday"])
    assert code == 0, screen
    assert screen.count("When it happened") == 1
    assert "Initiative" not in screen


def test_plan_and_register_ask_too(any_desk: Desk) -> None:
    """A plan's date may be left empty."""
    answers = ["il-96", "completed", "", "Text", "", "", "", ""]
    code, screen = any_desk.typed("plan", answers=answers)
    assert code == 0, screen
    assert "planned: completed, ../.. (no date)" in screen
    code, screen = any_desk.typed("register", "fta", answers=["The FTA", "trade-agreement"])
    assert code == 0, screen
    assert "registered: The FTA (trade-agreement)" in screen


def test_register_asks_again_for_a_lifecycle_that_there_is_not(desk: Desk) -> None:
    """As record does for a type: with the nearest, until the answer will do."""
    code, screen = desk.typed(
        "register", "fta", answers=["", "The FTA", "zz", "trade-agrement", "trade-agreement"]
    )
    assert code == 0, screen
    assert "there is no lifecycle 'zz'" in screen
    assert "did you mean trade-agreement?" in screen
    assert "registered: The FTA (trade-agreement)" in screen


def test_an_order_is_given_as_the_finding_says(desk: Desk) -> None:
    """The hint about equal dates is a command: pasted, it does what it promises."""
    desk.done("record", "il-114", "mou-signed", "--on", "2025-12-05", *SAID)
    said = desk.run("record", "il-114", "talks-initiated", "--on", "2025-12-05", *SAID).stderr
    hint = said.partition("(otherwise: tracker ")[2].partition(")")[0]
    assert hint == "amend il-114#2 --after il-114#3 --reason …"
    after = desk.run(*shlex.split(hint))
    assert after.exit_code == 0, after.output
    assert "equal-dates" not in after.stderr


def test_a_source_that_is_named_twice_is_one(desk: Desk) -> None:
    """Adding what is there already changes nothing, and what differs in a part confirms nothing."""
    desk.done("record", "il-114", "mou-signed", "--on", "2025-12-05", "--source", "S1")
    amend = ("amend", "il-114#2", "--reason", "r")
    again = desk.run(*amend, "--add-source", "S1")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "nothing to change" in again.stderr
    assert desk.head() == 4
    desk.done(*amend, "--publisher", "MoC")
    assert "nothing to change" in desk.run(*amend, "--add-source", "S1").stderr
    twice = ("mou-signed", "--on", "2025-12-05", "--source", "S1", "--add-source", "S1")
    desk.done("record", "il-96", *twice, "--publisher", "MoC")
    desk.done("verify")
    for slug in ("il-114", "il-96"):
        [item] = json.loads(desk.done("status", slug, "--json"))["items"]
        assert "single-source" in [finding["kind"] for finding in item["findings"]]
    desk.done(*amend, "--add-source", "https://example.org/another")
    desk.done("verify")
    [item] = json.loads(desk.done("status", "il-114", "--json"))["items"]
    assert "single-source" not in [finding["kind"] for finding in item["findings"]]


MISSING: list[tuple[tuple[str, ...], str]] = [
    (("record",), "SLUG"),
    (("record", "il-114"), "TYPE"),
    (("record", "il-114", "mou-signed"), "--on"),
    (("plan",), "SLUG"),
    (("register", "new"), "--title"),
    (("register", "new", "--title", "New"), "--lifecycle"),
    (("amend", "il-114#2", "--note", "n"), "--reason"),
    (("withdraw", "il-114#2"), "--reason"),
    (("erase", "il-114#2"), "--field"),
    (("erase", "il-114#2", "--field", "note"), "--reason"),
    (("unlink", "il-96", "follows", "il-114"), "--reason"),
    (("retire", "il-114"), "--reason"),
]


@pytest.mark.parametrize(("words", "option"), MISSING)
def test_without_a_terminal_the_error_names_the_option(
    desk: Desk, words: tuple[Any, ...], option: str
) -> None:
    """Nothing is asked, and nothing waits for an answer."""
    said = desk.run(*words)
    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == (
        f"tracker: {option} is missing, and there is no terminal to ask on; "
        f"add {option} to the command\n"
    )
