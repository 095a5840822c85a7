"""What random networks found, as small as it was shrunk to."""

from __future__ import annotations

import pytest

import archspec
from tests.parity.agreement import Spec, disagreement


def document(*layers: Spec, **inputs: list[int]) -> Spec:
    return {"archspec": 1, "name": "found", "inputs": inputs, "layers": list(layers)}


NORM = {"name": "norm", "layer_type": "LayerNormalization", "center": False, "scale": False}


AGAIN = {"layer_type": "Reuse", "layer": "norm"}

DENSE = {"layer_type": "Dense", "units": 3}


@pytest.mark.parametrize(
    "layers",
    [
        (NORM, AGAIN, {"layer_type": "Dense", "units": 2}),
        (NORM, DENSE, {**AGAIN, "name": "again"}),
        (NORM, {"layer_type": "Residual", "layers": [DENSE, AGAIN]}),
    ],
    ids=["in a chain", "named", "within another"],
)
def test_a_layer_without_weights_is_used_again(layers: tuple[Spec, ...]) -> None:
    """It shares nothing, but its name is another, and PyTorch has it as a module only."""
    assert disagreement(document(*layers, image=[3])) is None


@pytest.mark.parametrize("kind", ["Scale", "LayerScale"])
@pytest.mark.parametrize("before", [{"layer_type": "GELU"}, {"layer_type": "Rescaling", "scale": 2.0}])
def test_a_scale_behind_arithmetic(kind: str, before: Spec) -> None:
    """Keras works out an unknown shape for a layer of one's own that reads x * 2, unless the layer says its own."""
    found = document(before, {"name": "scale", "layer_type": kind}, {"layer_type": "Dense", "units": 2}, features=[3])
    assert disagreement(found) is None


@pytest.mark.parametrize("before", [{"layer_type": "GELU"}, {"layer_type": "Rescaling", "scale": 2.0}])
def test_a_response_normalisation_behind_arithmetic(before: Spec) -> None:
    """As for a scale."""
    normalised = {"layer_type": "LocalResponseNormalization", "size": 3}
    found = document(before, normalised, {"layer_type": "Flatten"}, DENSE, image=[2, 2, 3])
    assert disagreement(found) is None


def test_numbers_that_begin_with_a_zero() -> None:
    """part00, part01, ... became part0, part1, ... in the loop of Keras's source."""
    leaky = {"layer_type": "Residual", "layers": [{"layer_type": "LeakyReLU"}]}
    inner = [leaky, {"name": "inner", "layer_type": "Scale"}]
    copies = {"name": "part0$i", "layer_type": "Sequential", "repeat": 12, "layers": inner}
    assert disagreement(document(copies, DENSE, features=[3])) is None


def test_shared_moving_statistics_follow_the_specs_order() -> None:
    """Keras runs layers by their distance from the outputs, and the last use of a normalisation counts most."""
    norm = {"name": "norm", "layer_type": "BatchNormalization", "momentum": 0.5, "inputs": "left"}
    again = {"name": "again", "layer_type": "Reuse", "layer": "norm", "inputs": "right"}
    joined = {"layer_type": "Subtract", "inputs": ["norm", "again"]}
    assert disagreement(document(norm, again, joined, left=[4], right=[4])) is None


def test_the_hard_sigmoids_gradient_is_exact() -> None:
    """PyTorch's own has 1/6 in float32."""
    gate = {"name": "gate", "layer_type": "HardSigmoid"}
    assert disagreement(document({"name": "fc", "layer_type": "Dense", "units": 4}, gate, image=[3])) is None


def test_a_gradient_that_is_zero_far_below_is_zero_above() -> None:
    """Probabilities are averaged over their classes, a constant: only rounding reaches the layers above."""
    conv = {"name": "conv", "layer_type": "Conv2D", "filters": 3, "kernel_size": [4, 3], "padding": "same"}
    rest = [{"layer_type": "Softmax"}, {"layer_type": "Permute", "dims": [3, 1, 2]}]
    rest += [{"layer_type": "GlobalAveragePooling2D"}, {"layer_type": "Dense", "units": 3}]
    found = document(conv, *rest, image=[2, 8, 1])
    assert disagreement(found, seed=2) is None
    report = archspec.training_parity(archspec.load(found), steps=2)
    assert report.passed, report
    assert set(report.zero_gradients) == {"@image", "conv:kernel", "conv:bias"}
    assert archspec.layer_parity(archspec.load(found), training=True).passed
