"""``tracker log``: the events of the log, as recorded."""

from __future__ import annotations

import json
import select
import sys
import time
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import click

from tracker.cli import complete, options, shell
from tracker.cli.app import App, pass_app
from tracker.cli.nearest import did_you_mean
from tracker.errors import CalledWrongly, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tracker.application import Tracker
    from tracker.domain.events import Event
    from tracker.render.columns import Column

    Item = Mapping[str, Any]

KINDS = (
    "lifecycle-adopted",
    "initiative-registered",
    "initiative-revised",
    "initiative-retired",
    "recorded",
    "amended",
    "withdrawn",
    "text-erased",
    "initiatives-linked",
    "initiatives-unlinked",
)

_TAKEN_BACK = ("amended", "withdrawn", "text-erased", "initiative-retired")

_PAUSE_SECONDS = 1.0

# How many events are looked at together: to align them, and to find what they point at.
_PART = 200

# A handle longer than this moves the rest of its line instead of every line.
_HANDLE = 24

# Too little room to break lines for.
_LEAST = 24


def _known_kind(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and value not in KINDS and not ctx.resilient_parsing:
        near = did_you_mean(value, KINDS) or f" There are {', '.join(KINDS)}."
        raise click.BadParameter(f"there is no kind of event {value!r}.{near}", ctx, param)
    return value


@shell.command()
@click.argument("slug", required=False, shell_complete=complete.slugs)
@click.option(
    "--since",
    metavar="@POSITION|DATE",
    help="Only what became known after this position, or on this UTC day and later.",
)
@click.option(
    "--kind",
    metavar="KIND",
    callback=_known_kind,
    shell_complete=lambda _ctx, _param, start: [kind for kind in KINDS if kind.startswith(start)],
    help="Only events of this kind.",
)
@click.option(
    "--follow", is_flag=True, help="Go on with what is recorded from now on, until Ctrl-C."
)
@options.format_option
@options.example("""
    tracker log
    tracker log il-114 --since 2025-12-01 --kind amended
    tracker log --since @17 --json
    tracker log --follow --format jsonl
""")
@pass_app
def command(
    app: App,
    /,
    slug: str | None,
    since: str | None,
    kind: str | None,
    follow: bool,  # noqa: FBT001  click passes it by name
    format_name: str,
) -> None:
    """List the events of the log in order of recording, of one initiative or of all.

    --since @17 gives the events after position 17: what became known since then. --since DATE gives
    those recorded on that UTC day or later, of a month or a year those from its first day on; an
    instant is taken exactly.

    In JSON, body is the canonical text that was hashed, and leaf the hash.
    """
    from tracker.cli import asking

    if follow and format_name == "json":
        raise CalledWrongly("--follow never ends, and a JSON document must; use --format jsonl")
    with app.tracker() as log:
        at = log.viewpoint()
        only = log.status(slug, at=at).standing.initiative if slug is not None else None
        after = _after(log, since)
        found = _events(log, only, kind, after, at.position, follow=follow)
        envelope = asking.envelope(log, "log", at)
        caption = None if follow else asking.knowledge_text(at, envelope)
        if format_name == "table":
            rows = _rows(app, log, found, digits=len(str(at.position)), eager=follow)
            _print(app, chain(rows, ("", caption) if caption else ()), follow=follow)
            return
        asking.stream(
            map(_item, found),
            envelope=envelope,
            columns=asking.plain_columns(_CSV) if format_name == "csv" else _markdown(),
            format_name=format_name,
            caption=caption,
        )


def _after(log: Tracker, since: str | None) -> int:
    """The position after which to begin."""
    from datetime import UTC, datetime, timedelta
    from datetime import time as clock_time

    from tracker import clock
    from tracker.domain.dates import parse_instant, parse_when
    from tracker.domain.edtf import has_time

    if since is None:
        return 0
    if since.strip().startswith("@"):
        return log.viewpoint(known_at=since.strip()).position
    if has_time(since):
        first = parse_instant(since, clock.today())
    else:
        extent = parse_when(since, clock.today())
        first = datetime.combine(extent.lo, clock_time.min, tzinfo=UTC)
    if first <= datetime.min.replace(tzinfo=UTC):
        return 0
    try:
        return log.viewpoint(known_at=first - timedelta(microseconds=1)).position
    except Refused:  # it is still to come, and nobody wrote the instant that is told of
        message = "--since lies in the future; give a day or an instant up to now, or a position"
        raise Refused(message) from None


def _events(
    log: Tracker, slug: str | None, kind: str | None, after: int, until: int, *, follow: bool
) -> Iterator[tuple[Event, str, bytes]]:
    """The events after one position and up to another; with *follow*, whatever comes then.

    Positions are dense and known in their order, so that asking from the last head on neither
    misses nor repeats one.
    """
    yield from log.events(slug, after=after, kind=kind, until=until)
    while follow:
        sys.stdout.flush()
        _stop_without_reader()
        time.sleep(_PAUSE_SECONDS)
        after, until = max(after, until), log.head().position
        if until > after:
            yield from log.events(slug, after=after, kind=kind, until=until)


def _stop_without_reader() -> None:
    """Raise BrokenPipeError if nobody reads standard output any more."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        gone = any(event & select.POLLERR for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):  # no such call here, or no real stream
        return
    if gone:
        raise BrokenPipeError


def _item(found: tuple[Event, str, bytes]) -> Item:
    from tracker.application import items

    event, body, leaf = found
    return items.log_item(event, body, leaf, json.loads(body)["schema"])


_CSV = (
    "position",
    "event_id",
    "initiative",
    "version",
    "kind",
    "type",
    "schema",
    "recorded_at",
    "recorded_by",
    "body",
    "leaf",
)


def _markdown() -> list[Column]:
    from tracker.cli import asking

    shown = ("position", "recorded_at", "initiative", "version", "kind", "type", "recorded_by")
    return asking.plain_columns(shown)


# --- lines for a person ----------------------------------------------------------------------


def _print(app: App, rows: Iterator[str], *, follow: bool) -> None:
    """Print line by line; on a terminal through the pager what is longer than it."""
    if not app.terminal or follow:
        color = app.use_color
        for row in rows:
            click.echo(row, color=color)
        return
    import shutil

    first = list(islice(rows, shutil.get_terminal_size().lines))
    if len(first) < shutil.get_terminal_size().lines:
        app.page("\n".join(first) + "\n")
    else:
        lines = (f"{row}\n" for row in chain(first, rows))
        app.page_through(lines)


def _rows(
    app: App,
    log: Tracker,
    found: Iterable[tuple[Event, str, bytes]],
    *,
    digits: int,
    eager: bool,
) -> Iterator[str]:
    """A line an event, as they come; the first ones say how wide the columns are."""
    from tracker.render import colors
    from tracker.render.widths import pad, text_width

    events = (event for event, _, _ in found)
    color, width = app.use_color, 14 if eager else 0
    titled = False
    while part := list(islice(events, 1 if eager else _PART)):
        named = _named(log, part)
        if not titled:
            width = max(width, min(max(text_width(e.handle) for e in part), _HANDLE))
            title = (
                f"{pad('@', digits + 1)}  {pad('recorded (UTC)', 19)}  {pad('event', width)}  what"
            )
            yield colors.paint(title, colors.HEADING, color=color)
            titled = True
        columns = app.width if app.terminal else None  # a terminal may be resized meanwhile
        for event in part:
            yield from _row(event, named, digits, width, columns=columns, color=color)
    if not titled:
        yield "No such event is in the log."


def _row(
    event: Event,
    named: Mapping[str, str],
    digits: int,
    width: int,
    *,
    columns: int | None,
    color: bool,
) -> Iterator[str]:
    """The lines of an event; in as many *columns* as a terminal has, or in one line."""
    from tracker.render import colors
    from tracker.render.safe import escape
    from tracker.render.widths import pad, wrap

    when = event.recorded_at.isoformat(" ", timespec="seconds")[:19]
    head = f"{pad(f'@{event.position}', digits + 1)}  {when}  {pad(escape(event.handle), width)}"
    kind, rest = event.what.KIND, escape(what_text(event, named))
    style = colors.WARNING if kind in _TAKEN_BACK else None
    room = columns - len(head) - 2 if columns is not None else 0
    told = [f"{kind} {rest}"] if room < _LEAST else wrap(f"{kind} {rest}", room)
    first = told[0].removeprefix(kind)
    yield f"{head}  {colors.paint(kind, style, color=color)}{first}"
    yield from (" " * (len(head) + 2) + line for line in told[1:])


def _named(log: Tracker, part: Sequence[Event]) -> dict[str, str]:
    """The handles of the facts that these events correct or withdraw."""
    from tracker.cli import asking

    facts = [event.what.fact for event in part if hasattr(event.what, "fact")]
    return asking.handles(log, facts) if facts else {}


def what_text(event: Event, named: Mapping[str, str]) -> str:
    """What an event says, in words, and who recorded it; *named* are the handles of facts."""
    from tracker.domain import events as kinds

    match event.what:
        case kinds.LifecycleAdopted(name=name):
            told = name
        case kinds.InitiativeRegistered(profile=profile) | kinds.InitiativeRevised(profile=profile):
            told = profile.title
        case kinds.InitiativeRetired(reason=reason, merged_into=into):
            told = f"into {into}: {reason}" if into else reason
        case kinds.Recorded(account=account):
            told = _account(account)
        case kinds.Amended(fact=fact, account=account, reason=reason):
            told = f"{named[fact]} {_account(account)}: {reason}"
        case kinds.Withdrawn(fact=fact, reason=reason):
            told = f"{named[fact]}: {reason}"
        case kinds.TextErased(fact=fact, field=field, reason=reason):
            told = f"{named[fact]} {field}: {reason}"
        case kinds.InitiativesLinked(link=link, other=other):
            told = f"{link} {other}"
        case kinds.InitiativesUnlinked(link=link, other=other, reason=reason):
            told = f"{link} {other}: {reason}"
    asserted = ", time asserted" if event.time == "asserted" else ""
    return f"{told} (by {event.recorded_by}{asserted})"


def _account(account: Any) -> str:
    from tracker.domain.edtf import lettered

    plan = "plan " if account.mode == "planned" else ""
    when = "" if account.on.edtf == "../.." else f" on {lettered(account.on.edtf)}"
    return f"{plan}{account.type}{when}"
