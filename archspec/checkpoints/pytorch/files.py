"""PyTorch's files: zips since 1.6, and sequences of pickles before. No code in them is run.

A zip has the pickle as `data.pkl`, and each storage as a member `data/KEY`. The older form has five pickles (a magic
number, a version, properties of the machine, the object, the keys of the storages). Then the storages follow in the
order of these keys, each after its length.
"""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np

from archspec.checkpoints.containers import ZipArchive, read_stretch
from archspec.checkpoints.listing import section, shown
from archspec.checkpoints.pickles import PickledArray, PickleError, unpickle
from archspec.checkpoints.pytorch.objects import TorchObjects, storage_of
from archspec.checkpoints.pytorch.values import Storage, Tensor, elements, width_of
from archspec.weights import Bits, Stored, WeightsError

_MAGIC = 0x1950A86A20F9469CFC6C
_PICKLE = "data.pkl"

Order = Literal["<", ">"]
"""The order of bytes in a number, in NumPy's words."""

Keys = tuple[str, ...]
"""The keys of the dicts around a tensor, and the tensor's name."""


@dataclass(slots=True)
class TorchFile:
    """The saved object, and a reader for the storages of its tensors.

    Storages that several tensors share stay in memory, unless together they are longer than the file.
    """

    path: Path
    saved: object
    read_storage: Callable[[Storage], Bits]
    order: Order = "<"
    _kept: dict[str, Bits] = field(default_factory=dict, repr=False)

    def stored(self, tensors: Mapping[Keys, Tensor | PickledArray]) -> dict[Keys, Stored]:
        """The tensors, each read on access."""
        uses = Counter(tensor.storage.key for tensor in tensors.values() if isinstance(tensor, Tensor))
        shared = frozenset(key for key, count in uses.items() if count > 1)
        return {
            keys: tensor.stored()
            if isinstance(tensor, PickledArray)
            else Stored(tensor.shape, tensor.dtype, _Reading(self, keys[-1], tensor, tensor.storage.key in shared))
            for keys, tensor in tensors.items()
        }

    def read(self, name: str, tensor: Tensor, is_shared: bool) -> Bits:
        """A tensor's elements; raises `WeightsError`."""
        try:
            data = np.empty(0, np.uint8) if tensor.fault else self._storage(tensor.storage, is_shared)
            return elements(tensor, data, self.order)
        except ValueError as error:
            raise WeightsError(f"{self.path}: {shown(name)} {error}") from None

    def _storage(self, storage: Storage, is_shared: bool) -> Bits:
        if storage.key in self._kept:
            return self._kept[storage.key]
        data = self.read_storage(storage)
        if is_shared:
            # Compressed storages can be far longer than the file.
            if sum(kept.nbytes for kept in self._kept.values()) + data.nbytes > self.path.stat().st_size:
                self._kept.clear()
            self._kept[storage.key] = data
        return data


@dataclass(slots=True)
class _Reading:
    """Reads a tensor. It takes a third of the memory of a `partial`, and there may be 100,000 tensors."""

    file: TorchFile
    name: str
    tensor: Tensor
    is_shared: bool

    def __call__(self) -> Bits:
        return self.file.read(self.name, self.tensor, self.is_shared)


def open_zipped(archive: ZipArchive) -> TorchFile:
    """A zip of `torch.save`, with members in any order and compression; raises `WeightsError`."""
    found = [name for name in archive.members if name == _PICKLE or name.endswith(f"/{_PICKLE}")]
    if not found:
        raise WeightsError(f"{archive.path} is a zip without a file of weights that is known here{_has(archive)}")
    if len(found) > 1:
        folders = [shown(name.removesuffix(_PICKLE)) or "the outermost" for name in sorted(found)]
        title = f"{archive.path} has several files of PyTorch's in it: unpack it, and zip -r -0 one of these folders"
        raise WeightsError("\n".join(section(title, folders)))
    root = found[0].removesuffix(_PICKLE)
    if f"{root}constants.pkl" in archive.members:
        raise WeightsError(
            f"{archive.path} is TorchScript, a program and its weights: "
            "torch.save(torch.jit.load(FILE).state_dict(), OUT) writes the weights alone"
        )
    try:
        program = archive.read(root + _PICKLE).tobytes()
        saved, _ = unpickle(program, TorchObjects(len(program)), storage_of)
    except PickleError as error:
        raise WeightsError(f"{archive.path} is damaged: {error}") from None
    order = f"{root}byteorder"
    is_big = order in archive.members and archive.read(order).tobytes() == b"big"
    return TorchFile(
        archive.path, saved, lambda storage: archive.read(f"{root}data/{storage.key}"), ">" if is_big else "<"
    )


def _has(archive: ZipArchive) -> str:
    """The first of the names in it."""
    names = [shown(name) for name in archive.members if not name.endswith("/")]
    return f": it has {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}" if names else ": it is empty"


def open_pickles(path: Path) -> TorchFile:
    """A file of `torch.save` before 1.6, or of `pickle.dump`; raises `WeightsError`."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            make = TorchObjects(len(data))
            first, at = unpickle(data, make, storage_of)
            return _open_row(path, data, at, make) if first == _MAGIC else TorchFile(path, first, _nowhere)
        except ValueError as error:
            raise WeightsError(f"{path} is no pickle of weights, or a damaged one: {error}") from None


def _nowhere(storage: Storage) -> Bits:
    raise ValueError("is not stored in this file")


def _open_row(path: Path, data: mmap.mmap, at: int, make: TorchObjects) -> TorchFile:
    """The file whose pickles after the magic number begin at `at`."""
    storages: dict[str, Storage] = {}

    def find(identifier: object) -> Storage | None:
        storage = storage_of(identifier)
        if storage is not None:
            storages[storage.key] = storage
        return storage

    found: list[object] = []
    for _ in range(4):
        value, at = unpickle(data, make, find, at)
        found.append(value)
    _, facts, saved, keys = found
    little = not isinstance(facts, dict) or facts.get("little_endian", True)
    # A list may have any items. Only texts are looked up, because hashing a deep tuple would end the process.
    texts = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    known = [storages[key] for key in texts if key in storages]
    if not isinstance(keys, list) or len(known) < len(keys):
        raise PickleError("it lists storages of no tensor")
    order: Order = "<" if little else ">"
    return TorchFile(path, saved, partial(_read_at, path, _places(data, known, at, order)), order)


def _places(data: mmap.mmap, storages: Iterable[Storage], at: int, order: Order) -> dict[str, tuple[int, int]]:
    """The offset and the number of each storage's bytes in the file."""
    found: dict[str, tuple[int, int]] = {}
    for storage in storages:
        count = int.from_bytes(data[at : at + 8], "little" if order == "<" else "big")
        size = count * width_of(storage.dtype)
        if count != storage.length or at + 8 + size > len(data):
            raise PickleError("it is cut off")
        found[storage.key] = at + 8, size
        at += 8 + size
    return found


def _read_at(path: Path, places: Mapping[str, tuple[int, int]], storage: Storage) -> Bits:
    begin, size = places.get(storage.key, (0, 0))
    return read_stretch(path, begin, size)
