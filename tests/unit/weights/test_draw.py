"""Initial weights: the same bits everywhere, and Keras's distributions."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import blake2b
from statistics import NormalDist

import numpy as np
import pytest
from numpy.random import SFC64

from archspec.ir import Graph, TensorType, WeightSpec
from archspec.layers.dense import Dense
from archspec.layers.initializers import INITIALIZERS
from archspec.weights import draw
from archspec.weights.distributions import Floats, normal, truncated_normal, uniform
from archspec.weights.initializers import initial_values
from archspec.weights.orthogonal import orthonormal
from tests.unit.weights.small_networks import chain, classifier


def test_names_shapes_and_order() -> None:
    weights = draw(classifier())
    assert {name: array.shape for name, array in weights.items()} == {
        "conv:kernel": (3, 3, 3, 16),
        "bn:gamma": (16,),
        "bn:beta": (16,),
        "bn:moving_mean": (16,),
        "bn:moving_variance": (16,),
        "fc:kernel": (16, 10),
        "fc:bias": (10,),
    }
    assert all(array.dtype == np.float32 and array.flags.c_contiguous for array in weights.values())
    assert weights["bn:gamma"].min() == 1
    assert weights["bn:moving_mean"].max() == 0


def test_the_seed_decides() -> None:
    first, again, other = draw(classifier(), 1), draw(classifier(), 1), draw(classifier(), 2)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["conv:kernel"], other["conv:kernel"])


def test_a_weight_does_not_depend_on_what_else_there_is() -> None:
    alone = draw(chain(("fc", Dense(units=10, kernel_initializer="he_normal")), image=(16,)))
    assert np.array_equal(alone["fc:kernel"], draw(classifier())["fc:kernel"])


def test_shared_weights_are_drawn_once() -> None:
    graph = classifier()
    (*nodes, last) = graph.nodes
    again = type(last)("again", last.layer, last.inputs, last.type, shares="fc")
    shared = Graph(graph.name, graph.inputs, (*nodes, last, again), {"output": "again"})
    assert list(draw(shared)) == list(draw(graph))


# What these digests were on the machine that wrote them, they must be on every other.
@pytest.mark.parametrize(
    ("draw_numbers", "bits"), [(uniform, "e6cd8e7a"), (normal, "ac35fd7d"), (truncated_normal, "d31037d1")]
)
def test_bits_never_change(draw_numbers: Callable[..., Floats], bits: str) -> None:
    numbers = draw_numbers(SFC64(7), 100_001, 0.1)
    digest = blake2b(numbers.astype("<f4").tobytes(), digest_size=4).hexdigest()
    assert digest == bits


def test_orthogonal_bits_never_change() -> None:
    assert _orthogonal_bits() == ORTHOGONAL_BITS


@pytest.mark.parametrize("processor", ["Prescott", "Haswell"])
def test_orthogonal_bits_do_not_depend_on_how_sums_are_made(processor: str) -> None:
    """OpenBLAS adds in another order for each kind of processor; other libraries take no notice of these words."""
    program = "from tests.unit.weights.test_draw import _orthogonal_bits; print(_orthogonal_bits())"
    settings = {**os.environ, "OPENBLAS_CORETYPE": processor, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=settings, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ORTHOGONAL_BITS


ORTHOGONAL_BITS = "bba0cf70"


def _orthogonal_bits() -> str:
    values = initial_values(WeightSpec("kernel", (3, 3, 40, 100), "orthogonal"), SFC64(7))
    return blake2b(values.astype("<f4").tobytes(), digest_size=4).hexdigest()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (40, 70), (70, 40), (33, 33), (3, 3, 16, 200), (5, 5, 8, 2)])
def test_orthogonal_kernels_are_orthonormal(shape: tuple[int, ...]) -> None:
    matrix = initial_values(WeightSpec("kernel", shape, "orthogonal"), SFC64(3)).astype(np.float64)
    matrix = matrix.reshape(-1, shape[-1])
    products = matrix @ matrix.T if len(matrix) < shape[-1] else matrix.T @ matrix
    np.testing.assert_allclose(products, np.eye(len(products)), atol=2e-7)


@pytest.mark.parametrize("shape", [(50, 50), (130, 70), (64, 33)])
def test_orthonormal_columns_are_those_of_a_qr_decomposition(shape: tuple[int, int]) -> None:
    drawn = normal(SFC64(5), math.prod(shape), 1.0).astype(np.float64).reshape(shape)
    q, r = np.linalg.qr(drawn)
    np.testing.assert_allclose(orthonormal(drawn), q * np.sign(np.diag(r)), atol=1e-5)


def test_a_number_that_is_0_has_a_sign() -> None:
    weight = WeightSpec("kernel", (1, 1), "orthogonal")
    assert initial_values(weight, Words([2**31, 0])) == 1


class Words:
    """Stands for a bit generator whose words of 32 bits are given."""

    def __init__(self, words: list[int]) -> None:
        self.words = np.array(words, "<u4")

    def random_raw(self, size: int) -> np.ndarray:
        return self.words.view("<u8")[:size]


@pytest.mark.parametrize(("draw_numbers", "reach"), [(normal, 0.5), (truncated_normal, 0.5 - NormalDist().cdf(-2))])
def test_normal_numbers_are_quantiles(draw_numbers: Callable[..., Floats], reach: float) -> None:
    words = [0, 1, 255 << 16, 256 << 16, 2**31 - 1, 2**31, 12345 << 16, 2**32 - 2, 2**32 - 1, 2**32 - (256 << 16)]
    numbers = draw_numbers(Words(words), len(words), 1.0)
    expected = [NormalDist().inv_cdf(0.5 + ((word + 0.5) / 2**32 - 0.5) * 2 * reach) for word in words]
    np.testing.assert_allclose(numbers, expected, atol=1e-6)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_odd_and_empty_sizes(name: str) -> None:
    for units in (1, 3):
        weight = Dense(units=units, kernel_initializer=name).weights([TensorType((1,))])[0]
        assert initial_values(weight, SFC64(1)).shape == (1, units)


def test_weights_need_no_framework() -> None:
    program = (
        "import sys, archspec.weights, archspec.passes; assert not {'torch', 'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
