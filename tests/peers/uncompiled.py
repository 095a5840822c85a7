"""Keras's grouped convolutions, run by TensorFlow as it runs all others.

TensorFlow has no gradient for them on a CPU, so Keras has XLA compile them, anew each time that one is run: in float64
that takes half a second, several for wide ones, and is most of what a RegNet costs. Inference needs no gradient. That
what Keras compiles is the same function, gradients too, is in tests/conformance.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from unittest import mock


@contextmanager
def grouped_convolutions() -> Iterator[None]:
    """Within this, they are not compiled."""
    import tensorflow as tf

    module = import_module("keras.src.backend.tensorflow.nn")
    compiled = module.conv

    def conv(
        inputs: Any,
        kernel: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: Any = None,
        dilation_rate: Any = 1,
    ) -> Any:
        if inputs.shape[-1] == kernel.shape[-2] or data_format == "channels_first" or not tf.executing_eagerly():
            return compiled(inputs, kernel, strides, padding, data_format, dilation_rate)
        return tf.nn.convolution(inputs, kernel, strides, padding.upper(), dilations=dilation_rate)

    with mock.patch.object(module, "conv", conv):
        yield
