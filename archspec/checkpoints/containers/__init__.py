"""Files of named arrays: safetensors, NumPy's `.npz`, and zip itself."""

from archspec.checkpoints.containers.named_arrays import by_names, is_npz, read_npz
from archspec.checkpoints.containers.safetensors_files import read_safetensors, write_safetensors
from archspec.checkpoints.containers.stretches import read_stretch
from archspec.checkpoints.containers.zip_archive import ZIP, ZipArchive

__all__ = [
    "ZIP",
    "ZipArchive",
    "by_names",
    "is_npz",
    "read_npz",
    "read_safetensors",
    "read_stretch",
    "write_safetensors",
]
