"""Layers in Keras that move or add channels."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archspec.ir import Layer, are_known
from archspec.layers.channels import ChannelPadding, ChannelShuffle
from archspec.program.calls import Argument, Function, Site
from archspec_tensorflow.emit.row import Row, Steps


def _shuffle(site: Site[ChannelShuffle]) -> Steps:
    # A function can read the image's size; layers.Reshape would need it as an argument in every use of a block.
    function = "channel_shuffle" if are_known(site.inputs[0]) else "shuffle_channels"
    return (Function(f"{function}({{0}}, {{arguments}})", (Argument("groups", site.layer.groups, positional=True),)),)


def _padding(site: Site[ChannelPadding]) -> Steps:
    others = "(0, 0), " * len(site.inputs[0])
    ends = tuple([Argument("padding", channels, positional=True) for channels in site.layer.padding])
    return (Function(f"ops.pad({{0}}, ({others}({{arguments}})))", ends),)


ROWS: Mapping[type[Layer], Row[Any]] = MappingProxyType({ChannelShuffle: Row(_shuffle), ChannelPadding: Row(_padding)})
