"""The card of one initiative: all that is known of it, for a person to read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracker.render.colors import (
    HEADING,
    QUIET,
    WARNING,
    condition_style,
    condition_text,
    paint,
    phase_style,
    phase_text,
)
from tracker.render.corrected import changed_text
from tracker.render.safe import escape
from tracker.render.widths import pad, text_width, wrap

Item = Mapping[str, Any]
_LABEL = 12  # "or condition", the longest of them


def card(item: Item, *, color: bool = False, width: int = 80) -> str:
    """Write the whole card of *item*, in lines of at most *width*, as plain text with headings."""
    page = _Page(color=color, width=max(width, 24))
    lines = [
        *page.head(item),
        *page.status(item),
        *page.section("Findings", map(page.finding, item.get("findings") or [])),
        *page.section("Developments", map(page.development, item.get("developments") or [])),
        *page.section("Plans", map(page.plan, item.get("plans") or [])),
        *page.section("Links", map(page.link, item.get("links") or [])),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


class _Page:
    """The lines of a card, fitted to a width."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color = color
        self.width = width

    def lines(self, text: object, indent: int = 0, style: str | None = None) -> Iterator[str]:
        """Wrap recorded text, which may have lines of its own, and style every line."""
        for line in wrap(escape(str(text), newline_ok=True), self.width - indent):
            yield " " * indent + paint(line, style, color=self.color)

    def field(
        self, label: str, value: object, style: str | None = None, indent: int = 0
    ) -> Iterator[str]:
        """Write `label  value`, the value wrapped in its own column; nothing for no value."""
        if value is None or value in ("", []):
            return
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        column = indent + _LABEL + 2
        for n, line in enumerate(self.lines(text, column, style)):
            name = paint(pad(label, _LABEL), QUIET, color=self.color)
            yield " " * indent + name + "  " + line[column:] if n == 0 else line

    def section(self, title: str, entries: Iterator[Iterator[str]]) -> Iterator[str]:
        """Put a heading over entries, if there are any."""
        for n, entry in enumerate(entries):
            if n == 0:
                yield ""
                yield paint(title, HEADING, color=self.color)
            yield from entry

    def head(self, item: Item) -> Iterator[str]:
        name, title = escape(str(item["initiative"])), str(item.get("title") or "")
        yield from self.lines(f"{name}: {title}" if title else name, style=HEADING)
        if retired := item.get("retired"):
            into = retired.get("merged_into")
            told = f"Retired: {retired.get('reason')}" + (f" (now {into})" if into else "")
            yield from self.lines(told, style=WARNING)
        if item.get("summary"):
            yield ""
            yield from self.lines(item["summary"])
        yield ""

    def status(self, item: Item) -> Iterator[str]:
        yield from self.field("Phase", phase_text(item), phase_style(item))
        if item.get("certain") is False:
            yield from self.field("Possible", item.get("possible"))
            yield from self.field("or condition", _unless_one(item.get("possible_conditions")))
        yield from self.field("Condition", condition_text(item), condition_style(item))
        yield from self.field("Since", item.get("since"))
        yield from self.field("Decided by", _deciding(item.get("deciding")))
        condition = item.get("deciding_condition")
        if condition != item.get("deciding"):
            yield from self.field("and by", _deciding(condition))
        yield from self.field("Last news", item.get("last_on"))
        yield from self.field("Next due", item.get("next_due"))
        yield from self.field("Lifecycle", item.get("lifecycle"))
        yield from self.field("Parties", item.get("parties"))
        yield from self.field("Sector", item.get("sector"))
        yield from self.field("Tags", item.get("tags"))

    def finding(self, finding: Item) -> Iterator[str]:
        facts = ", ".join(map(str, finding.get("facts") or []))
        text = f"! {finding.get('text') or finding.get('kind')}"
        yield from self.lines(f"{text} ({facts})" if facts else text, 2, WARNING)

    def development(self, item: Item) -> Iterator[str]:
        state = item.get("state")
        told = [item.get("on"), item.get("type")]
        told += [f"→ {item['phase']}"] if item.get("phase") else []
        told += [f"[{state}]"] if state not in {None, "current"} else []
        yield from self.entry(item, told, QUIET if state == "withdrawn" else None)
        yield from self.evidence(item)
        yield from self.field("Corrected", item.get("reason"), indent=4)
        yield from self.field("Changed", changed_text(item), indent=4)
        yield from self.field("Withdrawn", item.get("ended_because"), indent=4)

    def plan(self, item: Item) -> Iterator[str]:
        told = [item.get("on") or "no date", item.get("type"), f"[{item.get('state')}]"]
        yield from self.entry(item, told, WARNING if item.get("state") == "overdue" else None)
        slippage = item.get("slippage") or []
        if len(slippage) > 1:
            yield from self.field("Slipped", " → ".join(map(str, slippage)), indent=4)
        yield from self.evidence(item)

    def entry(self, item: Item, told: Sequence[object], style: str | None) -> Iterator[str]:
        """Write the first line of a fact, with its handle at the right where there is room."""
        text = "  ".join(escape(str(part)) for part in told if part is not None)
        handle = escape(str(item.get("fact") or ""))
        blanks = self.width - 2 - text_width(text) - text_width(handle)
        if handle and blanks >= 2:
            handle = paint(handle, QUIET, color=self.color)
            yield "  " + paint(text, style, color=self.color) + " " * blanks + handle
        else:
            yield from self.lines(text, 2, style)
            yield from self.lines(handle, 4, QUIET) if handle else ()

    def evidence(self, item: Item) -> Iterator[str]:
        yield from self.field("Stated by", item.get("stated_by"), indent=4)
        yield from self.field("Note", item.get("note"), indent=4)
        for source in item.get("sources") or []:
            yield from self.source(source)

    def source(self, source: Item) -> Iterator[str]:
        where = source.get("url") or source.get("document")
        named = [source.get("publisher"), source.get("title")]
        said = ": ".join(str(part) for part in named if part) or where or "unnamed"
        grade = f" [{source['grade']}]" if source.get("grade") else ""
        yield from self.field("Source", f"{said}{grade}", indent=4)
        if source.get("quote"):
            yield from self.field("", f"“{source['quote']}”", "italic", indent=4)
        if where and where != said:
            yield from self.address(str(where))
        days = {"published": source.get("published_on"), "accessed": source.get("accessed_on")}
        told = ", ".join(f"{name} {day}" for name, day in days.items() if day)
        yield from self.field("", told, QUIET, indent=4)

    def address(self, where: str) -> Iterator[str]:
        """Write an address in one piece, however long, so that it can be opened and copied."""
        if " " in where:  # a document in words
            yield from self.field("", where, QUIET, indent=4)
        else:
            yield " " * (4 + _LABEL + 2) + paint(escape(where), QUIET, color=self.color)

    def link(self, link: Item) -> Iterator[str]:
        kind, other = str(link.get("kind")), link.get("other")
        incoming = link.get("direction") in {"in", "incoming", "from"}
        told = f"{link.get('initiative')} {kind} this" if incoming else f"{kind} {other}"
        yield from self.lines(told, 2)


def _unless_one(values: Sequence[object] | None) -> Sequence[object] | None:
    return values if values and len(values) > 1 else None


def _deciding(fact: Item | None) -> str | None:
    if not fact:
        return None
    return "  ".join(str(fact[key]) for key in ("on", "type", "fact") if fact.get(key))
