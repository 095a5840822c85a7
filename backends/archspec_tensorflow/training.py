"""Training for parity: gradients, moving statistics, and steps of Keras's optimisers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archspec.backend import Gradients, Optimiser, TrainingStep, shared_statistics
from archspec.backend.execution import LiveWeights
from archspec.ir import Graph
from archspec_tensorflow.exact import inexact
from archspec_tensorflow.runtime import comparable, framework
from archspec_tensorflow.weights import assign, layers_of, to_array, variables

if TYPE_CHECKING:
    import keras

Array = NDArray[Any]


def gradients(
    graph: Graph, model: keras.Model, inputs: Mapping[str, Array], coefficients: Mapping[str, Array]
) -> Gradients:
    """See `TrainingBackend.gradients`."""
    framework()
    import tensorflow as tf

    own = variables(graph, model)
    trainable = {name: variable.value for name, variable in own.items() if variable.trainable}
    with comparable(model), _in_order(graph, model), tf.GradientTape() as tape:
        tensors = _tensors(model, inputs)
        tape.watch(list(tensors.values()))
        outputs = _outputs(graph, model, tensors)
        loss = _loss(outputs, coefficients)
    targets = [*tensors.values(), *outputs.values(), *trainable.values()]
    found = iter(tape.gradient(loss, targets, unconnected_gradients=tf.UnconnectedGradients.ZERO))
    return Gradients(
        outputs={name: to_array(value) for name, value in outputs.items()},
        loss=float(loss),
        of_inputs={name: _dense(next(found)) for name in tensors},
        of_outputs={name: _dense(next(found)) for name in outputs},
        of_weights={name: _dense(next(found)) for name in trainable},
        statistics={name: to_array(variable) for name, variable in own.items() if name not in trainable},
        replaced=inexact(graph),
    )


def train(
    graph: Graph,
    model: keras.Model,
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    coefficients: Mapping[str, Array],
    optimiser: Optimiser,
) -> Iterator[TrainingStep]:
    """See `TrainingBackend.train`; the weights of a step are read from the model on access."""
    framework()
    import tensorflow as tf

    assign(graph, model, weights)
    native, trained = _OPTIMISERS[optimiser.name](optimiser), _Trained(model)
    tensors = _tensors(model, inputs)
    factors = {name: tf.convert_to_tensor(array, tf.float64) for name, array in coefficients.items()}
    own = variables(graph, model)
    live = LiveWeights(own, lambda name: to_array(own[name]))
    number = 0
    while True:
        number += 1
        with comparable(model):
            loss, found = _loss_and_gradients(graph, model, tensors, factors)
            if optimiser.name in CORRECTED:
                # Keras adds epsilon to the root before it corrects the bias of the radicand.
                native.epsilon = optimiser.epsilon * float(np.sqrt(1 - optimiser.beta_2**number))
            trained.apply(native, found)
        del found  # as large as the model, and not needed until the next step
        yield TrainingStep(float(loss), live)


SMALL = 2**16
"""Weights with fewer elements: for these, calling Keras's optimiser takes longer than its arithmetic."""


class _Trained:
    """The weights that an optimiser updates: large ones separately, and all small ones as one vector.

    The optimisers here work element by element, so the grouping into variables makes no difference.
    """

    def __init__(self, model: keras.Model) -> None:
        import tensorflow as tf

        own = model.trainable_variables
        self._small = {place: each for place, each in enumerate(own) if math.prod(each.shape) < SMALL}
        self._large = {place: each for place, each in enumerate(own) if place not in self._small}
        flat = [tf.reshape(each.value, [-1]) for each in self._small.values()]
        self._vector = framework().Variable(tf.concat(flat, 0), dtype=own[0].dtype) if flat else None

    def apply(self, native: Any, gradients: list[Any]) -> None:
        """One step of Keras's optimiser, by gradients in the order of the model's trainable variables."""
        import tensorflow as tf

        found = [gradients[place] for place in self._large]
        changed = [*self._large.values()]
        if self._vector is not None:
            found.append(tf.concat([tf.reshape(gradients[place], [-1]) for place in self._small], 0))
            changed.append(self._vector)
        native.apply(found, changed)
        if self._vector is not None:
            parts = tf.split(self._vector.value, [math.prod(each.shape) for each in self._small.values()])
            for each, part in zip(self._small.values(), parts, strict=True):
                each.value.assign(tf.reshape(part, each.shape), read_value=False)


EAGER = 2
"""The number of eager steps of a model before its passes are traced; tracing takes as long as some six steps.

With grouped convolutions it is 0: Keras has XLA compile these, in eager mode anew for each use.
"""

_KEPT = "_archspec_passes"


