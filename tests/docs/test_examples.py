"""Documents cannot lie: every example in the README and in docs/ is run, and prints what it says.

A block marked ``console`` is a session: lines that begin with ``$ `` are typed, the rest is what
comes back, on stdout and stderr together. ``…`` alone on a line stands for any lines, within a line
for any text. What is no command of tracker goes to a shell, if it is one of :data:`TOOLS`. A block
marked ``python`` is run, unless it is a file; its ``>>>`` lines are checked as doctests. A block
under ``<!-- file: NAME -->`` is written to that file. The blocks of one document share a folder, a
home and a clock, which stands at the moment named in ``<!-- clock: 2025-12-08T09:00:00 -->`` until
another is named. A block marked ``sh`` is for a shell that a test should not run, such as an
installation.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from click.testing import CliRunner
from freezegun import freeze_time

from tracker.cli import tracker as command_line

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if "```console" in path.read_text(encoding="utf-8")
    or "```python" in path.read_text(encoding="utf-8")
)
START = "2026-02-01T09:00:00"
WIDTH = "88"
TOOLS = {"cat", "datasette", "grep", "head", "mkdir", "openssl", "printf", "python3", "sed"}
TOOLS |= {"sqlite-utils"}
LANGUAGES = {"console", "python", "sh", "sql", "json", "toml", "text", "csv", ""}

_BLOCK = re.compile(
    r"^<!-- (?P<key>clock|file): (?P<value>\S+) -->$|^```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@frozen
class Block:
    """A fenced block of a document, and the moment at which it happens."""

    language: str
    body: str
    line: int
    clock: str
    file: str | None


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a document, in order."""
    clock, file = START, None
    for match in _BLOCK.finditer(text):
        if match["key"] == "clock":
            clock = match["value"]
        elif match["key"] == "file":
            file = match["value"]
        else:
            line = text.count("\n", 0, match.start()) + 2
            yield Block(match["language"], match["body"], line, clock, file)
            file = None


def typed(line: str) -> str:
    """What a line that is typed prints, stdout and stderr as they come."""
    words = shlex.split(line)
    if words[0] != "tracker":
        assert words[0].lstrip("(") in TOOLS, f"no document may run {words[0]}"
        return by_shell(line)
    printed: Path | None = None
    if ">" in words:
        printed = Path(words[words.index(">") + 1])
        words = words[: words.index(">")]
    done = CliRunner().invoke(command_line, words[1:])
    if printed is not None:
        printed.write_text(done.stdout, encoding="utf-8")
        return done.stderr
    return done.output


def by_shell(line: str) -> str:
    """What a line prints that a reader types into a shell; a line that fails is a wrong example."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        check=False,
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"$ {line}\n{done.stdout}"
    return done.stdout


def session(body: str) -> Iterator[tuple[str, str]]:
    """The (line typed, what comes back) pairs of a session."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, printed = part.replace("\\\n", " ").partition("\n")
        yield line, printed


def fits(expected: str, printed: str) -> bool:
    """Whether *printed* is what the document shows; ``…`` stands for anything."""
    if not expected.strip():
        return not printed.strip()
    pattern = "".join(
        "(?:.*\n)*?" if line.strip() == "…" else _line(line) + r"[ ]*\n"
        for line in expected.rstrip("\n").splitlines()
    )
    return re.fullmatch(pattern, printed.rstrip("\n") + "\n") is not None


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split("…"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and a home of one's own."""
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", WIDTH)
    monkeypatch.setenv("TRACKER_BY", "mira")
    monkeypatch.setenv("TRACKER_DB", "desk.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
@pytest.mark.usefixtures("home")
def test_every_example_runs(document: Path) -> None:
    """Every example of a document runs, and prints what the document says."""
    names: dict[str, object] = {}
    ran = 0
    for block in blocks(document.read_text(encoding="utf-8")):
        assert block.language in LANGUAGES, f"{document.name}:{block.line}: {block.language}"
        if block.file is not None:
            Path(block.file).write_text(block.body, encoding="utf-8")
        with freeze_time(block.clock, tick=False):
            if block.language == "console":
                for line, expected in session(block.body):
                    printed = typed(line)
                    where = f"{document.name}:{block.line}: $ {line}"
                    assert fits(expected, printed), f"{where}\nprints\n{printed}"
                    ran += 1
            elif block.language == "python" and block.file is None:
                run_python(block, document, names)
                ran += 1
    assert ran > 0


def run_python(block: Block, document: Path, names: dict[str, object]) -> None:
    """Run a block of Python; what follows ``>>>`` is checked."""
    if ">>>" not in block.body:
        exec(compile(block.body, f"{document.name}:{block.line}", "exec"), names)
        return
    parsed = doctest.DocTestParser().get_doctest(
        block.body.replace("…", "..."), names, document.name, str(document), block.line
    )
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    runner.run(parsed, out=told.append, clear_globs=False)
    names.update(parsed.globs)
    assert runner.failures == 0, "".join(told)


def test_a_wrong_example_is_noticed() -> None:
    """An example that says what is not so fails: the check itself can fail."""
    assert fits("a\n…\nz\n", "a\nb\nc\nz\n")
    assert fits("root … of 3\n", "root 12ab of 3\n")
    assert not fits("a\nb\n", "a\nc\n")
    assert not fits("a\n", "a\nb\n")
