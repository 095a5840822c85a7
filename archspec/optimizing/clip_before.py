"""Turns a batch normalisation and a ReLU before a linear layer into bounds for each channel."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from archspec.ir import Channelwise, Graph, Node
from archspec.layers.activation import ReLU
from archspec.layers.channels import ChannelClip
from archspec.optimizing.editing import edited
from archspec.optimizing.leaving import in_all_copies, leaving_out
from archspec.optimizing.linear import Slots, affine_inputs, each, rule, slot_names, sums_all_inputs
from archspec.optimizing.rewriting import Array, Note, Rewriting, Rule
from archspec.optimizing.surroundings import Surroundings

_RELU = ReLU()
_CLIP = ChannelClip()


def clip_before(graph: Graph) -> Rewriting:
    """The network with a clip in place of each channelwise layer and ReLU that only one linear layer reads.

    With the factor s and the shift b of a channel, relu(s * x + b) is s * max(x, -b / s) + b for s > 0 and
    s * min(x, -b / s) + b for s < 0: a clip whose other bound is infinite, and sums that the linear layer makes anyway.
    For s = 0 it is max(b, 0), and the clip does not matter. So the layers do not depend on the signs.

    Guarantees: outside of training, the outputs are the same.

    Refuses: another reader; a linear layer with padding, for the shift is not in the padding; a layer that is applied
    several times; an output; a declared layer of which another copy is refused.
    """
    around = Surroundings(graph)
    found = {node.path: each for node in graph.nodes if (each := _behind(node, around)) is not None}
    able = _in_all_copies(graph, found)
    edit = leaving_out(graph, {relu.path: graph.by_path[path].result for path, (relu, _) in able.items()})
    rules: dict[str, Rule] = {}
    notes = []
    for path, (_, linear) in able.items():
        node = graph.by_path[path]
        rules |= _rules(graph, node, linear)
        edit.layers |= {path: _CLIP, linear.path: linear.layer.model_copy(update={"use_bias": True})}
        if node.origin is not None:
            declared = node.origin.declaration
            edit.declared[declared] = replace(declared, kind="ChannelClip", attributes=dict[str, ast.expr]())
        notes.append(Note("clip_before", path, f"became bounds, its factors and shifts are in {linear.path}"))
    return Rewriting(edited(graph, edit), rules, tuple(notes)) if edit else Rewriting(graph)


Found = Mapping[str, tuple[Node, Node]]
"""The ReLU and the linear layer behind each channelwise layer, by its path."""


def _in_all_copies(graph: Graph, found: Found) -> Found:
    """Those of which the channelwise layer and the ReLU are among them in all copies."""
    while True:
        chosen = in_all_copies(graph, {*found, *[relu.path for relu, _ in found.values()]})
        kept = {path: each for path, each in found.items() if path in chosen and each[0].path in chosen}
        if len(kept) == len(found):
            return found
        found = kept


def _behind(node: Node, around: Surroundings) -> tuple[Node, Node] | None:
    """The ReLU and the linear layer behind a channelwise layer, which nothing else reads."""
    channelwise = node.layer.channelwise()
    if channelwise is None or channelwise.shift is None or not around.is_alone(node):
        return None
    relu = around.only_reader(node)
    if relu is None or relu.layer != _RELU:
        return None
    linear = around.only_reader(relu)
    if linear is None or not around.is_alone(linear) or not sums_all_inputs(linear, shifted=True):
        return None
    return relu, linear


def _rules(graph: Graph, node: Node, linear: Node) -> dict[str, Rule]:
    channelwise = node.layer.channelwise()
    assert channelwise is not None, "asked before"
    names, channels = slot_names(graph, node), node.type.channels

    def low(before: Slots) -> Array:
        return _bound(channelwise, before, channels, positive=True)

    def high(before: Slots) -> Array:
        return _bound(channelwise, before, channels, positive=False)

    def shift(weights: Slots) -> Array:
        factor, shift = _numbers(channelwise, weights, channels)
        return np.where(factor == 0, np.maximum(shift, 0), shift)

    return {
        f"{node.path}:low": rule({"before": names}, low),
        f"{node.path}:high": rule({"before": names}, high),
        **affine_inputs(
            linear,
            slot_names(graph, linear),
            names,
            lambda weights: _numbers(channelwise, weights, channels)[0],
            shift,
        ),
    }


def _numbers(channelwise: Channelwise, weights: Slots, channels: int) -> tuple[Array, Array]:
    """The factor and the shift of each channel."""
    assert channelwise.shift is not None, "asked before"
    return each(channelwise.factor(weights), channels), each(channelwise.shift(weights), channels)


def _bound(channelwise: Channelwise, weights: Slots, channels: int, *, positive: bool) -> Array:
    """-b / s for factors of this sign, and infinity for the others."""
    factor, shift = _numbers(channelwise, weights, channels)
    has_bound = factor > 0 if positive else factor < 0
    found: Array = np.where(has_bound, -shift / np.where(has_bound, factor, 1), -np.inf if positive else np.inf)
    return found
