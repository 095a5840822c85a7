"""Compiles a network to a package, and runs it once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from archspec.advice import Advice
from archspec.backend import Arrays, Backend, find_backend
from archspec.bundle.folder import Place
from archspec.bundle.naming import init_source, module_name
from archspec.bundle.record import RECORD, describe, write_record
from archspec.checkpoints import CheckpointOptions, CheckpointWeights
from archspec.comparison import random_inputs
from archspec.ir import Graph
from archspec.network import Network, Optimized, checkpoint_for, explaining
from archspec.passes import at_usual_sizes
from archspec.weights import FLOATING


@dataclass(frozen=True, slots=True)
class Bundle:
    """A written package and its first forward pass; `record` is the content of network.json."""

    folder: Path
    files: tuple[Path, ...]
    """`__init__.py`, the module, the weights, the record."""
    entry_point: str
    """The class or function that the package exports."""
    record: Mapping[str, Any]
    checkpoint: CheckpointWeights | None
    device: str
    inputs: dict[str, tuple[int, ...]]
    """The shapes of the sample, with its batch axis."""
    outputs: dict[str, tuple[int, ...]]
    not_finite: tuple[str, ...]
    """The outputs with NaN or infinite numbers."""
    forward_seconds: float
    optimized: Optimized | None = None


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
    read: Sequence[Path | None] = (),
    force: bool = False,
    optimize: bool = False,
    fuse: bool = False,
) -> Bundle:
    """Compiles a network, runs a forward pass of one random sample, and writes source, weights and record to a folder.

    `weights` is a checkpoint, read with the `options`; weights that it lacks, or all without it, are drawn from `seed`.
    `read` are further files that must not be overwritten. With `optimize` the network is optimised, and takes the
    weights of the network as it was; with `fuse` as well its source has the fused form.
    An interrupted run leaves the old files. Raises `OSError`, before anything is compiled, for a folder that cannot be
    written, or whose files are protected (see `Place.check`). Raises `RuntimeError`, before anything is written, if an
    output's shape is not the inferred one.
    """
    found = find_backend(backend)
    module = f"{module_name(network.name)}.py"
    sources = ("__init__.py", module, found.weights_file)
    place = Place(folder, (*sources, RECORD), network.name, backend, (network.origin.file, weights, *read), force)
    place.check()
    optimized, original = (network.optimize(fuse=fuse), network) if optimize else (None, network)
    network = network if optimized is None else optimized.network
    source = network.emit(backend, dtype=dtype)
    with explaining(network.graph):
        checkpoint = checkpoint_for(original, weights, options, seed=seed) if weights is not None else None
        values: Arrays = original.weights(seed) if checkpoint is None else checkpoint
        taken = values if optimized is None else optimized.take(values)
        model = found.load(network.graph, source, taken, dtype=dtype, device=device)
        ran = _ran(network.graph, found, model, seed)
    place.check_space(network.parameters().total * FLOATING[dtype].itemsize)
    entry_point = found.entry_point(network.graph)
    # All files appear together: a source without its weights would run with other weights.
    with place.replacing() as partial:
        (partial / "__init__.py").write_text(init_source(network.name, backend, entry_point), encoding="utf-8")
        (partial / module).write_text(source, encoding="utf-8")
        found.save_weights(model, partial / found.weights_file)
        record = write_record(partial, describe(network, backend, seed, dtype, checkpoint, optimized), sources)
    files = tuple(folder / name for name in place.names)
    device = found.device_of(model)
    return Bundle(folder, files, entry_point, record, checkpoint, device, *ran, optimized)


class _Ran(NamedTuple):
    """A forward pass: see `Bundle`."""

    inputs: dict[str, tuple[int, ...]]
    outputs: dict[str, tuple[int, ...]]
    not_finite: tuple[str, ...]
    seconds: float


def _ran(graph: Graph, backend: Backend, model: Any, seed: int) -> _Ran:
    """Run a model on one random sample. Raises `RuntimeError` if an output's shape is not the inferred one."""
    sized = at_usual_sizes(graph)[0]
    inputs = {name: array.astype("float32") for name, array in random_inputs(sized, seed, batch=1).items()}
    begin = time.perf_counter()
    outputs = backend.run(graph, model, inputs)
    seconds = time.perf_counter() - begin
    given = {name: tuple(array.shape) for name, array in inputs.items()}
    shapes = _checked_shapes(sized, backend.name, outputs)
    not_finite = tuple(name for name, array in outputs.items() if not np.isfinite(array).all())
    return _Ran(given, shapes, not_finite, seconds)


def _checked_shapes(graph: Graph, backend: str, outputs: Arrays) -> dict[str, tuple[int, ...]]:
    """The shapes of the outputs, with the batch axis; raises `RuntimeError` for one that is not the inferred shape."""
    shapes = {name: tuple(array.shape) for name, array in outputs.items()}
    for name, value in graph.outputs.items():
        expected = (1, *value.type.shape)
        if shapes[name] != expected:
            fault = (
                f"{name} of {graph.name} should be {expected}, batch first and channels last, but {backend} "
                f"makes it {shapes[name]}"
            )
            raise RuntimeError(Advice.of("{fault}, so nothing was written: {layers} names the layer", fault=fault))
    return shapes
