"""``docs/reference/cli.md``, written from the commands themselves so that it cannot lie.

``python -m tracker.cli.reference`` writes it; with ``--check`` it only says whether it is current.
"""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli import shell, tracker

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"

# The page must not depend on the terminal it was written from.
_WIDTH = 88

_HEAD = """\
# The command line

<!-- Written by `python -m tracker.cli.reference`: change the commands, not this page. -->
"""


def render(root: click.Command) -> str:
    """The page about *root* and every command below it."""
    context = _context(root, shell.PROGRAM, None)
    return "\n".join([_HEAD, *_described(context, level=2)]).rstrip("\n") + "\n"


def walk(ctx: click.Context) -> Iterator[click.Context]:
    """The contexts of all commands below *ctx*, in the order of the help; a missing one raises."""
    if not isinstance(ctx.command, click.Group):
        return
    for name in ctx.command.list_commands(ctx):
        below = ctx.command.get_command(ctx, name)
        if below is None:
            raise LookupError(f"the command {ctx.command_path} {name} is listed, but not there")
        yield _context(below, name, ctx)


def examples(command: click.Command) -> str:
    """The examples of *command*, as its help shows them."""
    return command.examples if isinstance(command, shell.Command) else ""


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(
        command,
        info_name=name,
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )


def _described(ctx: click.Context, level: int) -> Iterator[str]:
    """What the page says of the command of *ctx*, and then of those below it."""
    command = ctx.command
    yield f"{'#' * level} {ctx.command_path}\n"
    yield f"```text\n{ctx.get_usage().removeprefix('Usage: ')}\n```\n"
    yield f"{_prose(command.help or '')}\n"
    yield from _options(ctx)
    if examples(command):
        yield f"```sh\n{examples(command)}\n```\n"
    last = None
    for below in walk(ctx):
        heading = section(command, below.info_name or "")
        if heading != last:
            last = heading
            yield f"{'#' * level} {heading}\n"
        yield from _described(below, level + 1)


def _options(ctx: click.Context) -> Iterator[str]:
    records = [
        param.get_help_record(ctx)
        for param in ctx.command.get_params(ctx)
        # --help is the same everywhere: the root's is enough.
        if ctx.parent is None or "--help" not in param.opts
    ]
    lines = [f"- `{names}`: {text}" for names, text in filter(None, records) if text]
    if lines:
        yield "\n".join(lines) + "\n"


def section(command: click.Command, name: str) -> str | None:
    """The section of the help that *name* stands in, where *command* has sections."""
    entries = command.entries if isinstance(command, shell.Root) else {}
    return entries[name].section if name in entries else None


def _prose(text: str) -> str:
    r"""The help *text* as Markdown: a paragraph marked ``\b`` keeps its lines."""
    paragraphs = cleandoc(text).partition("\f")[0].strip().split("\n\n")
    return "\n\n".join(
        f"```text\n{paragraph.removeprefix(chr(8)).strip(chr(10))}\n```"
        if paragraph.startswith("\b")
        else paragraph
        for paragraph in paragraphs
    )


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the page is not current.")
@click.option("--out", type=click.Path(path_type=Path), default=PAGE, help="Where the page is.")
def main(*, check: bool, out: Path) -> None:
    """Write the reference of the command line."""
    page = render(tracker)
    if not check:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8")
    elif not out.is_file() or out.read_text(encoding="utf-8") != page:
        click.echo(f"{out.name} is not current; run python -m tracker.cli.reference", err=True)
        raise SystemExit(1)


if __name__ == "__main__":
    main()
