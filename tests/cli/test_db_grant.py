"""``tracker db grant``, and what becomes of a command that the role may not give."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.application.test_sharing import DEFINITION
from tests.cli.desk import Desk, begun
from tests.sharing import Shared, shared
from tracker.store.functions import CALLED

SAID = ("--on", "2024-05-06", "--source", "https://example.org/a")


@pytest.fixture
def log(each_postgresql: str) -> Iterator[Shared]:
    """A log of three events that is shared with nobody yet."""
    with shared(each_postgresql, granted=False) as log:
        begun(log.by(log.owner))
        yield log


def desk(log: Shared, share: str) -> Desk:
    return Desk(log.by(getattr(log, share)))


def grant(log: Shared, share: str, *more: str) -> str:
    return desk(log, "owner").done("db", "grant", getattr(log, share), f"--{share}", *more)


def refused(at: Desk, *words: str, code: int = 6) -> str:
    """The one sentence that a command ends with."""
    done = at.run(*words)
    assert (done.exit_code, done.stdout) == (code, ""), done.output
    assert done.stderr.count("\n") == 1
    return done.stderr


# -- granting --------------------------------------------------------------------------------------


def test_a_reader_reads_and_a_recorder_records(log: Shared) -> None:
    """Each can do what it was granted at once, and before that neither can look."""
    for share in ("reader", "recorder"):
        assert "does not let you do that" in refused(desk(log, share), "status")
        assert f"{getattr(log, share)} can read" in grant(log, share)
        assert "il-114" in desk(log, share).done("status")
    desk(log, "recorder").done("record", "il-114", "commented", *SAID)
    assert "may only read the log" in refused(
        desk(log, "reader"), "record", "il-114", "commented", *SAID
    )
    assert desk(log, "owner").head() == 4


def test_a_dry_run_grants_nothing(log: Shared) -> None:
    """It says what would be, and the role can do no more than before."""
    assert "could read and append to" in grant(log, "recorder", "--dry-run")
    refused(desk(log, "recorder"), "status")
    doctor = json.loads(desk(log, "owner").done("doctor", "--json"))
    assert {"nobody"} == {
        item["value"] for item in doctor["items"] if item["check"] == "shared with"
    }


def test_the_last_grant_counts(log: Shared) -> None:
    """A recorder that is made a reader records no more; one that is revoked reads no more."""
    grant(log, "recorder")
    desk(log, "owner").done("db", "grant", log.recorder, "--reader")
    assert f"tracker db grant {log.recorder} --recorder" in refused(
        desk(log, "recorder"), "withdraw", "@2", "--reason", "mine"
    )
    desk(log, "recorder").done("status")
    said = desk(log, "owner").done("db", "grant", log.recorder, "--revoke")
    assert "can no longer read" in said
    refused(desk(log, "recorder"), "status")


def test_a_log_can_be_shared_before_anything_is_in_it(each_postgresql: str) -> None:
    """The first event of all may be a recorder's."""
    with shared(each_postgresql) as log:
        begun(log.by(log.recorder))
        desk(log, "reader").done("verify")


def test_granting_is_for_the_owner(log: Shared) -> None:
    """Neither recorder nor reader passes on what it has."""
    for share in ("reader", "recorder"):
        grant(log, share)
        said = refused(desk(log, share), "db", "grant", log.reader, "--recorder")
        assert "only the owner of the log" in said
        assert log.owner in said


@pytest.mark.parametrize("share", ["--reader", "--recorder", "--revoke"])
def test_an_unknown_role(log: Shared, share: str) -> None:
    """A role that the server does not have, PUBLIC among them, is not found."""
    for role in ("nobody-here", "PUBLIC", "public", 'x"; DROP TABLE events; --'):
        said = refused(desk(log, "owner"), "db", "grant", role, share, code=3)
        assert f"there is no role {role!r}" in said


def test_a_role_that_no_grant_can_limit(log: Shared) -> None:
    """An owner, a superuser, or one that may write already is no recorder."""
    owner = desk(log, "owner")
    for role in (log.owner, "postgres"):
        said = refused(owner, "db", "grant", role, "--recorder", code=5)
        assert "no grant can limit it" in said
    with log.session("postgres") as session:
        session.execute(b"GRANT UPDATE (text) ON disclosures TO PUBLIC")
    said = refused(owner, "db", "grant", log.reader, "--reader", code=5)
    assert "UPDATE on the table 'disclosures' from elsewhere" in said
    refused(desk(log, "reader"), "status")


