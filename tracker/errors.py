"""What can go wrong, as a person is told it.

Every error carries the exit code that the command line ends with, and a message that is one clear
sentence with the way out. Exceptions are for what the caller must fix; what is merely odd in a
history is a :class:`tracker.domain.findings.Finding`, a value.
"""

from __future__ import annotations

from typing import ClassVar


class TrackerError(Exception):
    """Something the caller must fix; ``str(error)`` is one sentence that says how."""

    exit_code: ClassVar[int] = 1


class CalledWrongly(TrackerError):
    """The request itself is malformed: something missing, ambiguous or unknown."""

    exit_code = 2


class NotFound(TrackerError):
    """There is no such initiative, fact, lifecycle or log."""

    exit_code = 3


class Conflict(TrackerError):
    """Someone else changed it first, or the id was already used for something else."""

    exit_code = 4


class Refused(TrackerError):
    """The input breaks a rule or cannot be read."""

    exit_code = 5


class Unavailable(TrackerError):
    """The database cannot be reached, is locked, full, read-only, or needs an upgrade."""

    exit_code = 6


class Damaged(TrackerError):
    """The log or a projection is damaged, or does not match a checkpoint."""

    exit_code = 7
