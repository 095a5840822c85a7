"""Layers one after the other: names, positions, activations, shapes."""

from __future__ import annotations

import pytest

from archspec.errors import Span, SpecError
from archspec.layers.activation import ReLU
from archspec.layers.conv import Conv2D
from archspec.lower import lower
from archspec.spec import parse_document
from tests.unit.graphs import outputs_of
from tests.unit.lower.networks import document, of_layers, outline


def test_a_list_of_layers_is_a_network() -> None:
    layers = [
        {"layer_type": "Conv2D", "filters": 8, "kernel_size": (3, 3), "activation": "relu", "input_shape": (28, 28, 1)},
        {"layer_type": "Flatten"},
        {"layer_type": "Dense", "units": 10, "activation": "softmax"},
    ]
    graph, warnings, _ = lower(parse_document(layers)[0])
    assert not warnings
    assert outline(graph) == [
        "0: Conv2D(@input)",
        "1: ReLU(0)",
        "2: Flatten(1)",
        "3: Dense(2)",
        "4: Softmax(3)",
    ]
    assert (graph.name, outputs_of(graph)) == ("network", {"output": "4"})
    assert graph.inputs["input"].shape == (28, 28, 1)
    assert graph.by_path["4"].type.shape == (10,)


def test_the_caller_can_give_the_input() -> None:
    bare, _ = parse_document([{"layer_type": "Flatten"}])
    graph, *_ = lower(bare, inputs={"digits": [28, 28, 1]})
    assert outline(graph) == ["0: Flatten(@digits)"]
    declared = document("inputs: {image: [8, 8, 4]}\nlayers: [{layer_type: Flatten}]")
    graph, *_ = lower(declared, inputs={"image": [4, 4, 4]})
    assert graph.by_path["0"].type.shape == (64,)


def test_a_layer_without_a_name_is_called_by_its_position() -> None:
    graph = of_layers("""
  - {layer_type: ReLU}
  - {layer_type: ReLU, name: second}
  - {layer_type: ReLU}
""")
    assert outline(graph) == ["0: ReLU(@image)", "second: ReLU(0)", "2: ReLU(second)"]
    assert [node.named for node in graph.nodes] == [False, True, False]


def test_layers_with_the_same_attributes_are_one_object() -> None:
    graph = of_layers("""
  - {layer_type: Conv2D, filters: 4, kernel_size: 3, padding: same}
  - {layer_type: Conv2D, filters: 4, kernel_size: 3, padding: same}
  - {for: {filters: [4, 8]}, layer_type: Conv2D, filters: $filters, kernel_size: 3, padding: same}
  - {layer_type: LeakyReLU, negative_slope: 0.0}
  - {layer_type: LeakyReLU, negative_slope: -0.0}
""")
    first, *others = [node.layer for node in graph.nodes]
    assert [layer is first for layer in others] == [True, True, False, False, False]
    assert others[-1] is not others[-2]


def test_true_is_not_taken_for_the_one_that_was_there_before() -> None:
    with pytest.raises(SpecError, match="must be a whole number"):
        of_layers("""
  - {layer_type: Dense, units: 1}
  - {layer_type: Dense, units: true}
""")


def test_an_activation_is_a_layer_of_its_own_and_belongs_to_the_name() -> None:
    graph = of_layers("""
  - {layer_type: Conv2D, name: conv, filters: 2, kernel_size: 3, activation: relu}
  - {layer_type: Activation, activation: tanh}
  - {layer_type: Dense, units: 2, activation: linear, inputs: conv}
  - {layer_type: Add, inputs: ["2", "3"]}
""")
    assert outline(graph) == [
        "conv: Conv2D(@image)",
        "1: ReLU(conv)",
        "2: Tanh(1)",
        "3: Dense(1)",
        "4: Add(2, 3)",
    ]
    assert graph.by_path["conv"].layer == Conv2D(filters=2, kernel_size=3)
    assert graph.by_path["1"].layer == ReLU()


@pytest.mark.parametrize(("last", "name"), [("name: scores", "scores"), ("units: 2, name: x", "x")])
def test_the_output_is_the_last_layer_under_its_name(last: str, name: str) -> None:
    graph = of_layers(f"  - {{layer_type: Dense, {last}, {'' if 'units' in last else 'units: 2'}}}")
    assert outputs_of(graph) == {name: name}


def test_a_layer_made_of_others_is_a_scope() -> None:
    graph = of_layers("""
  - {layer_type: SeparableConv2D, filters: 6, kernel_size: 3, activation: relu}
  - {layer_type: SeparableConv2D, name: second, filters: 6, kernel_size: 3}
""")
    assert outline(graph) == [
        "0: SeparableConv2D",
        "0.depthwise: DepthwiseConv2D(@image)",
        "0.pointwise: Conv2D(0.depthwise)",
        "0.2: ReLU(0.pointwise)",
        "second: SeparableConv2D",
        "second.depthwise: DepthwiseConv2D(0.2)",
        "second.pointwise: Conv2D(second.depthwise)",
    ]


def test_where_the_text_says_a_layer_or_a_scope() -> None:
    graph = of_layers("""
  - {layer_type: ReLU}
  - {name: pair, layer_type: Sequential, layers: [{name: b, layer_type: ReLU, repeat: 2}]}
  - {name: again, layer_type: Reuse, layer: pair}
""")

    def text(path: str, key: str | None = None) -> str:
        where = graph.place(path, key)
        assert isinstance(where, Span)
        return where.text

    assert text("0") == text("0", "name") == "{layer_type: ReLU}"
    assert text("pair").startswith("{name: pair")
    assert text("pair.b") == text("pair.b.1") == text("again.b.0") == "{name: b, layer_type: ReLU, repeat: 2}"
    assert text("pair.b.1", "layer_type") == "ReLU"
    assert text("again") == "{name: again, layer_type: Reuse, layer: pair}"
    assert graph.place("nowhere") is None


def test_several_inputs() -> None:
    graph, *_ = lower(
        document("""
inputs:
  left: {shape: [8], dtype: float32}
  right: [8]
layers:
  - {layer_type: Dense, name: one, units: 4, inputs: left}
  - {layer_type: Dense, name: two, units: 4, inputs: right}
  - {layer_type: Concatenate, inputs: [one, two, left]}
""")
    )
    assert outline(graph) == ["one: Dense(@left)", "two: Dense(@right)", "2: Concatenate(one, two, @left)"]
    assert graph.by_path["2"].type.shape == (16,)
