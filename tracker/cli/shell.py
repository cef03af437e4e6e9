"""Our kinds of click command: lazy groups, verbatim examples, nearest names, exit codes."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tracker.cli.faults import UNAVAILABLE, complain, guarded, is_fault
from tracker.cli.nearest import did_you_mean
from tracker.cli.text import is_text, prepare_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from click.shell_completion import CompletionItem

PROGRAM = "tracker"
COMPLETE_VARIABLE = "_TRACKER_COMPLETE"


class Entry(NamedTuple):
    """A command as the root group knows it before importing it."""

    module: str
    attribute: str
    summary: str
    section: str


class Command(click.Command):
    """A click command whose help ends with its examples, word for word."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **_with_defaults(settings))
        self.examples: str = getattr(self.callback, "examples", "")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse *args*, and refuse what is not text where text is meant."""
        with _placing_errors(ctx):
            _refuse_nul(ctx, args)
            rest = super().parse_args(ctx, args)
            _refuse_bytes(ctx)
        return rest

    def make_parser(self, ctx: click.Context) -> Any:
        """Make the parser, which refuses to hear twice what is recorded once.

        The last would count, and the first, a source say, be lost without a word.
        """
        parser: Any = super().make_parser(ctx)
        parse_args = parser.parse_args

        def parse_once(args: list[str]) -> Any:
            parsed = parse_args(args)
            _refuse_twice(ctx, parsed[2])
            return parsed

        parser.parse_args = parse_once
        return parser

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples last."""
        super().format_epilog(ctx, formatter)
        _write_examples(self.examples, formatter)


_SAID = frozenset(
    [
        "--source",
        "--source-title",
        "--publisher",
        "--published",
        "--accessed",
        "--quote",
        "--grade",
        "--add-title",
        "--add-publisher",
        "--add-published",
        "--add-accessed",
        "--add-quote",
        "--add-grade",
        "--stated-by",
        "--note",
        "--on",
        "--by",
        "--fulfils",
        "--after",
        "--contradicts",
        "--title",
        "--reason",
    ]
)
"""What is recorded once of a fact or an initiative; how an answer looks may be said again."""


def _refuse_twice(ctx: click.Context, given: Sequence[click.Parameter]) -> None:
    """Refuse what is recorded once and is among the options *given* more than once."""
    if isinstance(ctx.command, click.Group) or ctx.resilient_parsing:
        return
    for number, param in enumerate(given):
        name = next((each for each in param.opts if each in _SAID), None)
        if name is None or param not in given[:number] or getattr(param, "multiple", False):
            continue
        more = ", and others after --add-source" if name == "--source" else ""
        message = f"{name} is given twice; give it once{more}"
        raise click.UsageError(message, ctx)


class Group(Command, click.Group):
    """A group of such commands, which answers a misspelt one with the nearest."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order in which they were written down."""
        del ctx
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that *args* begin with."""
        name = args[0]
        known = name in self.list_commands(ctx)
        if not known and not name.startswith("-") and not ctx.resilient_parsing:
            near = did_you_mean(name, self.list_commands(ctx))
            ctx.fail(f"{ctx.command_path!r} has no command {name!r}.{near}")
        return super().resolve_command(ctx, args)


class Root(Group):
    """The whole program: imports a command when it is run, and turns errors into exit codes."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry] | None = None, **settings: Any):
        super().__init__(*args, **settings)
        self.entries = dict(entries or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands without importing one."""
        return [*self.entries, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command *cmd_name*."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(entry.module), entry.attribute)
        command.name = cmd_name
        command.short_help = entry.summary
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section, from the table alone."""
        widest = max(map(len, self.list_commands(ctx)), default=0)
        for section in dict.fromkeys(entry.section for entry in self.entries.values()):
            with formatter.section(section):
                formatter.write_dl(
                    [
                        (name.ljust(widest), entry.summary)
                        for name, entry in self.entries.items()
                        if entry.section == section
                    ]
                )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[Any]]:
        """Complete names of commands from the table alone."""
        from click.shell_completion import CompletionItem

        named = [
            CompletionItem(name, help=entry.summary)
            for name, entry in self.entries.items()
            if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that nobody expects may come from a damaged log."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if getattr(ctx.obj, "has_opened", False) and is_fault(error):
                from tracker.cli import damage

                damage.explain(ctx.obj, error)
            raise

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the program, and end it with its exit code.

        What a command returns is its exit code, if it is a number. Called with
        ``standalone_mode=False``, it does as click does: returns the value, lets errors through.
        """
        if not settings.get("standalone_mode", True):
            return super().main(*args, **settings)
        sys.exit(self._run(*args, **settings))

    def _run(
        self,
        args: Iterable[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  click's own signature
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002
        **extra: Any,
    ) -> int:
        del standalone_mode, windows_expand_args
        if sys.stdout is None:  # before anything is done that nobody would hear of
            complain("standard output is closed; give it a place, or send it to /dev/null")
            return UNAVAILABLE
        prepare_streams()
        words = list(sys.argv[1:] if args is None else args)
        name = prog_name or PROGRAM
        instruction = os.environ.get(complete_var or COMPLETE_VARIABLE)
        if instruction:
            return guarded(lambda: self._complete(instruction, name, extra), words)
        return guarded(lambda: self._invoke(words, name, extra), words)

    def _invoke(self, words: list[str], name: str, extra: dict[str, Any]) -> int:
        with self.make_context(name, list(words), **extra) as ctx:
            answer = self.invoke(ctx)
        return answer if isinstance(answer, int) else 0

    def _complete(self, instruction: str, name: str, extra: dict[str, Any]) -> int:
        from click.shell_completion import shell_complete

        return shell_complete(self, extra, name, COMPLETE_VARIABLE, instruction)


def command(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a function a :class:`Command`, as ``click.command`` does."""
    return click.command(name, cls=Command, **settings)


def group(name: str | None = None, **settings: Any) -> Callable[[Callable[..., Any]], Group]:
    """Make a function a :class:`Group`, as ``click.group`` does."""
    return click.group(name, cls=Group, **settings)


def _with_defaults(settings: dict[str, Any]) -> dict[str, Any]:
    context = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
    return {**settings, "context_settings": {**context, **settings.get("context_settings", {})}}


def _write_examples(examples: str, formatter: click.HelpFormatter) -> None:
    if not examples:
        return
    with formatter.section("Examples"):
        margin = " " * formatter.current_indent
        for line in examples.splitlines():
            formatter.write(f"{margin}{line}".rstrip() + "\n")


@contextmanager
def _placing_errors(ctx: click.Context) -> Iterator[None]:
    """Give an error in usage its command, which click's parser leaves out of some."""
    try:
        yield
    except click.UsageError as error:
        error.ctx = error.ctx or ctx
        raise


def _refuse_nul(ctx: click.Context, args: list[str]) -> None:
    """Stop at a NUL in a word: no system hands one over, but a program that calls this one could.

    Here and not later, for click looks for files while it reads the words.
    """
    for word in args:
        if "\x00" in word:
            ctx.fail(f"{word[:80]!a} holds a NUL character, which neither a text nor a name can.")


def _refuse_bytes(ctx: click.Context) -> None:
    """Stop at a word of the command line that is not UTF-8, unless it names a file."""
    if ctx.resilient_parsing:
        return
    for param in ctx.command.params:
        if isinstance(param.type, click.Path | click.File):
            continue
        given = ctx.params.get(param.name) if param.name else None
        for value in given if isinstance(given, tuple) else (given,):
            if isinstance(value, str) and not is_text(value):
                raise click.BadParameter(f"{value!a} is not valid UTF-8.", ctx=ctx, param=param)
