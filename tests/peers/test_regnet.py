"""RegNets: torchvision's with its own weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from archspec import list_networks, load
from tests.marks import rows_but
from tests.peers.measured import write
from tests.peers.settled import assert_same
from tests.peers.sizes import SMALL, SMALLER
from tests.peers.torchvision_peer import assert_variant, build_peer, torchvision

if TYPE_CHECKING:
    from torch import nn

NAMES = list_networks("regnet_*")
RUN_ALWAYS = ("regnet_y_400mf",)
COMPARED = (*RUN_ALWAYS, "regnet_x_400mf")
FEW = ("regnet_x_400mf", "regnet_x_32gf", "regnet_y_32gf")
"""With squeeze and excitation, and without."""
LARGEST = "regnet_y_128gf"


def build(name: str, narrower: int = 1) -> nn.Module:
    """torchvision's network on the meta device; but it computes its widths with tensors, which must have values."""
    import torch

    params: Any = torchvision().models.regnet.BlockParams
    from_init_params = params.from_init_params

    def with_values(**options: Any) -> Any:
        with torch.device("cpu"):
            found = from_init_params(**options)
        found.widths = [width // narrower for width in found.widths]
        found.group_widths = [width // narrower for width in found.group_widths]
        return found

    with mock.patch.object(params, "from_init_params", with_values):
        return build_peer(name)


@pytest.mark.parametrize("name", rows_but((), RUN_ALWAYS, COMPARED))
def test_is_torchvisions_network(name: str) -> None:
    assert_same(load(name, inputs=SMALL), build(name))


@pytest.mark.parametrize("name", rows_but(RUN_ALWAYS, FEW, NAMES))
def test_has_torchvisions_layers(name: str) -> None:
    compare = compare_narrow if name == LARGEST else assert_same
    assert_variant(load(name, inputs=SMALLER), build(name), compare)


def compare_narrow(*_: object) -> float:
    """At its own width torchvision's largest model, ours and their weights need some 20 GB in float64."""
    narrow = {"widths": [132, 264, 726, 1848], "group_width": 66}
    difference = assert_same(load(LARGEST, params=narrow, inputs=SMALLER), build(LARGEST, narrower=4))
    write(LARGEST, "torchvision, a quarter as wide", difference)
    return difference
