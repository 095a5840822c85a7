"""HDF5 through h5py: no size is believed that the file is too short for, and nothing is read outside of the file."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archspec.checkpoints.checkpoint import natural
from archspec.checkpoints.listing import shown
from archspec.errors import BackendMissingError
from archspec.weights import Bits, Stored, WeightsError

if TYPE_CHECKING:
    import h5py

_EXPANSION = 1000
"""How many times larger than in the file a compressed array may be."""

_SLACK = 1024

_FAULTS = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, UnicodeError)
"""What h5py raises for damage."""


@dataclass(slots=True)
class Hdf5File:
    """A file, which stays open once something was read; `size` is its bytes from then on."""

    path: Path
    source: Callable[[], Path | BytesIO]
    size: int = 0
    _file: Any = field(default=None, repr=False)

    @contextmanager
    def opened(self) -> Iterator[h5py.File]:
        """The file; whatever is wrong with it becomes a `WeightsError`."""
        try:
            import h5py
        except ModuleNotFoundError:
            raise BackendMissingError(f"{self.path} is HDF5, which h5py reads: pip install h5py") from None
        try:
            if self._file is None:
                source = self.source()
                self.size = len(source.getbuffer()) if isinstance(source, BytesIO) else os.stat(source).st_size
                # Without a lock: a program may write the file anew while this one still has the old one.
                self._file = h5py.File(source, "r", locking=False)
            yield self._file
        except _FAULTS as error:
            if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
                raise
            said = " ".join(str(error).split())[:200]
            raise WeightsError(f"{self.path} is damaged, or not HDF5: {shown(said)}") from None

    def words(self, group: h5py.Group, attribute: str) -> list[str]:
        """A list of words in an attribute; long ones are in several with numbers."""
        numbered = sorted((name for name in group.attrs if re.fullmatch(rf"{attribute}\d+", name)), key=natural)
        names = [attribute] if attribute in group.attrs else numbered
        values = [value for name in names for value in self.attribute(group, name)]
        return [value.decode() if isinstance(value, bytes) else str(value) for value in values]

    def attribute(self, group: h5py.Group, name: str) -> Any:
        """An attribute's value; raises `WeightsError` for one that the file is too short for."""
        found = group.attrs.get_id(name)
        size = math.prod(found.shape or (0,)) * found.dtype.itemsize
        if size > self.size:
            raise WeightsError(f"{self.path} is damaged: its attribute {shown(name)} would be {size} bytes long")
        return group.attrs[name]

    def member(self, group: h5py.Group, name: str) -> Any:
        """What a group has under a name; links that lead elsewhere are refused."""
        import h5py

        current: Any = group.id
        for part in filter(None, name.split("/")):
            word = part.encode()
            if not isinstance(current, h5py.h5g.GroupID) or word not in current:
                missing = f"{group.name.strip('/')}/{name}"
                raise WeightsError(f"{self.path}: {shown(missing)} is missing")
            if current.links.get_info(word).type != h5py.h5l.TYPE_HARD:
                raise WeightsError(f"{self.path}: {shown(name)} is a link to somewhere else")
            current = h5py.h5o.open(current, word)
        return _wrapped(current)

    def stored(self, name: str, dataset: Any) -> Stored:
        """One variable; raises `WeightsError` for an array that is no plain one."""
        import h5py

        shape = dataset.id.shape if isinstance(dataset, h5py.Dataset) else None
        if shape is None:
            raise WeightsError(f"{self.path}: {shown(name)} is no array")
        dtype = dataset.id.dtype
        self._check(name, dataset.id, math.prod(shape), dtype.itemsize)
        has_word = dtype.itemsize == 2 and h5py.h5a.exists(dataset.id, b"dtype")
        bfloat16 = has_word and self.attribute(dataset, "dtype") == "bfloat16"
        word = "bfloat16" if bfloat16 else dtype.name
        return Stored(shape, word, partial(self._read, h5py.h5i.get_name(dataset.id), bfloat16))

    def _check(self, name: str, dataset: h5py.h5d.DatasetID, count: int, width: int) -> None:
        """Refuse arrays that lie elsewhere, and sizes that cannot be: HDF5 itself would take the memory for them."""
        import h5py

        how = dataset.get_create_plist()
        layout = how.get_layout()
        if layout == h5py.h5d.VIRTUAL or how.get_external_count():
            raise WeightsError(f"{self.path}: {shown(name)} is no array that lies in this file")
        size, has = count * width, dataset.get_storage_size()
        chunk = math.prod(how.get_chunk()) * width if layout == h5py.h5d.CHUNKED else 0
        most = _EXPANSION * (min(has, self.size) + _SLACK) if how.get_nfilters() else self.size
        if max(size, chunk) > most or has > self.size:
            raise WeightsError(
                f"{self.path} is damaged: {shown(name)} would be {max(size, chunk)} bytes long, "
                f"and has {has} in a file of {self.size}"
            )

    def _read(self, place: bytes, bfloat16: bool) -> Bits:
        with self.opened() as file:
            bits: Bits = file[place][...]
        return bits.view("<u2") if bfloat16 else bits.astype(bits.dtype.newbyteorder("="), copy=False)


def _wrapped(found: Any) -> Any:
    """A group or an array, as h5py's users have it; anything else as it is."""
    import h5py

    if isinstance(found, h5py.h5g.GroupID):
        return h5py.Group(found)
    return h5py.Dataset(found) if isinstance(found, h5py.h5d.DatasetID) else found
