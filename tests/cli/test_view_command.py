"""``view``, and ``--view`` of every command that takes filters."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.cli.asking_story import answered, ask, tell
from tests.docs.test_reference import commands
from tests.schemas import validate, validate_lines
from tracker.cli import complete, views
from tracker.cli import tracker as command_line


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of settings of one's own, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "tracker"


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("view") / "desk.db")
    tell(path)
    return path


def run(*words: str) -> tuple[int, str]:
    """Exit code and what was said of a command that needs no log."""
    done = CliRunner().invoke(command_line, ["view", *words])
    return done.exit_code, done.output


def slugs(db: str, *words: str) -> list[str]:
    return [item["initiative"] for item in validate(answered(db, *words, "--json"))["items"]]


def test_a_view_asks_for_what_was_saved(db: str) -> None:
    """The same answer as with the filters themselves, in every format."""
    assert run("save", "delhi", "--party", "HAL", "--sort", "-initiative") == (
        0,
        "saved delhi: --party HAL --sort -initiative\n",
    )
    assert slugs(db, "status", "--view", "delhi") == ["sj-100", "il-114"]
    for form in ("table", "json", "csv"):
        asked = answered(db, "status", "--view", "delhi", "--format", form)
        typed = ("--party", "HAL", "--sort", "-initiative", "--format", form)
        assert asked == answered(db, "status", *typed)


def test_filters_beside_a_view_narrow_it(db: str) -> None:
    """Both must fit, of the same kind too; and an order that is typed goes first."""
    assert run("save", "delhi", "--party", "HAL", "--sort", "-initiative")[0] == 0
    assert slugs(db, "status", "--view", "delhi", "--sort", "initiative") == ["il-114", "sj-100"]
    assert slugs(db, "status", "--view", "delhi", "--party", "UAC") == ["il-114"]
    assert slugs(db, "status", "--view", "delhi", "--uncertain") == ["sj-100"]
    assert slugs(db, "status", "il-114", "eaeu-fta", "--view", "delhi") == ["il-114"]
    assert slugs(db, "status", "--view", "delhi", "--lifecycle", "trade-agreement") == []


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "2025-10-01", "2025-12-31", "--json"),
        ("stats", "--json"),
        ("timeline", "--json"),
        ("replay", "--json"),
        ("export", "--format", "csv"),
    ],
)
def test_every_command_with_filters_takes_a_view(db: str, words: tuple[str, ...]) -> None:
    """And answers what it answers with the filters themselves."""
    assert run("save", "summit", "--tag", "summit", "--sort", "since")[0] == 0
    viewed, typed = (ask(db, *words, *more) for more in (("--view", "summit"), ("--tag", "summit")))
    assert (viewed.exit_code, viewed.stdout) == (typed.exit_code, typed.stdout)
    assert viewed.exit_code == 0
    assert viewed.stdout != ask(db, *words).stdout


def test_no_command_has_filters_and_no_view() -> None:
    """The walk over the commands: whoever takes a party takes a view, but who saves one."""
    for ctx in commands(click.Context(command_line, info_name="tracker")):
        names = {param.name for param in ctx.command.params}
        if "party" in names and "tag" in names and "uncertain" in names:
            assert ("view" in names) == (ctx.command_path != "tracker view save")


def test_a_value_is_held_against_the_log_when_it_is_used(db: str) -> None:
    """What no initiative of this log has is an error that names the view, and the nearest."""
    assert run("save", "delhi", "--party", "HAK")[0] == 0
    done = ask(db, "status", "--view", "delhi")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "the party 'HAK', which the view 'delhi' asks for; did you mean HAL?" in done.stderr


@pytest.mark.parametrize("words", [("status", "--view", "dehli"), ("view", "remove", "dehli")])
def test_a_view_that_there_is_not_is_answered_with_the_nearest(
    db: str, words: tuple[str, ...]
) -> None:
    assert run("save", "delhi", "--party", "HAL")[0] == 0
    done = ask(db, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no view 'dehli'. Did you mean 'delhi'?" in done.stderr


def test_a_log_is_exported_whole(db: str) -> None:
    """A view cuts pieces out, as filters do."""
    assert run("save", "delhi", "--party", "HAL")[0] == 0
    done = ask(db, "export", "--format", "log", "--view", "delhi")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "--view cannot be used with --format log" in done.stderr


# --- saving, listing, removing --------------------------------------------------------------------


def test_what_is_saved_is_listed_until_it_is_removed() -> None:
    """By name, with the options that ask for the same; in every format."""
    assert run("list") == (0, "No view is saved; save one with: tracker view save NAME …\n")
    assert run("save", "two", "--phase", "talks", "--phase", "set-up", "--dormant")[0] == 0
    assert run("save", "one", "--party", "Hindustan Aeronautics", "--sort=-since")[0] == 0
    assert run("list") == (
        0,
        """\
name  asks for
one   --party 'Hindustan Aeronautics' --sort -since
two   --phase talks --phase set-up --dormant

