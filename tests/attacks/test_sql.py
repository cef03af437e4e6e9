"""SQL in every text that reaches the program: it is never more than a text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from freezegun import freeze_time

from tests.attacks.tree import Place, call, commands, lay_out, text_places, told_well
from tests.attacks.victim import NOW, Fingerprint, listed, tell, tell_all
from tracker.cli import tracker as command_line

if TYPE_CHECKING:
    from tests.tally import Tally

SQL = (
    "'; DROP TABLE events; --",
    '" OR ""="',
    "%",
    "il-114' UNION SELECT body FROM events --",
    ":position %(position)s $1 ?1 {0}",
    "_l-114",
    "\\",
    "il-114') OR ('1'='1",
)
FILTERS = ("party", "sector", "tag")


def attack(db: str, chosen: list[Place], payloads: tuple[str, ...]) -> int:
    """Put every payload into every place; how many calls that were."""
    count = 0
    for place in chosen:
        dry = ("--dry-run",) if place.command.writes else ()
        for payload in payloads:
            done = call(db, place.command.words(place.attacked(payload), *dry))
            flaw = told_well(done)
            assert flaw is None, f"{place} given {payload!r}: {flaw}"
            assert done.exit_code != 6, f"{place} given {payload!r}: {done.output}"
            count += 1
    return count


@pytest.fixture
def files(home: Path) -> Path:
    lay_out(home)
    return home


@pytest.mark.usefixtures("files")
def test_a_call_of_each_command_works(told_log: Path, tmp_path: Path) -> None:
    """The calls that are attacked would be answered: the attack gets as far as the database."""
    for command in commands():
        log = shutil.copy(told_log, tmp_path / "log.db")
        db = tmp_path / "none.db" if command.name in ("restore", "demo") else log
        flags = ("--dry-run",) if command.writes else ()
        done = call(db, command.words(command.good(), *flags))
        # A file knows no roles to grant anything to, and is not told of any that there are not; no
        # view is saved that could be removed.
        expected = 2 if command.name in ("db grant", "view remove") else 0
        assert done.exit_code == expected, f"{command.name}: {done.output}"


@pytest.mark.usefixtures("files")
def test_sql_in_every_text(told_log: Path, tally: Tally) -> None:
    """No text of any command changes the log, ends in a traceback, or fails in the database."""
    before = Fingerprint.of(str(told_log))
    count = attack(str(told_log), text_places(), SQL)
    assert Fingerprint.of(str(told_log)) == before
    assert call(told_log, ["verify"]).exit_code == 0
    assert count > 1000
    tally.add("bad inputs tried: SQL in a text of the command line", count)


@pytest.mark.usefixtures("files")
def test_sql_in_every_text_of_a_server(each_postgresql: str, tally: Tally) -> None:
    """The same where statements end at a semicolon and a percent sign means a parameter."""
    tell(each_postgresql)
    before = Fingerprint.of(each_postgresql)
    chosen = [place for place in text_places() if place.param.name not in ("as_of", "as_reported")]
    count = sum(
        attack(each_postgresql, [place], (SQL[number % 3], SQL[3 + number % 5]))
        for number, place in enumerate(chosen)
    )
    assert Fingerprint.of(each_postgresql) == before
    assert call(each_postgresql, ["verify"]).exit_code == 0
    tally.add("bad inputs tried: SQL in a text of the command line", count)


def test_sql_as_the_name_of_who_records(told_log: Path) -> None:
    """A name may hold any letters; it is kept as it is, and nothing else happens."""
    for payload in SQL:
        words = ["--db", str(told_log), "--by", payload, "withdraw", "il-114#2", "--reason", "r"]
        done = CliRunner().invoke(command_line, [*words, "--dry-run"])
        assert done.exit_code == 0, done.output


def test_what_was_recorded_is_found_by_its_very_words(database_url: str, tally: Tally) -> None:
    """Every filter and every search answers right: a text stands for itself, wildcards too."""
    tell(database_url)
    slugs = [f"odd-{number}" for number in range(len(SQL))]
    for slug, payload in zip(slugs, SQL, strict=True):
        tell_all(database_url, payload, slug)
    for slug, payload in zip(slugs, SQL, strict=True):
        for option in FILTERS:
            text = payload if option == "sector" else listed(payload)
            found = asked(database_url, "status", f"--{option}={text}")
            assert [each["initiative"] for each in found] == [slug], (option, payload)
        for command in ("stats", "timeline", "replay"):
            done = call(database_url, [command, "--json", f"--party={listed(payload)}"])
            assert done.exit_code == 0, done.output
            mentioned = {each for each in slugs if f'"{each}"' in done.stdout}
            assert mentioned <= {slug}, (command, payload)
        words = payload.casefold().split()
        titled = {
            each
            for each, text in zip(slugs, SQL, strict=True)
            if all(word in f"title {text}\nsummary {text}".casefold() for word in words)
        }
        hits = asked(database_url, "search", "--", payload)
        found_in_profiles = {hit["initiative"] for hit in hits if hit["fact"] is None}
        assert found_in_profiles & set(slugs) == titled, payload
        for name in (payload, f"{slug[:-1]}%", "_dd-1", f"{slug}' --"):
            done = call(database_url, ["show", "--", name])
            assert done.exit_code == 3, (name, done.output)
    tally.add("bad inputs tried: SQL recorded, and asked for", len(SQL) * 12)


def test_what_was_recorded_is_kept_to_the_letter(database_url: str, tally: Tally) -> None:
    """SQL in every field of an event is stored, shown, exported and verified as it was given."""
    tell(database_url)
    for number, payload in enumerate(SQL):
        slug = f"odd-{number}"
        tell_all(database_url, payload, slug)
        (card,) = asked(database_url, "show", slug)
        profile = (card["title"], card["parties"], card["sector"], card["tags"], card["summary"])
        assert profile == (
            f"Title {payload}",
            [f"Party {listed(payload)}", listed(payload)],
            payload,
            [listed(payload)],
            f"Summary {payload}",
        )
        (fact,) = (each for each in card["developments"] if each["state"] == "current")
        assert fact["note"] == f"amended {payload}"
        assert fact["sources"][0]["quote"] == f"quote {payload}"
        assert fact["sources"][0]["publisher"] == f"publisher {payload}"
    done = call(database_url, ["verify"])
    assert done.exit_code == 0, done.output
    tally.add("bad inputs tried: SQL recorded, and asked for", len(SQL) * 14)


def asked(db: str, command: str, *words: str) -> list[dict[str, Any]]:
    with freeze_time(NOW):
        done = call(db, [command, "--json", *words])
    assert done.exit_code == 0, done.output
    answer: list[dict[str, Any]] = json.loads(done.stdout)["items"]
    return answer
