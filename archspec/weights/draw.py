"""A network's initial weights, drawn outside of any framework."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b

from numpy.random import SFC64

from archspec.ir import Graph, WeightSpec
from archspec.ir.initializers import is_constant
from archspec.weights.distributions import Floats
from archspec.weights.initializers import initial_values
from archspec.weights.names import canonical_name

_UNUSED = SFC64(0)

_THREADS = min(8, os.cpu_count() or 1)


def draw(graph: Graph, seed: int = 0) -> dict[str, Floats]:
    """Every weight's initial values by its canonical name, float32, in execution order.

    Each is drawn by itself from the seed and its name: its bits are the same on every machine and in every network
    that has a weight of this name, shape and initializer.
    """
    owned = {canonical_name(node, weight): weight for node, weight in graph.owned_weights()}
    random = [name for name, weight in owned.items() if not is_constant(weight)]
    # The largest first: at the end no thread is to be left alone with it.
    random.sort(key=lambda name: math.prod(owned[name].shape), reverse=True)

    def values(name: str) -> Floats:
        return initial_values(owned[name], bit_generator(seed, name))

    with ThreadPoolExecutor(_THREADS) as threads:
        drawn = dict(zip(random, threads.map(values, random), strict=True))
    return {name: drawn[name] if name in drawn else initial_values(weight, _UNUSED) for name, weight in owned.items()}


def draw_one(weight: WeightSpec, name: str, seed: int = 0) -> Floats:
    """The values that `draw` gives to the weight of this canonical name."""
    return initial_values(weight, _UNUSED if is_constant(weight) else bit_generator(seed, name))


def bit_generator(seed: int, name: str) -> SFC64:
    """The random bits that belong to this name."""
    digest = blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()
    return SFC64(int.from_bytes(digest, "little"))
