"""What every command is handed: where the log is, who is asking, and how to talk to them."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

import click

from tracker.cli import settings
from tracker.cli.text import is_text, is_url_with_password, visible
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tracker.application import Tracker
    from tracker.cli.usage import Usage

# A drawing is made whole, in a cell a column: no screen is wider, and $COLUMNS may say anything.
_WIDEST_COLUMNS = 1_000

# PostgreSQL counts milliseconds in 32 bits.
_LONGEST_WAIT_SECONDS = 86_400


class App:
    """The global options, and what follows from them, looked up when it is asked for.

    No class of attrs: a shell waits for every press of the tab key, and attrs takes a fifth of the
    time that a start has.
    """

    def __init__(
        self,
        *,
        db_option: str | None = None,
        by_option: str | None = None,
        color: str = "auto",
        quiet: bool = False,
        verbose: bool = False,
        debug: bool = False,
        no_input: bool = False,
        usage: Usage | None = None,
    ) -> None:
        self.db_option = db_option
        self.by_option = by_option
        self.color = color
        self.quiet = quiet
        self.verbose = verbose
        self.debug = debug
        self.no_input = no_input
        self.usage = usage
        self.has_opened = False
        """Whether the command has used the log: only then can an error come from what it holds."""

    def asking(self, db: str) -> App:
        """The same, asking the database *db*."""
        return App(
            db_option=db,
            by_option=self.by_option,
            color=self.color,
            quiet=self.quiet,
            verbose=self.verbose,
            debug=self.debug,
            no_input=self.no_input,
            usage=self.usage,
        )

    # --- the log ---------------------------------------------------------------------------

    @cached_property
    def config_path(self) -> Path:
        """Where the config file is looked for."""
        return settings.config_path()

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """What the config file says."""
        return settings.read_settings(self.config_path)

    @cached_property
    def db(self) -> str:
        """The path or URL of the database."""
        given = self.db_option
        if given is not None and is_url_with_password(given):
            raise CalledWrongly(
                "a password in --db is seen by everyone who lists the processes of this machine; "
                "give it with PGPASSWORD or a passfile, or the whole URL in $TRACKER_DB"
            )
        if given is None:
            given = os.environ.get("TRACKER_DB") or None
        if given is not None:  # an empty --db is refused on opening: it is no wish for the default
            return _text(given, "the name of the database")
        if "db" in self.settings:
            return settings.database_beside(self.settings["db"], self.config_path)
        return str(settings.default_database())

    def keep_off_log(self, path: Path) -> None:
        """Raise CalledWrongly where the file to write, *path*, is the log under whatever name.

        Every command that writes a file asks this first, whether it replaces files or not.
        """
        from pathlib import Path

        from tracker.cli import files
        from tracker.store.file_reader import path_of

        log = path_of(self.db)
        if log is None:
            from tracker.store.engine import parse_url

            url = parse_url(self.db)
            if url.get_backend_name() != "sqlite":
                return
            log = Path(str(url.database))
        files.keep_off_log(path, log)

    def check_place(self, path: Path, *, force: bool) -> None:
        """Refuse, before the work and not after it, a file that may not be written.

        That is the log, and any file that is there already, unless *force* is set.
        """
        from tracker.exchange.whole_file import check_free

        self.keep_off_log(path)
        if not force:
            check_free(path)

    @cached_property
    def by(self) -> str:
        """Who records."""
        given = self.by_option
        if given is None:
            given = os.environ.get("TRACKER_BY") or self.settings.get("by")
        if given is None:
            from tracker.application import inputs

            given = inputs.login_name()
        return _text(given, "the name of who records")

    def tracker(
        self,
        *,
        create: bool = False,
        upgrade: bool = False,
        dry_run: bool = False,
        older: bool = False,
    ) -> Tracker:
        """Open the log; with *create*, begin it if it is not there yet.

        *upgrade* is for commands that write and do not begin a log: an older one is brought up to
        date. With *dry_run* neither is done. With *older* it is taken as it is.
        """
        from tracker.application import Tracker

        log = Tracker.open(
            self.db,
            by=self.by,
            create=create,
            upgrade=upgrade,
            dry_run=dry_run,
            older=older,
            lock_timeout_seconds=_lock_timeout_seconds(),
        )
        self.has_opened = True
        if self.usage is not None:
            self.usage.watch(log)
        return log

    # --- the terminal ----------------------------------------------------------------------

    @property
    def terminal(self) -> bool:
        """Whether standard output is a terminal."""
        return is_terminal(sys.stdout)

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to be asked."""
        return not self.no_input and is_terminal(sys.stdin) and is_terminal(sys.stderr)

    @property
    def width(self) -> int:
        """How many columns an answer may take; ``$COLUMNS`` has its say, within reason."""
        return min(_terminal_size().columns, _WIDEST_COLUMNS)

    @property
    def use_color(self) -> bool:
        """Whether to write in colour."""
        if self.color != "auto":
            return self.color == "always"
        dull = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return self.terminal and not dull

    def say(self, text: str) -> None:
        """Tell the person something that is not the answer."""
        if not self.quiet:
            click.echo(visible(text), err=True)

    def page(self, text: str) -> None:
        """Write the answer *text*, through a pager where it is longer than the terminal."""
        if self.terminal and text.count("\n") >= _terminal_size().lines:
            self.page_through(text)
        else:
            click.echo(text, nl=not text.endswith("\n"), color=self.use_color)

    def page_through(self, text: str | Iterable[str]) -> None:
        """Write *text* through the pager, in colour where the pager shows it."""
        color = self.use_color
        if color:
            # Without -R less shows the bytes of a colour; git sets it too where nothing is set.
            options = os.environ["LESS"] = os.environ.get("LESS") or "-R"
            color = self.color == "always" or "r" in options.lower()
        click.echo_via_pager(text, color=color)

    @contextmanager
    def progress(self, total: int | None, label: str) -> Iterator[Callable[[int], None]]:
        """Give the function to call with how many more are done; shown if it takes long."""
        if self.quiet or not is_terminal(sys.stderr):
            yield _nothing
            return
        from tracker.cli.progress import Bar

        bar = Bar(total, label)
        try:
            yield bar.advance
        finally:
            bar.close()

    def ask(
        self,
        option: str,
        question: str,
        *,
        default: str | None = None,
        choices: Sequence[str] = (),
        check: Callable[[str], Any] | None = None,
    ) -> str:
        """Ask for what *option* would have said; without anybody to ask, name the option.

        The tab key completes to *choices*. *check* is called with the answer, and the question is
        asked again when it raises :class:`click.UsageError` or an error of tracker's own.
        """
        if not self.interactive:
            why = "--no-input was given" if self.no_input else "there is no terminal to ask on"
            raise CalledWrongly(f"{option} is missing, and {why}; add {option} to the command")
        from tracker.cli.questions import ask

        return ask(question, default=default, choices=choices, check=check, terminal=self.terminal)


#: Hands the command its :class:`App` as first argument; a command run on its own gets a plain one.
pass_app = click.make_pass_decorator(App, ensure=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether *stream* is a terminal; a closed one is not."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _terminal_size() -> os.terminal_size:
    import shutil  # takes long to import, and most commands do not ask

    return shutil.get_terminal_size()


def _nothing(_: int, /) -> None:
    """Advance no bar."""


def _text(value: str, what: str) -> str:
    if not is_text(value):
        raise CalledWrongly(f"{what} is not valid UTF-8")
    return value


def _lock_timeout_seconds() -> float | None:
    """How long to wait for whoever else is writing; None is as long as is usual."""
    given = os.environ.get("TRACKER_LOCK_TIMEOUT")
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_WAIT_SECONDS:
        raise CalledWrongly(f"$TRACKER_LOCK_TIMEOUT must be a number of seconds, not {given!r}")
    return seconds
