"""Say how many of mutmut's mutants the tests killed, and which survive without a reason.

``python -m tests.mutants`` reads the results of the last ``mutmut run`` from ``mutants/`` and
``survivors.toml`` beside this file, prints the score by module, and ends with 1 if a survivor is
unexplained, a module is unfinished, or an explanation explains nothing any more.
``python -m tests.mutants names`` prints what to give to ``mutmut run``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.mutants.survivors import Explanations, read_module, report

HERE = Path(__file__).parent
RESULTS = HERE.parents[1] / "mutants"


def main(words: list[str]) -> int:
    """Do what the command line *words* ask for; the exit code."""
    known = Explanations.read(HERE / "survivors.toml")
    if words == ["names"]:
        print(*(f"{module}.*" for module in known.modules))
        return 0
    if words:
        print("python -m tests.mutants takes nothing, or: names", file=sys.stderr)
        return 2
    lines, is_in_order = report([read_module(RESULTS, each) for each in known.modules], known)
    print(*lines, sep="\n")
    return 0 if is_in_order else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
