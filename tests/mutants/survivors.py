"""The mutants that mutmut left alive, and the reasons that were written down for them.

Read from what mutmut 3 leaves in ``mutants/``: beside each mutated module a ``.meta`` file with the
exit code of the tests for each mutant, and in the module the original function and all its mutants.
"""

from __future__ import annotations

import ast
import difflib
import json
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import field, frozen

KILLED = frozenset({1, 3, -9, -24, 24, 36, 152, 255})
"""A test failed, pytest broke, or the tests never ended and were ended: that would be noticed."""

METHOD = "ǁ"
"""What mutmut puts between the parts of a method's name."""


@frozen
class Survivor:
    """One mutant that no test noticed: in which function, what the line was, and what it became."""

    module: str
    function: str
    was: str
    becomes: str

    @property
    def words(self) -> str:
        """A line of a report."""
        return f"{self.module} {self.function}: {self.was}  ->  {self.becomes or '(nothing)'}"


@frozen
class Module:
    """How the mutants of one module fared; *unfinished* is how many mutmut has not tried."""

    name: str
    mutants: int
    killed: int
    unfinished: int
    survivors: tuple[Survivor, ...]


@frozen
class Explanations:
    """Why each survivor is left alive."""

    reasons: dict[Survivor, str] = field(hash=False)

    @classmethod
    def read(cls, path: Path) -> Explanations:
        """Read ``survivors.toml``; ValueError where a reason is empty."""
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        reasons: dict[Survivor, str] = {}
        for table in data.get("survivor", ()):
            if not table["reason"].strip():
                raise ValueError(f"no reason is given for {table}")
            for becomes in table["becomes"]:
                survivor = Survivor(table["module"], table["function"], table["was"], becomes)
                reasons[survivor] = table["reason"]
        return cls(reasons)

    def about(self, modules: Iterable[str]) -> Explanations:
        """Those that are about survivors in *modules*."""
        named = frozenset(modules)
        return Explanations({s: why for s, why in self.reasons.items() if s.module in named})


def read_module(results: Path, name: str) -> Module:
    """What mutmut left of the module *name*, such as ``tracker.domain.status``."""
    source = (results / Path(*name.split("."))).with_suffix(".py")
    codes = json.loads(Path(f"{source}.meta").read_text(encoding="utf-8"))["exit_code_by_key"]
    alive = [key for key, code in codes.items() if code is not None and code not in KILLED]
    functions = _functions(source.read_text(encoding="utf-8")) if alive else {}
    return Module(
        name=name,
        mutants=len(codes),
        killed=sum(code in KILLED for code in codes.values()),
        unfinished=sum(code is None for code in codes.values()),
        survivors=tuple(_survivor(name, key, functions) for key in alive),
    )


def _functions(text: str) -> dict[str, list[str]]:
    """Every function of a mutated module by its mangled name: its lines, without that name."""
    lines = text.splitlines()
    return {
        node.name: [
            line.replace(node.name, "") for line in lines[node.lineno - 1 : node.end_lineno]
        ]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def _survivor(module: str, key: str, functions: dict[str, list[str]]) -> Survivor:
    mangled = key.rpartition(".")[2]
    stem = mangled.rpartition("__mutmut_")[0]
    before, after = functions[f"{stem}__mutmut_orig"], functions[mangled]
    changed = [line for line in difflib.ndiff(before, after) if line[:2] in ("- ", "+ ")]
    was = " ".join(line[2:].strip() for line in changed if line[0] == "-")
    becomes = " ".join(line[2:].strip() for line in changed if line[0] == "+")
    function = stem.removeprefix("x").removeprefix("_").replace(METHOD, ".").strip(".")
    return Survivor(module, function, was, becomes)


def report(tried: Iterable[Module], known: Explanations) -> tuple[list[str], bool]:
    """The table of scores with what is wrong under it, and whether nothing is.

    A module with no function has no mutants, and no row.
    """
    modules = [module for module in tried if module.mutants]
    met = {survivor for module in modules for survivor in module.survivors}
    wrong = [
        f"unexplained: {s.words}" for m in modules for s in m.survivors if s not in known.reasons
    ]
    wrong += [f"unfinished: {m.name} ({m.unfinished} mutants)" for m in modules if m.unfinished]
    wrong += [f"explains nothing any more: {s.words}" for s in known.reasons if s not in met]
    return [*table(modules, known), *wrong], not wrong


def table(modules: Sequence[Module], known: Explanations) -> list[str]:
    """The scores by module and in all: the part of all mutants that the tests killed."""
    rows = [
        (
            module.name,
            module.mutants,
            module.killed,
            sum(survivor in known.reasons for survivor in module.survivors),
        )
        for module in modules
    ]
    mutants, killed, explained = (sum(int(row[n]) for row in rows) for n in (1, 2, 3))
    totals = ("in all", mutants, killed, explained)
    width = max(len(row[0]) for row in (*rows, totals))
    head = f"{'module':{width}}  mutants  killed  explained  score"
    return [head, *(_row(width, *row) for row in (*rows, totals))]


def _row(width: int, name: str, mutants: int, killed: int, explained: int) -> str:
    score = killed / max(mutants, 1)
    return f"{name:{width}}  {mutants:7}  {killed:6}  {explained:9}  {score:6.1%}"
