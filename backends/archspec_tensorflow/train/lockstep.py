"""An emitted training in float64, a step at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from archspec.backend import Arrays
from archspec.backend.execution import LiveWeights, in_float64
from archspec.ir import Graph
from archspec_tensorflow.runtime import comparable, framework
from archspec_tensorflow.weights import to_array, variables

if TYPE_CHECKING:
    import keras


class Lockstep:
    """See `archspec.backend.Lockstep`."""

    def __init__(self, graph: Graph, model: keras.Model, program: ModuleType) -> None:
        self._model = model
        with _in_float64():
            self._training = program.Training(model)
        _keep_digits(self._training.optimizer)
        own = variables(graph, model)
        averages: list[Any] = getattr(self._training, "average", [])
        average_of = {id(each): average for each, average in zip(model.weights, averages, strict=False)}

        def read_average(name: str) -> Any:
            return to_array(average_of[id(own[name])])

        self.weights: Arrays = LiveWeights.of(own, lambda name: to_array(own[name]), read_average if averages else None)

    def step(self, batch: Arrays, rate: float, number: int) -> None:
        """See `archspec.backend.Lockstep.step`."""
        with _in_float64(), comparable(self._model):
            self._training.step(in_float64(batch), rate, number, len(next(iter(batch.values()))))

    def gradient_sizes(self) -> Mapping[str, float]:
        """Nothing: gradients exist inside of a traced function only."""
        return {}

    def mean_loss(self) -> float:
        """See `archspec.backend.Lockstep.mean_loss`."""
        return float(self._training.mean_loss())

    def evaluate(self, batches: Iterable[Arrays]) -> Mapping[str, float]:
        """See `archspec.backend.Lockstep.evaluate`."""
        with _in_float64(), comparable(self._model):
            found: Mapping[str, float] = self._training.evaluate(map(in_float64, batches))
        return found


def _keep_digits(optimizer: Any) -> None:
    """Keep the numbers in float64 that Keras's own classes round to float32 in float64 models too."""
    names = ["weight_decay", *(["momentum"] if type(optimizer).__module__.startswith("keras.") else [])]
    for name in names:
        value = getattr(optimizer, name, None)
        if isinstance(value, float):
            setattr(optimizer, name, np.float64(value))


@contextmanager
def _in_float64() -> Iterator[None]:
    """Keras's variables have the type float64, that of the learning rate too."""
    config = framework().config
    before = config.floatx()
    config.set_floatx("float64")
    try:
        yield
    finally:
        config.set_floatx(before)
