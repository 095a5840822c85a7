"""Bounds for the rounding errors of gradients and moving statistics that are 0 because larger terms cancel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from archspec.backend import Arrays, Gradients, TrainingBackend
from archspec.comparison.gradient_summands import summand_magnitudes
from archspec.comparison.normalised_terms import largest_term
from archspec.ir import Graph
from archspec.weights import canonical_name

OF_SUMMANDS = 64 * float(np.finfo(np.float64).eps)
"""The largest rounding error of a gradient whose summands cancel, over the sum of their magnitudes; of a gradient that
is 0 because the gradients passed back to its layer cancel, over the largest gradient in the network; and of a moving
statistic that is 0 because the terms of a normalisation cancel, over the largest term in the network."""


class Rounding:
    """The largest differences of gradients and moving statistics that rounding explains.

    `of_summands` is proportional to the summands of a weight's gradient, `of_network` to the largest gradient anywhere:
    where gradients that are passed back cancel, the layers before get rounding errors of that size. `of_terms` is
    proportional to the largest term of a normalisation: the statistics behind one of a constant get rounding errors of
    that size. None depends on a second run of a backend: one whose gradients vary from run to run would excuse itself.
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
        self._graph = graph
        self._run = graph, backends[0], weights, inputs, coefficients
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
            self._summands = summand_magnitudes(*self._run)
        if not name.startswith("@"):
            return OF_SUMMANDS * self._summands.get(name, 0.0)
        owned = (
            canonical_name(node, weight)
            for node, weight in self._graph.owned_weights()
            if node.layer.normalisation(len(node.type.axes) + 1)
        )
        return OF_SUMMANDS * max((self._summands[name] for name in owned), default=0.0)

    def of_terms(self) -> float:
        """The rounding error of a moving statistic behind a normalisation whose input is constant."""
        return OF_SUMMANDS * self._largest_term

    @cached_property
    def _largest_term(self) -> float:
        return largest_term(*self._run)


def _largest(gradients: Gradients) -> float:
    """The largest magnitude of a gradient with respect to an input, a weight or an output."""
    arrays = *by_name(gradients).values(), *gradients.of_outputs.values()
    return max(float(np.abs(array).max(initial=0.0)) for array in arrays)


def by_name(gradients: Gradients) -> dict[str, np.ndarray]:
    """The gradients with respect to inputs, under `@name`, and to weights."""
    return {f"@{name}": array for name, array in gradients.of_inputs.items()} | dict(gradients.of_weights)
