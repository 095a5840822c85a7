"""Training a live model, as parity compares it: gradients, moving statistics, and steps of Keras's optimisers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archspec.backend import Gradients, Optimiser, TrainingStep, shared_statistics
from archspec.ir import Graph
from archspec_tensorflow.runtime import comparable, framework
from archspec_tensorflow.weights import assign, to_array, to_canonical, variables

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
    )


def train(
    graph: Graph,
    model: keras.Model,
    weights: Mapping[str, Array],
    inputs: Mapping[str, Array],
    coefficients: Mapping[str, Array],
    optimiser: Optimiser,
) -> Iterator[TrainingStep]:
    """See `TrainingBackend.train`."""
    framework()
    import tensorflow as tf

    assign(graph, model, weights)
    trainable = model.trainable_variables
    native = _OPTIMISERS[optimiser.name](optimiser)
    number = 0
    while True:
        number += 1
        with comparable(model):
            with _in_order(graph, model), tf.GradientTape() as tape:
                loss = _loss(_outputs(graph, model, _tensors(model, inputs)), coefficients)
            sources = [variable.value for variable in trainable]
            found = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            if optimiser.name in _CORRECTED:
                # Keras adds epsilon to the root before it corrects the bias of what is under it.
                native.epsilon = optimiser.epsilon * float(np.sqrt(1 - optimiser.beta_2**number))
            native.apply(found, trainable)
        yield TrainingStep(float(loss), to_canonical(graph, model))


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


_CORRECTED = frozenset({"adam", "adamw"})
"""Optimisers that correct the bias of their averages."""

_OPTIMISERS: Mapping[str, Callable[[Optimiser], Any]] = {
    "sgd": lambda wanted: framework().optimizers.SGD(wanted.learning_rate, wanted.momentum),
    "adam": lambda wanted: framework().optimizers.Adam(wanted.learning_rate, wanted.beta_1, wanted.beta_2),
    "adamw": lambda wanted: framework().optimizers.AdamW(
        wanted.learning_rate, wanted.weight_decay, wanted.beta_1, wanted.beta_2
    ),
    "rmsprop": lambda wanted: framework().optimizers.RMSprop(wanted.learning_rate, wanted.rho, epsilon=wanted.epsilon),
}
