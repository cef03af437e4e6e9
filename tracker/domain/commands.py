"""What is asked for, in the imperative; :mod:`tracker.domain.decide` turns it into events.

Facts are named by the event id of their first event, initiatives by their whole slug: whoever makes
a command has resolved what a person typed. ``event_id`` is the identity of the request: asking
again with the same id and the same content is the same answer.
"""

from __future__ import annotations

from attrs import field, frozen

from tracker.domain.dates import Extent
from tracker.domain.events import Mode, Profile
from tracker.domain.evidence import Source, Text
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.unchanged import UNCHANGED, Unchanged


@frozen
class Adopt:
    """Put a lifecycle in force from here on."""

    event_id: str
    lifecycle: Lifecycle


@frozen
class Register:
    """Track an initiative from here on."""

    event_id: str
    initiative: str
    profile: Profile
    part_of: str | None = None


@frozen
class Revise:
    """Change what is given of an initiative's profile."""

    event_id: str
    initiative: str
    title: str | Unchanged = UNCHANGED
    lifecycle: str | Unchanged = UNCHANGED
    parties: tuple[str, ...] | Unchanged = UNCHANGED
    sector: str | Unchanged | None = UNCHANGED
    tags: tuple[str, ...] | Unchanged = UNCHANGED
    summary: str | Unchanged | None = UNCHANGED
    part_of: str | None = None


@frozen
class Retire:
    """Take out an initiative that was registered by mistake, or twice."""

    event_id: str
    initiative: str
    reason: str
    merged_into: str | None = None


@frozen
class Record:
    """Record a development (*mode* occurred) or a plan (*mode* planned).

    *type* may be any of the words that the lifecycle knows for it. *expect_version* refuses the
    record if the initiative has moved on from that many events.
    """

    event_id: str
    initiative: str
    mode: Mode
    type: str
    on: Extent
    sources: tuple[Source, ...]
    stated_by: str | None = None
    note: Text = None
    fulfils: str | None = None
    after: str | None = None
    contradicts: str | None = None
    claimed_recorded_at: str | None = None
    expect_version: int | None = None


@frozen
class Changes:
    """The fields of an account that an amendment changes; the rest stays."""

    type: str | Unchanged = UNCHANGED
    on: Extent | Unchanged = UNCHANGED
    sources: tuple[Source, ...] | Unchanged = UNCHANGED
    stated_by: str | Unchanged | None = UNCHANGED
    note: Text | Unchanged = UNCHANGED
    fulfils: str | Unchanged | None = UNCHANGED
    after: str | Unchanged | None = UNCHANGED
    contradicts: str | Unchanged | None = UNCHANGED
    first_source: Source | None = None
    """Its parts replace those of the first source; None leaves one, an empty text clears it."""
    more_sources: tuple[Source, ...] = ()


@frozen
class Amend:
    """Correct a fact, or bring one back.

    *revert_to* is the position of an earlier version whose account to take up again; *based_on* the
    position of the version that the author saw.
    """

    event_id: str
    fact: str
    reason: str
    changes: Changes = field(factory=Changes)
    revert_to: int | None = None
    based_on: int | None = None
    expect_version: int | None = None


@frozen
class Withdraw:
    """Say that a fact should not stand."""

    event_id: str
    fact: str
    reason: str
    expect_version: int | None = None


@frozen
class Erase:
    """Delete the texts that every version of a fact so far has in *field*, note or quote."""

    event_id: str
    fact: str
    field: str
    reason: str


@frozen
class Link:
    """Say that *initiative* is *kind* (part-of, follows …) *other*."""

    event_id: str
    initiative: str
    kind: str
    other: str


@frozen
class Unlink:
    """Say that a link no longer stands."""

    event_id: str
    initiative: str
    kind: str
    other: str
    reason: str


Command = Adopt | Register | Revise | Retire | Record | Amend | Withdraw | Erase | Link | Unlink
