"""Garbage is looked for again afterwards, if it was before."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tracker.store.uncollected import uncollected


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """As it was before, whatever a test does."""
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


@pytest.mark.parametrize("is_on", [True, False])
def test_it_is_left_as_it_was_found(is_on: bool) -> None:
    """After an error too."""
    (gc.enable if is_on else gc.disable)()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() == is_on
    with suppress(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled() == is_on
