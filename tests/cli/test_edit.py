"""``--edit``: a fact as a text in an editor. The editors here are programs that do one change."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import asdict

from tests.cli.desk import Desk, begun
from tests.schemas import validate
from tracker.application import Tracker
from tracker.cli import draft
from tracker.cli.draft import read, template
from tracker.domain.events import account_of
from tracker.domain.evidence import Erased
from tracker.errors import Refused

if TYPE_CHECKING:
    from click.testing import Result

    from tracker.domain.events import Account

URL = "https://example.org/a"
SAID = ("--source", URL)

# Puts what is said in the place of the first line that begins so, where "$" is a line's end; "="
# alone replaces all.
EDITOR = """
import json, sys
from pathlib import Path
path = Path(sys.argv[-1])
Path("shown.txt").write_text(path.read_text("utf-8"), "utf-8")
text = path.read_text("utf-8")
for beginning, line in json.loads(Path("changes.json").read_text("utf-8")):
    if beginning == "=":
        text = line
        continue
    lines = text.split("\\n")
    number = next((n for n, each in enumerate(lines) if f"{each}$".startswith(beginning)), None)
    if number is not None:
        lines[number] = line
    text = "\\n".join(lines)
path.write_bytes(text.encode("utf-8", "surrogateescape"))
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of one's own for what is edited, and for what is kept."""
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    monkeypatch.setenv("TMPDIR", str(kept))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return begun(str(tmp_path / "log.db"))


@pytest.fixture
def busy(desk: Desk) -> Desk:
    """``il-114#2`` is a development with two sources (@4), ``il-114#3`` a plan (@5)."""
    many = ("--add-source", "A paper", "--quote", "It was signed.", "--grade", "B2")
    desk.done("record", "il-114", "mou-signed", "--on", "2025-12-05", *SAID, *many)
    desk.done("plan", "il-114", "completed", "--by", "2030", *SAID)
    return desk


def editing(*changes: tuple[str, str]) -> dict[str, str]:
    """The environment in which the editor makes *changes* (line that begins so, new line)."""
    import json

    Path("editor.py").write_text(EDITOR, encoding="utf-8")
    Path("changes.json").write_text(json.dumps(changes), encoding="utf-8")
    return {"EDITOR": f"'{sys.executable}' editor.py"}


def shown() -> str:
    """What the editor was given."""
    return Path("shown.txt").read_text(encoding="utf-8")


def fields() -> list[str]:
    """Its lines but for the comments."""
    return [line for line in shown().splitlines() if line and not line.startswith("#")]


def kept() -> list[str]:
    """The texts that were not thrown away."""
    return [path.read_text(encoding="utf-8") for path in sorted(Path("kept").iterdir())]


def account(desk: Desk) -> Account:
    """What the last event says of its fact."""
    with Tracker.open(desk.db, by="reader") as log:
        *_, (event, _, _) = log.events()
    told = account_of(event.what)
    assert told is not None
    return told


def refused(done: Result, code: int = 5) -> str:
    """The one sentence of a command that wrote nothing."""
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    [line] = done.stderr.splitlines()
    assert line.startswith("tracker: ")
    return line.removeprefix("tracker: ")


# --- record and plan ------------------------------------------------------------------------------


def test_every_field_is_there_with_what_the_command_line_gives(desk: Desk) -> None:
    """Each below a comment, the types of the lifecycle among them; what is saved is recorded."""
    words = ("record", "il-114", "mou-signed", *SAID, "--grade", "B2", "--add-source", "A paper",
             "--add-publisher", "The mill")  # fmt: skip
    env = editing(("on:", "on: 2025-12"), ("note:", "note: One.\n\n    Two: three.\n    # four"))
    done = desk.run(*words, "--edit", env=env)
    assert done.exit_code == 0, done.output
    assert done.stdout == "il-114#2  @4  recorded: mou-signed, 2025-12 (1 to 31 December 2025)\n"
    parts = ["source-title:", "publisher:", "published:", "accessed:", "quote:"]
    assert fields() == [
        "initiative: il-114",
        "type: mou-signed",
        "on:",
        f"source: {URL}",
        *parts,
        "grade: B2",
        "source: A paper",
        *("publisher: The mill" if part == "publisher:" else part for part in parts),
        "grade:",
        "stated-by:",
        "note:",
        "fulfils:",
        "after:",
        "contradicts:",
    ]
    for name in (line.partition(":")[0] for line in fields()):
        assert re.search(rf"^# .*\n{name}:", shown(), re.MULTILINE), name
    assert "licence-signed" in shown()
    told = account(desk)
    assert told.note == "One.\n\nTwo: three.\n# four"
    assert [(each.name, each.grade) for each in told.sources] == [(URL, "B2"), ("A paper", None)]
    assert kept() == []


