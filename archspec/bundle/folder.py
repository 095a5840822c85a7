"""The folder of a package: the files that may be replaced in it, and replacing all of them together."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EACCES, EEXIST, EINVAL, EISDIR
from pathlib import Path

from archspec.advice import Advice
from archspec.bundle.naming import TAKEN
from archspec.bundle.record import RECORD, Written, digest, read_record
from archspec.checkpoints import shown
from archspec.files import check_apart, check_folder, check_space, is_protected, mode_for
from archspec.signals import undivided

PARTIAL = ".archspec-partial"
"""The hidden folder in which a package's files are made. A killed run leaves it behind; the next run removes it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The destination of a package: the folder, its files by name, the record last, and the files that are read."""

    folder: Path
    names: tuple[str, ...]
    network: str
    backend: str
    read: Sequence[Path | None]
    force: bool

    def check(self) -> None:
        """Raise `OSError` unless the package can be written without loss of a user's work.

        Protected are: a file that this run reads; a file that archspec did not write, or that has changed since;
        another network's package; and another backend's, whose weights would stay beside the wrong source. A folder
        that archspec did not make must be empty, hidden files apart. `force` replaces everything but the files that are
        read.
        """
        check_folder(self._nearest())
        _refuse_taken(self.folder)
        if not self.folder.exists():
            return
        written = read_record(self.folder)
        names = dict.fromkeys((*self.names, *(written.files if written else ())))
        check_apart((self.folder / name for name in names), self.read)
        for name in names:
            if (self.folder / name).is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(self.folder / name))
        if not self.force:
            self._refuse_others(written)
            for name in names:
                _refuse_changed(self.folder / name, written.files.get(name) if written else None)

    def check_space(self, size: int) -> None:
        """Raise `OSError` if the disk has less room than this many bytes."""
        check_space(self._nearest(), size)

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """An empty folder to write the files to. After success all files are moved into place, one run at a time.

        Raises `OSError` as `check` does, because another run may have written the folder in the meantime. Files of an
        earlier run that this run does not write are removed if they are unchanged.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / PARTIAL
        with _locked(self.folder):
            self.check()
            try:
                if os.path.lexists(partial):
                    shutil.rmtree(partial)
                partial.mkdir()
                yield partial
                for name in self.names:
                    (partial / name).chmod(mode_for(self.folder / name))
                outdated = self._outdated()
                with undivided():
                    for file in outdated:
                        file.unlink()
                    for name in self.names:
                        (partial / name).replace(self.folder / name)
            finally:
                shutil.rmtree(partial, ignore_errors=True)

    def _nearest(self) -> Path:
        """The folder, or its nearest parent that exists."""
        around = (self.folder.absolute(), *self.folder.absolute().parents)
        return next(place for place in around if os.path.lexists(place))

    def _refuse_others(self, written: Written | None) -> None:
        """Raise `OSError` for a folder with another model's package, or with files of other programs."""
        if written is not None and (written.network, written.backend) != (self.network, self.backend):
            template = (
                "it has the model of {network} for {backend}: take another folder, or {force} replaces that model"
            )
            reason = Advice.of(template, network=shown(written.network), backend=shown(written.backend))
            raise FileExistsError(EEXIST, reason, str(self.folder))
        if written is None and any(not name.startswith(".") for name in os.listdir(self.folder)):
            reason = Advice.of(
                "it has files, and no package of archspec's: take a folder that is new or empty; "
                "{force} writes among these files, and replaces those of the package's names"
            )
            raise FileExistsError(EEXIST, reason, str(self.folder))

    def _outdated(self) -> list[Path]:
        """The unchanged files of an earlier run that this run does not write."""
        written = read_record(self.folder)
        files = written.files if written else {}
        return [self.folder / name for name in files if name not in self.names and _is(self.folder / name, files[name])]


def _refuse_taken(folder: Path) -> None:
    """Raise `OSError` for the name of a package that programs import: they would import this one instead."""
    name = folder.absolute().name
    if name in TAKEN:
        reason = f"a package called {name} would hide Python's or a framework's own: take another name"
        raise OSError(EINVAL, reason, str(folder))


def _refuse_changed(file: Path, written: str | None) -> None:
    """Raise `OSError` for a file that is protected or changed; `written` is its digest in the record, or None."""
    if not os.path.lexists(file):
        return
    if file.is_file() and is_protected(file):
        raise PermissionError(EACCES, Advice.of("it is write-protected, and {force} replaces it"), str(file))
    if file.name == RECORD and not file.is_symlink():
        return
    if written is None:
        reason = Advice.of("archspec did not write it: move it away, or {force} replaces it")
        raise FileExistsError(EEXIST, reason, str(file))
    if not _is(file, written):
        reason = Advice.of("it was changed since archspec wrote it: move it away, or {force} replaces it")
        raise FileExistsError(EEXIST, reason, str(file))


def _is(file: Path, written: str) -> bool:
    """Whether a file is unchanged: a regular file, no link, with the digest `written`."""
    return not file.is_symlink() and file.is_file() and digest(file) == written


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder; other processes wait. The lock ends with this process at the latest."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # NFS and similar file systems lock no folders. Two runs at once then disturb each other, as any programs do.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
