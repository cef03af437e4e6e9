"""A module that is imported when something of it is first used.

A command that only reads need not import the modules that record, replay and import: with their
own imports they are half of what this program adds to the start-up of SQLAlchemy.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any


class Lazily:
    """A stand-in for the module called *name*, which it imports when an attribute is first used.

    Unlike ``importlib.util.LazyLoader``, which hands a half-executed module to a second thread
    (CPython issue 114763, mended in 3.12.3), this takes the import system's own lock.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str) -> Any:
        if self._module is None:
            self._module = import_module(self._name)
        return getattr(self._module, attribute)
