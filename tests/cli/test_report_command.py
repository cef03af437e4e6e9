"""``tracker report``: what it writes where, and what it leaves out."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from freezegun import freeze_time

from tests.cli import asking_story
from tests.cli.asking_story import NOW, ask
from tracker import Tracker


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """The small log of the asking commands."""
    path = tmp_path / "log.db"
    asking_story.tell(str(path))
    return path


def written(db: Path, *words: str) -> str:
    """The page on standard output."""
    done = ask(db, "report", "--out", "-", *words)
    assert done.exit_code == 0, done.output
    assert done.stderr == ""
    return done.stdout


def data(page: str) -> dict[str, Any]:
    """What the program of a page is given."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    whole: dict[str, Any] = json.loads(found[1])
    return whole


def test_it_writes_one_page_and_says_so(db: Path, tmp_path: Path) -> None:
    """The file is there whole, with the permissions of any file, and its viewpoint is told."""
    before = os.umask(0o027)
    try:
        done = ask(db, "report", "--out", str(tmp_path / "desk.html"), "--as-of", "2025-12-31")
    finally:
        os.umask(before)
    assert done.exit_code == 0, done.output
    assert done.stdout == ""
    assert re.fullmatch(
        r"wrote a report of 3 initiatives, as of 2025-12-31, known at 2026-01-15T09:04:00Z "
        r"\(@14, root [0-9a-f]{8}\), to .*/desk\.html\n",
        done.stderr,
    )
    file = tmp_path / "desk.html"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_text(encoding="utf-8").endswith("</html>\n")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["desk.html", "log.db"]


def test_it_never_replaces_a_file_unasked(db: Path, tmp_path: Path) -> None:
    """A name that is taken is refused before the work, and what is there stays; --force says so."""
    file = tmp_path / "desk.html"
    file.write_text("kept")
    done = ask(db, "report", "--out", str(file))
    assert done.exit_code == 5
    assert "is there already; name another file, or add --force" in done.stderr
    assert file.read_text() == "kept"
    assert ask(db, "report", "--out", str(file), "--force").exit_code == 0
    assert file.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_dry_run_writes_nothing(db: Path, tmp_path: Path) -> None:
    """It says what it would write, and leaves no file."""
    done = ask(db, "report", "--out", str(tmp_path / "desk.html"), "-n")
    assert done.exit_code == 0
    assert done.stderr.startswith("would write a report of 3 initiatives, as of 2026-03-01")
    assert not (tmp_path / "desk.html").exists()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("report",), 2, "--out"),
        (("report", "--out"), 2, "--out"),
        (("report", "--out", "x.html", "--title", " "), 2, "--title is blank"),
        (("report", "--out", "x.html", "--party", "Nobody"), 2, "the party 'Nobody'"),
        (("report", "--out", "x.html", "--known-at", "@99"), 3, "there is no position @99"),
        (("report", "--out", "x.html", "--known-at", "2027-01-01"), 5, "is still to come"),
        (
            ("report", "--out", "x.html", "--as-reported", "2025-12-31", "--as-of", "2025"),
            2,
            "both",
        ),
        (("report", "--out", "nowhere/x.html"), 6, "cannot be written"),
    ],
)
def test_what_it_cannot_do_is_one_sentence(
    db: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    told: str,
) -> None:
    """Each fault has its exit code and its sentence, and leaves no file."""
    monkeypatch.chdir(tmp_path)
    done = ask(db, *words)
    assert done.exit_code == code, done.output
    assert told in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["log.db"]


# -- what is left out ------------------------------------------------------------------------------


def test_what_was_learned_later_is_not_in_the_file(db: Path) -> None:
    """A page as known then holds no word, date or position that was recorded afterwards."""
    now = written(db)
    # Salts are random, and so are the roots: the digits of a year may stand in one of them.
    then = re.sub(r"\b[0-9a-f]{8,}\b", "", written(db, "--known-at", "2025-12-31"))
    for later in ("A blog", "the blog took it back", "Statement, 12", "Another newspaper",
                  "2025-12-04", "2027", "2026-01-15", "the day of the dispatch"):  # fmt: skip
        assert later in now
        assert later not in then.replace(NOW.date().isoformat(), "")
    given = data(then)
    assert given["position"] == 9
    positions = [
        each
        for item in given["initiatives"]
        for name in ("versions", "facts", "plans", "links")
        for row in item.get(name, ())
        for each in row[:2]
        if each is not None
    ]
    assert max(positions) <= 9
    assert max(given["positions"]) <= 9