def test_nothing_need_be_given(desk: Desk) -> None:
    """The text alone will do; its comments may go, and its lines stand in any order."""
    text = (
        "note: x\ninitiative: il-9\nsource:\nPublisher: The ministry\ntype: MoU signed\non: 2025\n"
    )
    done = desk.run("record", "--edit", env=editing(("=", text)))
    assert done.stdout == (
        "il-96#2  @4  recorded: mou-signed, 2025 (1 January to 31 December 2025)\n"
    )
    assert [each.publisher for each in account(desk).sources] == ["The ministry"]


def test_a_plan_is_edited_too(desk: Desk) -> None:
    """Its limit is written as the date it is; an empty date is an open one."""
    words = ("plan", "il-114", "completed", *SAID, "--by", "2030", "--edit")
    done = desk.run(*words, env=editing(("note:", "note: x")))
    assert done.stdout == "il-114#2  @4  planned: completed, ../2030 (up to 31 December 2030)\n"
    assert "on: ../2030" in fields()
    assert not any(line.startswith(("fulfils", "after")) for line in fields())
    done = desk.run(*words, env=editing(("on:", "on:")))
    assert done.stdout == "il-114#3  @5  planned: completed, ../.. (no date)\n"


def test_a_dry_run_edits_and_writes_nothing(desk: Desk) -> None:
    """As of every command that writes."""
    words = ("record", "il-114", "mou-signed", *SAID, "--edit", "-n")
    done = desk.run(*words, env=editing(("on:", "on: 2025")))
    assert done.exit_code == 0
    assert done.stdout.startswith("would append  il-114#2  @4  recorded: mou-signed, 2025 ")
    assert desk.head() == 3


