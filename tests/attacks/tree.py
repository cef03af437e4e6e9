"""Every command and every parameter of the command line, and a call of each that works.

The attacks walk the tree of commands as click has it: a command or an option that is added is
attacked with the others, and one that no call is known for fails the test that walks.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import click
from attrs import frozen
from click.testing import CliRunner, Result
from freezegun import freeze_time

from tracker import Tracker
from tracker.application import proving
from tracker.cli import reference
from tracker.cli import tracker as command_line
from tracker.exchange.log_file import export_log
from tracker.store import event_log

DOCUMENTED = range(8)
"""The exit codes that there are."""

# What a parameter that must be there is filled with, by its name; for one command alone first.
_GOOD: Mapping[str, object] = {
    "slug": "il-114",
    "other": "eaeu-fta",
    "fact": "il-114#2",
    "type": "commented",
    "file": "lifecycle.toml",
    "files": "rows.csv",
    "words": "India",
    "name": "co-production",
    "start": "2025-12-01",
    "end": "2026-01-20",
    "role": "nobody-of-that-name",
}
# What else makes a call reach the database: else it would end before, for want of a source, say.
_MORE: Mapping[str, Mapping[str, object]] = {
    "register": {"slug": "new-one", "title": "New", "lifecycle": "co-production"},
    "revise": {"title": "Other"},
    "record": {
        "slug": "il-114",
        "type": "commented",
        "on": "2025-12-05",
        "source": "https://example.org/a",
    },
    "plan": {"slug": "il-114", "type": "commented", "source": "https://example.org/a"},
    "amend": {"reason": "better known", "note": "a note"},
    "withdraw": {"reason": "wrong"},
    "unlink": {"slug": "sj-100", "kind": "related-to", "other": "il-114", "reason": "no"},
    "retire": {"slug": "sj-100", "reason": "twice"},
    "erase": {"field": "quote", "reason": "asked for"},
    "prove": {"what": "il-114#2"},
    "restore": {"file": "log.jsonl"},
    "verify-proof": {"file": "a.tlog-proof"},
    "backup": {"file": "new-copy.db"},
    "report": {"file": "new-report.html"},
    "what-if": {"draft": "rows.csv"},
    "view save": {"name": "mine", "tag": "summit"},
}
NEEDED_FILES = {
    "lifecycle.toml": (
        'name = "own"\ntitle = "Own"\n[[phase]]\nname = "one"\ntitle = "One"\n'
        'definition = "The one."\n'
        '[[development]]\ntype = "began"\ntitle = "Began"\nenters = "one"\n'
    ),
    "rows.csv": "initiative,type,on,source\nil-114,commented,2025-12-07,a paper\n",
    "empty.jsonl": "",
}


# A command that needs a flag to be a call at all.
_FLAGS: Mapping[str, str] = {"db grant": "--reader"}


@cache
def needed_files() -> dict[str, str]:
    """The files that calls which work are given: also a log, and a proof out of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "log.db")
        out = io.StringIO()
        with freeze_time("2026-01-15T09:00:00Z"), Tracker.open(path, create=True, by="desk") as log:
            log.register("a-log", title="A log", lifecycle="co-production")
            proof = proving.of_event(log, "@2").proof.to_text()
            with event_log.reading(log.engine) as connection:
                export_log(connection, out)
    return {**NEEDED_FILES, "log.jsonl": out.getvalue(), "a.tlog-proof": proof}


