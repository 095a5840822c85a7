"""What a network gives, worked out from its last layers, and the params that it can be given."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.lower.settings import Setting

CONV = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3}
SCORES = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1}
DENSE = {"name": "fc", "layer_type": "Dense", "units": 4}
RELU, POOL = {"layer_type": "ReLU"}, {"layer_type": "GlobalAveragePooling2D"}
SOFTMAX, NORM = {"layer_type": "Softmax"}, {"layer_type": "BatchNormalization"}
DROP, FLAT = {"layer_type": "Dropout", "rate": 0.5}, {"layer_type": "Flatten"}

LAST: dict[str, tuple[list[dict[str, Any]], str]] = {
    "an embedding": ([POOL, DENSE], "linear values"),
    "linear values behind what changes nothing": ([POOL, DENSE, DROP, {"layer_type": "Linear"}], "linear values"),
    "a map of linear values": ([CONV, RELU, SCORES, {"layer_type": "UpSampling2D"}], "linear values"),
    "the mean of a map of linear values": ([SCORES, POOL], "linear values"),
    "the mean of features of a 1x1 convolution": ([SCORES, RELU, POOL], "features"),
    "softmax": ([POOL, {**DENSE, "activation": "softmax"}], "softmax probabilities"),
    "softmax that is flattened": ([SCORES, SOFTMAX, FLAT], "softmax probabilities"),
    "sigmoid": ([POOL, {**DENSE, "activation": "sigmoid"}], "sigmoid probabilities"),
    "features of a backbone": ([CONV, NORM, RELU, POOL], "features"),
    "features of a 1x1 convolution": ([SCORES, RELU], "features"),
    "a wide convolution": ([CONV], "features"),
    "a sum": ([{"layer_type": "Residual", "layers": [SCORES]}], "features"),
    "the input itself": ([DROP, FLAT], "features"),
}


@pytest.mark.parametrize("case", LAST)
def test_the_last_layers_say_what_a_network_gives(case: str) -> None:
    layers, expected = LAST[case]
    network = archspec.load(layers, inputs={"input": [8, 8, 4]})
    assert list(network.gives().values()) == [expected]


CLASSES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "logits": ([POOL, DENSE], "logits"),
    "a map of logits": ([CONV, RELU, SCORES, {"layer_type": "UpSampling2D"}], "logits"),
    "the mean of a map of logits behind a ReLU": ([SCORES, RELU, POOL], "logits"),
    "as many features as classes": ([CONV, RELU, POOL], "features"),
    "an embedding": ([POOL, {**DENSE, "units": 7}], "linear values"),
    "the mean of features": ([{**SCORES, "filters": 7}, RELU, POOL], "features"),
}


@pytest.mark.parametrize("case", CLASSES)
def test_one_value_for_each_class_is_a_logit(case: str) -> None:
    layers, expected = CLASSES[case]
    document = {"params": {"classes": 10}, "inputs": {"input": [8, 8, 4]}, "layers": layers}
    assert list(archspec.load(document, params={"classes": 4}).gives().values()) == [expected]


def document(**outputs: str) -> dict[str, Any]:
    boxes, scores = {**DENSE, "name": "boxes", "inputs": "pool"}, {**SOFTMAX, "name": "scores"}
    layers = [{**POOL, "name": "pool"}, boxes, {**DENSE, "inputs": "pool"}, scores]
    return {"inputs": {"image": [8, 8, 4]}, "layers": layers, "outputs": outputs}


def test_what_probabilities_are_made_of_are_logits() -> None:
    assert archspec.load(document(b="boxes", s="scores", f="fc")).gives() == {
        "b": "linear values",
        "s": "softmax probabilities",
        "f": "logits",
    }
    assert set(archspec.load(document(b="boxes", f="fc")).gives().values()) == {"linear values"}
    assert archspec.load({"params": {"classes": 4}, **document(b="boxes", s="scores")}).gives()["b"] == "linear values"


FAMILY = {
    "params": {"width": 4, "depth": "required", "inner": "$(width * depth)", "plain": True},
    "meanings": {"width": "channels of a stage"},
    "variants": {"small": {"depth": 1}, "large": {"depth": 2, "inner": 3}},
    "inputs": {"image": [8, 8, 3]},
    "layers": [{"layer_type": "Conv2D", "filters": "$inner", "kernel_size": 1, "when": "$plain"}],
}


def test_a_network_says_its_params_and_what_they_are_by_default() -> None:
    width = Setting("width", 4, 4, "channels of a stage")
    plain = Setting("plain", True, True)
    follows = "follows from width, depth"
    assert archspec.load(FAMILY, variant="small").settings == (
        width,
        Setting("depth", 1, 1),
        Setting("inner", 4, 4, follows),
        plain,
    )
    assert archspec.load(FAMILY, variant="large", params={"depth": 5}).settings[1:3] == (
        Setting("depth", 5, 2),
        Setting("inner", 3, 3, follows),
    )
    assert archspec.load(FAMILY, params={"depth": 5}).settings[1:3] == (
        Setting("depth", 5, None),
        Setting("inner", 20, None, follows),
    )