@pytest.mark.parametrize(
    "changes",
    [(), (("=", ""),), (("=", "\n# on: 2025\n"),), (("on:", "on:   "), ("# ", "# Other"))],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_text_that_says_nothing_new_records_nothing(
    desk: Desk, changes: tuple[tuple[str, str], ...], form: str
) -> None:
    """Saved as it was, empty, or with other comments only: 1, and it is said."""
    words = ("record", "il-114", "mou-signed", *SAID, "--edit", "--format", form)
    done = desk.run(*words, env=editing(*changes))
    assert (done.exit_code, desk.head()) == (1, 3)
    assert done.stderr == "nothing was edited, so nothing is recorded\n"
    if form == "json":
        assert validate(done.stdout)["items"][0]["appended"] == []
    else:
        assert done.stdout == ""
    assert kept() == []


# --- amend ----------------------------------------------------------------------------------------


def test_what_stands_is_shown_and_what_is_changed_changes(busy: Desk) -> None:
    """A correction is based on what was shown; what was left as it stood stays as it is."""
    env = editing(("on:", "on: 2025-12-04"), ("reason:", "reason: the day before"))
    done = busy.run("amend", "il-114#2", "--edit", env=env)
    assert done.stdout == "il-114#4  @6  amended: mou-signed, 2025-12-04 (4 December 2025)\n"
    assert {"type: mou-signed", "on: 2025-12-05", "quote: It was signed.", "grade: B2"} <= {
        *fields()
    }
    told = account(busy)
    assert [each.name for each in told.sources] == [URL, "A paper"]
    assert told.sources[0].quote == "It was signed."


def test_the_options_given_are_in_the_text_beside_what_stands(busy: Desk) -> None:
    """They are changes too, and one more edit makes them count."""
    words = ("amend", "il-114#3", "--by", "2032", "--grade", "c3",
             "--add-source", "A letter", "--add-grade", "d4")  # fmt: skip
    env = editing(("reason:", "reason: later"))
    done = busy.run(*words, "--edit", env=env)
    assert done.stdout == "il-114#4  @6  amended: completed, ../2032 (up to 31 December 2032)\n"
    assert {"on: ../2032", "grade: c3", "source: A letter"} <= {*fields()}
    assert [(each.name, each.grade) for each in account(busy).sources] == [
        (URL, "C3"),
        ("A letter", "D4"),
    ]


def test_sources_are_changed_added_and_taken_out(busy: Desk) -> None:
    """Each part is cleared by leaving it empty; a source whose lines are gone is gone."""
    env = editing(
        ("quote:", "quote:"),
        ("grade:", "grade: A1"),
        ("source: A paper", "source: Another paper\n# in its place"),
        ("reason:", "reason: better\nsource:\nsource-title: A third"),
    )
    done = busy.run("amend", "il-114#2", "--edit", env=env)
    assert done.exit_code == 0, done.output
    one, two, three = account(busy).sources
    assert (one.url, one.quote, one.grade) == (URL, None, "A1")
    assert (two.document, three.title) == ("Another paper", "A third")
    text = "type: mou-signed\non: 2025-12-05\nsource: Another paper\nreason: the only one\n"
    assert busy.run("amend", "il-114#2", "--edit", env=editing(("=", text))).exit_code == 0
    assert account(busy).sources == (two,)


def test_a_reference_is_shown_as_a_handle_and_can_be_taken_back(busy: Desk) -> None:
    """``fulfils: il-114#3``; emptied, it fulfils nothing."""
    env = editing(("fulfils:", "fulfils: il-114#3"), ("reason:", "reason: it did"))
    assert busy.run("amend", "il-114#2", "--edit", env=env).exit_code == 0
    assert account(busy).fulfils is not None
    env = editing(("fulfils:", "fulfils:"), ("reason:", "reason: it did not"))
    assert busy.run("amend", "il-114#2", "--edit", env=env).exit_code == 0
    assert "fulfils: il-114#3" in fields()
    assert account(busy).fulfils is None


def test_an_erased_quote_stays_erased_under_an_edit(busy: Desk) -> None:
    """The text cannot show it, and leaves it be: its hash goes on, until words take its place."""
    busy.done("erase", "il-114#2", "--field", "quote", "--reason", "asked for")
    env = editing(("grade:", "grade: A1"), ("reason:", "reason: better"))
    assert busy.run("amend", "il-114#2", "--edit", env=env).exit_code == 0
    assert "quote:" in fields()
    first = account(busy).sources[0]
    assert (first.grade, type(first.quote)) == ("A1", Erased)
    env = editing(("quote:", "quote: New words."), ("reason:", "reason: quoted"))
    assert busy.run("amend", "il-114#2", "--edit", env=env).exit_code == 0
    assert account(busy).sources[0].quote == "New words."
    busy.done("verify")


def test_who_edits_while_another_corrects_is_told(busy: Desk) -> None:
    """The version that was shown is the one that is amended, or none; the text is kept."""
    words = ["-m", "tracker", "--db", busy.db, "amend", "il-114#2", "--note", "x", "--reason", "r"]
    Path("between.py").write_text(
        f"import subprocess, sys\nsubprocess.run({[sys.executable, *words]!r}, check=True)\n"
        f"exec({EDITOR!r})\n",
        encoding="utf-8",
    )
    env = editing(("note:", "note: y"), ("reason:", "reason: z"))
    done = busy.run("amend", "il-114#2", "--edit", env={"VISUAL": f"{sys.executable} between.py"})
    assert "il-114#2 has changed since @4: it is now at @6" in done.stderr, (done.output, env)
    assert done.exit_code == 4
    assert ["note: y" in text for text in kept()] == [True]


def test_text_that_could_steer_the_editor_is_written_out_and_kept(desk: Desk) -> None:
    """What cannot be shown as it is stays as it is, unless it is changed."""
    note = "red\x1b[31m\tand\x07 bell"
    desk.done("record", "il-114", "mou-signed", "--on", "2025", *SAID, "--note", note)
    env = editing(("on:", "on: 2025-12"), ("reason:", "reason: r"))
    assert desk.run("amend", "il-114#2", "--edit", env=env).exit_code == 0
    assert "\x1b" not in shown()
    assert "\x07" not in shown()
    assert account(desk).note == note


def test_an_edit_on_postgresql(each_postgresql: str) -> None:
    """The same on a server."""
    desk = begun(each_postgresql)
    env = editing(("type:", "type: MoU signed"), ("on:", "on: 2025"), ("source:", "source: A"))
    assert desk.run("record", "il-114", "--edit", env=env).exit_code == 0
    env = editing(("note:", "note: x"), ("reason:", "reason: y"))
    assert desk.run("amend", "il-114#2", "--edit", env=env).exit_code == 0
    assert (account(desk).note, desk.head()) == ("x", 5)


# --- mistakes -------------------------------------------------------------------------------------


MISTAKES: list[tuple[tuple[str, str], str]] = [
    (("initiative:", "initiative: il-115"), "initiative: there is no initiative 'il-115'"),
    (("initiative:", "initiative:"), "initiative: it may not be empty"),
    (("type:", "type: mou-sgined"), "type: co-production has no type 'mou-sgined'"),
    (("on:", "on: 03/04/2025"), "on: '03/04/2025' can be read in two ways"),
    (("on:", "on: 2999"), "on: '2999' has not happened yet"),
    (("on:", "on:"), "on: it may not be empty"),
    (("source:", "source:"), "source: it is empty; write an address or a text"),
    (("grade:", "grade:\nsource:\nquote: So."), "source: a source needs an address, a text"),
    (("published:", "published: 2025-13"), "published: '2025-13' does not exist"),
    (("accessed:", "accessed: soon"), "accessed: "),
    (("grade:", "grade: Z9"), "grade: 'Z9' is not an Admiralty grade"),
    (("fulfils:", "fulfils: il-114#9"), "fulfils: there is no event il-114#9"),
    (("contradicts:", "contradicts: that one"), "contradicts: 'that one' names no event"),
    (("after:", "after: il-114#2"), "after: il-114#2 is dated 2025-12-05, not 2025"),
    (("note:", "nite: x"), ": there is no field 'nite'. Did you mean 'note'?"),
    (("note:", "Words."), ": 'Words.' is no field; write FIELD: TEXT, or begin the line with"),
    (("note:", "note: x\nnote: y"), ": note stands in line {before} already; keep one of them"),
    (("grade:", "grade: B2\ngrade: C3"), ": grade stands in line {before} already; keep one"),
    (("note:", "note: \udcff"), " is not UTF-8; save the file in that encoding"),
    (("note:", "note: \x00"), " holds a NUL character, which no text can; delete it"),
]


@pytest.mark.parametrize(("change", "said"), MISTAKES)
def test_a_mistake_is_one_sentence_with_its_line_and_the_text_is_kept(
    busy: Desk, change: tuple[str, str], said: str
) -> None:
    """The line is the one of the file that is kept, and nothing is written."""
    words = ("record", "il-114", "mou-signed", *SAID, "--on", "2025", "--edit")
    told = refused(
        busy.run(*words, env=editing(("stated-by:", "stated-by: me"), change)),
        3 if "there is no initiative" in said or "no event il" in said else 5,
    )
    assert busy.head() == 5
    [path] = Path("kept").iterdir()
    assert told.endswith(f"; what you wrote is kept in {path.absolute()}")
    line = int(told.removeprefix("line ").partition(",")[0].partition(":")[0].partition(" ")[0])
    expected = said.format(before=line - 1)
    assert expected in told
    wrong = path.read_bytes().split(b"\n")[line - 1].decode("utf-8", "surrogateescape")
    assert wrong in change[1].split("\n")
    assert "stated-by: me" in path.read_bytes().decode("utf-8", "replace")


def test_an_amendment_without_its_reason_is_a_mistake(busy: Desk) -> None:
    """The line of the reason is named."""
    told = refused(busy.run("amend", "il-114#2", "--edit", env=editing(("on:", "on: 2025"))))
    assert re.match(r"line \d+, reason: it is empty; write why it is corrected;", told)


def test_the_one_reference_that_is_wrong_is_named(busy: Desk) -> None:
    """Of several, by trying without the others."""
    changes = (("fulfils:", "fulfils: il-114#3"), ("after:", "after: il-114#3"))
    words = ("record", "il-114", "mou-signed", *SAID, "--on", "2025-12-05", "--edit")
    told = refused(busy.run(*words, env=editing(*changes)))
    assert ", after: only developments have an order within a day" in told


def test_a_file_that_grew_without_bound_is_refused(desk: Desk) -> None:
    """Nobody writes a megabyte by hand."""
    env = editing(("note:", "note: " + "x" * 1_000_000))
    told = refused(desk.run("record", "il-114", "mou-signed", *SAID, "--edit", env=env))
    assert "is longer than 1,000,000 bytes" in told


def test_on_a_terminal_the_text_is_offered_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mistake is said, the editor opened on what was written, and then it is recorded."""
    for name, value in editing(("on: 2025-13", "on: 2025-12"), ("on:$", "on: 2025-13")).items():
        monkeypatch.setenv(name, value)
    code, screen = desk.typed("record", "il-114", "mou-signed", *SAID, "--edit", answers=["y"])
    assert code == 0, screen
    assert screen.count("Edit it again?") == 1
    assert "recorded: mou-signed, 2025-12 (1 to 31 December 2025)" in screen
    assert kept() == []


def test_who_declines_finds_the_text_where_it_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mistake ends the command then."""
    for name, value in editing(("on:", "on: 2025-13")).items():
        monkeypatch.setenv(name, value)
    code, screen = desk.typed("record", "il-114", "mou-signed", *SAID, "--edit", answers=["n"])
    assert (code, desk.head()) == (5, 3)
    assert "what you wrote is kept in" in screen
    assert ["on: 2025-13" in text for text in kept()] == [True]


# --- editors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("record",), ("plan", "il-114"), ("amend", "il-114#2")])
def test_without_a_terminal_and_an_editor_it_is_called_wrongly(
    desk: Desk, words: tuple[str, ...]
) -> None:
    """One sentence, and no editor is looked for where nobody could use it."""
    told = refused(desk.run(*words, "--edit"), 2)
    assert told.startswith("--edit needs an editor, and there is no terminal to open one on; ")


def test_nobody_who_wants_no_questions_gets_an_editor(desk: Desk) -> None:
    """``--no-input`` and ``--edit`` are two wishes."""
    done = desk.run("--no-input", "record", "--edit", env=editing())
    assert "--no-input was given" in refused(done, 2)


@pytest.mark.parametrize("editor", ["false", "no-such-editor-anywhere", "'unfinished"])
def test_an_editor_that_fails_records_nothing(desk: Desk, editor: str) -> None:
    """Its failure is told, and nothing is left behind."""
    done = desk.run("record", "il-114", "--edit", env={"EDITOR": editor})
    assert refused(done, 2).startswith("the editor failed (")
    assert kept() == []


def test_an_editor_that_takes_the_file_away_says_nothing(desk: Desk) -> None:
    """As an empty file does."""
    done = desk.run("record", "il-114", "--edit", env={"EDITOR": "rm"})
    assert (done.exit_code, done.stderr) == (1, "nothing was edited, so nothing is recorded\n")


def test_an_edit_begins_with_what_stands(busy: Desk) -> None:
    """It takes up no earlier version: that is a command of its own."""
    words = ("amend", "il-114#2", "--revert-to", "@4", "--edit")
    assert "leave --revert-to out" in refused(busy.run(*words, env=editing()), 2)


# --- the text itself ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "",
        "one line",
        "two\nlines",
        "a gap\n\nand on",
        "deeper\n    still",
        "# no comment\n# at all",
        "a: b\nc: d",
        "शब्द — “quoted”",
    ],
)
def test_what_is_written_is_read_back(value: str) -> None:
    """Whatever a text looks like, in a field and in a source."""
    help_of: dict[str, Any] = dict.fromkeys(["note", *draft.SOURCE_PARTS], "What it is for.")
    text = template(["Head"], ["note", "source"], help_of, {"note": value}, [{"quote": value}])
    told = read(text, ["note", "source"])
    assert told.text("note") == value
    assert [draft.text_of(source, "quote") for source in told.sources] == [value]


