"""The networks of the zoo that a file's weights fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import archspec
from archspec import catalogue, recognition
from archspec.checkpoints import layout_for
from archspec.recognition import find_network
from tests.unit.checkpoints.networks import write


@pytest.fixture(autouse=True)
def _small_zoo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the zoo, because the shapes of all take seconds."""

    def some(pattern: str = "") -> list[catalogue.Summary]:
        return [
            each
            for family in ("mobilenet_v2*", "mobilenet_v3*", "zfnet*", "lenet*")
            for each in catalogue.summaries(family)
        ]

    monkeypatch.setattr(recognition, "summaries", some)


def a_file(path: Path, name: str, form: str = "torch", leave_out: str = "", **params: Any) -> Path:
    """A file with the names and shapes of a network of the zoo, whose values are all zeros."""
    layout = layout_for(archspec.load(name, params=params).graph, form)
    shapes = {weight.names[0]: weight.native_shape for weight in layout.weights}
    return write(
        path,
        {
            name: np.broadcast_to(np.float32(0), shape)
            for name, shape in shapes.items()
            if not leave_out or not name.startswith(leave_out)
        },
    )


def renamed(path: Path) -> Path:
    """The tensors under other names, which tell their order."""
    found = archspec.checkpoints.open_checkpoint(path)
    layers = {layer: place for place, layer in enumerate(dict.fromkeys(found.split(name)[0] for name in found.tensors))}
    arrays = {f"layers.{layers[found.split(n)[0]]}.{found.split(n)[1]}": t.read() for n, t in found.tensors.items()}
    return write(path, arrays)


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "lenet5"])
def test_a_network_by_its_own_names(tmp_path: Path, name: str) -> None:
    path = a_file(tmp_path / "a.safetensors", name)
    assert [network.name for network in archspec.find_networks(path)] == [name]


def test_a_network_by_order_and_shapes(tmp_path: Path) -> None:
    path = renamed(a_file(tmp_path / "a.safetensors", "mobilenet_v3_small"))
    found = [network.name for network in archspec.find_networks(path)]
    assert found == ["mobilenet_v3_small", "mobilenet_v3_small_keras"]


def test_another_number_of_classes(tmp_path: Path) -> None:
    found = find_network(a_file(tmp_path / "a.safetensors", "mobilenet_v3_small", classes=37))
    assert (found.name, found.origin.params) == ("mobilenet_v3_small", {"classes": 37})


def test_networks_that_no_weights_tell_apart(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.safetensors", "zfnet")
    assert [network.name for network in archspec.find_networks(path)] == ["zfnet", "zfnet_keras"]
    with pytest.raises(archspec.WeightsError, match=r"which no weights tell apart:\n  zfnet.*\n  zfnet_keras"):
        find_network(path)


def test_a_file_without_a_classifier(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.safetensors", "mobilenet_v3_large", leave_out="classifier")
    assert archspec.find_networks(path) == []
    with pytest.raises(archspec.WeightsError, match="mobilenet_v3_large: the file lacks 1280 x 960, 1280, 1000 x 1280"):
        find_network(path)
    assert find_network(path, only_matching=True).name == "mobilenet_v3_large"


def test_a_file_of_no_network(tmp_path: Path) -> None:
    path = write(tmp_path / "a.safetensors", {"a.weight": np.ones((3, 5), "f4"), "a.bias": np.ones(3, "f4")})
    assert archspec.find_networks(path, only_matching=True) == []
    with pytest.raises(archspec.WeightsError, match=r"has the weights of no network of the zoo$"):
        find_network(path)


def test_counters_do_not_count(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.safetensors", "mobilenet_v3_small")
    arrays = {name: tensor.read() for name, tensor in archspec.checkpoints.open_checkpoint(path).tensors.items()}
    arrays["features.0.1.num_batches_tracked"] = np.int64(7)
    assert find_network(write(path, arrays)).name == "mobilenet_v3_small"


def test_a_graph_tells_networks_of_equal_weights_apart(tmp_path: Path) -> None:
    """The network of keras.applications has other paddings and epsilons than torchvision's."""
    keras = pytest.importorskip("keras")
    pytest.importorskip("h5py")
    model = keras.applications.MobileNetV3Small(weights=None)
    model.save(tmp_path / "m.keras")
    assert [network.name for network in archspec.find_networks(tmp_path / "m.keras")] == ["mobilenet_v3_small_keras"]


def test_the_layers_without_weights_in_a_keras_file_tell_networks_apart(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    from tests.peers.applications import save

    keras.utils.clear_session(free_memory=False)
    model = keras.applications.MobileNetV2(weights=None, input_shape=(32, 32, 3), classes=7)
    for kind in ("legacy.h5", "model.weights.h5"):
        found = archspec.find_networks(save(model, tmp_path / kind))
        assert [(each.name, each.origin.params) for each in found] == [("mobilenet_v2_keras", {"classes": 7})], kind
