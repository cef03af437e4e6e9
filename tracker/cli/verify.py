"""``tracker verify``: check that the log is whole and unaltered."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.files import STDIN, called, content
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tracker.store.verify import VerifyReport


@shell.command()
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    metavar="FILE",
    help="Hold the log against the checkpoints in this file; - is stdin; repeatable.",
)
@click.option("--log-only", is_flag=True, help="Leave out whether the read tables say the same.")
@options.format_option
@options.example("""
    tracker verify
    tracker verify --checkpoint /mnt/elsewhere/desk.checkpoints
    tracker verify --log-only --json
""")
@pass_app
def command(app: App, *, files: tuple[str, ...], log_only: bool, format_name: str) -> None:
    """Check every hash, every column and every place in the order, and then the read tables.

    Alone this proves accidental damage and careless edits. With one checkpoint kept elsewhere it
    proves that nothing up to it was altered, removed or reordered. It never proves that a statement
    is true. Exit code 7 means damage, and the first bad event is named.
    """
    from tracker.application import keeping
    from tracker.cli import asking
    from tracker.exchange import checkpoint_file
    from tracker.render.formats import Envelope
    from tracker.store.engine import translated

    given = checkpoint_file.read(contents(files))
    with app.tracker() as log, translated(log.log.url):
        rounds = 1 if log_only else 2
        with counted(app, log.head().position * rounds, "Verifying") as progress:
            report = keeping.verify(
                log.engine, checkpoints=given, log_only=log_only, progress=progress
            )
    if format_name == "table":
        app.page("\n".join(_lines(report, log_only=log_only)) + "\n")
        return
    asking.answer(
        app,
        [_item(report)],
        envelope=Envelope("tracker/verify/1", None),
        format_name=format_name,
        table=asking.plain_columns(_CSV),
        csv=asking.plain_columns(_CSV),
        empty="",
        caption="",
    )


_CSV = ("events", "root", "checkpoints.size", "erased", "unexplained", "projections")


@contextmanager
def counted(app: App, total: int | None, label: str) -> Iterator[Callable[[int, int], None]]:
    """Give the function to call with how many events are done; each round counts from 0 again."""
    with app.progress(total or None, label) as advance:
        before = 0

        def tell(done: int, _: int) -> None:
            nonlocal before
            advance(done - before if done >= before else done)
            before = done

        yield tell


def contents(files: Sequence[str]) -> list[tuple[str, bytes]]:
    """The (name, bytes) pairs of files, one of which may be standard input."""
    from tracker.domain.checkpoint import LONGEST_FILE_BYTES

    if files.count(STDIN) > 1:
        raise CalledWrongly("standard input can be read only once; name - only once")
    return [
        (called(file), content(file, LONGEST_FILE_BYTES, "a file of checkpoints")) for file in files
    ]


def _lines(report: VerifyReport, *, log_only: bool) -> Iterator[str]:
    yield f"events       {report.events}, every one as it was written"
    yield f"root         {report.root.hex()}"
    held = ", ".join(f"@{each.size}" for each in report.checkpoints)
    yield f"checkpoints  {held + ' still hold' if held else 'none given'}"
    yield f"texts        {_texts(report)}"
    told = "not compared" if log_only else f"{', '.join(report.projections)}: as the log has them"
    yield f"read tables  {told}"
    if not report.checkpoints:
        yield ""
        yield "This finds accidental damage and careless edits. To prove that nothing was altered,"
        yield "keep a checkpoint somewhere else: tracker checkpoint --out FILE"


def _texts(report: VerifyReport) -> str:
    recorded = report.erased - report.unexplained
    if report.erased == 0:
        return "all there"
    if report.unexplained == 0:
        return f"{recorded} erased, as the log says"
    gone = f"{report.unexplained} gone with no erasure recorded: lost, or left out of an export"
    return f"{recorded} erased, as the log says; {gone}" if recorded else gone


def _item(report: VerifyReport) -> dict[str, Any]:
    return {
        "events": report.events,
        "root": report.root.hex(),
        "checkpoints": [
            {"origin": each.origin, "size": each.size, "root": each.root.hex()}
            for each in report.checkpoints
        ],
        "erased": report.erased,
        "unexplained": report.unexplained,
        "projections": list(report.projections),
    }