def _loss_and_gradients(
    graph: Graph, model: keras.Model, inputs: Mapping[str, Any], coefficients: Mapping[str, Any]
) -> tuple[Any, list[Any]]:
    """The loss of a pass in training mode, and its gradients with respect to the trainable variables.

    The traced function is kept with the model for all optimisers. TensorFlow's graph optimisations are off.
    """
    import tensorflow as tf

    def descend(inputs: Mapping[str, Any], coefficients: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        with _in_order(graph, model), tf.GradientTape() as tape:
            loss = _loss(_outputs(graph, model, inputs), coefficients)
        sources = [variable.value for variable in model.trainable_variables]
        found = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return loss, [tf.convert_to_tensor(each) for each in found]

    passes = vars(model).setdefault(_KEPT, [])
    eager = 0 if any(getattr(layer, "groups", 1) > 1 for layer in layers_of(model)) else EAGER
    if len(passes) <= eager:
        passes.append(descend if len(passes) < eager else tf.function(descend, autograph=False))
    with _unoptimised():
        found: tuple[Any, list[Any]] = passes[-1](inputs, coefficients)
    return found


@contextmanager
def _unoptimised() -> Iterator[None]:
    """Switches off TensorFlow's optimisation of traced functions."""
    import tensorflow as tf

    options = tf.config.optimizer
    before = options.get_experimental_options().get("disable_meta_optimizer", False)
    options.set_experimental_options({"disable_meta_optimizer": True})
    try:
        yield
    finally:
        options.set_experimental_options({"disable_meta_optimizer": before})


@contextmanager
def _in_order(graph: Graph, model: keras.Model) -> Iterator[None]:
    """Runs layers in the order of the source if the order makes a difference.

    Keras orders layers by their distance from the outputs. This matters only for a layer with moving statistics that is
    used several times, because the last use counts most.
    """
    if not shared_statistics(graph):
        yield
        return
    usual = {each: each._nodes_by_depth for each in _models(model)}
    for each, by_depth in usual.items():
        nodes = [node for depth in by_depth.values() for node in depth]
        each._nodes_by_depth = {0: sorted(nodes, key=_when_made)}
    try:
        yield
    finally:
        for each, by_depth in usual.items():
            each._nodes_by_depth = by_depth


def _models(model: keras.Model) -> Iterator[keras.Model]:
    """A model and the functional models in it."""
    yield model
    for layer in model.layers:
        if hasattr(layer, "_nodes_by_depth"):
            yield from _models(layer)


def _when_made(node: Any) -> int:
    """The number of a node's output tensor. Keras counts tensors: keras_tensor, keras_tensor_1, ..."""
    number = node.output_tensors[0].name.rpartition("_")[2]
    return int(number) if number.isdigit() else 0


def _tensors(model: keras.Model, inputs: Mapping[str, Array]) -> dict[str, Any]:
    """The inputs by name, with the element types of the model."""
    keras = framework()
    return {
        wanted.name: keras.ops.convert_to_tensor(inputs[wanted.name], wanted.dtype)
        for wanted in keras.tree.flatten(model.input)
    }


def _outputs(graph: Graph, model: keras.Model, tensors: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outputs by name, in training mode, which updates moving statistics."""
    given = framework().tree.map_structure(lambda wanted: tensors[wanted.name], model.input)
    found = model(given, training=True)
    return found if isinstance(found, Mapping) else dict(zip(graph.outputs, (found,), strict=True))


def _loss(outputs: Mapping[str, Any], coefficients: Mapping[str, Array]) -> Any:
    ops = framework().ops
    terms = [
        ops.sum(outputs[name] * ops.convert_to_tensor(array, outputs[name].dtype))
        for name, array in coefficients.items()
    ]
    return sum(terms[1:], terms[0])


def _dense(gradient: Any) -> Array:
    """A gradient as an array; TensorFlow has some of them as a few slices."""
    import tensorflow as tf

    return to_array(tf.convert_to_tensor(gradient))


CORRECTED = frozenset({"adam", "adamw"})
"""The optimisers with a bias correction."""

_OPTIMISERS: Mapping[str, Callable[[Optimiser], Any]] = {
    "sgd": lambda wanted: framework().optimizers.SGD(wanted.learning_rate, wanted.momentum),
    "adam": lambda wanted: framework().optimizers.Adam(wanted.learning_rate, wanted.beta_1, wanted.beta_2),
    "adamw": lambda wanted: framework().optimizers.AdamW(
        wanted.learning_rate, wanted.weight_decay, wanted.beta_1, wanted.beta_2
    ),
    "rmsprop": lambda wanted: framework().optimizers.RMSprop(wanted.learning_rate, wanted.rho, epsilon=wanted.epsilon),
}
