"""A file with the names that a document knows from a third party."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec.checkpoints import CheckpointError, CheckpointOptions, read_weights_file
from archspec.cli.advice import said
from tests.unit.checkpoints.networks import Array, weights_of, write

LAYERS = {"stem": "first", "block.conv$i": "blocks.$(i + 1).convolution", "scale:gamma": "gain", "fc": "head.fc"}


CONVOLUTIONS = {
    "stem": "first",
    "block.conv0": "blocks.1.convolution",
    "block.conv1": "blocks.2.convolution",
}


def network(names: object = None, **params: Any) -> archspec.Network:
    """Two convolutions side by side, which only names tell apart, and a Dense."""
    convolution = {"layer_type": "Conv2D", "filters": 4, "kernel_size": 1}
    document = {
        "archspec": 1,
        "name": "net",
        "params": {"epsilon": 1e-5},
        "inputs": {"image": [2, 2, 4]},
        "layers": [
            {"name": "stem", **convolution},
            {
                "name": "block",
                "layer_type": "Parallel",
                "merge": "Add",
                "branches": [[{"name": f"conv{index}", **convolution}] for index in (0, 1)],
            },
            {"name": "bn", "layer_type": "BatchNormalization", "epsilon": "$epsilon"},
            {"name": "scale", "layer_type": "LayerScale"},
            {"layer_type": "Flatten"},
            {"name": "fc", "layer_type": "Dense", "units": 3},
        ],
        "names": {"theirs": names or {"layers": LAYERS}},
    }
    return archspec.load(document, params=params)


def tensors(weights: dict[str, Array]) -> dict[str, Array]:
    """The weights as a third party's tensors; its Dense is a convolution over the whole image."""
    found = {"gain": weights["scale:gamma"]}
    # The convolutions are in no order of execution.
    for mine, theirs in reversed(CONVOLUTIONS.items()):
        found[f"{theirs}.weight"] = weights[f"{mine}:kernel"].transpose(3, 2, 0, 1).copy()
        found[f"{theirs}.bias"] = weights[f"{mine}:bias"]
    words = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    found |= {f"bn.{word}": weights[f"bn:{slot}"] for slot, word in words.items()}
    found["head.fc.weight"] = weights["fc:kernel"].reshape(2, 2, 4, 3).transpose(3, 2, 0, 1).copy()
    found["head.fc.bias"] = weights["fc:bias"]
    return found


def test_the_document_says_what_the_layers_are_called(tmp_path: Path) -> None:
    weights = weights_of(network())
    path = write(tmp_path / "w.safetensors", tensors(weights))
    found = read_weights_file(network().graph, path)
    assert {match.how for match in found.matching.matches} == {"third party"}
    assert found.matching.third_party is not None
    assert found.matching.third_party.name == "theirs"
    for name, array in weights.items():
        np.testing.assert_array_equal(found[name], array)


def test_without_names_nothing_tells_the_branches_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors", tensors(weights_of(network())))
    with pytest.raises(CheckpointError, match="9 of its 13 weights were not found"):
        read_weights_file(network({"layers": {"no.such": "layer"}}).graph, path)


FEWER = {"stem": "first", "block.conv0": "blocks.1.convolution", "scale:gamma": "gain", "fc": "head.fc"}
"""Without a name for `block.conv1`, whose shapes others have."""


def test_a_layer_without_a_name_is_the_only_one_that_is_left(tmp_path: Path) -> None:
    """The file is sorted by name. A third party's names are not equal by chance, so no order has to confirm them."""
    weights = weights_of(network())
    mine = network({"layers": FEWER})
    arrays = dict(sorted(tensors(weights).items()))
    found = read_weights_file(mine.graph, write(tmp_path / "w.safetensors", arrays))
    assert {match.weight.layer for match in found.matching.matches if match.how == "order"} == {"block.conv1"}
    np.testing.assert_array_equal(found["block.conv1:kernel"], weights["block.conv1:kernel"])


def test_an_order_that_contradicts_the_names_is_told(tmp_path: Path) -> None:
    """The file has the layer without a name before `stem`, which runs first."""
    path = write(tmp_path / "w.safetensors", tensors(weights_of(network())))
    with pytest.raises(CheckpointError, match=r"block\.conv1: blocks\.2\.convolution"):
        read_weights_file(network({"layers": FEWER}).graph, path)


