"""Exact versions of the functions that TensorFlow rounds to float32 in float64 models too.

They are `gelu`, `leaky_relu` and bilinear interpolation. Emitted source has Keras's layers, which call TensorFlow's
functions. In float64, parity replaces these functions by the exact ones, and lists the layers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from archspec.ir import Graph
from archspec_tensorflow.emit import row_for


def inexact(graph: Graph) -> tuple[str, ...]:
    """The paths of the layers whose function TensorFlow rounds to float32 in float64 models too."""
    return tuple(node.path for node in graph.nodes if row_for(node.layer).inexact(node.layer))


@contextmanager
def exact_functions() -> Iterator[None]:
    """Replaces TensorFlow's functions by exact ones for float64 tensors; other tensors are computed as usual."""
    import tensorflow as tf

    with ExitStack() as patched:
        for module, name, function in (
            (tf.nn, "gelu", _gelu),
            (tf.nn, "leaky_relu", _leaky_relu),
            (tf.image, "resize", _resize),
        ):
            own = getattr(module, name)
            patched.enter_context(patch.object(module, name, _for_float64(function, own)))
        yield


def _for_float64(function: Callable[..., Any], own: Callable[..., Any]) -> Callable[..., Any]:
    """The exact function for float64 tensors; TensorFlow's for others, and if the exact one returns None."""
    import tensorflow as tf

    def computed(tensor: Any, *arguments: Any, **options: Any) -> Any:
        found = function(tensor, *arguments, **options) if tensor.dtype == tf.float64 else None
        return own(tensor, *arguments, **options) if found is None else found

    return computed


def _gelu(features: Any, approximate: bool = False) -> Any:
    import tensorflow as tf

    if approximate:
        inner = math.sqrt(2 / math.pi) * (features + 0.044715 * features**3)
        return 0.5 * features * (1 + tf.tanh(inner))
    return 0.5 * features * (1 + tf.math.erf(features / math.sqrt(2)))


def _leaky_relu(features: Any, alpha: float = 0.2) -> Any:
    import tensorflow as tf

    return tf.where(features > 0, features, alpha * features)


def _resize(images: Any, size: tuple[int, int], method: str = "bilinear", antialias: bool = False, **_: Any) -> Any:
    """Bilinear interpolation between the centres of pixels; None for other methods."""
    if method != "bilinear" or antialias:
        return None
    for axis, wanted in ((1, size[0]), (2, size[1])):
        images = _interpolate(images, axis, int(wanted))
    return images


def _interpolate(images: Any, axis: int, wanted: int) -> Any:
    """The images resized to this number of rows (axis 1) or columns (axis 2)."""
    import tensorflow as tf

    last = images.shape[axis] - 1
    centers = (tf.range(wanted, dtype=images.dtype) + 0.5) * ((last + 1) / wanted) - 0.5
    centers = tf.clip_by_value(centers, 0, last)
    before = tf.cast(centers, tf.int32)
    share = tf.reshape(centers - tf.cast(before, images.dtype), (-1, 1, 1) if axis == 1 else (-1, 1))
    low = tf.gather(images, before, axis=axis)
    return low + share * (tf.gather(images, tf.minimum(before + 1, last), axis=axis) - low)
