"""The function of a layer, without what does not change it: names, initial values, training, and ways of writing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.checkpoints.flow.steps import Essence
from archspec.errors import ShapeError
from archspec.ir import Axes, Layer
from archspec.layers.activation import LeakyReLU, Linear, ReLU
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.layers.norm import Rescaling
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.layers.shape import Flatten, Reshape
from archspec.layers.window import Edges, WindowedLayer, output_size, padding_for

MEAN, LARGEST = "GlobalAveragePooling2D", "GlobalMaxPooling2D"
WINDOWED_MEAN = "AveragePooling2D"

_SILENT = frozenset({"filters", "units", "use_bias", "activation", "momentum", "initial_value", "center"})
"""Attributes that weights' shapes tell already, or that have an effect in training only."""

Padding = tuple[Edges, Edges]


def essence_of(layer: Layer, reads: Sequence[Axes | None], gives: Axes | None) -> Essence | None:
    """The layer's function for inputs of these axes; None if it is the identity.

    Axes of None are unknown: then a layer that depends on them keeps its words.
    """
    read = reads[0] if reads else None
    if _is_identity(layer):
        return None
    if isinstance(layer, Flatten | Reshape):
        return _reshaped(read, gives)
    if isinstance(layer, WindowedLayer):
        return _windowed(layer, read)
    if isinstance(layer, AdaptiveAveragePooling2D | AdaptiveMaxPooling2D):
        return _adaptive(layer, read)
    if isinstance(layer, GlobalAveragePooling2D | GlobalMaxPooling2D):
        return Essence(type(layer).__name__)
    if isinstance(layer, ReLU):
        return _relu(layer)
    if isinstance(layer, LeakyReLU):
        return Essence("ReLU", (("negative_slope", layer.negative_slope),))
    attributes = _attributes(layer)
    if "axis" in attributes:
        attributes["axis"] = _from_end(attributes["axis"], read)
    if isinstance(layer, Dense):
        return Essence("Dense")
    return Essence(type(layer).__name__, tuple(sorted(attributes.items(), key=lambda item: item[0])))


def _is_identity(layer: Layer) -> bool:
    """Whether the layer changes nothing outside of training, whatever it reads."""
    is_one = isinstance(layer, Rescaling) and (layer.scale, layer.offset) == (1, 0)
    return isinstance(layer, Linear) or layer.random or is_one


def _attributes(layer: Layer) -> dict[str, Any]:
    """The attributes that change the function."""
    found = dict(layer)
    return {
        name: _rounded(value)
        for name, value in found.items()
        if name not in _SILENT
        and not name.endswith("_initializer")
        and not (name == "scale" and isinstance(value, bool))
    }


def _rounded(value: Any) -> Any:
    """Numbers without their last digits: 0.224 ** 2 and 0.050176 are the same."""
    if isinstance(value, list | tuple):
        return tuple(map(_rounded, value))
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _from_end(axis: int, read: Axes | None) -> int:
    """An axis counted from the end, if the number of axes is known."""
    return axis if axis < 0 or read is None else axis - 1 - len(read)


def _reshaped(read: Axes | None, gives: Axes | None) -> Essence | None:
    """Another shape; None if only axes of length 1 differ."""
    if read is not None and gives is not None and _bare(read) == _bare(gives):
        return None
    return Essence("Reshape", (("target_shape", gives),))


def _bare(axes: Axes) -> Axes:
    return tuple(axis for axis in axes if axis != 1)


def _adaptive(layer: AdaptiveAveragePooling2D | AdaptiveMaxPooling2D, read: Axes | None) -> Essence | None:
    if read is not None and read[:2] == layer.output_size:
        return None
    if layer.output_size == (1, 1):
        return Essence(MEAN if isinstance(layer, AdaptiveAveragePooling2D) else LARGEST)
    return Essence(type(layer).__name__, (("output_size", layer.output_size),))


def _relu(layer: ReLU) -> Essence:
    attributes = {name: value for name, value in _attributes(layer).items() if value not in (0, None)}
    return Essence("ReLU6") if attributes == {"max_value": 6} else Essence("ReLU", tuple(sorted(attributes.items())))


def resolved(layer: WindowedLayer, read: Axes | None) -> Padding | str:
    """The padding in numbers, or its word where that depends on an unknown size."""
    if isinstance(layer.padding, tuple):
        return layer.padding
    try:
        return padding_for(layer, (None, None, 1) if read is None else read)
    except (ShapeError, IndexError):
        return layer.padding


def _windowed(layer: WindowedLayer, read: Axes | None) -> Essence:
    padding = resolved(layer, read)
    if isinstance(layer, Conv2D) and layer.kernel_size == (1, 1) == layer.strides and layer.groups == 1:
        return Essence("Dense") if padding in ("same", NONE) else _with_padding(layer, padding, {})
    if not isinstance(layer, MaxPooling2D | AveragePooling2D):
        return _with_padding(layer, padding, {})
    extra: dict[str, object] = {"pool_size": layer.pool_size}
    if padding == NONE and read is not None and read[:2] == layer.pool_size:
        return Essence(MEAN if isinstance(layer, AveragePooling2D) else LARGEST)
    if layer.ceil_mode and _rounds(layer, read, padding):
        extra["ceil_mode"] = True
    if isinstance(layer, AveragePooling2D) and layer.count_include_pad and padding != NONE:
        extra["count_include_pad"] = True
    return _with_padding(layer, padding, extra)


NONE: Padding = ((0, 0), (0, 0))


def _rounds(layer: MaxPooling2D | AveragePooling2D, read: Axes | None, padding: Padding | str) -> bool:
    """Whether `ceil_mode` makes a difference for an image of this size, if that is known."""
    if read is None or isinstance(padding, str):
        return True
    for size, kernel, stride, edges in zip(read[:2], layer.pool_size, layer.strides, padding, strict=True):
        if size is None:
            return True
        if output_size(size, kernel, stride, 1, edges, True) != output_size(size, kernel, stride, 1, edges):
            return True
    return False


def _with_padding(layer: WindowedLayer, padding: Padding | str, extra: dict[str, object]) -> Essence:
    attributes: dict[str, object] = {"strides": layer.strides, "padding": padding, **extra}
    if layer.spread != (1, 1):
        attributes["dilation_rate"] = layer.spread
    if getattr(layer, "groups", 1) != 1:
        attributes["groups"] = getattr(layer, "groups", 1)
    if not isinstance(layer, MaxPooling2D | AveragePooling2D):
        attributes["kernel_size"] = layer.window
    return Essence(type(layer).__name__, tuple(sorted(attributes.items())))


def padded(essence: Essence, by: Padding) -> Essence | None:
    """The same window over an image with zeros around it, as one step; None if that is not one step.

    The zeros of a convolution are its padding. Those of a mean are so if it counts them.
    """
    attributes = dict(essence.attributes)
    own = attributes.get("padding")
    if not isinstance(own, tuple):
        return None
    if essence.kind == WINDOWED_MEAN:
        if "count_include_pad" not in attributes and own != NONE:
            return None
        attributes["count_include_pad"] = True
    attributes["padding"] = added(own, by)
    return Essence(essence.kind, tuple(sorted(attributes.items())))


def added(one: Padding, other: Padding) -> Padding:
    """The sum of two margins."""
    (top, bottom), (left, right) = one
    (above, below), (before, after) = other
    return (top + above, bottom + below), (left + before, right + after)
