"""``what-if``: what a draft would change, tried on the log, or on a copy of it, and taken back."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from tests.cli.asking_story import NOW, answered, ask, tell
from tests.cli.desk import Desk
from tests.schemas import validate, validate_lines
from tests.sharing import shared
from tracker import Tracker
from tracker.application import supposing
from tracker.application.shipped import fixtures
from tracker.projections import changes
from tracker.store.reading import Head

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

KNOWN = "known at 2026-01-15T09:04:00Z (@14, root 00000000)"
NOBODY = 65534
DRAFT = """\
initiative,title,lifecycle,type,on,source
il-114,,,feasibility study underway,2026-02-10,https://example.org/x
il-96,The Il-96-400M,co-production,talks initiated,2026-01,A paper
"""


@pytest.fixture
def db(tmp_path: Path) -> str:
    path = str(tmp_path / "desk.db")
    tell(path)
    return path


@pytest.fixture
def draft(tmp_path: Path) -> str:
    return written(tmp_path / "draft.csv", DRAFT)


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def under_another(folder: Path) -> str:
    """The lifecycle of co-productions, with a memorandum as no more than talks."""
    text = (fixtures() / "lifecycles" / "co-production.toml").read_text(encoding="utf-8")
    talks, memorandum = 'enters = "talks"', 'enters = "memorandum"'
    before, study, after = text.rpartition('enters = "feasibility"')
    assert study
    assert memorandum in after
    changed = f"{before}{memorandum}{after.replace(memorandum, talks)}"
    return written(folder / "co-production.toml", changed)


def contents(db: str) -> list[tuple[str, bytes]]:
    """Every body of the log with its leaf."""
    with Tracker.open(db, by="desk") as log:
        return [(body, leaf) for _, body, leaf in log.events()]


def test_it_says_what_would_change_and_why(db: str, draft: str) -> None:
    """Before and after, the cause, what was supposed, and what would be odd about it."""
    assert (
        answered(db, "what-if", "--with", draft)
        == f"""\
