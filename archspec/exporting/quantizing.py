"""Quantises a network: its target's own quantiser writes the file, and a user's data tell what that lost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from archspec.arguments import ARRAYS, PATH, TEXT, WHOLE, Kind, takes
from archspec.backend import Arrays
from archspec.comparison import at_size_of
from archspec.comparison.shape_mismatch import shape_mismatch
from archspec.errors import ArchspecError
from archspec.exporting.examples import Batches, kinds_of, opened
from archspec.exporting.preparing import Prepared, prepare, size_of
from archspec.exporting.quantized import QuantizeReport, measured
from archspec.exporting.targets import check_quantizer
from archspec.exporting.work import QuantizingWork, Work
from archspec.ir import Graph
from archspec.network import Network, Optimized, explaining
from archspec.passes import at_usual_sizes
from archspec.reading import Spec
from archspec.recipe.transforms import CenterCrop, EvaluationTransform, Normalize, Pad, Resize
from archspec.training.calls import DATA, DataSource, source_from

CALIBRATION = 128
"""The largest number of examples that a quantiser sees."""

MEASURED = 512
"""The largest number of examples of the figures."""

ENOUGH = 20
"""The least number of examples of which half can be kept from the quantiser."""

BATCH = 8
"""The examples of a measured batch."""

MOST_VALUES = 2**26
"""The largest number of values of all measured outputs, unless a single example has more."""


def _are_transforms(value: object) -> bool:
    return isinstance(value, Sequence) and all(
        isinstance(each, Resize | CenterCrop | Pad | Normalize) for each in value
    )


_TRANSFORMS = Kind("a sequence of a recipe's transforms for evaluation", _are_transforms, "[...]")


@takes(to=TEXT, data=DATA, path=PATH, weights=ARRAYS, transforms=_TRANSFORMS, seed=WHOLE)
def quantize(
    network: Network | Optimized | Spec,
    to: str,
    data: DataSource,
    path: str | os.PathLike[str] | None = None,
    *,
    weights: Arrays | None = None,
    transforms: Sequence[EvaluationTransform] | None = None,
    seed: int = 0,
) -> QuantizeReport:
    """Write a network to a file of another runtime in int8, with inputs and outputs of float32.

    `to` is `onnx`, `openvino`, `litert` or `executorch`. `data` are as for `train`: mnist, digits, mnist1d, a folder of
    images, an `.npz` or `.parquet` file, `module:function`, or a function; an `.npz` file of a network with several
    inputs has arrays of their names. The target's own quantiser measures the
    activations on up to 128 of its examples, which the `seed` chooses; up to 512 others tell how often the file agrees
    with the compiled model, and how far it is from it. Fewer than 20 examples are used for both. `transforms` are a
    recipe's for evaluation; without them files of images are resized to the network's input, and nothing else is done.
    The other arguments are those of `export`, and so are the errors. No rule of float32 judges the file.

    Raises `ArchspecError` also for a target without a quantiser and for data that the network does not take.
    """
    check_quantizer(to)
    prepared = prepare(network, to, path, weights=weights, seed=seed, ending="_int8")
    graph = prepared.reference.graph
    source = source_from(data, kinds_of(graph))
    with explaining(prepared.written.graph), opened(graph, source, transforms) as examples:
        calibration, chosen = _split(len(examples), _most_measured(graph), seed)
        with prepared.partial() as partial:
            seen = Batches(examples, [[place] for place in calibration])
            given = Batches(examples, _batches(chosen, min(BATCH, prepared.kind.most or BATCH)))
            examples.at(calibration[:1])  # data that the network does not take are told without the quantiser
            work = QuantizingWork(prepared.backend, to, prepared.written.weights)
            found = work.run(prepared.written.graph, partial, given, seen)
            expected = _expected(prepared, given)
            _check(to, graph, given, found)
            return QuantizeReport(
                prepared.name,
                to,
                prepared.backend.name,
                prepared.place,
                size_of(partial),
                len(calibration),
                len(chosen),
                calibration == chosen,
                tuple(measured(expected, found)),
            )


def _split(count: int, most: int, seed: int) -> tuple[list[int], list[int]]:
    """The places of the examples for the quantiser, and of those for the figures; the same if there are few."""
    places = np.random.default_rng(seed).permutation(count).tolist()
    if count < ENOUGH:
        return places, places
    calibration = min(CALIBRATION, count // 2)
    return places[:calibration], places[calibration:][:most]


def _most_measured(graph: Graph) -> int:
    """The number of examples whose outputs fit into memory together."""
    sized = at_usual_sizes(graph)[0]
    values = sum(value.type.size for value in sized.outputs.values())
    return max(1, min(MEASURED, MOST_VALUES // values))


def _batches(places: Sequence[int], most: int) -> list[Sequence[int]]:
    """The places in batches: the first alone, so that the file runs with two sizes."""
    return [places[:1], *(places[first : first + most] for first in range(1, len(places), most))]


def _expected(prepared: Prepared, given: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The outputs of the compiled model in float32."""
    backend, (graph, weights) = prepared.backend, prepared.reference
    model = Work(backend, prepared.target, weights).model(graph)
    return [backend.run(graph, model, inputs) for inputs in given]


def _check(target: str, graph: Graph, given: Sequence[Arrays], found: Sequence[Arrays]) -> None:
    """Raise `ArchspecError` for outputs of another shape, and for numbers that are not finite."""
    for inputs, outputs in zip(given, found, strict=True):
        for name, value in at_size_of(graph, inputs).outputs.items():
            wrong = shape_mismatch(name, value.type.shape, {target: outputs[name]})
            if wrong is not None:
                raise ArchspecError(f"the quantised file is wrong, so nothing was left: {wrong.sentence()}")
            if not np.isfinite(outputs[name]).all():
                raise ArchspecError(f"the quantised file gives NaN or infinite numbers for {name}: nothing was left")