def test_a_reader_that_records_through_another_role(log: Shared) -> None:
    """A member of a recorder is a recorder, and is not called a reader."""
    grant(log, "recorder")
    with log.session("postgres") as session:
        session.execute(
            SQL("GRANT {} TO {}").format(Identifier(log.recorder), Identifier(log.reader))
        )
    said = refused(desk(log, "owner"), "db", "grant", log.reader, "--reader", code=5)
    assert "may record through another role" in said


def test_a_grant_lets_in_who_may_not_connect(log: Shared) -> None:
    """CONNECT and USAGE come with it; where they are not the owner's to give, it says whose."""
    database, owner = Identifier(log.database), Identifier(log.owner)
    with log.session("postgres") as session:
        session.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        session.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    grant(log, "reader")
    desk(log, "reader").done("status")
    with log.session("postgres") as session:
        session.execute(SQL("ALTER DATABASE {} OWNER TO postgres").format(database))
        session.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, owner))
        session.execute(SQL("GRANT USAGE ON SCHEMA public TO {}").format(owner))
    said = refused(desk(log, "owner"), "db", "grant", log.recorder, "--recorder")
    assert f'GRANT CONNECT ON DATABASE "{log.database}" TO "{log.recorder}"' in said


def test_a_superuser_grants_as_the_owner(log: Shared) -> None:
    """The functions run with the owner's rights, not with those of whoever ran the command."""
    Desk(log.by("postgres")).done("db", "grant", log.recorder, "--recorder")
    with log.session(log.owner) as session:
        session.execute("DROP FUNCTION tracker_instant(timestamptz)")
    Desk(log.by("postgres")).done("db", "upgrade")
    with log.session("postgres") as session:
        owners = session.execute(
            b"SELECT DISTINCT proowner::regrole::text FROM pg_proc WHERE proname LIKE 'tracker_%'"
        ).fetchall()
    assert owners == [(log.owner,)]
    desk(log, "recorder").done("record", "il-114", "commented", *SAID)


def test_a_file_knows_no_roles(tmp_path: Path) -> None:
    """On SQLite the permissions of the file are the way."""
    at = begun(str(tmp_path / "desk.db"))
    said = refused(at, "db", "grant", "anna", "--reader", code=2)
    assert "its permissions" in said


def test_what_is_granted_must_be_said(tmp_path: Path) -> None:
    """There is no share that goes without saying."""
    done = Desk(str(tmp_path / "desk.db")).run("db", "grant", "anna")
    assert done.exit_code == 2
    assert "--reader, --recorder, or --revoke" in done.stderr


# -- commands of the wrong role --------------------------------------------------------------------


@pytest.fixture
def both(log: Shared) -> Shared:
    """The log, shared with both."""
    grant(log, "recorder")
    grant(log, "reader")
    return log


