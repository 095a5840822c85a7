"""Reads HDF5 through h5py. Sizes are checked against the length of the file, and no other file is read.

A file may have tens of thousands of groups and arrays. So this module uses h5py's low-level objects, opens arrays by
their paths from the root group, and closes them again: HDF5 gets slow with many open objects.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from archspec.checkpoints.checkpoint import natural
from archspec.checkpoints.listing import shown
from archspec.errors import BackendMissingError
from archspec.weights import Bits, Stored, WeightsError

if TYPE_CHECKING:
    import h5py

_EXPANSION = 1000
"""The largest compression ratio of an array."""

_SLACK = 1024

_CACHE = 1 << 20
"""The size of HDF5's cache of groups and arrays in bytes; HDF5's own bound grows with the file."""

_DEEPEST = 32
_LONGEST = 2000
_MOST = 1_000_000
"""Bounds: the nesting of groups, the characters of a path, and the number of paths."""

_FAULTS = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError, UnicodeError)
"""The exceptions of h5py for damaged files."""

_TRUNCATED = re.compile(r"truncated file: .*stored_eof = (?P<length>\d+)")
"""HDF5's message about a file that is shorter than its header says."""


@dataclass(slots=True)
class Hdf5File:
    """A file that stays open after the first read; `size` is its number of bytes."""

    path: Path
    source: Callable[[], Path | BytesIO]
    size: int = 0
    _file: Any = field(default=None, repr=False)

    @contextmanager
    def opened(self) -> Iterator[h5py.h5g.GroupID]:
        """The root group; faults of the file become `WeightsError`."""
        try:
            import h5py
        except ModuleNotFoundError:
            raise BackendMissingError(f"{self.path} is HDF5, which h5py reads: pip install h5py") from None
        try:
            if self._file is None:
                source = self.source()
                self.size = len(source.getbuffer()) if isinstance(source, BytesIO) else os.stat(source).st_size
                # No lock: another program may replace the file while this one still reads the old one.
                self._file = h5py.File(source, "r", locking=False)
                _bound_cache(self._file.id)
            yield h5py.h5g.open(self._file.id, b"/")
        except _FAULTS as error:
            if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
                raise
            said = " ".join(str(error).split())[:200]
            if found := _TRUNCATED.search(said):
                raise WeightsError(
                    f"{self.path} is truncated: it has {self.size} bytes of {found['length']}. Get the file again"
                ) from None
            raise WeightsError(f"{self.path} is damaged, or not HDF5: {shown(said)}") from None

    def paths(self, root: h5py.h5g.GroupID) -> list[str]:
        """The paths of all groups and arrays, each group's together; raises `WeightsError` for links to other files."""
        import h5py

        found: list[bytes] = []

        def ends(path: bytes, link: h5py.h5l.LinkInfo) -> str | None:
            """A message, which ends the visit: h5py allows no exception here."""
            found.append(path)
            if link.type != h5py.h5l.TYPE_HARD:
                return "has a link to somewhere else"
            too_many = path.count(b"/") > _DEEPEST or len(path) > _LONGEST or len(found) > _MOST
            return "has more groups, or deeper ones, than Keras writes" if too_many else None

        if fault := root.links.visit(ends, info=True):
            raise WeightsError(f"{self.path} {fault}: {shown(found[-1].decode(errors='replace'))}")
        return [path.decode() for path in found]

    def words(self, root: h5py.h5g.GroupID, path: str, attribute: str) -> list[str]:
        """The words in an attribute; a long list is split over several numbered attributes."""
        place = path.encode() or b"."
        names = [attribute] if _has_attribute(root, place, attribute) else _numbered(root, place, attribute)
        return [word for name in names for word in self._words(root, place, name)]

    def has_words(self, root: h5py.h5g.GroupID, path: str, attribute: str) -> bool:
        """Whether the attribute exists, with a number or without."""
        place = path.encode() or b"."
        return _has_attribute(root, place, attribute) or bool(_numbered(root, place, attribute))

    def text(self, root: h5py.h5g.GroupID, path: str, attribute: str) -> str:
        """The text in an attribute; empty if there is no such attribute."""
        place = path.encode() or b"."
        return "".join(self._words(root, place, attribute)) if _has_attribute(root, place, attribute) else ""

    def _words(self, root: h5py.h5g.GroupID, place: bytes, name: str) -> list[str]:
        """The values of an attribute; raises `WeightsError` if the file is too short for it."""
        import h5py

        found = h5py.h5a.open(root, name.encode(), obj_name=place)
        shape, dtype = found.shape, found.dtype
        if shape is None:
            return []
        size = math.prod(shape) * dtype.itemsize
        if size > self.size:
            raise WeightsError(f"{self.path} is damaged: its attribute {shown(name)} would be {size} bytes long")
        values = np.empty(shape, dtype)
        if values.size:
            found.read(values)
        return [value.decode() if isinstance(value, bytes) else str(value) for value in values.ravel().tolist()]

    def stored(self, root: h5py.h5g.GroupID, path: str) -> Stored:
        """The array at a path."""
        import h5py

        place = path.encode()
        dataset = h5py.h5d.open(root, place)
        shape, dtype = dataset.shape, dataset.dtype
        if shape is None:
            raise WeightsError(f"{self.path}: {shown(path)} is no array")
        bfloat16 = dtype.itemsize == 2 and self.text(root, path, "dtype") == "bfloat16"
        return Stored(shape, "bfloat16" if bfloat16 else _word(dtype), partial(self._read, place, bfloat16))

    def _read(self, place: bytes, bfloat16: bool) -> Bits:
        import h5py

        with self.opened() as root:
            dataset = h5py.h5d.open(root, place)
            self._check(dataset)
            bits: Bits = np.empty(dataset.shape, dataset.dtype)
            if bits.size:
                dataset.read(h5py.h5s.ALL, h5py.h5s.ALL, bits)
        return bits.view("<u2") if bfloat16 else bits.astype(bits.dtype.newbyteorder("="), copy=False)

    def _check(self, dataset: h5py.h5d.DatasetID) -> None:
        """Refuse arrays in other files, and impossible sizes: HDF5 itself would allocate the memory for them."""
        import h5py

        how, width = dataset.get_create_plist(), dataset.dtype.itemsize
        name, layout = shown(h5py.h5i.get_name(dataset).decode()), how.get_layout()
        if layout == h5py.h5d.VIRTUAL or how.get_external_count():
            raise WeightsError(f"{self.path}: {name} is no array that lies in this file")
        size, has = math.prod(dataset.shape) * width, dataset.get_storage_size()
        chunk = math.prod(how.get_chunk()) * width if layout == h5py.h5d.CHUNKED else 0
        most = _EXPANSION * (min(has, self.size) + _SLACK) if how.get_nfilters() else self.size
        if max(size, chunk) > most or has > self.size:
            raise WeightsError(
                f"{self.path} is damaged: {name} would be {max(size, chunk)} bytes long, "
                f"and has {has} in a file of {self.size}"
            )


def _bound_cache(file: h5py.h5f.FileID) -> None:
    """Keep HDF5 from caching all metadata of a large file."""
    bounds = file.get_mdc_config()
    bounds.set_initial_size = True
    bounds.initial_size = bounds.min_size = bounds.max_size = _CACHE
    file.set_mdc_config(bounds)


def _has_attribute(root: h5py.h5g.GroupID, place: bytes, name: str) -> bool:
    import h5py

    return bool(h5py.h5a.exists(root, name.encode(), obj_name=place))


def _numbered(root: h5py.h5g.GroupID, place: bytes, attribute: str) -> list[str]:
    """The attributes of this name with numbers."""
    import h5py

    found: list[bytes] = []
    h5py.h5a.iterate(h5py.h5o.open(root, place), found.append)
    names = [name.decode() for name in found]
    return sorted((name for name in names if re.fullmatch(rf"{attribute}\d+", name)), key=natural)


@cache
def _word(dtype: np.dtype[np.generic]) -> str:
    """The name of a type; cached, because NumPy builds the string anew each time."""
    return dtype.name
