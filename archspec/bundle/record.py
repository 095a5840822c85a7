"""network.json: what a package was compiled from, by what, and which files it had."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from archspec.backend import find_backend
from archspec.checkpoints import CheckpointWeights
from archspec.comparison import as_json
from archspec.files import open_now
from archspec.network import Network

RECORD = "network.json"

_LONGEST = 2**24
"""Bytes of a record, at most; with the names of all weights of a large network it has some 100,000."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a folder's record says: the network, the backend, and the SHA-256 of each other file by its name."""

    network: str
    backend: str
    files: Mapping[str, str]


def read_record(folder: Path) -> Written | None:
    """What archspec wrote into a folder; None if it has no record of archspec's. Only names of files are kept."""
    try:
        with open_now(folder / RECORD) as opened:
            found = json.loads(opened.read(_LONGEST))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    network, backend, files = found.get("name"), found.get("backend"), found.get("sha256")
    if not isinstance(network, str) or not isinstance(backend, str) or not isinstance(files, dict):
        return None
    return Written(network, backend, {name: str(said) for name, said in files.items() if _is_name(name)})


def _is_name(name: str) -> bool:
    """Whether this names a file of the folder itself."""
    return name.strip(".") != "" and Path(name).name == name


def digest(file: Path) -> str:
    """The SHA-256 of a file. A gigabyte takes a second, a tenth of what it takes to compile so large a network."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def describe(
    network: Network, backend: str, seed: int, dtype: str, checkpoint: CheckpointWeights | None
) -> dict[str, Any]:
    """What the record says of the network: which it is, from which spec and weights, by which versions."""
    parameters, origin = network.parameters(), network.origin
    return {
        "name": network.name,
        "description": network.graph.description,
        "source": network.graph.source,
        "spec": {
            "name": origin.name,
            "variant": origin.variant,
            "params": as_json(origin.params),
            "sha256": origin.digest,
        },
        "backend": backend,
        "dtype": dtype,
        **(_read_from(checkpoint) if checkpoint is not None else {}),
        **({"seed": seed} if checkpoint is None or checkpoint.initial else {}),
        "versions": {"archspec": archspec_version(), **find_backend(backend).versions()},
        "parameters": {"total": parameters.total, "trainable": parameters.trainable},
        "multiply_adds": network.graph.multiply_adds(),
        "inputs": {name: list(kind.axes) for name, kind in network.inputs.items()},
        "outputs": {name: list(kind.axes) for name, kind in network.outputs.items()},
    }


def _read_from(weights: CheckpointWeights) -> dict[str, Any]:
    """From which file the weights are, where in it they lie, and what of them is not sure."""
    matching = weights.matching
    found = {
        "weights_key": matching.checkpoint.key,
        "initial": list(weights.initial),
        "unproved": dict(matching.unproved),
    }
    return {"weights": str(matching.checkpoint.path), **{name: value for name, value in found.items() if value}}


def write_record(folder: Path, description: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Write the record, with the digests of the files of these names; the record."""
    record = {**description, "sha256": {name: digest(folder / name) for name in names}}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def archspec_version() -> str:
    """This distribution's version."""
    try:
        return version("archspec-nn")
    except PackageNotFoundError:
        return "unknown"
