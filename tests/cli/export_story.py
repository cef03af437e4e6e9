"""One small log to export, told at fixed instants, and how to export it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import CliRunner, Result
from freezegun import freeze_time

from tracker import Source, Tracker
from tracker.cli import tracker

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)
WORD = "Petrowa"
"""A name that may have to be erased, in a note and in a quote."""

PAPER = Source(
    url="https://example.org/a?b=1&c=<2>",
    title="A paper",
    publisher="Wire",
    published_on="2025-03-01",
    accessed_on="2025-04",
    quote=f"so {WORD} says",
    grade="B2",
)
ARCHIVE = Source(document="Box 7", published_on="1899-12-31")
FORMATS = ("cloudevents", "xlsx", "ics", "atom", "parquet", "datapackage")


def tell(url: str) -> None:
    """Two initiatives, one of them with plans of every sort; one idle; one retired."""
    with Tracker.open(url, by="mira", create=True) as log:
        steps: list[Callable[[], Any]] = [
            lambda: log.register(
                "dam",
                title="A dam",
                lifecycle="project",
                parties=["India", "Russia"],
                tags=["water"],
                summary="=a summary",
            ),  # @1 adopts, @2
            lambda: log.record(
                "dam",
                "announced",
                on="2025-03-01",
                source=[PAPER, ARCHIVE],
                stated_by="A minister",
                note=f"@{WORD} was there",
            ),  # @3
            lambda: log.register("deal", title="A deal", lifecycle="project", sector="trade"),  # @4
            lambda: log.record("deal", "announced", on="2025-03", source="a paper"),  # @5
            lambda: log.plan("dam", "operating", by="2030", source=PAPER, note=WORD),  # @6
            lambda: log.plan("dam", "construction", on="2026-05", source="a plan"),  # @7
            lambda: log.amend("dam#4", on="2026-09", reason="late"),  # @8
            lambda: log.amend("dam#4", on="2026-09-15", reason="later"),  # @9
            lambda: log.plan("dam", "commented", source="a plan"),  # @10, with no date
            lambda: log.plan("dam", "statement-made", on="2031-02/..", source="a plan"),  # @11
            lambda: log.plan("deal", "delayed", on="2025-12-24", source="a plan"),  # @12
            lambda: log.record(
                "deal", "delayed", on="2025-12-30", source="a paper", fulfils="deal#3"
            ),  # @13
            lambda: log.plan("deal", "mothballed", on="2026-07-01", source="a plan"),  # @14
            lambda: log.withdraw("deal#5", reason="no such plan"),  # @15
            lambda: log.register("idle", title="Nothing yet", lifecycle="project"),  # @16
            lambda: log.register("dup", title="Twice", lifecycle="project"),  # @17
            lambda: log.record("dup", "announced", on="2025-01-01", source="a paper"),  # @18
            lambda: log.retire("dup", reason="twice", merged_into="dam"),  # @19
            lambda: log.record("dam", "construction", on="1899-05-06", source="a paper"),  # @20
        ]
        with freeze_time(FIRST) as clock:
            for step in steps:
                step()
                clock.tick(timedelta(minutes=1))


def at(position: int) -> datetime:
    """When the event at *position* of the story was recorded: an adoption comes with the next."""
    step = max(position - 2, 0)
    return FIRST + timedelta(minutes=step)


def run(url: str, *words: str) -> Result:
    """What ``export`` does at a fixed instant, with no terminal."""
    with freeze_time(NOW):
        return CliRunner().invoke(tracker, ["--db", url, "--by", "mira", "export", *words])


def exported(url: str, format_name: str, *words: str) -> bytes:
    """What it writes to standard output, if it ends well."""
    done = run(url, "--format", format_name, *words)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes
