"""The folder that compiling leaves: the source, the weights in the framework's format, and what was compiled."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from archspec.backend import find_backend
from archspec.checkpoints import read_weights_file
from archspec.comparison import random_inputs
from archspec.network import Network
from archspec.weights import beside


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written and how the first forward pass went."""

    folder: Path
    files: tuple[Path, ...]
    device: str
    outputs: dict[str, tuple[int, ...]]
    forward_seconds: float


def write_bundle(
    network: Network,
    backend: str,
    folder: Path,
    *,
    weights: Path | None = None,
    seed: int = 0,
    dtype: str = "float32",
    device: str = "auto",
) -> Bundle:
    """Compiles a network, runs a forward pass of one random sample, and writes source, weights and record to a folder.

    `weights` is a checkpoint, as for `archspec.read_checkpoint`; without it they are drawn from `seed`.
    Each file is written beside its place and renamed, so a run that is broken off leaves the old one.
    """
    found = find_backend(backend)
    source = network.emit(backend)
    values = network.weights(seed) if weights is None else read_weights_file(network.graph, weights)
    model = found.load(network.graph, source, values, dtype=dtype, device=device)
    inputs = {name: array.astype("float32") for name, array in random_inputs(network.graph, seed, batch=1).items()}
    begin = time.perf_counter()
    outputs = {name: tuple(array.shape) for name, array in found.run(network.graph, model, inputs).items()}
    seconds = time.perf_counter() - begin
    folder.mkdir(parents=True, exist_ok=True)
    files = (folder / "model.py", folder / found.weights_file, folder / "network.json")
    with beside(files[0]) as path:
        path.write_text(source, encoding="utf-8")
    with beside(files[1]) as path:
        found.save_weights(model, path)
    record = describe(network, backend, seed=seed, dtype=dtype, weights=weights)
    with beside(files[2]) as path:
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return Bundle(folder, files, found.device_of(model), outputs, seconds)


def describe(network: Network, backend: str, *, seed: int, dtype: str, weights: Path | None = None) -> dict[str, Any]:
    """What network.json says: which network this is, from which spec and weights, by which versions."""
    parameters, origin = network.parameters(), network.origin
    return {
        "name": network.name,
        "description": network.graph.description,
        "source": network.graph.source,
        "spec": {
            "name": origin.name,
            "variant": origin.variant,
            "params": {name: _plain(value) for name, value in origin.params.items()},
            "sha256": origin.digest,
        },
        "backend": backend,
        "dtype": dtype,
        **({"seed": seed} if weights is None else {"weights": str(weights)}),
        "versions": {"archspec": archspec_version(), **find_backend(backend).versions()},
        "parameters": {"total": parameters.total, "trainable": parameters.trainable},
        "multiply_adds": network.graph.multiply_adds(),
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "outputs": {name: list(kind.shape) for name, kind in network.outputs.items()},
    }


def _plain(value: object) -> object:
    """A param's value as JSON has it; what it has not is written out."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return list(map(_plain, value))
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def archspec_version() -> str:
    """This distribution's version."""
    try:
        return version("archspec-nn")
    except PackageNotFoundError:
        return "unknown"
