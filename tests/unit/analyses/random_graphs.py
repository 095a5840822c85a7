"""Random networks in which values are read again, layers are applied again, and any value may be an output."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random

from archspec.ir import Graph, Layer, Shape
from archspec.layers.activation import ReLU, Softmax
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Concatenate
from archspec.layers.norm import Scale
from archspec.layers.regularisation import Dropout
from archspec.layers.shape import Flatten, Reshape
from archspec.passes import verify
from tests.unit.graphs import Use, graph

INPUTS: dict[str, Shape] = {"x": (2, 3, 2), "y": (2, 3, 2), "v": (12,)}
ANY = (ReLU(), ReLU(), Scale(), Softmax(), Dropout(rate=0.5))
VECTORS = (*ANY, Dense(units=12), Reshape(target_shape=[12]))
IMAGES = (*ANY, Flatten(), Flatten(), Flatten())
LONGEST = 36


@cache
def random_graphs(count: int = 500) -> tuple[Graph, ...]:
    """Networks of 8 layers and of Dense layers behind most of the vectors that no layer reads."""
    return tuple(_random_graph(Random(seed)) for seed in range(count))


def _random_graph(random: Random) -> Graph:
    network = _Growing(random)
    for index in range(8):
        network.grow(f"n{index}")
    network.end()
    return verify(graph(INPUTS, network.uses, " ".join(network.outputs())))


class _Growing:
    def __init__(self, random: Random) -> None:
        self._random = random
        self._shapes: dict[str, Shape] = {f"@{name}": shape for name, shape in INPUTS.items()}
        self.uses: list[Use] = []

    def grow(self, path: str) -> None:
        """Adds a layer that reads late values more often than early ones."""
        self._random.shuffle(candidates := list(self._shapes)[-4:] * 2 + list(self._shapes))
        first = candidates[0]
        use = self._merge(path, first, candidates) if self._random.random() < 0.2 else None
        use = use or self._chain(path, first)
        self.uses.append(use)
        layer, shapes = use[1], [self._shapes[value] for value in use[2].split()]
        self._shapes[path] = (
            graph(
                {f"i{index}": shape for index, shape in enumerate(shapes)},
                [("n", layer, " ".join(f"@i{index}" for index in range(len(shapes))))],
                "n",
            )
            .by_path["n"]
            .type.shape
        )

    def _chain(self, path: str, read: str) -> Use:
        shape = self._shapes[read]
        layers = IMAGES if len(shape) == 3 else [each for each in VECTORS if self._fits(each, shape)]
        again = list(self._applied_to(shape))
        if again and self._random.random() < 0.15:
            owner, layer = self._random.choice(again)
            return path, layer, read, owner
        return path, self._random.choice(layers), read

    def _fits(self, layer: Layer, shape: Shape) -> bool:
        return not isinstance(layer, Reshape) or shape == (12,)

    def _applied_to(self, shape: Shape) -> Iterator[tuple[str, Layer]]:
        """The layers that were applied to this shape, with their paths; only owners."""
        for path, layer, read, *shares in self.uses:
            if not shares and " " not in read and self._shapes[read] == shape:
                yield path, layer

    def _merge(self, path: str, first: str, candidates: list[str]) -> Use | None:
        shape = self._shapes[first]
        if len(shape) == 1 and self._random.random() < 0.4:
            others = [each for each in candidates if len(self._shapes[each]) == 1]
            if shape[0] + self._shapes[others[-1]][0] <= LONGEST:
                return path, Concatenate(), f"{first} {others[-1]}"
        others = [each for each in candidates if self._shapes[each] == shape and each != first]
        return (path, Add(), f"{first} {others[0]}") if others else None

    def end(self) -> None:
        """Adds Dense layers behind most of the vectors that no layer reads."""
        for path in self._unread():
            if len(self._shapes[path]) == 1 and self._random.random() < 0.9:
                self.uses.append((f"{path}_end", Dense(units=3), path))

    def outputs(self) -> list[str]:
        """The values that no layer reads, and a few others."""
        unread = self._unread()
        return [use[0] for use in self.uses if use[0] in unread or self._random.random() < 0.03]

    def _unread(self) -> list[str]:
        read = {value for use in self.uses for value in use[2].split()}
        return [use[0] for use in self.uses if use[0] not in read]
