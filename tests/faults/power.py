"""A disk whose power can be cut: what SQLite writes through APSW is traced, and a cut loses of it.

The traced file system passes everything on to real files and notes every write, truncation, sync,
creation and deletion. From a trace, :class:`Disk` knows at each moment what is surely on the disk
and what merely may be. A cut keeps of each unsynced sector of 512 bytes some version that it had
since the last sync, at random, and of new sectors perhaps rubbish; a file that was made or deleted
is there or not, until its folder is synced. SQLite syncs the folder of a journal or WAL when it
syncs that file for the first time after it was opened to be made (``UNIXFILE_DIRSYNC`` in its
os_unix.c). That a sector changes only where it was written is what SQLite assumes as well
(https://sqlite.org/psow.html). Cutting a recorded trace at many places follows Pillai et al., "All
File Systems Are Not Created Equal", OSDI 2014.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from attrs import define, field, frozen

SECTOR_BYTES = 512
_MADE_WITH_FOLDER = (
    apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL
)
_numbers = itertools.count()


@frozen
class Write:
    """Bytes that were written to a file and need not be on the disk yet."""

    inode: int
    offset: int
    data: bytes


@frozen
class Truncate:
    """A file was cut to a length."""

    inode: int
    size: int


@frozen
class Sync:
    """A file is on the disk as it is; with *folder* its name is too, and every other name."""

    inode: int
    folder: bool


@frozen
class Name:
    """A name now means a file, or none; with *durable* that is on the disk already."""

    name: str
    inode: int | None
    durable: bool


@frozen
class Acknowledged:
    """Whoever asked was told that it is done; *state* is what must be there from now on."""

    state: object


Step = Write | Truncate | Sync | Name | Acknowledged


@define
class Trace:
    """What was done to the files of one folder, in order, from files that were on the disk."""

    folder: Path
    steps: list[Step] = field(factory=list)
    _inodes: dict[str, int] = field(factory=dict)
    _new: Iterator[int] = field(factory=itertools.count)

    def acknowledge(self, state: object) -> None:
        """Note that *state* was promised."""
        self.steps.append(Acknowledged(state))

    def opened(self, path: str) -> int:
        """The file of that name, which may be about to be made."""
        name = Path(path).name
        there = Path(path).exists()
        if name not in self._inodes or not there:
            self._inodes[name] = next(self._new)
            self.steps.append(Name(name, self._inodes[name], durable=there))
            if there and (found := Path(path).read_bytes()):
                self.steps += [Write(self._inodes[name], 0, found), self.synced(name)]
        return self._inodes[name]

    def synced(self, name: str, *, folder: bool = False) -> Sync:
        """A sync of the file called *name*."""
        return Sync(self._inodes[name], folder)

    def deleted(self, path: str, *, durable: bool) -> None:
        """The name means no file any more."""
        name = Path(path).name
        self._inodes.pop(name, None)
        self.steps.append(Name(name, None, durable))


class TracedSystem(apsw.VFS):
    """The system's own files, every change of which is noted in a trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.vfs_name = f"traced-{next(_numbers)}"
        super().__init__(self.vfs_name, "")

    def xOpen(  # noqa: N802 -- SQLite's own name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        """Open a file; those without a name are temporary, and nobody's business."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path is None:
            return super().xOpen(name, flags)
        inode = self.trace.opened(path)
        return _TracedFile(self.trace, inode, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        """Delete a file."""
        super().xDelete(filename, syncdir)
        self.trace.deleted(filename, durable=syncdir)


class _TracedFile(apsw.VFSFile):
    def __init__(
        self, trace: Trace, inode: int, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self.trace = trace
        self.inode = inode
        made = bool(flags[0] & apsw.SQLITE_OPEN_CREATE)
        self.syncs_folder = made and bool(flags[0] & _MADE_WITH_FOLDER)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self.trace.steps.append(Write(self.inode, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self.trace.steps.append(Truncate(self.inode, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        # Noted, not done: the disk beneath keeps its power.
        self.trace.steps.append(Sync(self.inode, self.syncs_folder))
        self.syncs_folder = False


@contextmanager
def traced(folder: Path) -> Iterator[tuple[Trace, str]]:
    """A trace of *folder*, and the name of the file system to open its files with."""
    trace = Trace(folder)
    system = TracedSystem(trace)
    try:
        yield trace, system.vfs_name
    finally:
        system.unregister()


# --- what a cut leaves ----------------------------------------------------------------------------


@define
class _Pending:
    """What is on the disk of one file, and what was done to it since."""

    content: bytes = b""
    changes: list[Write | Truncate] = field(factory=list)

    def now(self) -> bytes:
        """The file as programs see it."""
        return bytes(_changed(bytearray(self.content), self.changes, lambda *_: None))

    def left(self, rng: random.Random, kept: float) -> bytes:
        """The file after a cut that keeps about *kept* of the unsynced sectors as they are."""
        versions: dict[int, list[bytes]] = {}
        sizes = [len(self.content)]
        rubbish = rng.randbytes(SECTOR_BYTES) if rng.random() < 0.5 else bytes(SECTOR_BYTES)

        def note(found: bytearray, first: int, end: int) -> None:
            sizes.append(len(found))
            for sector in range(first // SECTOR_BYTES, -(-end // SECTOR_BYTES)):
                start = sector * SECTOR_BYTES
                before = self.content[start : start + SECTOR_BYTES]
                older = versions.setdefault(sector, [before + rubbish[len(before) :]])
                older.append(bytes(found[start : start + SECTOR_BYTES]))

        _changed(bytearray(self.content), self.changes, note)
        size = sizes[-1] if rng.random() < kept else rng.choice(sizes)
        left = bytearray(self.content.ljust(size, b"\0"))
        for sector, each in versions.items():
            chosen = each[-1] if rng.random() < kept else rng.choice(each)
            start = sector * SECTOR_BYTES
            left[start : start + len(chosen)] = chosen
        return bytes(left[:size])


def _changed(
    content: bytearray, changes: list[Write | Truncate], note: Callable[[bytearray, int, int], None]
) -> bytearray:
    for change in changes:
        before = len(content)
        if isinstance(change, Truncate):
            del content[change.size :]
            note(content, change.size, before)
            continue
        end = change.offset + len(change.data)
        content.extend(bytes(max(0, end - before)))
        content[change.offset : end] = change.data
        note(content, min(change.offset, before), end)
    return content


@define
class Disk:
    """What is surely on the disk at one moment of a trace, and what may be."""

    acknowledged: list[object] = field(factory=list)
    _files: dict[int, _Pending] = field(factory=dict)
    _names: dict[str, int | None] = field(factory=dict)
    _renamed: list[Name] = field(factory=list)

    def take(self, step: Step) -> None:
        """Let one more thing happen."""
        match step:
            case Acknowledged(state):
                self.acknowledged.append(state)
            case Write(inode) | Truncate(inode):
                self._file(inode).changes.append(step)
            case Sync(inode, folder):
                self._files[inode] = _Pending(self._file(inode).now())
                if folder:
                    self._settle()
            case Name():
                self._renamed.append(step)
                if step.durable:
                    self._settle()

    def cut(self, rng: random.Random) -> dict[str, bytes]:
        """The files that are there when the power is back."""
        kept = rng.choice((0.0, 1.0, rng.random()))
        names = dict(self._names)
        for name in {each.name for each in self._renamed}:
            meant = [each.inode for each in self._renamed if each.name == name]
            names[name] = rng.choice([names.get(name), *meant])
        return {
            name: self._file(inode).left(rng, kept)
            for name, inode in sorted(names.items())
            if inode is not None
        }

    def _file(self, inode: int) -> _Pending:
        return self._files.setdefault(inode, _Pending())

    def _settle(self) -> None:
        for each in self._renamed:
            self._names[each.name] = each.inode
        self._renamed = []


def cuts(
    trace: Trace, count: int, rng: random.Random
) -> Iterator[tuple[list[object], dict[str, bytes]]]:
    """What was acknowledged and what is there after each of *count* cuts of the power.

    Half of them fall anywhere, half right after something was acknowledged.
    """
    told = [n for n, step in enumerate(trace.steps) if isinstance(step, Acknowledged)]
    anywhere = rng.choices(range(len(trace.steps)), k=count // 2)
    places = sorted(anywhere + rng.choices(told, k=count - count // 2))
    disk = Disk()
    for number, step in enumerate(trace.steps):
        disk.take(step)
        while places and places[0] == number:
            places.pop(0)
            yield list(disk.acknowledged), disk.cut(rng)
