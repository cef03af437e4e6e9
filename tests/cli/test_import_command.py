"""``tracker import``: what is said of rows that are recorded, and of rows that cannot be."""

from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from freezegun import freeze_time

from tests.cli.desk import Desk
from tests.schemas import validate
from tracker.application import Tracker
from tracker.application.shipped import fixtures

if TYPE_CHECKING:
    from click.testing import Result

SUMMIT = fixtures() / "india-russia" / "summit.jsonl"
GOOD: dict[str, str] = {
    "initiative": "il-114",
    "title": "Il-114",
    "lifecycle": "co-production",
    "type": "talks started",
    "on": "2025-12-05",
    "source": "https://example.org/a",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(str(tmp_path / "log" / "log.db"))


def rows(*changes: dict[str, str]) -> str:
    """A CSV file of good rows, with *changes*."""
    made = [GOOD | change for change in changes]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys(name for row in made for name in row)))
    writer.writeheader()
    writer.writerows(made)
    return out.getvalue()


def file(tmp_path: Path, *changes: dict[str, str], name: str = "rows.csv") -> str:
    path = tmp_path / name
    path.write_text(rows(*changes), encoding="utf-8", newline="")
    return str(path)


BAD: tuple[dict[str, str], ...] = (
    {},
    {"on": "2025-13-01", "grade": "Z9"},
    {"type": "nonsense", "note": "two"},
    {"on": "2025-12-06", "type": "MoU signed"},
)


def counts(summary: str) -> str:
    """The line of a summary that counts; what changed stands below it."""
    return summary.splitlines()[0]


def one_sentence(result: Result) -> str:
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.output
    assert lines[0].startswith("tracker: ")
    return lines[0].removeprefix("tracker: ")


# --- rows that are recorded -----------------------------------------------------------------------


def test_the_history_that_ships_is_imported_once(desk: Desk) -> None:
    """The summary counts what was recorded; the second time that is nothing."""
    first = desk.run("import", str(SUMMIT))
    assert (first.exit_code, first.stderr) == (0, "")
    assert counts(first.stdout) == (
        "recorded 7 developments, 2 plans, 5 new initiatives (@1 to @19); adopted co-production, "
        "trade-agreement, cooperation-programme, training-programme, dialogue"
    )
    again = desk.run("import", str(SUMMIT))
    assert (again.exit_code, again.stdout) == (
        0,
        "recorded nothing new; 9 rows already in the log\n",
    )
    assert desk.head() == 19


def test_a_dry_run_says_the_same_and_makes_nothing(desk: Desk) -> None:
    """Not even the log."""
    out = desk.done("import", str(SUMMIT), "-n")
    assert out.startswith("would record 7 developments, 2 plans, 5 new initiatives (@1 to @19)")
    assert not Path(desk.db).parent.exists()


def test_several_files_and_standard_input(desk: Desk, tmp_path: Path) -> None:
    """``-`` is standard input; the format is told by the content, or said."""
    one = file(tmp_path, {}, name="one.csv")
    two = rows({"type": "MoU signed", "on": "2025-12-06"})
    assert counts(desk.done("import", one, "-", "--format", "csv", given=two)) == (
        "recorded 2 developments, 1 new initiative (@1 to @4); adopted co-production"
    )
    line = json.dumps(GOOD | {"type": "offer-made"}) + "\n"
    assert counts(desk.done("import", "-", given=line)) == "recorded 1 development (@5)"


def test_an_import_on_postgresql(each_postgresql: str) -> None:
    """The same rows give the same summary on a server, and once."""
    desk = Desk(each_postgresql)
    assert "5 new initiatives (@1 to @19)" in desk.done("import", str(SUMMIT))
    assert "nothing new; 9 rows already" in desk.done("import", str(SUMMIT))
    stopped = desk.run("import", "-", given=rows(*BAD))
    assert stopped.exit_code == 5
    assert desk.head() == 19


