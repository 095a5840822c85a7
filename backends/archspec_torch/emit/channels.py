"""Layers that move or add channels."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.axes import is_image
from archspec.layers.channels import ChannelClip, ChannelPadding, ChannelShuffle
from archspec.program.calls import Argument, Call, Function, Site
from archspec_torch.emit.row import GIVEN, Native, Row, TorchLayer


def _shuffle(site: Site[ChannelShuffle]) -> TorchLayer:
    groups = (Argument("groups", site.layer.groups, positional=True),)
    return TorchLayer(Call("nn.ChannelShuffle", groups), Function("F.channel_shuffle({0}, {arguments})", groups))


def _padding(site: Site[ChannelPadding]) -> TorchLayer:
    before, after = site.layer.padding
    if not is_image(site.inputs[0]):
        pad = (Argument("padding", (before, after), positional=True),)
        return TorchLayer(Call("nn.ZeroPad1d", pad), Function("F.pad({0}, {arguments})", pad))
    ends = (Argument("before", before, positional=True), Argument("after", after, positional=True))
    return TorchLayer(Call("ChannelPad2d", ends), Function("F.pad({0}, (0, 0, 0, 0, {arguments}))", ends))


def _clip(site: Site[ChannelClip]) -> TorchLayer:
    arguments = (
        Argument("num_features", site.inputs[0][-1], positional=True),
        Argument("low", site.layer.initial_low, default=0.0),
        Argument("high", site.layer.initial_high, default=6.0),
    )
    return TorchLayer(Call("ChannelClip2d" if is_image(site.inputs[0]) else "ChannelClip", arguments))


ROWS: Mapping[type[Layer], Row] = {
    # With one group nothing moves, and PyTorch may return the input itself.
    ChannelShuffle: Row(_shuffle, result="passed"),
    ChannelPadding: Row(_padding, result="fresh"),
    ChannelClip: Row(
        _clip, {"low": Native("low", initial=GIVEN), "high": Native("high", initial=GIVEN)}, result="fresh"
    ),
}
