"""The workload written down: as the export of a log, and as rows to import.

Both are made event by event, so that no size needs more memory than another.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from random import Random
from unittest import mock

from attrs import frozen

from tests.benchmarks import workload
from tracker.domain.dates import format_instant
from tracker.domain.events import Draft, InitiativeRegistered, Recorded, account_of
from tracker.domain.merkle import leaf_hash
from tracker.exchange.json_line import json_line
from tracker.store.codec import Disclosure, encode
from tracker.store.upcasters import SCHEMA

BY = "desk@example"


@frozen
class Written:
    """An event in its place, as the log holds it."""

    draft: Draft
    position: int
    version: int
    body: str
    disclosed: tuple[Disclosure, ...]


def written(events: int) -> Iterator[Written]:
    """The workload of *events* events, each in its place; the salts come from the seed too."""
    versions: dict[str | None, int] = {None: -1}
    with mock.patch.object(secrets, "token_bytes", Random(2).randbytes):
        for position, draft in enumerate(workload.drafts(events), start=1):
            version = versions.get(draft.initiative, 0) + 1
            if draft.initiative is not None:
                versions[draft.initiative] = version
            body, disclosed = encode(draft, position, version, BY)
            yield Written(draft, position, version, body, tuple(disclosed))


def log_lines(events: int) -> Iterator[str]:
    """The export of a log that holds the workload, for ``tracker restore``."""
    for each in written(events):
        account = account_of(each.draft.what)
        yield json_line(
            {
                "position": each.position,
                "event_id": each.draft.event_id,
                "initiative": each.draft.initiative,
                "version": each.version,
                "kind": each.draft.what.KIND,
                "type": account.type if account else None,
                "schema": SCHEMA,
                "recorded_at": format_instant(each.draft.recorded_at),
                "recorded_by": BY,
                "body": each.body,
                "leaf": leaf_hash(each.body.encode()).hex(),
                "disclosed": {
                    d.field: {"salt": d.salt.hex(), "text": d.text} for d in each.disclosed
                },
            }
        )


def rows(events: int) -> Iterator[str]:
    """What of the workload an import file can hold: every fact as it was first recorded."""
    profiles = {}
    for draft in workload.drafts(events):
        if isinstance(draft.what, InitiativeRegistered):
            profiles[draft.initiative] = draft.what.profile
        if not isinstance(draft.what, Recorded):
            continue
        account, profile = draft.what.account, profiles[draft.initiative]
        source = account.sources[0]
        yield json_line(
            {
                "initiative": draft.initiative,
                "title": profile.title,
                "lifecycle": profile.lifecycle,
                "party": ";".join(profile.parties),
                "sector": profile.sector,
                "type": account.type,
                "on": account.on.edtf,
                "mode": account.mode,
                "source": source.url,
                "source_title": source.title,
                "publisher": source.publisher,
                "quote": source.quote,
                "grade": source.grade,
                "id": draft.event_id,
                "recorded_at": format_instant(draft.recorded_at),
            }
        )
