"""Replaying: the steps that led to a status, as they happened or as they were learned.

Along the world's axis the developments known at a viewpoint come in the order in which they
happened, and falling dormant is a step of its own. Along the knowledge axis the events come in the
order in which they were learned, corrections included, with every status as of the one day.

The status is folded step by step: of each initiative only the deciding developments are in memory.
Where facts are corrected, its other developments are read too, for a batch of events at once.
"""

from __future__ import annotations

from tracker.application.inputs import AXES, Axis
from tracker.application.replaying.bounds import EVERYTHING, Bounds
from tracker.application.replaying.happening import happening
from tracker.application.replaying.steps import State, Step, step_item
from tracker.application.replaying.streams import BATCH
from tracker.application.replaying.telling import chosen, replay

__all__ = [
    "AXES",
    "BATCH",
    "EVERYTHING",
    "Axis",
    "Bounds",
    "State",
    "Step",
    "chosen",
    "happening",
    "replay",
    "step_item",
]
