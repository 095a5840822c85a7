"""Networks as NumPy programs: a line for each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archspec.errors import EmitError
from archspec.ir import Graph, Layer, Node, Value
from archspec.layers.activation import ReLU, Tanh
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten


def _dense(layer: Dense, owner: str, x: str) -> str:
    bias = f' + weights["{owner}:bias"]' if layer.use_bias else ""
    return f'{x} @ weights["{owner}:kernel"]{bias}'


def _relu(layer: ReLU, owner: str, x: str) -> str:
    if layer != ReLU():
        raise EmitError("the numpy backend has the plain ReLU only")
    return f"np.maximum({x}, 0)"


def _concatenate(layer: Concatenate, owner: str, *inputs: str) -> str:
    return f"np.concatenate([{', '.join(inputs)}], axis={layer.axis})"


ROWS: Mapping[type[Layer], Callable[..., str]] = {
    Dense: _dense,
    ReLU: _relu,
    Concatenate: _concatenate,
    Add: lambda layer, owner, *inputs: " + ".join(inputs),
    Dropout: lambda layer, owner, x: x,
    Flatten: lambda layer, owner, x: f"{x}.reshape(len({x}), -1)",
    Tanh: lambda layer, owner, x: f"np.tanh({x})",
}
"""What each layer is in NumPy, from the layer, the path under which its weights are, and its inputs."""


def emit(graph: Graph) -> str:
    """A program whose `network(weights, *inputs)` gives a tuple of outputs."""
    names: dict[Value, str] = {value: f"input_{number}" for number, value in enumerate(graph.input_values.values())}
    lines = [f'"""{graph.name}"""', "", "import numpy as np", "", ""]
    lines.append(f"def network(weights, {', '.join(names.values())}):")
    for number, node in enumerate(graph.nodes):
        names[node.result] = f"x{number}"
        lines.append(f"    x{number} = {_expression(node, [names[value] for value in node.inputs])}")
    results = "".join(f"{names[value]}, " for value in graph.outputs.values())
    return "\n".join([*lines, f"    return ({results.rstrip()})", ""])


def _expression(node: Node, inputs: list[str]) -> str:
    row = ROWS.get(type(node.layer))
    if row is None:
        raise EmitError(f"the numpy backend has no {type(node.layer).__name__}")
    return row(node.layer, node.shares or node.path, *inputs)
