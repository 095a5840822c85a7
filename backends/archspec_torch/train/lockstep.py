"""An emitted training in float64, a step at a time."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from torch import nn

from archspec.backend import Arrays
from archspec.backend.execution import LiveWeights
from archspec.ir import Graph
from archspec_torch.places import places
from archspec_torch.runtime import reproducible
from archspec_torch.training import ExactSixth, biased_variances, reader


class Lockstep:
    """See `archspec.backend.Lockstep`. Moving variances are those of the biased variance, as Keras keeps them."""

    def __init__(self, graph: Graph, model: nn.Module, program: ModuleType) -> None:
        self._model = model
        self._training = program.Training(model)
        self.weights: Arrays = LiveWeights([each.canonical for each in places(graph)], reader(graph, model))

    def step(self, batch: Arrays, rate: float) -> None:
        """See `archspec.backend.Lockstep.step`."""
        doubled = {
            name: array.astype(np.float64) if array.dtype.kind == "f" else array for name, array in batch.items()
        }
        with reproducible(), ExactSixth(), biased_variances(self._model):
            self._training.step(doubled, rate)
