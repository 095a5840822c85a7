"""Values that are never below zero."""

from __future__ import annotations

import pytest

from archspec.analyses import nonnegative_values
from archspec.ir import Graph, Input, Layer, Node, TensorType, Value
from archspec.layers.activation import LeakyReLU, Linear, PReLU, ReLU, Sigmoid, Tanh
from archspec.layers.merge import Add, Concatenate, Maximum, Subtract
from archspec.layers.norm import BatchNormalization
from archspec.layers.pool import AdaptiveAveragePooling2D, AdaptiveMaxPooling2D, AveragePooling2D, MaxPooling2D
from archspec.layers.regularisation import Dropout
from tests.unit.graphs import Use, graph, texts

IMAGE = TensorType((8, 8, 3))


def after(*layers: Layer) -> bool:
    """Whether what comes out of these layers, one after the other, is known to be nonnegative."""
    nodes: list[Node] = []
    value: Value = Input("image", IMAGE)
    for index, layer in enumerate((*layers, Linear())):
        nodes.append(Node(str(index), layer, (value,), (IMAGE,)))
        value = nodes[-1].result
    network = Graph("chain", {"image": IMAGE}, tuple(nodes), {"out": value})
    return nodes[-1].inputs[0] in nonnegative_values(network)


@pytest.mark.parametrize(
    "layers",
    [
        (ReLU(),),
        (Sigmoid(),),
        (ReLU(), Dropout(rate=0.5), MaxPooling2D(), AveragePooling2D()),
        (ReLU(), AdaptiveMaxPooling2D(output_size=3), AdaptiveAveragePooling2D(output_size=2)),
        (ReLU(), Tanh(), LeakyReLU(), PReLU()),
        (ReLU(), ReLU(negative_slope=0.1)),
        (BatchNormalization(), ReLU(max_value=6, threshold=1)),
    ],
    ids=str,
)
def test_nonnegative(layers: tuple[Layer, ...]) -> None:
    assert after(*layers)


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (MaxPooling2D(),),
        (Tanh(),),
        (ReLU(), BatchNormalization()),
        (ReLU(negative_slope=0.1),),
        (ReLU(), ReLU(negative_slope=0.1, threshold=1)),
        (LeakyReLU(),),
    ],
    ids=str,
)
def test_not_known(layers: tuple[Layer, ...]) -> None:
    assert not after(*layers)


@pytest.mark.parametrize(
    ("merge", "other", "expected"),
    [
        (Add(), "relu2", True),
        (Concatenate(), "relu2", True),
        (Maximum(), "@image", False),
        (Add(), "@image", False),
        (Subtract(), "relu2", False),
    ],
    ids=str,
)
def test_merges(merge: Layer, other: str, expected: bool) -> None:
    uses: list[Use] = [("relu1", ReLU(), "@image"), ("relu2", ReLU(), "@image"), ("merge", merge, f"relu1 {other}")]
    found = nonnegative_values(graph({"image": IMAGE.shape}, [*uses, ("last", Linear(), "merge")], "last"))
    assert ("merge" in texts(found)) is expected
