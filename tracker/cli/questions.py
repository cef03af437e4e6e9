"""Asking a person, one question at a time, with the tab key completing the answer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from tracker.cli.text import visible
from tracker.errors import TrackerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


def ask(
    question: str,
    *,
    default: str | None,
    choices: Sequence[str],
    check: Callable[[str], Any] | None,
    terminal: bool,
) -> str:
    """Ask *question* until *check* has nothing against the answer.

    *terminal* says whether standard output is one; otherwise it is kept for the answer.
    """

    def checked(answer: str) -> str:
        answer = answer.strip()
        try:
            if check is not None:
                check(answer)
        except TrackerError as error:
            raise click.UsageError(visible(str(error))) from error
        return answer

    with completing(choices):
        answer: str = click.prompt(
            visible(question),
            default=default,
            show_default=bool(default),
            value_proc=checked,
            # Python edits and completes a line only where the prompt goes to standard output.
            err=not terminal,
        )
    return answer


@contextmanager
def completing(choices: Sequence[str]) -> Iterator[None]:
    """Let the tab key complete to *choices* meanwhile, where the system has readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    before, delimiters = readline.get_completer(), readline.get_completer_delims()

    def complete(typed: str, number: int) -> str | None:
        found = [choice for choice in choices if choice.startswith(typed)]
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    # A slug holds hyphens and a handle a number sign: neither ends a word here.
    readline.set_completer_delims("\t\n")
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)
        readline.set_completer_delims(delimiters)
