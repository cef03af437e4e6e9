"""Where mutmut works: for each group of modules a folder with a copy of the program.

mutmut leaves alone what is decorated, because its own decorator would stand between. In the copy
``@property`` before a method is therefore ``method = property(method)`` after it, which is the same
(Python Language Reference, section 8.7), and what is decorated is tried too. A decorator that
remembers a function's results is left out: what it answered before would hide what a mistake does.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen

from tests.databases import close_run, open_run
from tests.mutants.survivors import KILLED

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "mutants"

_REMEMBERING = frozenset({"cache", "lru_cache"})
_ALONE = frozenset({"classmethod", "staticmethod"})
"""Decorators that mutmut can do with, where there is no other beside them."""

_SETTINGS = """

[tool.mutmut]
source_paths = ["tracker"]
only_mutate = {only_mutate}
also_copy = ["alembic", "fixtures"]
pytest_add_cli_args = [
  "-p", "no:cacheprovider", "-W", "ignore", "-m", "not hypothesis", "-k", "not postgresql-system",
]
pytest_add_cli_args_test_selection = {tests}
"""


@frozen
class Group:
    """Modules that the same tests are asked about.

    *databases* are those that the tests use, ``sqlite`` or ``all``; the server that comes in a
    wheel runs for all mutants, and the machine's own is left out.
    """

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    databases: str = "sqlite"

    @property
    def folder(self) -> Path:
        """Where the copy is; mutmut's own folder, with the results, is in it."""
        return RESULTS / self.name

    @property
    def paths(self) -> list[str]:
        """The files of the modules, from the root of the checkout."""
        return [f"{each.replace('.', '/')}.py" for each in self.modules]

    @property
    def is_tried(self) -> bool:
        """Whether mutmut has begun with every module."""
        return all((self.folder / "mutants" / f"{path}.meta").is_file() for path in self.paths)


def _domain(*names: str) -> tuple[str, ...]:
    return tuple(f"tracker.domain.{name}" for name in names)


