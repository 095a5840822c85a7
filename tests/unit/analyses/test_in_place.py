"""Nodes that may overwrite their input."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

import pytest

from archspec.analyses import OutputMemory, overwriting
from archspec.ir import Graph, Layer
from archspec.layers.activation import ReLU, Sigmoid, Softmax
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.merge import Add
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten, Reshape
from tests.unit.analyses.random_graphs import random_graphs
from tests.unit.graphs import Use, chain, graph


@dataclass(frozen=True)
class Memory:
    result: OutputMemory
    overwrites: bool = False


FRAMEWORK: Mapping[type[Layer], Memory] = {
    ReLU: Memory("kept", overwrites=True),
    Sigmoid: Memory("kept"),
    Softmax: Memory("kept"),
    Dropout: Memory("passed"),
    Flatten: Memory("passed"),
    Reshape: Memory("passed"),
}
FRESH = Memory("fresh")

IMAGE = {"x": (3, 4, 5)}
CONV = Conv2D(filters=5, kernel_size=3, padding=1)
RELU = ReLU()
VIEW = Dropout(rate=0.5)


def memory(layer: Layer) -> Memory:
    """The use of memory in a framework for the test."""
    return FRAMEWORK.get(type(layer), FRESH)


def overwrites(network: Graph) -> set[str]:
    return set(overwriting(network, memory))


@pytest.mark.parametrize("producer", [CONV, Dense(units=7), Flatten()])
def test_an_activation_overwrites_a_value_without_another_reader(producer: Layer) -> None:
    assert overwrites(chain((4, 4, 5), CONV, producer, RELU)) == {"c"}


def test_nor_the_values_that_the_gradient_before_it_reads() -> None:
    assert overwrites(chain((4, 4, 5), CONV, Sigmoid(), RELU)) == set()
    assert overwrites(chain((4, 4, 5), CONV, RELU, RELU)) == {"b"}


def test_nor_an_input_or_an_output_of_the_network() -> None:
    assert overwrites(chain((4, 4, 5), RELU)) == set()
    assert overwrites(chain((4, 4, 5), VIEW, RELU)) == set()
    assert overwrites(graph(IMAGE, [("c", CONV, "@x"), ("r", RELU, "c")], "c r")) == set()
    assert overwrites(graph(IMAGE, [("c", CONV, "@x"), ("f", Flatten(), "c"), ("r", RELU, "f")], "c r")) == set()


def test_nor_a_value_that_another_layer_reads_directly_or_through_a_view() -> None:
    uses: list[Use] = [("c", CONV, "@x"), ("r", RELU, "c"), ("a", Add(), "c r")]
    assert overwrites(graph(IMAGE, uses, "a")) == set()
    uses = [("c", CONV, "@x"), ("p", VIEW, "c"), ("r", RELU, "p"), ("a", Add(), "c r"), ("s", RELU, "a")]
    assert overwrites(graph(IMAGE, uses, "s")) == {"s"}


def test_a_layer_that_is_applied_again_overwrites_everywhere_or_nowhere() -> None:
    uses: list[Use] = [("c", CONV, "@x"), ("r", RELU, "c"), ("s", RELU, "@x", "r"), ("a", Add(), "r s")]
    assert overwrites(graph(IMAGE, uses, "a")) == set()
    uses[2] = ("s", RELU, "d", "r")
    uses.insert(2, ("d", CONV, "r"))
    assert overwrites(graph(IMAGE, [*uses[:3], ("e", CONV, "d"), ("s", RELU, "e", "r")], "s")) == {"r", "s"}


def test_nothing_reads_an_overwritten_value_in_random_networks() -> None:
    networks = random_graphs()
    found = [overwrites(network) for network in networks]
    assert sum(map(bool, found)) > 50
    assert not [network for network, paths in zip(networks, found, strict=True) if reads_overwritten(network, paths)]


def test_random_networks_have_layers_that_must_not_overwrite() -> None:
    networks = random_graphs()
    able = [{node.path for node in network.nodes if memory(node.layer).overwrites} for network in networks]
    wrong = [network for network, paths in zip(networks, able, strict=True) if reads_overwritten(network, paths)]
    assert len(wrong) > 100


def reads_overwritten(network: Graph, paths: Set[str]) -> bool:
    """Whether a layer, an output or a gradient reads a value after its memory was overwritten by these nodes.

    Memory has a version, which rises when it is overwritten. All gradients read their layers' inputs, except those of
    views and of nodes that overwrite.
    """
    versions = [0] * len(network.inputs)
    values = {value: (memory_index, 0) for memory_index, value in enumerate(network.input_values.values())}
    saved = list(values.values())
    for node in network.nodes:
        reads = [values[value] for value in node.inputs]
        if any(versions[index] != version for index, version in reads):
            return True
        use = memory(node.layer)
        if node.path in paths:
            index = reads[0][0]
            versions[index] += 1
        elif use.result == "passed":
            index = reads[0][0]
        else:
            saved += reads
            index = len(versions)
            versions.append(0)
        values[node.result] = (index, versions[index])
        if use.result == "kept":
            saved.append(values[node.result])
    saved += [values[value] for value in network.outputs.values()]
    return any(versions[index] != version for index, version in saved)
