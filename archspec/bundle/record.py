"""network.json: the network and the versions that a package was compiled from, and the digests of its files."""

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
from archspec.network import Network, Optimized

RECORD = "network.json"

_LONGEST = 2**24
"""The largest record in bytes; with the names of all weights of a large network it has some 100,000."""


@dataclass(frozen=True, slots=True)
class Written:
    """A folder's record: the network, the backend, and the SHA-256 of each other file by its name."""

    network: str
    backend: str
    files: Mapping[str, str]


def read_record(folder: Path) -> Written | None:
    """The record of a folder; None if there is none of archspec's. Names that lead out of the folder are dropped."""
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
    """Whether this is the name of a file in the folder itself."""
    return name.strip(".") != "" and Path(name).name == name


def digest(file: Path) -> str:
    """The SHA-256 of a file. A gigabyte takes a second, a tenth of the time to compile so large a network."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def describe(
    network: Network,
    backend: str,
    seed: int,
    dtype: str,
    checkpoint: CheckpointWeights | None,
    optimized: Optimized | None = None,
) -> dict[str, Any]:
    """The record's part about the network: its spec, its weights, and the versions of the software.

    For an optimised network it has the weights that each weight of the original is in, and whether it is fused.
    """
    parameters, origin = network.parameters(), network.origin
    return {
        "name": network.name,
        "description": network.graph.description,
        "source": network.graph.source,
        "spec": {
            "name": origin.name,
            "variant": origin.variant,
            "params": as_json(origin.params),
            "outputs": origin.outputs,
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
        **({"recomputed": sorted(network.graph.recomputed)} if network.graph.recomputed else {}),
        **({} if optimized is None else {"optimized": {name: list(now) for name, now in optimized.names.items()}}),
        **({"fused": True} if network.graph.fused else {}),
    }


def _read_from(weights: CheckpointWeights) -> dict[str, Any]:
    """The record's part about the weights: their file, their key in it, and the notes of the matching."""
    matching = weights.matching
    found = {
        "weights_key": matching.checkpoint.key,
        "initial": list(weights.initial),
        "unproved": dict(matching.unproved),
    }
    return {"weights": str(matching.checkpoint.path), **{name: value for name, value in found.items() if value}}


def write_record(folder: Path, description: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Write the record with the digests of the named files, and return it."""
    record = {**description, "sha256": {name: digest(folder / name) for name in names}}
    (folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


def archspec_version() -> str:
    """This distribution's version."""
    try:
        return version("archspec-nn")
    except PackageNotFoundError:
        return "unknown"
