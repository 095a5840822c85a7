"""`.keras` files: a zip with the weights as HDF5, and the model's configuration, which has the layers in order."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.hdf5 import read_hdf5
from archspec.weights import WeightsError

WEIGHTS = "model.weights.h5"
CONFIGURATION = "config.json"

_LONGEST = 100_000_000
_EXPANSION = 1000


def is_keras_archive(path: Path) -> bool:
    """Whether a zip file is one of Keras's."""
    try:
        with zipfile.ZipFile(path) as archive:
            return WEIGHTS in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def read_keras_archive(path: Path) -> Checkpoint:
    """The weights, in the order of the configuration if it has all their layers; of it nothing else is looked at.

    Raises `WeightsError` for a faulty file.
    """

    @contextmanager
    def opener() -> Iterator[IO[bytes]]:
        with _archive(path) as archive, archive.open(_member(path, archive, WEIGHTS)) as file:
            yield file

    checkpoint = read_hdf5(path, opener)
    with _archive(path) as archive:
        names = _layer_names(archive.read(_member(path, archive, CONFIGURATION)))
    place = {name: index for index, name in enumerate(names)}
    layers = {checkpoint.split(name)[0] for name in checkpoint.tensors}
    if not layers <= place.keys():
        return checkpoint
    ordered = sorted(checkpoint.tensors, key=lambda name: place[checkpoint.split(name)[0]])
    return replace(checkpoint, tensors={name: checkpoint.tensors[name] for name in ordered}, order="layers")


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise WeightsError(f"{path} is damaged: {error}") from None


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """A file of the archive that unpacks to no more than is plausible."""
    try:
        found = archive.getinfo(name)
    except KeyError:
        raise WeightsError(f"{path} has no {name}") from None
    too_long = name == CONFIGURATION and found.file_size > _LONGEST
    if too_long or found.file_size > _EXPANSION * (found.compress_size + 1024):
        raise WeightsError(f"{path}: {name} would be {found.file_size} bytes long")
    return found


def _layer_names(text: bytes) -> list[str]:
    """The names of the model's layers; none where the configuration is not that of a model of layers."""
    try:
        layers = json.loads(text)["config"]["layers"]
        return [str(layer["config"]["name"]) for layer in layers]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
