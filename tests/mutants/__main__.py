"""Say how many of mutmut's mutants the tests killed, and which survive without a reason.

``python -m tests.mutants`` reads what mutmut left in ``mutants/`` and ``survivors.toml`` beside
this file, prints the score by module, and ends with 1 if a survivor is unexplained, a module is
unfinished, or an explanation explains nothing any more. ``python -m tests.mutants run`` has mutmut
try the mutants that no test has killed yet; ``make clean`` forgets which those are. Both are about
all groups, or about those that are named after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.mutants.survivors import Explanations, read_module, report
from tests.mutants.workshop import GROUPS, try_all

HERE = Path(__file__).parent


def main(words: list[str]) -> int:
    """Do what the command line *words* ask for; the exit code."""
    if words[:1] == ["run"]:
        return try_all(words[1:])
    chosen = [group for group in GROUPS if group.name in (words or [group.name])]
    if not set(words) <= {group.name for group in GROUPS}:
        names = ", ".join(group.name for group in GROUPS)
        print(f"python -m tests.mutants takes names of groups ({names}), or: run", file=sys.stderr)
        return 2
    untried = [group.name for group in chosen if not group.is_tried]
    if untried:
        print(f"not tried yet; first: python -m tests.mutants run {' '.join(untried)}")
        return 1
    modules = [
        read_module(group.folder / "mutants", module)
        for group in chosen
        for module in group.modules
    ]
    known = Explanations.read(HERE / "survivors.toml").about(module.name for module in modules)
    lines, is_in_order = report(modules, known)
    print(*lines, sep="\n")
    return 0 if is_in_order else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
