"""Bounds for the rounding errors of gradients, where cancellation makes them large compared with the gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from archspec.backend import Arrays, Gradients, TrainingBackend
from archspec.comparison.gradient_summands import summand_magnitudes
from archspec.ir import Graph
from archspec.weights import canonical_name

OF_SUMMANDS = 64 * float(np.finfo(np.float64).eps)
"""The largest rounding error of a gradient whose summands cancel, over the sum of their magnitudes; and of a gradient
that is 0 because the gradients passed back to its layer cancel, over the largest gradient in the network."""


class Rounding:
    """The largest differences of gradients that rounding explains.

    `of_summands` is proportional to the summands of a weight's gradient, `of_network` to the largest gradient anywhere:
    where gradients that are passed back cancel, the layers before get rounding errors of that size. Neither depends on
    a second run of a backend: a backend whose gradients vary from run to run would excuse itself.
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
        self._summands: Mapping[str, float] | None = None
        # A backend with far too large gradients must not raise the bound.
        self.of_network = OF_SUMMANDS * min(_largest(each) for each in found)
        """The rounding error of gradients that are passed back, for any weight and any input."""

    def of_summands(self, name: str) -> float:
        """The rounding error of the sum that is the gradient of a weight.

        For an input (`@name`) it is the largest one of a normalisation's weights: a normalisation computes the gradient
        of its input from those of its scale and shift, with their rounding errors, however much of it cancels.
        """
        if self._summands is None:
            arguments = self._graph, self._backend, self._weights, self._inputs, self._coefficients
            self._summands = summand_magnitudes(*arguments)
        if not name.startswith("@"):
            return OF_SUMMANDS * self._summands.get(name, 0.0)
        owned = (
            canonical_name(node, weight)
            for node, weight in self._graph.owned_weights()
            if node.layer.normalisation(len(node.type.axes) + 1)
        )
        return OF_SUMMANDS * max((self._summands[name] for name in owned), default=0.0)


def _largest(gradients: Gradients) -> float:
    """The largest magnitude of a gradient with respect to an input, a weight or an output."""
    arrays = *by_name(gradients).values(), *gradients.of_outputs.values()
    return max(float(np.abs(array).max(initial=0.0)) for array in arrays)


def by_name(gradients: Gradients) -> dict[str, np.ndarray]:
    """The gradients with respect to inputs, under `@name`, and to weights."""
    return {f"@{name}": array for name, array in gradients.of_inputs.items()} | dict(gradients.of_weights)
