"""Recording typed wrongly, or into a log that cannot take it: one sentence, and nothing written."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from tests.cli.desk import Desk, begun
from tracker.cli import tracker

USED = "019aebce-f400-7000-8000-000000000001"
SAID = ("--source", "https://example.org/a")
MOU = ("record", "il-114", "mou-signed")
ON = ("--on", "2025-12-05")
QUICK = {"TRACKER_LOCK_TIMEOUT": "0.2"}


def build(db: str) -> Desk:
    """il-114 with a development (#2, @4) amended (#3) and one withdrawn (#4, #5); il-96; old."""
    desk = begun(db)
    desk.done("record", "il-114", "talks-initiated", *ON, *SAID, "--id", USED)
    desk.done("amend", "il-114#2", "--note", "n", "--reason", "more")
    desk.done("record", "il-114", "offer-made", *ON, *SAID)
    desk.done("withdraw", "il-114#4", "--reason", "wrong")
    desk.done("record", "il-96", "offer-made", *ON, *SAID)
    desk.done("register", "old", "--title", "Old", "--lifecycle", "co-production")
    desk.done("retire", "old", "--reason", "registered twice", "--merged-into", "il-96")
    return desk


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    build(str(folder / "log.db"))
    return folder


@pytest.fixture
def desk(model: Path, tmp_path: Path) -> Desk:
    return Desk(str(shutil.copytree(model, tmp_path / "desk") / "log.db"))


def said_in(db: str) -> list[str]:
    """All that a SQLite file holds."""
    with closing(sqlite3.connect(db)) as connection:
        return list(connection.iterdump())


def one_sentence(stderr: str) -> str:
    """What standard error says, which has to be one sentence of the program's."""
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    assert lines[0].startswith("tracker: ")
    assert "Traceback" not in stderr
    assert "fault in tracker" not in stderr
    return lines[0].removeprefix("tracker: ")


# --- what was typed -------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "unknown slug": (
        ("record", "il-115", "mou-signed", *ON, *SAID),
        3,
        ("there is no initiative 'il-115'", "did you mean", "il-114"),
    ),
    "ambiguous prefix": (
        ("record", "il", "mou-signed", *ON, *SAID),
        2,
        ("'il' begins several: il-114, il-96; write more of it",),
    ),
    "unknown type": (
        ("record", "il-114", "mou-sined", *ON, *SAID),
        5,
        ("co-production has no development type 'mou-sined'", "did you mean mou-signed"),
    ),
    "a phase for a type": (
        ("record", "il-114", "feasibility", *ON, *SAID),
        5,
        ("no development type 'feasibility'", "feasibility-study-started"),
    ),
    "a day that does not exist": (
        (*MOU, "--on", "2025-02-30", *SAID),
        5,
        ("'2025-02-30' does not exist",),
    ),
    "a date of two meanings": (
        (*MOU, "--on", "03/04/2025", *SAID),
        5,
        ("'03/04/2025'", "2025-03-04", "2025-04-03"),
    ),
    "a word that is no date": ((*MOU, "--on", "soonish", *SAID), 5, ("'soonish'", "2025-12-05")),
    "a time of day": ((*MOU, "--on", "2025-12-05T10:00", *SAID), 5, ("2025-12-05",)),
    "the future": (
        (*MOU, "--on", "2999-01-01", *SAID),
        5,
        ("has not happened yet", "tracker plan"),
    ),
    "no source": ((*MOU, *ON), 5, ("needs a source", "--source")),
    "a blank source": ((*MOU, *ON, "--source", "  "), 5, ("--source",)),
    "a bad grade": ((*MOU, *ON, *SAID, "--grade", "Z9"), 5, ("'Z9' is not an Admiralty", "B2")),
    "a bad date of publication": (
        (*MOU, *ON, *SAID, "--published", "2025-13"),
        5,
        ("'2025-13' does not exist",),
    ),
    "an id used for something else": (
        (*MOU, *ON, *SAID, "--id", USED),
        4,
        (USED, "was used before, for il-114#2", "leave --id out"),
    ),
    "a version that has passed": (
        (*MOU, *ON, *SAID, "--expect-version", "2"),
        4,
        ("il-114 has 5 events, not 2", "--expect-version 5"),
    ),
    "a retired initiative": (
        ("record", "old", "mou-signed", *ON, *SAID),
        5,
        ("old was retired (registered twice)", "il-96"),
    ),
    "a fact that is not there": (
        (*MOU, *ON, *SAID, "--after", "il-114#99"),
        3,
        ("there is no event il-114#99",),
    ),
    "no fact at all": (
        (*MOU, *ON, *SAID, "--after", "il-114#1"),
        5,
        ("il-114#1", "no development or plan"),
    ),
    "a fact of another": (
        (*MOU, *ON, *SAID, "--after", "il-96#2"),
        5,
        ("il-96#2 belongs to another initiative",),
    ),
    "a withdrawn fact": (
        (*MOU, *ON, *SAID, "--contradicts", "il-114#4"),
        5,
        ("il-114#4 is withdrawn",),
    ),
    "after one of another date": (
        (*MOU, "--on", "2025-12-06", *SAID, "--after", "il-114#2"),
        5,
        ("il-114#2 is dated 2025-12-05, not 2025-12-06",),
    ),
    "a development fulfilled": (
        (*MOU, *ON, *SAID, "--fulfils", "il-114#2"),
        5,
        ("only a plan be fulfilled",),
    ),
    "a plan on and by": (
        ("plan", "il-114", "completed", "--on", "2030", "--by", "2031", *SAID),
        2,
        ("--on", "--by", "leave one of them out"),
    ),
    "a stale base": (
        ("amend", "il-114#2", "--note", "m", "--reason", "r", "--based-on", "@4"),
        4,
        ("il-114#2 has changed since @4", "--based-on @5"),
    ),
    "a withdrawn fact on a stale base": (
        ("amend", "il-114#4", "--note", "m", "--reason", "r", "--based-on", "@6"),
        4,
        ("il-114#4 has changed since @6", "@7"),
    ),
    "a withdrawal repeated": (
        ("withdraw", "il-114#4", "--reason", "again"),
        4,
        ("il-114#4 is withdrawn already", "--revert-to"),
    ),
    "a development by a date": (
        ("amend", "il-114#2", "--by", "2030", "--reason", "r"),
        5,
        ("il-114#2 is a development and no plan", "--on"),
    ),
    "a development without a date": (
        ("amend", "il-114#2", "--on", "", "--reason", "r"),
        5,
        ("il-114#2 is a development and no plan", "--on"),
    ),
    "a version of another fact": (
        ("amend", "il-114#2", "--revert-to", "@8", "--reason", "r"),
        3,
        ("@8 is no version of il-114#2",),
    ),
    "a position that no log reaches": (
        ("amend", "il-114#2", "--revert-to", "@" + "9" * 5000, "--reason", "r"),
        3,
        ("there is no position @999",),
    ),
    "an event at a position that no log reaches": (
        ("withdraw", "@99999999999999999999", "--reason", "r"),
        3,
        ("there is no position @99999999999999999999",),
    ),
    "an event that no initiative reaches": (
        ("withdraw", "il-114#99999999999999999999", "--reason", "r"),
        3,
        ("there is no event il-114#99999999999999999999",),
    ),
    "a recorder without a name": (
        ("--by", "", "withdraw", "il-114#2", "--reason", "r"),
        5,
        ("'' cannot say who records", "--by"),
    ),
    "a recorder with a name too long": (
        ("--by", "x" * 201, "withdraw", "il-114#2", "--reason", "r"),
        5,
        ("cannot say who records; give a name of at most 200 printable letters",),
    ),
    "no position": (
        ("amend", "il-114#2", "--revert-to", "four", "--reason", "r"),
        2,
        ("--revert-to needs a position such as @17",),
    ),
    "nothing to amend": (("amend", "il-114#2", "--reason", "r"), 2, ("say what",)),
    "a text that never was": (
        ("erase", "il-114#2", "--field", "quote", "--reason", "r"),
        3,
        ("il-114#2 never had a text in its quote", "--field note"),
    ),
    "an initiative to erase": (
        ("erase", "il-114#1", "--field", "note", "--reason", "r"),
        5,
        ("no development or plan",),
    ),
    "an empty reason": (("withdraw", "il-114#2", "--reason", " "), 5, ("--reason",)),
    "a slug of another form": (
        ("register", "Il 114", "--title", "T", "--lifecycle", "dialogue"),
        5,
        ("'Il 114' cannot name an initiative", "il-114"),
    ),
    "a slug taken": (
        ("register", "il-114", "--title", "T", "--lifecycle", "dialogue"),
        4,
        ("il-114 is registered already", "tracker revise il-114"),
    ),
    "a slug of one that was retired": (
        ("register", "old", "--title", "T", "--lifecycle", "dialogue"),
        4,
        ("old was retired (registered twice; now il-96)", "never given twice; choose another"),
    ),
    "merged into itself": (
        ("retire", "il-114", "--reason", "r", "--merged-into", "il-114"),
        5,
        ("il-114 cannot be merged into itself",),
    ),
    "an unknown lifecycle": (
        ("register", "new", "--title", "T", "--lifecycle", "dialog"),
        3,
        ("there is no lifecycle 'dialog'", "did you mean dialogue"),
    ),
    "an empty title": (
        ("register", "new", "--title", "", "--lifecycle", "dialogue"),
        5,
        ("--title",),
    ),
    "linked to itself": (("link", "il-114", "follows", "il-114"), 5, ("linked to itself",)),
    "no such link": (
        ("unlink", "il-114", "follows", "il-96", "--reason", "r"),
        3,
        ("there is no link il-114 follows il-96", "tracker show il-114"),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_typed_wrongly_is_refused_in_one_sentence(desk: Desk, case: str) -> None:
    """The exit code is the documented one, the sentence has the way out, nothing is written."""
    words, code, parts = REFUSALS[case]
    before = said_in(desk.db)
    refused = desk.run(*words)
    assert (refused.exit_code, refused.stdout) == (code, ""), refused.output
    sentence = one_sentence(refused.stderr)
    for part in parts:
        assert part in sentence
    assert said_in(desk.db) == before
    dry = desk.run(*words, "--dry-run")
    assert (dry.exit_code, dry.stdout, dry.stderr) == (code, "", refused.stderr)


def test_a_log_that_may_not_be_read_is_said_to_be(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is there is not to be looked for."""
    monkeypatch.setattr("tracker.application.opening.is_current", lambda *_: False)
    monkeypatch.setattr("os.access", lambda path, _: str(path) != desk.db)
    refused = desk.run("status")
    assert (refused.exit_code, refused.stdout) == (6, "")
    assert f"you may not read {desk.db}; ask for the right to" in one_sentence(refused.stderr)


def test_a_server_refuses_the_same_in_the_same_words(model: Path, each_postgresql: str) -> None:
    """Every refusal above has the same exit code and sentence on PostgreSQL."""
    here, there = Desk(str(model / "log.db")), build(each_postgresql)
    before = there.head()
    for case, (words, code, _) in REFUSALS.items():
        refused = there.run(*words)
        assert (refused.exit_code, refused.stdout) == (code, ""), case
        assert refused.stderr == here.run(*words).stderr, case
    assert there.head() == before


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ((*MOU, *ON, *SAID, "--id", "nonsense"), "'nonsense' is not a valid UUID"),
        ((*MOU, *ON, *SAID, "--expect-version", "two"), "'two' is not a valid integer"),
        ((*MOU, "--one", "2025"), "Did you mean '--on'?"),
        (("link", "il-114", "partof", "il-96"), "'part-of'"),
        (("withdraw",), "FACT"),
        (("erase", "il-114#2", "--field", "stated_by", "--reason", "r"), "'note', 'quote'"),
        (
            ("withdraw", b"\xff".decode(errors="surrogateescape"), "--reason", "r"),
            "not valid UTF-8",
        ),
    ],
)
def test_a_wrong_call_says_where_help_is(desk: Desk, words: tuple[str, ...], part: str) -> None:
    """What click notices itself ends with 2, and writes nothing."""
    before = said_in(desk.db)
    refused = desk.run(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert part in refused.stderr
    assert refused.stderr.endswith("--help' for help.\n")
    assert said_in(desk.db) == before


def test_a_recorder_has_a_printable_name(desk: Desk) -> None:
    """A name that could steer a terminal cannot stand in the log for ever."""
    refused = Desk(desk.db, "asha\x1b[2J").run(*MOU, *ON, *SAID)
    assert (refused.exit_code, refused.stdout) == (5, "")
    assert "--by" in one_sentence(refused.stderr)


def test_a_lock_timeout_is_a_number(desk: Desk) -> None:
    """The setting that is wrong is named."""
    for wrong in ("soon", "-1", "nan"):
        refused = desk.run(*MOU, *ON, *SAID, env={"TRACKER_LOCK_TIMEOUT": wrong})
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "$TRACKER_LOCK_TIMEOUT" in one_sentence(refused.stderr)


# --- no such log ----------------------------------------------------------------------------------

OTHERS: list[tuple[str, ...]] = [
    (*MOU, *ON, *SAID),
    ("plan", "il-114", "completed", *SAID),
    ("amend", "il-114#2", "--note", "n", "--reason", "r"),
    ("withdraw", "il-114#2", "--reason", "r"),
    ("erase", "il-114#2", "--field", "note", "--reason", "r"),
    ("revise", "il-114", "--title", "T"),
    ("link", "il-114", "follows", "il-96"),
    ("unlink", "il-114", "follows", "il-96", "--reason", "r"),
    ("retire", "il-114", "--reason", "r"),
]


@pytest.mark.parametrize("words", OTHERS, ids=lambda words: words[0])
def test_a_log_that_is_not_there_is_not_found_and_not_made(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Only what begins a log makes one; the others say how to begin."""
    desk = Desk(str(tmp_path / "nowhere" / "log.db"))
    refused = desk.run(*words)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "begin one with: tracker register" in one_sentence(refused.stderr)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_server_is_no_log_either(each_postgresql: str) -> None:
    """Nothing is made in a database that holds nothing."""
    for words in OTHERS:
        refused = Desk(each_postgresql).run(*words)
        assert (refused.exit_code, refused.stdout) == (3, "")
        assert "begin one with" in one_sentence(refused.stderr)
    engine = sa.create_engine(each_postgresql, poolclass=sa.pool.NullPool)
    assert sa.inspect(engine).get_table_names() == []


def test_a_registration_that_is_refused_leaves_no_log(tmp_path: Path) -> None:
    """A log that was made for it alone is taken away again."""
    desk = Desk(str(tmp_path / "log.db"))
    assert desk.run("register", "a", "--title", "A", "--lifecycle", "none").exit_code == 3
    assert list(tmp_path.iterdir()) == []


# --- a log that cannot take it --------------------------------------------------------------------


def unable(desk: Desk, part: str) -> None:
    """Recording ends with 6, says *part* and changes no file."""
    path = Path(desk.db)
    before = path.read_bytes() if path.is_file() else None
    refused = desk.run(*MOU, *ON, *SAID, env=QUICK)
    assert (refused.exit_code, refused.stdout) == (6, ""), refused.output
    assert part in one_sentence(refused.stderr)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_log_of_a_newer_program(desk: Desk) -> None:
    """It is not guessed what a newer program would have written."""
    with closing(sqlite3.connect(desk.db)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    unable(desk, "was made by a newer tracker; install that one")


def test_a_newer_log_on_a_server(each_postgresql: str) -> None:
    """The same on PostgreSQL, and with no password in the sentence."""
    desk = begun(each_postgresql)
    engine = sa.create_engine(each_postgresql, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    unable(desk, "was made by a newer tracker")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """Neither is a text, nor a folder."""
    text = tmp_path / "notes.txt"
    text.write_text("These are notes. " * 100)
    unable(Desk(str(text)), "is not a SQLite database; name the log with --db")
    unable(Desk(str(tmp_path)), "is a folder; name the file of a log in it with --db")
    begin = ("register", "a", "--title", "A", "--lifecycle", "dialogue")
    for beneath in (text / "log.db", text / "more" / "log.db"):
        refused = Desk(str(beneath)).run(*begin)
        assert (refused.exit_code, refused.stdout) == (6, "")
        assert "cannot be created" in one_sentence(refused.stderr)
    assert list(tmp_path.iterdir()) == [text]


def test_a_database_of_something_else(tmp_path: Path) -> None:
    """Tables that are not tracker's are left alone, by those that begin a log too."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE mine (x)")
    desk = Desk(str(path))
    unable(desk, "holds other tables and no log of tracker's")
    before = path.read_bytes()
    refused = desk.run("register", "a", "--title", "A", "--lifecycle", "dialogue")
    assert (refused.exit_code, path.read_bytes()) == (6, before)


# --- servers --------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_and_no_password_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence says which database, but never the password in its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://asha:s3cr3t@127.0.0.1:{port}/desk?password=s3cr3t"
    monkeypatch.setenv("TRACKER_DB", url)
    for words in (MOU + ON + SAID, ("register", "a", "--title", "A", "--lifecycle", "dialogue")):
        refused = CliRunner().invoke(tracker, words)
        assert (refused.exit_code, refused.stdout) == (6, "")
        assert "cannot be reached; check that the server runs" in one_sentence(refused.stderr)
        assert "s3cr3t" not in refused.output
        debugged = CliRunner().invoke(tracker, ["--debug", *words])
        assert "s3cr3t" not in debugged.output


def test_a_database_and_a_role_that_are_not_there(each_postgresql: str) -> None:
    """A server that does not let one in ends with 6 too."""
    url = sa.make_url(each_postgresql)
    for wrong in (url.set(database="no-such-database"), url.set(username="nobody-such")):
        refused = Desk(wrong.render_as_string(hide_password=False)).run(*MOU, *ON, *SAID)
        assert (refused.exit_code, refused.stdout) == (6, ""), refused.output
        one_sentence(refused.stderr)


def test_a_role_that_may_only_read(each_postgresql: str) -> None:
    """Without the right to append nothing is, and the sentence says so."""
    desk = begun(each_postgresql)
    engine = sa.create_engine(each_postgresql, poolclass=sa.pool.NullPool)
    role = "reader_of_" + str(sa.make_url(each_postgresql).database).replace("-", "_")
    with engine.begin() as connection:
        connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN'))
        connection.execute(sa.text(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"'))
    try:
        url = sa.make_url(each_postgresql).set(username=role)
        reader = Desk(url.render_as_string(hide_password=False))
        refused = reader.run(*MOU, *ON, *SAID)
        assert (refused.exit_code, refused.stdout) == (6, ""), refused.output
        assert "may only read the log" in one_sentence(refused.stderr)
        assert desk.head() == 3
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f'DROP OWNED BY "{role}"'))
            connection.execute(sa.text(f'DROP ROLE "{role}"'))
