"""Files of weights, each by what it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.choosing import choose, narrow
from archspec.checkpoints.containers import ZIP, ZipArchive, by_names, is_npz, read_npz, read_safetensors
from archspec.checkpoints.foreign import what_it_is
from archspec.checkpoints.keras import Hdf5File, is_keras_archive, read_hdf5, read_keras_archive
from archspec.checkpoints.pytorch import Tensor, TorchFile, open_pickles, open_zipped, tensors_in
from archspec.files import check_regular
from archspec.weights import WeightsError

_HDF5 = b"\x89HDF\r\n\x1a\n"
_START = 512
"""Bytes that tell what a file is."""

_PICKLE = b"\x80"
"""How pickles begin, and PyTorch's files before 1.6."""


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Give an error of the system the file's name, which it has only if the file cannot be opened."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or os.fspath(path)
        raise


def open_checkpoint(path: str | os.PathLike[str], key: str | None = None) -> Checkpoint:
    """What a file of weights has: PyTorch's, Keras's, NumPy's or canonical, by its first bytes and its name.

    Only names, shapes and types are read. `key` picks a part of the file: the dict that dotted keys lead to, or the
    tensors whose names begin with it; see `choose` for what is taken without one. Raises `WeightsError` for a file that
    is damaged or of no known kind, `BackendMissingError` where h5py is missing, `OSError` where there is no file.
    """
    path = Path(path)
    if path.is_dir() and (fault := what_it_is(path, b"")):
        raise WeightsError(fault)
    check_regular(path)
    with _named(path):
        with path.open("rb") as file:
            start = file.read(_START)
        saved = _saved(path, start)
        return narrow(_read_plain(path, start), key) if saved is None else _chosen(saved, key)


def _saved(path: Path, start: bytes) -> TorchFile | None:
    """What PyTorch or pickle saved, which may have dicts in dicts; None for a file of another kind."""
    if path.suffix in {".safetensors", ".keras"}:
        return None
    if start.startswith(_PICKLE):
        return open_pickles(path)
    if not start.startswith(ZIP):
        return None
    archive = ZipArchive(path)
    return None if is_npz(archive) or is_keras_archive(archive) else open_zipped(archive)


def _chosen(saved: TorchFile, key: str | None) -> Checkpoint:
    """Its tensors under the key; arrays of NumPy's, which may be anybody's, are told by their names."""
    found = tensors_in(saved.path, saved.saved)
    checkpoint = choose(saved.path, saved.stored(found), key)
    return checkpoint if any(isinstance(tensor, Tensor) for tensor in found.values()) else by_names(checkpoint)


def _read_plain(path: Path, start: bytes) -> Checkpoint:
    """A file that has no dicts in it."""
    if path.suffix == ".safetensors":
        return read_safetensors(path)
    if start.startswith(_HDF5):
        return read_hdf5(Hdf5File(path, lambda: path))
    if start.startswith(ZIP):
        archive = ZipArchive(path)
        return read_npz(archive) if is_npz(archive) else read_keras_archive(archive)
    if start[8:9] == b"{":
        return read_safetensors(path)
    raise WeightsError(
        what_it_is(path, start)
        or f"{path} is no file of weights that is known here: PyTorch's, Keras's, NumPy's, or safetensors"
    )
