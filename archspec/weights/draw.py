"""A network's initial weights, drawn outside of any framework."""

from __future__ import annotations

from hashlib import blake2b

from numpy.random import SFC64

from archspec.ir import Graph
from archspec.weights.distributions import Floats
from archspec.weights.initializers import CONSTANTS, INITIALIZERS
from archspec.weights.names import canonical_name

_UNUSED = SFC64(0)


def draw(graph: Graph, seed: int = 0) -> dict[str, Floats]:
    """Every weight's initial values by its canonical name, float32, in execution order.

    Each is drawn by itself from the seed and its name: its bits are the same on every machine and in every network
    that has a weight of this name, shape and initializer.
    """
    weights: dict[str, Floats] = {}
    for node, weight in graph.owned_weights():
        name = canonical_name(node, weight)
        # Making a bit generator takes longer than filling a small weight.
        bits = _UNUSED if weight.initializer in CONSTANTS else bit_generator(seed, name)
        weights[name] = INITIALIZERS[weight.initializer](weight, bits)
    return weights


def bit_generator(seed: int, name: str) -> SFC64:
    """The random bits that belong to this name."""
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return SFC64(int.from_bytes(digest, "little"))