def test_a_backfill_takes_its_instants_and_lifecycles_from_files(
    desk: Desk, tmp_path: Path
) -> None:
    """The lifecycle is adopted at the instant of the first row, and all of it asserted."""
    shipped = (fixtures() / "lifecycles" / "project.toml").read_text("utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(shipped.replace('name = "project"', 'name = "mine"'), "utf-8")
    row = {"lifecycle": "mine", "type": "announced", "recorded_at": "2020-01-01T10:00:00Z"}
    row |= {"on": "2019"}
    words = ("import", file(tmp_path, row), "--backfill", "--lifecycle", str(mine))
    done = counts(desk.done(*words))
    assert done == "recorded 1 development, 1 new initiative (@1 to @3); adopted mine"
    with Tracker.open(desk.db, by="reader") as log:
        told = [event for event, _, _ in log.events()]
    assert {event.time for event in told} == {"asserted"}
    assert {event.recorded_at.year for event in told} == {2020}
    assert desk.done(*words) == "recorded nothing new; 1 row already in the log\n"


def test_how_fast_it_went_is_said_when_asked(desk: Desk) -> None:
    """On standard error, away from the summary."""
    said = Desk(desk.db).run("-v", "import", str(SUMMIT))
    speed = said.stderr.splitlines()[0]
    assert speed.startswith("9 rows in ")
    assert speed.endswith(" a second")


# --- what it changes ------------------------------------------------------------------------------


AGAIN: tuple[dict[str, str], ...] = (
    {"type": "talks-initiated", "source": "https://example.org/b c", "note": "from elsewhere"},
    {"type": "talks-initiated", "publisher": "The same", "note": "told twice"},
    {"type": "MoU signed", "on": "2026-01-05"},
    {"type": "MoU signed", "on": "2026-01-05", "source": "A paper"},
    {"initiative": "new-1", "title": "New\x1b", "type": "MoU signed", "on": "2026-01-05"},
    {"type": "completed", "on": "2030", "mode": "planned"},
)
CHANGED = """\
  new         new-1  New\\x1b (co-production): memorandum
  moved       il-114  talks → memorandum
  finding     il-114  mandatory-skipped: reached memorandum on 2026-01-05 with no feasibility, \
which co-production calls mandatory, on record
  finding     il-114  single-source: mou-signed of 2026-01-05 rests on a single unconfirmed source
  finding     new-1  mandatory-skipped: reached memorandum on 2026-01-05 with no feasibility, \
which co-production calls mandatory, on record
  finding     new-1  single-source: mou-signed of 2026-01-05 rests on a single unconfirmed source
  told again  standard input, line 2: talks-initiated of 2025-12-05 is il-114#2 already, from \
another source; if it is the same: {leave_out} tracker amend il-114#2 --add-source \
'https://example.org/b c' --reason 'told by another source too'
  told again  standard input, line 3: talks-initiated of 2025-12-05 is il-114#2 already, from \
the same source; if it is the same: {leave}
"""


@pytest.fixture
def told(database_url: str) -> Desk:
    """A desk that knows of the talks (``il-114#2``)."""
    desk = Desk(database_url)
    desk.done("import", "-", given=rows({}))
    return desk


@freeze_time("2026-02-01T09:00:00Z")
def test_a_preview_says_what_would_change_and_offers_second_sources(told: Desk) -> None:
    """New initiatives, moves, findings, and rows that tell what is told already; then the same."""
    given = rows(*AGAIN)
    head = told.head()
    tried = told.done("import", "-", "-n", given=given)
    assert told.head() == head
    assert counts(tried) == "would record 5 developments, 1 plan, 1 new initiative (@4 to @10)"
    leave = "leave the row out"
    expected = CHANGED.format(leave=leave, leave_out=f"{leave}, and")
    assert tried.partition("\n")[2] == expected + (
        "  told again  standard input, line 5: mou-signed of 2026-01-05 is il-114#5 already, in a "
        "row before it; if it is the same: leave this row out, and then tracker amend il-114#5 "
        "--add-source …\n"
    )
    done = told.done("import", "-", given=given)
    withdraw = "tracker withdraw {} --reason …"
    expected = CHANGED.format(
        leave=withdraw.format("il-114#4"), leave_out=f"{withdraw.format('il-114#3')},"
    )
    *lines, last = done.partition("\n")[2].splitlines(keepends=True)
    assert "".join(lines) == expected
    assert "line 5: mou-signed of 2026-01-05 is il-114#5 already, from another source" in last


@freeze_time("2026-02-01T09:00:00Z")
def test_the_command_that_is_offered_makes_one_fact_of_two(told: Desk) -> None:
    """Pasted, it adds the source with all that the row says of it; nothing was merged before it."""
    source = {"source_title": "It's out", "publisher": "PIB", "published": "2026-01",
              "quote": "So.", "grade": "B1"}  # fmt: skip
    again_told = rows({**AGAIN[0], **source})
    [item] = validate(told.done("import", "-", "--json", given=again_told))["items"]
    [again] = item["told_again"]["shown"]
    assert (again["fact"], again["other"], again["line"]) == ("il-114#3", "il-114#2", 2)
    assert (again["other_source"], again["in_log"]) == (True, True)
    told.done(*shlex.split(again["command"])[1:])
    told.done("withdraw", again["fact"], "--reason", "the same")
    [standing] = json.loads(told.done("status", "il-114", "--json"))["items"]
    assert [each["url"] or each["document"] for each in standing["deciding"]["sources"]] == [
        "https://example.org/a",
        "https://example.org/b c",
    ]
    described = {**source, "title": source["source_title"], "published_on": source["published"]}
    added = standing["deciding"]["sources"][1]
    parts = ("title", "publisher", "published_on", "quote", "grade")
    assert [added[part] for part in parts] == [described[part] for part in parts]
    assert "single-source" not in {each["kind"] for each in standing["findings"]}


@freeze_time("2026-02-01T09:00:00Z")
@pytest.mark.parametrize("together", [3, 20_000])
def test_of_much_a_few_are_shown_and_all_are_counted(
    told: Desk, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists have an end, and say how many more there are, however much is looked at together."""
    from tracker.application import import_preview

    monkeypatch.setattr(import_preview, "TOGETHER", together)
    many = [
        {"initiative": f"one-{n:02}", "title": f"One {n}", "note": f"{m}"}
        for n in range(25)
        for m in range(2)
    ]
    text = told.done("import", "-", "-n", given=rows(*many))
    [item] = validate(told.done("import", "-", "-n", "--json", given=rows(*many)))["items"]
    assert (item["dry_run"], item["rows"], item["developments"]) == (True, 50, 50)
    for name, what, count in (
        ("initiatives", "new initiatives", 25),
        ("told_again", "that are told again", 25),
        ("findings", "findings (tracker attention", 25),
    ):
        assert (item[name]["count"], len(item[name]["shown"])) == (count, 20)
        assert f"… and {count - 20} more {what}" in text
    assert item["findings"]["kinds"] == [{"kind": "single-source", "count": 25}]
    assert {each["in_log"] for each in item["told_again"]["shown"]} == {False}


@freeze_time("2026-02-01T09:00:00Z")
def test_what_is_too_long_to_look_through_is_said(
    told: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its findings are left out, with its name; moves are told all the same."""
    from tracker.application import import_preview

    monkeypatch.setattr(import_preview, "MOST_DEVELOPMENTS", 1)
    done = told.done("import", "-", "-n", given=rows({"type": "MoU signed", "on": "2026-01-05"}))
    assert done.splitlines()[1:] == [
        "  moved       il-114  talks → memorandum",
        "  finding     il-114  it is too long to be looked through here",
    ]


def test_an_import_of_nothing_new_changes_nothing(told: Desk) -> None:
    """In words and as JSON."""
    assert told.done("import", "-", given=rows({})) == (
        "recorded nothing new; 1 row already in the log\n"
    )
    [item] = validate(told.done("import", "-", "--json", given=rows({})))["items"]
    assert (item["already_there"], item["first_position"]) == (1, None)
    assert {item[name]["count"] for name in ("initiatives", "moves", "told_again")} == {0}


# --- rows that cannot be --------------------------------------------------------------------------


def test_a_bad_row_stops_everything(desk: Desk, tmp_path: Path) -> None:
    """Each fault is a line with file, line, column, value and reason; nothing is written."""
    path = file(tmp_path, *BAD)
    stopped = desk.run("import", path)
    assert (stopped.exit_code, stopped.stdout) == (5, "")
    lines = stopped.stderr.splitlines()
    on, grade, kind, told = lines
    assert on == (
        f"{path}, line 3: on: '2025-13-01' does not exist: months are 01 to 12, and quarters are "
        "2025-Q1 to 2025-Q4"
    )
    assert grade == (
        f"{path}, line 3: grade: 'Z9' is not an Admiralty grade; write a letter A to F for the "
        "source and a figure 1 to 6 for what it says, such as B2"
    )
    assert kind == (
        f"{path}, line 4: type: co-production has no development type 'nonsense' (tracker "
        "lifecycle show co-production lists them)"
    )
    assert told == (
        "tracker: 2 rows of 4 cannot be recorded, so none was; mend what is wrong, or leave those "
        "out with --on-error skip"
    )
    assert list(Path(desk.db).parent.glob("*")) == []


def test_bad_rows_are_left_out_and_can_be_mended(desk: Desk, tmp_path: Path) -> None:
    """``skip`` writes the good rows; the rejects, mended, are a file to import."""
    rejects = tmp_path / "bad.jsonl"
    words = ("import", file(tmp_path, *BAD), "--on-error", "skip", "--rejects", str(rejects))
    skipped = desk.run(*words)
    assert skipped.exit_code == 1
    assert counts(skipped.stdout) == (
        "recorded 2 developments, 1 new initiative (@1 to @4); adopted co-production; "
        "2 rows left out"
    )
    assert len(skipped.stderr.splitlines()) == 3
    told = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
    assert [(row["line"], row["note"]) for row in told] == [(3, ""), (4, "two")]
    assert told[0]["reason"].startswith("on: '2025-13-01' does not exist")
    mended = rejects.read_text("utf-8").replace("2025-13-01", "2025-12-01").replace("Z9", "B2")
    rejects.write_text(mended.replace("nonsense", "offer-made"), "utf-8")
    assert counts(desk.done("import", str(rejects))) == "recorded 2 developments (@5 to @6)"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"initiative,type,on,source,foo\na,commented,2025,x,1\n", "there is no column 'foo'"),
        (b"", "the file is empty; its first line must name the columns"),
        (b"[{}]", "the file is a JSON list; write one object a line (jq -c '.[]' does)"),
        ("initiative,type,on,source\n".encode("utf-16"), "UTF-8"),
    ],
)
@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_file_of_which_no_row_can_be_read_is_no_row_to_leave_out(
    desk: Desk, tmp_path: Path, data: bytes, reason: str, on_error: str
) -> None:
    """It stops an import that skips bad rows too, and is no row among the rejects."""
    path = tmp_path / ("odd.jsonl" if data.startswith(b"[") else "odd.csv")
    path.write_bytes(data)
    odd, rejects = str(path), tmp_path / "bad.jsonl"
    words = ("--on-error", on_error, "--rejects", str(rejects))
    stopped = desk.run("import", file(tmp_path, {}), odd, *words)
    assert (stopped.exit_code, stopped.stdout) == (5, "")
    fault, sentence = stopped.stderr.splitlines()
    assert fault.startswith(f"{odd}, line 1: ")
    assert reason in fault
    assert sentence == (
        f"tracker: no row of {odd} can be read, so none was recorded; mend that, or leave it out"
    )
    assert rejects.read_text() == ""
    assert not Path(desk.db).exists()


def test_rejects_are_written_when_bad_rows_stop_it_too(desk: Desk, tmp_path: Path) -> None:
    """Whoever has many faults finds them all there; a dry run writes no file."""
    rejects = tmp_path / "bad.jsonl"
    words = ("import", file(tmp_path, *BAD), "--rejects", str(rejects))
    assert desk.run(*words, "-n").exit_code == 5
    assert not rejects.exists()
    assert desk.run(*words).exit_code == 5
    assert len(rejects.read_text("utf-8").splitlines()) == 2
    written = desk.run("import", file(tmp_path, *BAD), "--on-error", "skip", "--rejects", "-")
    assert [json.loads(line)["line"] for line in written.stdout.splitlines()] == [3, 4]
    assert "recorded 2 developments" in written.stderr


def test_rejects_replace_those_of_before_and_no_other_file(desk: Desk, tmp_path: Path) -> None:
    """Of an empty one nothing is lost."""
    rejects = tmp_path / "bad.jsonl"
    words = ("import", file(tmp_path, *BAD), "--on-error", "skip", "--rejects", str(rejects))
    for text in ("mine", '{"line": 1}\n', "null\n", "[]"):
        rejects.write_text(text, "utf-8")
        refused = desk.run(*words)
        assert refused.exit_code == 5
        assert one_sentence(refused).endswith(
            "bad.jsonl is there already; name another file, or delete it"
        )
        assert (rejects.read_text("utf-8"), Path(desk.db).exists()) == (text, False)
    rejects.write_text('{"line": 9, "file": "x", "reason": "of before"}\n', "utf-8")
    assert desk.run(*words, "--dry-run").exit_code == 1
    assert "of before" in rejects.read_text("utf-8")
    assert desk.run(*words).exit_code == 1
    assert len(rejects.read_text("utf-8").splitlines()) == 2
    rejects.write_text("", "utf-8")
    assert desk.run(*words).exit_code == 1
    assert len(rejects.read_text("utf-8").splitlines()) == 2


