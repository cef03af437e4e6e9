"""Changes of status as they are told: by ``diff``, and by ``what-if``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tracker.domain.events import Event
    from tracker.render.columns import Column

    Item = Mapping[str, Any]

#: The columns of CSV, by the keys of an item.
CSV = (
    "initiative",
    "before.phase",
    "before.condition",
    "before.outcome",
    "before.basis",
    "before.certain",
    "before.possible",
    "before.possible_conditions",
    "before.since",
    "after.phase",
    "after.condition",
    "after.outcome",
    "after.basis",
    "after.certain",
    "after.possible",
    "after.possible_conditions",
    "after.since",
    "causes.cause",
    "causes.fact",
    "causes.position",
    "causes.on",
    "causes.recorded_at",
)


def table() -> list[Column]:
    """The columns of a table."""
    from tracker.render.columns import Column

    return [
        Column("initiative", "initiative"),
        Column("change", "before → after", show=_change_text, wide=True),
        Column("words", "because", wide=True),
    ]


def _change_text(item: Item) -> str:
    before, after = _state(item["before"]), _state(item["after"])
    if before != after:
        return f"{before} → {after}"
    finer = [
        f"{name.replace('_', ' ')} {_value(item['before'][name])} → {_value(item['after'][name])}"
        for name in ("basis", "possible", "possible_conditions", "since")
        if item["before"][name] != item["after"][name]
    ]
    return f"{before}, {'; '.join(finer)}"


def _state(state: Item | None) -> str:
    """The phase, and the condition where it is not simply active."""
    from tracker.cli import asking

    if state is None:
        return "not listed"
    condition = asking.condition_text(state)
    phase = asking.phase_text(state)
    return phase if condition == "active" else f"{phase}, {condition}"


def _value(value: Any) -> str:
    return " or ".join(value) if isinstance(value, list) else str(value or "none")


def positions(told: Sequence[Item]) -> set[int]:
    """The positions of the events behind the causes."""
    return {c["position"] for item in told for c in item["causes"] if c["position"]}


def in_words(
    told: Sequence[Item], events: Mapping[int, Event], *, supposed: bool = False
) -> list[dict[str, Any]]:
    """The same items, their causes told with what only the *events* behind them know.

    Events that are *supposed* have no place in the log that could be named.
    """
    return [
        {
            **item,
            "words": "; ".join(
                _cause_text(c, events.get(c["position"]), supposed=supposed) for c in item["causes"]
            ),
        }
        for item in told
    ]


def _cause_text(cause: Item, event: Event | None, *, supposed: bool) -> str:
    """One cause in words: ``happened: talks-initiated on 2025-12-05 (il-114#2)``."""
    from tracker.cli import asking
    from tracker.domain.events import LifecycleAdopted, account_of

    cause = asking.for_people(cause)
    kind, fact = cause["cause"], cause["fact"]
    if event is None:
        silence = {
            "lapsed": "nothing was heard, so that it was dormant from",
            "revived": "the silence that made it dormant had not lasted yet; dormant from",
        }
        return f"{kind}: {silence.get(kind, '')} {cause['on']}"
    account = account_of(event.what)
    place = "" if supposed else f", @{event.position} of {asking.day_text(cause['recorded_at'])}"
    when = f"on {cause['on'] or 'an open date'}"
    reason = getattr(event.what, "reason", None)
    why = f": {reason}" if reason else ""
    if kind == "happened":
        return f"happened: {account.type if account else ''} {when} ({fact})"
    if kind in ("learned", "corrected"):
        said = account.type if account else ""
        return f"{kind}: {said} {when} ({fact}){place}{why}"
    if kind == "withdrawn":
        return f"withdrawn: what was {when} ({fact}){place}{why}"
    name = f" {event.what.name}" if isinstance(event.what, LifecycleAdopted) else ""
    return f"{kind}{name}{place}{why}"
