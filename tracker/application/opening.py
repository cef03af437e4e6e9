"""Opening a log: find it, make it if asked to, and make sure that this program can read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, mutable
from sqlalchemy.engine import URL, Engine

from tracker.errors import NotFound, Unavailable
from tracker.store import migrate
from tracker.store.engine import (
    create_file,
    discard_empty_file,
    make_engine,
    parse_url,
    shown,
    translated,
)

if TYPE_CHECKING:
    import tempfile
    from collections.abc import Callable


@mutable
class OpenLog:
    """An engine on a log that is there and current, and what must be cleared away afterwards."""

    url: URL
    engine: Engine
    is_new: bool = False
    _scratch: tempfile.TemporaryDirectory[str] | None = field(default=None)
    on_close: Callable[[OpenLog], None] | None = None
    """Called once, before the database is let go of: what is still to be read of it."""

    @property
    def name(self) -> str:
        """Where the log is, as a person may see it."""
        return shown(self.url)

    def close(self, *, failed: bool = False) -> None:
        """Let go of the database; a log that was made for a request that failed is taken away."""
        on_close, self.on_close = self.on_close, None
        if on_close is not None:
            on_close(self)
        self.engine.dispose()
        if self._scratch is not None:
            self._scratch.cleanup()
        elif failed and self.is_new and self.url.get_backend_name() == "sqlite":
            discard_empty_file(self.url)


def open_log(
    where: str,
    *,
    create: bool,
    upgrade: bool = False,
    dry_run: bool = False,
    lock_timeout_seconds: float | None = None,
) -> OpenLog:
    """The log at *where*, a path or a URL; made and brought up to date if *create* says so.

    With *upgrade* one that is there is brought up to date, and none is made. With *dry_run* nothing
    is made: a log that is not there is stood in for by an empty one. Raises NotFound where there is
    none, Unavailable where it cannot be used.
    """
    url = parse_url(where)
    is_new = False
    scratch = None
    if url.get_backend_name() == "sqlite":
        _check_file(Path(str(url.database)))
    if url.get_backend_name() == "sqlite" and not _exists(url):
        if not create:
            raise NotFound(_how_to_begin(url))
        if dry_run:
            import tempfile

            scratch = tempfile.TemporaryDirectory(prefix="tracker-")
            url = parse_url(str(Path(scratch.name) / "scratch.db"))
        create_file(url)
        is_new = True
    elif _is_bare(url) and create and not dry_run:
        create_file(url)  # an empty file is a log to be, and needs the same settings
    engine = make_engine(url, *(() if lock_timeout_seconds is None else (lock_timeout_seconds,)))
    log = OpenLog(url, engine, is_new, scratch)
    try:
        with translated(url):
            _prepare(log, create=create, upgrade=create or upgrade, dry_run=dry_run)
    except BaseException:
        log.close(failed=True)
        raise
    return log


def _check_file(path: Path) -> None:
    """Refuse what is no file: SQLite would take a device for one, and write to it."""
    if path.is_dir():
        message = f"{path} is a folder; name the file of a log in it with --db"
        raise Unavailable(message)
    if path.exists() and not path.is_file():
        message = f"{path} is a device or a pipe, and no file; name the file of a log with --db"
        raise Unavailable(message)


def _prepare(log: OpenLog, *, create: bool, upgrade: bool, dry_run: bool) -> None:
    with log.engine.connect() as connection:
        found = migrate.state(connection)
    if found == "empty" and not create:
        raise NotFound(_how_to_begin(log.url))
    is_ours = log.is_new or not dry_run
    if is_ours and (found == "empty" or (upgrade and found == "older")):
        migrate.upgrade(log.engine)
        return
    if found == "empty":
        message = f"{log.name} holds no log yet, and a dry run makes none; leave --dry-run out"
        raise NotFound(message)
    migrate.check_state(found, log.name)


def _exists(url: URL) -> bool:
    return Path(str(url.database)).exists()


def _is_bare(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and Path(str(url.database)).stat().st_size == 0


def _how_to_begin(url: URL) -> str:
    return (
        f"there is no log at {shown(url)}; begin one with: tracker register …, or look at an "
        "example with: tracker demo"
    )
