"""Lifecycles from the command line: listed, shown, drawn, checked and adopted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.desk import Desk, begun
from tests.schemas import validate
from tracker.application.shipped import fixtures, shipped_names

if TYPE_CHECKING:
    from click.testing import Result

MINE = """\
name = "permit"
title = "Building permit"
dormant_after = "6 months"

[[phase]]
name = "applied"
title = "Applied for"
definition = "The application has been handed in."
mandatory = true

[[phase]]
name = "granted"
title = "Granted"
definition = "The authority has granted it."
settled = true

[[development]]
type = "application-filed"
title = "Application filed"
enters = "applied"
aliases = ["filed"]

[[development]]
type = "permit-granted"
title = "Permit granted"
enters = "granted"

[[development]]
type = "refused"
title = "Refused"
ends = "refused"
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "permit.toml"
    path.write_text(MINE, encoding="utf-8")
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return begun(str(tmp_path / "log.db"))


@pytest.fixture
def nowhere(tmp_path: Path) -> Desk:
    return Desk(str(tmp_path / "nowhere" / "log.db"))


def one_sentence(result: Result) -> str:
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.output
    assert lines[0].startswith("tracker: ")
    assert result.stdout == ""
    return lines[0].removeprefix("tracker: ")


# --- list and show --------------------------------------------------------------------------------


def test_what_ships_is_listed_without_a_log(nowhere: Desk) -> None:
    """Asking what there is makes nothing."""
    out = nowhere.done("lifecycle", "list")
    assert [line.split()[0] for line in out.splitlines()[1:9]] == list(shipped_names())
    assert out.count("  not adopted") == 8
    assert not Path(nowhere.db).parent.exists()
    told = validate(nowhere.done("lifecycle", "list", "--json"))
    assert (told["schema"], told["viewpoint"]) == ("tracker/lifecycle-list/1", None)
    assert {item["since"] for item in told["items"]} == {None}


def test_what_is_adopted_is_listed_with_its_versions(desk: Desk, mine: Path) -> None:
    """Each with the position since which it is in force, and how many versions there were."""
    desk.done("lifecycle", "adopt", str(mine))
    mine.write_text(MINE.replace("6 months", "9 months"), encoding="utf-8")
    desk.done("lifecycle", "adopt", str(mine))
    told = validate(desk.done("lifecycle", "list", "--json"))
    by_name = {item["name"]: item for item in told["items"]}
    assert (by_name["permit"]["since"], by_name["permit"]["versions"]) == (5, [4, 5])
    assert (by_name["permit"]["shipped"], by_name["permit"]["dormant_after_months"]) == (False, 9)
    assert (by_name["co-production"]["since"], by_name["co-production"]["shipped"]) == (1, True)
    assert told["viewpoint"]["position"] == 5
    [line] = [each for each in desk.done("lifecycle", "list").splitlines() if "permit" in each]
    assert line.split() == ["permit", "Building", "permit", "2", "13", "since", "@5", "2"]


def test_the_page_of_a_lifecycle(desk: Desk, mine: Path) -> None:
    """Phases with their definitions, types with what they do and every word for them."""
    desk.done("lifecycle", "adopt", str(mine))
    out = desk.done("lifecycle", "show", "permit")
    assert out.startswith(
        "permit: Building permit\n"
        "In force   since @4\n"
        "Dormant    after 6 months without any development\n"
        "\n"
        "Phases, in order\n"
        "  1  applied: Applied for (may not be skipped)\n"
        "     The application has been handed in.\n"
        "  2  granted: Granted (never dormant)\n"
        "     The authority has granted it.\n"
        "\n"
        "Types of development, by what they do\n"
        "  application-filed: enters applied\n"
        "     Application filed, filed\n"
        "  permit-granted: enters granted\n"
        "     Permit granted\n"
        "  suspended: suspends, may repeat\n"
    )
    assert max(map(len, desk.done("lifecycle", "show", "co-production").splitlines())) <= 80