WRITES = (
    ("register", "mi-8", "--title", "Mi-8", "--lifecycle", "co-production"),
    ("revise", "il-114", "--title", "x"),
    ("record", "il-114", "commented", *SAID),
    ("record", "il-114", "commented", *SAID, "--dry-run"),
    ("plan", "il-114", "commented", "--by", "2030", "--source", "x"),
    ("link", "il-114", "follows", "il-96"),
    ("retire", "il-114", "--reason", "x"),
)
OWNERS = (
    ("rebuild",),
    ("restore", "log.jsonl"),
    ("import", "rows.csv", "--backfill"),
    ("lifecycle", "adopt", "road.toml", "--recorded-at", "2025-01-01T00:00:00Z"),
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that the commands name."""
    monkeypatch.chdir(tmp_path)
    rows = "initiative,type,on,source,recorded_at\nil-114,commented,2024,x,2024-05-06T00:00:00Z\n"
    Path("rows.csv").write_text(rows, encoding="utf-8")
    Path("log.jsonl").write_text("{}\n", encoding="utf-8")
    Path("road.toml").write_text(DEFINITION.format(""), encoding="utf-8")


@pytest.mark.usefixtures("files")
def test_a_reader_changes_nothing(both: Shared) -> None:
    """Every command that writes ends with one sentence, and says who can help."""
    for words in (*WRITES, *OWNERS):
        said = refused(desk(both, "reader"), *words)
        assert f"tracker db grant {both.reader} --recorder" in said, words
    assert desk(both, "owner").head() == 3


@pytest.mark.usefixtures("files")
def test_a_recorder_does_nothing_but_record(both: Shared) -> None:
    """To go back in time, to restore and to rebuild is the owner's, and the sentence says so."""
    for words in OWNERS:
        said = refused(desk(both, "recorder"), *words)
        assert "and nothing else; only its owner can" in said, words
    assert desk(both, "owner").head() == 3


def test_questions_are_for_all(both: Shared) -> None:
    """A reader asks, exports, verifies and looks at the database as the owner does."""
    questions: tuple[tuple[str, ...], ...] = (
        ("status", "--json"),
        ("show", "il-114"),
        ("log", "--json"),
        ("export", "--format", "log"),
        ("replay", "--json"),
        ("verify",),
        ("checkpoint",),
        ("rebuild", "--dry-run", "--json"),
    )
    for words in questions:
        told = {desk(both, share).done(*words) for share in ("owner", "recorder", "reader")}
        assert len(told) == 1, words
        assert told != {""}


def test_an_older_log_is_upgraded_by_its_owner(
    both: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else tries to, whatever the command would have done."""
    monkeypatch.setattr("tracker.store.migrate.REVISION", "9999")
    for share in ("recorder", "reader"):
        for words in (WRITES[2], ("db", "upgrade")):
            said = refused(desk(both, share), *words)
            assert "only the owner of the log" in said
            assert both.owner in said
        assert "needs an upgrade" in refused(desk(both, share), "status")


# -- keeping the functions as they are -------------------------------------------------------------


@pytest.mark.parametrize(
    "harm",
    [
        "DROP FUNCTION tracker_append(jsonb, jsonb)",
        "ALTER FUNCTION tracker_append(jsonb, jsonb) RESET search_path",
        "ALTER FUNCTION tracker_append(jsonb, jsonb) SECURITY INVOKER",
        "GRANT EXECUTE ON FUNCTION tracker_append(jsonb, jsonb) TO PUBLIC",
        (
            "CREATE OR REPLACE FUNCTION tracker_is_new(place bigint) RETURNS boolean LANGUAGE sql"
            " STABLE AS 'SELECT true'"
        ),
    ],
)
def test_functions_that_are_not_ours_are_noticed_and_mended(both: Shared, harm: str) -> None:
    """Doctor and verify name them, and what ``db upgrade --sql`` prints puts them back."""
    owner = desk(both, "owner")
    name = harm.split("FUNCTION ")[1].split("(")[0]
    with both.session(both.owner) as session:
        session.execute(harm.encode())
    doctor = owner.run("doctor")
    assert doctor.exit_code == 1
    assert "functions: recorders append through functions" in doctor.stdout
    said = refused(owner, "verify", code=7)
    assert f"({name})" in said
    assert "tracker db upgrade" in said
    assert f"its functions back: {name}" in owner.done("db", "upgrade", "--dry-run")
    by_hand = owner.done("db", "upgrade", "--sql")
    with both.session(both.owner) as session:
        session.execute(by_hand.encode())
    owner.done("verify")
    if harm.startswith("DROP"):  # what is made anew is nobody's yet
        grant(both, "recorder")
    desk(both, "recorder").done("record", "il-114", "commented", *SAID)


def test_an_upgrade_shows_new_tables_to_those_who_may_read(both: Shared) -> None:
    """What a migration adds is seen by whoever the log is shared with."""
    with both.session(both.owner) as session:
        session.execute(SQL("REVOKE ALL ON links FROM {}").format(Identifier(both.reader)))
        session.execute("DROP VIEW tracker_reading.links")
    for share in ("recorder", "reader"):
        refused(desk(both, share), "show", "il-114")
    desk(both, "owner").done("db", "upgrade")
    for share in ("recorder", "reader"):
        desk(both, share).done("show", "il-114")


def test_doctor_says_who_shares_the_log(both: Shared) -> None:
    """Who is connected, and who else may do what."""
    told = desk(both, "reader").done("doctor")
    assert f"{both.reader} (reader)" in told
    assert f"{both.reader} (reader), {both.recorder} (recorder)" in told


def test_no_right_is_left_to_public(both: Shared) -> None:
    """A role that nothing was granted to cannot call the functions."""
    with both.session("postgres") as session:
        stranger = f"stranger_{both.owner[-8:]}"
        session.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(stranger)))
        try:
            with both.session(stranger) as theirs:
                for name, arguments in CALLED.items():
                    given = ", ".join("NULL" for each in arguments.split(",") if each != "()")
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        theirs.execute(f"SELECT public.{name}({given})".encode())
        finally:
            session.execute(SQL("DROP ROLE {}").format(Identifier(stranger)))
