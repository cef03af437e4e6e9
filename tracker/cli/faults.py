"""What a person is told when something went wrong, and the exit code that goes with it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

import click

from tracker.cli.nearest import did_you_mean
from tracker.cli.text import visible, without_passwords
from tracker.errors import TrackerError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

DONE, NO, CALLED_WRONGLY, UNREADABLE, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 5, 6, 130
FAULT = 70
"""A fault in tracker itself (``EX_SOFTWARE`` of sysexits.h): 1 would be taken for an answer."""


def guarded(work: Callable[[], int], args: Sequence[str]) -> int:
    """The exit code of *work*, whatever happens in it; the person is told in one sentence."""
    try:
        code = _finished(work)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (KeyboardInterrupt, EOFError, click.Abort):
        complain("interrupted")
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader, `head` say, has what it wanted.
        code = DONE
        silence(sys.stdout)
        silence(sys.stderr)
    except Exception as error:  # noqa: BLE001  nothing may end in a traceback
        code = report(error, args)
    return code


def report(error: Exception, args: Sequence[str]) -> int:
    """Tell the person about *error*, and give the exit code."""
    debug = "--debug" in args
    if isinstance(error, click.UsageError):
        return _report_usage(error, args)
    sentence, code = told(error)
    is_stuck = isinstance(error, OSError | Unanswered) and _is_stuck()
    if is_stuck and isinstance(error, OSError):
        sentence, code = _unanswered(error), UNAVAILABLE
    if debug:
        complain_verbatim(_traceback(error))
    complain(sentence)
    return code


class Unanswered(Unavailable):
    """What was asked for is done, and the answer cannot be written to standard output."""


@contextmanager
def answering(done: str | None) -> Iterator[None]:
    """Write the answer of a command that has *done* what was asked: ``recorded`` it, for one.

    Who reads only that the disk is full would ask once more for what is there already. None is for
    a command that changed nothing, as in a dry run.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if done is None:
            raise
        kept = f"what was asked for has been {done} all the same, so do not repeat it"
        raise Unanswered(f"{_unanswered(error)}; {kept}") from error


def _traceback(error: BaseException) -> str:
    """Where *error* came from, and what it came of; of every message the first line alone.

    In the lines below the first PostgreSQL shows the row that it refused.
    """
    import traceback

    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"{_traceback(cause)}\nwhich led to:\n\n" if cause is not None else ""
    where = "".join(traceback.format_tb(error.__traceback__))
    what = (str(error).splitlines() or [""])[0]
    return f"{before}Traceback (most recent call last):\n{where}{type(error).__name__}: {what}\n"


def told(error: Exception) -> tuple[str, int]:
    """One sentence about *error*, and the exit code."""
    match error:
        case TrackerError():
            return str(error), error.exit_code
        case click.FileError():
            return _uncapitalised(error.format_message()), CALLED_WRONGLY
        case click.ClickException():
            return _uncapitalised(error.format_message()), error.exit_code
        case MemoryError():
            return (
                "there is not enough memory for this; ask for less of the log at once",
                UNAVAILABLE,
            )
        case RecursionError():
            return "the input is nested too deeply to be read", UNREADABLE
        case UnicodeDecodeError():
            byte = error.object[error.start]
            return (
                f"the input is not UTF-8: it has the byte 0x{byte:02x} at offset {error.start}",
                UNREADABLE,
            )
        case OSError(strerror=str(reason)) if error.filename is not None:
            return f"cannot use {str(error.filename)!r}: {reason.lower()}", CALLED_WRONGLY
        case OSError():
            return f"the system refused: {error.strerror or error}", UNAVAILABLE
    what = f"{type(error).__name__}: {error}".rstrip(": ").rstrip(".")
    return f"this is a fault in tracker: {what}; run again with --debug to see where", FAULT


def is_fault(error: Exception) -> bool:
    """Whether *error* is none that tracker expects: a fault in it, or in what a log holds."""
    return told(error)[1] == FAULT


def complain(sentence: str) -> None:
    """Say *sentence* on standard error, in the program's name."""
    complain_verbatim(f"tracker: {sentence}")


def complain_verbatim(text: str) -> None:
    """Write *text* on standard error, without passwords and without terminal escapes."""
    try:
        click.echo(visible(without_passwords(text)).rstrip("\n"), err=True)
    except OSError:  # nobody reads it: the exit code has to say it alone
        silence(sys.stderr)


def silence(stream: TextIO | None) -> None:
    """Send what is left in *stream* nowhere, so that the interpreter's last flush cannot fail."""
    if stream is None:
        return
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def _finished(work: Callable[[], int]) -> int:
    try:
        return work()
    except click.exceptions.Exit as stop:
        return stop.exit_code


def _is_stuck() -> bool:
    """Whether standard output takes nothing more, a full disk for one; it is flushed or silenced.

    What could not be written stays in it, and fails again: so an error is known to be of it, and
    the interpreter would complain of it at its end.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        silence(sys.stdout)
        return True
    return False


def _unanswered(error: OSError) -> str:
    reason = (error.strerror or str(error)).lower()
    return f"the answer cannot be written to standard output: {reason}"


def _report_usage(error: click.UsageError, args: Sequence[str]) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        complain_verbatim(error.format_message())
        return error.exit_code
    if isinstance(error, click.NoSuchOption):
        complain(_no_such_option(error, args))
    else:
        complain(_uncapitalised(error.format_message()))
    if error.ctx is not None:
        if isinstance(error, click.MissingParameter):
            complain_verbatim(error.ctx.get_usage())
        complain_verbatim(f"Try '{error.ctx.command_path} --help' for help.")
    return error.exit_code


def _no_such_option(error: click.NoSuchOption, args: Sequence[str]) -> str:
    """Say which option is meant: click looks for long ones only, and in the one command only."""
    name = _as_typed(error.option_name, args)
    if error.ctx is None:
        return f"there is no option {name!r}."
    command = error.ctx.command_path
    if error.ctx.parent is not None and name in _options(error.ctx.find_root()):
        return f"{name!r} goes before the command: {error.ctx.find_root().command_path} {name} …"
    known = _options(error.ctx)
    if f"-{name}" in known:
        return f"{command!r} has no option {name!r}. Did you mean '-{name}'?"
    return f"{command!r} has no option {name!r}.{did_you_mean(name, known)}"


def _as_typed(name: str, args: Sequence[str]) -> str:
    """The whole of ``-dry-run``, of which click reports ``-d`` alone."""
    if len(name) != len("-d"):
        return name
    typed = [arg for arg in args if arg.startswith("-") and name[1] in arg[1:]]
    single = [arg.partition("=")[0] for arg in typed if not arg.startswith("--") and len(arg) > 3]
    return single[0] if single else name


def _options(ctx: click.Context) -> list[str]:
    return [
        name
        for param in ctx.command.get_params(ctx)
        if isinstance(param, click.Option) and not param.hidden
        for name in (*param.opts, *param.secondary_opts)
    ]


def _uncapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() else sentence
