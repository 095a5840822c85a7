"""Keras's layers in the language: the one table of classes and their arguments.

Most classes and arguments have the language's names. `only` has the arguments that the language lacks, with the values
that they must have. `ARGUMENTS_OF_TRAINING` are those that have no effect outside of training, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Row(NamedTuple):
    """A Keras class: its layer type, the attributes for its arguments, and the only values of further arguments."""

    layer_type: str
    attributes: Mapping[str, str]
    only: Mapping[str, tuple[object, ...]]


def _row(layer_type: str, same: str = "", only: Mapping[str, tuple[object, ...]] | None = None, **others: str) -> Row:
    """`same` are the arguments that have their attribute's name; `others` are attributes by their arguments."""
    return Row(layer_type, {**{name: name for name in same.split()}, **others}, only or {})


_ANY: tuple[object, ...] = ()
"""For an argument that may have any value, because it describes nothing of the function."""

_CONV = (
    "filters kernel_size strides padding dilation_rate groups activation use_bias kernel_initializer bias_initializer"
)
_DEPTHWISE = "kernel_size strides padding dilation_rate depth_multiplier activation use_bias bias_initializer"
_ONE_GROUP: Mapping[str, tuple[object, ...]] = {"groups": (1,), "kernel_initializer": _ANY}
_POOL = "pool_size strides padding"
_MERGES = ("Add", "Multiply", "Subtract", "Average", "Maximum", "Minimum")
_PLAIN_NORM: Mapping[str, tuple[object, ...]] = {
    "fused": _ANY,
    "renorm": (False,),
    "renorm_clipping": _ANY,
    "renorm_momentum": _ANY,
    "synchronized": _ANY,
    "virtual_batch_size": (None,),
    "adjustment": (None,),
}
_NORM = "axis momentum epsilon center scale beta_initializer gamma_initializer"
_BATCH_NORM = _row("BatchNormalization", _NORM, _PLAIN_NORM)
_PLAIN_RESIZING: Mapping[str, tuple[object, ...]] = {
    "crop_to_aspect_ratio": (False,),
    "pad_to_aspect_ratio": (False,),
    "antialias": (False,),
    "fill_mode": _ANY,
    "fill_value": _ANY,
}

CLASSES: Mapping[str, Row] = MappingProxyType(
    {
        "Activation": _row("Activation", "activation"),
        "ReLU": _row("ReLU", "max_value negative_slope threshold"),
        "LeakyReLU": _row("LeakyReLU", "negative_slope", alpha="negative_slope"),
        "PReLU": _row("PReLU", "alpha_initializer shared_axes"),
        "ELU": _row("ELU", "alpha"),
        "Softmax": _row("Softmax", "axis"),
        "Identity": _row("Linear"),
        "Conv2D": _row("Conv2D", _CONV),
        "DepthwiseConv2D": _row("DepthwiseConv2D", f"{_DEPTHWISE} depthwise_initializer", _ONE_GROUP),
        "SeparableConv2D": _row(
            "SeparableConv2D", f"filters {_DEPTHWISE} depthwise_initializer pointwise_initializer", _ONE_GROUP
        ),
        "Conv2DTranspose": _row("Conv2DTranspose", f"{_CONV} output_padding".replace(" groups", ""), {"groups": (1,)}),
        "Dense": _row(
            "Dense",
            "units activation use_bias kernel_initializer bias_initializer",
            {"quantization_config": (None,), "lora_rank": (None,), "lora_alpha": (None,)},
        ),
        **{name: _row(name) for name in _MERGES},
        "Concatenate": _row("Concatenate", "axis"),
        "BatchNormalization": _BATCH_NORM,
        "BatchNormalizationV1": _BATCH_NORM,
        "LayerNormalization": _row(
            "LayerNormalization",
            "axis epsilon center scale beta_initializer gamma_initializer",
            {"rms_scaling": (False,)},
        ),
        "LayerScale": _row("LayerScale", init_values="initial_value", only={"projection_dim": _ANY}),
        "Normalization": _row("Normalization", "axis mean variance", {"invert": (False,)}),
        "Rescaling": _row("Rescaling", "scale offset"),
        "MaxPooling2D": _row("MaxPooling2D", _POOL),
        "AveragePooling2D": _row("AveragePooling2D", _POOL),
        "AdaptiveAveragePooling2D": _row("AdaptiveAveragePooling2D", "output_size"),
        "AdaptiveMaxPooling2D": _row("AdaptiveMaxPooling2D", "output_size"),
        "GlobalAveragePooling2D": _row("GlobalAveragePooling2D", "keepdims"),
        "GlobalMaxPooling2D": _row("GlobalMaxPooling2D", "keepdims"),
        "Dropout": _row("Dropout", "rate", {"noise_shape": (None,)}),
        "SpatialDropout2D": _row("SpatialDropout2D", "rate", {"noise_shape": (None,)}),
        "StochasticDepth": _row("StochasticDepth", drop_path_rate="rate"),
        "UpSampling2D": _row("UpSampling2D", "size interpolation"),
        "Resizing": _row("Resizing", "height width interpolation", _PLAIN_RESIZING),
        "Flatten": _row("Flatten"),
        "Reshape": _row("Reshape", "target_shape"),
        "ZeroPadding2D": _row("ZeroPadding2D", "padding"),
        "Cropping2D": _row("Cropping2D", "cropping"),
        "Permute": _row("Permute", "dims"),
    }
)
"""Keras's classes. `LayerScale` and `StochasticDepth` are those of keras.applications."""

OPERATIONS = frozenset({"Add", "Subtract", "Multiply", "Maximum", "Minimum"})
"""Functions of `keras.ops` on two values that are the layers of these names: `x + y` is an `Add`."""

NAMES_ONLY = frozenset(
    (
        *("name", "trainable", "dtype", "autocast", "seed", "sparse", "ragged"),
        *("batch_shape", "batch_input_shape", "input_shape", "input_dim", "input_dtype", "build_input_shape"),
    )
)
"""Arguments of all layers that describe nothing of the function."""

ARGUMENTS_OF_TRAINING = re.compile(r"\w+_(?:regularizer|constraint)|moving_(?:mean|variance)_initializer")
"""Names of arguments without an effect outside of training."""

STATISTICS: Mapping[str, str] = MappingProxyType(
    {"moving_mean_initializer": "zeros", "moving_variance_initializer": "ones"}
)
"""The initial values that moving statistics have in the language."""

PACKAGES = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras")
"""The packages whose classes these are; other packages may have classes of the same names."""
