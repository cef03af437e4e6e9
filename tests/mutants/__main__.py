"""Say how many of mutmut's mutants the tests killed, and which survive without a reason.

``python -m tests.mutants`` reads what mutmut left in ``mutants/`` and ``survivors.toml`` beside
this file, prints the score by module, and ends with 1 if a survivor is unexplained, a module is
unfinished, or an explanation explains nothing any more. ``python -m tests.mutants run`` has mutmut
try the mutants that no test has killed yet, of all groups or of one that is named after it;
``make clean`` forgets which those are.
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
    if words:
        print("python -m tests.mutants takes nothing, or: run", file=sys.stderr)
        return 2
    known = Explanations.read(HERE / "survivors.toml")
    modules = [
        read_module(group.folder / "mutants", module)
        for group in GROUPS
        for module in group.modules
    ]
    lines, is_in_order = report(modules, known)
    print(*lines, sep="\n")
    return 0 if is_in_order else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
