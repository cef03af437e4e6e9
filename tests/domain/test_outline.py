"""A status in short."""

from __future__ import annotations

import pytest

from tracker.domain.outline import Outline

OUTLINE = Outline(
    initiative="il-1",
    lifecycle="road",
    phase="talks",
    condition="active",
    outcome=None,
    basis="observed",
    possible=("talks",),
    possible_conditions=("active",),
    since="2024",
    last_on="2024-02",
)


@pytest.mark.parametrize(
    ("phases", "conditions", "is_certain"),
    [
        (("talks",), ("active",), True),
        (("not-started", "talks"), ("active",), False),
        (("talks",), ("active", "suspended"), False),
        (("not-started", "talks"), ("active", "suspended"), False),
    ],
)
def test_it_is_certain_with_one_phase_and_one_condition(
    phases: tuple[str, ...], conditions: tuple[str, ...], is_certain: bool
) -> None:
    """As the status that it is of."""
    told = OUTLINE._replace(possible=phases, possible_conditions=conditions)
    assert told.is_certain is is_certain


def test_what_is_possible_is_compared_as_a_set() -> None:
    """A lifecycle with its phases in another order changes nothing."""
    both = OUTLINE._replace(
        possible=("talks", "agreement"), possible_conditions=("ended", "active")
    )
    turned = OUTLINE._replace(
        possible=("agreement", "talks"), possible_conditions=("active", "ended")
    )
    assert both.compared == turned.compared
    assert both.compared != OUTLINE.compared
