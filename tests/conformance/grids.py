"""All that the attributes of a layer with windows can be together, many uses in one network.

A use is feasible where the layer's definition in numpy leaves something, and no rule of the language forbids it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from tests.conformance.cases import FAMILIES
from tests.conformance.reference import Array, Shape, edges, pair

Attributes = dict[str, Any]

MEANINGS = {name: table[name].meaning for table in FAMILIES.values() for name in table}

_WINDOWS: Attributes = {
    "kernel_size": [1, 2, 3, [3, 1], [1, 4], [2, 3]],
    "strides": [1, 2, 3, [1, 3], [2, 1]],
    "padding": ["valid", "same", 1, [[1, 0], [0, 2]]],
}

GRIDS: Mapping[str, Attributes] = {
    "Conv2DTranspose": {
        "kernel_size": [1, 2, 3, [3, 1], [1, 2], [2, 4]],
        "strides": [1, 2, 3, [1, 3], [2, 1]],
        "dilation_rate": [1, 2, [1, 3], [2, 1]],
        "padding": ["valid", "same", 0, 1, [[1, 0], [0, 2]]],
        "output_padding": [None, 0, 1, [0, 1]],
        "filters": [2],
    },
    "Conv2D": {**_WINDOWS, "dilation_rate": [1, 2, [1, 3]], "groups": [1], "filters": [2]},
    "DepthwiseConv2D": {**_WINDOWS, "dilation_rate": [1, 2, [1, 3]], "depth_multiplier": [2]},
    "MaxPooling2D": {**_WINDOWS, "ceil_mode": [False, True]},
    "AveragePooling2D": {**_WINDOWS, "ceil_mode": [False, True], "count_include_pad": [False, True]},
    "AdaptiveAveragePooling2D": {"output_size": [1, 2, 3, [1, 4], [5, 2], [7, 7], [12, 3]]},
    "AdaptiveMaxPooling2D": {"output_size": [1, 2, 3, [1, 4], [5, 2], [7, 7], [12, 3]]},
    "Resizing": {"height": [1, 2, 5, 9], "width": [1, 4, 7], "interpolation": ["nearest", "bilinear"]},
    "UpSampling2D": {"size": [1, 2, 3, [2, 1], [1, 5]], "interpolation": ["nearest", "bilinear"]},
}
"""The values of each attribute, by layer type."""

SIZES = ((1, 4), (5, 4))
"""Heights and widths that the uses read: one element is a border of its own."""

CHANNELS = 2


KERNELS: Mapping[str, Callable[[Attributes], Shape]] = {
    "Conv2D": lambda use: (CHANNELS // use["groups"], use["filters"]),
    "DepthwiseConv2D": lambda use: (CHANNELS, use["depth_multiplier"]),
    "Conv2DTranspose": lambda use: (use["filters"], CHANNELS),
}
"""The last two axes of a kernel, by the layer types that have one."""


def uses(layer_type: str, size: Shape) -> list[Attributes]:
    """All feasible uses of a layer type for images of a size."""
    grid = GRIDS[layer_type]
    found = (dict(zip(grid, values, strict=True)) for values in product(*grid.values()))
    image = np.zeros((1, *size, CHANNELS))
    return [use for use in found if _allowed(use) and meant(layer_type, use, image, _weights(layer_type, use)).size]


def _allowed(use: Attributes) -> bool:
    """Whether the language allows it: an output padding below the strides, and no window of nothing but padding."""
    more = use.get("output_padding")
    below = more is None or all(map(int.__lt__, pair(more), pair(use["strides"])))
    if "ceil_mode" not in use:
        return below
    around = [edges(use["padding"], 9, pair(use["kernel_size"])[axis], 9, 1, axis) for axis in (0, 1)]
    return isinstance(use["padding"], str) or all(
        max(both) < kernel for both, kernel in zip(around, pair(use["kernel_size"]), strict=True)
    )


def _weights(layer_type: str, use: Attributes, random: np.random.Generator | None = None) -> dict[str, Array]:
    """A kernel and a bias, drawn or of zeros, if the layer type has them."""
    if layer_type not in KERNELS:
        return {}
    kernel = (*pair(use["kernel_size"]), *KERNELS[layer_type](use))
    channels = use["filters"] if "filters" in use else CHANNELS * use["depth_multiplier"]
    shapes = {"kernel": kernel, "bias": (channels,)}
    return {slot: random.normal(size=shape) if random else np.zeros(shape) for slot, shape in shapes.items()}


def meant(layer_type: str, use: Attributes, inputs: Array, weights: Mapping[str, Array]) -> Array:
    """What the layer type's definition says."""
    return MEANINGS[layer_type](inputs, **use, **({"weights": weights} if weights else {}))


@dataclass(frozen=True)
class Sheet:
    """Several uses of a layer type as one network: each reads the input and is an output."""

    layer_type: str
    size: Shape
    uses: Sequence[Attributes]

    @cached_property
    def inputs(self) -> Array:
        return np.random.default_rng(1).normal(size=(2, *self.size, CHANNELS))

    @cached_property
    def weights(self) -> dict[str, dict[str, Array]]:
        """By the uses' names."""
        random = np.random.default_rng(2)
        return {f"u{i}": _weights(self.layer_type, use, random) for i, use in enumerate(self.uses)}

    @cached_property
    def canonical(self) -> dict[str, Array]:
        """The same weights by their canonical names."""
        return {f"{name}:{slot}": array for name, own in self.weights.items() for slot, array in own.items()}

    @cached_property
    def meant(self) -> dict[str, Array]:
        """What each use makes of the inputs by the layer type's definition, by the uses' names."""
        named = zip(self.weights.items(), self.uses, strict=True)
        return {name: meant(self.layer_type, use, self.inputs, weights) for (name, weights), use in named}

    def document(self) -> dict[str, Any]:
        """The network."""
        named = zip(self.weights, self.uses, strict=True)
        layers = [{"name": name, "layer_type": self.layer_type, "inputs": "x", **use} for name, use in named]
        outputs = {name: name for name in self.weights}
        return {
            "archspec": 1,
            "name": "grid",
            "inputs": {"x": [*self.size, CHANNELS]},
            "layers": layers,
            "outputs": outputs,
        }
