"""Where a day lies on a timeline, and which days its axis names."""

from collections.abc import Iterator
from datetime import MAXYEAR, date, timedelta
from itertools import pairwise

import attrs

# Steps of the axis, finest first: (months, days).
_STEPS = (
    *((0, days) for days in (1, 2, 7, 14)),
    *((months, 0) for months in (1, 2, 3, 6)),
    *((12 * years, 0) for years in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
)
_TICKS_AT_MOST = 400


@attrs.frozen
class Axis:
    """The days from *start* to *end*, both inclusive, laid over *size* units."""

    start: date
    end: date
    size: int

    @property
    def days(self) -> int:
        """Count the days shown, at least one."""
        return max(1, (self.end - self.start).days + 1)

    def begin(self, day: date) -> int:
        """Give the unit where *day* begins; days outside lie on the edge."""
        inside = min(max((day - self.start).days, 0), self.days)
        return inside * self.size // self.days

    def cell(self, day: date) -> int:
        """Give the unit that holds the beginning of *day*, always one that is drawn."""
        return min(self.begin(day), self.size - 1)

    def shows(self, first: date, last: date) -> bool:
        """Tell whether any day from *first* to *last* is on the axis."""
        return first <= self.end and last >= self.start

    def ticks(self, unit_of_text: int, gap: int) -> list[tuple[int, str]]:
        """Choose the finest ticks whose labels do not touch: where each stands, and its label."""
        for months, days in _STEPS:
            per_tick = (days or months * 30) * self.size / self.days
            label = 10 if days else 7 if months < 12 else 4
            if (
                per_tick < label * unit_of_text
                or self.days // (days or months * 28) > _TICKS_AT_MOST
            ):
                continue
            ticks = [(self.begin(day), day.isoformat()[:label]) for day in self._days(months, days)]
            inside = [(at, text) for at, text in ticks if at + label * unit_of_text <= self.size]
            if inside and not _touching(inside, label * unit_of_text + gap):
                return inside
        return [(0, self.start.isoformat())]

    def _days(self, months: int, days: int) -> Iterator[date]:
        """Give the days of one step: full months and years, or days counted from the start."""
        if days:
            for after in range(0, self.days, days):
                yield self.start + timedelta(days=after)
            return
        first = self.start.year * 12 + self.start.month - 1
        for month in range(-(-first // months) * months, (MAXYEAR + 1) * 12, months):
            day = date(month // 12, month % 12 + 1, 1) if month >= 12 else date.min
            if day > self.end:
                return
            if day >= self.start:
                yield day


def _touching(ticks: list[tuple[int, str]], needed: int) -> bool:
    return any(after - at < needed for (at, _), (after, _) in pairwise(ticks))


def extent_text(first: date, last: date | None) -> str:
    """Say an extent in words: one day, a range, or what is open."""
    since, until = first > date.min, last is not None and last < date.max
    if since and until:
        return f"{first}" if first == last else f"{first} to {last}"
    if since:
        return f"from {first}"
    return f"by {last}" if until else "no date"
