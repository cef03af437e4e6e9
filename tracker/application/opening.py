"""Opening a log: find it, make it if asked to, and make sure that this program can read it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, mutable

from tracker.application.lazily import Lazily
from tracker.errors import NotFound, Unavailable
from tracker.store.file_reader import LOCK_TIMEOUT_SECONDS, is_current, path_of, reading_file

if TYPE_CHECKING:
    import tempfile
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy.engine import URL, Connection, Engine

    from tracker.store import engine as engines
    from tracker.store import event_log, migrate
    from tracker.store.driver import Reader
else:
    # Most questions of a SQLite log are answered without any of these.
    engines = Lazily("tracker.store.engine")
    event_log = Lazily("tracker.store.event_log")
    migrate = Lazily("tracker.store.migrate")


@mutable
class OpenLog:
    """A log that is there and current, and what must be cleared away afterwards.

    *file* is the SQLite file that it was named by, None where a URL named it; *watch* is told every
    statement that such a file is asked without the engine. A relative path stays in what is shown,
    and means the file that it meant at the opening, whatever folder the process goes to since.
    """

    where: str
    file: Path | None
    lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
    is_new: bool = False
    _scratch: tempfile.TemporaryDirectory[str] | None = field(default=None)
    on_close: Callable[[OpenLog], None] | None = None
    """Called once, before the database is let go of: what is still to be read of it."""
    watch: Callable[[str], object] | None = None
    _engine: Engine | None = field(default=None, init=False)
    _held: Connection | None = field(default=None, init=False)
    _path: Path | None = field(default=None, init=False, repr=False)
    _place: URL | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.file is not None:
            self._path = self.file.absolute()
        else:
            self._place = engines.absolute(self.url)

    @cached_property
    def url(self) -> URL:
        """The database as it was named, in SQLAlchemy's form: for what a person is told."""
        return engines.parse_url(self.where)

    @property
    def place(self) -> URL:
        """The database itself, wherever this process is by now."""
        if self._place is None:
            self._place = self.url.set(database=str(self._path))
        return self._place

    @property
    def engine(self) -> Engine:
        """The engine, made when it is first asked for."""
        if self._engine is None:
            self._engine = self._made()
        return self._engine

    def _made(self, *, keeps: bool = False) -> Engine:
        timeout = self.lock_timeout_seconds
        return engines.make_engine(self.place, timeout, keeps=keeps, name=self.name)

    @property
    def name(self) -> str:
        """Where the log is, as a person may see it."""
        return str(self.file) if self.file is not None else engines.shown(self.url)

    def reading(self) -> AbstractContextManager[Reader]:
        """Whom to ask, of one state of the log throughout; errors are tracker's own."""
        if self._path is not None and self._held is None:
            return reading_file(self._path, self.lock_timeout_seconds, self.watch, str(self.file))
        return self.connection()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """As :meth:`reading`, for what asks through SQLAlchemy."""
        if self._held is not None:
            with engines.translated(self.url):
                yield self._held
            return
        with engines.translated(self.url), event_log.reading(self.engine) as connection:
            yield connection

    @contextmanager
    def kept(self) -> Iterator[None]:
        """One connection to a SQLite file throughout, for what is written; a server's are kept."""
        if self.url.get_backend_name() != "sqlite":
            yield
            return
        before = self.engine
        self._engine = self._made(keeps=True)
        try:
            yield
        finally:
            self._engine.dispose()
            self._engine = before

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Ask one connection, and so one state of the log, all that is asked meanwhile."""
        if self._held is not None:
            yield
            return
        reading = event_log.reading(self.engine)
        with engines.translating(self.url, reading) as connection:
            with engines.translated(self.url):
                event_log.head(connection)  # or a state would be chosen only by the first question
            self._held = connection
            try:
                yield
            finally:
                self._held = None

    def close(self, *, failed: bool = False) -> None:
        """Let go of the database; a log that was made for a request that failed is taken away."""
        on_close, self.on_close = self.on_close, None
        if on_close is not None:
            on_close(self)
        if self._engine is not None:
            self._engine.dispose()
        if self._scratch is not None:
            self._scratch.cleanup()
        elif failed and self.is_new and self.url.get_backend_name() == "sqlite":
            engines.discard_empty_file(self.place)


def open_log(
    where: str,
    *,
    create: bool,
    upgrade: bool = False,
    dry_run: bool = False,
    older: bool = False,
    lock_timeout_seconds: float | None = None,
) -> OpenLog:
    """The log at *where*, a path or a URL; made and brought up to date if *create* says so.

    With *upgrade* one that is there is brought up to date, and none is made. With *dry_run* nothing
    is made: a log that is not there is stood in for by an empty one. With *older* the log of an
    earlier build is taken as it is, for what needs its events alone. Raises NotFound where there is
    none, Unavailable where it cannot be used.
    """
    timeout = LOCK_TIMEOUT_SECONDS if lock_timeout_seconds is None else lock_timeout_seconds
    file = path_of(where)
    if file is not None and is_current(file, timeout):
        return OpenLog(where, file, timeout)
    url = engines.parse_url(where)
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
            file = Path(scratch.name) / "scratch.db"
            where = str(file)
            url = engines.parse_url(where)
        engines.create_file(url)
        is_new = True
    elif _is_bare(url) and create and not dry_run:
        engines.create_file(url)  # an empty file is a log to be, and needs the same settings
    log = OpenLog(where, file, timeout, is_new, scratch)
    try:
        with engines.translated(url):
            _prepare(log, create=create, upgrade=create or upgrade, dry_run=dry_run, older=older)
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
    if path.exists() and not os.access(path, os.R_OK):
        message = f"you may not read {path}; ask for the right to, or name another log with --db"
        raise Unavailable(message)


def _prepare(log: OpenLog, *, create: bool, upgrade: bool, dry_run: bool, older: bool) -> None:
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
    if not (older and found == "older"):
        migrate.check_state(found, log.name)


def _exists(url: URL) -> bool:
    return Path(str(url.database)).exists()


def _is_bare(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and Path(str(url.database)).stat().st_size == 0


def _how_to_begin(url: URL) -> str:
    return (
        f"there is no log at {engines.shown(url)}; begin one with: tracker register …, or look "
        "at an example with: tracker demo"
    )
