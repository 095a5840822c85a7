"""Other libraries' names for attributes, which are used in hints only, never for reading a document."""

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
"""The attributes for arguments of PyTorch's modules."""

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
"""The keys for words of older Keras releases and of other programs' files."""

_FILTERS = ("filters", "units")
_WINDOW = ("kernel_size", "pool_size")

AMBIGUOUS_ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("c", "ch", "channels", "features", "n_filters", "num_filters", "nf"), _FILTERS),
        **dict.fromkeys(("num_output", "num_outputs", "out", "out_dim", "n_out"), _FILTERS),
        **dict.fromkeys(("nodes", "neurons", "n_units", "num_units", "hidden", "hidden_size", "dim"), _FILTERS),
        **dict.fromkeys(("k", "ks", "kernel", "kernel_shape", "kernel_dim", "filter_size"), _WINDOW),
        "size": _WINDOW,
        "local_size": ("size",),
        "s": ("strides",),
        **dict.fromkeys(("p", "pads"), ("padding", "rate")),
        **dict.fromkeys(("d", "dilations", "dilate"), ("dilation_rate",)),
        **dict.fromkeys(("g", "group", "n_groups", "num_groups"), ("groups",)),
        **dict.fromkeys(("dropout", "dropout_rate", "drop", "drop_rate", "drop_prob", "prob"), ("rate",)),
        "decay": ("momentum",),
        **dict.fromkeys(("num", "number", "count", "copies"), ("repeat",)),
        **dict.fromkeys(("if", "enabled", "condition"), ("when",)),
        **dict.fromkeys(("id", "scope"), ("name",)),
        **dict.fromkeys(("activation_fn", "act_fn", "act_layer"), ("activation",)),
    }
)
"""Words of many programs: the first key that the layer has is meant."""

INPUT_SHAPES = ("input_shape", "batch_input_shape")
"""Keras's keys for the network's input in a first layer; the second one begins with the batch."""

IMPLIED = frozenset(("in_channels", "in_features", "normalized_shape", "num_channels", "num_features"))
"""Arguments without an attribute, because archspec infers or decides them."""

_CHANNELS_LAST = "leave it out: all shapes are channels last here, and each framework gets what it wants"
_NORM = "write it as a layer of its own, behind this one: {layer_type: BatchNormalization}"
_CONFIG = "leave it out: a layer's type and attributes say all of it, as activation: relu"
_TRAINING = "leave it out: a spec says what a network computes, not how it is trained"

NEVER: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(IMPLIED, "leave it out: it follows from what the layer reads"),
        **dict.fromkeys(("data_format", "channels_last", "channels_first"), _CHANNELS_LAST),
        **dict.fromkeys(("trainable", "seed"), _TRAINING),
        **dict.fromkeys(("bn", "norm", "batch_norm", "batchnorm", "use_bn", "use_batch_norm"), _NORM),
        **dict.fromkeys(("batch_normalize", "norm_cfg", "norm_layer", "normalizer_fn", "normalization"), _NORM),
        **dict.fromkeys(("act_cfg", "conv_cfg", "init_cfg"), _CONFIG),
        **dict.fromkeys(
            (f"{part}_{kind}" for part in ("kernel", "bias", "activity") for kind in ("regularizer", "constraint")),
            _TRAINING,
        ),
        "dtype": Advice.of("leave it out: the precision is chosen when the network is compiled, with {dtype}"),
        "activation": "write the activation as a layer of its own, behind this one",
    }
)
"""Advice for words of other libraries, for layers without such an attribute."""

_OF_DENSE = frozenset(("in_features", "out_features", "bias", "units", "use_bias"))
"""Words of PyTorch or Keras for a Dense, never for an activation."""


def attribute(name: str, known: Container[str]) -> str | None:
    """The `known` key for another library's word; None if there is none."""
    meant = ATTRIBUTES.get(name) or OTHER_ATTRIBUTES.get(name)
    if meant is not None and meant in known:
        return meant
    return next((each for each in AMBIGUOUS_ATTRIBUTES.get(name, ()) if each in known), None)


def attribute_hint(user: str, name: str) -> str | None:
    """Advice for another library's argument that a layer of type `user` does not have."""
    if user == "Linear" and name in _OF_DENSE:
        return "PyTorch's Linear is a Dense here; the Linear of this language is the activation that changes nothing"
    if name in INPUT_SHAPES:
        return "only the first layer can have it, and only where the document has no `inputs`"
    return NEVER.get(name)
