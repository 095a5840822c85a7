"""An optimised graph, and the weights that it takes from the original's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from archspec.ir import Graph
from archspec.optimizing.rewriting import Array, Note, Rewriting
from archspec.weights import Stored, StoredWeights, check, weight_shapes


@dataclass(frozen=True)
class Optimization:
    """A graph, the one that it comes from, and the passes between."""

    original: Graph
    graph: Graph
    steps: tuple[Rewriting, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        """The changes in their order."""
        return tuple([note for step in self.steps for note in step.notes])

    def take(self, weights: Mapping[str, Any], *, dtype: str = "float64") -> StoredWeights:
        """The graph's weights from the original's, each computed on access.

        Weights without a change keep their type; the others are computed in float64 and have the type `dtype`. Raises
        `WeightsError` for weights that are not the original's.
        """
        check(weights, self.original)
        return StoredWeights({name: self._stored(name, shape, weights, dtype) for name, shape in self._shapes.items()})

    @cached_property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """The weights that each weight of the original is in now, by its name; none for one that nothing reads."""
        found: dict[str, list[str]] = {name: [] for name in weight_shapes(self.original)}
        for name in self._shapes:
            for source in self._sources(name, len(self.steps)):
                found[source].append(name)
        return {name: tuple(now) for name, now in found.items()}

    @cached_property
    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return weight_shapes(self.graph)

    def _stored(self, name: str, shape: tuple[int, ...], weights: Mapping[str, Any], dtype: str) -> Stored:
        source = self._unchanged(name)
        if source is None:
            return Stored(shape, dtype, lambda: self._value(name, len(self.steps), weights).astype(dtype))
        if isinstance(weights, StoredWeights):
            return weights.stored[source]
        array = weights[source]
        bits = array.view(np.uint16) if array.dtype.name == "bfloat16" else array
        return Stored(shape, array.dtype.name, lambda: bits)

    def _unchanged(self, name: str) -> str | None:
        """The name in the original of a weight without a change; None for others."""
        for step in reversed(self.steps):
            if name in step.rules:
                return None
            name = step.renamed.get(name, name)
        return name

    def _value(self, name: str, level: int, weights: Mapping[str, Any]) -> Array:
        """The weight of this name after `level` passes."""
        if level == 0:
            return np.asarray(weights[name]).astype(np.float64)
        step = self.steps[level - 1]
        rule = step.rules.get(name)
        if rule is None:
            return self._value(step.renamed.get(name, name), level - 1, weights)
        return rule.compute(*[self._value(each, level - 1, weights) for each in rule.reads])

    def _sources(self, name: str, level: int) -> tuple[str, ...]:
        """The weights of the original that the weight of this name follows from, after `level` passes."""
        if level == 0:
            return (name,)
        step = self.steps[level - 1]
        reads = step.rules[name].reads if name in step.rules else (step.renamed.get(name, name),)
        return tuple(dict.fromkeys([source for each in reads for source in self._sources(each, level - 1)]))
