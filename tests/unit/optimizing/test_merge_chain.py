"""Two linear layers without anything between become one, or stay."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.ir import Graph, Layer
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.dense import Dense
from archspec.optimizing.merge_chain import merge_chain
from tests.optimizing.agreement import SAME, difference
from tests.unit.graphs import Use, chain, graph, outputs_of

WIDE = Conv2D(filters=6, kernel_size=3, strides=2, padding="same")
POINT = Conv2D(filters=4, kernel_size=1)


def left(before: Graph) -> list[str]:
    return [node.path for node in merge_chain(before).graph.nodes]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (WIDE, POINT),
        (POINT, POINT),
        (Conv2D(filters=6, kernel_size=3, use_bias=False), Conv2D(filters=4, kernel_size=1, use_bias=False)),
        (Dense(units=6), Dense(units=5)),
        (Dense(units=6, use_bias=False), Dense(units=5)),
    ],
)
def test_two_become_one(first: Layer, second: Layer) -> None:
    before = chain((8, 9, 4), first, second)
    found = merge_chain(before).graph
    (node,) = found.nodes
    assert node.path == "a"
    assert node.type == before.by_path["b"].type
    assert node.layer.model_dump()["use_bias"] == any(each.model_dump()["use_bias"] for each in (first, second))
    assert outputs_of(found) == {"b": "a"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Conv2D(filters=1, kernel_size=1), Conv2D(filters=8, kernel_size=1)),
        (Dense(units=1), Dense(units=8)),
        (POINT, Conv2D(filters=4, kernel_size=3)),
        (WIDE, Conv2D(filters=4, kernel_size=1, strides=2)),
        (WIDE, Conv2D(filters=4, kernel_size=1, padding=1)),
        (WIDE, Conv2D(filters=4, kernel_size=1, groups=2)),
        (Conv2D(filters=4, kernel_size=3, groups=2), POINT),
        (DepthwiseConv2D(kernel_size=3), POINT),
        (POINT, Dense(units=4)),
    ],
)
def test_other_pairs_are_refused(first: Layer, second: Layer) -> None:
    assert left(chain((8, 9, 4), first, second)) == ["a", "b"]


def test_a_layer_between_another_reader_an_output_and_shared_weights_are_refused() -> None:
    assert left(chain((8, 9, 4), POINT, ReLU(), POINT)) == ["a", "b", "c"]
    uses: list[Use] = [("a", POINT, "@x"), ("b", POINT, "a"), ("c", ReLU(), "a")]
    assert left(graph({"x": (8, 9, 4)}, uses, "b c")) == ["a", "b", "c"]
    assert left(graph({"x": (8, 9, 4)}, uses[:2], "a b")) == ["a", "b"]
    again: list[Use] = [("a", POINT, "@x"), ("b", POINT, "a"), ("c", POINT, "b", "a")]
    assert left(graph({"x": (8, 9, 4)}, again, "c")) == ["a", "b", "c"]


@pytest.mark.parametrize("backend", ["torch", pytest.param("tensorflow", marks=pytest.mark.slow)])
def test_a_row_of_them_computes_the_same_and_has_one_line(backend: str) -> None:
    pytest.importorskip("torch" if backend == "torch" else "keras")
    layers: list[dict[str, Any]] = [
        {"layer_type": "Block", "filters": 6},
        {"layer_type": "GlobalAveragePooling2D"},
        {"layer_type": "Dense", "units": 9},
        {"layer_type": "Dense", "units": 8, "use_bias": False},
        {"layer_type": "Dense", "units": 5, "activation": "relu"},
    ]
    block = {
        "params": {"filters": "required"},
        "layers": [
            {"name": "wide", "layer_type": "Conv2D", "filters": "$(2 * filters)", "kernel_size": 3},
            {"name": "bn", "layer_type": "BatchNormalization"},
            {"name": "point", "layer_type": "Conv2D", "filters": "$filters", "kernel_size": 1, "activation": "relu"},
        ],
    }
    document: dict[str, Any] = {
        "archspec": 1,
        "name": "net",
        "inputs": {"image": [8, 8, 3]},
        "blocks": {"Block": block},
    }
    document["layers"] = [layers[0], {"layer_type": "Block", "filters": 7}, *layers[1:]]
    network = archspec.load(document)
    optimized = network.optimize().network
    kinds = [type(node.layer).__name__ for node in optimized.graph.nodes]
    assert kinds == ["Conv2D", "ReLU", "Conv2D", "ReLU", "GlobalAveragePooling2D", "Dense", "ReLU"]
    assert difference(network, backend) < SAME
    assert "self.wide = nn.Conv2d(in_channels, filters, 3)" in optimized.emit("torch")
