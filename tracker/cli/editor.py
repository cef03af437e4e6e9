"""Editing a text in the editor of whoever calls, without ever losing what was written."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from tracker.cli.app import App, is_terminal
from tracker.cli.faults import complain
from tracker.errors import CalledWrongly, NotFound, Refused, TrackerError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LONGEST_BYTES: Final = 1_000_000
"""More than anybody writes by hand; a file that somebody put in its place may have no end."""

# What can be mended in the text; a database that is locked cannot.
_MENDABLE = (CalledWrongly, NotFound, Refused)


def check_editor(app: App) -> None:
    """Raise CalledWrongly where no editor can be opened: nobody is there, and none is named."""
    if app.no_input:
        raise CalledWrongly(
            "--edit opens an editor, and --no-input was given; leave one of them out"
        )
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not named and not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        raise CalledWrongly(
            "--edit needs an editor, and there is no terminal to open one on; name one that needs "
            "none in $VISUAL or $EDITOR, or give the options instead of --edit"
        )


def edited(app: App, template: str, take: Callable[[str], T | None]) -> T | None:
    """What *take* makes of *template* as it was edited; None where nothing is to be done.

    Nothing is where the text was saved empty or as it was, or *take* says so. A mistake that *take*
    finds is told, and the text offered again on a terminal; elsewhere, or where that is declined,
    the error names the file in which the text is kept.
    """
    check_editor(app)
    handle, name = tempfile.mkstemp(prefix="tracker-edit-", suffix=".conf")
    path = Path(name)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        out.write(template)
    try:
        answer = _taken(app, path, template, take)
    except TrackerError as error:
        if _is_as_it_was(path, template):
            path.unlink(missing_ok=True)
            raise
        raise type(error)(f"{error}; what you wrote is kept in {path}") from error
    except BaseException:
        if _is_as_it_was(path, template):
            path.unlink(missing_ok=True)
        else:
            complain(f"what you wrote is kept in {path}")
        raise
    path.unlink(missing_ok=True)
    return answer


def _taken(app: App, path: Path, template: str, take: Callable[[str], T | None]) -> T | None:
    while True:
        _open(path)
        try:
            text = _written(path)
            if not text.strip() or text == template:
                return None
            return take(text)
        except _MENDABLE as error:
            if not app.interactive:
                raise
            complain(str(error))
            if not click.confirm("Edit it again?", default=True, err=True):
                raise


def _open(path: Path) -> None:
    """Open the editor on *path* and wait for it; CalledWrongly where that fails."""
    try:
        click.edit(filename=str(path))
    except (click.ClickException, ValueError) as error:
        told = error.format_message() if isinstance(error, click.ClickException) else str(error)
        raise CalledWrongly(
            f"the editor failed ({told}), so nothing was recorded; $VISUAL or $EDITOR names another"
        ) from error


def _written(path: Path) -> str:
    from tracker.exchange.bounded import read_whole

    try:
        with path.open("rb") as stream:
            content = read_whole(stream, LONGEST_BYTES, str(path), "a text to edit")
    except FileNotFoundError:  # an editor may take it away: that says nothing
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(f"line {line} is not UTF-8; save the file in that encoding") from error
    return text.replace("\r\n", "\n")


def _is_as_it_was(path: Path, template: str) -> bool:
    """Whether nobody would miss the file."""
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8").strip() in ("", template.strip())
    return not path.exists()