def _tests(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{name}.py" for name in names)


GROUPS = (
    Group(
        "answers",
        _domain("changes", "facts", "findings", "outline", "plans", "status", "viewpoint"),
        _tests("domain", "changes", "facts", "findings", "outline", "plans", "status"),
    ),
    Group(
        "dates",
        _domain("dates", "edtf", "nearest", "typed_dates", "typed_spans", "vague_dates"),
        _tests("domain", "dates", "date_sentences", "nearest", "sentences"),
    ),
    Group(
        "decisions",
        _domain(
            "amendments",
            "commands",
            "decide",
            "erasure",
            "events",
            "evidence",
            "hidden",
            "ledger",
            "rules",
            "unchanged",
        ),
        _tests(
            "domain",
            "decide_amendments",
            "decide_erasures",
            "decide_facts",
            "decide_initiatives",
            "events",
            "evidence",
            "sources",
        ),
    ),
    Group(
        "lifecycles",
        _domain("lifecycle", "lifecycle_reader"),
        _tests("domain", "lifecycle", "lifecycle_sentences", "sentences"),
    ),
    Group("search", _domain("searched"), _tests("domain", "searched")),
    Group(
        "proofs",
        _domain("checkpoint", "merkle", "proofs"),
        _tests("domain", "checkpoint", "merkle", "proofs", "sentences"),
    ),
    Group(
        "bodies",
        (
            "tracker.store.codec",
            "tracker.store.ids",
            "tracker.store.sound",
            "tracker.store.upcasters",
        ),
        ("tests/store/test_codec.py", "tests/store/test_sound.py", "tests/store/test_ids.py"),
    ),
    Group(
        "scanning",
        (
            "tracker.store.decoding",
            "tracker.store.scanning",
            "tracker.store.trusted",
            "tracker.store.uncollected",
        ),
        _tests("store", "decoding", "scanning", "sound", "trusted", "uncollected"),
    ),
    Group(
        "driver",
        ("tracker.store.driver",),
        _tests("store", "driver", "reading"),
        databases="all",
    ),
    Group(
        "index",
        ("tracker.store.indexes", "tracker.store.search_index"),
        _tests("store", "indexes", "search_index"),
        databases="all",
    ),
    Group(
        "engine",
        ("tracker.store.engine", "tracker.store.file_reader", "tracker.store.sentences"),
        _tests("store", "engine", "file_reader", "urls"),
        databases="all",
    ),
    Group(
        "reading",
        ("tracker.store.reading",),
        _tests("store", "event_log", "reading"),
        databases="all",
    ),
    Group(
        "log",
        ("tracker.store.event_log", "tracker.store.writer"),
        _tests("store", "event_log", "writer"),
        databases="all",
    ),
    Group(
        "erasing",
        ("tracker.store.erasing",),
        _tests("store", "erasing", "event_log"),
        databases="all",
    ),
    Group(
        "guards",
        ("tracker.store.guards",),
        ("tests/contracts/test_event_log.py", "tests/store/test_migrate.py"),
        databases="all",
    ),
    Group("migrations", ("tracker.store.migrate",), _tests("store", "migrate"), databases="all"),
    Group(
        "checks",
        ("tracker.store.erasures", "tracker.store.verify"),
        _tests("store", "erasures", "verify_sentences"),
        databases="all",
    ),
    Group(
        "functions",
        ("tracker.store.functions",),
        _tests("store", "functions", "grants", "roles"),
        databases="all",
    ),
    Group(
        "sharing",
        (
            "tracker.store.grants",
            "tracker.store.rights",
            "tracker.store.roles",
            "tracker.store.views",
        ),
        _tests("store", "grants", "rights", "views"),
        databases="all",
    ),
)


def try_all(options: Sequence[str] = ()) -> int:
    """Let ``mutmut run`` try the mutants that no test has killed yet; its exit code.

    *options* are its own, or names of groups, to leave out the others.
    """
    chosen = [each for each in GROUPS if each.name in options]
    passed_on = [each for each in options if each not in {group.name for group in GROUPS}]
    mutmut = Path(sys.executable).with_name("mutmut")
    owner = open_run()
    try:
        for group in chosen or GROUPS:
            prepare(group)
            environment = {**os.environ, "TRACKER_TEST_DATABASES": group.databases}
            environment.pop("PYTHONPATH", None)  # or the tests would import what was not copied
            code = subprocess.call([mutmut, "run", *passed_on], cwd=group.folder, env=environment)
            if code:
                return code
    finally:
        close_run(owner)
    return 0


def prepare(group: Group) -> None:
    """Make the copy anew where the program has changed, and have survivors tried again."""
    group.folder.mkdir(parents=True, exist_ok=True)
    for name in ("tests", "alembic", "fixtures"):
        link = group.folder / name
        if not link.is_symlink():
            link.symlink_to(ROOT / name)
    settings = _SETTINGS.format(only_mutate=json.dumps(group.paths), tests=json.dumps(group.tests))
    ours = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    _write_if_other(group.folder / "pyproject.toml", ours + settings)
    for source in sorted((ROOT / "tracker").rglob("*")):
        if source.is_file() and source.suffix != ".pyc":
            _copy(source, group.folder, is_mutated=str(source.relative_to(ROOT)) in group.paths)
    # Which tests reach a function that has another name now, or new callers, is to be found out.
    (group.folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for left in group.folder.glob("mutants/tracker/**/*.py.meta"):
        _forget_survivors(left)


def _copy(source: Path, folder: Path, *, is_mutated: bool) -> None:
    target = folder / source.relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    is_new = _write_if_other(target, undecorated(text) if is_mutated else text)
    theirs = folder / "mutants" / source.relative_to(ROOT)
    is_plain = not Path(f"{theirs}.meta").exists()
    if (is_new and not is_mutated) or (is_mutated and is_plain):
        theirs.unlink(missing_ok=True)  # mutmut copies only what is not there


def _write_if_other(path: Path, text: str) -> bool:
    """Whether *path* did not hold *text*: mutmut goes by the times of files."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.write_text(text, encoding="utf-8")
    return True


def _forget_survivors(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    codes = told["exit_code_by_key"]
    told["exit_code_by_key"] = {k: c if c in KILLED else None for k, c in codes.items()}
    path.write_text(json.dumps(told, indent=4), encoding="utf-8")


def undecorated(text: str) -> str:
    """The same module with decorators called after the functions that they stand before."""
    lines = text.splitlines()
    # From the last to the first, and what is inside another before it where both end in one line.
    for node in sorted(_decorated(ast.parse(text)), key=_from_the_end):
        first = node.decorator_list[0].lineno - 1
        lines[first : node.lineno - 1] = [""] * (node.lineno - 1 - first)
        lines[node.end_lineno : node.end_lineno] = [
            f"{' ' * node.col_offset}{node.name} = {call}({node.name})"
            for call in filter(None, map(_call, reversed(node.decorator_list)))
        ]
    return "\n".join(lines) + "\n"


def _from_the_end(node: ast.FunctionDef) -> tuple[int, int]:
    return -(node.end_lineno or 0), node.lineno


def _decorated(module: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            names = [ast.unparse(each) for each in node.decorator_list]
            if len(names) > 1 or names[0] not in _ALONE:
                yield node


def _call(decorator: ast.expr) -> str | None:
    """What is called instead; None for a decorator that only saves time."""
    written = ast.unparse(decorator)
    name = written.partition("(")[0].rpartition(".")[2]
    return None if name in _REMEMBERING else written
