"""``tracker why``: from a status down to the event it rests on, and the proof of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tracker.application import StatusAnswer
    from tracker.application.answers import Reason
    from tracker.domain.viewpoint import Viewpoint

    Item = Mapping[str, Any]


@shell.command()
@click.argument("slug", shell_complete=complete.slugs)
@options.viewpoint_options
@options.format_option
@options.example("""
    tracker why il-114
    tracker why il-114 --as-of 2025-12-31 --json
""")
@pass_app
def command(
    app: App,
    /,
    slug: str,
    as_of: str | None,
    known_at: str | None,
    as_reported: str | None,
    format_name: str,
) -> None:
    """Say why an initiative has its status: development, source, event, and the proof.

    Each development that decided is followed to its sources and to the event that recorded it, and
    the inclusion proof (RFC 6962) leads from that event to the root of the log. Whoever kept a
    checkpoint can check the proof without this program.
    """
    from tracker.cli import asking

    with app.tracker() as log:
        at = log.viewpoint(as_of, known_at, as_reported)
        answer, reasons = log.why(slug, at)
        root = log.root(at.position)
        _check(reasons, at, root)
        envelope = asking.envelope(log, "why", at, status=_status(answer))
    found = [_item(answer, reason, at, root) for reason in reasons]
    if format_name == "table":
        view = asking.viewpoint_text(at, envelope)
        app.page("\n".join(_tree(app, answer, list(map(asking.for_people, found)), view)) + "\n")
        return
    asking.answer(
        app,
        found,
        envelope=envelope,
        format_name=format_name,
        table=asking.plain_columns(_MARKDOWN),
        csv=asking.plain_columns(_CSV),
        empty="",
        caption=asking.viewpoint_text(at, envelope),
    )


def _check(reasons: Sequence[Reason], at: Viewpoint, root: bytes) -> None:
    """Never hand out a proof that does not hold."""
    from tracker.domain.merkle import leaf_hash, verify_inclusion

    for reason in reasons:
        position = reason.event.position
        holds = leaf_hash(reason.body.encode()) == reason.leaf and verify_inclusion(
            reason.leaf, position - 1, at.position, reason.proof, root
        )
        if not holds:
            raise Damaged(
                f"the event @{position} is not what the log's root says; run: tracker verify"
            )


def _status(answer: StatusAnswer) -> Item:
    from tracker.application import items

    return items.status_item(answer)


def _item(answer: StatusAnswer, reason: Reason, at: Viewpoint, root: bytes) -> dict[str, Any]:
    from tracker.application import items

    return {
        "initiative": answer.standing.initiative,
        **items.reason_item(reason),
        "tree_size": at.position,
        "root": root.hex(),
    }


_MARKDOWN = (
    "initiative",
    "decides",
    "fact",
    "type",
    "on",
    "phase",
    "sources.title",
    "sources.url",
    "position",
    "leaf",
)
_CSV = (
    "initiative",
    "decides",
    "fact",
    "type",
    "on",
    "effect",
    "phase",
    "sources.url",
    "sources.title",
    "sources.publisher",
    "sources.quote",
    "sources.grade",
    "stated_by",
    "note",
    "position",
    "event_id",
    "recorded_at",
    "recorded_by",
    "body",
    "leaf",
    "proof",
    "tree_size",
    "root",
)


# --- the tree --------------------------------------------------------------------------------


def _tree(app: App, answer: StatusAnswer, found: Sequence[Item], view: str) -> Iterator[str]:
    from tracker.cli import asking
    from tracker.render import colors

    standing, color = answer.standing, app.use_color
    width = app.width if app.terminal else None
    item = asking.for_people(_status(answer))
    since = f", since {item['since']}" if item["since"] else ""
    stands = f"{standing.initiative} stands at {asking.phase_text(item)}, "
    stands += f"{asking.condition_text(item)}{since}"
    yield from asking.lines(stands, width=width, style=colors.HEADING, color=color)
    yield from asking.lines(view, width=width, style=colors.QUIET, color=color)
    for remark in _remarks(answer, item):
        yield from asking.lines(remark, width=width, color=color)
    for decided in _merged(found):
        yield ""
        odd = [each for each in item["findings"] if decided["fact"] in each["facts"]]
        yield from _branch(app, decided, odd, width)
    if found:
        yield ""
        yield from asking.lines(_how_to_check(found[0]), width=width, color=color)
        yield f"  tracker prove {_named(found[0])} --out {_file(found[0])}"
        yield f"  tracker verify-proof {_file(found[0])} --checkpoint FILE"


def _remarks(answer: StatusAnswer, item: Item) -> Iterator[str]:
    """What no development decided."""
    standing = answer.standing
    if standing.retired is not None:
        into = standing.retired.merged_into
        yield f"retired: {standing.retired.reason}" + (f" (now {into})" if into else "")
    if item["deciding"] is None:
        yield "no development on record enters a phase"
    if item["basis"] == "inferred":
        months = standing.lifecycle.dormant_after
        yield (
            f"dormant is inferred: the last that was heard is of {item['last_on']}, and "
            f"{standing.lifecycle.name} calls {months} months of silence dormant"
        )
    if not item["certain"]:
        possible = " or ".join(item["possible"])
        conditions = " or ".join(item["possible_conditions"])
        yield f"as far as the dates say, it may be at {possible}, and {conditions}"


def _merged(found: Sequence[Item]) -> list[Item]:
    """The reasons, one for a development that decided both phase and condition."""
    if len(found) == 2 and found[0]["event_id"] == found[1]["event_id"]:
        return [{**found[0], "decides": "phase and condition"}]
    return list(found)


def _branch(app: App, item: Item, odd: Sequence[Item], width: int | None) -> Iterator[str]:
    """One development, and what hangs from it; *odd* are the findings that are about it."""
    from tracker.cli import asking
    from tracker.render import colors

    color = app.use_color
    decided = f"{item['decides']}: {item['phase'] or item['effect']}"
    yield from asking.lines(decided, width=width, style=colors.HEADING, color=color)
    development = f"{item['type']} on {item['on'] or 'an open date'} ({item['fact']})"
    yield from asking.lines(f"└─ {development}", width=width, color=color)
    for source in item["sources"]:
        first, *rest = asking.source_lines(
            source, width=None if width is None else width - 14, indent="", color=color
        )
        yield f"   ├─ source  {first}"
        yield from (f"   │          {line}" for line in rest)
    for label in ("stated_by", "note"):
        if item[label]:
            text = f"{label.replace('_', ' ')}: {item[label]}"
            yield from asking.lines(text, width=width, indent="   │          ", color=color)
    for finding in odd:
        first, *rest = asking.lines(
            asking.odd_text(finding),
            width=None if width is None else width - 14,
            style=colors.WARNING,
            color=color,
        )
        yield f"   ├─ flagged {first}"
        yield from (f"   │          {line}" for line in rest)
    recorded = f"recorded {asking.instant_text(item['recorded_at'])} by {item['recorded_by']}"
    first, *rest = asking.lines(
        f"@{item['position']}, {recorded}",
        width=None if width is None else width - 14,
        color=color,
    )
    yield f"   ├─ event   {first}"
    yield from (f"   │          {line}" for line in [*rest, f"id {item['event_id']}"])
    # A hash stays in one piece, however narrow the terminal, so that it can be copied.
    yield f"   └─ proof   leaf {item['leaf']}"
    for number, digest in enumerate(item["proof"], start=1):
        yield f"              {number:>4} {digest}"
    yield f"              root {item['root']}"


def _how_to_check(item: Item) -> str:
    from tracker.cli import asking

    hashes = asking.counted(len(item["proof"]), "hash", "hashes")
    events = asking.counted(item["tree_size"], "event")
    return (
        f"The proof holds: hashed with the {hashes} above it, the leaf of @{item['position']} "
        f"gives the root of the log's first {events}. Hand it to whoever does not trust this log, "
        "or does not have it, as a file; they hold it against a checkpoint that was kept, "
        "with tracker and no log, or with other tools (docs/explanation/evidence.md):"
    )


def _named(item: Item) -> str:
    """The very event, under the root that was shown: the log may have gone on since."""
    return f"@{item['position']} --against @{item['tree_size']}"


def _file(item: Item) -> str:
    return f"{item['initiative']}-{item['position']}.tlog-proof"
