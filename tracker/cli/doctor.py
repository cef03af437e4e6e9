"""``tracker doctor``: what is wrong, and the command that mends it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from tracker.cli import options, settings, shell
from tracker.cli.app import App, pass_app
from tracker.cli.faults import NO
from tracker.cli.text import is_url_with_password, without_passwords
from tracker.errors import CalledWrongly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracker.application.doctor import Check

_USER = re.compile(r"(://[^:/@]*):.*@", re.DOTALL)
_ENVIRONMENT = (
    "TRACKER_DB",
    "TRACKER_BY",
    "TRACKER_LOCK_TIMEOUT",
    "NO_COLOR",
    "COLUMNS",
    "PAGER",
    "TZ",
)


@shell.command()
@options.format_option
@options.example("""
    tracker doctor
    tracker doctor --json
    tracker --db desk.db doctor
""")
@pass_app
def command(app: App, *, format_name: str) -> int | None:
    """Say where the log is, and what is wrong with it and around it.

    Versions, sizes and settings in force are shown, and every fault with the command that mends it.
    Nothing is changed, and no password is shown. Exit code 1 means that something was found. That
    there is no log yet is no fault.
    """
    from tracker.application import doctor
    from tracker.cli import asking
    from tracker.render.columns import Column
    from tracker.render.formats import Envelope

    checks = [*_surroundings(app)]
    if not doctor.faults(checks) or app.db_option:
        checks = [*doctor.examine(app.db, named_by=_named_by(app)), *checks]
    found = doctor.faults(checks)
    columns = [
        Column("section", "about"),
        Column("check", "what"),
        Column("value", "found", style=_style, wide=True),
    ]
    asking.answer(
        app,
        map(_item, checks),
        envelope=Envelope("tracker/doctor/1", None),
        format_name=format_name,
        table=columns,
        csv=asking.plain_columns(("section", "check", "value", "fault", "mend")),
        empty="nothing was looked at",
        caption="",
        below="\n".join(_verdict(found)),
    )
    return NO if found else None


def _item(check: Check) -> dict[str, Any]:
    return {
        "section": check.section,
        "check": check.name,
        "value": check.value,
        "fault": check.fault,
        "mend": check.mend,
    }


def _style(item: Any) -> str | None:
    return "yellow" if item["fault"] else None


def _verdict(found: list[Check]) -> Iterator[str]:
    from tracker.render.safe import escape

    if not found:
        yield "Nothing is wrong."
    for check in found:
        yield escape(f"! {check.name}: {check.fault}")
        if check.mend:
            yield escape(f"  mend it with: {check.mend}")


def _named_by(app: App) -> str:
    if app.db_option:
        return "--db"
    if os.environ.get("TRACKER_DB"):
        return "$TRACKER_DB"
    return "the config file" if "db" in app.settings else "nothing: it is the default"


def _surroundings(app: App) -> Iterator[Check]:
    """The config file and the environment, as far as they bear on what tracker does."""
    from tracker.application.doctor import Check

    path = str(settings.config_path())
    try:
        says = ", ".join(f"{key} = {_safe(value)}" for key, value in app.settings.items())
        there = app.config_path.exists()
        yield Check("settings", "config file", path if there else f"{path} (not there)")
        if says:
            yield Check("settings", "it says", says)
    except CalledWrongly as error:
        yield Check("settings", "config file", path, str(error), f"edit {path}")
    for name in _ENVIRONMENT:
        if name in os.environ:
            yield Check("settings", f"${name}", _safe(os.environ[name]))


def _safe(text: str) -> str:
    """*text*, a setting, without the password of the URL that it may be."""
    if not is_url_with_password(text):
        return text
    # It is one URL, so that the password ends with the last @ in it, blanks and all.
    return without_passwords(_USER.sub(r"\1:***@", text))
