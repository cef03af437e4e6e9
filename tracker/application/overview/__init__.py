"""Overviews at a viewpoint: the timeline, the figures, what needs attention, and a search."""

from __future__ import annotations

from tracker.application.overview.attention import CONCERNS, Concern, Notice, attention, notice_item
from tracker.application.overview.search import Hit, Words, hit_item, search
from tracker.application.overview.shared import PART, phase_title
from tracker.application.overview.stats import Figure, Measure, figure_item, quartiles, stats
from tracker.application.overview.timeline import (
    Course,
    Mark,
    MarkKind,
    Stretch,
    course_item,
    stretches,
    timeline,
)

__all__ = [
    "CONCERNS",
    "PART",
    "Concern",
    "Course",
    "Figure",
    "Hit",
    "Mark",
    "MarkKind",
    "Measure",
    "Notice",
    "Stretch",
    "Words",
    "attention",
    "course_item",
    "figure_item",
    "hit_item",
    "notice_item",
    "phase_title",
    "quartiles",
    "search",
    "stats",
    "stretches",
    "timeline",
]
