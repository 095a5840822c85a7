"""MTCNN's networks: those of mtcnn for Keras and of facenet-pytorch, whose trained weights are the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from archspec import convert_weights, load, read_checkpoint
from tests.peers.agreement import agreed
from tests.peers.keras_peer import float64
from tests.peers.measured import record
from tests.peers.shipped import folder
from tests.peers.torchvision_peer import torchvision

pytestmark = pytest.mark.real

Array = npt.NDArray[Any]

TOLERANCE = 1e-10
FOUND = {
    "mtcnn_pnet": ("boxes", "faces"),
    "mtcnn_rnet": ("boxes", "faces"),
    "mtcnn_onet": ("boxes", "landmarks", "faces"),
}
"""What each network gives, in the order in which both packages' own networks do."""


def images(name: str) -> Array:
    """Random pixels as the packages scale them."""
    (kind,) = load(name).inputs.values()
    return np.random.default_rng(0).integers(0, 256, (16, *kind.shape)) / 128 - 0.99609375


def build_keras(name: str, path: Path) -> list[Array]:
    """mtcnn's own network with its weights: writes these to a file, and gives its outputs for `images`."""
    pytest.importorskip("keras")
    weights = folder("mtcnn") / "assets" / "weights" / f"{name.removeprefix('mtcnn_')}.lz4"
    arrays = pytest.importorskip("joblib").load(weights)
    pytest.importorskip("tensorflow")
    from mtcnn.network.onet import ONet
    from mtcnn.network.pnet import PNet
    from mtcnn.network.rnet import RNet

    with float64():
        model = {"mtcnn_pnet": PNet, "mtcnn_rnet": RNet, "mtcnn_onet": ONet}[name]()
        model.build((None, *images(name).shape[1:]))
        model.set_weights(arrays)
        model.save_weights(path)
        return [np.asarray(output) for output in model(images(name))]


def largest_difference(name: str, weights: Mapping[str, Array], expected: list[Array]) -> float:
    """Of either backend's outputs from these, in units of their largest value."""
    both = agreed(load(name), weights, {"image": images(name)})
    return max(
        float(np.abs(found[output] - array).max() / np.abs(array).max())
        for found in both.values()
        for output, array in zip(FOUND[name], expected, strict=True)
    )


@pytest.mark.parametrize("name", FOUND)
def test_is_the_network_of_mtcnn(name: str, tmp_path: Path) -> None:
    expected = build_keras(name, tmp_path / "keras.weights.h5")
    network = load(name)
    found = read_checkpoint(network, tmp_path / "keras.weights.h5")
    difference = largest_difference(name, found, expected)
    assert difference < TOLERANCE
    record(network, "mtcnn", difference)


@pytest.mark.parametrize("name", FOUND)
def test_is_the_network_of_facenet_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    path = folder("facenet_pytorch") / "data" / f"{name.removeprefix('mtcnn_')}.pt"
    pytest.importorskip("requests")
    pytest.importorskip("tqdm")
    torchvision()  # the package imports all of these
    from facenet_pytorch.models.mtcnn import ONet, PNet, RNet

    peer = {"mtcnn_pnet": PNet, "mtcnn_rnet": RNet, "mtcnn_onet": ONet}[name]().double().eval()
    with torch.no_grad():
        outputs = peer(torch.from_numpy(images(name)).permute(0, 3, 1, 2))
    maps = [output.numpy() for output in outputs]
    expected = [array.transpose(0, 2, 3, 1) if array.ndim == 4 else array for array in maps]
    network = load(name)
    assert network.parameters().trainable == sum(parameter.numel() for parameter in peer.parameters())
    difference = largest_difference(name, read_checkpoint(network, path), expected)
    assert difference < TOLERANCE
    record(network, "facenet_pytorch", difference)


@pytest.mark.parametrize("name", FOUND)
def test_both_packages_weights_become_the_same_file(name: str, tmp_path: Path) -> None:
    path = folder("facenet_pytorch") / "data" / f"{name.removeprefix('mtcnn_')}.pt"
    build_keras(name, tmp_path / "keras.weights.h5")
    network = load(name)
    from_torch = read_checkpoint(network, path)
    from_keras = read_checkpoint(network, tmp_path / "keras.weights.h5")
    assert all(np.array_equal(from_torch[weight], from_keras[weight]) for weight in network.weights())
    for backend, ending in (("torch", "safetensors"), ("tensorflow", "weights.h5")):
        convert_weights(network, path, tmp_path / f"out.{ending}", to=backend)
        again = read_checkpoint(network, tmp_path / f"out.{ending}")
        assert all(again[weight].tobytes() == from_torch[weight].tobytes() for weight in from_torch)
