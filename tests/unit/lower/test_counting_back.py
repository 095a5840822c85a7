"""`inputs` that count the layers back."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.errors import SpecError

IMAGE = {"image": [4, 4, 2]}


def reads(*layers: dict[str, Any], **document: Any) -> dict[str, list[str]]:
    """The inputs of each layer, by its path."""
    network = archspec.load({"inputs": IMAGE, "layers": list(layers), **document})
    return {node.path: [str(value) for value in node.inputs] for node in network.graph.nodes}


def relu(name: str, **common: Any) -> dict[str, Any]:
    return {"name": name, "layer_type": "ReLU", **common}


def add(name: str, *inputs: int | str, **common: Any) -> dict[str, Any]:
    return {"name": name, "layer_type": "Add", "inputs": list(inputs), **common}


def test_the_last_layers() -> None:
    assert reads(relu("a"), relu("b"), add("c", -1, -2))["c"] == ["b", "a"]
    assert reads(relu("a"), relu("b"), add("c", -1, -3))["c"] == ["b", "@image"]
    assert reads(relu("a"), relu("b"), add("c", "b", -2))["c"] == ["b", "a"]


def test_one_number_is_one_input() -> None:
    assert reads(relu("a"), relu("b", inputs=-2), add("c", -1, -2)) == {
        "a": ["@image"],
        "b": ["@image"],
        "c": ["b", "a"],
    }


def test_an_activation_is_no_layer_of_its_own() -> None:
    conv = {"name": "a", "layer_type": "Conv2D", "filters": 2, "kernel_size": 1, "activation": "relu"}
    assert reads(conv, relu("b"), add("c", -1, -2))["c"] == ["b", "1"]


def test_each_copy_counts_from_itself() -> None:
    found = reads(relu("a"), relu("b"), add("c$i", -1, -2, repeat=3))
    assert [found[f"c{index}"] for index in range(3)] == [["b", "a"], ["c0", "b"], ["c1", "c0"]]
    found = reads(relu("a"), relu("b"), add("c", -1, -2, repeat=3))
    assert [found[f"c.{index}"] for index in range(3)] == [["b", "a"], ["c.0", "b"], ["c.1", "c.0"]]
    found = reads(relu("a"), relu("c", repeat=3), add("d", -1, -2, -4))
    assert found["d"] == ["c.2", "c.1", "a"]
    found = reads(relu("a"), relu("b"), {**add("c$x", -1, -2), "for": {"x": [5, 6]}})
    assert [found["c5"], found["c6"]] == [["b", "a"], ["c5", "b"]]


def test_the_layers_of_an_unnamed_group_are_counted() -> None:
    assert reads({"layers": [relu("a"), relu("b")]}, add("c", -1, -2))["c"] == ["b", "a"]
    assert reads(relu("a"), {"layers": [relu("b"), add("c", -1, -2)]})["c"] == ["b", "a"]


def test_a_composite_is_one_layer() -> None:
    residual = {"layer_type": "Residual", "layers": [relu("b")]}
    assert reads(relu("a"), residual, add("c", -1, -2))["c"] == ["2", "a"]
    named = {"name": "g", "layers": [relu("x"), relu("y")]}
    assert reads(relu("a"), named, add("c", -1, -2))["c"] == ["g.y", "a"]


def test_a_named_group_sees_the_layers_around_it() -> None:
    assert reads(relu("a"), {"name": "g", "layers": [relu("x"), add("y", -1, -2, -3)]})["g.y"] == ["g.x", "a", "@image"]


def test_a_block_sees_its_own_layers() -> None:
    blocks = {"Block": {"layers": [relu("x"), add("y", -1, -2)]}}
    assert reads(relu("a"), {"name": "b", "layer_type": "Block"}, blocks=blocks)["b.y"] == ["b.x", "a"]
    beyond = {"Block": {"layers": [relu("x"), add("y", -1, -3)]}}
    with pytest.raises(SpecError, match="-3 counts back beyond the block's input, which is -2 here"):
        reads(relu("a"), {"name": "b", "layer_type": "Block"}, blocks=beyond)


@pytest.mark.parametrize("reference", [-4, -100])
def test_beyond_the_first_layer(reference: int) -> None:
    with pytest.raises(SpecError, match=f"{reference} counts back beyond the network's input, which is -3 here"):
        reads(relu("a"), relu("b"), add("c", -1, reference))


@pytest.mark.parametrize(
    ("reference", "message"),
    [(-101, "counted back to -100"), (0, "must be the names of layers"), (True, "must be the names of layers")],
)
def test_other_numbers_are_refused(reference: object, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        reads(relu("a"), relu("b", inputs=reference))


def test_several_inputs_of_the_network_are_ambiguous() -> None:
    two = {"left": [2], "right": [2]}
    with pytest.raises(SpecError, match="any of the network's inputs: left, right"):
        archspec.load({"inputs": two, "layers": [relu("a", inputs=-1)]})


def test_behind_a_groups_first_layer_comes_the_value_that_it_reads() -> None:
    group = {"name": "g", "inputs": "b", "layers": [relu("x"), add("y", -1, -2, -3)]}
    assert reads(relu("a"), relu("b"), relu("c"), group)["g.y"] == ["g.x", "b", "a"]
    inside = {"name": "g", "layers": [relu("x"), add("y", -1, -3)]}
    again = {"name": "h", "layer_type": "Reuse", "layer": "g"}
    found = reads(relu("a"), inside, relu("b"), relu("c"), again, add("d", "g", "h"))
    assert (found["g.y"], found["h.y"]) == (["g.x", "@image"], ["h.x", "b"])


def test_a_group_without_layers_does_not_count() -> None:
    assert reads(relu("a"), relu("b"), {"name": "g", "layers": []}, add("c", -1, -2))["c"] == ["b", "a"]
    passed = {"name": "g", "layers": [], "inputs": "a"}
    assert reads(relu("a"), relu("b"), passed, add("c", -1, -2, "b"))["c"] == ["a", "@image", "b"]
