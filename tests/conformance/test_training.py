"""What layers do in training mode only: batch statistics and dropping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import archspec
import archspec_torch.runtime
from tests.conformance.reference import Array, Shape, case
from tests.conformance.side_by_side import BATCH, SideBySide, distance


def _trained(both: SideBySide) -> dict[str, Array]:
    """Both backends' outputs of the only case in training mode, channels-last; moving statistics move."""
    model = both.torch_model.train()
    tensors = {name: archspec_torch.runtime.to_tensor(model, array).double() for name, array in both.inputs.items()}
    found = archspec_torch.runtime.apply(model, tensors)
    from_torch = found["c0"] if isinstance(found, dict) else found
    found = both.keras_model(both.inputs["c0_x0"], training=True)
    from_keras = found["c0"] if isinstance(found, dict) else found
    return {"torch": archspec_torch.runtime.to_array(from_torch), "tensorflow": from_keras.numpy()}


@pytest.mark.parametrize("shape", [(4,), (3, 4), (5, 6, 4), (1, 1, 4)])
@pytest.mark.parametrize("attributes", [{}, {"momentum": 0.9, "epsilon": 1e-5}, {"scale": False}, {"center": False}])
def test_batch_normalization_in_training(shape: Shape, attributes: dict[str, Any]) -> None:
    """Both normalise by the batch's own statistics, and the moving ones move by `1 - momentum`.

    Keras keeps the biased variance of the batch, PyTorch the unbiased one, which is n / (n - 1) times as large.
    """
    both = SideBySide("BatchNormalization", [case(attributes, shape)])
    (x,) = both.inputs.values()
    before = both.weights_of("c0")
    momentum, epsilon = attributes.get("momentum", 0.99), attributes.get("epsilon", 1e-3)
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axes), x.var(axes)
    count = x.size // x.shape[-1]

    expected = (x - mean) / np.sqrt(variance + epsilon) * before.get("gamma", 1.0) + before.get("beta", 0.0)
    for backend, found in _trained(both).items():
        assert distance(found, expected) <= 1e-12, backend

    seen = {"torch": variance * count / (count - 1), "tensorflow": variance}
    models = {"torch": both.torch_model, "tensorflow": both.keras_model}
    for backend, model in models.items():
        after = archspec.read_weights(both.network, model)
        moved = momentum * before["moving_mean"] + (1 - momentum) * mean
        assert distance(after["c0:moving_mean"], moved) <= 1e-12, backend
        spread = momentum * before["moving_variance"] + (1 - momentum) * seen[backend]
        assert distance(after["c0:moving_variance"], spread) <= 1e-12, backend


@pytest.mark.parametrize("shape", [(400,), (20, 30), (10, 12, 8)])
def test_dropout_in_training(shape: Shape) -> None:
    """An element is zeroed, or divided by the probability that it is not."""
    both = SideBySide("Dropout", [case({"rate": 0.25}, shape)])
    (x,) = both.inputs.values()
    for backend, found in _trained(both).items():
        kept = found != 0
        assert distance(found[kept], (x / 0.75)[kept]) <= 1e-12, backend
        assert 0.6 < kept.mean() < 0.9, backend


def test_spatial_dropout_in_training() -> None:
    """A channel is zeroed as a whole, or divided by the probability that it is not."""
    both = SideBySide("SpatialDropout2D", [case({"rate": 0.5}, (3, 4, 60))])
    (x,) = both.inputs.values()
    for backend, found in _trained(both).items():
        kept = (found != 0).any((1, 2))
        assert kept.shape == (BATCH, 60)
        assert distance(found, x / 0.5 * kept[:, None, None]) <= 1e-12, backend
        assert 0.3 < kept.mean() < 0.7, backend


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4)])
def test_stochastic_depth_in_training(shape: Shape) -> None:
    """A sample is zeroed as a whole, or divided by the probability that it is not."""
    both = SideBySide("StochasticDepth", [case({"rate": 0.25}, shape)])
    x = np.random.default_rng(3).normal(size=(400, *shape))
    both.inputs = {"c0_x0": x}
    for backend, found in _trained(both).items():
        kept = (found != 0).any(tuple(range(1, found.ndim)), keepdims=True)
        assert distance(found, x / 0.75 * kept) <= 1e-12, backend
        assert 0.6 < kept.mean() < 0.9, backend
