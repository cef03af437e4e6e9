"""A log whose every text was written by an attacker, beside a log that is as it should be."""

from __future__ import annotations

from datetime import UTC, datetime

from attrs import frozen
from freezegun import freeze_time

from tests.cli import asking_story
from tracker import Source, Tracker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def listed(text: str) -> str:
    """*text* as a party or a tag may hold it: a semicolon parts several."""
    return text.replace(";", ",")


def tell(where: str) -> None:
    """The small log of the asking commands, and one link; nothing odd is in it."""
    asking_story.tell(where)
    with freeze_time("2026-01-16T09:00:00Z"), Tracker.open(where, by="desk") as log:
        log.link("sj-100", "related-to", "il-114")


def tell_all(where: str, text: str, slug: str, *, at_start: bool = False) -> None:
    """Register *slug* beside what is there, with *text* in every field that takes a text.

    One development, one plan, a correction, a withdrawal, a link and its end, and a retirement.
    Before *text* stands what the field is, unless a field is to begin with it.
    """

    def named(field: str) -> str:
        return text if at_start else f"{field} {text}"

    source = Source(
        document=named("paper"),
        title=named("title"),
        publisher=named("publisher"),
        quote=named("quote"),
        grade="B2",
    )
    url = text if at_start else f"https://example.org/{text}"
    with freeze_time("2026-01-20T09:00:00Z"), Tracker.open(where, by="desk") as log:
        log.register(
            slug,
            title=named("Title"),
            lifecycle="co-production",
            parties=[listed(named("Party")), listed(text)],
            sector=text,
            tags=[listed(text)],
            summary=named("Summary"),
        )
        log.record(
            slug,
            "talks-initiated",
            on="2025-11",
            source=source,
            stated_by=named("said"),
            note=named("note"),
        )
        log.record(slug, "mou-signed", on="2025-12-05", source=text, note=text)
        log.plan(slug, "contract-signed", by="2026-02-01", source=url)
        log.amend(f"{slug}#2", note=named("amended"), reason=named("because"))
        log.withdraw(f"{slug}#3", reason=named("withdrawn"))
        log.register(f"{slug}-twice", title=text, lifecycle="co-production")
        log.link(f"{slug}-twice", "follows", slug)
        log.unlink(f"{slug}-twice", "follows", slug, reason=named("unlinked"))
        log.retire(f"{slug}-twice", reason=named("retired"), merged_into=slug)
        log.link(slug, "related-to", "il-114")


@frozen
class Fingerprint:
    """What must not change: how many events there are, and their root."""

    position: int
    root: str

    @classmethod
    def of(cls, where: str) -> Fingerprint:
        """The fingerprint of the log at *where*."""
        with Tracker.open(where, by="desk") as log:
            position = log.head().position
            return cls(position, log.root(position).hex())