def test_of_many_faults_the_first_are_said(desk: Desk, tmp_path: Path) -> None:
    """Fifty lines, and how many more there are and where."""
    path = file(tmp_path, *({"grade": "Z9", "note": str(n)} for n in range(1060)))
    lines = desk.run("import", path).stderr.splitlines()
    assert len(lines) == 52
    assert lines[50] == "… and 1,010 more; --rejects FILE writes them all"
    lines = desk.run("import", path, "--rejects", str(tmp_path / "bad")).stderr.splitlines()
    assert lines[50] == f"… and 1,010 more; all are in {tmp_path / 'bad'}"


def test_unknown_columns_are_named(desk: Desk, tmp_path: Path) -> None:
    """A column that would be lost stops the import."""
    stopped = desk.run("import", file(tmp_path, {"sauce": "x"}))
    assert stopped.exit_code == 5
    assert "sauce" in stopped.stderr
    assert "source" in stopped.stderr


def test_recorded_text_in_a_fault_cannot_steer_the_terminal(desk: Desk, tmp_path: Path) -> None:
    """Neither can the name of the file."""
    stopped = desk.run("import", file(tmp_path, {"type": "\x1b[2J"}, name="a\x1b[2Jb.csv"))
    assert stopped.exit_code == 5
    assert "\x1b" not in stopped.stderr


