"""How PyTorch says the layers."""

from __future__ import annotations

from archspec.program.calls import Argument, Call, Function, Site
from archspec_torch.emit import Native, Row, TorchLayer
from more_layers.layers import AlphaDropout, GroupNorm, HardShrink


def _hard_shrink(site: Site[HardShrink]) -> TorchLayer:
    arguments = (Argument("lambd", site.layer.threshold, default=0.5, positional=True),)
    return TorchLayer(Call("nn.Hardshrink", arguments), Function("F.hardshrink({0}, {arguments})", arguments))


def _alpha_dropout(site: Site[AlphaDropout]) -> TorchLayer:
    return TorchLayer(Call("nn.AlphaDropout", (Argument("p", site.layer.rate, default=0.5),)), None)


def _group_norm(site: Site[GroupNorm]) -> TorchLayer:
    arguments = (
        Argument("num_groups", site.layer.groups, positional=True),
        Argument("num_channels", site.channels, positional=True),
        Argument("eps", site.layer.epsilon, default=1e-5),
    )
    return TorchLayer(Call("nn.GroupNorm", arguments))


HARD_SHRINK = Row(_hard_shrink)
ALPHA_DROPOUT = Row(_alpha_dropout)
GROUP_NORM = Row(_group_norm, {"gamma": Native("weight"), "beta": Native("bias")})
