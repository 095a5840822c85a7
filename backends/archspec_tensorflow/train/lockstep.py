"""An emitted training in float64, a step at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from archspec.backend import Arrays
from archspec.backend.execution import LiveWeights
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
        own = variables(graph, model)
        self.weights: Arrays = LiveWeights(own, lambda name: to_array(own[name]))

    def step(self, batch: Arrays, rate: float) -> None:
        """See `archspec.backend.Lockstep.step`."""
        doubled = {
            name: array.astype(np.float64) if array.dtype.kind == "f" else array for name, array in batch.items()
        }
        with _in_float64(), comparable(self._model):
            self._training.step(doubled, rate)


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
