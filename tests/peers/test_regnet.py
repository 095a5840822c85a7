"""RegNets: torchvision's with its own weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from archspec import list_networks, load
from tests.peers.torchvision_peer import assert_loads, assert_same, build_peer, torchvision

if TYPE_CHECKING:
    from torch import nn

NAMES = list_networks("regnet_*")
RUN_ALWAYS = ("regnet_y_400mf",)
SMALL = {"image": (64, 64, 3)}


def build(name: str) -> nn.Module:
    """torchvision's network on the meta device; but it computes its widths with tensors, which must have values."""
    import torch

    params: Any = torchvision().models.regnet.BlockParams
    from_init_params = params.from_init_params

    def with_values(**options: Any) -> Any:
        with torch.device("cpu"):
            return from_init_params(**options)

    with mock.patch.object(params, "from_init_params", with_values):
        return build_peer(name)


@pytest.mark.parametrize("name", NAMES)
def test_takes_torchvisions_state_dict(name: str) -> None:
    assert_loads(load(name), build(name))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in RUN_ALWAYS else pytest.mark.slow) for name in NAMES]
)
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build(name))
