"""What is mutated is the program, decorated or not, and all of it has its place."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests.mutants import __main__ as command
from tests.mutants import workshop
from tests.mutants.survivors import Explanations
from tests.mutants.workshop import GROUPS, ROOT, Group, prepare, undecorated

DECORATED = """
from contextlib import contextmanager
from functools import cached_property, lru_cache, singledispatch

calls = []


@lru_cache(maxsize=8)
def double(number):
    calls.append(number)
    return 2 * number


@contextmanager
def opened(name):
    @listen(name, "close")
    def closed():
        return name
    yield closed


def listen(*words):
    def to(function):
        return function, words
    return to


@singledispatch
# A comment between, which stays where it is.
def told(value):
    return "something"


@told.register
def _number(value: int):
    return "a number"


class Box:
    @property
    def size(self):
        return 3

    @classmethod
    def made(cls):
        return cls()

    @cached_property
    def label(self):
        calls.append("label")
        return "box"

    @property
    @lru_cache
    def both(self): return 4
"""


def test_a_decorator_is_called_after_what_it_decorates() -> None:
    """What it made of a function it makes of it still; only remembering is left out."""
    names: dict[str, object] = {}
    exec(compile(undecorated(DECORATED), "decorated", "exec"), names)
    program = """
assert [double(4), double(4), calls] == [8, 8, [4, 4]]
with opened("door") as (closed, words):
    assert (closed(), words) == ("door", ("door", "close"))
assert [told("x"), told(7)] == ["something", "a number"]
box = Box.made()
assert (box.size, box.label, box.label, box.both) == (3, "box", "box", 4)
assert calls == [4, 4, "label"]
"""
    exec(compile(program, "program", "exec"), names)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_nothing_decorated_is_left_in_what_is_mutated(group: Group) -> None:
    """But for what mutmut itself can do with; and each line is where it was."""
    for path in group.paths:
        text = (ROOT / path).read_text(encoding="utf-8")
        copy = undecorated(text)
        for node in ast.walk(ast.parse(copy)):
            if isinstance(node, ast.FunctionDef):
                left = [ast.unparse(each) for each in node.decorator_list]
                assert left in ([], ["classmethod"], ["staticmethod"])
        assert [line for line in copy.splitlines() if line.lstrip().startswith("def ")] == [
            line for line in text.splitlines() if line.lstrip().startswith("def ")
        ]


def test_each_module_is_tried_in_one_group_by_tests_that_are_there() -> None:
    """The domain whole, of the store what has functions; what is explained is tried."""
    modules = [module for group in GROUPS for module in group.modules]
    assert len(set(modules)) == len(modules)
    for module in modules:
        assert (ROOT / f"{module.replace('.', '/')}.py").is_file()
    for group in GROUPS:
        assert [test for test in group.tests if not (ROOT / test).is_file()] == []
    domain = {path.stem for path in (ROOT / "tracker/domain").glob("*.py")} - {"__init__"}
    assert {f"tracker.domain.{name}" for name in domain} <= set(modules)
    store = {path.stem for path in (ROOT / "tracker/store").glob("*.py") if _has_functions(path)}
    assert {f"tracker.store.{name}" for name in store} <= set(modules)
    known = Explanations.read(Path(__file__).with_name("survivors.toml"))
    assert {each.module for each in known.reasons} <= set(modules)


def _has_functions(path: Path) -> bool:
    module = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(module))


def test_a_copy_is_made_anew_where_it_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is touched, since mutmut goes by times; survivors are tried again."""
    monkeypatch.setattr(workshop, "RESULTS", tmp_path)
    group = Group("bodies", ("tracker.store.ids",), ("tests/store/test_ids.py",))
    prepare(group)
    assert "[tool.mutmut]" in (group.folder / "pyproject.toml").read_text(encoding="utf-8")
    assert (group.folder / "tests" / "store" / "test_ids.py").is_file()
    ours, theirs = (
        group.folder / "tracker/store/ids.py",
        group.folder / "mutants/tracker/store/codec.py",
    )
    theirs.parent.mkdir(parents=True)
    theirs.write_text("an older one", encoding="utf-8")
    results = group.folder / "mutants/tracker/store/ids.py.meta"
    codes = {"exit_code_by_key": {"killed": 1, "alive": 0, "never reached": 33, "not tried": None}}
    results.write_text(json.dumps(codes), encoding="utf-8")
    before = ours.stat().st_mtime_ns
    (group.folder / "tracker/store/codec.py").write_text("an older one", encoding="utf-8")
    prepare(group)
    assert ours.stat().st_mtime_ns == before
    assert not theirs.exists()
    text = (ROOT / "tracker/store/codec.py").read_text(encoding="utf-8")
    assert (group.folder / "tracker/store/codec.py").read_text(encoding="utf-8") == text
    assert json.loads(results.read_text(encoding="utf-8"))["exit_code_by_key"] == {
        "killed": 1,
        "alive": None,
        "never reached": None,
        "not tried": None,
    }


def test_there_is_no_other_word(capsys: pytest.CaptureFixture[str]) -> None:
    """To report, on all groups or on some, or to run; and it says which groups there are."""
    assert command.main(["engine", "dance"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("python -m tests.mutants takes names of groups (answers, dates, ")
    assert said.endswith(", or: run\n")


def test_what_was_not_tried_has_no_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to do first; what was tried is told of by itself."""
    monkeypatch.setattr(workshop, "RESULTS", tmp_path)
    assert command.main(["engine", "sharing"]) == 1
    assert capsys.readouterr().out == (
        "not tried yet; first: python -m tests.mutants run engine sharing\n"
    )
    monkeypatch.setattr(command, "GROUPS", (Group("bodies", ("tracker.store.ids",), ()),))
    left = tmp_path / "bodies/mutants/tracker/store"
    left.mkdir(parents=True)
    (left / "ids.py").write_text("", encoding="utf-8")
    codes = {"exit_code_by_key": {"tracker.store.ids.x_new_id__mutmut_1": 1}}
    (left / "ids.py.meta").write_text(json.dumps(codes), encoding="utf-8")
    assert command.main(["bodies"]) == 1
    assert capsys.readouterr().out.splitlines()[1].split() == [
        "tracker.store.ids", "1", "1", "0", "100.0%",
    ]  # fmt: skip
