"""Views: filters and an order that a person saved under a name, in a file beside the config file.

They are that person's settings and no facts of a log: the same view can be asked of any log, and
what it asks for is held against the log when it is used.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from tracker.cli import settings
from tracker.cli.nearest import did_you_mean
from tracker.errors import CalledWrongly, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: The filters that take values, and those that are either given or not.
VALUES = ("lifecycle", "phase", "condition", "party", "sector", "tag")
FLAGS = ("uncertain", "dormant")

_NAME = re.compile(r"[^\W_][\w.-]{0,59}")


@frozen
class View:
    """What is saved under a name: *filters*, by their fields in ``Filters``, and what to *sort* by.

    Of *filters* only those that are given are there: a tuple of texts, or True.
    """

    filters: Mapping[str, Any] = field(factory=dict)
    sort: str | None = None

    @property
    def words(self) -> str:
        """The options that ask for the same."""
        told: list[str] = []
        for name, value in self.filters.items():
            if isinstance(value, tuple):
                told += [f"--{name} {shlex.quote(each)}" for each in value]
            else:
                told.append(f"--{name}")
        return " ".join(told + ([f"--sort {shlex.quote(self.sort)}"] if self.sort else []))


def views_path() -> Path:
    """Where views are kept."""
    return settings.config_path().with_name("views.json")


def check_name(name: str) -> str:
    """*name* itself; raises CalledWrongly where a view cannot be called that."""
    if _NAME.fullmatch(name) is None:
        raise CalledWrongly(
            f"{name[:80]!r} is no name for a view; use up to 60 letters, digits, dots and hyphens, "
            "a letter or digit first"
        )
    return name


def view_named(name: str) -> View:
    """The view of that name; raises CalledWrongly, with the nearest names, where there is none."""
    found = read_views()
    if name not in found:
        near = did_you_mean(name, found) or " The views are listed by: tracker view list"
        raise CalledWrongly(f"there is no view {name!r}.{near}")
    return found[name]


def read_views() -> dict[str, View]:
    """Every view by its name, in the order of names; none if none was ever saved.

    Raises CalledWrongly for a file that cannot be read, or is not as tracker writes it.
    """
    path = views_path()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CalledWrongly(f"the file of views {path} cannot be read: {reason}") from error
    except (ValueError, RecursionError) as error:  # not JSON, or not UTF-8
        raise _spoilt(path, "it is not JSON") from error
    views = told.get("views") if isinstance(told, dict) else None
    if not isinstance(views, dict):
        raise _spoilt(path, "it has no views")
    return {name: _view(name, views[name], path) for name in sorted(views)}


def write_views(views: Mapping[str, View]) -> None:
    """Keep *views* and no others: the file is the old one or the new one, whatever happens.

    Raises Unavailable where it cannot be written.
    """
    from tracker.exchange.whole_file import PRIVATE, partial_file, reason_of

    told = {
        name: {**view.filters, **({"sort": view.sort} if view.sort else {})}
        for name, view in sorted(views.items())
    }
    text = json.dumps({"views": told}, indent=2, ensure_ascii=False) + "\n"
    path = Path(os.path.realpath(views_path()))  # a link to where settings are kept stays one
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with partial_file(path, taken=None, mode=PRIVATE) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = reason_of(error)
        raise Unavailable(f"the file of views {path} cannot be written: {reason}") from error


def _view(name: str, told: Any, path: Path) -> View:
    if not isinstance(told, dict):
        raise _spoilt(path, f"the view {name!r} is no object")
    sort = told.get("sort")
    if sort is not None and not isinstance(sort, str):
        raise _spoilt(path, f"'sort' of the view {name!r} is no text")
    return View(dict(_filters(name, told, path)), sort)


def _filters(
    name: str, told: Mapping[str, Any], path: Path
) -> Iterator[tuple[str, tuple[str, ...] | bool]]:
    for key, value in told.items():
        if key in VALUES and isinstance(value, list) and all(isinstance(v, str) for v in value):
            yield key, tuple(value)
        elif key in FLAGS and isinstance(value, bool):
            yield key, value
        elif key != "sort":
            raise _spoilt(path, f"the view {name!r} has {key!r}, which is no filter as it stands")


def _spoilt(path: Path, why: str) -> CalledWrongly:
    return CalledWrongly(
        f"the file of views {path} is not as tracker writes it: {why}; mend it, or delete it and "
        "save the views again"
    )
