"""Inference with constant weights."""

from collections.abc import Callable

import keras
import tensorflow as tf


def frozen(model: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """The model as a TensorFlow function for inference; its present weights are constants.

    TensorFlow brings constants into the memory layout of its operations once, and variables
    in each call.
    """
    weights = [
        [variable.numpy() for variable in variables]
        for variables in (model.trainable_variables, model.non_trainable_variables)
    ]

    @tf.function(autograph=False)
    def infer(inputs: tf.Tensor) -> tf.Tensor:
        trainable, others = tf.nest.map_structure(tf.constant, weights)
        outputs, _ = model.stateless_call(trainable, others, inputs, training=False)
        return outputs

    return infer
