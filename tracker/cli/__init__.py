'''The command line: one file per command, each imported only when it is run.

A command is a function named ``command`` in a module of its own, and a line in :data:`COMMANDS`::

    """``tracker status``: where initiatives stand."""

    import click

    from tracker.cli import complete, options, shell
    from tracker.cli.app import App, pass_app


    @shell.command()
    @click.argument("slugs", metavar="[SLUG]…", nargs=-1, shell_complete=complete.slugs)
    @options.viewpoint_options
    @options.format_option
    @options.example("""
        tracker status
        tracker status il-114 --as-of 2025-12
    """)
    @pass_app
    def command(
        app: App,
        slugs: tuple[str, ...],
        as_of: str | None,
        known_at: str | None,
        as_reported: str | None,
        format_name: str,
    ) -> int | None:
        """Say where initiatives stand, one sentence; then paragraphs.

        More about it.
        """
        from tracker.render import tables  # whatever is heavy is imported here

        with app.tracker() as log:
            answer = log.status(...)
        app.page(tables.status(answer, width=app.width, color=app.use_color))
        return 1  # the exit code, where the answer is no; nothing where it is 0

Errors are raised as :class:`tracker.errors.TrackerError` and end with its exit code. ``app.say`` is
for what is not the answer, ``app.progress`` for what takes long, ``app.ask`` for what was left out.
A group is made with ``shell.group`` and its commands with ``@command.command("list")``.
'''

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, NoReturn

import click

import tracker as package
from tracker.cli.app import App
from tracker.cli.options import example
from tracker.cli.shell import PROGRAM, Entry, Root

if TYPE_CHECKING:
    from tracker.cli.usage import Usage

_SUMMARIES = {
    "Recording": {
        "register": "Begin to track an initiative.",
        "revise": "Change what is said about an initiative itself.",
        "record": "Record something that happened to an initiative.",
        "plan": "Record something that is stated to be going to happen.",
        "amend": "Correct a fact, or bring back what it said before.",
        "withdraw": "Say that a fact should not stand.",
        "erase": "Delete the text of a note or a quote for good.",
        "link": "Connect two initiatives.",
        "unlink": "Take a connection back.",
        "retire": "Take out what was registered by mistake, or twice.",
        "import": "Record the rows of a file.",
        "lifecycle": "List, show, check and adopt lifecycles.",
    },
    "Asking": {
        "status": "Where initiatives stand.",
        "show": "The whole card of one initiative.",
        "history": "What happened to an initiative, in order.",
        "why": "Why an initiative has its status, down to the proof.",
        "diff": "What changed between two viewpoints, and why.",
        "attention": "What is dormant, overdue, contradictory or thinly sourced.",
        "timeline": "Initiatives drawn along time.",
        "search": "Find text in titles, facts and sources.",
        "stats": "Counts by phase, time in each phase, delay of recording.",
        "log": "The events of the log, as recorded.",
        "view": "Save filters under a name.",
    },
    "Replaying": {
        "replay": "Tell the story step by step, as it happened or as it was learned.",
        "what-if": "What a draft, or another lifecycle, would change.",
        "rebuild": "Make the read tables again from the log.",
    },
    "Keeping": {
        "verify": "Check that the log is whole and unaltered.",
        "checkpoint": "Write down the log's root, to be kept elsewhere.",
        "prove": "Write down the proof of an event, for others to check.",
        "verify-proof": "Check a proof, with no database.",
        "export": "Write the log or an answer to a file.",
        "report": "Write one page to hand on, that moves through both times.",
        "restore": "Fill an empty log from an export.",
        "backup": "Copy the database while it is in use.",
        "db": "Show or upgrade the version of the database.",
        "doctor": "Say what is wrong, and the command that mends it.",
        "demo": "Try it out on a history that comes with it.",
        "completion": "Print the completion script for a shell.",
        "man": "Write the manual pages.",
        "help": "Explain dates, viewpoints, grades, lifecycles, exit codes.",
    },
}

# What a module may not be called in Python.
_MODULES = {"import": "import_", "verify-proof": "verify_proof", "what-if": "what_if"}

#: Every command: where it is, its summary and its section in the help.
COMMANDS = {
    name: Entry(f"tracker.cli.{_MODULES.get(name, name)}", "command", summary, section)
    for section, summaries in _SUMMARIES.items()
    for name, summary in summaries.items()
}


@click.group(PROGRAM, cls=Root, entries=COMMANDS)
@click.option(
    "--db",
    metavar="PATH|URL",
    help="The log: a SQLite file, or a database's URL; or $TRACKER_DB, or the config file.",
)
@click.option(
    "--by",
    metavar="NAME",
    help="Who records; or $TRACKER_BY, or the config file, or the login name.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to write in colour; auto does so on a terminal without $NO_COLOR.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the answer and errors only.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Say on standard error which log was used, how far it goes, and what it took.",
)
@click.option("--debug", is_flag=True, help="Print where in the program an error came from.")
@click.option("--no-input", is_flag=True, help="Never ask; an option that is missing is an error.")
@click.version_option(package.__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@example("""
    tracker demo
    tracker --db talks.db status --as-of 2025-12
    tracker status --help
""")
@click.pass_context
def tracker(
    ctx: click.Context,
    *,
    db: str | None,
    by: str | None,
    color: str,
    quiet: bool,
    verbose: bool,
    debug: bool,
    no_input: bool,
) -> None:
    """Track initiatives: what stood when, what was known then, and on whose word."""
    app = App(
        db_option=db,
        by_option=by,
        color=color,
        quiet=quiet,
        verbose=verbose,
        debug=debug,
        no_input=no_input,
        usage=_usage() if verbose else None,
    )
    ctx.obj = app
    if app.usage is not None:
        usage = app.usage
        ctx.call_on_close(lambda: app.say("\n".join(usage.lines())))
    ctx.color = app.use_color


def _usage() -> Usage:
    from tracker.cli.usage import Usage

    return Usage()


def main() -> NoReturn:
    """Run the program, and end the process."""
    # A command is short, and most of what it makes it needs to its end: looking for garbage after
    # every 700 objects costs a twentieth of a large answer.
    gc.set_threshold(50_000)
    tracker.main(prog_name=PROGRAM)
    sys.exit()
