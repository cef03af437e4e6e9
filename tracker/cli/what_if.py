"""``tracker what-if``: what a draft, or another lifecycle, would change."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.files import STDIN, called
from tracker.errors import CalledWrongly, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tracker.application.import_report import ImportReport
    from tracker.application.supposing import Supposition
    from tracker.domain.lifecycle import Lifecycle


@shell.command()
@click.option(
    "--with",
    "draft",
    metavar="FILE",
    help="Suppose that the rows of this file were recorded: as tracker import takes them.",
)
@click.option(
    "--lifecycle",
    "lifecycle_file",
    metavar="FILE",
    help="Suppose that the lifecycle in this TOML file were adopted, before any rows.",
)
@options.viewpoint_options
@options.format_option
@options.example("""
    tracker what-if --with developments.csv
    tracker what-if --lifecycle my-lifecycle.toml --as-of 2025-12-31
    tracker what-if --with developments.csv --known-at 2025-12-31 --json
    curl -s https://example.org/rows.csv | tracker what-if --with -
""")
@pass_app
def command(
    app: App,
    *,
    draft: str | None,
    lifecycle_file: str | None,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
) -> None:
    """Say which statuses a draft would change, and why, and write nothing.

    The draft is a file of rows (--with; - is standard input), another lifecycle, or both. The
    answer is what tracker diff would say after recording it, and the findings that would come with
    it. Rows that cannot be recorded are reported as tracker import does, with exit code 5, and
    nothing is answered. Dates in the draft that lie after today are refused, unless as plans: for
    what is to come, give the rows the mode planned.

    The log is locked while the draft is tried, and then all of it is taken back. Where the log may
    only be read, or with --known-at in the past, the draft is tried on a copy of the log up to
    there, in a temporary file.
    """
    from tracker.application import items
    from tracker.application.import_report import report_item
    from tracker.application.supposing import Asked, Draft, suppose
    from tracker.cli import asking, changed, import_

    _check_called(draft, lifecycle_file)
    lifecycles = () if lifecycle_file is None else (_lifecycle(lifecycle_file),)
    files = () if draft is None else ((draft, import_.opener(draft)),)
    with app.tracker() as log, ExitStack() as stack:
        found = suppose(
            log.log,
            Draft(files, lifecycles),
            Asked(as_of, known_at, as_reported),
            by=log.by,
            progress=_progress(app, stack),
        )
        stack.close()
        if found.report.faults:
            import_.complain_of(found.report.faults, "mend these first")
            raise Refused(_stopped(found.report))
        envelope = asking.envelope(
            log,
            "what-if",
            found.at,
            supposed=report_item(found.report),
            findings=[
                {"initiative": slug, **items.finding_item(finding)}
                for slug, finding in found.findings
            ],
        )
    told = [items.change_item(change) for change in found.changes]
    if format_name in ("table", "markdown"):
        told = changed.in_words(told, found.events, supposed=True)
    where = asking.viewpoint_text(found.at, envelope)
    asking.answer(
        app,
        told,
        envelope=envelope,
        format_name=format_name,
        table=changed.table(),
        csv=asking.plain_columns(changed.CSV),
        empty=f"Nothing would change, {where}.",
        caption=f"{asking.counted(len(told), 'initiative')} would change, {where}",
        below="\n".join(_below(app, found)),
    )


def _check_called(draft: str | None, lifecycle_file: str | None) -> None:
    if draft is None and lifecycle_file is None:
        raise CalledWrongly("what is to be supposed? Name a file with --with or with --lifecycle")
    if draft == lifecycle_file == STDIN:
        raise CalledWrongly("standard input can be read only once; name - only once")


def _lifecycle(file: str) -> Lifecycle:
    from tracker.cli.lifecycle import text_of
    from tracker.domain.lifecycle import read_lifecycle

    return read_lifecycle(text_of(file), called(file))


def _progress(app: App, stack: ExitStack) -> Callable[[int], None]:
    """Moves a bar that is there from the first call on: most drafts need no copy."""
    advances: list[Callable[[int], None]] = []
    done = 0

    def move(copied: int) -> None:
        nonlocal done
        if not advances:
            advances.append(stack.enter_context(app.progress(None, "Copying")))
        advances[0](copied - done)
        done = copied

    return move


# --- what is said about it ------------------------------------------------------------------------


def _stopped(report: ImportReport) -> str:
    from tracker.cli import asking

    bad = len({(fault.file, fault.line) for fault in report.faults})
    return (
        f"{asking.counted(bad, 'row')} of {report.rows:,} could not be recorded, so "
        "there is no answer; mend what is wrong and repeat"
    )


def _below(app: App, found: Supposition) -> Iterator[str]:
    """What was supposed, and what is odd about it."""
    from tracker.cli import asking

    width = app.width if app.terminal else None
    yield from asking.lines(f"supposed: {_counts(found.report)}", width=width, color=False)
    for slug, finding in found.findings:
        text = f"finding ({finding.kind}): {slug}: {finding.text}"
        yield from asking.lines(text, width=width, color=False)


def _counts(report: ImportReport) -> str:
    from tracker.cli import asking, import_preview

    adopted = [f"adopted {', '.join(report.adopted)}"] if report.adopted else []
    told = import_preview.recorded(report, *adopted)
    if report.already_there:
        told += f"; {asking.counted(report.already_there, 'row')} already in the log"
    return told
