"""Fully connected layers."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.axes import is_image
from archspec.layers.dense import Dense
from archspec.program.calls import Argument, Call, Site
from archspec_torch.emit.row import Native, Row, TorchLayer


def _dense(site: Site[Dense]) -> TorchLayer:
    callee = "ChannelsLastLinear" if is_image(site.inputs[0]) else "nn.Linear"
    arguments = (
        Argument("in_features", site.inputs[0][-1], positional=True),
        Argument("out_features", site.layer.units, positional=True),
        Argument("bias", site.layer.use_bias, default=True),
    )
    return TorchLayer(Call(callee, arguments))


ROWS: Mapping[type[Layer], Row] = {
    Dense: Row(_dense, {"kernel": Native("weight", axes=(1, 0)), "bias": Native("bias")}, result="fresh"),
}
