"""Documents that are Python values: whatever is in them, all that is wrong is told, with the path to it."""

from __future__ import annotations

import decimal
from typing import Any

import numpy as np
import pytest

from archspec.errors import Diagnostic, EmitError
from archspec.reading import check, load

HUGE = 10**5000
"""Has more digits than Python writes."""

ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


def told(layers: Any, **document: Any) -> tuple[Diagnostic, ...]:
    return check({"inputs": {"x": [4]}, "layers": layers, **document})[1]


def only(layers: Any, **document: Any) -> tuple[object, str]:
    (found,) = told(layers, **document)
    return found.where, found.message


def test_a_backend_refuses_at_a_path() -> None:
    network = load([{"layer_type": "Dense", "units": 2, "input_shape": [3]}, {"layer_type": "ReLU", "name": "train"}])
    assert network.place("train", "name") == "[1].name"
    assert network.place("0") == "[0]"
    with pytest.raises(EmitError, match=r'^\[1\]\.name: train: PyTorch\'s modules have a "train" already'):
        network.emit("torch")


def test_the_place_is_a_path() -> None:
    layers = [{"layer_type": "ReLU"}, {"layer_type": "Sequential", "layers": [{"layer_type": "Dense", "units": 0}]}]
    assert only(layers) == ("layers[1].layers[0].units", "`units` must be at least 1, not 0")
    assert only([{"layer_type": "Dense", "unit": 3}]) == ("layers[0].unit", "Dense has no attribute `unit`")
    assert only([{"layer_type": "Dense", "units": "$(1 // 0)"}]) == ("layers[0].units", "division by zero")


@pytest.mark.parametrize(
    "value",
    [HUGE, -HUGE, object(), b"x", {1}, decimal.Decimal(3), np.array([1, 2]), 3 + 4j, ENDLESS, {1: 2}, ...],
    ids=lambda value: type(value).__name__,
)
def test_values_of_any_type(value: Any) -> None:
    for layers in (
        value,
        [value],
        [{"layer_type": value}],
        [{"layer_type": "Dense", "units": value}],
        [{"layer_type": "Dense", "units": 3, "repeat": value}],
        [{"layer_type": "ReLU", "for": {"a": value}}],
        [{"layer_type": "ReLU", "name": value}],
        [{"layer_type": "ReLU", "inputs": value}],
        [{"layer_type": "Sequential", "layers": value}],
        [{"layer_type": "Parallel", "branches": [[], []], "merge": value}],
    ):
        assert all(found.message for found in told(layers)), layers
    for key in ("archspec", "name", "params", "variants", "inputs", "blocks", "outputs"):
        assert all(found.message for found in told([{"layer_type": "ReLU"}], **{key: value})), key


@pytest.mark.parametrize("key", [1, None, True, ("a",), b"x", 2.5])
def test_keys_of_any_type(key: Any) -> None:
    assert told([{"layer_type": "ReLU", key: 1}])
    assert told([{"layer_type": "ReLU", "for": {key: [1]}}])
    assert check({"layers": [{"layer_type": "ReLU"}], key: 1})[1]
    for name in ("params", "variants", "inputs", "blocks"):
        assert check({"layers": [{"layer_type": "ReLU"}], name: {key: 1}})[1]


@pytest.mark.parametrize("expression", ["$(a == 1)", "$(1 in a)", "$(a == a)", "$([a] == [a])"])
def test_a_param_of_any_type_in_an_expression(expression: str) -> None:
    document = {"params": {"a": 1}, "inputs": {"x": [4]}, "layers": [{"layer_type": "ReLU", "when": expression}]}
    for value in (np.array([1, 2]), ENDLESS, object(), HUGE):
        check(document, params={"a": value})


def test_lists_that_contain_themselves() -> None:
    layer: dict[str, Any] = {"layer_type": "Sequential"}
    layer["layers"] = [layer]
    assert {found.code for found in told([layer])} == {"too-deep"}
    assert only([{"layer_type": "Dense", "units": ENDLESS}])[1] == "values nest more than 64 deep here"
