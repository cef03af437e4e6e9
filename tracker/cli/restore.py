"""``tracker restore``: fill an empty log from an export."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.faults import answering
from tracker.cli.files import STDIN, called, stdin
from tracker.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@shell.command()
@click.argument("file")
@options.dry_run_option
@options.example("""
    tracker restore log.jsonl
    tracker --db new.db restore log.jsonl
    tracker --db new.db restore log.jsonl --dry-run
    tracker export --format log | tracker --db postgresql://desk@db.example/desk restore -
""")
@pass_app
def command(app: App, *, file: str, dry_run: bool) -> None:
    """Fill an empty log from FILE, which tracker export --format log wrote; - is stdin.

    Positions, instants and the root are those of the log that was exported. Every line is checked
    against its hash and against the lines before it; one bad line, and nothing is restored. With
    --dry-run all of it is checked, and nothing is kept.
    """
    from tracker.application import keeping
    from tracker.cli.text import visible
    from tracker.cli.verify import counted
    from tracker.store.engine import translated

    with (
        _lines(file) as lines,
        app.tracker(create=True, dry_run=dry_run) as log,
        translated(log.log.url),
        counted(app, None, "Restoring") as progress,
    ):
        if dry_run:
            count, root = keeping.rehearse_restore(log.engine, lines, progress)
        else:
            count = keeping.restore(log.engine, lines, progress)
            root = log.root(count)
    did = "would restore" if dry_run else "restored"
    with answering(None if dry_run else "done"):
        click.echo(visible(f"{did} {count} events, root {root.hex()}"))


def _some(lines: Iterable[str], file: str) -> Iterator[str]:
    """*lines*, if there are any: an export that failed leaves none, and is no log to restore."""
    first = next(iter(lines), None)
    if first is None:
        message = f"{called(file)} is empty, so there is nothing to restore; export the log again"
        raise Refused(message)
    return chain((first,), lines)


@contextmanager
def _lines(file: str) -> Iterator[Iterable[str]]:
    """The lines of *file*, none of them longer than a line of a log can be."""
    from tracker.exchange.log_file import log_lines

    if file == STDIN:
        yield _some(log_lines(stdin()), file)
        return
    with Path(file).open("rb") as stream:
        yield _some(log_lines(stream), file)
