"""A progress bar for what takes longer than a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, Task, TaskID
    from rich.text import Text

# A bar that flashes up and goes is noise; one that is redrawn at every row is slower than the work.
_PATIENCE_SECONDS = 1.0
_REDRAW_SECONDS = 0.1


class Bar:
    """Counts what is done, and shows it on standard error once a second has passed."""

    def __init__(self, total: int | None, label: str) -> None:
        self._total = total
        self._label = label
        self._done = 0
        self._next = time.monotonic() + _PATIENCE_SECONDS
        self._shown: tuple[Progress, TaskID] | None = None

    def advance(self, n: int = 1) -> None:
        """*n* more are done."""
        self._done += n
        present = time.monotonic()
        if present >= self._next:
            self._next = present + _REDRAW_SECONDS
            self._draw()

    def close(self) -> None:
        """Take the bar off the screen again."""
        if self._shown is not None:
            self._shown[0].stop()

    def _draw(self) -> None:
        if self._shown is None:
            progress = _progress()
            self._shown = progress, progress.add_task(self._label, total=self._total)
            progress.start()
        progress, task = self._shown
        progress.update(task, completed=self._done)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        """How many are done in a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f}/s", style="progress.data.speed")

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