def test_the_graph_of_a_lifecycle(desk: Desk, mine: Path) -> None:
    """The phases from first to last, and what enters each."""
    desk.done("lifecycle", "adopt", str(mine))
    drawn, _, known = desk.done("lifecycle", "show", "permit", "--graph").rpartition("\n\n")
    assert known.startswith("known at ")
    assert drawn == (
        "permit: Building permit\n"
        "\n"
        "  ○ not-started\n"
        "  │\n"
        "  ◆ applied  ◀─ application-filed\n"
        "  │\n"
        "  ● granted  ◀─ permit-granted\n"
        "\n"
        "  any phase ─ suspended ─▶ suspended\n"
        "  any phase ─ resumed ─▶ active again\n"
        "  any phase ─ refused ─▶ ended (refused)\n"
        "  any phase ─ cancelled ─▶ ended (cancelled)\n"
        "  any phase ─ superseded ─▶ ended (superseded)\n"
        "\n"
        "  ◆ may not be skipped; any phase may be entered from any other"
    )


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_lifecycle_can_be_shown_in_every_way(nowhere: Desk, name: str) -> None:
    """With and without a drawing, and for programs; none needs a log."""
    page, drawn = (nowhere.done("lifecycle", "show", name, *more) for more in ((), ("--graph",)))
    [item] = validate(nowhere.done("lifecycle", "show", name, "--json"))["items"]
    for phase in item["phases"]:
        assert phase["name"] in page
        assert phase["name"] in drawn
    for each in item["types"]:
        assert f"  {each['type']}: " in page
    assert max(map(len, page.splitlines() + drawn.splitlines())) <= 80
    rows = nowhere.done("lifecycle", "show", name, "--format", "csv").splitlines()
    assert len(rows) == len(item["types"]) + 1


def test_a_graph_in_ascii(desk: Desk) -> None:
    """A stream that has no lines and arrows is given signs that it has."""
    drawn = desk.apart("lifecycle", "show", "project", "--graph", env={"PYTHONIOENCODING": "ascii"})
    assert drawn.returncode == 0
    assert "  * announced         <- announced\n" in drawn.stdout


def test_the_definition_in_force_at_a_viewpoint(desk: Desk, mine: Path) -> None:
    """A changed lifecycle is shown as it was before, when asked with what was known before."""
    desk.done("lifecycle", "adopt", str(mine))
    mine.write_text(MINE.replace("Building permit", "Planning permit"), encoding="utf-8")
    desk.done("lifecycle", "adopt", str(mine))
    assert "Planning permit" in desk.done("lifecycle", "show", "permit")
    before = desk.done("lifecycle", "show", "permit", "--known-at", "@4")
    assert before.startswith("permit: Building permit\nIn force   since @4\n")
    assert desk.run("lifecycle", "show", "permit", "--known-at", "@3").exit_code == 3


def test_an_unknown_lifecycle_is_answered_with_the_nearest(desk: Desk, nowhere: Desk) -> None:
    """With a log and without."""
    for each in (desk, nowhere):
        refused = each.run("lifecycle", "show", "trade-agrement")
        assert refused.exit_code == 3
        assert "did you mean trade-agreement" in one_sentence(refused)


def test_what_was_adopted_is_offered_for_what_is_near_to_it(desk: Desk, mine: Path) -> None:
    """A log has lifecycles of its own; where nothing is near, the list is named."""
    desk.done("lifecycle", "adopt", str(mine))
    near = desk.run("lifecycle", "show", "permti")
    assert near.exit_code == 3
    assert "did you mean permit?" in one_sentence(near)
    far = desk.run("lifecycle", "show", "zz")
    assert far.exit_code == 3
    assert one_sentence(far) == "there is no lifecycle 'zz' (tracker lifecycle list shows them)"


# --- check ----------------------------------------------------------------------------------------


def test_a_lifecycle_without_faults(nowhere: Desk, mine: Path) -> None:
    """One sentence and 0; no log is needed, nor made."""
    assert nowhere.done("lifecycle", "check", str(mine)) == (
        f"{mine}: no faults; permit has 2 phases and 13 types of development, "
        "the common ones among them\n"
    )
    assert nowhere.done("lifecycle", "check", "-", given=MINE).startswith("standard input: no fau")
    assert not Path(nowhere.db).exists()


def test_every_fault_is_a_line(nowhere: Desk, mine: Path) -> None:
    """All of them at once, each with where it is; the exit code says that there are some."""
    mine.write_text(MINE.replace('ends = "refused"', "").replace("enters", "entres"), "utf-8")
    checked = nowhere.run("lifecycle", "check", str(mine))
    assert (checked.exit_code, checked.stderr) == (1, "")
    lines = checked.stdout.splitlines()
    assert len(lines) >= 3
    assert all(line.startswith(f"{mine}: ") for line in lines)
    assert 'there is no key "entres"; did you mean "enters"?' in lines[0]


