"""The log, turned into read tables: in the transaction of an append, or from zero.

One row per version of a development *and effect in force*, with a half-open knowledge interval in
positions. Adopting a changed lifecycle, or giving an initiative another, closes and reopens the
rows whose effect changes. Events go in in sets and rows come out in sets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from attrs import Factory, define, field
from sqlalchemy.engine import Connection

from tracker.domain.events import (
    InitiativeRegistered,
    InitiativeRetired,
    InitiativeRevised,
    InitiativesLinked,
    InitiativesUnlinked,
    LifecycleAdopted,
    Profile,
    TextErased,
    What,
)
from tracker.domain.facts import packed, ranks
from tracker.domain.lifecycle import Lifecycle
from tracker.domain.viewpoint import OPEN
from tracker.projections.intervals import Intervals
from tracker.projections.survey import misplaced
from tracker.projections.tables import LIVE, ReadTables
from tracker.store import schema
from tracker.store.codec import canonical, decode
from tracker.store.event_log import Row
from tracker.store.reading import rows
from tracker.store.writer import Direct, Writer

Effects = dict[str, tuple[str, str | None, str | None]]
"""Type → (effect, phase, outcome)."""

_UNKNOWN = ("unknown", None, None)


def _what(body: str) -> What:
    return decode(body, {}).what


@define
class Projector:
    """Applies rows of ``events``, in order, to *tables*: reads them itself, writes by *writer*."""

    connection: Connection
    tables: ReadTables = LIVE
    writer: Writer = field(default=Factory(lambda self: Direct(self.connection), takes_self=True))
    what: Callable[[str], What] = _what
    _lifecycle_of: dict[str, str] = field(factory=dict)
    _effects: dict[str, Effects] = field(factory=dict)
    _numbers: dict[int, int] = field(factory=dict)
    _waiting: dict[str, Intervals] = field(factory=dict)

    def apply(self, appended: Iterable[Row]) -> None:
        """Take the next rows of the log; they must be in ``events`` already."""
        for row in appended:
            self._take(row)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for name in schema.READ_KEYS:
            if name in self._waiting:
                self._waiting[name].flush()

    def knows(self, initiative: str, lifecycle: Lifecycle) -> None:
        """Store which definition is in force for *initiative*, to save the query for it."""
        self._lifecycle_of.setdefault(initiative, lifecycle.name)
        if lifecycle.name not in self._effects:
            self._effects[lifecycle.name] = lifecycle.effects

    def _ask(self, query: str, **parameters: object) -> Sequence[tuple[Any, ...]]:
        return rows(self.writer.driver, query, parameters)

    def _intervals_of(self, name: str) -> Intervals:
        """Return the changes that wait for the read table *name*, made when first needed."""
        found = self._waiting.get(name)
        if found is None:
            key = schema.READ_KEYS[name]
            found = self._waiting[name] = Intervals(self.writer, getattr(self.tables, name), key)
        return found

    @property
    def _profiles(self) -> Intervals:
        return self._intervals_of("initiatives")

    @property
    def _definitions(self) -> Intervals:
        return self._intervals_of("lifecycle_versions")

    @property
    def _types(self) -> Intervals:
        return self._intervals_of("lifecycle_effects")

    @property
    def _facts(self) -> Intervals:
        return self._intervals_of("fact_versions")

    @property
    def _plans(self) -> Intervals:
        return self._intervals_of("plan_versions")

    @property
    def _links(self) -> Intervals:
        return self._intervals_of("links")

    def _take(self, row: Row) -> None:
        match row["kind"]:
            case "recorded":
                self._recorded(row)
            case "amended":
                self._amended(row)
            case "withdrawn":
                self._withdrawn(row)
            case _:
                self._take_rare(row, self.what(row["body"]))

    def _take_rare(self, row: Row, what: What) -> None:
        match what:
            case InitiativeRegistered(profile) if row["version"] == 1:
                self._put_profile(row, profile)
            # An earlier build registered anew what its read tables had lost.
            case InitiativeRegistered(profile) | InitiativeRevised(profile):
                self._revised(row, profile)
            case InitiativeRetired():
                self._retired(row, what)
            case InitiativesLinked(kind, other):
                link = {"initiative": row["initiative"], "kind": kind, "other": other}
                self._links.put(link, row["position"])
            case InitiativesUnlinked(kind, other):
                self._links.close((row["initiative"], kind, other), row["position"])
            case LifecycleAdopted():
                self._adopted(row, what)
            case TextErased():
                pass  # No read table holds a text that can be erased.
            case _:
                message = f"no projection knows what to make of {row['kind']!r}"
                raise TypeError(message)

    # -- facts -------------------------------------------------------------------------------------

    def _recorded(self, row: Row) -> None:
        self._numbers[row["fact"]] = row["version"]
        self._put(row)
        if row["after_fact"] is not None:
            self._rerank(row["initiative"], row["position"])

    def _amended(self, row: Row) -> None:
        self._close(row)
        self._put(row)
        if row["mode"] == "occurred" and self._has_orders(row["initiative"]):
            self._rerank(row["initiative"], row["position"])

    def _withdrawn(self, row: Row) -> None:
        self._close(row)
        if self._has_orders(row["initiative"]):
            self._rerank(row["initiative"], row["position"])

    def _close(self, row: Row) -> None:
        # A withdrawal does not say whether it is of a development or a plan; a fact is never both.
        if row["mode"] != "planned":
            self._facts.close((row["fact"],), row["position"])
        if row["mode"] != "occurred":
            self._plans.close((row["fact"],), row["position"])

    def _put(self, row: Row) -> None:
        shared = {
            "initiative": row["initiative"],
            "fact": row["fact"],
            "position": row["position"],
            "lo": row["lo"],
            "hi": row["hi"],
            "type": row["type"],
            "edtf": row["edtf"],
            "number": self._number(row["fact"], row["position"]),
        }
        if row["mode"] == "planned":
            self._plans.put(shared, row["position"])
            return
        effect, phase, outcome = self._effect(row["initiative"], row["type"], row["position"])
        self._facts.put(
            {
                **shared,
                "fulfils": row["fulfils"],
                "after_fact": row["after_fact"],
                "contradicts": row["contradicts"],
                "source": row["source"],
                "unconfirmed": row["unconfirmed"],
                "rank": packed(row["fact"], 0),
                "effect": effect,
                "phase": phase,
                "outcome": outcome,
            },
            row["position"],
        )

    def _number(self, fact: int, position: int) -> int:
        if fact not in self._numbers:
            query = "SELECT version FROM events WHERE position = :fact"
            self._numbers[fact] = self._one(query, position, fact=fact)
        return self._numbers[fact]

    def _one(self, query: str, position: int, **parameters: object) -> Any:
        """Return the one value of a query.

        Raise Damaged where there is none, though the event at *position* needs it.
        """
        for (found,) in self._ask(query, **parameters):
            return found
        raise misplaced(position)

    def _effect(
        self, initiative: str, kind: str, position: int
    ) -> tuple[str, str | None, str | None]:
        if initiative not in self._lifecycle_of:
            query = (
                f"SELECT lifecycle FROM {self.tables.initiatives.name}"
                f" WHERE initiative = :initiative AND k_to = {OPEN}"
            )
            self._lifecycle_of[initiative] = self._one(query, position, initiative=initiative)
        return self._effects_of(self._lifecycle_of[initiative]).get(kind, _UNKNOWN)

    def _effects_of(self, lifecycle: str) -> Effects:
        if lifecycle not in self._effects:
            query = (
                f"SELECT type, effect, phase, outcome FROM {self.tables.lifecycle_effects.name}"
                f" WHERE lifecycle = :lifecycle AND k_to = {OPEN}"
            )
            self._effects[lifecycle] = {
                kind: (effect, phase, outcome)
                for kind, effect, phase, outcome in self._ask(query, lifecycle=lifecycle)
            }
        return self._effects[lifecycle]

    # -- an explicit order within a day ------------------------------------------------------------

    def _has_orders(self, initiative: str) -> bool:
        self._facts.flush()
        query = (
            f"SELECT 1 FROM {self.tables.fact_versions.name} WHERE initiative = :initiative"
            f" AND after_fact IS NOT NULL AND k_to = {OPEN} LIMIT 1"
        )
        return bool(self._ask(query, initiative=initiative))

    def _rerank(self, initiative: str, position: int) -> None:
        """Rank the facts of *initiative* again, because one that others came after has changed."""
        facts = self._open_facts(initiative)
        extents = {row["fact"]: (row["lo"], row["hi"], row["after_fact"]) for row in facts}
        rank = ranks(extents)
        self._reopen(
            (
                (row, {"rank": rank[row["fact"]]})
                for row in facts
                if row["rank"] != rank[row["fact"]]
            ),
            position,
        )

    def _open_facts(self, initiative: str) -> list[Row]:
        self._facts.flush()
        return self._open_rows(self.tables.fact_versions, initiative)

    def _open_rows(self, table: sa.Table, initiative: str) -> list[Row]:
        names = table.columns.keys()
        query = (
            f"SELECT {', '.join(names)} FROM {table.name}"
            f" WHERE initiative = :initiative AND k_to = {OPEN}"
        )
        found = self._ask(query, initiative=initiative)
        return [dict(zip(names, row, strict=True)) for row in found]

    def _reopen(self, changes: Iterable[tuple[Row, Row]], position: int) -> None:
        """Close rows at *position* and reopen them, changed; one opened just now is replaced."""
        table = self.tables.fact_versions
        for row, change in list(changes):
            if row["k_from"] == position:
                self.writer.take_back(table, row)
            else:
                self._facts.close((row["fact"],), position)
            self._facts.put({**row, **change}, position)
        self._facts.flush()

    # -- initiatives and links ---------------------------------------------------------------------

    def _revised(self, row: Row, profile: Profile) -> None:
        initiative, position = row["initiative"], row["position"]
        self._profiles.close((initiative,), position)
        self._put_profile(row, profile)
        self._reopen(
            (
                (fact, dict(zip(("effect", "phase", "outcome"), effect, strict=True)))
                for fact in self._open_facts(initiative)
                if (effect := self._effect(initiative, fact["type"], position))
                != (fact["effect"], fact["phase"], fact["outcome"])
            ),
            position,
        )

    def _put_profile(self, row: Row, profile: Profile) -> None:
        self._lifecycle_of[row["initiative"]] = profile.lifecycle
        self._profiles.put(profile_row(row["initiative"], profile), row["position"])

    def _retired(self, row: Row, what: InitiativeRetired) -> None:
        self._profiles.flush()
        (profile,) = self._open_rows(self.tables.initiatives, row["initiative"])
        self._profiles.close((row["initiative"],), row["position"])
        gone = {"retired": 1, "reason": what.reason, "merged_into": what.merged_into}
        self._profiles.put({**profile, **gone}, row["position"])

    # -- lifecycles --------------------------------------------------------------------------------

    def _adopted(self, row: Row, what: LifecycleAdopted) -> None:
        name, position = what.name, row["position"]
        lifecycle = Lifecycle.from_definition(what.definition)
        before = self._effects_of(name)
        after = lifecycle.effects
        definition = {
            "lifecycle": name,
            "title": lifecycle.title,
            "definition": canonical(what.definition),
        }
        if before:
            self._definitions.close((name,), position)
        self._definitions.put(definition, position)
        changed = [kind for kind in {**before, **after} if before.get(kind) != after.get(kind)]
        for kind in changed:
            if kind in before:
                self._types.close((name, kind), position)
            if kind in after:
                effect = dict(zip(("effect", "phase", "outcome"), after[kind], strict=True))
                self._types.put({"lifecycle": name, "type": kind, **effect}, position)
        self._effects[name] = after
        self.flush()
        if before:
            self._reopen_changed(name, changed, position)

    def _reopen_changed(self, lifecycle: str, changed: list[str], position: int) -> None:
        """Close and reopen, as one set, the rows of every initiative whose effect has changed."""
        facts, effects = self.tables.fact_versions, self.tables.lifecycle_effects
        profiles = self.tables.initiatives
        theirs = facts.c.initiative.in_(
            sa.select(profiles.c.initiative).where(
                profiles.c.lifecycle == lifecycle, profiles.c.k_to == OPEN
            )
        )
        self.writer.close_where(facts, sa.and_(facts.c.type.in_(changed), theirs), position)
        anew: dict[str, sa.ColumnElement[Any]] = {
            "k_from": sa.literal(position, schema.Position),
            "k_to": sa.literal(OPEN, sa.BigInteger),
            "effect": sa.func.coalesce(effects.c.effect, "unknown"),
            "phase": effects.c.phase,
            "outcome": effects.c.outcome,
        }
        current = sa.and_(
            effects.c.lifecycle == lifecycle,
            effects.c.type == facts.c.type,
            effects.c.k_to == OPEN,
        )
        reopened = (
            sa.select(*(anew.get(column.name, column) for column in facts.columns))
            .select_from(facts.outerjoin(effects, current))
            .where(facts.c.k_to == position, facts.c.type.in_(changed), theirs)
        )
        self.writer.put_selected(facts, reopened)


def profile_row(initiative: str, profile: Profile) -> Row:
    """The row of an initiative with *profile*, without its interval."""
    return {
        "initiative": initiative,
        "title": profile.title,
        "lifecycle": profile.lifecycle,
        "parties": _listed(profile.parties),
        "sector": profile.sector,
        "tags": _listed(profile.tags),
        "summary": profile.summary,
        "retired": 0,
        "reason": None,
        "merged_into": None,
    }


@lru_cache(maxsize=1000)
def _listed(texts: tuple[str, ...]) -> str:
    """Return *texts* as a read table holds a list; cached, since many initiatives share theirs."""
    return json.dumps(texts, ensure_ascii=False)
