"""Networks built by hand in Keras and those of keras.applications, to hold archspec's against.

All of it is in float64 and on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np
import numpy.typing as npt

from archspec import load
from archspec.network import Network
from archspec.weights import randomised
from archspec_tensorflow.exact import exact_functions
from tests.peers import built, measured
from tests.peers.agreement import SAMPLES, agreed
from tests.valueless import valueless

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
    """A Keras model; its weights are in the order in which its layers were applied. `origin` says who wrote it."""

    model: keras.Model
    layers: Sequence[keras.Layer]
    origin: str = "built by hand in Keras"

    def parameters(self) -> tuple[int, int]:
        """How many weights there are, and how many of them are trainable, without Keras's counts."""
        return built.count["tensorflow"](self.model)

    def variables(self) -> list[keras.Variable]:
        """All weights, without counts of what a layer has seen."""
        return [weight for layer in self.layers for weight in layer.weights if not weight.dtype.startswith("int")]

    def weights(self) -> list[Array]:
        """The values of all weights."""
        return [np.asarray(variable) for variable in self.variables()]

    def set_weights(self, arrays: Sequence[Array]) -> None:
        """Replace all weights."""
        for variable, array in zip(self.variables(), arrays, strict=True):
            variable.assign(array)
        finish(self.model)

    def outputs(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The outputs in inference mode, without TensorFlow's rounding of some functions to float32."""
        with exact_functions():
            found = self.model(_one_or_all(list(inputs.values())), training=False)
        return [np.asarray(output) for output in (found if isinstance(found, list) else [found])]


def build_twin(network: Network, build: Build) -> Twin:
    """Build a network by hand, for inputs like the given network's."""
    import keras

    with float64():
        inputs = _one_or_all([keras.Input(type_.shape) for type_ in network.inputs.values()])
        layers = Layers()
        return Twin(keras.Model(inputs, build(layers, inputs)), layers.applied)


def build_application(network: Network, name: str, **options: Any) -> Twin:
    """A network of keras.applications, for inputs like the given network's."""
    import keras

    return build_by(getattr(keras.applications, name), network, **options)


def build_by(build: Callable[..., keras.Model], network: Network, **options: Any) -> Twin:
    """What a function of keras.applications builds, for inputs like the given network's."""
    import keras

    (type_,) = network.inputs.values()
    applied: dict[int, keras.Layer] = {}
    call = keras.Layer.__call__

    def remembered(layer: keras.Layer, *args: Any, **kwargs: Any) -> Any:
        applied.setdefault(id(layer), layer)
        return call(layer, *args, **kwargs)

    with float64(), mock.patch.object(keras.Layer, "__call__", remembered):
        model = build(input_shape=type_.shape, **{"weights": None, **options})
        layers = [layer for layer in applied.values() if layer.weights and not isinstance(layer, keras.Model)]
        return Twin(model, layers, "keras.applications")


def finish(model: keras.Model) -> None:
    """Let layers that normalise images compute with their weights, or with their numbers in float64.

    Keras reads the numbers of a list as float32, whatever type the layer has.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling):
            layer.scale, layer.offset = np.float64(layer.scale), np.float64(layer.offset)
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
            if layer.input_mean is not None:
                layer.mean, layer.variance = np.float64(layer.input_mean), np.float64(layer.input_variance)


def without_values() -> AbstractContextManager[Any]:
    """Keras makes weights that have shapes and no values, which `assert_variant` reads unless it compares numbers."""
    return nullcontext() if measured.keep else valueless()


@contextmanager
def float64() -> Iterator[None]:
    """Keras makes layers of float64."""
    import keras

    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


def random_inputs(network: Network) -> dict[str, Array]:
    """Standard normal inputs."""
    generator = np.random.default_rng(0)
    return {name: generator.standard_normal((SAMPLES, *type_.shape)) for name, type_ in network.inputs.items()}


def assert_variant(network: Network, twin: Twin) -> None:
    """A network of which another size or depth is compared in numbers: its weights have the twin's shapes, in order.

    With `--regenerate` it is compared in numbers, too, and what is measured goes into the zoo's table.
    """
    assert network.parameters() == twin.parameters()
    if measured.keep:
        assert_same(network, twin)
    else:
        shapes = [weight.shape for _, weight in network.graph.owned_weights()]
        assert shapes == [tuple(variable.shape) for variable in twin.variables()]


def assert_same(network: Network, twin: Twin) -> None:
    """Both are the same function: with our weights in the twin, and with the twin's in ours.

    Our weights are as if trained; they go to the twin by position, are read back from it, and our models are made with
    what was read.
    """
    weights = randomised(network.graph)
    shapes = [array.shape for array in weights.values()]
    assert shapes == [array.shape for array in twin.weights()]
    twin.set_weights(list(weights.values()))
    inputs = random_inputs(network)
    expected = list(map(_scores, twin.outputs(inputs)))
    assert all(scores.std(axis=0).max() > 1e-6 for scores in expected), "the output does not depend on the input"
    theirs = dict(zip(weights, twin.weights(), strict=True))
    differences = []
    for found in agreed(network, theirs, inputs).values():
        differences += [relative_difference(*pair) for pair in zip(map(_scores, found.values()), expected, strict=True)]
    assert max(differences) < TOLERANCE
    measured.record(network, twin.origin, max(differences))


def compare_application(network: Network, application: str, **options: Any) -> None:
    """A network is the same function as one of keras.applications, which gives logits unless told otherwise."""
    twin = build_application(network, application, **{"classifier_activation": None, **options})
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)


def compare_application_weights(network: Network, application: str, **options: Any) -> None:
    """A network has the weights of one of keras.applications. See `assert_variant`."""
    with without_values():
        twin = build_application(network, application, classifier_activation=None, **options)
    assert_variant(network, twin)


def compare_in_numbers(name: str, build: Build, **how: Any) -> tuple[int, int]:
    """A network of the zoo is the same function as its twin; returns the numbers of its parameters."""
    network = load(name, **how)
    twin = build_twin(network, build)
    assert network.parameters() == twin.parameters()
    assert_same(network, twin)
    return network.parameters()


def compare_weights(name: str, build: Build) -> tuple[int, int]:
    """A network of the zoo has its twin's weights; returns the numbers of its parameters. See `assert_variant`."""
    network = load(name)
    with without_values():
        twin = build_twin(network, build)
    assert_variant(network, twin)
    return network.parameters()


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
