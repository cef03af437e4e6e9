"""``tracker import``: record the rows of a file."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO, cast

import click

from tracker.cli import options, shell
from tracker.cli.app import App, is_terminal, pass_app
from tracker.cli.faults import answering, complain_verbatim
from tracker.cli.files import STDIN, called, is_same_file, stdin
from tracker.cli.text import write_utf8
from tracker.errors import CalledWrongly, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tracker.application import Tracker
    from tracker.application.import_report import ImportReport
    from tracker.domain.lifecycle import Lifecycle
    from tracker.exchange.rows import RowFault

_STDOUT = "-"

# A screen or two: who has more faults than that reads them in the file of rejects.
_FAULTS_SHOWN = 50
_LONGEST_REJECT_BYTES = 1_000_000


@shell.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["csv", "jsonl"]),
    help="What the files are; by their names and content if left out.",
)
@click.option(
    "--lifecycle",
    "lifecycle_files",
    multiple=True,
    metavar="FILE",
    help="Adopt the lifecycle in this TOML file first; repeatable.",
)
@click.option(
    "--backfill",
    is_flag=True,
    help="Take the instants of recording from the column recorded_at, as asserted.",
)
@click.option(
    "--on-error",
    type=click.Choice(["stop", "skip"]),
    default="stop",
    show_default=True,
    help="Whether a bad row stops everything, or is left out alone.",
)
@click.option(
    "--rejects",
    metavar="FILE",
    help="Write the bad rows to this file, with the reasons, as JSON Lines that can be mended; - "
    "is standard output. It replaces the rejects of before, and no other file.",
)
@options.dry_run_option
@click.option("--json", "as_json", is_flag=True, help="Write the summary as JSON.")
@options.example("""
    tracker import developments.csv -n
    tracker import developments.csv -n --json
    tracker import developments.csv --on-error skip --rejects bad.jsonl
    tracker import history.jsonl --backfill --lifecycle my-lifecycle.toml
    curl -s https://example.org/rows.csv | tracker import - --format csv
""")
@pass_app
def command(
    app: App,
    *,
    files: tuple[str, ...],
    format_name: Literal["csv", "jsonl"] | None,
    lifecycle_files: tuple[str, ...],
    backfill: bool,
    on_error: Literal["stop", "skip"],
    rejects: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Record the rows of each FILE: CSV with a line of column names, or JSON Lines; - is stdin.

    The columns, of which only the first four are needed:

    \b
    initiative    its slug
    type          what kind of development, in any word the lifecycle knows
    on            when; may be empty for a plan
    source        a URL or a text
    title, lifecycle, party, sector, tag, summary
                  of the initiative, where it is not registered yet
    mode          occurred (if empty) or planned
    source_title, publisher, published, accessed, quote, grade, stated_by, note
    fulfils, after, contradicts
                  another fact, such as il-114#2, or the id of one
    id            a UUID; made from the content if empty
    recorded_at   when it was recorded elsewhere (see --backfill)

    Several parties or tags are parted by a semicolon. Everything is checked before anything is
    written, and every bad row is reported with its line, column, value and reason. Importing a file
    twice records nothing the second time.

    It says what that changes, or with -n would change: new initiatives, moves from one phase to
    another, new findings, and rows that tell what a fact tells already: the same type and date.
    Those are recorded as they are, for two reports may be about two events; where another source
    tells of the same one, the command is printed that makes it a second source.

    Ends with 5 if bad rows stopped it, and with 1 if any were left out.
    """  # noqa: D301 -- click takes a line of \b alone for text that keeps its lines
    from tracker.cli.lifecycle import text_of
    from tracker.domain.lifecycle import read_lifecycle

    _check_places(app, files, lifecycle_files, rejects)
    lifecycles = [read_lifecycle(text_of(file), called(file)) for file in lifecycle_files]
    with ExitStack() as stack:
        spool = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline=""))
        bad = cast("TextIO", spool)
        if rejects is not None and not dry_run and rejects != _STDOUT:
            Path(rejects).open("ab").close()  # before the work, not after it
        log = stack.enter_context(app.tracker(create=True, dry_run=dry_run))
        began = time.monotonic()
        report = _run(app, log, files, lifecycles, bad, format_name, backfill, on_error, dry_run)
        seconds = time.monotonic() - began
        where = f"all are in {rejects}" if rejects else "--rejects FILE writes them all"
        complain_of(report.faults, where)
        done = None if dry_run or report.first_position is None else "recorded"
        if rejects is not None and not dry_run:
            with answering(done):
                _write_rejects(bad, rejects)
        if report.unread_files or (report.faults and on_error == "stop"):
            raise Refused(_stopped(report))
        if report.first_position is None:
            log.log.close(failed=True)  # a log that was made for nothing
    if as_json:
        write_utf8()
    summary = _summary(report, dry_run=dry_run, as_json=as_json)
    with answering(done):
        click.echo(summary, err=rejects == _STDOUT, nl=not as_json)
    if app.verbose or seconds > 1:
        app.say(f"{report.rows:,} rows in {seconds:,.1f} s: {report.rows / seconds:,.0f} a second")
    return 1 if report.faults else 0


