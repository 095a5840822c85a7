"""Training a live model, as parity compares it: gradients, moving statistics, and steps of Keras's optimisers."""

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
from archspec_tensorflow.weights import assign, to_array, variables

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
    """See `TrainingBackend.train`; a step's weights are read from the model when they are asked for."""
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
                # Keras adds epsilon to the root before it corrects the bias of what is under it.
                native.epsilon = optimiser.epsilon * float(np.sqrt(1 - optimiser.beta_2**number))
            trained.apply(native, found)
        del found  # as large as the model, and nobody's until the next step
        yield TrainingStep(float(loss), live)


SMALL = 2**16
"""Elements below which calling Keras's optimiser takes longer than what it does to a weight."""


class _Trained:
    """The weights that an optimiser changes: each large one by itself, and all small ones as one vector.

    To the optimisers here each element is by itself, so that it makes no difference in which variable it is.
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
"""Steps of a model before its passes are traced, which takes as long as some six of them.

There are none where convolutions have groups: Keras has XLA compile these, anew for each use that nothing traces.
"""

_KEPT = "_archspec_passes"


def _loss_and_gradients(
    graph: Graph, model: keras.Model, inputs: Mapping[str, Any], coefficients: Mapping[str, Any]
) -> tuple[Any, list[Any]]:
    """The loss of a pass in training mode, and its gradients with respect to the trainable variables.

    What is traced is kept with the model, for all optimisers, and runs as it is written: TensorFlow rearranges nothing.
    """
    import tensorflow as tf

    def descend(inputs: Mapping[str, Any], coefficients: Mapping[str, Any]) -> tuple[Any, list[Any]]:
        with _in_order(graph, model), tf.GradientTape() as tape:
            loss = _loss(_outputs(graph, model, inputs), coefficients)
        sources = [variable.value for variable in model.trainable_variables]
        found = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return loss, [tf.convert_to_tensor(each) for each in found]

    passes = vars(model).setdefault(_KEPT, [])
    eager = 0 if any(getattr(layer, "groups", 1) > 1 for layer in model.layers) else EAGER
    if len(passes) <= eager:
        passes.append(descend if len(passes) < eager else tf.function(descend, autograph=False))
    with _unoptimised():
        found: tuple[Any, list[Any]] = passes[-1](inputs, coefficients)
    return found


@contextmanager
def _unoptimised() -> Iterator[None]:
    """Functions that are traced run as they are written."""
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
    """Layers run in the order in which the source applies them, if the order makes a difference.

    Keras goes by their distance from the outputs. Only moving statistics can tell, where a layer that has them is used
    several times: the last use counts most.
    """
    if not shared_statistics(graph):
        yield
        return
    usual = model._nodes_by_depth
    nodes = [node for depth in usual.values() for node in depth]
    model._nodes_by_depth = {0: sorted(nodes, key=_when_made)}
    try:
        yield
    finally:
        model._nodes_by_depth = usual


def _when_made(node: Any) -> int:
    """Keras numbers the tensors that it makes: keras_tensor, keras_tensor_1, ..."""
    number = node.output_tensors[0].name.rpartition("_")[2]
    return int(number) if number.isdigit() else 0


def _tensors(model: keras.Model, inputs: Mapping[str, Array]) -> dict[str, Any]:
    """The inputs by name, each as the model wants it."""
    keras = framework()
    return {
        wanted.name: keras.ops.convert_to_tensor(inputs[wanted.name], wanted.dtype)
        for wanted in keras.tree.flatten(model.input)
    }


def _outputs(graph: Graph, model: keras.Model, tensors: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outputs by name, in training mode; moving statistics move."""
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
    """A gradient, which may be that of a few slices only, as an array."""
    import tensorflow as tf

    return to_array(tf.convert_to_tensor(gradient))


CORRECTED = frozenset({"adam", "adamw"})
"""Optimisers that correct the bias of their averages."""

_OPTIMISERS: Mapping[str, Callable[[Optimiser], Any]] = {
    "sgd": lambda wanted: framework().optimizers.SGD(wanted.learning_rate, wanted.momentum),
    "adam": lambda wanted: framework().optimizers.Adam(wanted.learning_rate, wanted.beta_1, wanted.beta_2),
    "adamw": lambda wanted: framework().optimizers.AdamW(
        wanted.learning_rate, wanted.weight_decay, wanted.beta_1, wanted.beta_2
    ),
    "rmsprop": lambda wanted: framework().optimizers.RMSprop(wanted.learning_rate, wanted.rho, epsilon=wanted.epsilon),
}