@frozen
class Command:
    """One command, and the words that lead to it."""

    path: tuple[str, ...]
    click: click.Command

    @property
    def name(self) -> str:
        """``lifecycle adopt``."""
        return " ".join(self.path)

    @property
    def writes(self) -> bool:
        """Whether it can be asked to write nothing."""
        return any("--dry-run" in param.opts for param in self.click.params)

    @property
    def formats(self) -> tuple[str, ...]:
        """What its answers can be written in."""
        for param in self.click.params:
            if param.name == "format_name" and isinstance(param.type, click.Choice):
                return tuple(param.type.choices)
        return ()

    def good(self) -> dict[str, object]:
        """A call that works, as values by the names of parameters."""
        given = {
            param.name: _value(self.name, param)
            for param in self.click.params
            if param.required and param.name is not None
        }
        return {**given, **_MORE.get(self.name, {})}

    @property
    def asks(self) -> bool:
        """Whether it answers in the formats of a question, or exports."""
        return "table" in self.formats or self.name == "export"

    def about(self, slug: str, lifecycle: str = "co-production") -> dict[str, object]:
        """A call that works, about the initiative *slug* where it is about one."""
        if self.name in ("register", "unlink", "demo", "restore"):
            return self.good()
        named = {"slug": slug, "fact": f"{slug}#2", "name": lifecycle}
        return {name: named.get(name, value) for name, value in self.good().items()}

    def words(self, values: Mapping[str, object], *flags: str) -> list[str]:
        """The words of a call with *values*; options first, so that no value is taken for one."""
        needed = [_FLAGS[self.name]] if self.name in _FLAGS else []
        options, arguments = [*self.path, *needed, *flags], ["--"]
        for param in self.click.params:
            if param.name not in values or _is_flag(param):
                continue
            value = str(values[param.name])
            if isinstance(param, click.Argument):
                arguments.append(value)
            else:
                options.append(f"{max(param.opts, key=len)}={value}")
        return [*options, *arguments]


@frozen
class Place:
    """One parameter of one command."""

    command: Command
    param: click.Parameter

    def __str__(self) -> str:
        name = self.param.opts[-1] if isinstance(self.param, click.Option) else self.param.name
        return f"{self.command.name} {name}"

    def attacked(self, value: str) -> dict[str, object]:
        """A call that would work, but for *value* in this place."""
        return {**self.command.good(), str(self.param.name): value}


def commands() -> list[Command]:
    """Every command that does something, in the order of the help."""
    root = click.Context(command_line, info_name="tracker")
    return [Command(tuple(_path(ctx)), ctx.command) for ctx in _leaves(root)]


def places() -> Iterator[Place]:
    """Every parameter that takes a value."""
    for command in commands():
        for param in command.click.params:
            if not _is_flag(param) and not isinstance(param.type, click.Choice):
                yield Place(command, param)


def is_file(place: Place) -> bool:
    """Whether the parameter names a file."""
    param = place.param
    named = f"{param.name} {param.metavar or ''}".lower()
    return "file" in named or isinstance(param.type, click.Path | click.File)


def text_places() -> list[Place]:
    """Every parameter that takes a text, which may end up in a query."""
    return [p for p in places() if isinstance(p.param.type, click.types.StringParamType)]


def file_places() -> list[Place]:
    """Every parameter that names a file."""
    return [place for place in places() if is_file(place)]


def number_places() -> list[Place]:
    """Every parameter that is a number or an id."""
    return [
        place
        for place in places()
        if not is_file(place) and not isinstance(place.param.type, click.types.StringParamType)
    ]


def lay_out(folder: Path) -> None:
    """Put the files that the calls name into *folder*."""
    for name, text in needed_files().items():
        (folder / name).write_text(text, encoding="utf-8")


def call(db: object, words: Iterable[str], given: bytes | None = None) -> Result:
    """Run the program in this process, with no terminal."""
    return CliRunner().invoke(command_line, ["--db", str(db), "--by", "desk", *words], input=given)


def told_well(done: Result) -> str | None:
    """What is wrong with how a call ended: an undocumented exit code, a traceback, a fault."""
    if done.exit_code not in DOCUMENTED:
        return f"it ended with {done.exit_code}: {done.output[-500:]}"
    for sign in ("Traceback", "this is a fault in tracker"):  # a page on exit codes has less
        if sign in done.output:
            return f"it says: {done.output[-800:]}"
    said = any(line.startswith("tracker: ") for line in done.stderr.splitlines())
    if done.exit_code > 1 and not said:
        return f"it ended with {done.exit_code} and says only: {done.output[-300:]!r}"
    return None


def _leaves(ctx: click.Context) -> Iterator[click.Context]:
    below = list(reference.walk(ctx))
    if not below:
        yield ctx
    for each in below:
        yield from _leaves(each)


def _path(ctx: click.Context) -> list[str]:
    return ctx.command_path.split(" ")[1:]


def _is_flag(param: click.Parameter) -> bool:
    return isinstance(param, click.Option) and (param.is_flag or param.count)


def _value(command: str, param: click.Parameter) -> object:
    if isinstance(param.type, click.Choice):
        return param.type.choices[0]
    assert param.name in _GOOD, (
        f"tracker {command} needs {param.name}: say in tests/attacks/tree.py what a good one is"
    )
    return _GOOD[param.name]
