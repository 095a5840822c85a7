"""Activations that can be an argument of the layer before them."""

from __future__ import annotations

from dataclasses import replace

import pytest

import archspec
from archspec.analyses import ActivationArguments, activation_arguments, separate_activations
from archspec.ir import Graph, Operation
from archspec.layers.activation import ReLU, Tanh
from archspec.layers.dense import Dense
from archspec.layers.regularisation import Dropout
from archspec.passes import map_nodes
from tests.unit.graphs import Use, chain, graph

DENSE, RELU = Dense(units=4), ReLU()
INPUT = {"x": (4,)}


def found(network: Graph) -> ActivationArguments:
    return activation_arguments(network, is_activation, takes_activation)


def is_activation(operation: Operation) -> bool:
    return isinstance(operation.layer, ReLU | Tanh)


def takes_activation(operation: Operation) -> bool:
    return isinstance(operation.layer, Dense)


def paths(network: Graph) -> dict[str, str]:
    """The activations' paths by the paths of the layers that take them."""
    return {path: node.path for path, node in found(network).by_layer.items()}


def test_a_layer_takes_the_activation_after_it() -> None:
    assert paths(chain((4,), DENSE, RELU, DENSE, Tanh())) == {"a": "b", "c": "d"}


def test_but_only_one() -> None:
    assert paths(chain((4,), DENSE, RELU, Tanh())) == {"a": "b"}


def test_nor_does_a_layer_without_an_argument_for_it_or_an_input_of_the_network() -> None:
    assert paths(chain((4,), DENSE, Dropout(rate=0.5), RELU)) == {}
    assert paths(chain((4,), RELU)) == {}


def test_an_activation_with_a_name_stays_a_layer() -> None:
    network = chain((4,), DENSE, RELU)
    assert paths(map_nodes(network, lambda node: replace(node, named=True))) == {}


REFUSED: dict[str, tuple[list[Use], str]] = {
    "an output": ([("d", DENSE, "@x"), ("r", RELU, "d")], "d r"),
    "another reader": ([("d", DENSE, "@x"), ("r", RELU, "d"), ("t", Tanh(), "d")], "r t"),
    "weights that another layer shares": (
        [("d", DENSE, "@x"), ("r", RELU, "d"), ("e", DENSE, "r", "d"), ("t", Tanh(), "e")],
        "t",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_layer_before_has_no(case: str) -> None:
    uses, outputs = REFUSED[case]
    assert paths(graph(INPUT, uses, outputs)) == {}


def lowered(*layers: dict[str, object], **document: object) -> Graph:
    """Two uses of a block of these layers."""
    uses = [{"name": "one", "layer_type": "B"}, {"name": "two", "layer_type": "B"}]
    blocks = {"B": {"layers": list(layers)}}
    return archspec.load({"inputs": {"x": [4]}, "blocks": blocks, "layers": uses, **document}).graph


ACTIVATED = {"name": "fc", "layer_type": "Dense", "units": 4, "activation": "relu"}
SIMPLE = {"name": "fc", "layer_type": "Dense", "units": 4}


def test_an_activation_that_the_author_declares_as_an_attribute_is_one_again() -> None:
    assert found(lowered(ACTIVATED)).by_layer.keys() == {"one.fc", "two.fc"}


def test_an_activation_under_its_own_condition_stays_a_layer() -> None:
    conditional = {"layer_type": "ReLU", "when": "$active"}
    assert found(lowered(SIMPLE, conditional, params={"active": True})).by_layer == {}
    assert found(lowered(SIMPLE, {"layer_type": "ReLU"})).by_layer.keys() == {"one.fc", "two.fc"}


def test_the_activations_of_one_declaration_have_one_form() -> None:
    arguments = found(lowered(SIMPLE, {"layer_type": "ReLU"}, outputs=["one.fc", "two"]))
    assert arguments.by_layer.keys() == {"two.fc"}
    separate = separate_activations([arguments])
    assert len(separate) == 1
    assert arguments.without(separate).by_layer == {}
