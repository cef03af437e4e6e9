"""The options that commands share: one decorator each, so that they are the same everywhere."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound="Callable[..., Any]")

FORMATS = ("table", "json", "jsonl", "csv", "markdown")
CONDITIONS = ("active", "suspended", "dormant", "ended")


def example(text: str) -> Callable[[F], F]:
    """Give the command the examples *text*, shown word for word at the end of its help."""

    def give(function: F) -> F:
        vars(function)["examples"] = cleandoc(text)
        return function

    return give


def viewpoint_options(function: F) -> F:
    """``as_of``, ``known_at`` and ``as_reported``, as they were typed, or None."""
    return _all(
        function,
        click.option(
            "--as-of",
            metavar="DATE",
            callback=_one_viewpoint,
            help="Answer about this day in the world; today if left out.",
        ),
        click.option(
            "--known-at",
            metavar="INSTANT",
            callback=_one_viewpoint,
            help="Answer with what the log knew then: an instant, the end of a UTC day, or a "
            "position as @17; all it knows if left out.",
        ),
        click.option(
            "--as-reported",
            metavar="DATE",
            callback=_one_viewpoint,
            help="Answer as one would have done that day: as of it, and known at its end.",
        ),
    )


def format_option(function: F) -> F:
    """``format_name``: one of :data:`FORMATS`."""
    return _all(
        function,
        click.option(
            "--format",
            "format_name",
            type=click.Choice(FORMATS),
            default="table",
            show_default=True,
            help="How to write the answer.",
        ),
        click.option("--json", "format_name", flag_value="json", help="The same as --format json."),
    )


def filter_options(function: F) -> F:
    """Those of :func:`bare_filter_options`, and ``view``: the name of saved ones, or None."""
    return _all(function, bare_filter_options, _view_option)


def filter_options_but_dormant(function: F) -> F:
    """Those of :func:`filter_options`, for a command whose ``--dormant`` is no filter."""
    return _all(function, _most_filter_options, _view_option)


def bare_filter_options(function: F) -> F:
    """``lifecycle``, ``phase``, ``condition``, ``party``, ``sector``, ``tag``: tuples; 2 flags."""
    return _all(
        function,
        _most_filter_options,
        click.option("--dormant", is_flag=True, help="Only those of which nothing was heard long."),
    )


def _view_option(function: F) -> F:
    return click.option(
        "--view",
        metavar="NAME",
        shell_complete=complete.views,
        help="Only those that the filters saved under this name fit (tracker view list); the "
        "filters beside it narrow it further.",
    )(function)


def _most_filter_options(function: F) -> F:
    return _all(
        function,
        click.option(
            "--lifecycle",
            multiple=True,
            metavar="NAME",
            shell_complete=complete.lifecycles,
            help="Only those that follow this lifecycle.",
        ),
        click.option(
            "--phase",
            multiple=True,
            metavar="PHASE",
            shell_complete=complete.phases,
            help="Only those in this phase.",
        ),
        click.option(
            "--condition",
            multiple=True,
            type=click.Choice(CONDITIONS),
            help="Only those in this condition.",
        ),
        click.option(
            "--party",
            multiple=True,
            metavar="NAME",
            shell_complete=complete.parties,
            help="Only those of this party.",
        ),
        click.option(
            "--sector",
            multiple=True,
            metavar="TEXT",
            shell_complete=complete.sectors,
            help="Only those in this sector.",
        ),
        click.option(
            "--tag",
            multiple=True,
            metavar="TEXT",
            shell_complete=complete.tags,
            help="Only those with this tag.",
        ),
        click.option(
            "--uncertain",
            is_flag=True,
            help="Only those whose dates leave more than one status possible.",
        ),
    )


def dry_run_option(function: F) -> F:
    """``dry_run``."""
    return click.option(
        "-n", "--dry-run", is_flag=True, help="Say what would be done, and write nothing."
    )(function)


def id_option(function: F) -> F:
    """``event_id``: a ``uuid.UUID`` or None."""
    return click.option(
        "--id",
        "event_id",
        type=click.UUID,
        metavar="UUID",
        help="The id of the event; running the same command with the same id twice records once.",
    )(function)


def source_options(function: F) -> F:
    """``source``, ``source_title``, ``publisher`` … ``note``, as they were typed, or None."""
    described = {
        "--source URL|TEXT": "Where it says so: an address, or a document in words.",
        "--source-title TEXT": "The title of the source.",
        "--publisher TEXT": "Who published the source.",
        "--published DATE": "When the source was published.",
        "--accessed DATE": "When the source was read.",
        "--quote TEXT": "The words of the source that say so, in short.",
        "--grade GRADE": "Admiralty grade: reliability A to F and credibility 1 to 6, as B2.",
        "--stated-by TEXT": "Who stated it, which is not always who reported it.",
        "--note TEXT": "What a reader should know besides.",
    }
    return described_options(function, described)


def described_options(function: F, described: Mapping[str, str]) -> F:
    """Options that take a text, each by its name and its metavar, with what its help says."""
    made = []
    for names, text in described.items():
        option, metavar = names.split(" ")
        made.append(click.option(option, metavar=metavar, help=text))
    return _all(function, *made)


def _all(function: F, *decorators: Callable[[F], F]) -> F:
    """Apply *decorators* so that the help lists their options in the order given."""
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def _one_viewpoint(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse ``--as-reported``, which fixes both times, beside an option that fixes one."""
    given = {param.name} if value is not None else set()
    given |= {name for name, other in ctx.params.items() if name in _VIEWPOINT and other}
    if "as_reported" in given and len(given) > 1 and not ctx.resilient_parsing:
        other = (given - {"as_reported"}).pop() or ""
        raise click.UsageError(
            f"--as-reported already says both times; leave out --{other.replace('_', '-')}.", ctx
        )
    return value


_VIEWPOINT = ("as_of", "known_at", "as_reported")
