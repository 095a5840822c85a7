"""The model in a file: `.keras`, a whole-model `.h5`, or its configuration alone as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archspec.checkpoints.containers import ZIP, ZipArchive
from archspec.checkpoints.keras.graph import graph_in
from archspec.checkpoints.keras.hdf5_file import Hdf5File
from archspec.checkpoints.listing import shown
from archspec.checkpoints.model import FileModel
from archspec.files import check_regular
from archspec.weights import WeightsError

CONFIGURATION = "config.json"
METADATA = "metadata.json"

HDF5 = b"\x89HDF\r\n\x1a\n"
"""The first bytes of an HDF5 file."""

LONGEST = 100_000_000
"""The largest configuration in bytes."""

_NEWEST = 3


def model_of_archive(archive: ZipArchive) -> FileModel:
    """The model of a `.keras` file; raises `WeightsError`."""
    return model_of_text(archive.path, *configuration_of(archive))


def configuration_of(archive: ZipArchive) -> tuple[bytes, object]:
    """The configuration in a `.keras` file, and Keras's version; raises `WeightsError`."""
    if archive.size(CONFIGURATION) > LONGEST:
        raise WeightsError(f"{archive.path}: {CONFIGURATION} would be {archive.size(CONFIGURATION)} bytes long")
    version = None
    if METADATA in archive.members and archive.size(METADATA) <= LONGEST:
        version = _decoded(archive.path, archive.read(METADATA).tobytes()).get("keras_version")
    return archive.read(CONFIGURATION).tobytes(), version


def model_of_hdf5(source: Hdf5File) -> FileModel:
    """The model of a whole-model `.h5` file; raises `WeightsError`, also if the file has weights only."""
    with source.opened() as root:
        source.paths(root)
        text = source.text(root, "", "model_config")
        version = source.text(root, "", "keras_version")
    if not text:
        raise WeightsError(
            f"{source.path} has weights and no model: Keras writes the model with model.save, and to JSON with to_json"
        )
    return model_of_text(source.path, text, version)


def model_of_text(path: Path, text: bytes | str, version: object = None) -> FileModel:
    """The model of a configuration in JSON; raises `WeightsError`. `version` is Keras's if another place tells it."""
    found = _decoded(path, text)
    try:
        return graph_in(found, _major(version or found.get("keras_version")))
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from None


def model_if_known(path: Path, text: bytes | str, version: object = None) -> FileModel | None:
    """The model of a configuration; None for one that is not made of layers, or is damaged."""
    try:
        return model_of_text(path, text, version)
    except WeightsError:
        return None


def _decoded(path: Path, text: bytes | str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        raise WeightsError(f"{path} has no configuration of a model: it is no JSON ({said})") from None
    if not isinstance(found, dict):
        raise WeightsError(f"{path} has no configuration of a model: its JSON is no mapping")
    return found


def _major(version: object) -> int:
    """The first number of Keras's version; Keras 3 writes none into JSON."""
    found = re.match(r"\d{1,3}", version) if isinstance(version, str) else None
    return int(found[0]) if found else _NEWEST


def read_model(path: Path) -> FileModel:
    """The model in a file of one of the three kinds, which its first bytes tell.

    Raises `WeightsError` for a damaged file or one without a model, `BackendMissingError` if h5py is missing, and
    `OSError` if there is no file.
    """
    check_regular(path)
    with path.open("rb") as file:
        start = file.read(len(HDF5))
    if start == HDF5:
        return model_of_hdf5(Hdf5File(path, lambda: path))
    if start.startswith(ZIP):
        return _model_of_zip(ZipArchive(path))
    if start.lstrip()[:1] != b"{":
        raise WeightsError(f"{path} is no model of Keras: neither .keras, nor HDF5, nor JSON")
    if path.stat().st_size > LONGEST:
        raise WeightsError(f"{path} is {path.stat().st_size} bytes long, which no model's JSON is")
    return model_of_text(path, path.read_bytes())


def _model_of_zip(archive: ZipArchive) -> FileModel:
    if CONFIGURATION not in archive.members:
        raise WeightsError(f"{archive.path} is a zip without {CONFIGURATION}, and no .keras file")
    return model_of_archive(archive)
