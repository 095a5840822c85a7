"""Normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from archspec.errors import EmitError
from archspec.ir import Layer
from archspec.layers.axes import is_image
from archspec.layers.norm import (
    BatchNormalization,
    LayerNormalization,
    LayerScale,
    LocalResponseNormalization,
    Normalization,
    Rescaling,
    Scale,
    each_channel,
)
from archspec.program.calls import GENERAL, Argument, Call, Function, Site
from archspec_torch.emit.row import BareParameter, Native, Row, TorchLayer


def complement(momentum: float) -> float:
    """PyTorch's momentum, the weight of the new value, for Keras's: 0.1 for 0.9, and not 0.09999999999999998."""
    return float(1 - Decimal(repr(momentum)))


def _batch_norm(site: Site[BatchNormalization]) -> TorchLayer:
    layer = site.layer
    common = (
        Argument("num_features", site.inputs[0][-1], positional=True),
        Argument("eps", layer.epsilon, default=1e-5),
        Argument("momentum", complement(layer.momentum), default=0.1),
    )
    partial = (Argument("scale", layer.scale, default=True), Argument("center", layer.center, default=True))
    match len(site.inputs[0]), layer.scale == layer.center and GENERAL not in site.facts:
        case (1 | 3) as rank, True:
            affine = Argument("affine", layer.scale, default=True)
            return TorchLayer(Call(f"nn.BatchNorm{(rank + 1) // 2}d", (*common, affine)))
        case (1 | 3) as rank, False:
            return TorchLayer(Call(f"PartialBatchNorm{(rank + 1) // 2}d", (*common, *partial)))
        case 2, _:
            return TorchLayer(Call("ChannelsLastBatchNorm1d", (*common, *partial)))
        case rank, _:
            raise EmitError(
                f"BatchNormalization: PyTorch has it for vectors, sequences and images, not for {rank} axes"
            )


def _layer_norm(site: Site[LayerNormalization]) -> TorchLayer:
    layer, of_images = site.layer, "2d" if is_image(site.inputs[0]) else ""
    common = (
        Argument("normalized_shape", site.inputs[0][-1], positional=True),
        Argument("eps", layer.epsilon, default=1e-5),
    )
    if layer.center and not layer.scale:
        return TorchLayer(Call(f"UnscaledLayerNorm{of_images}", common))
    affine = Argument("elementwise_affine", layer.scale, default=True)
    bias = Argument("bias", layer.center or not layer.scale, default=True)
    return TorchLayer(Call("LayerNorm2d" if of_images else "nn.LayerNorm", (*common, affine, bias)))


def _local_response_norm(site: Site[LocalResponseNormalization]) -> TorchLayer:
    layer = site.layer
    arguments = (
        Argument("size", layer.size, positional=True),
        # PyTorch divides alpha by the size.
        Argument("alpha", float(Decimal(repr(layer.alpha)) * layer.size), default=1e-4),
        Argument("beta", layer.beta, default=0.75),
        Argument("k", layer.bias, default=1.0),
    )
    return TorchLayer(
        Call("nn.LocalResponseNorm", arguments), Function("F.local_response_norm({0}, {arguments})", arguments)
    )


def _scale(site: Site[Scale]) -> TorchLayer:
    callee = "Scale2d" if is_image(site.inputs[0]) else "Scale"
    return TorchLayer(Call(callee, (Argument("num_features", site.inputs[0][-1], positional=True),)))


def _layer_scale(site: Site[LayerScale]) -> TorchLayer:
    shape = "({arguments}, 1, 1)" if is_image(site.inputs[0]) else "({arguments},)"
    first = f"torch.full({shape}, {site.layer.initial_value!r})"
    return TorchLayer(BareParameter(first, (Argument("num_features", site.inputs[0][-1], positional=True),)))


def _rescaling(site: Site[Rescaling]) -> TorchLayer:
    scale, offset = Argument("scale", site.layer.scale, positional=True), site.layer.offset
    if isinstance(scale.value, tuple) or isinstance(offset, tuple):
        return _rescaling_of_channels(site)
    # The input is a variable here and never an inlined sum, so it needs no parentheses.
    shift = "" if offset == 0 else f" - {-offset!r}" if offset < 0 else f" + {offset!r}"
    return TorchLayer(
        Call("Rescaling", (scale, Argument("offset", offset, default=0.0))),
        Function(f"{{0}} * {{arguments}}{shift}", (scale,)),
    )


def _rescaling_of_channels(site: Site[Rescaling]) -> TorchLayer:
    scale, offset = (each_channel(name, getattr(site.layer, name), site.inputs[0]) for name in ("scale", "offset"))
    arguments = (
        Argument("scale", scale, positional=True),
        Argument("offset", offset if any(offset) else None, default=None),
    )
    return _of_channels("Rescale", "rescale", arguments, site)


def _normalization(site: Site[Normalization]) -> TorchLayer:
    numbers = site.layer.numbers(site.inputs[0])
    if numbers is None:
        callee = "Normalization2d" if is_image(site.inputs[0]) else "Normalization"
        return TorchLayer(Call(callee, (Argument("num_features", site.inputs[0][-1], positional=True),)))
    mean, std = numbers
    return _of_channels("Normalize", "normalize", (Argument("mean", mean), Argument("std", std)), site)


def _of_channels(module: str, function: str, arguments: tuple[Argument, ...], site: Site[Any]) -> TorchLayer:
    """A helper with numbers for each channel, of images or of other values."""
    of_images = "2d" if is_image(site.inputs[0]) else ""
    return TorchLayer(
        Call(f"{module}{of_images}", arguments), Function(f"{function}{of_images}({{0}}, {{arguments}})", arguments)
    )


_AFFINE = {"gamma": Native("weight", initial=1.0), "beta": Native("bias", initial=0.0)}

ROWS: Mapping[type[Layer], Row] = {
    BatchNormalization: Row(
        _batch_norm,
        {
            **_AFFINE,
            "moving_mean": Native("running_mean", initial=0.0),
            "moving_variance": Native("running_var", initial=1.0),
        },
        counters=("num_batches_tracked",),
        result="fresh",
    ),
    LayerNormalization: Row(_layer_norm, _AFFINE, result="fresh"),
    LocalResponseNormalization: Row(_local_response_norm, result="fresh"),
    Scale: Row(_scale, _AFFINE, result="fresh"),
    LayerScale: Row(_layer_scale, {"gamma": Native(channels_first=True)}, result="fresh"),
    Normalization: Row(
        _normalization,
        {"mean": Native("mean", initial=0.0), "variance": Native("variance", initial=1.0)},
        result="fresh",
    ),
    Rescaling: Row(_rescaling, result="fresh"),
}
