"""EfficientNets, the second ones too: torchvision's with their own weights."""

from __future__ import annotations

import pytest

from archspec import list_networks, load
from archspec.layers.regularisation import StochasticDepth
from tests.marks import rows_but
from tests.peers.settled import assert_same
from tests.peers.sizes import SMALL, SMALLER
from tests.peers.torchvision_peer import assert_variant, build_peer

NAMES = [*list_networks("efficientnet_b?"), *list_networks("efficientnet_v2_?")]
RUN_ALWAYS = ("efficientnet_b0",)
COMPARED = (*RUN_ALWAYS, "efficientnet_v2_s")
FEW = ("efficientnet_b7", "efficientnet_v2_l")


@pytest.mark.parametrize("name", rows_but((), RUN_ALWAYS, COMPARED))
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build_peer(name))


@pytest.mark.parametrize("name", rows_but(RUN_ALWAYS, FEW, NAMES))
def test_has_torchvisions_layers(name: str) -> None:
    assert_variant(load(name, inputs=SMALLER), build_peer(name), assert_same)


@pytest.mark.parametrize("name", rows_but(RUN_ALWAYS, FEW, NAMES))
def test_drops_samples_as_often_as_torchvision(name: str) -> None:
    modules = dict(build_peer(name).named_modules())
    nodes = [node for node in load(name).graph.nodes if isinstance(node.layer, StochasticDepth)]
    residual = [path for path, module in modules.items() if getattr(module, "use_res_connect", False)]
    assert [node.path for node in nodes] == [f"{path}.stochastic_depth" for path in residual]
    assert [node.layer.rate for node in nodes] == [pytest.approx(modules[node.path].p) for node in nodes]
