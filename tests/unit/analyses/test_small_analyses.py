"""Depths, positions and layers that are applied several times."""

from __future__ import annotations

import archspec
from archspec.analyses import applications, depths, has_gaps
from archspec.layers.activation import ReLU
from archspec.layers.dense import Dense
from archspec.layers.merge import Add
from tests.unit.graphs import Use, graph

DENSE = Dense(units=4)
USES: list[Use] = [
    ("a", DENSE, "@x"),
    ("b", DENSE, "a", "a"),
    ("c", DENSE, "b"),
    ("d", DENSE, "@x", "a"),
    ("e", Add(), "c d"),
    ("f", ReLU(), "e"),
]
NETWORK = graph({"x": (4,)}, USES, "f")


def test_a_depth_is_the_length_of_the_longest_way() -> None:
    found = {str(value): depth for value, depth in depths(NETWORK).items()}
    assert found == {
        "@x": 0,
        "a": 1,
        "b": 2,
        "c": 3,
        "d": 1,
        "e": 4,
        "f": 5,
    }


def test_applications_are_listed_by_the_owner_of_the_weights() -> None:
    assert {path: [node.path for node in nodes] for path, nodes in applications(NETWORK).items()} == {
        "a": ["a", "b", "d"]
    }
    assert [node.owner for node in NETWORK.nodes] == ["a", "a", "c", "a", "e", "f"]
    assert applications(graph({"x": (4,)}, USES[:1], "a")) == {}


def test_a_position_that_no_layer_reads_leaves_a_gap() -> None:
    dense = {"layer_type": "Dense", "units": 4}
    whole = {"inputs": {"x": [4]}, "layers": [dense, {"layer_type": "Sequential", "layers": [dense, dense]}]}
    assert not has_gaps(archspec.load(whole).graph)
    skipped = {"layer_type": "Dense", "units": 4, "inputs": "0"}
    assert has_gaps(archspec.load({"inputs": {"x": [4]}, "layers": [dense, dense, skipped]}).graph)
    inside = {"name": "s", "layer_type": "Sequential", "layers": [dense, dense, skipped]}
    assert has_gaps(archspec.load({"inputs": {"x": [4]}, "layers": [inside]}).graph)


def test_parts_of_a_copy_are_no_positions() -> None:
    copies = {"name": "c", "layer_type": "Dense", "units": 4, "activation": "relu", "repeat": 2}
    assert not has_gaps(archspec.load({"inputs": {"x": [4]}, "layers": [copies]}).graph)
