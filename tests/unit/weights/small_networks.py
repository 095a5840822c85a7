"""Networks made by hand, for tests of what comes after lowering."""

from __future__ import annotations

from archspec.ir import Graph, Input, Layer, Node, Shape, TensorType, Value
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.norm import BatchNormalization
from archspec.layers.pool import GlobalAveragePooling2D


def chain(*layers: tuple[str, Layer], image: Shape = (8, 8, 3)) -> Graph:
    """The layers one after the other."""
    nodes: list[Node] = []
    value: Value = Input("image", TensorType(image))
    for name, layer in layers:
        nodes.append(Node(name, layer, (value,), layer.results([value.type])))
        value = nodes[-1].result
    return Graph("chain", {"image": TensorType(image)}, tuple(nodes), {"output": value})


def classifier() -> Graph:
    """A convolution, its normalisation and a dense layer."""
    return chain(
        ("conv", Conv2D(filters=16, kernel_size=(3, 3), padding="same", use_bias=False)),
        ("bn", BatchNormalization()),
        ("relu", ReLU()),
        ("pool", GlobalAveragePooling2D()),
        ("fc", Dense(units=10, kernel_initializer="he_normal")),
    )
