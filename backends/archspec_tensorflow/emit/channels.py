"""Layers in Keras that move or add channels."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer, are_known
from archspec.layers.channels import ChannelClip, ChannelPadding, ChannelShuffle
from archspec.program.calls import Argument, Call, Function, Site
from archspec_tensorflow.emit.row import Row, Steps, named


def _shuffle(site: Site[ChannelShuffle]) -> Steps:
    # A function can read the image's size; layers.Reshape would need it as an argument in every use of a block.
    function = "channel_shuffle" if are_known(site.inputs[0]) else "shuffle_channels"
    return (Function(f"{function}({{0}}, {{arguments}})", (Argument("groups", site.layer.groups, positional=True),)),)


def _padding(site: Site[ChannelPadding]) -> Steps:
    others = "(0, 0), " * len(site.inputs[0])
    ends = tuple([Argument("padding", channels, positional=True) for channels in site.layer.padding])
    return (Function(f"ops.pad({{0}}, ({others}({{arguments}})))", ends),)


def _clip(site: Site[ChannelClip]) -> Steps:
    bounds = (
        Argument("low", site.layer.initial_low, default=0.0),
        Argument("high", site.layer.initial_high, default=6.0),
    )
    return (Call("ChannelClip", bounds),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType(
    {
        ChannelShuffle: Row(_shuffle),
        ChannelPadding: Row(_padding),
        ChannelClip: Row(_clip, named("low", "high")),
    }
)
