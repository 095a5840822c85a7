"""Normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from archspec.codegen.calls import Argument, Call, Function, Site
from archspec.errors import EmitError
from archspec.ir import Layer
from archspec.layers.norm import BatchNormalization, LocalResponseNormalization, Scale
from archspec_torch.emit.row import Native, Row, TorchLayer, is_image


def complement(momentum: float) -> float:
    """PyTorch's momentum for Keras's: the weight of the new instead of the old, 0.1 and not 0.09999999999999998."""
    return float(1 - Decimal(repr(momentum)))


def _batch_norm(site: Site[BatchNormalization]) -> TorchLayer:
    layer = site.layer
    common = (
        Argument("num_features", site.inputs[0][-1], positional=True),
        Argument("eps", layer.epsilon, default=1e-5),
        Argument("momentum", complement(layer.momentum), default=0.1),
    )
    partial = (Argument("scale", layer.scale, default=True), Argument("center", layer.center, default=True))
    match len(site.inputs[0]), layer.scale == layer.center:
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


_AFFINE = {"gamma": Native("weight", features=0), "beta": Native("bias", features=0)}

ROWS: Mapping[type[Layer], Row] = {
    BatchNormalization: Row(
        _batch_norm,
        {
            **_AFFINE,
            "moving_mean": Native("running_mean", features=0),
            "moving_variance": Native("running_var", features=0),
        },
        counters=("num_batches_tracked",),
        keeps_order=True,
        result="fresh",
    ),
    LocalResponseNormalization: Row(_local_response_norm, result="fresh"),
    Scale: Row(_scale, _AFFINE, keeps_order=True, result="fresh"),
}