# --- called wrongly -------------------------------------------------------------------------------


def test_files_that_cannot_be_read(desk: Desk, tmp_path: Path) -> None:
    """One sentence, and no log is begun."""
    lifecycle = ("--lifecycle", "co-production")
    wrong: list[tuple[tuple[str, ...], int, str]] = [
        ((str(tmp_path / "none.csv"),), 2, "no such file"),
        ((str(tmp_path),), 2, "is a directory"),
        ((str(SUMMIT), *lifecycle), 2, "comes with tracker"),
        (("-", "-"), 2, "only once"),
        ((str(SUMMIT), "--rejects", str(SUMMIT)), 2, "would write over"),
        ((str(SUMMIT), "--rejects", str(tmp_path / "no" / "bad")), 2, "no such file"),
    ]
    for words, code, part in wrong:
        refused = desk.run("import", *words)
        assert (refused.exit_code, refused.stdout) == (code, ""), refused.output
        assert part in one_sentence(refused)
        assert list(Path(desk.db).parent.glob("*")) == []
    assert desk.run("import").exit_code == 2


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00", b"[1, 2]", b"{", b"a,b\n1,2\n"])
def test_whatever_is_in_the_file_there_is_no_traceback(desk: Desk, content: bytes) -> None:
    """Rows, faults, or nothing at all; never a fault of tracker's."""
    done = desk.apart_bytes("import", "-", given=content)
    assert done.returncode in (0, 5), done.stderr
    assert b"Traceback" not in done.stderr
    assert b"fault in tracker" not in done.stderr


def test_progress_on_a_terminal_says_how_fast_and_how_long(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bar with the rate and the time left, for what takes longer than a second."""
    from tracker.application import row_import
    from tracker.cli import import_, progress

    shown: list[Any] = []
    monkeypatch.setattr(row_import, "BATCH_ROWS", 10)
    monkeypatch.setattr(import_, "is_terminal", lambda _: True)
    monkeypatch.setattr("tracker.cli.app.is_terminal", lambda _: True)
    monkeypatch.setattr(progress.Bar, "advance", lambda bar, n=1: shown.append((bar._total, n)))
    path = file(tmp_path, *({"note": str(n)} for n in range(25)))
    desk.done("import", path)
    assert [n for _, n in shown] == [10, 10, 5]
    assert {total for total, _ in shown} <= {25, 26}


def test_ctrl_c_leaves_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted in the middle, an import has written no row, and begun no log."""
    from tracker.application import row_import

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(row_import.RowImport, "_write", interrupt)
    stopped = desk.run("import", str(SUMMIT))
    assert (stopped.exit_code, stopped.stdout) == (130, "")
    assert list(Path(desk.db).parent.iterdir()) == []
