"""Libraries that are extras: what is said where one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.errors import CalledWrongly


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """Say how to get the extra *name*, which *what* needs, where an import of it fails.

    Raises CalledWrongly, in place of the ImportError.
    """
    try:
        yield
    except ImportError:
        message = f'{what} needs the extra: pip install "initiative-tracker[{name}]"'
        raise CalledWrongly(message) from None
