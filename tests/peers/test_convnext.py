"""ConvNeXts: torchvision's with its own weights."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from archspec import list_networks, load
from archspec.checkpoints import Checkpoint, match
from archspec.weights import Stored
from tests.marks import slow_but
from tests.peers.sizes import SMALL, SMALLER
from tests.peers.torchvision_peer import assert_same, assert_variant, build_peer

NAMES = [name for name in list_networks("convnext_*") if not name.endswith("_keras")]
RUN_ALWAYS = ("convnext_tiny",)


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, NAMES))
def test_drops_as_often_as_torchvision(name: str) -> None:
    theirs = {path: module.p for path, module in build_peer(name).named_modules() if hasattr(module, "p")}
    network = load(name)
    for path in (path for path in theirs if path.endswith("stochastic_depth")):
        assert network.graph.by_path[path].layer.model_dump()["rate"] == pytest.approx(theirs[path])


@pytest.mark.slow
@pytest.mark.parametrize("name", RUN_ALWAYS)
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, NAMES))
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALLER), build_peer(name))


@pytest.mark.skipif(find_spec("timm") is None, reason="timm is not installed")
@pytest.mark.parametrize("name", slow_but(RUN_ALWAYS, NAMES))
def test_the_original_release_is_found_by_its_names(name: str, tmp_path: Path) -> None:
    """timm knows these names too: what it makes of the file are its own tensors."""
    from tests.peers.timm_peer import build_peer as build_timm

    peer = build_timm(name)
    from timm.models.convnext import checkpoint_filter_fn

    state = peer.state_dict()
    stored = {key: Stored(tuple(value.shape), "float64", value.numpy) for key, value in state.items()}
    network = load(name, inputs=SMALLER)
    theirs = match(network.graph, Checkpoint(tmp_path, "torch", stored, "definition"))
    (party,) = (party for party in network.graph.third_parties if party.name == "facebookresearch/ConvNeXt")
    original = {}
    for each in theirs.matches:
        word = each.tensor.rpartition(".")[2]
        own = party.calls(each.weight.canonical) or f"{party.calls(each.weight.layer)}.{word}"
        original[own] = state[each.tensor]
        assert list(checkpoint_filter_fn({"model": {own: state[each.tensor]}}, peer)) == [each.tensor]
    assert len(original) == len(state)
    stored = {key: Stored(tuple(value.shape), "float64", value.numpy) for key, value in original.items()}
    found = match(network.graph, Checkpoint(tmp_path, "torch", stored, "definition"))
    assert found.complete
    assert found.third_party is not None
    assert found.third_party.name == "facebookresearch/ConvNeXt"


def test_begins_with_the_scale_of_torchvision() -> None:
    weights = load("convnext_tiny", inputs=SMALL).weights(seed=0)
    scales = [array for name, array in weights.items() if name.endswith("layer_scale:gamma")]
    assert len(scales) == 18
    assert all((array == np.float32(1e-6)).all() for array in scales)
