"""Files: which may be read and written, and writing them in full or not at all."""

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
    """Raises `OSError` unless files can be made in a folder that is there."""
    path = Path(folder)
    if not os.path.lexists(path):
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path))
    if not path.is_dir():
        reason = "this is a file, and a folder is needed" if path.exists() else "this link leads nowhere"
        raise NotADirectoryError(ENOTDIR, reason, str(path))
    if not os.access(path, os.W_OK | os.X_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), str(path))


def check_file(path: AnyPath) -> None:
    """Raises `OSError` unless a file can be made there, or a regular one replaced that is not write-protected."""
    target = _behind_link(path)
    check_folder(target.parent)
    if target.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
    if target.exists():
        check_regular(path)
        if is_protected(target):
            raise PermissionError(EACCES, "it is write-protected", str(path))


def check_regular(path: AnyPath) -> None:
    """Raises `OSError` for a pipe, a socket or a device, and where there is nothing; a folder is not judged here."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(EINVAL, "a regular file is needed, and this is a pipe, a socket or a device", os.fspath(path))


def check_space(folder: AnyPath, size: int) -> None:
    """Raises `OSError` where a disk has less room than that many bytes: HDF5 ends the process when it finds out."""
    import shutil  # not before it is needed: it imports every kind of archive

    if shutil.disk_usage(folder).free < size:
        raise OSError(ENOSPC, f"{os.strerror(ENOSPC)} for {size:,} bytes", str(folder))


def check_apart(written: Iterable[AnyPath], read: Iterable[AnyPath | None]) -> None:
    """Raises `OSError` where a file to write is one that is read.

    Links and other spellings of a path make no difference: the places on the disk are compared.
    """
    places = {_place(path): path for path in read if path is not None}
    for path in written:
        place = _place(path)
        if place is not None and place in places:
            source = os.fspath(places[place])
            also = "" if source == os.fspath(path) else f" as {source}"
            raise FileExistsError(EEXIST, f"it would replace what is read{also}: write to another place", str(path))


def _place(path: AnyPath) -> tuple[int, int] | None:
    """Where a regular file lies, by device and inode; None for anything else, and where there is nothing."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # ValueError: the path has a NUL in it
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def is_protected(path: Path) -> bool:
    """Whether a file is not to be written, either by nobody, which holds for root too, or not by this user."""
    return not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK)


def is_stream(path: Path) -> bool:
    """Whether a path is that of a pipe or a device, into which one writes straight."""
    return path.exists() and not path.is_file() and not path.is_dir()


def open_now(path: AnyPath, mode: Literal["rb", "wb"] = "rb") -> BinaryIO:
    """Opens a file or a pipe without waiting for anybody at a pipe's other end; reading from it waits as ever.

    A pipe that nobody writes to is at its end at once, and one that nobody reads is an `OSError`.
    """
    return open(path, mode, opener=_opened_now)


def _opened_now(path: str, flags: int) -> int:
    handle = os.open(path, flags | os.O_NONBLOCK, 0o666)
    os.set_blocking(handle, True)
    return handle


@contextmanager
def beside(path: AnyPath) -> Iterator[Path]:
    """A place to write to in the same folder, which becomes the file if all goes well, and is gone otherwise.

    Its name ends as the file's does. Where the path is a link, the file that it leads to is replaced; the new file has
    the old one's mode.
    """
    target = _behind_link(path)
    temporary = target.with_name(f".archspec-{os.urandom(8).hex()}.{target.name}")
    mode = mode_for(target)
    try:
        # Each writer would say in other words that it cannot. Meanwhile nobody else reads what is to be secret.
        temporary.touch(mode)
        yield temporary
        temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text to a file, in full or not at all, or straight into a pipe or a device."""
    if is_stream(path):
        with open_now(path, "wb") as stream:
            stream.write(text.encode())
        return
    with beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _behind_link(path: AnyPath) -> Path:
    """The path itself, or where the link leads that is there."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)


def mode_for(path: Path) -> int:
    """Who may read, write and execute a file: as for the one that is replaced, or as the umask says for a new one.

    One that is write-protected, which only force replaces, is as good as none. Writers of files have modes of their
    own, and some make files that only their owner can read.
    """
    if path.exists() and not is_protected(path):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
