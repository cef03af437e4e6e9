"""What comes with the tool: its lifecycles and its first history."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tracker.domain.lifecycle import Lifecycle, read_lifecycle


def fixtures() -> Path:
    """The folder of fixtures: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_fixtures"
    return shipped if shipped.is_dir() else package.parent / "fixtures"


def shipped_names() -> tuple[str, ...]:
    """The names of the lifecycles that ship."""
    return tuple(sorted(path.stem for path in (fixtures() / "lifecycles").glob("*.toml")))


@cache
def shipped_lifecycle(name: str) -> Lifecycle | None:
    """The lifecycle of that name that ships; None where there is none."""
    if name not in shipped_names():
        return None
    path = fixtures() / "lifecycles" / f"{name}.toml"
    return read_lifecycle(path.read_text(encoding="utf-8"), path.name)
