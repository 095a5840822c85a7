"""What PyTorch calls layers and attributes, and what that is here: for hints, never for reading a document."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType

LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "AdaptiveAvgPool2d": "AdaptiveAveragePooling2D",
        "AdaptiveMaxPool2d": "AdaptiveMaxPooling2D",
        "AvgPool2d": "AveragePooling2D",
        "BatchNorm1d": "BatchNormalization",
        "BatchNorm2d": "BatchNormalization",
        "Conv2d": "Conv2D",
        "ConvTranspose2d": "Conv2DTranspose",
        "Dropout2d": "SpatialDropout2D",
        "Hardsigmoid": "HardSigmoid",
        "Hardswish": "HardSiLU",
        "Identity": "Linear",
        "LayerNorm": "LayerNormalization",
        "Linear": "Dense",
        "LocalResponseNorm": "LocalResponseNormalization",
        "MaxPool2d": "MaxPooling2D",
        "Upsample": "UpSampling2D",
        "ZeroPad2d": "ZeroPadding2D",
    }
)
"""PyTorch's modules, and the layer types that they are."""

ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "bias": "use_bias",
        "dilation": "dilation_rate",
        "eps": "epsilon",
        "out_channels": "filters",
        "out_features": "units",
        "p": "rate",
        "scale_factor": "size",
        "stride": "strides",
    }
)
"""The arguments of PyTorch's modules, and the attributes that they are."""

IMPLIED = frozenset(("in_channels", "in_features", "normalized_shape", "num_channels", "num_features"))
"""Arguments that have no attribute, because archspec finds them out or decides them."""

_OF_DENSE = frozenset(("in_features", "out_features", "bias", "units", "use_bias"))
"""What is said of a Dense, by PyTorch's words or by Keras's, and never of an activation."""


def layer_type(name: str) -> str | None:
    """The layer type that PyTorch calls this (`Conv2d`, `nn.Conv2d`); None if it calls none so."""
    return LAYERS.get(name.rpartition(".")[2])


def attribute(name: str, known: Container[str]) -> str | None:
    """The attribute, one of those that are `known`, that PyTorch calls this; None if there is none."""
    meant = ATTRIBUTES.get(name)
    return meant if meant in known else None


def attribute_hint(user: str, name: str) -> str | None:
    """What to do with an argument of PyTorch's that a layer of type `user` does not have."""
    if user == "Linear" and name in _OF_DENSE:
        return "PyTorch's Linear is a Dense here; the Linear of this language is the activation that changes nothing"
    return "leave it out: it follows from what the layer reads" if is_implied(name) else None


def is_implied(name: str) -> bool:
    """Whether PyTorch's argument is none that a layer could have here."""
    return name in IMPLIED
