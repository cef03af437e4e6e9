"""``tracker backup``: copy the database while it is in use."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.cli import options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.faults import answering


@shell.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.dry_run_option
@options.example("""
    tracker backup desk-backup.db
    tracker --db desk-backup.db status
    tracker --db postgresql://desk@db.example/desk backup desk-backup.jsonl
""")
@pass_app
def command(app: App, *, file: Path, dry_run: bool) -> None:
    """Copy the log to FILE, which must not be there yet, while others go on recording.

    Of a SQLite log the copy is a log itself: name it with --db. Of a PostgreSQL log it is its
    export, for tracker restore. The copy is read again and held against the log before it gets its
    name.
    """
    from tracker.application import keeping
    from tracker.cli.text import visible
    from tracker.errors import CalledWrongly, Refused
    from tracker.store.engine import translated

    if str(file) == "-":
        raise CalledWrongly(
            "a backup is a file of its own; name one, or write the log to standard output with: "
            "tracker export --format log"
        )
    app.keep_off_log(file)
    # It is before an upgrade that one is wanted.
    with app.tracker(older=True) as log, translated(log.log.url):
        if dry_run and file.exists():
            message = f"{file} exists already, and a backup never replaces a file"
            raise Refused(f"{message}; choose another name")
        count = log.head().position if dry_run else keeping.backup(log.engine, log.log.url, file)
    did = "would copy" if dry_run else "copied"
    with answering(None if dry_run else "done"):
        click.echo(visible(f"{did} {count} events to {file}"))