def test_a_line_that_goes_on_with_nothing_is_a_mistake() -> None:
    """A text begins with a field."""
    with pytest.raises(Refused, match="line 2: 'and on' is no field"):
        read("# head\n  and on\n", ["note"])


# --- register and revise --------------------------------------------------------------------------


def profile(desk: Desk, slug: str) -> dict[str, Any]:
    """What stands of an initiative."""
    with Tracker.open(desk.db, by="reader") as log:
        return asdict(log.status(slug).standing.profile)


def test_an_initiative_is_registered_as_it_is_edited(tmp_path: Path) -> None:
    """Every field, in a log that begins with it; several parties are parted by semicolons."""
    desk = Desk(str(tmp_path / "new" / "log.db"))
    words = ("register", "fta", "--title", "The FTA", "--party", "India", "--party", "EAEU")
    kept_as_it_is = desk.run(*words, "--edit", env=editing())
    assert (kept_as_it_is.exit_code, Path(desk.db).exists()) == (1, False)
    assert kept_as_it_is.stderr == "nothing was edited, so nothing is registered\n"
    env = editing(("lifecycle:", "lifecycle: trade-agreement"), ("tag:", "tag: summit; trade"))
    tried = desk.run(*words, "--edit", "-n", env=env)
    assert (tried.exit_code, Path(desk.db).exists()) == (0, False), tried.output
    done = desk.run(*words, "--edit", env=env)
    assert done.stdout.endswith("registered: The FTA (trade-agreement)\n"), done.output
    assert fields() == [
        "title: The FTA", "lifecycle:", "party: India; EAEU", "sector:", "tag:", "part-of:",
        "summary:",
    ]  # fmt: skip
    assert "co-production" in shown()
    assert profile(desk, "fta") == {
        "title": "The FTA",
        "lifecycle": "trade-agreement",
        "parties": ("India", "EAEU"),
        "sector": None,
        "tags": ("summit", "trade"),
        "summary": None,
    }


