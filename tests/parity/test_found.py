"""What random networks found, as small as it was shrunk to."""

from __future__ import annotations

import pytest

import archspec
from archspec.backend import Optimiser
from archspec.comparison import OPTIMISERS
from tests.parity.agreement import Spec, begin_by_itself, disagreement


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


@pytest.mark.parametrize("optimiser", [None, OPTIMISERS[0]], ids=["one pass", "steps"])
def test_a_moving_mean_is_zero_but_for_rounding(optimiser: Optimiser | None) -> None:
    """Both elements of the kernel lie in the padding, so the first normalisation gets a constant."""
    outside = {"layer_type": "DepthwiseConv2D", "kernel_size": [1, 2], "padding": "same", "dilation_rate": [1, 2]}
    layers = [
        outside,
        {"layer_type": "BatchNormalization", "center": False},
        {"layer_type": "BatchNormalization", "momentum": 0.0},
    ]
    assert disagreement(document(*layers, image=[1, 1, 1]), optimiser=optimiser) is None


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


def test_params_that_the_sources_have_a_use_for() -> None:
    """A block's param `channels` hid behind the number of channels that come in."""
    block = {
        "params": {"channels": "required", "layers": 2},
        "layers": [{**DENSE, "units": "$channels", "repeat": "$layers"}],
    }
    uses = [
        {"name": "a", "layer_type": "B", "channels": 4},
        {"name": "b", "layer_type": "B", "channels": 5, "layers": 3},
    ]
    found = document(*uses, features=[3]) | {"blocks": {"B": block}}
    assert disagreement(found) is None


def test_copies_with_activations_keep_their_numbers() -> None:
    """`copy.1` was the third module of an `nn.Sequential`, whose number there is 2."""
    copies = {"name": "copy", "repeat": 3, "layer_type": "Dense", "units": 4, "activation": "tanh"}
    found = document(copies, {"name": "fc", "layer_type": "Dense", "units": 3}, features=[3])
    assert disagreement(found) is None


@pytest.mark.parametrize("name", [{}, {"name": "last"}])
def test_a_layer_behind_a_loop_over_all_modules(name: Spec) -> None:
    """`for layer in self.children()` applied the layer behind the loop as well."""
    leaky = {"layer_type": "Residual", "layers": [{"layer_type": "LeakyReLU"}]}
    inner = [leaky, {"name": "inner", "layer_type": "Scale"}]
    copies = {"name": "part$i", "layer_type": "Sequential", "repeat": 4, "layers": inner}
    assert disagreement(document(copies, {**DENSE, **name}, features=[3])) is None


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


def test_a_family_of_composites_that_would_contain_itself() -> None:
    """A Residual in a use of a block, around another use of it, was of one family with the Residual in that use."""
    inner = {"name": "s", "layer_type": "Residual", "when": "$full", "layers": [{"name": "y", "layer_type": "Y"}]}
    blocks = {"Y": {"layers": [DENSE]}, "X": {"params": {"full": True}, "layers": [DENSE, inner]}}
    around = {"name": "s", "layer_type": "Residual", "layers": [{"name": "b", "layer_type": "X", "full": False}]}
    found = document(DENSE, {"name": "a", "layer_type": "X"}, around, features=[3])
    assert disagreement({**found, "blocks": blocks}) is None


CELL = {"name": "cell", "layer_type": "Sequential", "layers": [DENSE, {"layer_type": "Tanh"}]}


@pytest.mark.parametrize(
    "layers",
    [
        (CELL, {"name": "again", "layer_type": "Reuse", "layer": "cell", "repeat": 2}),
        (
            {**DENSE, "name": "stem"},
            {"name": "s", "layer_type": "Reuse", "layer": "stem", "repeat": 2},
            {"layer_type": "Reuse", "layer": "s"},
        ),
        (
            {**DENSE, "name": "stem"},
            {"name": "s", "layer_type": "Reuse", "layer": "stem", "repeat": 1},
            {"layer_type": "Reuse", "layer": "s", "inputs": "stem"},
        ),
        (
            CELL,
            {"name": "s", "layer_type": "Reuse", "layer": "cell", "repeat": 2},
            {"layer_type": "Reuse", "layer": "s.1", "name": "t", "repeat": 2},
        ),
        (
            {
                "name": "s",
                "layer_type": "Sequential",
                "layers": [
                    {**DENSE, "name": "first"},
                    {"name": "more", "layer_type": "Reuse", "layer": "first", "repeat": 3},
                ],
            },
        ),
    ],
    ids=[
        "a scope",
        "copies of a layer",
        "copies that are read again only",
        "copies of a copy",
        "copies at the end of a chain",
    ],
)
def test_copies_of_what_stands_outside_them(layers: tuple[Spec, ...]) -> None:
    """PyTorch's class for the copies had no such module."""
    assert disagreement(document(*layers, features=[3])) is None


@pytest.mark.parametrize("name", ["layer", "layer$i"])
@pytest.mark.parametrize("repeat", [2, 3])
def test_copies_with_activations_between_them(name: str, repeat: int) -> None:
    """PyTorch's sequence had one activation for all copies with names of their own, and called others otherwise."""
    copies = {**DENSE, "name": name, "activation": "tanh", "repeat": repeat}
    assert disagreement(document(copies, {"name": "scores", **DENSE}, features=[4])) is None


LINKED = {"name": "fc", "layer_type": "Dense", "units": 4, "activation": "tanh"}