initiative  before → after       because
il-114      talks → feasibility  learned: feasibility-study-underway on 2026-02-10 (il-114#7)
il-96       not listed → talks   registered

2 initiatives would change, as of 2026-03-01, {KNOWN}

supposed: 2 developments, 1 new initiative
finding (single-source): il-114: feasibility-study-underway of 2026-02-10 rests on a single \
unconfirmed source
finding (single-source): il-96: talks-initiated of 2026-01 rests on a single unconfirmed source
"""
    )


def test_what_changes_nothing_says_so(db: str, tmp_path: Path) -> None:
    """A plan changes no status, and what the log has already is not supposed twice."""
    plan = written(
        tmp_path / "plan.csv",
        "initiative,type,on,mode,source\nil-114,contract signed,2031,planned,A paper\n",
    )
    told = answered(db, "what-if", "--with", plan)
    assert told.startswith(f"Nothing would change, as of 2026-03-01, {KNOWN}.\n")
    assert "supposed: 1 plan\n" in told
    with freeze_time(NOW):
        assert ask(db, "import", plan).exit_code == 0
    assert "supposed: nothing new; 1 row already in the log\n" in answered(
        db, "what-if", "--with", plan
    )


@pytest.mark.parametrize("words", [(), ("--as-of", "2025-12-31"), ("--as-of", "2028-01-01")])
def test_it_says_what_diff_says_after_recording(
    database_url: str, draft: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """To the last cause; and until it is recorded the log is what it was."""
    tell(database_url)
    given = ("--with", draft, "--lifecycle", under_another(tmp_path))
    before = contents(database_url)
    supposed = validate(answered(database_url, "what-if", *given, *words, "--json"))
    assert contents(database_url) == before
    assert ask(database_url, "verify").exit_code == 0
    assert ask(database_url, "import", draft, "--lifecycle", given[3]).exit_code == 0
    positions = f"@{len(before)}", f"@{len(contents(database_url))}"
    diff = ("diff", *positions, "--axis", "knowledge", *words, "--json")
    recorded = validate(answered(database_url, *diff))
    assert supposed["items"] == recorded["items"] != []
    assert supposed["viewpoint"]["root"] == recorded["from"]["root"]


def test_the_file_of_the_log_is_the_same_byte_for_byte(db: str, draft: str) -> None:
    """Nothing of the draft reaches it."""
    before = Path(db).read_bytes()
    assert ask(db, "what-if", "--with", draft).exit_code == 0
    assert Path(db).read_bytes() == before
    assert sorted(path.name for path in Path(db).parent.iterdir()) == ["desk.db", "draft.csv"]


def test_at_an_earlier_knowledge_it_is_tried_on_the_log_as_it_was(
    database_url: str, draft: str
) -> None:
    """What was learned later is not known there, and what is supposed is."""
    tell(database_url)
    before = contents(database_url)
    words = ("what-if", "--with", draft, "--known-at", "@9", "--json")
    told = validate(answered(database_url, *words))
    assert [(i["initiative"], i["causes"][0]["fact"]) for i in told["items"]] == [
        ("il-114", "il-114#3"),
        ("il-96", None),
    ]
    assert told["items"][0]["before"]["since"] == "2025-12-05"
    assert (told["viewpoint"]["position"], contents(database_url)) == (9, before)


def test_before_the_log_knew_an_initiative_the_draft_has_to_register_it(
    db: str, draft: str
) -> None:
    """The draft is recorded at the position that is asked about, and nowhere else."""
    done = ask(db, "what-if", "--with", draft, "--as-reported", "2025-12-09")
    assert (done.exit_code, done.stdout) == (5, "")
    assert "il-114 is not registered yet, and its first row must give its title" in done.stderr


def test_another_lifecycle(db: str, tmp_path: Path) -> None:
    """A lifecycle put in the place of the one in force: who follows it is told anew."""
    told = answered(db, "what-if", "--lifecycle", under_another(tmp_path))
    assert "sj-100      feasibility? → memorandum?  reclassified co-production\n" in told
    assert "finding (mandatory-skipped): sj-100: reached memorandum on 2025-10/2026-02 " in told
    assert "supposed: adopted co-production\n" in told
    past = answered(
        db, "what-if", "--lifecycle", under_another(tmp_path), "--as-reported", "2025-12-31"
    )
    assert "sj-100      memorandum → talks  reclassified co-production\n" in past


@pytest.mark.parametrize("known", [(), ("--known-at", "@9")])
def test_every_format_has_the_same_answer(db: str, draft: str, known: tuple[str, ...]) -> None:
    """JSON as its schema says, a line an item, a row an item."""
    words = ("what-if", "--with", draft, *known)
    told = validate(answered(db, *words, "--json"))
    assert told["supposed"]["developments"] == len(told["items"]) == 2
    assert [each["kind"] for each in told["findings"]] == ["single-source"] * 2
    lines = validate_lines(answered(db, *words, "--format", "jsonl"), "what-if")
    assert [i["after"] for i in lines] == [i["after"] for i in told["items"]]
    rows = list(csv.DictReader(io.StringIO(answered(db, *words, "--format", "csv"))))
    assert [row["after.phase"] for row in rows] == ["feasibility", "talks"]
    assert "| il-96 | not listed → talks | registered |" in answered(
        db, *words, "--format", "markdown"
    )


def test_a_draft_may_come_through_a_pipe(db: str, draft: str) -> None:
    piped = ask(db, "what-if", "--with", "-", "--json", input=DRAFT)
    assert validate(piped.stdout) == validate(answered(db, "what-if", "--with", draft, "--json"))


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [(), ("--known-at", "@9")])
def test_bad_rows_are_told_as_an_import_tells_them(
    db: str, tmp_path: Path, known: tuple[str, ...]
) -> None:
    """Line, column, value and reason; a development after today is one of them."""
    bad = written(
        tmp_path / "bad.csv",
        "initiative,type,on,source\nil-114,nonsense,2026-02-10,x\nil-114,mou signed,2026-04-01,x\n"
        "il-114,mou signed,2026-02-11,x\n",
    )
    imported, supposed = ask(db, "import", bad), ask(db, "what-if", "--with", bad, *known)
    assert (supposed.exit_code, supposed.stdout) == (imported.exit_code, "") == (5, "")
    assert supposed.stderr.splitlines()[:-1] == imported.stderr.splitlines()[:-1]
    assert len(supposed.stderr.splitlines()) == 3
    assert "2 rows of 3 could not be recorded, so there is no answer" in supposed.stderr
    assert len(contents(db)) == 14


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "what is to be supposed"),
        (("--with", "-", "--lifecycle", "-"), 2, "only once"),
        (("--with", "nowhere.csv"), 2, "nowhere.csv"),
        (("--lifecycle", "co-production"), 2, "there is no file co-production"),
        (("--with", "DRAFT", "--known-at", "@99"), 3, "only 14 events"),
        (("--with", "DRAFT", "--known-at", "2026-03-02"), 5, "still to come"),
        (("--with", "DRAFT", "--as-reported", "2025", "--as-of", "2025"), 2, "both times"),
    ],
)
def test_what_cannot_be_supposed_says_why(
    db: str, draft: str, words: tuple[str, ...], code: int, said: str
) -> None:
    given = [draft if word == "DRAFT" else word for word in words]
    done = ask(db, "what-if", *given)
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr


def test_without_a_log_there_is_nothing_to_try_it_on(tmp_path: Path, draft: str) -> None:
    """A question begins no log."""
    done = ask(tmp_path / "none.db", "what-if", "--with", draft)
    assert (done.exit_code, (tmp_path / "none.db").exists()) == (3, False)


# --- who may only read, and who is interrupted ----------------------------------------------------


@contextmanager
def read_only(db: str) -> Iterator[str]:
    """The log in a file that may not be written, whoever runs the tests."""
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name) / "desk.db"
        file.write_bytes(Path(db).read_bytes())
        folder.chmod(0o777)
        file.chmod(0o444)
        am_root = os.geteuid() == 0
        if am_root:
            os.seteuid(NOBODY)
        try:
            yield str(file)
        finally:
            if am_root:
                os.seteuid(0)


def test_a_file_that_may_only_be_read_is_copied(
    db: str, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is the same, and the file too."""
    expected, before = answered(db, "what-if", "--with", draft), Path(db).read_bytes()
    with read_only(db) as file:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(Path(file).parent))
        refused = ask(file, "register", "x", "--title", "X", "--lifecycle", "co-production")
        assert refused.exit_code == 6, refused.output
        done = ask(file, "what-if", "--with", "-", input=DRAFT)
        assert (done.exit_code, done.stderr) == (0, "")
        assert Path(file).read_bytes() == before
    assert done.stdout.replace(root_in(done), "00000000") == expected