def test_it_is_the_page_that_was_written_then(db: Path, tmp_path: Path) -> None:
    """As known at a position, the page of a longer log is that of the log cut off after it."""
    early = tmp_path / "early.db"
    log = tmp_path / "log.jsonl"
    assert ask(db, "export", str(log), "--format", "log", "--known-at", "@9").exit_code == 0
    assert ask(early, "restore", str(log)).exit_code == 0
    given = ("--as-of", "2026-01-01", "--known-at", "@9")
    assert written(db, *given) == written(early, *given)


def test_filters_restrict_what_is_in_the_file(db: Path) -> None:
    """What does not fit is not there at all: no slug, no title, no lifecycle of its own."""
    page = written(db, "--party", "UAC")
    assert [item["slug"] for item in data(page)["initiatives"]] == ["il-114"]
    for other in ("sj-100", "SJ-100", "eaeu-fta", "trade-agreement", "A newspaper"):
        assert other not in page
    assert "1 initiative, only party UAC" in page


def test_erased_texts_are_absent(db: Path) -> None:
    """An erased quote is in no page, of no viewpoint; the rest of its source is."""
    assert "The sides have begun to discuss it." in written(db)
    with freeze_time(NOW), Tracker.open(str(db), by="desk") as log:
        log.erase("il-114#2", field="quote", reason="asked for")
    for words in ((), ("--known-at", "@3")):
        page = written(db, *words)
        assert "The sides have begun" not in page
        assert "Example Wire" in page


def test_an_empty_log_has_a_page_too(tmp_path: Path) -> None:
    """With nothing recorded the page says so, and names the root of the empty log."""
    db = tmp_path / "empty.db"
    with Tracker.open(str(db), create=True):
        pass
    page = written(db)
    assert "as known at <b>before anything was recorded</b>: 0 initiatives" in page
    assert data(page)["stops"] == [[0, None, data(page)["stops"][0][2]]]


def test_the_static_table_says_what_status_says(db: Path) -> None:
    """Without JavaScript there is a row for each initiative, in the words of the answer."""
    page = written(db)
    rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    cells = [re.sub(r"<[^>]+>", "|", row) for row in rows]
    assert [re.sub(r"\|+", "|", each).strip("|") for each in cells] == [
        "Free trade agreement| |eaeu-fta|Not started|active",
        (
            "Il-114-300 regional aircraft| |il-114|Talks|active|2025-12-04|"
            "Talks initiated, 2025-12-04 (India and Russia discuss building the Il-114)|2027-12-31"
        ),
        (
            "SJ-100 jet| |sj-100|Feasibility (possibly Memorandum)|active|2025-10 to 2026-02|"
            "Feasibility study seen under way, 2025-10 to 2026-02 (Another newspaper)"
        ),
    ]


def test_a_page_has_no_address_but_those_recorded(db: Path) -> None:
    """It names no other file, font, script or picture: nothing could be fetched."""
    page = written(db)
    addresses = set(re.findall(r"https?://[^\s\"'<>\\]+", page))
    assert addresses == {"https://example.org/il-114", "http://www.w3.org/2000/svg"}
    assert re.findall(r"(?:src|href)=\"([^\"]*)\"", page.split("</head>")[0]) == ["data:,"]
    assert "@import" not in page


def test_it_answers_the_same_on_every_database(database_url: str) -> None:
    """The page is made of the same facts on SQLite and on PostgreSQL."""
    asking_story.tell(database_url)
    done = ask(database_url, "report", "--out", "-")
    assert done.exit_code == 0, done.output
    found = data(done.stdout)
    assert [(i["slug"], len(i.get("facts", ()))) for i in found["initiatives"]] == [
        ("dup", 0), ("eaeu-fta", 0), ("il-114", 3), ("sj-100", 2)
    ]  # fmt: skip
    assert [stop[0] for stop in found["stops"]] == [2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14]
