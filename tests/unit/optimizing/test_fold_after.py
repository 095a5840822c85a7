"""Factors and shifts of channels go into the linear layer before them, or the pass leaves them."""

from __future__ import annotations

import numpy as np
import pytest

from archspec.ir import Graph, Layer
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.norm import BatchNormalization, LayerScale, Scale
from archspec.optimizing.fold_after import fold_after
from archspec.optimizing.weights import Optimization
from archspec.weights import randomised
from tests.unit.graphs import chain, graph

NORM = BatchNormalization(epsilon=0.01)
CONV = Conv2D(filters=6, kernel_size=3, use_bias=False)


def folded(before: Graph) -> list[str]:
    """The paths of the nodes that are left."""
    return [node.path for node in fold_after(before).graph.nodes]


@pytest.mark.parametrize(
    "linear",
    [
        CONV,
        Conv2D(filters=6, kernel_size=3, groups=2),
        DepthwiseConv2D(kernel_size=3, depth_multiplier=2, padding="same"),
        Conv2DTranspose(filters=6, kernel_size=3, strides=2),
        Dense(units=5),
    ],
)
@pytest.mark.parametrize("norm", [NORM, BatchNormalization(scale=False), BatchNormalization(center=False), Scale()])
def test_a_linear_layer_takes_the_factors_and_shifts(linear: Layer, norm: Layer) -> None:
    before = chain((6, 7, 4), linear, norm)
    found = fold_after(before)
    assert [node.path for node in found.graph.nodes] == ["a"]
    assert found.graph.outputs["b"] == found.graph.nodes[0].result
    assert found.graph.nodes[0].layer == linear.model_copy(update={"use_bias": True})
    assert [note.path for note in found.notes] == ["b"]


def test_the_arithmetic_is_that_of_batch_normalization() -> None:
    before = chain((4,), Dense(units=3), NORM)
    weights = randomised(before, 1)
    found = fold_after(before)
    taken = Optimization(before, found.graph, (found,)).take(weights)
    x = np.linspace(-1, 1, 4)
    exact = {name.replace(":", "_"): array.astype(np.float64) for name, array in weights.items()}
    y = x @ exact["a_kernel"] + exact["a_bias"]
    wanted = exact["b_gamma"] * (y - exact["b_moving_mean"]) / np.sqrt(exact["b_moving_variance"] + 0.01)
    assert np.allclose(x @ taken["a:kernel"] + taken["a:bias"], wanted + exact["b_beta"], rtol=1e-13, atol=0)


def test_a_factor_alone_needs_no_bias() -> None:
    found = fold_after(chain((6, 6, 4), CONV, LayerScale()))
    assert [node.layer for node in found.graph.nodes] == [CONV]
    assert list(found.rules) == ["a:kernel"]


def test_several_in_a_row_are_folded_one_after_the_other() -> None:
    once = fold_after(chain((6, 6, 4), CONV, NORM, Scale())).graph
    assert folded(once) == ["a"]


def test_a_value_with_another_reader_is_refused() -> None:
    uses = [("a", CONV, "@x"), ("b", NORM, "a"), ("c", CONV, "a")]
    assert folded(graph({"x": (6, 6, 4)}, uses, "b c")) == ["a", "b", "c"]


def test_an_output_is_refused() -> None:
    uses = [("a", CONV, "@x"), ("b", NORM, "a")]
    assert folded(graph({"x": (6, 6, 4)}, uses, "a b")) == ["a", "b"]


def test_a_layer_that_is_applied_again_is_refused() -> None:
    of_linear = [("a", CONV, "@x"), ("b", NORM, "a"), ("c", CONV, "@x", "a")]
    assert folded(graph({"x": (6, 6, 4)}, [*of_linear], "b c")) == ["a", "b", "c"]
    of_norm = [("a", CONV, "@x"), ("b", NORM, "a"), ("c", CONV, "@x"), ("d", NORM, "c", "b")]
    assert folded(graph({"x": (6, 6, 4)}, [*of_norm], "b d")) == ["a", "b", "c", "d"]


def test_other_layers_before_are_refused() -> None:
    uses = [("a", Scale(), "@x"), ("b", NORM, "a"), ("c", NORM, "@x")]
    assert folded(graph({"x": (6, 6, 4)}, uses, "b c")) == ["a", "b", "c"]
