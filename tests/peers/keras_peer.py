"""Networks built by hand in Keras, to hold archspec's against. All of it is in float64 and on the CPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from archspec import read_weights
from archspec.backend import find_backend
from archspec.network import Network
from archspec.weights import randomised

if TYPE_CHECKING:
    import keras

Array = npt.NDArray[Any]

TOLERANCE = 1e-10


@dataclass
class Layers:
    """Makes Keras layers by their names, and remembers them in the order in which they are applied."""

    applied: list[keras.Layer] = field(default_factory=list)

    def __getattr__(self, layer_type: str) -> Callable[..., Any]:
        import keras

        make = _scale_type() if layer_type == "Scale" else getattr(keras.layers, layer_type)

        def layer(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
            return lambda x: self._apply(make(*args, **kwargs), x)

        return layer

    def _apply(self, layer: keras.Layer, x: Any) -> Any:
        self.applied.append(layer)
        return layer(x)


Build = Callable[[Layers, Any], Any]
"""Builds a network on its input, or on the list of its inputs if it has several."""


@dataclass(frozen=True)
class Twin:
    """A network built by hand; its weights are in the order in which its layers were applied."""

    model: keras.Model
    layers: Sequence[keras.Layer]

    def parameters(self) -> tuple[int, int]:
        """How many weights there are, and how many of them are trainable, as Keras counts."""
        trainable = sum(int(np.prod(weight.shape)) for weight in self.model.trainable_weights)
        return self.model.count_params(), trainable

    def weights(self) -> list[Array]:
        """All weights."""
        return [array for layer in self.layers for array in layer.get_weights()]

    def set_weights(self, arrays: Sequence[Array]) -> None:
        """Replace all weights."""
        remaining = iter(arrays)
        for layer in self.layers:
            layer.set_weights([next(remaining) for _ in layer.weights])
        assert next(remaining, None) is None, "the hand-built network has fewer weights"

    def output(self, inputs: Mapping[str, Array]) -> Array:
        """The only output in inference mode."""
        output: Array = np.asarray(self.model(_one_or_all(list(inputs.values())), training=False))
        return output


def build_twin(network: Network, build: Build) -> Twin:
    """Build a network by hand, for inputs like the given network's."""
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        inputs = _one_or_all([keras.Input(type_.shape) for type_ in network.inputs.values()])
        layers = Layers()
        return Twin(keras.Model(inputs, build(layers, inputs)), layers.applied)
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def random_inputs(network: Network, batch: int = 2) -> dict[str, Array]:
    """Standard normal inputs."""
    generator = np.random.default_rng(0)
    return {name: generator.standard_normal((batch, *type_.shape)) for name, type_ in network.inputs.items()}


def assert_same(network: Network, twin: Twin) -> None:
    """Both are the same function: with our weights in the twin, and with the twin's in ours.

    Our weights are as if trained; they go to the twin by position, are read back from it, and our PyTorch and Keras
    models are made with what was read.
    """
    weights = randomised(network.graph)
    shapes = [array.shape for array in weights.values()]
    assert shapes == [array.shape for array in twin.weights()]
    twin.set_weights(list(weights.values()))
    inputs = random_inputs(network)
    expected = _scores(twin.output(inputs))
    assert expected.std(axis=0).max() > 1e-6, "the output does not depend on the input"
    theirs = dict(zip(weights, twin.weights(), strict=True))
    for name in ("torch", "tensorflow"):
        backend = find_backend(name)
        model = network.compile(name, weights=theirs, dtype="float64", device="cpu")
        (output,) = backend.run(network.graph, model, inputs).values()
        assert relative_difference(_scores(output), expected) < TOLERANCE, name
        read = read_weights(network, model)
        assert all(np.array_equal(read[key], theirs[key]) for key in theirs), name


def relative_difference(found: Array, expected: Array) -> float:
    """The largest difference, in units of the largest expected value; of the same shape only."""
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def _scores(output: Array) -> Array:
    """What a softmax read, up to a constant: probabilities near 0 or 1 hide that it differs. Other outputs as is."""
    is_softmax = (output > 0).all() and np.allclose(output.sum(axis=-1), 1)
    return np.log(output) if is_softmax else output


def _one_or_all(values: list[Any]) -> Any:
    return values if len(values) > 1 else values[0]


@cache
def _scale_type() -> type[keras.Layer]:
    """The layer that Keras lacks: each channel times gamma, plus beta."""
    import keras

    class Scale(keras.Layer):  # type: ignore[misc]
        def build(self, shape: tuple[int, ...]) -> None:
            self.gamma = self.add_weight(shape=shape[-1:], initializer="ones", name="gamma")
            self.beta = self.add_weight(shape=shape[-1:], initializer="zeros", name="beta")

        def call(self, x: Any) -> Any:
            return x * self.gamma + self.beta

    return Scale
