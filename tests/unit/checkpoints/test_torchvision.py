"""torchvision's checkpoint becomes both frameworks' model, with its outputs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import archspec
from archspec.backend import find_backend

torch = pytest.importorskip("torch")
pytest.importorskip("keras")
if find_spec("torchvision") is None:
    pytest.skip("torchvision is not installed", allow_module_level=True)


def test_resnet18(tmp_path: Path) -> None:
    from tests.peers.torchvision_peer import torchvision, train

    peer = torchvision().models.resnet18(weights=None).double().eval()
    train(peer)
    torch.save(peer.state_dict(), tmp_path / "resnet18.pth")
    network = archspec.load("resnet18", inputs={"image": [64, 64, 3]})
    archspec.convert_weights(network, tmp_path / "resnet18.pth", tmp_path / "resnet18.weights.h5", to="tensorflow")
    image = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    with torch.no_grad():
        expected = peer(image).numpy()
    model = network.compile("tensorflow", dtype="float64", device="cpu")
    model.load_weights(tmp_path / "resnet18.weights.h5")  # Keras's own reader
    inputs = {"image": image.permute(0, 2, 3, 1).numpy()}
    found = find_backend("tensorflow").run(network.graph, model, inputs)["fc"]
    assert np.abs(found - expected).max() < 1e-10 * np.abs(expected).max()


def test_resnet18_under_other_names(tmp_path: Path) -> None:
    from tests.peers.torchvision_peer import torchvision, train

    peer = torchvision().models.resnet18(weights=None)
    train(peer)
    words = {"layer": "stage", "conv": "c", "bn": "norm", "downsample": "shortcut", "fc": "head"}
    state = peer.state_dict()
    for word, other in words.items():
        state = {name.replace(word, other): tensor for name, tensor in state.items()}
    torch.save(state, tmp_path / "other.pth")
    network = archspec.load("resnet18")
    found = archspec.read_checkpoint(network, tmp_path / "other.pth")
    expected = archspec.read_weights(network, peer)
    assert all(found[name].tobytes() == array.tobytes() for name, array in expected.items())
