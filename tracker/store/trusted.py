"""Frozen attrs objects made of what was checked when it was recorded, without checking it again.

The ``__init__`` of a frozen class goes through ``object.__setattr__`` for every field. Here the
fields are set on an object that is not frozen yet, which then becomes one of the class: a quarter
of the time. It is for values that come out of the log or a read table, and for rows of an import,
of which there may be many; all others are made by the classes themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

_T = TypeVar("_T")


def maker(cls: type[_T]) -> Callable[..., _T]:
    """Return a function that makes a *cls* of all its fields, in their order, none left out.

    The object equals the one that *cls* itself makes of the same values. Raises TypeError for a
    class that would do more than store them: one that converts, validates, has no slots, or has
    fields that its ``__init__`` does not take.
    """
    fields = attrs.fields(cls)  # type: ignore[arg-type, misc, unused-ignore]
    hooks = ("__attrs_pre_init__", "__attrs_init__", "__attrs_post_init__")
    if (
        any(each.converter or each.validator or not each.init for each in fields)
        or any(hasattr(cls, hook) for hook in hooks)
        or cls.__dictoffset__ != 0
    ):
        message = f"{cls.__name__} does more than keep its fields; make it by its own name"
        raise TypeError(message)
    names = [each.name for each in fields]
    # The same layout, and attributes that can be set: else Python would not let it change class.
    # Both, although nothing is deleted: one written in Python would send the other through Python.
    plain = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    settable = {"__slots__": (), **plain}
    loose = type(f"_{cls.__name__}", (cls,), settable)
    lines = [
        f"def make({', '.join(names)}):",
        "    made = _new(_loose)",
        *(f"    made.{name} = {name}" for name in names),
        "    made.__class__ = _cls",
        "    return made",
    ]
    scope: dict[str, Any] = {"_new": object.__new__, "_loose": loose, "_cls": cls}
    exec("\n".join(lines), scope)  # noqa: S102 -- of the names of fields alone, as attrs does it
    make: Callable[..., _T] = scope["make"]
    return make
