"""Rates go by how much a step changes the gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.backend import Optimiser
from archspec.comparison.learning_rates import POWERS, smallest_power, with_smaller_rate
from archspec.comparison.training import FOR_THE_RATE

GRADIENT = {"w": np.array([3.0, 4.0])}


@dataclass
class Curved:
    """A backend whose gradient changes by `curvature` times the rate of the last step, in its own length."""

    curvature: float
    rates: list[float] = field(default_factory=list)

    def train(self, *arguments: Any) -> Iterator[None]:
        self.rates.append(arguments[-1].learning_rate)
        yield

    def gradients(self, *arguments: Any) -> Any:
        @dataclass
        class Moved:
            of_weights: Mapping[str, np.ndarray]

        turned = np.array([-4.0, 3.0]) * self.curvature * self.rates[-1]
        return Moved({"w": GRADIENT["w"] + turned})


@pytest.mark.parametrize(
    ("curvature", "power"), [(0.0, 0), (0.49, 0), (0.51, 4), (16 * 0.49, 4), (200.0, 12), (1e6, 16), (np.nan, 16)]
)
def test_the_rate_is_the_largest_that_leaves_the_gradient(curvature: float, power: int) -> None:
    backend: Any = Curved(curvature)
    assert smallest_power(None, backend, None, {}, {}, {}, GRADIENT, Optimiser("sgd", learning_rate=1.0)) == power  # type: ignore[arg-type]
    assert backend.rates == [2.0**-each for each in POWERS if each <= power]


def test_a_gradient_that_is_not_finite_is_not_tried_to_be_left() -> None:
    backend: Any = Curved(1.0)
    gradient = {"w": np.array([np.inf, 1.0])}
    assert smallest_power(None, backend, None, {}, {}, {}, gradient, Optimiser("sgd", learning_rate=1.0)) == 0  # type: ignore[arg-type]
    assert not backend.rates


def test_a_rate_becomes_smaller_exactly() -> None:
    assert with_smaller_rate(FOR_THE_RATE, 4).learning_rate == FOR_THE_RATE.learning_rate / 16
    assert with_smaller_rate(FOR_THE_RATE, 0) == FOR_THE_RATE


@pytest.mark.slow
def test_a_deep_network_without_shortcuts_is_trained_more_slowly() -> None:
    """Its report says so; one layer needs no such thing."""
    pytest.importorskip("torch")
    pytest.importorskip("keras")

    def report(depth: int) -> Any:
        unit = [{"layer_type": "Dense", "units": 8}, {"layer_type": "BatchNormalization"}, {"layer_type": "ReLU"}]
        return archspec.training_parity(
            {"inputs": {"image": [8]}, "layers": [*unit * depth, {"layer_type": "Dense", "units": 2}]}, steps=1
        )

    deep, shallow = report(12), report(1)
    assert deep.passed
    assert deep.slower > 0 == shallow.slower
    assert deep.record()["slower"] == deep.slower
    assert deep.optimisers[0].optimiser.learning_rate == 2.0**-deep.slower * (
        shallow.optimisers[0].optimiser.learning_rate
    )
