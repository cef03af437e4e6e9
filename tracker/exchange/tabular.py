"""Tables for whoever counts and sorts: what their columns are, whatever file they are put into.

A row is a tuple of plain values in the order of the columns; None stands for what is not known or
is open. Dates are told twice: as they were recorded, in EDTF, and as the first and last day that
they may mean, so that a program can sort by days and a person still sees that it was "in December".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Literal

from attrs import frozen

Kind = Literal["text", "edtf", "day", "instant", "integer", "flag"]
"""What a column holds: *edtf* is a text such as ``2025-12``, *day* a date, *flag* a bool."""

Value = str | int | bool | date | datetime | None
Row = tuple[Value, ...]


@frozen
class Column:
    """A column: its name, what it holds, and what that means; *is_needed* if it is never empty."""

    name: str
    kind: Kind
    meaning: str
    is_needed: bool = False


@frozen
class Table:
    """What a table is called, what a row of it is, and its columns.

    *key* names the columns that tell its rows apart; *of_initiatives* says that each row is about
    an initiative that has a row in the table ``status``.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    of_initiatives: bool = False


@frozen
class Filled:
    """A table and its rows, which can be gone through once."""

    table: Table
    rows: Iterator[Row]


@frozen
class About:
    """What the tables are an answer to: the viewpoint, and the Merkle root that they rest on.

    *log* is what the log is called in its checkpoints. *known_at* is the instant of the last event
    that was known, None for an empty log. *filters* are the filters, as words.
    """

    log: str
    as_of: date
    known_at: datetime | None
    position: int
    root: str
    filters: str = ""

    @property
    def sentence(self) -> str:
        """The viewpoint in words."""
        narrowed = f", only {self.filters}" if self.filters else ""
        return f"as of {self.as_of}, known at @{self.position}, root {self.root}{narrowed}"

    @property
    def as_metadata(self) -> dict[str, str]:
        """The same as names and texts, for a file that keeps such beside its columns."""
        return {
            "log": self.log,
            "as_of": self.as_of.isoformat(),
            "position": str(self.position),
            "root": self.root,
            "filters": self.filters,
        }


_INITIATIVE = Column("initiative", "text", "The slug of the initiative.", is_needed=True)
_FACT = Column("fact", "text", "The handle of the fact, such as il-114#3.", is_needed=True)
_POSITION = Column(
    "position", "integer", "The place in the log of the version that stands.", is_needed=True
)
_TYPE = Column("type", "text", "The type, as the lifecycle names it.", is_needed=True)
_ON = Column("on", "edtf", "The date as it was recorded (EDTF); empty where none was given.")
_EARLIEST = Column("earliest", "day", "The first day that it may mean; empty where it is open.")
_LATEST = Column("latest", "day", "The last day that it may mean; empty where it is open.")
_STATED_BY = Column("stated_by", "text", "Who stated it, which is not always who reported it.")
_NOTE = Column("note", "text", "What a reader should know besides; empty where it was erased.")
_SOURCES = Column("sources", "integer", "How many sources there are.", is_needed=True)
_RECORDED_AT = Column(
    "recorded_at", "instant", "When this version was recorded (UTC).", is_needed=True
)
_RECORDED_BY = Column("recorded_by", "text", "Who recorded this version.", is_needed=True)
_ID = Column("id", "text", "The event id of the fact, which never changes.", is_needed=True)

STATUS = Table(
    "status",
    "What each initiative stands at.",
    (
        _INITIATIVE,
        Column("title", "text", "What the initiative is called.", is_needed=True),
        Column("lifecycle", "text", "The lifecycle that it follows.", is_needed=True),
        Column("parties", "text", "Its parties, parted by semicolons."),
        Column("sector", "text", "Its sector."),
        Column("tags", "text", "Its tags, parted by semicolons."),
        Column("summary", "text", "What it is about."),
        Column("phase", "text", "The phase that it is in.", is_needed=True),
        Column("phase_title", "text", "The phase in words.", is_needed=True),
        Column("condition", "text", "active, suspended, dormant or ended.", is_needed=True),
        Column("outcome", "text", "How it ended, if it did."),
        Column("basis", "text", "Observed, or inferred from silence.", is_needed=True),
        Column("certain", "flag", "Whether no other status is possible.", is_needed=True),
        Column("possible", "text", "The phases that are possible, parted by semicolons."),
        Column(
            "possible_conditions",
            "text",
            "The conditions that are possible, parted by semicolons.",
        ),
        Column("since", "edtf", "Since when it stands at this."),
        Column("since_earliest", "day", "The first day that since may mean."),
        Column("since_latest", "day", "The last day that since may mean."),
        Column("last_on", "edtf", "The date of the last that was heard of it."),
        Column("open_plans", "integer", "How many plans are not fulfilled.", is_needed=True),
        Column("next_due", "day", "The day on which the next of them is due."),
        Column("deciding", "text", "The handle of the development that decided the phase."),
        Column(
            "deciding_condition", "text", "The handle of the development that set the condition."
        ),
    ),
    key=("initiative",),
)

