"""The first history: what the article's initiatives stand at, as the design says they do."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from freezegun import freeze_time

from tests.schemas import validate
from tracker.cli import tracker as command_line

EXPECTED = {
    "il-114": "feasibility",
    "india-eaeu-fta": "committed",
    "india-russia-economic-programme": "announced",
    "polar-seafarers": "proposed",
    "india-russia-summit-23": "held",
}


@pytest.fixture
def demo(database_url: str) -> str:
    """The first history, loaded a year after the summit, on every database."""
    with freeze_time("2026-11-22T09:00:00"):
        done = CliRunner().invoke(command_line, ["--db", database_url, "demo"])
    assert done.exit_code == 0, done.stderr
    return database_url


def asked(url: str, *words: str) -> dict[str, dict[str, object]]:
    """The items of a status, by initiative."""
    with freeze_time("2028-01-15T09:00:00"):
        done = CliRunner().invoke(command_line, ["--db", url, "status", "--json", *words])
    assert done.exit_code == 0, done.stderr
    items: list[dict[str, object]] = validate(done.stdout)["items"]
    return {str(item["initiative"]): item for item in items}


def test_at_the_end_of_the_year(demo: str) -> None:
    """As of 2025-12-31 each is in its phase, active, observed, and certain."""
    items = asked(demo, "--as-of", "2025-12-31")
    assert {name: item["phase"] for name, item in items.items()} == EXPECTED
    assert {(i["condition"], i["basis"], i["certain"]) for i in items.values()} == {
        ("active", "observed", True)
    }


def test_on_the_eve_of_the_summit(demo: str) -> None:
    """As of 2025-12-04 nothing has started."""
    items = asked(demo, "--as-of", "2025-12-04")
    assert {item["phase"] for item in items.values()} == {"not-started"}
    assert len(items) == len(EXPECTED)


def test_after_two_years_of_silence(demo: str) -> None:
    """As of 2027-12-31, with nothing more recorded, il-114 is in feasibility, dormant by inference.

    What is settled does not turn dormant: the summit was held.
    """
    items = asked(demo, "--as-of", "2027-12-31")
    il114, summit = items["il-114"], items["india-russia-summit-23"]
    assert (il114["phase"], il114["condition"], il114["basis"]) == (
        "feasibility",
        "dormant",
        "inferred",
    )
    assert (summit["phase"], summit["condition"], summit["basis"]) == ("held", "active", "observed")


def test_what_the_article_says_twice_is_a_finding(demo: str) -> None:
    """Initiated and resumed contradict each other: both are kept, and shown."""
    findings = json.dumps(asked(demo, "--as-of", "2025-12-31")["il-114"]["findings"])
    assert "contradiction" in findings


def test_the_plan_to_2030_is_due_then(demo: str) -> None:
    """A plan has not come true by being old, and says when it is due."""
    programme = asked(demo, "--as-of", "2027-12-31")["india-russia-economic-programme"]
    assert (programme["phase"], programme["next_due"]) == ("announced", "2030-12-31")
    assert programme["open_plans"] == 1
