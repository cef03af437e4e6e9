"""What is said of surviving mutants, held against a small run of mutmut's told by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mutants.survivors import Explanations, Module, Survivor, read_module, report

MUTATED = """
def x_least__mutmut_orig(days):
    first = min(days)
    return first


def x_least__mutmut_1(days):
    first = max(days)
    return first


def x_least__mutmut_2(days):
    first = min(days)
    return None


def x_least__mutmut_3(days=None):
    first = min(days)
    return first


class Log:
    def xǁLogǁ_head__mutmut_orig(self):
        return self.rows[-1]

    def xǁLogǁ_head__mutmut_1(self):
        return self.rows[+1]
"""
LEAST = "tracker.domain.days.x_least__mutmut_"
HEAD = "tracker.domain.days.xǁLogǁ_head__mutmut_"
SURVIVES = Survivor("tracker.domain.days", "least", "first = min(days)", "first = max(days)")


def left(folder: Path, **codes: int | None) -> Module:
    """The module as mutmut leaves it, with the exit codes of its mutants."""
    names = {"one": f"{LEAST}1", "two": f"{LEAST}2", "default": f"{LEAST}3", "head": f"{HEAD}1"}
    source = folder / "tracker" / "domain" / "days.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(MUTATED, encoding="utf-8")
    results = {"exit_code_by_key": {names[name]: code for name, code in codes.items()}}
    Path(f"{source}.meta").write_text(json.dumps(results), encoding="utf-8")
    return read_module(folder, "tracker.domain.days")


def explaining(*survivors: Survivor) -> Explanations:
    return Explanations(dict.fromkeys(survivors, "it is the same"))


def test_a_survivor_is_named_by_its_function_and_its_line(tmp_path: Path) -> None:
    """Without the indent; a method by its class."""
    module = left(tmp_path, one=0, two=1, head=33)
    assert module.survivors == (
        SURVIVES,
        Survivor(
            "tracker.domain.days", "Log._head", "return self.rows[-1]", "return self.rows[+1]"
        ),
    )
    assert (module.mutants, module.killed, module.unfinished) == (3, 1, 0)


def test_a_mutated_default_is_told_by_the_first_line(tmp_path: Path) -> None:
    """Under no name, since each mutant has another."""
    (survivor,) = left(tmp_path, default=0).survivors
    assert (survivor.was, survivor.becomes) == ("def (days):", "def (days=None):")


@pytest.mark.parametrize(("code", "is_killed"), [(1, True), (36, True), (0, False), (33, False)])
def test_failing_and_running_out_of_time_are_kills(
    tmp_path: Path, code: int, *, is_killed: bool
) -> None:
    """Surviving and never being reached by a test are not."""
    assert left(tmp_path, one=code).killed == is_killed


def test_a_survivor_without_a_reason_is_told_and_fails(tmp_path: Path) -> None:
    """With the line, so that it can be killed or explained."""
    lines, is_in_order = report([left(tmp_path, one=0, two=1)], explaining())
    assert lines == [
        "module               mutants  killed  explained  score",
        "tracker.domain.days        2       1          0   50.0%",
        "in all                     2       1          0   50.0%",
        "unexplained: tracker.domain.days least: first = min(days)  ->  first = max(days)",
    ]
    assert not is_in_order


def test_a_survivor_with_a_reason_is_in_order_and_counts_as_alive(tmp_path: Path) -> None:
    """An explanation raises no score."""
    lines, is_in_order = report([left(tmp_path, one=0, two=1)], explaining(SURVIVES))
    assert lines[1] == "tracker.domain.days        2       1          1   50.0%"
    assert (len(lines), is_in_order) == (3, True)


def test_a_reason_that_explains_nothing_any_more_fails(tmp_path: Path) -> None:
    """The file says only what is true."""
    lines, is_in_order = report([left(tmp_path, one=1)], explaining(SURVIVES))
    assert lines[-1].startswith("explains nothing any more: tracker.domain.days least")
    assert not is_in_order


def test_a_module_that_was_not_tried_to_the_end_fails(tmp_path: Path) -> None:
    """Its score is not known yet."""
    lines, is_in_order = report([left(tmp_path, one=1, two=None)], explaining())
    assert lines[-1] == "unfinished: tracker.domain.days (1 mutants)"
    assert not is_in_order


def test_what_is_not_asked_about_needs_no_survivor() -> None:
    """A part of the modules is held against the reasons of that part."""
    known = explaining(SURVIVES)
    assert known.about(["tracker.domain.days"]).reasons == known.reasons
    assert known.about(["tracker.domain.weeks"]).reasons == {}


def test_an_explanation_gives_a_reason(tmp_path: Path) -> None:
    """An empty one is none."""
    path = tmp_path / "survivors.toml"
    path.write_text(
        '[[survivor]]\nmodule = "m"\nfunction = "f"\nwas = "a"\nbecomes = ["b"]\nreason = " "\n',
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="no reason"):
        Explanations.read(path)