DEVELOPMENTS = Table(
    "developments",
    "What happened, as it stands.",
    (
        _INITIATIVE,
        _FACT,
        _POSITION,
        _TYPE,
        _ON,
        _EARLIEST,
        _LATEST,
        Column("effect", "text", "What it does to the status.", is_needed=True),
        Column("phase", "text", "The phase that it enters, if it enters one."),
        Column("outcome", "text", "How it ends the initiative, if it does."),
        _STATED_BY,
        _NOTE,
        Column("fulfils", "text", "The handle of the plan that it fulfils."),
        Column("after", "text", "The handle of what it came after on the same day."),
        Column("contradicts", "text", "The handle of what it contradicts."),
        _SOURCES,
        _RECORDED_AT,
        _RECORDED_BY,
        _ID,
    ),
    key=("fact",),
    of_initiatives=True,
)

SOURCES = Table(
    "sources",
    "On whose word: the sources of the developments and plans.",
    (
        _INITIATIVE,
        _FACT,
        Column("number", "integer", "Which source of the fact it is, from 1 on.", is_needed=True),
        Column("url", "text", "Its address."),
        Column("document", "text", "What it is, where it has no address."),
        Column("title", "text", "Its title."),
        Column("publisher", "text", "Who published it."),
        Column("published_on", "edtf", "When it was published."),
        Column("accessed_on", "edtf", "When it was read."),
        Column("quote", "text", "The words relied on; empty where they were erased."),
        Column("grade", "text", "The Admiralty grade, such as B2."),
    ),
    key=("fact", "number"),
    of_initiatives=True,
)

CHANGES = Table(
    "changes",
    "What was learned, event by event, and what that changed as of the day asked about.",
    (
        Column("position", "integer", "The place of the event in the log.", is_needed=True),
        Column("recorded_at", "instant", "When it was recorded (UTC).", is_needed=True),
        _INITIATIVE,
        Column("kind", "text", "The kind of the event: recorded, amended …", is_needed=True),
        Column("type", "text", "The type of the fact, if it is about one."),
        Column("mode", "text", "occurred or planned, if it is about a fact."),
        _ON,
        Column("changed", "flag", "Whether the phase or condition changed.", is_needed=True),
        Column("before_phase", "text", "The phase before; empty where it was not registered."),
        Column("before_condition", "text", "The condition before."),
        Column("after_phase", "text", "The phase after; empty where it was retired."),
        Column("after_condition", "text", "The condition after."),
        Column("note", "text", "The note, the reason, or what was linked."),
    ),
    key=("position", "initiative"),
)

PLANS = Table(
    "plans",
    "What is stated to be going to happen, and what became of it.",
    (
        _INITIATIVE,
        _FACT,
        _POSITION,
        _TYPE,
        _ON,
        _EARLIEST,
        _LATEST,
        Column(
            "state",
            "text",
            "open, overdue, possibly-fulfilled or fulfilled.",
            is_needed=True,
        ),
        Column("slippage", "text", "The dates it has had, from the first on."),
        _STATED_BY,
        _NOTE,
        _SOURCES,
        _RECORDED_AT,
        _RECORDED_BY,
        _ID,
    ),
    key=("fact",),
    of_initiatives=True,
)

TABLES = (STATUS, DEVELOPMENTS, SOURCES, CHANGES, PLANS)
"""In the order of the sheets of a workbook."""
