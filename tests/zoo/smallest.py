"""The smallest that a network of the zoo can be compared at: how small its input is, and what else is smaller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import archspec
from archspec import Network
from archspec.catalogue import summaries
from archspec.errors import ArchspecError

SIZES = (16, 24, 32, 48, 64, 75, 80, 96, 112, 128, 139, 160, 188)
"""Heights and widths to try; a network that exists at none of them has its own."""

ENOUGH = 4
"""Pixels that a batch normalisation has for each sample. Over eight numbers, each of which has a large part in their
mean, rounding grows from layer to layer, and from step to step."""

NARROW: Mapping[str, tuple[str, dict[str, Any]]] = {
    "regnet_y_128gf": ("a quarter as wide", {"widths": [132, 264, 726, 1848], "group_width": 66})
}
"""Networks that need more memory than there is, in words and as params; at its own width this one needs some 50 GB."""

LARGER: Mapping[str, int] = {"resnet101_unstrided": 96}
"""Heights and widths of networks in which rounding grows too much at smaller ones: in this one every shortcut is a
convolution, and a pass at 48 x 48 makes 3e-9 of it in a gradient, at 96 x 96 6e-10."""


def smallest(name: str) -> Network:
    """The zoo's network at the smallest of `SIZES` at which it exists and has enough to normalise."""
    _, params = NARROW.get(name, ("", {}))
    (own,) = (summary.inputs for summary in summaries() if summary.name == name)
    shape = next(iter(own.values()))
    for size in SIZES if len(own) == 1 else ():
        if LARGER.get(name, 0) <= size < shape[0]:
            try:
                network = archspec.load(name, params=params, inputs={"": (size, size, shape[2])})
            except ArchspecError:
                continue
            if _has_enough(network):
                return network
    return archspec.load(name, params=params)


def _has_enough(network: Network) -> bool:
    graph = network.graph
    normalised = dict.fromkeys(node.path for node, weight in graph.owned_weights() if weight.role == "variance")
    maps = (graph.by_path[path].type.shape for path in normalised)
    return all(shape[0] * shape[1] >= ENOUGH for shape in maps if len(shape) == 3)
