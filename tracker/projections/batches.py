"""Long sequences in lists of a limited size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def batches(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield *values* in lists of *size*, the last of which may be shorter."""
    waiting = iter(values)
    while some := list(islice(waiting, size)):
        yield some
