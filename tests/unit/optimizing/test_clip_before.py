"""A batch normalisation and a ReLU become bounds of channels, whatever the signs of the factors."""

from __future__ import annotations

import numpy as np
import pytest

from archspec.ir import Graph, Layer
from archspec.layers.activation import ReLU, ReLU6
from archspec.layers.channels import ChannelClip
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.norm import LayerScale, Scale
from archspec.optimizing.clip_before import clip_before
from archspec.optimizing.weights import Optimization
from tests.unit.graphs import chain, graph

CONV = Conv2D(filters=6, kernel_size=1)


def kinds(before: Graph) -> list[str]:
    return [type(node.layer).__name__ for node in clip_before(before).graph.nodes]


def test_factors_of_any_sign() -> None:
    before = chain((5,), Scale(), ReLU(), Dense(units=2, use_bias=False))
    found = clip_before(before)
    assert [node.layer for node in found.graph.nodes] == [ChannelClip(), Dense(units=2)]
    kernel = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0], [-2.0, 1.0], [1.0, 1.0]])
    factor, shift = np.array([2.0, -3.0, 0.0, 0.0, 1e-30]), np.array([0.5, 1.0, 0.7, -0.7, -1.0])
    taken = Optimization(before, found.graph, (found,)).take({"a:gamma": factor, "a:beta": shift, "c:kernel": kernel})
    for x in np.random.default_rng(1).normal(0, 2, (20, 5)):
        clipped = np.minimum(np.maximum(x, taken["a:low"]), taken["a:high"])
        wanted = np.maximum(factor * x + shift, 0) @ kernel
        assert np.allclose(clipped @ taken["c:kernel"] + taken["c:bias"], wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "layers",
    [
        (Scale(), ReLU6(), CONV),
        (Scale(), ReLU(threshold=0.5), CONV),
        (LayerScale(), ReLU(), CONV),
        (Scale(), ReLU(), Conv2D(filters=2, kernel_size=3, padding=1)),
        (Scale(), ReLU(), Scale()),
    ],
)
def test_other_layers_and_padding_are_refused(layers: tuple[Layer, ...]) -> None:
    assert kinds(chain((6, 6, 4), *layers)) == [type(layer).__name__ for layer in layers]


@pytest.mark.parametrize("outputs", ["a c", "b c"])
def test_outputs_are_refused(outputs: str) -> None:
    uses = [("a", Scale(), "@x"), ("b", ReLU(), "a"), ("c", CONV, "b")]
    assert kinds(graph({"x": (6, 6, 4)}, uses, outputs)) == ["Scale", "ReLU", "Conv2D"]


def test_a_second_reader_and_a_layer_that_is_applied_again_are_refused() -> None:
    uses = [("a", Scale(), "@x"), ("b", ReLU(), "a"), ("c", CONV, "b"), ("d", CONV, "b")]
    assert kinds(graph({"x": (6, 6, 4)}, uses, "c d")) == ["Scale", "ReLU", "Conv2D", "Conv2D"]
    uses = [("a", Scale(), "@x"), ("b", ReLU(), "a"), ("c", CONV, "b"), ("d", CONV, "@x", "c")]
    assert kinds(graph({"x": (6, 6, 4)}, uses, "c d")) == ["Scale", "ReLU", "Conv2D", "Conv2D"]
