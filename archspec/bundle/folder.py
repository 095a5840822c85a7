"""The folder that a package is written to: what may be replaced in it, and replacing all of it together."""

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
"""The folder inside a package's in which its files are made. A run that is killed leaves it; the next removes it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a network's package goes: the folder, the files by name, the record last, and the files that were read."""

    folder: Path
    names: tuple[str, ...]
    network: str
    backend: str
    read: Sequence[Path | None]
    force: bool

    def check(self) -> None:
        """Raise `OSError` unless the package can be written and nobody's work is lost by it.

        That would be lost: a file that is read, a file that archspec did not write or that was changed since, another
        network, and another backend's model, whose weights would stay beside a source that they are not for. A folder
        that archspec did not make is left alone unless it is empty; names with a dot in front do not count. `force`
        replaces all but what is read.
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
        """Raise `OSError` where the disk has less room than that many bytes."""
        check_space(self._nearest(), size)

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """An empty folder to write the files to. If all goes well they take their places, together, one run at a time.

        Raises what `check` does: another run may have been there in the meantime. What an earlier run wrote and this
        one does not write is removed, unless somebody has changed it.
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
        """The folder, or the one around it that is there already."""
        around = (self.folder.absolute(), *self.folder.absolute().parents)
        return next(place for place in around if os.path.lexists(place))

    def _refuse_others(self, written: Written | None) -> None:
        """Raise `OSError` for a folder with another model, or with files and none of archspec's."""
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
        """The files of an earlier run that this one does not write, as they were written."""
        written = read_record(self.folder)
        files = written.files if written else {}
        return [self.folder / name for name in files if name not in self.names and _is(self.folder / name, files[name])]


def _refuse_taken(folder: Path) -> None:
    """Raise `OSError` for a name that programs import already: they would find this package in its place."""
    name = folder.absolute().name
    if name in TAKEN:
        reason = f"a package called {name} would hide Python's or a framework's own: take another name"
        raise OSError(EINVAL, reason, str(folder))


def _refuse_changed(file: Path, written: str | None) -> None:
    """Raise `OSError` for a file that is protected, or not the one that was written; the record may be any."""
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
    """Whether a file is the one that was written: a regular one, no link, with the same bytes."""
    return not file.is_symlink() and file.is_file() and digest(file) == written


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone with a folder, at most for as long as this process lives; others wait."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # NFS and the like lock no folders. Two runs at once then disturb each other, as with any other program there.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
