"""How Keras says the layers."""

from __future__ import annotations

from archspec.program.calls import Argument, Call, Function, Site
from archspec_tensorflow.emit import Native, Row, Steps
from more_layers.layers import AlphaDropout, GroupNorm, HardShrink


def _hard_shrink(site: Site[HardShrink]) -> Steps:
    return (Function("ops.hard_shrink({0}, {arguments})", (Argument("threshold", site.layer.threshold),)),)


def _alpha_dropout(site: Site[AlphaDropout]) -> Steps:
    return (Call("layers.AlphaDropout", (Argument("rate", site.layer.rate, positional=True),)),)


def _group_norm(site: Site[GroupNorm]) -> Steps:
    arguments = (
        Argument("groups", site.layer.groups),
        Argument("epsilon", site.layer.epsilon, default=1e-3),
    )
    return (Call("layers.GroupNormalization", arguments),)


HARD_SHRINK = Row(_hard_shrink)
ALPHA_DROPOUT = Row(_alpha_dropout)
GROUP_NORM = Row(_group_norm, {"gamma": Native("gamma"), "beta": Native("beta")})
