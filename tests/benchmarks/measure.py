"""What work costs: processor time above all, which means the same on a machine that is busy.

The time of this process (all its threads), of the processes that it started and that have ended,
and of a PostgreSQL server, if one does a part of the work.
"""

from __future__ import annotations

import gc
import os
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from attrs import frozen

Work = Callable[[], object]

_TICKS = os.sysconf("SC_CLK_TCK")


@frozen
class Spent:
    """Seconds of processor time, and seconds by the clock on the wall."""

    cpu: float
    wall: float

    def divided(self, parts: int) -> Spent:
        """What one of so many equal parts cost."""
        return Spent(self.cpu / parts, self.wall / parts)


@frozen
class Side:
    """One of those compared: what it does, and what is done before it and not measured."""

    work: Work
    prepare: Work = lambda: None


@frozen
class Stopwatch:
    """Measures work; *postmaster* is the process id of the server that takes part, if one does."""

    postmaster: int | None = None

    def spent(self, work: Work) -> Spent:
        """What *work* costs once."""
        gc.collect()
        cpu, wall = self._cpu(), time.perf_counter()
        work()
        return Spent(self._cpu() - cpu, time.perf_counter() - wall)

    def compared(self, sides: Mapping[str, Work | Side], rounds: int) -> dict[str, Spent]:
        """The median of what each of *sides* costs.

        The sides take turns, the order reversed every other round, so that whatever else happens
        on the machine happens to all of them.
        """
        found: dict[str, list[Spent]] = {name: [] for name in sides}
        order = list(sides)
        for _ in range(rounds):
            for name in order:
                side = sides[name]
                side = side if isinstance(side, Side) else Side(side)
                side.prepare()
                found[name].append(self.spent(side.work))
            order.reverse()
        return {
            name: Spent(median(s.cpu for s in each), median(s.wall for s in each))
            for name, each in found.items()
        }

    def _cpu(self) -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = time.process_time() + children.ru_utime + children.ru_stime
        return own + (0.0 if self.postmaster is None else _of_server(self.postmaster))


def _of_server(postmaster: int) -> float:
    """The processor time of a server and its processes, those that have ended included."""
    total = 0.0
    for pid in (postmaster, *_children(postmaster)):
        try:
            total += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue  # it has just ended: the postmaster has its time now
    # Fields 16 and 17 of proc_pid_stat(5), counted after the name in brackets.
    stat = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    return total + (int(stat[13]) + int(stat[14])) / _TICKS


def _children(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in tasks.read_text().split()]
