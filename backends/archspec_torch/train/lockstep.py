"""An emitted training in float64, a step at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType

from torch import nn

from archspec.backend import Arrays
from archspec.backend.execution import LiveWeights, in_float64
from archspec.ir import Graph
from archspec_torch.places import places
from archspec_torch.runtime import reproducible
from archspec_torch.training import ExactSixth, biased_variances, reader


class Lockstep:
    """See `archspec.backend.Lockstep`. Moving variances are those of the biased variance, as Keras keeps them."""

    def __init__(self, graph: Graph, model: nn.Module, program: ModuleType) -> None:
        self._model = model
        self._training = program.Training(model)
        self._native = {each.canonical: each.native for each in places(graph)}
        average = getattr(self._training, "average", None)
        self.weights: Arrays = LiveWeights.of(
            self._native, reader(graph, model), None if average is None else reader(graph, average.module)
        )

    def step(self, batch: Arrays, rate: float, number: int) -> None:
        """See `archspec.backend.Lockstep.step`."""
        with reproducible(), ExactSixth(), biased_variances(self._model):
            self._training.step(in_float64(batch), rate, number, len(next(iter(batch.values()))))

    def gradient_sizes(self) -> Mapping[str, float]:
        """See `archspec.backend.Lockstep.gradient_sizes`."""
        own = dict(self._model.named_parameters())
        gradients = {name: own[native].grad for name, native in self._native.items() if native in own}
        return {name: float(each.abs().max()) for name, each in gradients.items() if each is not None}

    def mean_loss(self) -> float:
        """See `archspec.backend.Lockstep.mean_loss`."""
        return float(self._training.mean_loss())

    def evaluate(self, batches: Iterable[Arrays]) -> Mapping[str, float]:
        """See `archspec.backend.Lockstep.evaluate`."""
        with reproducible():
            found: Mapping[str, float] = self._training.evaluate(map(in_float64, batches))
        return found
