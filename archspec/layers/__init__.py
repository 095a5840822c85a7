"""The vocabulary: every layer type of the language by its name, the built-in ones and third parties'."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from archspec.errors import ArchspecError
from archspec.ir import CompositeLayer, Layer
from archspec.layers.activation import (
    ELU,
    GELU,
    SELU,
    Activation,
    Exponential,
    HardSigmoid,
    HardSiLU,
    LeakyReLU,
    Linear,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from archspec.layers.channels import ChannelPadding, ChannelShuffle
from archspec.layers.conv import Conv2D, DepthwiseConv2D, SeparableConv2D
from archspec.layers.conv_transpose import Conv2DTranspose
from archspec.layers.dense import Dense
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archspec.layers.norm import (
    BatchNormalization,
    LayerNormalization,
    LayerScale,
    LocalResponseNormalization,
    Rescaling,
    Scale,
)
from archspec.layers.pool import (
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling2D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from archspec.layers.regularisation import Dropout, SpatialDropout2D, StochasticDepth
from archspec.layers.resize import Resizing, UpSampling2D
from archspec.layers.shape import Cropping2D, Flatten, Permute, Reshape, Slice, ZeroPadding2D

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

LayerType = type[Layer] | type[CompositeLayer]

_GROUP = "archspec.layers"

_BUILT_IN: tuple[LayerType, ...] = (
    *(Conv2D, DepthwiseConv2D, SeparableConv2D, Conv2DTranspose, Dense),
    *(MaxPooling2D, AveragePooling2D, AdaptiveAveragePooling2D, AdaptiveMaxPooling2D),
    *(GlobalAveragePooling2D, GlobalMaxPooling2D),
    *(BatchNormalization, LayerNormalization, LocalResponseNormalization, Scale, LayerScale, Rescaling),
    *(Activation, ReLU, ReLU6, LeakyReLU, PReLU, ELU, SELU, GELU, Sigmoid, HardSigmoid, Tanh, Softmax),
    *(Softplus, Softsign, SiLU, HardSiLU, Mish, Exponential, Linear),
    *(Dropout, SpatialDropout2D, StochasticDepth),
    *(Flatten, Reshape, Permute, Slice, ZeroPadding2D, Cropping2D),
    *(ChannelShuffle, ChannelPadding, UpSampling2D, Resizing),
    *(Concatenate, Add, Multiply, Subtract, Average, Maximum, Minimum),
)

_TYPES: Mapping[str, LayerType] = MappingProxyType({kind.__name__: kind for kind in _BUILT_IN})


def layer_types() -> Mapping[str, LayerType]:
    """The built-in layer types by their names."""
    return _TYPES


def find_layer(name: str) -> LayerType | None:
    """The layer type of this name, or None.

    Third parties' types, entry points of the group `archspec.layers`, are looked at only for a name that is not
    built in. Raises `ArchspecError` if such an entry point is not a layer.
    """
    return _TYPES.get(name) or _find_third_party(name)


def layer_names() -> tuple[str, ...]:
    """Every name that `find_layer` knows, for suggestions; it loads no third party."""
    return (*_TYPES, *sorted(_third_parties().names))


@cache
def _third_parties() -> EntryPoints:
    """The entry points of third parties' layers; what is installed is looked through once, because that takes long."""
    from importlib.metadata import entry_points

    return entry_points(group=_GROUP)


def _find_third_party(name: str) -> LayerType | None:
    for entry in _third_parties().select(name=name):
        found: object = entry.load()
        if not (isinstance(found, type) and issubclass(found, Layer | CompositeLayer)):
            raise ArchspecError(f"the entry point {entry.value} of {_GROUP} is not a layer class")
        return found
    return None


__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "AdaptiveAveragePooling2D",
    "AdaptiveMaxPooling2D",
    "Add",
    "Average",
    "AveragePooling2D",
    "BatchNormalization",
    "ChannelPadding",
    "ChannelShuffle",
    "Concatenate",
    "Conv2D",
    "Conv2DTranspose",
    "Cropping2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Exponential",
    "Flatten",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling2D",
    "HardSiLU",
    "HardSigmoid",
    "LayerNormalization",
    "LayerScale",
    "LayerType",
    "LeakyReLU",
    "Linear",
    "LocalResponseNormalization",
    "MaxPooling2D",
    "Maximum",
    "Minimum",
    "Mish",
    "Multiply",
    "PReLU",
    "Permute",
    "ReLU",
    "ReLU6",
    "Rescaling",
    "Reshape",
    "Resizing",
    "Scale",
    "SeparableConv2D",
    "SiLU",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Softplus",
    "Softsign",
    "SpatialDropout2D",
    "StochasticDepth",
    "Subtract",
    "Tanh",
    "UpSampling2D",
    "ZeroPadding2D",
    "find_layer",
    "layer_names",
    "layer_types",
]