def test_what_stands_of_an_initiative_is_edited(desk: Desk) -> None:
    """What is changed changes, what is emptied is cleared, the rest stays."""
    env = editing(
        ("sector:", "sector:"), ("summary:", "summary: Short."), ("part-of:", "part-of: il-96")
    )
    done = desk.run("revise", "il-11", "--party", "Russia", "--edit", env=env)
    assert done.exit_code == 0, done.output
    assert {"title: Il-114-300", "party: Russia", "sector: aviation"} <= {*fields()}
    told = profile(desk, "il-114")
    assert (told["sector"], told["summary"], told["parties"]) == (None, "Short.", ("Russia",))
    assert desk.events()[-1] == ("il-114#3", "initiatives-linked")
    assert desk.run("revise", "il-114", "--edit", env=editing()).exit_code == 1


PROFILE_MISTAKES: list[tuple[tuple[str, str], int, str]] = [
    (("title:", "title:"), 5, "title: it may not be empty"),
    (
        ("lifecycle:", "lifecycle: co-prodution"),
        3,
        "lifecycle: there is no lifecycle 'co-prodution'",
    ),
    (("part-of:", "part-of: il-97"), 3, "part-of: there is no initiative 'il-97'"),
]


@pytest.mark.parametrize(("change", "code", "said"), PROFILE_MISTAKES)
@pytest.mark.parametrize("words", [("register", "new"), ("revise", "il-114")])
def test_a_mistake_in_a_profile_names_its_line(
    desk: Desk, words: tuple[str, ...], change: tuple[str, str], code: int, said: str
) -> None:
    """And the text is kept, and nothing written."""
    given = ("--title", "New", "--lifecycle", "co-production", "--edit")
    env = editing(("summary:", "summary: mine"), change)
    told = refused(desk.run(*words, *given, env=env), code)
    assert re.match(rf"line \d+, {re.escape(said)}", told), told
    assert ["summary: mine" in text for text in kept()] == [True]
    assert desk.head() == 3


def test_a_name_that_is_taken_is_said_before_anything_is_written(desk: Desk) -> None:
    """As is one that cannot be a name."""
    assert "il-114 is registered already" in refused(
        desk.run("register", "il-114", "--edit", env=editing()), 4
    )
    assert "cannot name an initiative" in refused(
        desk.run("register", "Il 114", "--edit", env=editing())
    )
    assert not Path("shown.txt").exists()
