"""Checks before reading and writing files, and writing them completely or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EACCES, EEXIST, EINVAL, EISDIR, ENOENT, ENOSPC, ENOTDIR
from pathlib import Path
from typing import BinaryIO, Literal

AnyPath = str | os.PathLike[str]


def check_folder(folder: AnyPath) -> None:
    """Raises `OSError` unless the folder exists and files can be created in it."""
    path = Path(folder)
    if not os.path.lexists(path):
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path))
    if not path.is_dir():
        reason = "this is a file, and a folder is needed" if path.exists() else "this link leads nowhere"
        raise NotADirectoryError(ENOTDIR, reason, str(path))
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(path))


def check_file(path: AnyPath) -> None:
    """Raises `OSError` unless a file can be created, or an existing regular file can be replaced."""
    target = _behind_link(path)
    check_folder(target.parent)
    if target.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    if target.exists():
        check_regular(path)
        if is_protected(target):
            raise PermissionError(EACCES, "it is write-protected", str(path))


def check_regular(path: AnyPath) -> None:
    """Raises `OSError` for a pipe, a socket, a device or a missing file; folders are not checked here."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(EINVAL, "a regular file is needed, and this is a pipe, a socket or a device", os.fspath(path))


def check_space(folder: AnyPath, size: int) -> None:
    """Raises `OSError` if a disk has less room than this many bytes: HDF5 would end the process on a full disk."""
    import shutil  # imported here because it imports all kinds of archives

    if shutil.disk_usage(folder).free < size:
        raise OSError(ENOSPC, f"{os.strerror(ENOSPC)} for {size:,} bytes", str(folder))


def check_apart(written: Iterable[AnyPath], read: Iterable[AnyPath | None]) -> None:
    """Raises `OSError` if a file to write is also read.

    The files on the disk are compared, so links and other spellings of a path count too.
    """
    places = {_place(path): path for path in read if path is not None}
    for path in written:
        place = _place(path)
        if place is not None and place in places:
            source = os.fspath(places[place])
            also = "" if source == os.fspath(path) else f" as {source}"
            raise FileExistsError(EEXIST, f"it would replace what is read{also}: write to another place", str(path))


def _place(path: AnyPath) -> tuple[int, int] | None:
    """The device and inode of a regular file; None for anything else, and for a missing file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # ValueError: the path has a NUL in it
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def is_protected(path: Path) -> bool:
    """Whether a file is write-protected, for everybody (which also protects it from root) or for this user."""
    return not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)


def is_stream(path: Path) -> bool:
    """Whether a path is a pipe or a device, which is written directly."""
    return path.exists() and not path.is_file() and not path.is_dir()


def open_now(path: AnyPath, mode: Literal["rb", "wb"] = "rb") -> BinaryIO:
    """Opens a file or a pipe without waiting for the other end of the pipe; reading still waits.

    A pipe without a writer is at its end at once, and a pipe without a reader is an `OSError`.
    """
    return open(path, mode, opener=_opened_now)


def _opened_now(path: str, flags: int) -> int:
    handle = os.open(path, flags | os.O_NONBLOCK, 0o666)
    os.set_blocking(handle, True)
    return handle


@contextmanager
def beside(path: AnyPath) -> Iterator[Path]:
    """A temporary file in the same folder, which replaces the file after success and is removed otherwise.

    Its name has the ending of the file's. For a link, the target is replaced. The new file has the old one's mode.
    """
    target = _behind_link(path)
    temporary = target.with_name(f".archspec-{os.urandom(8).hex()}.{target.name}")
    mode = mode_for(target)
    try:
        # Creating it here gives the same error for every writer, and keeps secret files unreadable for others.
        temporary.touch(mode)
        yield temporary
        temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def check_new_folder(path: AnyPath) -> None:
    """Raises `OSError` unless the folder can be created, or is there, empty and writable."""
    place = Path(path)
    if not os.path.lexists(place):
        check_folder(place.absolute().parent)
        return
    check_folder(place)
    if any(place.iterdir()):
        raise FileExistsError(EEXIST, "it has files: take a folder that is new or empty", str(path))


@contextmanager
def folder_beside(path: AnyPath) -> Iterator[Path]:
    """A temporary folder in the same folder, which takes the place of a missing or empty one after success.

    It is removed otherwise, with all of its files.
    """
    import shutil  # imported here because it imports all kinds of archives

    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".archspec-{os.urandom(8).hex()}.{target.name}")
    try:
        temporary.mkdir()
        yield temporary
        for file in filter(Path.is_file, temporary.rglob("*")):
            file.chmod(mode_for(target / file.relative_to(temporary)))
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text to a file, completely or not at all, or directly to a pipe or a device."""
    if is_stream(path):
        with open_now(path, "wb") as stream:
            stream.write(text.encode())
        return
    with beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _behind_link(path: AnyPath) -> Path:
    """The path itself, or the target of a link."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)


def mode_for(path: Path) -> int:
    """The mode for a new file: that of the file that it replaces, or the default by the umask.

    A write-protected file, which only force replaces, counts as missing. Writers of files have their own modes, and
    some create files that only the owner can read.
    """
    if path.exists() and not is_protected(path):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
