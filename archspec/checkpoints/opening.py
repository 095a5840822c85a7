"""Files of weights, each by what it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archspec.backend import ReadingBackend, find_backend
from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.choosing import choose, narrow
from archspec.checkpoints.hdf5 import read_hdf5
from archspec.checkpoints.keras_archive import is_keras_archive, read_keras_archive
from archspec.checkpoints.safetensors_files import read_safetensors
from archspec.errors import BackendMissingError
from archspec.weights import WeightsError

_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
"""How PyTorch's files began before 1.6."""


def open_checkpoint(path: str | os.PathLike[str], key: str | None = None) -> Checkpoint:
    """What a file of weights has: PyTorch's, Keras's or canonical, by its first bytes and its name.

    Only names, shapes and types are read. `key` picks a part of the file: the dict that dotted keys lead to, or the
    tensors whose names begin with it; see `choose` for what is taken without one. Raises `WeightsError` for a file that
    is damaged or of no known kind, `BackendMissingError` where the framework is missing whose own file it is, `OSError`
    where there is no file.
    """
    path = Path(path)
    with path.open("rb") as file:
        start = file.read(9)
    if _is_torch(path, start):
        return _read_torch(path, key)
    return narrow(_read_plain(path, start), key)


def _is_torch(path: Path, start: bytes) -> bool:
    if path.suffix in {".safetensors", ".keras"}:
        return False
    return start.startswith(_PICKLE) or (start.startswith(_ZIP) and not is_keras_archive(path))


def _read_plain(path: Path, start: bytes) -> Checkpoint:
    """A file that has no dicts in it."""
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    if start.startswith(_HDF5):

        @contextmanager
        def opener() -> Iterator[Path]:
            yield path

        return read_hdf5(path, opener)
    if start.startswith(_ZIP):
        return read_keras_archive(path)
    if start[8:9] == b"{":
        return read_safetensors(path)
    raise WeightsError(f"{path} is no file of weights that is known here: PyTorch's, Keras's, or safetensors")


def _read_torch(path: Path, key: str | None) -> Checkpoint:
    backend = find_backend("torch")
    if not isinstance(backend, ReadingBackend):
        raise BackendMissingError(f"{path} is a file of PyTorch's, which the backend torch does not read")
    return choose(path, backend.stored(path), key)
