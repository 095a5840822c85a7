"""A network's initial weights, drawn outside of any framework."""

from __future__ import annotations

from hashlib import blake2b

from numpy.random import SFC64

from archspec.ir import Graph
from archspec.weights.distributions import Floats
from archspec.weights.initializers import INITIALIZERS
from archspec.weights.names import canonical_name


def draw(graph: Graph, seed: int = 0) -> dict[str, Floats]:
    """Every weight's initial values by its canonical name, float32, in execution order.

    Each is drawn by itself from the seed and its name: its bits are the same on every machine and in every network
    that has a weight of this name, shape and initializer.
    """
    return {
        name: INITIALIZERS[weight.initializer](weight, bit_generator(seed, name))
        for node, weight in graph.owned_weights()
        for name in [canonical_name(node, weight)]
    }


def bit_generator(seed: int, name: str) -> SFC64:
    """The random bits that belong to this name."""
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return SFC64(int.from_bytes(digest, "little"))