@pytest.mark.parametrize("text", ["", "name = ", "[[phase]]\n[[phase]]\n", "x = 1\n", "\x00"])
def test_whatever_is_in_the_file_it_is_checked(nowhere: Desk, mine: Path, text: str) -> None:
    """A file that is no lifecycle at all has faults too."""
    mine.write_text(text, "utf-8")
    checked = nowhere.run("lifecycle", "check", str(mine))
    assert (checked.exit_code, checked.stderr) == (1, "")
    refused = nowhere.run("lifecycle", "adopt", str(mine))
    assert refused.exit_code == 5
    assert "is not a lifecycle that can be read" in one_sentence(refused)
    assert not Path(nowhere.db).exists()


def test_a_file_that_cannot_be_read(nowhere: Desk, tmp_path: Path) -> None:
    """A missing file and a folder are named wrongly; a file in another encoding is refused."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes('title = "Förderung"'.encode("latin-1"))
    for command in ("check", "adopt"):
        for file, code, part in (
            (tmp_path / "none.toml", 2, "there is no file"),
            (tmp_path, 2, "is a directory"),
            (latin, 5, "is not UTF-8"),
        ):
            refused = nowhere.run("lifecycle", command, str(file))
            assert refused.exit_code == code
            assert part in one_sentence(refused)


# --- adopt ----------------------------------------------------------------------------------------


def test_adopting_begins_a_log_and_is_a_receipt(nowhere: Desk, mine: Path) -> None:
    """An adoption is an event like any other; with a dry run it is none."""
    dry = nowhere.done("lifecycle", "adopt", str(mine), "-n")
    assert dry == "would append  -  @1  lifecycle adopted: permit\n"
    assert not Path(nowhere.db).parent.exists()
    out = nowhere.done("lifecycle", "adopt", str(mine))
    assert out == "-  @1  lifecycle adopted: permit\n"
    again = nowhere.run("lifecycle", "adopt", "-", given=MINE)
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr.startswith("nothing to change")
    assert nowhere.head() == 1


def test_adopting_with_an_id_twice(nowhere: Desk, mine: Path) -> None:
    """The same id is the same answer; with another definition it is a conflict."""
    words = ("lifecycle", "adopt", str(mine), "--id", "019aebce-f400-7000-8000-000000000001")
    first = nowhere.done(*words)
    again = nowhere.run(*words)
    assert (again.exit_code, again.stdout) == (0, first)
    assert again.stderr == "already recorded as @1 (nothing appended)\n"
    mine.write_text(MINE.replace("6 months", "9 months"), "utf-8")
    assert nowhere.run(*words).exit_code == 4
    assert nowhere.head() == 1


def test_adopting_at_an_asserted_instant(nowhere: Desk, mine: Path) -> None:
    """For history kept elsewhere; never before the last event, and never in the future."""
    words = ("lifecycle", "adopt", str(mine), "--recorded-at")
    told = validate(nowhere.done(*words, "2020-01-01T10:00:00Z", "--json"))
    assert told["items"][0]["appended"][0]["recorded_at"] == "2020-01-01T10:00:00.000000Z"
    mine.write_text(MINE.replace("6 months", "9 months"), "utf-8")
    for instant in ("2019-01-01", "2999-01-01", "noon"):
        assert nowhere.run(*words, instant).exit_code == 5
    assert nowhere.head() == 1
    nowhere.done(*words, "2020-01-01T10:00:00Z")
    assert nowhere.head() == 2


def test_an_adopted_lifecycle_can_be_used(nowhere: Desk, mine: Path) -> None:
    """By its name and by the words it gives for its types."""
    nowhere.done("lifecycle", "adopt", str(mine))
    nowhere.done("register", "shed", "--title", "Shed", "--lifecycle", "permit")
    out = nowhere.done("record", "shed", "filed", "--on", "2025-12", "--source", "Gazette")
    assert out.startswith("shed#2  @3  recorded: application-filed, ")


def test_a_shipped_lifecycle_is_not_adopted_by_its_name(nowhere: Desk) -> None:
    """The sentence says that it comes by itself; its file can be adopted all the same."""
    refused = nowhere.run("lifecycle", "adopt", "co-production")
    assert refused.exit_code == 2
    assert "tracker register SLUG --lifecycle co-production" in one_sentence(refused)
    nowhere.done("lifecycle", "adopt", str(fixtures() / "lifecycles" / "co-production.toml"))
    nowhere.done("register", "il-114", "--title", "Il-114", "--lifecycle", "co-production")
    assert [kind for _, kind in nowhere.events()] == ["lifecycle-adopted", "initiative-registered"]
