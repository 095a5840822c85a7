"""`.keras` files: a zip with the weights as HDF5, and the model's configuration, which lists the layers in order."""

from __future__ import annotations

from io import BytesIO

from archspec.checkpoints.checkpoint import Checkpoint
from archspec.checkpoints.containers import ZipArchive
from archspec.checkpoints.keras.configuration import layers_in
from archspec.checkpoints.keras.hdf5 import read_hdf5
from archspec.checkpoints.keras.hdf5_file import Hdf5File
from archspec.checkpoints.keras.models import configuration_of, model_if_known

WEIGHTS = "model.weights.h5"


def is_keras_archive(archive: ZipArchive) -> bool:
    """Whether a zip file is a `.keras` file."""
    return WEIGHTS in archive.members


def read_keras_archive(archive: ZipArchive) -> Checkpoint:
    """The weights, and the configuration of their layers.

    Raises `WeightsError` for a faulty file.
    """
    text, version = configuration_of(archive)
    layers, model = layers_in(archive.path, text), model_if_known(archive.path, text, version)
    return read_hdf5(Hdf5File(archive.path, lambda: BytesIO(archive.read(WEIGHTS).data)), layers, model)
