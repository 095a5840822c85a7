"""The folder that compiling leaves: the source, the weights in the framework's format, and what was compiled."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from errno import EEXIST
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from archspec.backend import Arrays, find_backend
from archspec.checkpoints import CheckpointOptions, CheckpointWeights, read_weights_file
from archspec.comparison import as_json, random_inputs
from archspec.network import Network, explaining
from archspec.weights import FLOATING, beside, check_file, check_folder, check_space


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written and how the first forward pass went; `record` is what network.json says."""

    folder: Path
    files: tuple[Path, ...]
    record: Mapping[str, Any]
    checkpoint: CheckpointWeights | None
    device: str
    outputs: dict[str, tuple[int, ...]]
    not_finite: tuple[str, ...]
    """The outputs that have NaN or infinite numbers."""
    forward_seconds: float


def write_bundle(
    network: Network,
    backend: str,
    folder: Path,
    *,
    weights: Path | None = None,
    options: CheckpointOptions | None = None,
    seed: int = 0,
    dtype: str = "float32",
    device: str = "auto",
) -> Bundle:
    """Compiles a network, runs a forward pass of one random sample, and writes source, weights and record to a folder.

    `weights` is a checkpoint, read as the `options` say; what is not in it, or without it all, is drawn from `seed`.
    Each file is written beside its place and renamed, so a run that is broken off leaves the old one. Raises `OSError`,
    before anything is compiled, for a folder that cannot be written or that has the model of another backend, and
    `RuntimeError`, before anything is written, where the model makes another shape than the compiler worked out.
    """
    found = find_backend(backend)
    files = (folder / "model.py", folder / found.weights_file, folder / "network.json")
    _check_folder(folder, files, backend)
    source = network.emit(backend, dtype=dtype)
    with explaining(network.graph):
        checkpoint = read_weights_file(network.graph, weights, options, seed=seed) if weights is not None else None
        values = network.weights(seed) if checkpoint is None else checkpoint
        model = found.load(network.graph, source, values, dtype=dtype, device=device)
        inputs = {name: array.astype("float32") for name, array in random_inputs(network.graph, seed, batch=1).items()}
        begin = time.perf_counter()
        outputs = found.run(network.graph, model, inputs)
        seconds = time.perf_counter() - begin
    shapes = _checked_shapes(network, backend, outputs)
    check_space(_nearest(folder), network.parameters().total * FLOATING[dtype].itemsize)
    folder.mkdir(parents=True, exist_ok=True)
    record = _describe(network, backend, seed, dtype, checkpoint)
    # All are there or none is: a source without its weights would run with others.
    with beside(files[0]) as code, beside(files[1]) as weights_file, beside(files[2]) as description:
        code.write_text(source, encoding="utf-8")
        found.save_weights(model, weights_file)
        description.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    not_finite = tuple(name for name, array in outputs.items() if not np.isfinite(array).all())
    return Bundle(folder, files, record, checkpoint, found.device_of(model), shapes, not_finite, seconds)


def _checked_shapes(network: Network, backend: str, outputs: Arrays) -> dict[str, tuple[int, ...]]:
    """The shapes of one sample's outputs, its batch axis with them; raises `RuntimeError` for another than expected."""
    shapes = {name: tuple(array.shape) for name, array in outputs.items()}
    for name, kind in network.outputs.items():
        if shapes[name] != (1, *kind.shape):
            raise RuntimeError(
                f"{name} of {network.name} should be {(1, *kind.shape)}, batch first and channels last, but {backend} "
                f"makes it {shapes[name]}, so nothing was written: `archspec parity --layers` names the layer"
            )
    return shapes


def _check_folder(folder: Path, files: Sequence[Path], backend: str) -> None:
    """Raise `OSError` unless these files can be written there and replace no other backend's.

    What the other one left, its weights above all, would stay beside a source that they are not for, and to delete them
    might be to delete somebody's training.
    """
    check_folder(_nearest(folder))
    for file in files if folder.exists() else ():
        check_file(file)
    other = _compiled_for(files[-1])
    if other not in (None, backend):
        reason = f"it has a model for {other}: take another folder, or delete that model first"
        raise FileExistsError(EEXIST, reason, str(folder))


def _nearest(folder: Path) -> Path:
    """The folder, or the one around it that is there already."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(place))


def _compiled_for(record: Path) -> str | None:
    """For which backend a folder's network.json says that it was compiled; None if there is no such file."""
    try:
        found = json.loads(record.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    said = found.get("backend") if isinstance(found, dict) else None
    return said if isinstance(said, str) else None


def _describe(
    network: Network, backend: str, seed: int, dtype: str, checkpoint: CheckpointWeights | None
) -> dict[str, Any]:
    """What network.json says: which network this is, from which spec and weights, by which versions."""
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
        "inputs": {name: list(kind.shape) for name, kind in network.inputs.items()},
        "outputs": {name: list(kind.shape) for name, kind in network.outputs.items()},
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


def archspec_version() -> str:
    """This distribution's version."""
    try:
        return version("archspec-nn")
    except PackageNotFoundError:
        return "unknown"
