"""The networks of folders: packages of compile and runs of train."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archspec
from archspec.bundle import write_bundle
from archspec.exporting import read_folder

pytest.importorskip("torch")


def test_a_package_has_the_network_that_it_was_compiled_from(tmp_path: Path) -> None:
    network = archspec.load("resnet18", params={"classes": 7}, inputs={"": (32, 32, 3)}, outputs=["layer1", "fc"])
    write_bundle(network, "torch", tmp_path / "r", device="cpu")
    found = read_folder(tmp_path / "r")
    assert found.weights == tmp_path / "r" / "model.safetensors"
    assert found.network.name == "resnet18"
    assert found.network.inputs == network.inputs
    assert found.network.outputs == network.outputs
    assert found.network.emit("torch") == network.emit("torch")


def test_a_package_of_an_optimised_network(tmp_path: Path) -> None:
    network = archspec.load("resnet18", inputs={"": (32, 32, 3)})
    write_bundle(network, "torch", tmp_path / "r", device="cpu", optimize=True)
    assert read_folder(tmp_path / "r").network.emit("torch") == network.optimize().network.emit("torch")


def test_a_package_of_a_spec_that_is_not_at_hand(tmp_path: Path) -> None:
    layers = [{"name": "fc", "layer_type": "Dense", "units": 2, "input_shape": [3]}]
    write_bundle(archspec.load(layers), "torch", tmp_path / "own", device="cpu")
    with pytest.raises(archspec.ArchspecError, match=r"give the spec, and .*own/model\.safetensors for its weights"):
        read_folder(tmp_path / "own")


def test_a_record_without_the_spec(tmp_path: Path) -> None:
    record = {"name": "x", "backend": "torch", "sha256": {}}
    (tmp_path / "network.json").write_text(json.dumps(record))
    with pytest.raises(archspec.ArchspecError, match=r"network\.json does not say what was compiled"):
        read_folder(tmp_path)


def test_another_folder(tmp_path: Path) -> None:
    with pytest.raises(archspec.ArchspecError, match=r"it has neither network\.json nor run\.json"):
        read_folder(tmp_path)
