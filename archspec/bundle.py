"""The folder that compiling leaves: the source, the weights in the framework's format, and what was compiled."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from archspec.backend import find_backend
from archspec.comparison import random_inputs
from archspec.network import Network


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written and how the first forward pass went."""

    folder: Path
    files: tuple[Path, ...]
    device: str
    outputs: dict[str, tuple[int, ...]]
    forward_seconds: float


def write_bundle(
    network: Network, backend: str, folder: Path, *, seed: int = 0, dtype: str = "float32", device: str = "auto"
) -> Bundle:
    """Compiles a network, runs a forward pass of one random sample, and writes source, weights and record to a folder.

    Each file is written beside its place and renamed, so a run that is broken off leaves the old one.
    """
    found = find_backend(backend)
    source = found.emit(network.graph)
    model = found.load(network.graph, source, network.weights(seed), dtype=dtype, device=device)
    inputs = {name: array.astype("float32") for name, array in random_inputs(network.graph, seed, batch=1).items()}
    begin = time.perf_counter()
    outputs = {name: tuple(array.shape) for name, array in found.run(network.graph, model, inputs).items()}
    seconds = time.perf_counter() - begin
    folder.mkdir(parents=True, exist_ok=True)
    files = (folder / "model.py", folder / found.weights_file, folder / "network.json")
    _replace(files[0], lambda path: path.write_text(source, encoding="utf-8"))
    _replace(files[1], lambda path: found.save_weights(model, path))
    record = describe(network, backend, seed=seed, dtype=dtype)
    _replace(files[2], lambda path: path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8"))
    return Bundle(folder, files, found.device_of(model), outputs, seconds)


def describe(network: Network, backend: str, *, seed: int, dtype: str) -> dict[str, Any]:
    """What network.json says: which network this is, from which spec, by which versions."""
    parameters = network.parameters()
    return {
        "name": network.name,
        "description": network.graph.description,
        "source": network.graph.source,
        "spec_sha256": network.digest,
        "backend": backend,
        "dtype": dtype,
        "seed": seed,
        "versions": {"archspec": archspec_version(), **find_backend(backend).versions()},
        "parameters": {"total": parameters.total, "trainable": parameters.trainable},
        "multiply_adds": network.graph.multiply_adds(),
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "outputs": {name: list(kind.shape) for name, kind in network.outputs.items()},
    }


def archspec_version() -> str:
    """This distribution's version."""
    try:
        return version("archspec-nn")
    except PackageNotFoundError:
        return "unknown"


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    beside = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(beside)
        # Some writers make files that only their owner can read, whatever the umask says.
        mask = os.umask(0)
        os.umask(mask)
        beside.chmod(0o666 & ~mask)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
