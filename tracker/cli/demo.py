"""``tracker demo``: try it out on a history that comes with it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli import options, settings, shell
from tracker.cli.app import App, pass_app
from tracker.cli.faults import answering
from tracker.domain.evidence import explain_grade
from tracker.render.colors import HEADING, QUIET, WARNING, condition_style, condition_text, paint
from tracker.render.safe import escape
from tracker.render.widths import pad, text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.application.answers import StatusAnswer
    from tracker.application.demo import Demonstration, Word
    from tracker.application.import_report import ImportReport


@shell.command()
@click.option(
    "--with-public-record",
    is_flag=True,
    help="Load what other sources say as well, and compare.",
)
@options.dry_run_option
@options.example("""
    tracker demo
    tracker demo --with-public-record
    tracker --db try.db demo
""")
@pass_app
def command(app: App, *, with_public_record: bool, dry_run: bool) -> None:
    """Load the history that comes with tracker, and show a first answer from it.

    It is what one article says of five initiatives of India and Russia in December 2025, every
    development with its source. It goes into a log of its own, demo.db in your data directory, or
    into the one that --db names if that is empty. Loading it again adds nothing.
    """
    from tracker.application import demo
    from tracker.cli.text import visible
    from tracker.store.engine import parse_url, shown

    app = app.asking(app.db if app.db_option is not None else str(_own_database()))
    name = shown(parse_url(app.db))
    with app.tracker(create=True, dry_run=dry_run) as log:
        report = demo.load(log, with_public_record=with_public_record, dry_run=dry_run)
        if dry_run:
            click.echo(visible(_would_load(report.recorded + report.plans, name)))
            return
        answer = demo.demonstrate(log)
    page = _Page(answer, width=min(max(app.width, 60), 100), color=app.use_color)
    # No pager: the first thing to do is to paste one of the commands at its end.
    told = page.lines(_told(report, answer, name), f"tracker --db {_quoted(name)}")
    with answering("recorded"):
        click.echo("\n".join(told))


def _own_database() -> Path:
    return settings.default_database().with_name("demo.db")


def _would_load(facts: int, name: str) -> str:
    if not facts:
        return f"would load nothing: {name} holds it all already"
    return f"would load {facts} facts, each with its source, into {name}"


def _told(report: ImportReport, answer: Demonstration, name: str) -> str:
    if report.last_position is None:
        return f"{_short(name)}: {answer.events} events, all of them there already"
    span = f"@{report.first_position} to @{report.last_position}"
    return f"{_short(name)}: {answer.events} events; loaded now: {span}"


def _short(name: str) -> str:
    """*name* as people write it, from their home."""
    try:
        return f"~/{Path(name).relative_to(Path.home())}"
    except (ValueError, RuntimeError):  # it is elsewhere, or there is no home
        return name


def _quoted(name: str) -> str:
    """*name* as a shell takes it."""
    short = _short(name)
    rest = short.removeprefix("~/")
    return short if shlex.quote(rest) == rest else shlex.quote(name)


class _Page:
    """One screen: the same initiatives from several viewpoints, and what that shows."""

    def __init__(self, answer: Demonstration, *, width: int, color: bool) -> None:
        self.answer = answer
        self.width = width
        self.color = color

    def lines(self, where: str, program: str) -> Iterator[str]:
        """Write the whole screen; *program* is how a command on this log begins."""
        what = " and the public record tell it" if self.answer.has_public_record else " tells it"
        title = f"India and Russia, December 2025, as one article{what}"
        yield self.paint(title, HEADING)
        yield from self.text(where, QUIET)
        yield ""
        yield from self.table()
        yield from self.text(self.grades(), QUIET)
        yield from self.contradictions()
        yield ""
        for told, commands in self.next():
            yield from self.text(told, HEADING)
            yield from (f"  {program} {words}" for words in commands)

    def table(self) -> Iterator[str]:
        """The initiatives, two lines each: where they stand, and on whose word."""
        lines = self.answer.lines
        titles = ["initiative", *self.titles()]
        rows = [[line.initiative, *map(_standing, line.answers)] for line in lines]
        widths = [max(map(text_width, cells)) for cells in zip(titles, *rows, strict=True)]
        yield self.paint("  ".join(map(pad, titles, widths)).rstrip(), HEADING)
        for line, cells in zip(lines, rows, strict=True):
            styles = [None, *map(_style, line.answers)]
            yield "  ".join(map(self.paint, map(pad, cells, widths), styles)).rstrip()
            if line.word is not None:
                yield from self.text(_word(line.word), QUIET, indent=2)

    def titles(self) -> Iterator[str]:
        """Name the viewpoints: the day in the world, and the knowledge where there are two."""
        *summit, today = self.answer.viewpoints
        if len(summit) > 1:
            yield from (f"{at.as_of} @{at.position}" for at in self.answer.viewpoints)
        else:
            yield f"as of {summit[0].as_of}"
            yield f"today, {today.as_of}"

    def grades(self) -> str:
        """What the commonest grade means."""
        grade = self.answer.commonest_grade
        meant = f"{grade}: {explain_grade(grade)}. " if grade else ""
        if self.answer.has_public_record:
            return f"{meant}At @{self.answer.article_position} the log knew the article alone."
        return f"{meant}One source: unsigned and undated."

    def contradictions(self) -> Iterator[str]:
        """The article against itself, and what else contradicts."""
        for slug, finding in self.answer.contradictions:
            told = finding.text
            if slug == self.answer.first_initiative and finding.facts == self.answer.two_tellings:
                told = 'the article has talks "initiated", then dialogue "resumed"; both stay'
            yield from self.text(f"! {slug}: {told}", WARNING)

    def next(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """What to try next, and what that shows: the one idea to take away first."""
        answer, day = self.answer, self.answer.silent_until
        dormant = f"{len(answer.dormant_later)} of {len(answer.lines)}"
        yield (
            f"--as-of asks about another day: by {day}, {dormant} are dormant, by inference",
            (f"status --as-of {day}",),
        )
        known = "--known-at asks with what the log had been told earlier"
        if answer.has_public_record:
            at = f"@{answer.article_position}"
            yield f"{known}: at {at}, the article alone", (f"status --known-at {at}",)
        elif answer.earlier is not None:
            then, at = answer.earlier, f"@{answer.earlier.position}"
            yield (
                f"{known}: at {at}, of {then.phase.lower()} alone",
                (f"status {then.initiative} --known-at {at}",),
            )
        slug = answer.first_initiative
        yield (
            "All that is on record of one, and the chain from its status down to a proof",
            (f"show {slug}", f"why {slug}"),
        )

    def text(self, text: str, style: str | None = None, indent: int = 0) -> Iterator[str]:
        """Wrap *text* and style every line."""
        for line in wrap(escape(text), self.width - indent):
            yield " " * indent + self.paint(line, style)

    def paint(self, text: str, style: str | None = None) -> str:
        """Put *text* in *style*."""
        return paint(text, style, color=self.color)


def _standing(answer: StatusAnswer | None) -> str:
    """A phase, and its condition where that is not simply active."""
    if answer is None:
        return "-"
    status = answer.standing.status
    phase = answer.standing.lifecycle.phase(status.phase)
    title = phase.title if phase else "Not started"
    if status.condition == "active":
        return title
    return f"{title}, {condition_text(_condition(answer))}"


def _condition(answer: StatusAnswer) -> dict[str, str | None]:
    status = answer.standing.status
    return {"condition": status.condition, "basis": status.basis, "outcome": status.outcome}


def _style(answer: StatusAnswer | None) -> str | None:
    return condition_style(_condition(answer)) if answer else None


def _word(word: Word) -> str:
    said = word.stated_by or "unnamed"
    where = "" if word.is_of_article or not word.publisher else f", in {word.publisher}"
    return f"{word.grade or '--'}  {said}{where}"
