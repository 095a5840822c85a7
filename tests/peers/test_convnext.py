"""ConvNeXts: torchvision's with its own weights."""

from __future__ import annotations

import numpy as np
import pytest

from archspec import list_networks, load
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


def test_begins_with_the_scale_of_torchvision() -> None:
    weights = load("convnext_tiny", inputs=SMALL).weights(seed=0)
    scales = [array for name, array in weights.items() if name.endswith("layer_scale:gamma")]
    assert len(scales) == 18
    assert all((array == np.float32(1e-6)).all() for array in scales)
