"""Files of checkpoints, as they were kept somewhere else."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.domain.checkpoint import Checkpoint, parse_checkpoints
from tracker.errors import Refused


def read(files: Iterable[tuple[str, bytes]]) -> tuple[Checkpoint, ...]:
    """The checkpoints in *files*, given as pairs of a name and what is in it."""
    found: list[Checkpoint] = []
    for name, data in files:
        try:
            found += parse_checkpoints(data.decode())
        except UnicodeDecodeError:
            message = f"{name} is no checkpoint file: it is not UTF-8"
            raise Refused(message) from None
        except Refused as refusal:
            message = f"{name}: {refusal}"
            raise Refused(message) from None
    return tuple(found)
