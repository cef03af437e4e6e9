"""Whether what looks like a fault in tracker comes from a damaged log, which has its own exit code.

Answers read what the log and its read tables hold without checking it first; ``verify`` checks it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tracker.errors import Damaged

if TYPE_CHECKING:
    from tracker.cli.app import App


def explain(app: App, error: Exception) -> None:
    """Raise Damaged, from *error*, if the log that the command used is found to be damaged.

    The log is verified for that, which takes as long as ``tracker verify`` does.
    """
    from tracker.application import Tracker, keeping
    from tracker.store.engine import translated

    app.say("Something in the log may be damaged; checking it …")
    damage: Damaged | None = None
    with suppress(Exception):  # what goes wrong here is not what the person asked about
        try:
            with Tracker.open(app.db) as log, translated(log.log.url):
                keeping.verify(log.engine)
        except Damaged as found:
            damage = found
    if damage is not None:
        raise damage from error