def _check_places(
    app: App, files: Sequence[str], lifecycle_files: Sequence[str], rejects: str | None
) -> None:
    if [*files, *lifecycle_files].count(STDIN) > 1:
        raise CalledWrongly("standard input can be read only once; name - only once")
    if rejects is None or rejects == _STDOUT:
        return
    for file in (*files, *lifecycle_files):
        if file != STDIN and is_same_file(Path(file), Path(rejects)):
            raise CalledWrongly(f"--rejects would write over {file}; name another file")
    app.keep_off_log(Path(rejects))
    if not _may_be_replaced(Path(rejects)):
        raise Refused(f"{rejects} is there already; name another file, or delete it")


def _may_be_replaced(path: Path) -> bool:
    """Whether nothing of anybody's is lost with *path*: it is empty, or the rejects of before."""
    if not path.is_file():
        return True
    with path.open("rb") as found:
        first = found.readline(_LONGEST_REJECT_BYTES)
    if not first:
        return True
    try:
        told = json.loads(first)
    except ValueError:
        return False
    return isinstance(told, dict) and told.keys() >= {"line", "file", "reason"}


def _run(
    app: App,
    log: Tracker,
    files: Sequence[str],
    lifecycles: Sequence[Lifecycle],
    bad: TextIO,
    format_name: Literal["csv", "jsonl"] | None,
    backfill: bool,  # noqa: FBT001
    on_error: Literal["stop", "skip"],
    dry_run: bool,  # noqa: FBT001
) -> ImportReport:
    from tracker.application.importing import import_files
    from tracker.application.recording import check_recorder
    from tracker.application.shipped import shipped_lifecycle, shipped_names
    from tracker.store.engine import translated

    by = check_recorder(log.by)
    with ExitStack() as stack, translated(log.log.url):
        is_watched = not app.quiet and is_terminal(sys.stderr)
        return import_files(
            log.engine,
            [(file, opener(file)) for file in files],
            by=by,
            backfill=backfill,
            on_error=on_error,
            lifecycles=lifecycles,
            rejects=bad,
            dry_run=dry_run,
            progress=_progress(app, stack) if is_watched else None,
            shipped_lifecycle=shipped_lifecycle,
            shipped_names=shipped_names,
            format=format_name,
            previewed=True,
        )


def opener(file: str) -> Callable[[], BinaryIO]:
    """What opens *file*, or gives standard input."""
    if file == STDIN:
        return stdin
    return lambda: Path(file).open("rb")


def _progress(app: App, stack: ExitStack) -> Callable[[int, int | None], None]:
    """Moves a bar that begins with the first call, which says how much there is to do."""
    state: list[tuple[Callable[[int], None], int]] = []

    def move(done: int, total: int | None) -> None:
        if not state:
            state.append((stack.enter_context(app.progress(total, "Importing")), 0))
        advance, before = state[0]
        advance(done - before)
        state[0] = advance, done

    return move


# --- what is said about it ------------------------------------------------------------------------


def complain_of(faults: Sequence[RowFault], all_of_them: str) -> None:
    """Say what is wrong with the rows of a file; *all_of_them* is where more of it is told."""
    for fault in faults[:_FAULTS_SHOWN]:
        complain_verbatim(_told(fault))
    more = len(faults) - _FAULTS_SHOWN
    if more > 0:
        complain_verbatim(f"… and {more:,} more; {all_of_them}")


def _told(fault: RowFault) -> str:
    where = called(fault.file)
    column = f"{fault.column}: " if fault.column else ""
    is_told = fault.value is None or fault.value in fault.reason
    value = "" if is_told else f"{fault.value!r}: "
    return f"{where}, line {fault.line}: {column}{value}{fault.reason}"


def _write_rejects(bad: TextIO, rejects: str) -> None:
    bad.seek(0)
    if rejects == _STDOUT:
        write_utf8()
        shutil.copyfileobj(bad, sys.stdout)
        return
    with Path(rejects).open("w", encoding="utf-8", newline="") as out:
        shutil.copyfileobj(bad, out)


def _stopped(report: ImportReport) -> str:
    from tracker.cli import asking

    if report.unread_files:
        names = ", ".join(map(called, report.unread_files))
        return f"no row of {names} can be read, so none was recorded; mend that, or leave it out"
    bad = len({(fault.file, fault.line) for fault in report.faults})
    return (
        f"{asking.counted(bad, 'row')} of {report.rows:,} cannot be recorded, so none was; mend "
        "what is wrong, or leave those out with --on-error skip"
    )


def _summary(report: ImportReport, *, dry_run: bool, as_json: bool) -> str:
    from tracker.application.import_preview import Preview
    from tracker.cli import import_preview

    found = report.preview or Preview()
    if as_json:
        return import_preview.json_text(report, found, dry_run=dry_run)
    return "\n".join(
        [_counts(report, dry_run=dry_run), *import_preview.lines(found, dry_run=dry_run)]
    )


def _counts(report: ImportReport, *, dry_run: bool) -> str:
    from tracker.cli import asking, import_preview

    where = ""
    if report.first_position is not None:
        first, last = report.first_position, report.last_position
        where = f" (@{first})" if first == last else f" (@{first} to @{last})"
    told = [f"{'would record' if dry_run else 'recorded'} {import_preview.recorded(report)}{where}"]
    if report.adopted:
        told.append(f"adopted {', '.join(report.adopted)}")
    if report.already_there:
        told.append(f"{asking.counted(report.already_there, 'row')} already in the log")
    if report.skipped:
        told.append(f"{asking.counted(report.skipped, 'row')} left out")
    return "; ".join(told)
