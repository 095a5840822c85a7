"""`.keras` files: a zip with the weights as HDF5, and the model's configuration, which has the layers in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import IO

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.hdf5 import read_hdf5
from archspec.checkpoints.zip_archive import ZipArchive
from archspec.weights import WeightsError

WEIGHTS = "model.weights.h5"
CONFIGURATION = "config.json"

_LONGEST = 100_000_000
"""Bytes that a configuration may have."""


def is_keras_archive(archive: ZipArchive) -> bool:
    """Whether a zip file is one of Keras's."""
    return WEIGHTS in archive.members


def read_keras_archive(archive: ZipArchive) -> Checkpoint:
    """The weights, in the order of the configuration if it has all their layers; of it nothing else is looked at.

    Raises `WeightsError` for a faulty file.
    """

    @contextmanager
    def opener() -> Iterator[IO[bytes]]:
        yield BytesIO(archive.read(WEIGHTS).data)

    checkpoint = read_hdf5(archive.path, opener)
    if archive.size(CONFIGURATION) > _LONGEST:
        raise WeightsError(f"{archive.path}: {CONFIGURATION} would be {archive.size(CONFIGURATION)} bytes long")
    names = _layer_names(archive.read(CONFIGURATION).tobytes())
    place = {name: index for index, name in enumerate(names)}
    layers = {checkpoint.split(name)[0] for name in checkpoint.tensors}
    if not layers <= place.keys():
        return checkpoint
    ordered = sorted(checkpoint.tensors, key=lambda name: place[checkpoint.split(name)[0]])
    return replace(checkpoint, tensors={name: checkpoint.tensors[name] for name in ordered}, order="layers")


def _layer_names(text: bytes) -> list[str]:
    """The names of the model's layers; none where the configuration is not that of a model of layers."""
    try:
        layers = json.loads(text)["config"]["layers"]
        return [str(layer["config"]["name"]) for layer in layers]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
