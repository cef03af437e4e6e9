"""Work in which nothing is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile: among many small objects that are all in use, it costs a lot.

    What nobody refers to is freed all the same; only cycles wait. So this is for pieces of work of
    a bounded size.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
