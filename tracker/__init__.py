"""tracker: an event-sourced initiative tracker."""

__version__ = "0.1.0"
