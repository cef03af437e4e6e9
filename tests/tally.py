"""What a run of the tests has survived, counted, and shown as a table at its end.

A test asks for the fixture ``tally`` and adds what it really did:
``tally.add("kills of a SQLite writer", 3)``. What a count belongs to is said by how its name begins
(see ``HEADINGS``); a name that begins otherwise is a fault of another kind. The counts travel with
the test's own report, so that they come from every worker of pytest-xdist, and only those of tests
that passed count. ``--tally-into PAGE`` writes the table into a document, between two marks.
"""

from __future__ import annotations

import os
import platform
import sqlite3
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tracker import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROPERTY = "tally"
HEADINGS = {
    "kills": "kills",
    "power cuts": "power cuts",
    "bad inputs tried": "bad inputs tried",
    "processes": "processes",
    "events checked": "events checked",
    "operations checked": "operations checked",
}
"""How the name of a count begins, and the total it goes into."""

OTHER = "other faults"
FAULTS = ("kills", "power cuts", OTHER)
"""The totals that make up the faults survived."""

BEGIN, END = "<!-- tally: begin -->", "<!-- tally: end -->"
NAMES = ("short", "full")


class Tally:
    """Adds counts to the report of the test that is running; one for each process."""

    def __init__(self) -> None:
        self.item: pytest.Item | None = None

    def add(self, what: str, count: int = 1) -> None:
        """Say that *what* was done *count* more times (at least 0)."""
        assert count >= 0, f"{what} cannot be undone"
        assert self.item is not None, "a tally counts for a test that runs"
        self.item.user_properties.append((PROPERTY, (what, count)))


class Plugin:
    """Gathers the counts of every test, wherever it ran, and shows them at the end."""

    def __init__(self, page: Path | None, form: str) -> None:
        self.page = page
        self.form = form
        self.counts: Counter[str] = Counter()
        self.tally = Tally()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Let what is counted go to the test that runs."""
        self.tally.item = item
        try:
            return (yield)
        finally:
            self.tally.item = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what a passed test says it did."""
        if report.when == "call" and report.passed:
            self.counts.update(+counted(report.user_properties))

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, exitstatus: int
    ) -> None:
        """Show the table, and write it into the page if that was asked for and all passed."""
        if not self.counts:
            return
        terminalreporter.section("survived")
        shown = rows(self.counts)
        width = max(len(name) for name, _ in shown)
        for name, count in shown:
            terminalreporter.write_line(f"{name:{width}}  {count:>11,}")
        if self.page is not None and exitstatus == pytest.ExitCode.OK:
            text = self.page.read_text(encoding="utf-8")
            self.page.write_text(written(text, self.counts, self.form), encoding="utf-8")
            terminalreporter.write_line(f"written into {self.page.name}")


@pytest.fixture(scope="session", name="tally")
def fixture(request: pytest.FixtureRequest) -> Tally:
    """Counts what a test did; made once, so that a property-based test may ask for it too."""
    plugin = request.config.pluginmanager.get_plugin(PROPERTY)
    assert isinstance(plugin, Plugin)
    return plugin.tally


def configure(config: pytest.Config) -> None:
    """Begin to count."""
    # A worker of pytest-xdist knows its own tests alone, and has its reports counted elsewhere.
    page = None if hasattr(config, "workerinput") else config.getoption("--tally-into")
    plugin = Plugin(page, config.getoption("--faults"))
    config.pluginmanager.register(plugin, PROPERTY)


def add_options(parser: pytest.Parser) -> None:
    """Say how much is tried, and where the table goes."""
    group = parser.getgroup("faults", "what the log must survive")
    group.addoption(
        "--faults",
        choices=NAMES,
        default="short",
        help="how many faults of each kind are tried: short (default) or full",
    )
    group.addoption(
        "--tally-into",
        type=Path,
        metavar="PAGE",
        help="the document into which the table of what was survived is written",
    )


def counted(properties: Iterable[tuple[str, object]]) -> Counter[str]:
    """The counts among the *properties* of one report, as they come from another process too."""
    found: Counter[str] = Counter()
    for name, value in properties:
        if name == PROPERTY:
            assert isinstance(value, tuple | list)
            what, count = value
            found[what] += count
    return found


def heading(what: str) -> str:
    """The total that a count called *what* goes into."""
    return next((total for begin, total in HEADINGS.items() if what.startswith(begin)), OTHER)


def rows(counts: Counter[str]) -> list[tuple[str, int]]:
    """The totals, faults first, and below them every count by its own name."""
    totals: Counter[str] = Counter()
    for what, count in counts.items():
        totals[heading(what)] += count
    survived = sum(totals[each] for each in FAULTS)
    shown = [("faults survived", survived)]
    shown += [(name, totals[name]) for name in (*HEADINGS.values(), OTHER) if totals[name]]
    return shown + sorted((what, count) for what, count in counts.items() if what not in totals)


def written(text: str, counts: Counter[str], form: str) -> str:
    """The document *text* with the table of *counts*, of a run in *form*, between its marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    lines = ["| | |", "|---|--:|", *(f"| {name} | {count:,} |" for name, count in rows(counts))]
    table = "\n".join([BEGIN, "", about(form), "", *lines, "", END])
    return f"{before}{table}{after}"


def about(form: str) -> str:
    """What was run, when and on what, in general terms: no name of a host, no path."""
    return (
        f"The {form} form, on {clock.today().isoformat()}: {platform.system()} on "
        f"{platform.machine()} with {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}."
    )
