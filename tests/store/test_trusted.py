"""Objects made without their own ``__init__`` are the objects that it would have made."""

from __future__ import annotations

import pickle
import weakref
from typing import Any

import attrs
import pytest
from attrs import field, frozen

from tracker.domain.dates import Extent
from tracker.domain.events import (
    Account,
    Amended,
    Event,
    InitiativeRegistered,
    Profile,
    Recorded,
    Withdrawn,
)
from tracker.domain.evidence import Source
from tracker.domain.facts import FactVersion, PlanVersion
from tracker.store.trusted import maker

MADE = (
    Account,
    Amended,
    Event,
    Extent,
    FactVersion,
    InitiativeRegistered,
    PlanVersion,
    Profile,
    Recorded,
    Source,
    Withdrawn,
)


@pytest.mark.parametrize("cls", MADE, ids=lambda cls: cls.__name__)
def test_what_is_made_is_what_the_class_makes(cls: Any) -> None:
    """In its type, its fields, its hash, its text, and whatever else is done with it."""
    values = [f"{each.name} of it" for each in attrs.fields(cls)]
    made, right = maker(cls)(*values), cls(*values)
    assert type(made) is cls
    assert made == right
    assert (hash(made), repr(made)) == (hash(right), repr(right))
    assert attrs.astuple(made) == tuple(values)
    assert attrs.evolve(made) == right
    assert pickle.loads(pickle.dumps(made)) == right
    assert weakref.ref(made)() is made
    assert made != maker(cls)(*values[:-1], "another")


@pytest.mark.parametrize("cls", MADE, ids=lambda cls: cls.__name__)
def test_what_is_made_is_frozen(cls: Any) -> None:
    """As soon as anybody else has it."""
    names = [each.name for each in attrs.fields(cls)]
    made = maker(cls)(*names)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(made, names[0], "another")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        delattr(made, names[0])
    with pytest.raises((AttributeError, attrs.exceptions.FrozenInstanceError)):
        made.anything_else = 1


def test_every_field_is_given() -> None:
    """A field that is added to a class is noticed where the class is made."""
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'hi'"):
        maker(Extent)("2025", "2025", "2025-01-01")


@frozen
class _Converts:
    value: int = field(converter=int)


@frozen
class _Validates:
    value: int = field(validator=attrs.validators.instance_of(int))


@frozen
class _Derives:
    value: int = field(init=False, default=1)


@frozen
class _Begins:
    value: int

    def __attrs_post_init__(self) -> None:
        """Does more."""


@frozen
class _Prepares:
    value: int

    def __attrs_pre_init__(self) -> None:
        """Does more."""


@frozen(init=False)
class _MakesItself:
    value: int

    def __init__(self) -> None:
        """Does more."""
        self.__attrs_init__(1)


@frozen(slots=False)
class _HasADict:
    value: int


REFUSED = (_Begins, _Converts, _Derives, _HasADict, _MakesItself, _Prepares, _Validates)


@pytest.mark.parametrize("cls", REFUSED, ids=lambda cls: cls.__name__)
def test_a_class_that_does_more_is_refused(cls: Any) -> None:
    """A check that is added to a class one day is not passed over in silence."""
    with pytest.raises(TypeError) as refused:
        maker(cls)
    assert str(refused.value) == (
        f"{cls.__name__} does more than keep its fields; make it by its own name"
    )
