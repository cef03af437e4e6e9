"""Files that are whole or not there, whoever else writes, and whatever the disk says."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tracker.errors import Refused, Unavailable
from tracker.exchange.whole_file import PRIVATE, partial_file, whole_bytes, whole_file

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system such as that of a memory stick."""

    def no_link(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)


def test_a_file_takes_its_name_once_it_is_whole(tmp_path: Path) -> None:
    """Until then there is only one that is hidden; line ends are left as they are."""
    path = tmp_path / "out"
    with whole_file(path) as out:
        out.write("é\r\n")
        assert not path.exists()
        [partial] = names(tmp_path)
        assert (partial[:5], partial[-8:]) == (".out.", ".partial")
    assert names(tmp_path) == ["out"]
    assert path.read_bytes() == "é\r\n".encode()
    with whole_bytes(path, replace=True) as raw:
        raw.write(b"\x00")
    assert path.read_bytes() == b"\x00"


def test_its_mode_is_the_usual_or_private(tmp_path: Path) -> None:
    """As the umask says, or for its owner alone, from the first byte on."""
    before = os.umask(0o027)
    try:
        with whole_file(tmp_path / "usual"):
            pass
        with partial_file(tmp_path / "private", taken=None, mode=PRIVATE) as partial:
            assert mode(partial) == 0o600
    finally:
        os.umask(before)
    assert (mode(tmp_path / "usual"), mode(tmp_path / "private")) == (0o640, 0o600)


def test_a_file_that_is_there_is_replaced_only_on_request(tmp_path: Path) -> None:
    """It stays as it is until then."""
    path = tmp_path / "out"
    path.write_text("mine")
    with pytest.raises(Refused, match=r"out is there already; .* --force"), whole_file(path):
        pass
    with whole_file(path, replace=True) as out:
        out.write("new")
        out.flush()
        assert path.read_text() == "mine"
    assert (path.read_text(), names(tmp_path)) == ("new", ["out"])


@pytest.mark.parametrize("link", [False, True], ids=["file", "link"])
def test_who_was_faster_keeps_the_name(tmp_path: Path, link: bool) -> None:
    """A name that is taken while the file is written is not taken away, even from a dead link."""
    path = tmp_path / "out"

    def overtaken() -> None:
        with whole_file(path) as out:
            out.write("new")
            path.symlink_to("nowhere") if link else path.write_text("mine")

    with pytest.raises(Refused, match="is there already"):
        overtaken()
    assert names(tmp_path) == ["out"]
    assert path.is_symlink() if link else path.read_text() == "mine"


@pytest.mark.usefixtures("no_links")
@pytest.mark.parametrize("link", [False, True], ids=["file", "link"])
def test_who_was_faster_keeps_the_name_without_hard_links(tmp_path: Path, link: bool) -> None:
    """Where a rename would replace what is there, it is looked for again."""
    test_who_was_faster_keeps_the_name(tmp_path, link)
    with whole_file(tmp_path / "other") as out:
        out.write("new")
    assert (tmp_path / "other").read_text() == "new"


@pytest.mark.parametrize("replace", [False, True])
def test_what_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replace: bool
) -> None:
    """Neither an error of the writer nor one of the disk; what was there is as it was."""
    path = tmp_path / "out"
    if replace:
        path.write_text("mine")
    before = names(tmp_path)
    with pytest.raises(ZeroDivisionError), whole_file(path, replace=replace) as out:
        out.write(str(1 // 0))

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    sentence = "out cannot be written: no space left on device; choose another place"
    with pytest.raises(Unavailable, match=sentence), whole_file(path, replace=replace) as out:
        out.write("new")
    assert names(tmp_path) == before
    assert not replace or path.read_text() == "mine"


def test_a_folder_that_cannot_be_synced_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is, and its folder where the file system can."""
    sync, synced = os.fsync, []

    def refusing(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        if synced[-1]:
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", refusing)
    with whole_file(tmp_path / "out") as out:
        out.write("new")
    assert synced == [False, True]
    assert names(tmp_path) == ["out"]


def test_a_device_is_written_to_as_it_is(tmp_path: Path) -> None:
    """So is a pipe: neither has a whole, and neither is replaced."""
    (tmp_path / "null").symlink_to("/dev/null")
    with whole_file(tmp_path / "null") as out:
        out.write("new")
    assert (tmp_path / "null").is_char_device()
    assert names(tmp_path) == ["null"]
