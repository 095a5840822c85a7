"""What rounding may make of a gradient: asked only where a difference is too large for the gradient's own size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from archspec.backend import Arrays, Gradients, TrainingBackend
from archspec.comparison.terms import gradient_terms
from archspec.ir import Graph

OF_TERMS = 64 * float(np.finfo(np.float64).eps)
"""What is left of a gradient whose terms cancel, in units of the sum of their magnitudes."""

OF_MEASURED = 16
"""How many times as far as in the same backend, moved by its own rounding, a gradient may be from another's."""

TRIALS = 3


class Rounding:
    """How far a gradient may be from another backend's because both are rounded.

    `of_terms` goes by the terms that a weight's gradient is a sum of. `measured` goes by what each backend itself makes
    of inputs that are moved by one unit in the last place: a difference like that movement says nothing.
    """

    def __init__(
        self,
        graph: Graph,
        backends: Sequence[TrainingBackend],
        weights: Arrays,
        inputs: Arrays,
        coefficients: Arrays,
        found: Sequence[Gradients],
    ) -> None:
        self._graph, self._backends, self._found = graph, backends, found
        self._weights, self._inputs, self._coefficients = weights, inputs, coefficients
        self._terms: Mapping[str, float] | None = None
        self._measured: Mapping[str, float] | None = None

    def of_terms(self, name: str) -> float:
        """The rounding of a sum of terms like a weight's; 0 for an input, whose terms nobody counts."""
        if self._terms is None:
            arguments = self._graph, self._backends[0], self._weights, self._inputs, self._coefficients
            self._terms = gradient_terms(*arguments)
        return OF_TERMS * self._terms.get(name, 0.0)

    def measured(self, name: str) -> float:
        """What the gradient with respect to a weight, or to an input (`@name`), moves by."""
        if self._measured is None:
            self._measured = self._moved()
        return OF_MEASURED * self._measured[name]

    def _moved(self) -> dict[str, float]:
        largest: dict[str, float] = {}
        generator = np.random.Generator(np.random.PCG64(3))
        for _ in range(TRIALS):
            inputs = {
                name: array * (1 + np.finfo(np.float64).eps * generator.integers(-1, 2, np.shape(array)))
                for name, array in self._inputs.items()
            }
            for backend, usual in zip(self._backends, self._found, strict=True):
                source = backend.emit(self._graph)
                model = backend.load(self._graph, source, self._weights, dtype="float64", device="cpu")
                moved = by_name(backend.gradients(self._graph, model, inputs, self._coefficients))
                for name, array in by_name(usual).items():
                    distance = float(np.abs(moved[name] - array).max(initial=0.0))
                    largest[name] = max(largest.get(name, 0.0), distance)
        return largest


def by_name(gradients: Gradients) -> dict[str, np.ndarray]:
    """The gradients with respect to inputs, under `@name`, and to weights."""
    return {f"@{name}": array for name, array in gradients.of_inputs.items()} | dict(gradients.of_weights)
