"""Other libraries' attributes, and what they are here: for hints, never for reading a document."""

from __future__ import annotations

from collections.abc import Container, Mapping
from types import MappingProxyType

from archspec.advice import Advice

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

OTHER_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "act": "activation",
        "alpha": "negative_slope",
        "border_mode": "padding",
        "bottom": "inputs",
        "from": "inputs",
        "inbound_nodes": "inputs",
        "input": "inputs",
        "kernel": "kernel_size",
        "ksize": "kernel_size",
        "nonlinearity": "activation",
        "output_dim": "units",
        "pad": "padding",
        "subsample": "strides",
        "times": "repeat",
    }
)
"""Words of older Keras and of other programs' files, and the keys that they are."""

INPUT_SHAPES = ("input_shape", "batch_input_shape")
"""What a first layer of Keras says of what the network reads; the second begins with the batch."""

IMPLIED = frozenset(("in_channels", "in_features", "normalized_shape", "num_channels", "num_features"))
"""Arguments that have no attribute, because archspec finds them out or decides them."""

_CHANNELS_LAST = "leave it out: all shapes are channels last here, and each framework gets what it wants"
_TRAINING = "leave it out: a spec says what a network computes, not how it is trained"

NEVER: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(IMPLIED, "leave it out: it follows from what the layer reads"),
        **dict.fromkeys(("data_format", "channels_last", "channels_first"), _CHANNELS_LAST),
        **dict.fromkeys(("trainable", "seed"), _TRAINING),
        **dict.fromkeys(
            (f"{part}_{kind}" for part in ("kernel", "bias", "activity") for kind in ("regularizer", "constraint")),
            _TRAINING,
        ),
        "dtype": Advice.of("leave it out: the precision is chosen when the network is compiled, with {dtype}"),
        "activation": "write the activation as a layer of its own, behind this one",
    }
)
"""Words that no layer has which does not know them, and what to do about each."""

_OF_DENSE = frozenset(("in_features", "out_features", "bias", "units", "use_bias"))
"""What is said of a Dense, by PyTorch's words or by Keras's, and never of an activation."""


def attribute(name: str, known: Container[str]) -> str | None:
    """The key, one of those that are `known`, that another library calls this; None if there is none."""
    meant = ATTRIBUTES.get(name) or OTHER_ATTRIBUTES.get(name)
    return meant if meant in known else None


def attribute_hint(user: str, name: str) -> str | None:
    """What to do with another library's argument that a layer of type `user` does not have."""
    if user == "Linear" and name in _OF_DENSE:
        return "PyTorch's Linear is a Dense here; the Linear of this language is the activation that changes nothing"
    if name in INPUT_SHAPES:
        return "only the first layer can have it, and only where the document has no `inputs`"
    return NEVER.get(name)
