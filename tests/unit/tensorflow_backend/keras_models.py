"""Small models out of rows, without the renderer: each step becomes one line of Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archspec.ir import Graph, Input, Layer, Node, Shape, TensorType
from archspec.program.calls import Argument, Call, Function, Site
from archspec_tensorflow import runtime
from archspec_tensorflow.emit import HELPERS, layer_name, row_for
from archspec_tensorflow.emit.row import Steps

Array = NDArray[Any]

HEADER = "import math\n\nimport keras\nfrom keras import KerasTensor, layers, ops\n"


def single(layer: Layer, *shapes: Shape, path: str = "layer") -> Graph:
    """The network of this one layer, for inputs `a`, `b`, ... of these shapes."""
    inputs = {name: TensorType(shape) for name, shape in zip("abc", shapes, strict=False)}
    reads = tuple([Input(name, type_) for name, type_ in inputs.items()])
    node = Node(path, layer, reads, layer.results(list(inputs.values())), named=True)
    return Graph("small", inputs, (node,), {"result": node.result})


def describe(layer: Layer, *shapes: Shape, facts: frozenset[str] = frozenset()) -> Steps:
    """What the layer's row says for these shapes."""
    return row_for(layer).describe(
        Site(layer, shapes, layer.infer([TensorType(shape) for shape in shapes]).shape, facts)
    )


def shown(layer: Layer, *shapes: Shape, facts: frozenset[str] = frozenset()) -> list[str]:
    """What the layer's row says, as text, on an input `x`."""
    return [_text(step, "x", None) for step in describe(layer, *shapes, facts=facts)]


def source(graph: Graph, facts: frozenset[str] = frozenset()) -> str:
    """Source of a function `build` that makes the model of a graph of one layer."""
    (node,) = graph.nodes
    names = list(graph.inputs)
    lines = [f"{name} = keras.Input({graph.inputs[name].shape}, name={name!r})" for name in names]
    value = names[0] if len(names) == 1 else f"[{', '.join(names)}]"
    steps = describe(node.layer, *[type_.shape for type_ in node.reads], facts=facts)
    last = max((index for index, step in enumerate(steps) if isinstance(step, Call)), default=None)
    for index, step in enumerate(steps):
        lines.append(f"x = {_text(step, value, layer_name(node.path) if index == last else None)}")
        value = "x"
    lines.append(f"return keras.Model([{', '.join(names)}], x)")
    body = "\n".join(f"    {line}" for line in lines)
    helpers = "\n\n".join(text for name, text in HELPERS.items() if name in body)
    return f"{HEADER}\n{helpers}\ndef build():\n{body}\n"


def load(graph: Graph, facts: frozenset[str] = frozenset(), dtype: str = "float64") -> tuple[Any, dict[str, Array]]:
    """The model of a graph of one layer, and the random weights that it has."""
    weights = random_weights(graph)
    return runtime.load(graph, source(graph, facts), "build", weights, dtype, "cpu"), weights


def random_weights(graph: Graph) -> dict[str, Array]:
    """Weights between 0.5 and 1.5, so that variances are fine too, or around 0 where signs matter."""
    random = np.random.default_rng(0)
    shift = {"kernel": -1.0, "alpha": -1.0, "beta": -1.0, "bias": -1.0}
    return {
        f"{node.path}:{weight.slot}": random.uniform(0.5, 1.5, weight.shape) + shift.get(weight.slot, 0.0)
        for node, weight in graph.owned_weights()
    }


def compare(
    layer: Layer,
    inputs: Array,
    expected: Callable[[Array, Mapping[str, Array]], Array],
    facts: frozenset[str] = frozenset(),
) -> None:
    """Assert that the layer computes, in float64, what the reference says for its input and its weights."""
    graph = single(layer, inputs.shape[1:])
    model, weights = load(graph, facts)
    slots = {name.partition(":")[2]: array for name, array in weights.items()}
    found = runtime.run(graph, model, {"a": inputs})["result"]
    wanted = expected(inputs, slots)
    assert found.shape == wanted.shape == (inputs.shape[0], *graph.nodes[0].type.shape)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)


def _text(step: object, value: str, name: str | None) -> str:
    if isinstance(step, Call):
        arguments = [_argument(argument) for argument in step.arguments if argument.value != argument.default]
        named = [] if name is None else [f"name={name!r}"]
        return f"{step.callee}({', '.join([*arguments, *named])})({value})"
    assert isinstance(step, Function)
    return step.template.format(value, arguments=", ".join(map(_argument, step.arguments)))


def _argument(argument: Argument) -> str:
    return repr(argument.value) if argument.positional else f"{argument.name}={argument.value!r}"
