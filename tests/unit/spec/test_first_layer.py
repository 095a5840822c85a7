"""What the first layer of a list says about the input, in every way in which Keras lets it be said."""

from __future__ import annotations

from typing import Any

import pytest

from archspec.errors import SpecError
from archspec.reading import load

NEXT = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 3, "name": "conv"}


@pytest.mark.parametrize("layer_type", ["Input", "InputLayer", "keras.layers.Input"])
@pytest.mark.parametrize(
    "said",
    [
        {"shape": [8, 8, 3]},
        {"shape": (8, 8, 3), "dtype": "float32", "sparse": False, "batch_size": None},
        {"input_shape": [8, 8, 3]},
        {"batch_shape": [None, 8, 8, 3]},
        {"batch_input_shape": [None, 8, 8, 3], "ragged": False},
    ],
)
def test_an_input_layer_says_what_the_network_reads(layer_type: str, said: dict[str, Any]) -> None:
    network = load([{"layer_type": layer_type, **said}, NEXT, {"layer_type": "ReLU"}])
    assert {name: kind.shape for name, kind in network.inputs.items()} == {"input": (8, 8, 3)}
    assert [node.path for node in network.graph.nodes] == ["conv", "1"]


def test_an_input_layer_names_the_input_and_layers_may_read_it() -> None:
    layers = [
        {"layer_type": "Input", "shape": [8, 8, 3], "name": "image"},
        {"layer_type": "ReLU"},
        {"layer_type": "Add", "inputs": ["image", "0"]},
    ]
    assert list(load(layers).inputs) == ["image"]
    assert list(load({"layers": layers}).inputs) == ["image"]


@pytest.mark.parametrize("word", ["input_shape", "batch_input_shape"])
def test_a_first_layer_says_it_with_or_without_the_batch(word: str) -> None:
    batch = [None] if word.startswith("batch") else []
    network = load([{**NEXT, word: [*batch, 8, 8, 3]}])
    assert network.inputs["input"].shape == (8, 8, 3)


def test_faults_are_placed_in_the_list_as_it_is_written() -> None:
    with pytest.raises(SpecError, match=r"^\[1\]\.layer_type: no layer type is called"):
        load([{"layer_type": "Input", "shape": [8, 8, 3]}, {"layer_type": "Conv"}])


def test_params_may_stand_in_an_input_layers_shape() -> None:
    document = {"params": {"size": 16}, "layers": [{"layer_type": "Input", "shape": ["$size", "$size", 3]}, NEXT]}
    assert load(document, params={"size": 32}).inputs["input"].shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("key", "value"), [("inputs", "x"), ("when", True), ("repeat", 2), ("for", {"n": [1, 2]}), ("inputs", [8, 8, 3])]
)
def test_an_input_layer_has_no_keys_that_say_what_a_layer_reads_or_how_often(key: str, value: Any) -> None:
    message = rf"^\[0\](\.\w+)?: an Input reads nothing and stands there once, so it has no `{key}` \(leave it out\)$"
    with pytest.raises(SpecError, match=message):
        load([{"layer_type": "Input", "shape": [8, 8, 3], key: value}, NEXT])
