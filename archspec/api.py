"""The functions of the package, with the words of the command line.

A network as an argument can also be an argument of `load`: a path, the name of a network of the zoo, a document.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from archspec.arguments import ARRAYS, FUNCTION, NAMES, PATH, TEXT, TEXTS, TRUTH, WHOLE, takes
from archspec.backend import Arrays, Backend, backend_names, find_backend
from archspec.checkpoints import (
    CheckpointOptions,
    CheckpointWeights,
    check_target,
    common_dtype,
    write_weights,
)
from archspec.comparison import (
    STEPS,
    LayersReport,
    ParityReport,
    PeerReport,
    Progress,
    TrainingReport,
    at_size_of,
    compare,
    compare_layers,
    compare_training,
    compare_training_layers,
    compare_with_peer,
    enough_samples,
    has_axes,
    random_inputs,
    training_samples,
    unheard,
)
from archspec.errors import ArchspecError, ArgumentError
from archspec.files import check_apart
from archspec.ir import Graph, shown
from archspec.network import Network, checkpoint_for, explaining
from archspec.passes import COMPARED_AT, at_usual_sizes
from archspec.reading import Spec, load
from archspec.weights import randomised


def read_weights(network: Network | Spec, model: Any) -> dict[str, Any]:
    """The weights of a compiled model as `numpy.ndarray`s under their canonical names, in canonical layouts.

    The model is an emitted one, or any model with the same names of weights (torchvision's, for the zoo's ResNets).
    """
    graph = _loaded(network).graph
    for name in backend_names():
        backend = find_backend(name)
        if backend.owns(model):
            return backend.read_weights(graph, model)
    hint = "; give the model itself, or archspec.read_checkpoint a file" if isinstance(model, Mapping) else ""
    raise ArchspecError(f"no backend knows a model of type {type(model).__module__}.{type(model).__qualname__}{hint}")


@takes(path=PATH, names=NAMES, key=TEXT, only_matching=TRUTH, by_order=TRUTH, seed=WHOLE)
def read_checkpoint(
    network: Network | Spec,
    path: str | os.PathLike[str],
    *,
    names: Mapping[str, str] | None = None,
    key: str | None = None,
    only_matching: bool = False,
    by_order: bool = False,
    seed: int = 0,
) -> CheckpointWeights:
    """A network's weights from a file of PyTorch, Keras or archspec: arrays by canonical names, each read on access.

    Tensors are matched by name; layers with other names by order and shapes, if there is a unique way. `names` maps
    weights (`conv1:kernel`, `conv1.weight`) or layers (`conv1`) to names in the file. `key` is the place of the weights
    in the file (`state_dict_ema`, `models.generator`); the default is the plain one. With `only_matching`, unmatched
    tensors are ignored and unmatched weights are drawn from `seed`; `initial` of the result has their names. `by_order`
    accepts the order of a PyTorch file for layers of equal shapes without other evidence. Raises `WeightsError` with
    the unmatched weights and tensors. Assumptions are warnings.
    """
    options = CheckpointOptions(names or {}, key, only_matching, by_order)
    weights = checkpoint_for(_loaded(network), path, options, seed=seed)
    weights.warn()
    return weights


@takes(
    source=PATH,
    target=PATH,
    to=TEXT,
    names=NAMES,
    key=TEXT,
    only_matching=TRUTH,
    by_order=TRUTH,
    seed=WHOLE,
    optimize=TRUTH,
)
def convert_weights(
    network: Network | Spec,
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    to: str,
    names: Mapping[str, str] | None = None,
    key: str | None = None,
    only_matching: bool = False,
    by_order: bool = False,
    seed: int = 0,
    optimize: bool = False,
) -> CheckpointWeights:
    """Write a checkpoint's weights to a file for a backend (`torch`, `tensorflow`), or with `canonical` names.

    The source, the other arguments and the result are those of `read_checkpoint`. Types are kept. With `optimize` the
    file is for the optimised network.
    The file's name ends in .safetensors; for torch also in .pth or .pt; for tensorflow in .weights.h5. Raises
    `ArchspecError` for another ending, and `OSError` for a file that cannot be written, or that is read too.
    """
    check_target(Path(target), to)
    network = _loaded(network)
    check_apart((target,), (source, network.origin.file))
    options = CheckpointOptions(names or {}, key, only_matching, by_order)
    weights = checkpoint_for(network, source, options, seed=seed)
    weights.warn()
    if optimize:
        optimized, dtype = network.optimize().optimization, _without_bfloat16(common_dtype(weights))
        write_weights(optimized.graph, optimized.take(weights, dtype=dtype), Path(target), to)
    else:
        write_weights(network.graph, weights, Path(target), to)
    return weights


@takes(backends=TEXTS, seed=WHOLE, batch=WHOLE, weights=ARRAYS, inputs=ARRAYS)
def parity(
    network: Network | Spec,
    *,
    backends: Sequence[str] = ("torch", "tensorflow"),
    seed: int = 0,
    batch: int | None = None,
    weights: Arrays | None = None,
    inputs: Arrays | None = None,
) -> ParityReport:
    """Whether the backends compute the same function, in evaluation mode on the CPU.

    `weights` are canonical; the default is weights from `seed` as if the network had been trained. `inputs` are
    channels-last with a batch axis; the default is standard normal. The outputs are compared in float64, and each
    backend's float32 outputs with its float64 ones. The default `batch` has enough samples to judge the smallest
    output. A network with axes of any length is compared at three sizes, with the same models; the report has the
    sizes. Raises `ArchspecError` unless there are two backends.
    """
    found, graph = _backends(backends), _loaded(network).graph
    with explaining(graph):
        sizes = _at_sizes(graph, inputs, SIZES)
        weights, samples = _given(sizes, weights, inputs, seed, batch, max(map(enough_samples, sizes)))
        return compare(graph, found, weights, samples[0], others=samples[1:], seed=seed)


@takes(backends=TEXTS, steps=WHOLE, seed=WHOLE, batch=WHOLE, weights=ARRAYS, inputs=ARRAYS, progress=FUNCTION)
def training_parity(
    network: Network | Spec,
    *,
    backends: Sequence[str] = ("torch", "tensorflow"),
    steps: int = STEPS,
    seed: int = 0,
    batch: int | None = None,
    weights: Arrays | None = None,
    inputs: Arrays | None = None,
    progress: Progress = unheard,
) -> TrainingReport:
    """Whether the backends train the network in the same way, on the CPU in float64.

    It compares one pass in training mode, with its gradients and moving statistics, and then `steps` steps of each of
    four optimisers. Random layers are switched off. `progress` is called at the beginning of each phase. The other
    arguments are those of `parity`; a batch has two samples or more. Raises `ArchspecError` for a backend without
    training.
    """
    found, graph = _backends(backends), _loaded(network).graph
    with explaining(graph):
        sizes = _at_sizes(graph, inputs)
        weights, (inputs,) = _given(sizes, weights, inputs, seed, batch, training_samples(sizes[0]))
        return compare_training(graph, found, weights, inputs, steps=steps, seed=seed, progress=progress)


@takes(training=TRUTH, backends=TEXTS, seed=WHOLE, batch=WHOLE, weights=ARRAYS, inputs=ARRAYS)
def layer_parity(
    network: Network | Spec,
    *,
    training: bool = False,
    backends: Sequence[str] = ("torch", "tensorflow"),
    seed: int = 0,
    batch: int | None = None,
    weights: Arrays | None = None,
    inputs: Arrays | None = None,
) -> LayersReport:
    """Finds the layers that differ, in evaluation mode or in training, on the CPU in float64.

    Every value of the network is compared, and layers that differ are also run alone on the same inputs. The arguments
    are those of `parity` and `training_parity`.
    """
    found, graph = _backends(backends), _loaded(network).graph
    with explaining(graph):
        weights, (inputs,) = _given(_at_sizes(graph, inputs), weights, inputs, seed, batch, LEAST_LAYER_SAMPLES)
        if training:
            return compare_training_layers(graph, found, weights, inputs, seed=seed)
        return compare_layers(graph, found, weights, inputs)


@takes(peer=TEXT, backends=TEXTS, seed=WHOLE, batch=WHOLE, weights=ARRAYS, inputs=ARRAYS, names=NAMES)
def peer_parity(
    network: Network | Spec,
    peer: str,
    *,
    backends: Sequence[str] = ("torch", "tensorflow"),
    seed: int = 0,
    batch: int | None = None,
    weights: Arrays | None = None,
    inputs: Arrays | None = None,
    names: Mapping[str, str] | None = None,
) -> PeerReport:
    """Whether the backends compute the outputs of a third party's network: `torchvision:resnet50`, `keras:ResNet50`.

    The weights are matched with the third party's as with a checkpoint; `names` is a map as for `read_checkpoint`. All
    run in float64, in evaluation mode on the CPU. The other arguments are those of `parity`, and a batch has two
    samples or more. Raises `WeightsError` if the weights are not the network's, `BackendMissingError` for a missing
    package, and `ArchspecError` for an output that hardly depends on the input, because a verdict would say nothing.
    """
    found, graph = [find_backend(name) for name in backends], _loaded(network).graph
    with explaining(graph):
        weights, (inputs,) = _given(_at_sizes(graph, inputs), weights, inputs, seed, batch, PEER_SAMPLES)
        return compare_with_peer(graph, found, peer, weights, inputs, names=names)


SIZES = 3
"""The number of sizes at which a network with unknown sizes is compared."""

LEAST_LAYER_SAMPLES = 4

PEER_SAMPLES = 2


def _without_bfloat16(dtype: str) -> str:
    """The type itself, or the next one that NumPy computes with."""
    return "float32" if dtype == "bfloat16" else dtype


def _backends(names: Sequence[str]) -> list[Backend]:
    if isinstance(names, str) or len(set(names)) < 2 or len(set(names)) < len(names):
        raise ArchspecError("parity needs two or more different backends, as a sequence of their names")
    return [find_backend(name) for name in names]


def _loaded(network: Network | Spec) -> Network:
    """The network itself, or the result of `load` for a path, a name or a document."""
    return network if isinstance(network, Network) else load(network)


def _at_sizes(graph: Graph, inputs: Arrays | None, count: int = 1) -> list[Graph]:
    """The network at the size of the inputs, or at the first `count` usual sizes if its own are unknown."""
    if inputs is None:
        return at_usual_sizes(graph, count, COMPARED_AT)
    _check_inputs(graph, inputs)
    return [at_size_of(graph, inputs)]


def _given(
    sizes: Sequence[Graph],
    weights: Arrays | None,
    inputs: Arrays | None,
    seed: int,
    batch: int | None,
    enough: int,
) -> tuple[Arrays, list[Arrays]]:
    """The given or drawn weights, and the given or drawn inputs: `batch` samples, or `enough`.

    There are inputs for each size at which the network is compared.
    """
    if seed < 0 or (batch is not None and batch < 1):
        raise ArchspecError(f"the seed is at least 0 and the batch at least 1, not {seed} and {batch}")
    _check_finite(weights or {})
    _check_finite(inputs or {})
    return (
        randomised(sizes[0], seed) if weights is None else weights,
        [random_inputs(each, seed, batch or enough) for each in sizes] if inputs is None else [inputs],
    )


def _check_finite(arrays: Arrays) -> None:
    """Raise `ArchspecError` for arrays with NaN or infinite numbers: no difference can be measured with them."""
    wrong = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if wrong:
        more = f" and {len(wrong) - 1} more have" if len(wrong) > 1 else " has"
        raise ArchspecError(f"{wrong[0]}{more} NaN or infinite numbers, so there is nothing to compare")


def _check_inputs(graph: Graph, inputs: Arrays) -> None:
    """Raise `ArgumentError` unless these are arrays of numbers for the network's inputs, with equally many samples."""
    wanted = ", ".join(f"{name} of (batch, {shown(kind.axes)[1:].rstrip(',)')})" for name, kind in graph.inputs.items())
    if inputs.keys() != graph.inputs.keys():
        given = ", ".join(inputs) or "none"
        raise ArgumentError(f"inputs has an array for each input of {graph.name}, {wanted}, and these are for {given}")
    for name, kind in graph.inputs.items():
        array = inputs[name]
        shape, numbers = getattr(array, "shape", None), getattr(getattr(array, "dtype", None), "kind", "")
        if not shape or not has_axes(array, kind.axes) or numbers not in "fiu":
            is_ = type(array).__name__ if shape is None else f"an array of {tuple(shape)} and type {array.dtype}"
            raise ArgumentError(f"inputs[{name!r}] is {is_}, and the network reads {wanted}")
        if not len(array):
            raise ArgumentError(f"inputs[{name!r}] has no samples, so there is nothing to compare")
    if len({len(array) for array in inputs.values()}) > 1:
        numbers = ", ".join(f"{name} {len(array)}" for name, array in inputs.items())
        raise ArgumentError(f"the inputs of {graph.name} should have equally many samples, and have: {numbers}")


__all__ = [
    "convert_weights",
    "layer_parity",
    "load",
    "parity",
    "peer_parity",
    "read_checkpoint",
    "read_weights",
    "training_parity",
]
