"""Factors and shifts of channels go into the linear layers behind them, or the pass leaves them."""

from __future__ import annotations

import numpy as np
import pytest

from archspec.ir import Graph, Layer
from archspec.layers.conv import Conv2D, DepthwiseConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.norm import BatchNormalization, LayerScale
from archspec.optimizing.fold_before import fold_before
from archspec.optimizing.weights import Optimization
from archspec.weights import randomised
from tests.unit.graphs import chain, graph

NORM = BatchNormalization(epsilon=0.01)
CONV = Conv2D(filters=6, kernel_size=3, use_bias=False)
SHAPE = {"x": (6, 6, 4)}


def folded(before: Graph) -> list[str]:
    """The paths of the nodes that are left."""
    return [node.path for node in fold_before(before).graph.nodes]


@pytest.mark.parametrize("linear", [CONV, Conv2D(filters=6, kernel_size=1, groups=2, padding="same"), Dense(units=3)])
def test_a_linear_layer_takes_the_factors_and_shifts(linear: Layer) -> None:
    found = fold_before(chain((6, 6, 4), NORM, linear))
    assert [node.layer for node in found.graph.nodes] == [linear.model_copy(update={"use_bias": True})]


def test_the_arithmetic_is_that_of_batch_normalization() -> None:
    before = chain((4,), NORM, Dense(units=3))
    weights = randomised(before, 1)
    found = fold_before(before)
    taken = Optimization(before, found.graph, (found,)).take(weights)
    x = np.linspace(-1, 1, 4)
    exact = {name.replace(":", "_"): array.astype(np.float64) for name, array in weights.items()}
    y = exact["a_gamma"] * (x - exact["a_moving_mean"]) / np.sqrt(exact["a_moving_variance"] + 0.01) + exact["a_beta"]
    wanted = y @ exact["b_kernel"] + exact["b_bias"]
    assert np.allclose(x @ taken["b:kernel"] + taken["b:bias"], wanted, rtol=1e-13, atol=0)


def test_all_readers_take_them() -> None:
    uses = [("a", NORM, "@x"), ("b", CONV, "a"), ("c", CONV, "a")]
    assert folded(graph(SHAPE, uses, "b c")) == ["b", "c"]


def test_a_shift_before_padding_is_refused_and_a_factor_is_not() -> None:
    padded = Conv2D(filters=6, kernel_size=3, padding=1)
    assert folded(chain((6, 6, 4), NORM, padded)) == ["a", "b"]
    assert folded(chain((6, 6, 4), LayerScale(), padded)) == ["b"]


def test_padding_by_size_is_refused() -> None:
    strided = Conv2D(filters=6, kernel_size=3, padding="same", strides=2)
    assert folded(chain((6, 6, 4), NORM, strided)) == ["a", "b"]


@pytest.mark.parametrize("other", [DepthwiseConv2D(kernel_size=3), Conv2DTranspose(filters=2, kernel_size=3)])
def test_layers_with_other_sums_are_refused(other: Layer) -> None:
    assert folded(chain((6, 6, 4), NORM, other)) == ["a", "b"]


def test_another_reader_and_an_output_are_refused() -> None:
    uses = [("a", NORM, "@x"), ("b", CONV, "a"), ("c", NORM, "a")]
    assert folded(graph(SHAPE, uses, "b c")) == ["a", "b", "c"]
    assert folded(graph(SHAPE, uses[:2], "a b")) == ["a", "b"]


def test_a_layer_that_is_applied_again_is_refused() -> None:
    uses = [("a", NORM, "@x"), ("b", CONV, "a"), ("c", CONV, "@x", "b")]
    assert folded(graph(SHAPE, uses, "b c")) == ["a", "b", "c"]