2 views
""",
    )
    items = validate(run("list", "--json")[1])["items"]
    assert validate_lines(run("list", "--format", "jsonl")[1], "view-list") == items
    assert [(i["name"], i["phase"], i["dormant"], i["sort"]) for i in items] == [
        ("one", [], False, "-since"),
        ("two", ["talks", "set-up"], True, None),
    ]
    assert run("remove", "two", "-n")[1].startswith("would remove two, which asked for: --phase")
    assert run("remove", "two")[1].startswith("removed two, which asked for: --phase talks")
    assert [i["name"] for i in validate(run("list", "--json")[1])["items"]] == ["one"]


def test_a_name_that_is_taken_is_given_away_only_by_force(config: Path) -> None:
    """The same again is no change; a dry run writes nothing."""
    assert run("save", "delhi", "--party", "HAL", "-n") == (0, "would save delhi: --party HAL\n")
    assert not config.exists()
    assert run("save", "delhi", "--party", "HAL")[0] == 0
    assert run("save", "delhi", "--party", "HAL") == (0, "delhi is saved already: --party HAL\n")
    code, said = run("save", "delhi", "--party", "UAC")
    assert (code, "delhi is saved as --party HAL" in said) == (4, True)
    assert run("save", "delhi", "--party", "UAC", "--force")[0] == 0
    assert views.view_named("delhi").words == "--party UAC"
    assert [path.name for path in config.iterdir()] == ["views.json"]
    assert (config / "views.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("save", "delhi"), "there is nothing to save"),
        (("save", "../delhi", "--party", "HAL"), "is no name for a view"),
        (("save", "-", "--party", "HAL"), "is no name for a view"),
        (("save", "d" * 61, "--party", "HAL"), "is no name for a view"),
        (("save", "delhi", "--sort", "sinse"), "Did you mean 'since'?"),
        (("save", "delhi", "--condition", "asleep"), "asleep"),
        (("save", "delhi", "--view", "other"), "no option '--view'"),
    ],
)
def test_what_cannot_be_saved_says_why(words: tuple[str, ...], said: str, config: Path) -> None:
    code, told = run(*words)
    assert (code, config.exists()) == (2, False)
    assert said in told


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"views": []}',
        '{"views": {"a": 1}}',
        '{"views": {"a": {"party": "HAL"}}}',
        '{"views": {"a": {"dormant": 1}}}',
        '{"views": {"a": {"colour": ["red"]}}}',
        '{"views": {"a": {"sort": 1}}}',
        "[" * 100_000,
    ],
)
def test_a_file_that_was_spoilt_is_named_and_kept(text: str, config: Path, db: str) -> None:
    """Nobody's views are written over because they cannot be read."""
    config.mkdir(parents=True)
    (config / "views.json").write_text(text)
    for words in (("list",), ("save", "b", "--party", "HAL"), ("remove", "a")):
        code, said = run(*words)
        assert (code, str(config / "views.json") in said) == (2, True)
    assert ask(db, "status", "--view", "a").exit_code == 2
    assert ask(db, "status").exit_code == 0
    assert (config / "views.json").read_text() == text


def test_what_a_person_wrote_by_hand_is_shown_without_its_escapes(config: Path) -> None:
    """A name in the file may be anything, and no terminal is steered by it."""
    config.mkdir(parents=True)
    told = {"views": {"a\x1b[31m": {"party": ["\x1b[2J"]}}}
    (config / "views.json").write_text(json.dumps(told))
    assert "\x1b" not in run("list")[1]
    assert "\x1b" not in run("remove", "a\x1b[31m")[1]


def test_a_folder_that_may_not_be_written_is_named(config: Path) -> None:
    """With one sentence, and nothing half-written."""
    config.parent.mkdir()
    config.write_text("a file where the folder should be")
    code, said = run("save", "delhi", "--party", "HAL")
    assert (code, "views.json cannot be written: " in said) == (6, True)
    assert list(config.parent.iterdir()) == [config]


def test_a_link_to_the_file_stays_one(config: Path, tmp_path: Path) -> None:
    """Who keeps settings elsewhere goes on doing so."""
    config.mkdir(parents=True)
    (config / "views.json").symlink_to(tmp_path / "kept.json")
    assert run("save", "delhi", "--party", "HAL")[0] == 0
    assert (config / "views.json").is_symlink()
    assert "delhi" in (tmp_path / "kept.json").read_text()


def test_names_of_views_are_completed(config: Path) -> None:
    """With what they ask for; and a spoilt file is no noise."""
    assert run("save", "delhi", "--party", "HAL")[0] == 0
    ctx = click.Context(command_line)
    param = click.Option(["--view"])
    offered = complete.views(ctx, param, "de")
    assert [(item.value, item.help) for item in offered] == [("delhi", "--party HAL")]
    assert complete.views(ctx, param, "x") == []
    (config / "views.json").write_text("{")
    assert complete.views(ctx, param, "") == []
