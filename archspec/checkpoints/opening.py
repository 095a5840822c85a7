"""Opens files of weights of every kind."""

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
"""The number of first bytes that tell the kind of a file."""

_PICKLE = b"\x80"
"""The first bytes of pickles, and of PyTorch's files before 1.6."""


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Add the file's name to errors of the system: they have it only if opening the file fails."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or os.fspath(path)
        raise


def open_checkpoint(path: str | os.PathLike[str], key: str | None = None) -> Checkpoint:
    """The checkpoint in a file of PyTorch, Keras, NumPy or archspec, which its first bytes and its name tell.

    Only names, shapes and types are read. `key` selects a part of the file: the dict at these dotted keys, or the
    tensors whose names begin with the key; see `choose` for the default. Raises `WeightsError` for a damaged file or
    one of an unknown kind, `BackendMissingError` if h5py is missing, and `OSError` if there is no file.
    """
    path = Path(path)
    if path.is_dir() and (fault := what_it_is(path, b"")):
        raise WeightsError(fault)
    check_regular(path)
    with _named(path):
        with path.open("rb") as file:
            start = file.read(_START)
        if not start:
            raise WeightsError(f"{path} is empty: it has no bytes. Get the file again")
        saved = _saved(path, start)
        return narrow(_read_plain(path, start), key) if saved is None else _chosen(saved, key)


def _saved(path: Path, start: bytes) -> TorchFile | None:
    """A file of `torch.save` or of pickle, which may have nested dicts; None for other kinds."""
    if path.suffix in {".safetensors", ".keras"}:
        return None
    if start.startswith(_PICKLE):
        return open_pickles(path)
    if not start.startswith(ZIP):
        return None
    archive = ZipArchive(path)
    return None if is_npz(archive) or is_keras_archive(archive) else open_zipped(archive)


def _chosen(saved: TorchFile, key: str | None) -> Checkpoint:
    """The tensors under the key; the names of NumPy arrays tell their framework."""
    found = tensors_in(saved.path, saved.saved)
    checkpoint = choose(saved.path, saved.stored(found), key)
    return checkpoint if any(isinstance(tensor, Tensor) for tensor in found.values()) else by_names(checkpoint)


def _read_plain(path: Path, start: bytes) -> Checkpoint:
    """The checkpoint in a file of a kind without dicts."""
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
