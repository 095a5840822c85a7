"""Average pooling goes before a 1x1 convolution, or stays."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.ir import Graph, Layer
from archspec.layers.conv import Conv2D
from archspec.layers.pool import AdaptiveAveragePooling2D, AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D
from archspec.optimizing.pool_before import pool_before
from tests.unit.graphs import chain, graph, outputs_of

CONV = Conv2D(filters=6, kernel_size=1)
POOL = AveragePooling2D()


def order(before: Graph) -> list[str]:
    return [node.path for node in pool_before(before).graph.nodes]


@pytest.mark.parametrize(
    "pool",
    [POOL, AveragePooling2D(ceil_mode=True), AdaptiveAveragePooling2D(output_size=2)],
    ids=["", "ceil", "adaptive"],
)
def test_pooling_goes_before(pool: Layer) -> None:
    found = pool_before(chain((7, 7, 4), CONV, pool, CONV)).graph
    assert [node.path for node in found.nodes] == ["b", "a", "c"]
    assert [str(node.inputs[0]) for node in found.nodes] == ["@x", "b", "a"]


def test_several_pairs_in_a_row() -> None:
    found = pool_before(chain((8, 8, 4), CONV, POOL, CONV, POOL)).graph
    assert [f"{node.path} of {node.inputs[0]}" for node in found.nodes] == ["b of @x", "a of b", "d of a", "c of d"]


def test_an_output_is_that_of_the_convolution() -> None:
    assert outputs_of(pool_before(chain((7, 7, 4), CONV, POOL)).graph) == {"b": "a"}


@pytest.mark.parametrize(
    ("conv", "pool"),
    [
        (CONV, AveragePooling2D(pool_size=3, padding=1, count_include_pad=True)),
        (CONV, AveragePooling2D(pool_size=3, strides=1)),
        (CONV, MaxPooling2D()),
        (CONV, GlobalAveragePooling2D()),
        (Conv2D(filters=6, kernel_size=1, strides=2), POOL),
        (Conv2D(filters=6, kernel_size=1, padding=1), POOL),
        (Conv2D(filters=6, kernel_size=3), POOL),
    ],
)
def test_other_pooling_and_other_convolutions_are_refused(conv: Layer, pool: Layer) -> None:
    assert order(chain((8, 8, 4), conv, pool)) == ["a", "b"]


def test_another_reader_an_output_and_a_layer_that_is_applied_again_are_refused() -> None:
    uses = [("a", CONV, "@x"), ("b", POOL, "a"), ("c", CONV, "a")]
    assert order(graph({"x": (8, 8, 4)}, [*uses], "b c")) == ["a", "b", "c"]
    assert order(graph({"x": (8, 8, 4)}, [*uses[:2]], "a b")) == ["a", "b"]
    again = [*uses[:2], ("c", CONV, "@x", "a")]
    assert order(graph({"x": (8, 8, 4)}, again, "b c")) == ["a", "b", "c"]


def test_the_source_has_them_in_the_new_order() -> None:
    block: list[dict[str, Any]] = [
        {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
        {"layer_type": "AveragePooling2D"},
    ]
    layers = [{"name": name, "layer_type": "Shrink"} for name in ("first", "second")]
    network = archspec.load({"inputs": {"x": [8, 8, 4]}, "blocks": {"Shrink": {"layers": block}}, "layers": layers})
    text = network.optimize().network.emit("torch")
    assert text.index("F.avg_pool2d(x, 2)") < text.index("return self.conv(x)")
    assert text.count("Shrink(4)") == 2


def test_layers_in_different_scopes_are_refused() -> None:
    block = [{"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1}]
    layers = [{"name": "first", "layer_type": "Unit"}, {"layer_type": "AveragePooling2D"}]
    network = archspec.load({"inputs": {"x": [8, 8, 4]}, "blocks": {"Unit": {"layers": block}}, "layers": layers})
    assert network.optimize().changes == ()
