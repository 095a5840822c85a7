"""Identities, auxiliary heads, dense layers over images, and positions."""

from __future__ import annotations

from typing import Any

import archspec
from archspec.ir import Graph
from archspec.layers.activation import Linear, ReLU
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.dense import Dense
from archspec.layers.pool import MaxPooling2D
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten, ZeroPadding2D
from archspec.optimizing.dense_as_convolution import dense_as_convolution
from archspec.optimizing.drop_identities import drop_identities
from archspec.optimizing.fold_padding import fold_padding
from tests.unit.graphs import chain, graph, outputs_of

Spec = dict[str, Any]


def paths(network: Graph) -> list[str]:
    return [node.path for node in network.nodes]


def test_identities_are_left_out() -> None:
    before = chain((4,), Dense(units=3), Dropout(rate=0.5), Linear(), ReLU(), Dropout(rate=0.1))
    found = drop_identities(before).graph
    assert paths(found) == ["a", "d"]
    assert outputs_of(found) == {"e": "d"}


def test_another_type_and_an_input_as_output_are_refused() -> None:
    assert paths(drop_identities(chain((1, 1, 4), Flatten())).graph) == ["a"]
    assert paths(drop_identities(graph({"x": (4,)}, [("a", Dropout(rate=0.5), "@x")], "a")).graph) == ["a"]


def test_a_dense_layer_over_an_image_is_a_convolution() -> None:
    found = dense_as_convolution(chain((5, 6, 4), Dense(units=3, use_bias=False), Dense(units=2)))
    assert [node.layer for node in found.graph.nodes] == [
        Conv2D(filters=3, kernel_size=1, use_bias=False),
        Conv2D(filters=2, kernel_size=1),
    ]


def test_dense_layers_of_others_are_refused() -> None:
    uses = [("a", Dense(units=3), "@x"), ("b", Dense(units=3), "@x", "a")]
    again = graph({"x": (5, 6, 4)}, uses, "a b")
    for before in (chain((4,), Dense(units=3)), chain((5, 4), Dense(units=3)), again):
        assert dense_as_convolution(before).graph is before


def test_padding_goes_into_the_convolution() -> None:
    conv = Conv2D(filters=3, kernel_size=3, padding=[[0, 1], [1, 1]])
    found = fold_padding(chain((5, 6, 4), ZeroPadding2D(padding=[[2, 1], [1, 1]]), conv)).graph
    assert [node.layer for node in found.nodes] == [Conv2D(filters=3, kernel_size=3, padding=2)]
    depthwise = DepthwiseConv2D(kernel_size=3)
    found = fold_padding(chain((5, 6, 4), ZeroPadding2D(padding=[2, 1]), depthwise)).graph
    assert [node.layer for node in found.nodes] == [DepthwiseConv2D(kernel_size=3, padding=[2, 1])]


def test_padding_that_no_convolution_can_have_is_refused() -> None:
    pad, conv = ZeroPadding2D(), Conv2D(filters=3, kernel_size=3)
    lopsided = chain((5, 6, 4), ZeroPadding2D(padding=[[0, 1], [0, 1]]), conv)
    uses = [("a", pad, "@x"), ("b", conv, "a"), ("c", conv, "a")]
    shape = {"x": (5, 6, 4)}
    again = graph(shape, [*uses[:2], ("c", conv, "@x", "b")], "b c")
    pooled = chain((5, 6, 4), pad, MaxPooling2D())
    for before in (lopsided, graph(shape, [*uses], "b c"), graph(shape, [*uses[:2]], "a b"), again, pooled):
        assert fold_padding(before).graph is before


HEAD: list[Spec] = [
    {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "name": "stem"},
    {"layer_type": "GlobalAveragePooling2D"},
]


def with_heads(*outputs: str, second: int = 3) -> archspec.Network:
    heads: list[Spec] = [
        {"name": "early", "layer_type": "Dense", "units": second},
        {"name": "last", "layer_type": "Dense", "units": "$classes", "inputs": 1},
    ]
    layers = [*HEAD[:1], {**HEAD[1], "name": "pool"}, heads[0], {**heads[1], "inputs": "pool"}]
    document = {"params": {"classes": 3}, "inputs": {"x": [8, 8, 2]}, "layers": layers, "outputs": ["last", "early"]}
    return archspec.load(document, outputs=list(outputs) or None)


def test_auxiliary_heads_are_left_out() -> None:
    found = with_heads().optimize()
    assert list(found.network.outputs) == ["last"]
    assert found.names["early:kernel"] == ()


def test_other_outputs_and_chosen_ones_are_kept() -> None:
    assert list(with_heads(second=4).optimize().network.outputs) == ["last", "early"]
    assert list(with_heads("early", "last").optimize().network.outputs) == ["early", "last"]


def test_positions_count_the_layers_that_are_left() -> None:
    norm: Spec = {"layer_type": "BatchNormalization"}
    layers = [HEAD[0], norm, {"layer_type": "Dropout", "rate": 0.5}, {"layer_type": "Flatten"}]
    network = archspec.load({"inputs": {"x": [8, 8, 2]}, "layers": [*layers, {"layer_type": "Dense", "units": 3}]})
    found = network.optimize()
    assert paths(found.network.graph) == ["stem", "1", "2"]
    assert found.names["4:kernel"] == ("2:kernel",)
