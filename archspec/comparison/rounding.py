"""What rounding may make of a gradient: asked only where a difference is too large for the gradient's own size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from archspec.backend import Arrays, Gradients, TrainingBackend
from archspec.comparison.terms import gradient_terms
from archspec.ir import Graph
from archspec.weights import canonical_name

OF_TERMS = 64 * float(np.finfo(np.float64).eps)
"""What is left of a gradient whose terms cancel, in units of the sum of their magnitudes; and of one that is 0 because
all that is passed back cancels, in units of the largest gradient in the network."""


class Rounding:
    """How far a gradient may be from another backend's because both are rounded.

    `of_terms` goes by the terms that a weight's gradient is a sum of, `of_network` by the largest gradient anywhere:
    where what is passed back cancels, nothing but rounding of that size reaches the layers before. Neither goes by
    what a backend does when it is asked again: a backend that is not sure of its gradient would excuse itself.
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
        self._graph, self._backend = graph, backends[0]
        self._weights, self._inputs, self._coefficients = weights, inputs, coefficients
        self._terms: Mapping[str, float] | None = None
        # A backend whose gradients are far too large does not get more for that.
        self.of_network = OF_TERMS * min(_largest(each) for each in found)
        """The rounding of what is passed back, to any weight and any input."""

    def of_terms(self, name: str) -> float:
        """The rounding of a sum of terms like a weight's.

        For an input it is that of a normalisation's weight, the largest: what comes back through a normalisation is
        made of the gradients of its scale and shift, and is rounded like these, however much of it cancels.
        """
        if self._terms is None:
            arguments = self._graph, self._backend, self._weights, self._inputs, self._coefficients
            self._terms = gradient_terms(*arguments)
        if not name.startswith("@"):
            return OF_TERMS * self._terms.get(name, 0.0)
        owned = (
            canonical_name(node, weight)
            for node, weight in self._graph.owned_weights()
            if node.layer.normalisation(len(node.type.shape) + 1)
        )
        return OF_TERMS * max((self._terms[name] for name in owned), default=0.0)


def _largest(gradients: Gradients) -> float:
    """The largest magnitude of a gradient with respect to an input, a weight or an output."""
    arrays = *by_name(gradients).values(), *gradients.of_outputs.values()
    return max(float(np.abs(array).max(initial=0.0)) for array in arrays)


def by_name(gradients: Gradients) -> dict[str, np.ndarray]:
    """The gradients with respect to inputs, under `@name`, and to weights."""
    return {f"@{name}": array for name, array in gradients.of_inputs.items()} | dict(gradients.of_weights)
