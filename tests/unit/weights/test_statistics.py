"""Randomised weights: nothing is trivial, and values keep their size in deep networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from archspec.ir import Graph, Input, Layer, Node, TensorType, Value
from archspec.layers.activation import ReLU, Sigmoid, SiLU, Tanh
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Multiply
from archspec.layers.norm import BatchNormalization
from archspec.weights import draw, randomised
from tests.unit.weights.small_networks import classifier

Array = NDArray[np.floating]


def test_same_weights_as_are_drawn() -> None:
    drawn, random = draw(classifier()), randomised(classifier())
    assert [(name, array.shape, array.dtype) for name, array in random.items()] == [
        (name, array.shape, array.dtype) for name, array in drawn.items()
    ]


def test_the_seed_decides() -> None:
    assert np.array_equal(randomised(classifier(), 3)["bn:gamma"], randomised(classifier(), 3)["bn:gamma"])
    assert not np.array_equal(randomised(classifier(), 3)["bn:gamma"], randomised(classifier(), 4)["bn:gamma"])


def test_nothing_is_trivial() -> None:
    weights = randomised(classifier())
    assert all(np.unique(array).size > array.size / 2 for array in weights.values())
    assert weights["bn:moving_variance"].min() > 0
    assert abs(weights["bn:moving_mean"]).max() > 0.1
    assert np.ptp(weights["bn:gamma"]) > 0.5


class Builder:
    """Wires layers of vectors of one length."""

    def __init__(self, units: int) -> None:
        self.type = TensorType((units,))
        self.image: Value = Input("image", self.type)
        self.nodes: list[Node] = []

    def add(self, layer: Layer, *inputs: Value) -> Value:
        self.nodes.append(Node(f"n{len(self.nodes)}", layer, inputs, (self.type,)))
        return self.nodes[-1].result

    def graph(self) -> Graph:
        return Graph("deep", {"image": self.type}, tuple(self.nodes), {"output": self.nodes[-1].result})


def plain(activation: Layer, normalised: bool) -> Graph:
    build = Builder(128)
    value = build.image
    for _ in range(150):
        value = build.add(Dense(units=128, use_bias=not normalised), value)
        value = build.add(BatchNormalization(), value) if normalised else value
        value = build.add(activation, value)
    return build.graph()


def residual() -> Graph:
    build = Builder(128)
    value = build.image
    for _ in range(50):
        branch = value
        for last in (False, False, True):
            branch = build.add(BatchNormalization(), build.add(Dense(units=128, use_bias=False), branch))
            branch = branch if last else build.add(ReLU(), branch)
        value = build.add(ReLU(), build.add(Add(), branch, value))
    return build.graph()


def gated() -> Graph:
    build = Builder(128)
    value = build.image
    for _ in range(100):
        value = build.add(BatchNormalization(), build.add(Dense(units=128, use_bias=False), value))
        value = build.add(SiLU(), value)
        gate = build.add(Sigmoid(), build.add(Dense(units=128), value))
        value = build.add(Multiply(), value, gate)
    return build.graph()


def evaluate(graph: Graph, weights: Mapping[str, Array], image: Array) -> dict[str, Array]:
    values = {"@image": image}
    for node in graph.nodes:
        own = {name.partition(":")[2]: weights[name] for name in weights if name.startswith(f"{node.path}:")}
        values[node.path] = FUNCTIONS[type(node.layer)](own, *(values[str(value)] for value in node.inputs))
    return values


def normalise(own: Mapping[str, Array], x: Array) -> Array:
    return np.asarray((x - own["moving_mean"]) / np.sqrt(own["moving_variance"] + 1e-3) * own["gamma"] + own["beta"])


FUNCTIONS: dict[type[Layer], Callable[..., Array]] = {
    Dense: lambda own, x: x @ own["kernel"] + own.get("bias", 0),
    BatchNormalization: normalise,
    ReLU: lambda own, x: np.maximum(x, 0),
    Tanh: lambda own, x: np.tanh(x),
    Sigmoid: lambda own, x: 1 / (1 + np.exp(-x)),
    SiLU: lambda own, x: x / (1 + np.exp(-x)),
    Add: lambda own, x, y: x + y,
    Multiply: lambda own, x, y: x * y,
}


@pytest.mark.parametrize(
    "graph",
    [plain(ReLU(), True), plain(ReLU(), False), plain(Tanh(), False), residual(), gated()],
    ids=["normalised", "plain", "tanh", "residual", "gated"],
)
def test_values_keep_their_size(graph: Graph) -> None:
    images = np.random.default_rng(0).normal(size=(64, 128))
    values = evaluate(graph, randomised(graph), images)
    sizes = [np.sqrt(np.mean(value**2)) for value in values.values()]
    assert min(sizes) > 0.02
    assert max(sizes) < 50
