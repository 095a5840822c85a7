"""Keras's grouped convolutions, each shape of them compiled once.

Keras has XLA compile them where there is no GPU: anew each time that one is run, which in float64 takes half a second
and is most of what a RegNet costs. What is compiled here is Keras's own function, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any
from unittest import mock


@contextmanager
def grouped_convolutions() -> Iterator[None]:
    """Within this, what has been compiled for one convolution is used for those that are alike."""
    module = import_module("keras.src.backend.tensorflow.nn")

    def conv(inputs: Any, kernel: Any, *given: Any, **options: Any) -> Any:
        is_grouped = inputs.shape[-1] != kernel.shape[-2]
        if given or not is_grouped or not _runs(inputs):
            return anew(inputs, kernel, *given, **options)
        return _compiled(anew, _hashable(options))(inputs, _tensor(kernel))

    anew = module.conv
    with mock.patch.object(module, "conv", conv):
        yield


@cache
def _compiled(conv: Callable[..., Any], options: tuple[tuple[str, Any], ...]) -> Callable[[Any, Any], Any]:
    """The convolution with these options; TensorFlow keeps a program for each shape and type."""
    import tensorflow as tf

    compiled: Callable[[Any, Any], Any] = tf.function(
        lambda inputs, kernel: conv(inputs, kernel, **dict(options)), jit_compile=True
    )
    return compiled


def _runs(inputs: Any) -> bool:
    """Whether the convolution is run now: a graph that is being traced has no numbers."""
    import tensorflow as tf

    return tf.executing_eagerly() and isinstance(inputs, tf.Tensor)


def _tensor(kernel: Any) -> Any:
    import tensorflow as tf

    return tf.convert_to_tensor(kernel)


def _hashable(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in options.items())
