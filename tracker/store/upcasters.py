"""Older schema versions, brought to the current one while decoding: one pure step per version.

A step takes the content of an event as the earlier version wrote it and returns it as the next one
does; it never looks at anything else. There is one schema version so far, so there are no steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tracker.errors import Unavailable

SCHEMA = 1
"""The schema version that this program writes."""

Content = dict[str, object]
Step = Callable[[str, Content], Content]
"""(kind, content of version n) -> content of version n + 1."""

STEPS: Mapping[int, Step] = MappingProxyType({})
"""The step that leads away from each older version."""


def check_steps(steps: Mapping[int, Step], current: int) -> None:
    """Raise AssertionError unless there is exactly one step from every older version."""
    missing = sorted(set(range(1, current)) ^ set(steps))
    if missing:
        message = f"upcasters do not lead from version 1 to {current} without a gap: {missing}"
        raise AssertionError(message)


def upcast(
    kind: str,
    schema: int,
    content: Content,
    steps: Mapping[int, Step] = STEPS,
    current: int = SCHEMA,
) -> Content:
    """Return *content* as the current schema version would have written it.

    Raises Unavailable for a version that this program does not know yet.
    """
    if not 1 <= schema <= current:
        message = (
            f"the log holds a {kind} event of schema version {schema}, and this tracker knows only "
            f"up to {current}; install a newer tracker"
        )
        raise Unavailable(message)
    for version in range(schema, current):
        content = steps[version](kind, content)
    return content


check_steps(STEPS, SCHEMA)
