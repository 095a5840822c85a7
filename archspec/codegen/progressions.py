"""Rates that grow in equal steps through a whole network, as those of stochastic depth do: 0.2 * n / 16."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from archspec.ir import Graph
from archspec.layers.regularisation import StochasticDepth
from archspec.program.calls import Literal, Table

_TOPS = tuple(k / 20 for k in range(1, 21))
"""Rates at which people let a progression end."""

_MOST_STEPS = 10_000
"""No network has more layers than that between two of its rates."""


@dataclass(frozen=True, slots=True)
class Progression:
    """The numbers `top * n / steps` for whole numbers n, in just this order of operations."""

    top: float
    steps: int

    def position(self, number: float) -> int | None:
        """The n of a number, None if it has none to the last bit."""
        n = round(number * self.steps / self.top)
        return n if self.top * n / self.steps == number else None

    def formula(self, values: tuple[Literal, ...]) -> str:
        """A list of such numbers, one step apart, as source; "" for anything else."""
        positions = [self.position(value) if isinstance(value, float) else None for value in values]
        first = positions[0] if positions else None
        if first is None or positions != list(range(first, first + len(positions))):
            return ""
        if len(positions) == 1:
            return f"[{self.top} * {first} / {self.steps}]"
        stop = first + len(positions)
        span = f"{first}, {stop}" if first else str(stop)
        return f"[{self.top} * n / {self.steps} for n in range({span})]"


def drop_rates(graph: Graph) -> Progression | None:
    """The progression along which a network's rates of stochastic depth grow from layer to layer, if there is one."""
    rates = [node.layer.rate for node in graph.nodes if isinstance(node.layer, StochasticDepth)]
    grow = len(rates) > 2 and all(a < b for a, b in pairwise(rates))
    return _progression(rates) if grow else None


def _progression(rates: list[float]) -> Progression | None:
    step = min(b - a for a, b in pairwise(rates))
    for top in _TOPS:
        if top > _MOST_STEPS * step:
            return None
        found = Progression(top, round(top / step))
        if top >= rates[-1] and all(found.position(rate) is not None for rate in rates):
            return found
    return None


def table(values: Iterable[Literal], progression: Progression | None) -> Table:
    """A table with the formula by which its values grow."""
    told = tuple(values)
    return Table(told, progression.formula(told) if progression else "")
