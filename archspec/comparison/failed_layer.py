"""Finds the layer at which a framework raises an exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import product
from typing import Any, TypeVar, cast

import numpy as np

from archspec.backend import Arrays, Backend
from archspec.comparison.layers_report import place_of
from archspec.comparison.shape_mismatch import ShapeMismatch, shape_mismatch
from archspec.errors import ArchspecError, says_out_of_memory
from archspec.ir import Graph, Node
from archspec.passes import restrict


class BackendFailedError(ArchspecError):
    """A backend's framework cannot run its own model of a network; the message names the backend and the layer."""


_Comparison = TypeVar("_Comparison", bound=Callable[..., Any])


def naming_the_layer(compare: _Comparison) -> _Comparison:
    """Decorates a comparison: the exception of a backend that cannot run the network becomes a `BackendFailedError`.

    The layer is found by running the network up to some layer, by bisection. An exception that does not occur again is
    raised as it is, and so is one for lack of memory, without a search.
    """

    @wraps(compare)
    def named(graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays, **options: Any) -> Any:
        samples = [inputs, *options.get("others", ())]
        try:
            return compare(graph, backends, weights, inputs, **options)
        except ArchspecError:
            raise
        except Exception as error:
            if not says_out_of_memory(error):
                for backend, each in product(backends, samples):
                    if (sentence := _failure(graph, backend, weights, each)) is not None:
                        raise BackendFailedError(sentence) from error
            raise

    return cast(_Comparison, named)


def _failure(graph: Graph, backend: Backend, weights: Arrays, inputs: Arrays) -> str | None:
    """A sentence with the first layer at which the backend fails; None if the backend runs the network."""

    def run(count: int) -> Arrays | Exception:
        """The values of the first `count` layers, by their paths."""
        part = restrict(graph, [result for node in graph.nodes[:count] for result in node.results])
        owned = (f"{node.path}:{weight.slot}" for node, weight in part.owned_weights())
        try:
            own = {name: weights[name] for name in owned}
            model = backend.load(part, backend.emit(part), own, dtype="float64", device="cpu")
            made = backend.run(part, model, {name: np.asarray(inputs[name][:2], np.float64) for name in part.inputs})
        except Exception as error:
            return error
        return {str(value): made[name] for name, value in part.outputs.items()}

    least, most, reason, values = 0, len(graph.nodes), run(len(graph.nodes)), dict[str, np.ndarray]()
    if not isinstance(reason, Exception):
        return None
    while most - least > 1:
        middle = (least + most) // 2
        found = run(middle)
        if isinstance(found, Exception):
            most, reason = middle, found
        else:
            least, values = middle, dict(found)
    node = graph.nodes[most - 1]
    said = f"{backend.name} fails at {_described(graph, node)}: {' '.join(str(reason).split())[:300]}"
    wrong = _first_mismatch(graph, backend, values)
    return f"{said}. Before that {wrong.sentence()}" if wrong else said


def _first_mismatch(graph: Graph, backend: Backend, values: Arrays) -> ShapeMismatch | None:
    """The first value whose shape is not the inferred one."""
    nodes = (node for node in graph.nodes if node.path in values)
    found = (shape_mismatch(node.path, node.type.axes, {backend.name: values[node.path]}) for node in nodes)
    return next(filter(None, found), None)


def _described(graph: Graph, node: Node) -> str:
    """The layer, its type, and where the spec has it."""
    place = place_of(graph, node)
    return f"{node.path} ({type(node.layer).__name__}{f', {place}' if place else ''}) of {graph.name}"
