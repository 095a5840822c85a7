"""Outputs, and what is left out because none of them depends on it."""

from __future__ import annotations

import pytest

from archspec.lower import lower
from tests.unit.graphs import outputs_of
from tests.unit.lower.networks import document, fault, faults, lowered, outline

LAYERS = """
inputs: {image: [8]}
layers:
  - {name: a, layer_type: Dense, units: 2}
  - {name: s, layer_type: Sequential, layers: [{name: b, layer_type: ReLU}, {layer_type: Tanh}]}
  - {layer_type: Dense, units: 3, activation: softmax}
"""


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ("", {"output": "3"}),
        ("outputs: [s, '2']", {"s": "s.1", "output_2": "3"}),
        ("outputs: '2'", {"output_2": "3"}),
        ("outputs: {early: s.b, late: '3'}", {"early": "s.b", "late": "3"}),
        ("outputs: [s.1, '3']", {"s_1": "s.1", "output_3": "3"}),
    ],
)
def test_outputs_are_named_values(outputs: str, expected: dict[str, str]) -> None:
    graph, *_ = lower(document(LAYERS + outputs))
    assert outputs_of(graph) == expected


def test_outputs_may_be_computed_and_follow_when() -> None:
    text = """
params: {aux: true, last: fc}
inputs: {image: [8]}
layers:
  - {name: fc, layer_type: Dense, units: 2}
  - {name: aux, layer_type: Sequential, when: $aux, layers: [{name: fc, layer_type: ReLU}]}
outputs: {scores: $last, aux: aux.fc}
"""
    assert outputs_of(lowered(text)) == {"scores": "fc", "aux": "aux.fc"}
    assert outputs_of(lowered(text, params={"aux": False})) == {"scores": "fc"}


def test_what_no_output_depends_on_is_told_and_left_out() -> None:
    graph, warnings, _ = lower(document(LAYERS + "outputs: a"))
    assert outline(graph) == ["a: Dense(@image)"]
    assert [(found.severity, found.message) for found in warnings] == [
        ("warning", "no output depends on layer s, so it is left out"),
        ("warning", "no output depends on layer 2, so it is left out"),
    ]


def test_an_unused_input_is_told() -> None:
    text = "inputs: {a: [4], b: [4]}\nlayers: [{layer_type: ReLU, inputs: a}]"
    assert fault(text) == ("no output depends on the input `b`", "b", None)


@pytest.mark.parametrize(
    ("outputs", "message", "at"),
    [
        ("[a, nowhere]", 'no layer or input is called "nowhere" here', "nowhere"),
        ("s.c", '"s" has no layer "c"', "c"),
        ("image", '"image" is an input of the network, and an output must be a layer', "image"),
        ("[]", "`outputs` names no layer", "[]"),
        ("[a, 3]", "an output is the path of a layer, not 3", "3"),
        ("{class: a}", '"class" is not a name', "class"),
        ("[a, a]", 'two outputs are called "a"', "a"),
        ("$nothing", 'unknown name "nothing"', "nothing"),
    ],
)
def test_wrong_outputs(outputs: str, message: str, at: str) -> None:
    assert fault(f"{LAYERS}outputs: {outputs}")[:2] == (message, at)


@pytest.mark.parametrize("layers", ["[]", "[{layer_type: ReLU, when: false}]"])
def test_a_network_has_layers(layers: str) -> None:
    (found,) = faults(f"inputs: {{image: [8]}}\nlayers: {layers}")
    assert found.message == "the network has no layers"


def test_some_output_is_left() -> None:
    text = "inputs: {x: [8]}\nlayers: [{layer_type: ReLU}, {name: a, layer_type: ReLU, when: false}]\noutputs: a"
    assert fault(text)[0] == "`when` leaves out every layer that is an output"
