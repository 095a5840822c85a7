"""Keras's files: `.weights.h5`, the older `.h5`, and `.keras`."""

from archspec.checkpoints.keras.archive import is_keras_archive, read_keras_archive
from archspec.checkpoints.keras.hdf5 import read_hdf5
from archspec.checkpoints.keras.hdf5_file import Hdf5File

__all__ = ["Hdf5File", "is_keras_archive", "read_hdf5", "read_keras_archive"]