@pytest.mark.parametrize(
    "layers",
    [
        ({**LINKED, "for": {"a": [1, 2, 3]}},),
        ({**LINKED, "for": {"a": [1, 2]}, "repeat": "$a"},),
        ({**LINKED, "repeat": 4, "when": "$(i != 1)"},),
        ({"layer_type": "DenselyConnected", "layers": [{**LINKED, "repeat": 3}]},),
        ({"name": "s", "layer_type": "Sequential", "layers": [{**LINKED, "for": {"a": [1, 2]}}, DENSE]},),
    ],
    ids=["of rows", "of rows and numbers", "on a condition", "in dense connections", "beside others"],
)
def test_copies_that_share_a_name(layers: tuple[Spec, ...]) -> None:
    """Keras's were called 0, 1, ...; in PyTorch's loop the activation took the place of the value to be connected."""
    assert disagreement(document(*layers, {"name": "scores", **DENSE}, features=[4])) is None


def test_a_loop_that_takes_over_two_values_at_once() -> None:
    """`y = x` before `z = y` lost what y was: a model's input keeps its name, so the loop's value needs another."""
    layers = [{"name": "first", "layer_type": "Dense", "units": 4}, {"repeat": 3, "layer_type": "Dense", "units": 4}]
    assert disagreement(document({"layer_type": "DenselyConnected", "layers": layers}, features=[4])) is None


@pytest.mark.parametrize("multipliers", [(2, 1), (2, 3), (2, 2, 2, 3, 3, 3)])
def test_depthwise_convolutions_of_several_multipliers(multipliers: tuple[int, ...]) -> None:
    """The emitted source gave each the initial values of most of them, whose kernels have other sizes."""
    layers = [
        {"layer_type": "DepthwiseConv2D", "kernel_size": 1, "depth_multiplier": each, "inputs": f"x{each}"}
        for each in multipliers
    ]
    merge = {"layer_type": "Concatenate", "inputs": [str(position) for position in range(len(layers))]}
    inputs = {f"x{each}": [2, 2, each + 1] for each in multipliers}
    begin_by_itself(archspec.load({"inputs": inputs, "layers": [*layers, merge]}).emit("torch"))


def test_a_gradient_that_is_rounding_behind_many_normalisations() -> None:
    """Each makes the rounding of what is constant over the batch thirty times as large, and Adam's steps move by it."""
    one = {"layer_type": "Conv2D", "filters": 1, "kernel_size": 1}
    norm = {"layer_type": "BatchNormalization", "epsilon": 0.001}
    found = document(
        {**one, "activation": "softmax"}, one, {"layer_type": "Flatten"}, *[norm] * 5, DENSE, image=[4, 3, 1]
    )
    assert disagreement(found, 0, OPTIMISERS[1]) is None


def test_the_gradient_of_an_input_behind_a_normalisation_that_cancels() -> None:
    """Of exp(exp(x)) one element is nearly all of the mean and the variance, so that what comes back to it cancels."""
    up = {"layer_type": "Conv2DTranspose", "filters": 1, "kernel_size": 1, "strides": 2, "activation": "exponential"}
    norm = {"layer_type": "BatchNormalization", "epsilon": 0.001}
    again = {"layer_type": "Activation", "activation": "exponential"}
    scores = {"layer_type": "Dense", "units": 2}
    layers = ({**up, "name": "layers"}, again, {**norm, "name": "conv"}, {"layer_type": "Flatten"})
    found = document(*layers, {**DENSE, "name": "image_features"}, {**scores, "name": "scores"}, image=[1, 1, 2])
    assert disagreement(found, 32530) is None


def test_the_gradient_of_a_scale_of_what_hardly_deviates() -> None:
    """What is normalised is the same in all samples but for its rounding, which the small epsilon divides by 0.003."""
    dead = {"layer_type": "SeparableConv2D", "filters": 4, "kernel_size": 1, "strides": [5, 3], "padding": 1}
    block = [
        {"layer_type": "DepthwiseConv2D", "kernel_size": 2, "padding": "same"},
        {"name": "conv", "layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
        {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1},
    ]
    layers = (
        {**dead, "use_bias": False},
        {"name": "bn", "layer_type": "Block0"},
        {"layer_type": "Block0"},
        {"layer_type": "Flatten"},
        {"layer_type": "BatchNormalization", "epsilon": 1e-5},
        {**DENSE, "name": "image_features"},
        {"name": "scores", "layer_type": "Dense", "units": 2},
    )
    found = document(*layers, image=[4, 1, 1]) | {"blocks": {"Block0": {"layers": block}}}
    assert disagreement(found, 0) is None


@pytest.mark.parametrize("kind", ["Average", "Max"])
@pytest.mark.parametrize(
    ("image", "size"), [([1, 3, 2], [2, 1]), ([5, 7, 2], [1, 3]), ([1, 4, 2], [1, 3]), ([4, 1, 2], [1, 2])]
)
def test_adaptive_pooling_to_or_of_one_element_in_a_function(kind: str, image: list[int], size: list[int]) -> None:
    """Keras's layer makes a pool with a window larger than the image as well, which no function can be traced with."""
    pool = {"layer_type": f"Adaptive{kind}Pooling2D", "output_size": size}
    assert disagreement(document(pool, {"layer_type": "Flatten"}, DENSE, image=image), 0, OPTIMISERS[0]) is None
