r"""Manual pages in the man(7) language, written from the commands themselves.

They hold ASCII alone and no date but that of ``$SOURCE_DATE_EPOCH``, where that is set: the same
program gives the same pages (https://reproducible-builds.org/specs/source-date-epoch/).
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from inspect import cleandoc
from typing import TYPE_CHECKING

import click

import tracker as package
from tracker.cli import reference, shell
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

SECTION = "1"

ENVIRONMENT = {
    "TRACKER_DB": "The log, where --db is not given: a SQLite file, or the URL of a database.",
    "TRACKER_BY": "Who records, where --by is not given.",
    "TRACKER_LOCK_TIMEOUT": "How many seconds to wait for whoever else is writing.",
    "NO_COLOR": "If it is set and not empty, nothing is coloured unless --color asks for it.",
    "VISUAL, EDITOR": "The editor that --edit opens.",
    "PAGER, LESS": "What shows an answer that is longer than the terminal, and how.",
    "PGPASSWORD, PGPASSFILE": "The password of a PostgreSQL server, which is never an option.",
}


def pages(root: click.Command) -> Iterator[tuple[str, str]]:
    """The name of the file and the text of the page of *root* and of every command below it."""
    for ctx in _all(click.Context(root, info_name=shell.PROGRAM)):
        yield f"{_name(ctx)}.{SECTION}", page(ctx)


def page(ctx: click.Context) -> str:
    """The manual page of the command of *ctx*."""
    command = ctx.command
    made = f'"{_date()}" "{shell.PROGRAM} {package.__version__}" "Commands of {shell.PROGRAM}"'
    lines = [
        f'.TH "{_name(ctx).upper()}" "{SECTION}" {made}',
        ".SH NAME",
        f"{_text(_name(ctx))} \\- {_text(_summary(command))}",
        ".SH SYNOPSIS",
        f".B {_text(ctx.command_path)}",
        _text(" ".join(ctx.command.collect_usage_pieces(ctx))),
        ".SH DESCRIPTION",
        *_prose(command.help or ""),
        *_options(ctx),
        *_commands(ctx),
        *_examples(command),
        *(_environment() if ctx.parent is None else ()),
        ".SH EXIT STATUS",
        *_exit_status(),
        *_see_also(ctx),
    ]
    return "".join(f"{line}\n" for line in lines if line)


def _all(ctx: click.Context) -> Iterator[click.Context]:
    yield ctx
    for below in reference.walk(ctx):
        yield from _all(below)


def _name(ctx: click.Context) -> str:
    return ctx.command_path.replace(" ", "-")


def _summary(command: click.Command) -> str:
    """What ``apropos`` shows: the first sentence of the help."""
    first = cleandoc(command.help or "").partition("\n\n")[0]
    return " ".join(first.split()).rstrip(".")


def _date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return ""
    try:
        return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise CalledWrongly(
            f"$SOURCE_DATE_EPOCH must be a number of seconds since 1970, not {epoch!r}"
        ) from None


# -- parts -----------------------------------------------------------------------------------------


def _prose(text: str) -> Iterator[str]:
    """The paragraphs of a help text; one marked with a backspace keeps its lines."""
    for number, paragraph in enumerate(cleandoc(text).partition("\f")[0].strip().split("\n\n")):
        if number:
            yield ".PP"
        if paragraph.startswith("\b"):
            yield from _verbatim(paragraph.removeprefix("\b").strip("\n"))
        else:
            yield _text(" ".join(paragraph.split()))


def _options(ctx: click.Context) -> Iterator[str]:
    records = [param.get_help_record(ctx) for param in ctx.command.get_params(ctx)]
    told = [record for record in records if record is not None and record[1]]  # no arguments
    if told:
        yield ".SH OPTIONS"
    for names, text in told:
        yield ".TP"
        yield f".B {_text(names)}"
        yield _text(" ".join(text.split()))


def _commands(ctx: click.Context) -> Iterator[str]:
    below = list(reference.walk(ctx))
    if below:
        yield ".SH COMMANDS"
    section = None
    for each in below:
        heading = reference.section(ctx.command, each.info_name or "")
        if heading != section:
            section = heading
            yield f".SS {_text(heading or '')}"
        yield ".TP"
        yield f".BR {_text(_name(each))} ({SECTION})"
        yield _text(f"{_summary(each.command)}.")


def _examples(command: click.Command) -> Iterator[str]:
    examples = reference.examples(command)
    if examples:
        yield ".SH EXAMPLES"
        yield from _verbatim(examples)


def _environment() -> Iterator[str]:
    yield ".SH ENVIRONMENT"
    for names, text in ENVIRONMENT.items():
        yield ".TP"
        yield f".B {_text(names)}"
        yield _text(text)


def _exit_status() -> Iterator[str]:
    """The codes as ``tracker help exit-codes`` has them."""
    from tracker.cli.help import topic

    table = topic("exit-codes").split("\n\n")[1]
    for code, text in re.findall(r"^ {4}(\d+) +((?:.*\n?(?: {9}.*\n?)*))", table, re.MULTILINE):
        yield ".TP"
        yield f".B {code}"
        yield _text(" ".join(text.split()))


def _see_also(ctx: click.Context) -> Iterator[str]:
    others = [ctx.parent] if ctx.parent is not None else []
    others += list(reference.walk(ctx.parent if ctx.parent and ctx.parent.parent else ctx))
    names = [_name(each) for each in others if each is not None and _name(each) != _name(ctx)]
    if not names:
        return
    yield ".SH SEE ALSO"
    for number, name in enumerate(names, start=1):
        yield f".BR {_text(name)} ({SECTION}){',' if number < len(names) else ''}"


# -- the language ----------------------------------------------------------------------------------


def _verbatim(text: str) -> Iterator[str]:
    yield ".nf"
    yield ".RS 4"
    for line in text.splitlines():
        yield _text(line) or r"\&"
    yield ".RE"
    yield ".fi"


def _text(text: str) -> str:
    """*text* in one line, with nothing in it that the language would take for its own."""
    safe = text.replace("\\", r"\e").replace("-", r"\-")
    safe = "".join(_character(character) for character in safe)
    return rf"\&{safe}" if safe.startswith((".", "'")) else safe


def _character(character: str) -> str:
    named = {"'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
    if character in named:
        return named[character]
    return character if character.isascii() else f"\\[u{ord(character):04X}]"
