"""The mark of what a correction leaves as it is."""

from __future__ import annotations


class Unchanged:
    """The mark of a field that an amendment leaves as it is."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED = Unchanged()