def test_prefixes_of_training_programs_are_ignored(tmp_path: Path) -> None:
    weights = weights_of(network())
    wrapped = {f"module.{name}": array for name, array in tensors(weights).items()}
    found = read_weights_file(network().graph, write(tmp_path / "w.safetensors", wrapped))
    np.testing.assert_array_equal(found["block.conv1:kernel"], weights["block.conv1:kernel"])


def test_other_classes_do_not_fit(tmp_path: Path) -> None:
    """The names say that it is the same layer, so its shape is the fault."""
    arrays = tensors(weights_of(network()))
    arrays["head.fc.weight"] = np.zeros((9, 4, 2, 2), np.float32)
    path = write(tmp_path / "w.safetensors", arrays)
    with pytest.raises(CheckpointError, match=r"head\.fc\.weight is 9 x 4 x 2 x 2"):
        read_weights_file(network().graph, path)


def test_a_map_comes_first(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors", tensors(weights_of(network())))
    swapped = {"block.conv0": "blocks.2.convolution", "block.conv1": "blocks.1.convolution"}
    found = read_weights_file(network().graph, path, CheckpointOptions(names=swapped))
    pairs = {match.weight.canonical: match.tensor for match in found.matching.matches}
    assert pairs["block.conv0:kernel"] == "blocks.2.convolution.weight"


def test_the_networks_own_names_come_before_a_third_partys(tmp_path: Path) -> None:
    """Here the third party's names are the network's, for other layers."""
    names = {"layers": {"block.conv0": "block.conv1", "block.conv1": "block.conv0"}}
    mine = network(names)
    weights = weights_of(mine)
    path = tmp_path / "own.safetensors"
    theirs = write(tmp_path / "w.safetensors", tensors(weights))
    archspec.convert_weights(network(), theirs, path, to="torch")
    found = read_weights_file(mine.graph, path)
    assert {match.how for match in found.matching.matches} == {"name"}
    np.testing.assert_array_equal(found["block.conv1:kernel"], weights["block.conv1:kernel"])


OTHERS = [
    "net",
    {"name": "tf_net", "differs": "padding is same", "network": "net_keras"},
    {"name": "old_net", "differs": "epsilon is 0.001", "params": {"epsilon": 0.001}},
]


def notes(mine: archspec.Network, path: Path) -> list[str]:
    return [said(note) for note in read_weights_file(mine.graph, path).notes if "another function" in said(note)]


def test_a_value_tells_that_a_file_has_other_params(tmp_path: Path) -> None:
    sign = {"value": [1, 2, 3, 4], "says": "old models", "params": {"epsilon": 0.001}}
    names = {"signs": {"bn:moving_mean": sign, "bn:beta": sign | {"value": 0}}}
    arrays = weights_of(network())
    others = write(tmp_path / "others.safetensors", arrays)
    arrays["bn:moving_mean"] = np.array([1, 2, 3, 4.001], np.float32)
    old = write(tmp_path / "old.safetensors", arrays)
    facts = "bn:moving_mean is 1, 2, 3, 4 in the file: old models"
    found = read_weights_file(network(names).graph, old).notes
    assert [said(note) for note in found] == [f"{facts}\n--set epsilon=0.001 gives their function"]
    assert read_weights_file(network(names).graph, others).notes == ()
    assert read_weights_file(network(names, epsilon=0.001).graph, old).notes == ()


def test_networks_with_these_names_and_another_function_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "w.safetensors", tensors(weights_of(network())))
    names = {"layers": LAYERS, "networks": OTHERS}
    title = "theirs has networks of another function with these names, which nothing in the file tells:"
    tf_net = "  tf_net: padding is same; net_keras has its function"
    old_net = "  old_net: epsilon is 0.001; net with epsilon: 0.001 has its function"
    assert notes(network(names), path) == [f"{title}\n{tf_net}\n{old_net}\n--set sets params"]
    assert notes(network(names, epsilon=0.001), path) == []  # these are old_net's params
    assert notes(network({"layers": LAYERS, "networks": "net"}), path) == []
