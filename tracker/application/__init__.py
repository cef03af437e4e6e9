"""The Python API, and all that the command line calls: :class:`Tracker`."""

from __future__ import annotations

from tracker.application.answers import Filters, StatusAnswer
from tracker.application.receipts import Receipt
from tracker.application.tracker import Tracker

__all__ = ["Filters", "Receipt", "StatusAnswer", "Tracker"]