def root_in(done: Result) -> str:
    return done.stdout.partition(", root ")[2][:8]


def test_who_may_only_read_a_shared_log_may_suppose(each_postgresql: str, draft: str) -> None:
    """A reader tries it on a copy, a recorder on the log itself; each is told the same.

    On no frozen clock: the server takes no event that its own clock has not come to.
    """
    with shared(each_postgresql) as log:
        tell(log.by(log.owner))
        before = contents(log.by(log.owner))
        told = [
            validate(Desk(log.by(role)).done("what-if", "--with", draft, "--json"))
            for role in (log.owner, log.recorder, log.reader)
        ]
        for each in told:
            for cause in (cause for item in each["items"] for cause in item["causes"]):
                del cause["recorded_at"]
        assert told[0] == told[1] == told[2]
        assert len(told[0]["items"]) == 2
        assert contents(log.by(log.owner)) == before


def interrupt(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


@pytest.mark.parametrize("known", [(), ("--known-at", "@9")])
def test_an_interrupted_trial_leaves_nothing_behind(
    database_url: str,
    draft: str,
    known: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither in the log, nor in the folder of temporary files; and the lock is free again."""
    tell(database_url)
    before = contents(database_url)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(scratch))
        patched.setattr(changes, "diff", interrupt)
        done = ask(database_url, "what-if", "--with", draft, *known)
    assert (done.exit_code, done.stdout) == (130, "")
    assert list(scratch.iterdir()) == []
    assert contents(database_url) == before
    assert ask(database_url, "import", draft).exit_code == 0


def test_a_log_that_grows_meanwhile_is_asked_at_the_position_that_was_named(
    db: str, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the lock it turns out that @9 is not the head any more: then it is a copy's turn."""
    copied: list[int] = []
    right: Callable[..., None] = supposing._copy

    def counted(log: Any, position: int, *rest: Any) -> None:
        copied.append(position)
        right(log, position, *rest)

    expected = answered(db, "what-if", "--with", draft, "--known-at", "@9")
    monkeypatch.setattr(supposing, "_copy", counted)
    monkeypatch.setattr(supposing, "head", lambda _: Head(9, None))
    assert answered(db, "what-if", "--with", draft, "--known-at", "@9") == expected
    assert copied == [9]
