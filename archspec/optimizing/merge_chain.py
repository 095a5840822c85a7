"""Merges linear layers that follow each other."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from archspec.ir import Graph, Node
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.optimizing.editing import Edit, edited
from archspec.optimizing.leaving import hand_over_activations, in_all_copies, leaving_out
from archspec.optimizing.linear import BIAS, KERNEL, Slots, pads, rule, slot_names
from archspec.optimizing.rewriting import Array, Note, Rewriting, Rule
from archspec.optimizing.surroundings import Surroundings

_FEATURES = {Conv2D: "filters", Dense: "units"}
"""The attribute with the number of features that a layer makes, by its type."""


def merge_chain(graph: Graph) -> Rewriting:
    """The network with one layer in place of two convolutions, of which the second is 1x1, or two dense layers.

    Guarantees: the same function, with at most as many multiply-adds. The kernel is the product of both.

    Refuses: a second layer with strides, padding or groups; a first one with groups; fewer features between the two
    than around them, for the product is then larger; a layer that is applied several times; a first one whose value has
    another reader or is an output; layers of different copies of a block; a declared layer of which another copy is
    refused. Of several such layers in a row only the first two are merged.
    """
    around = Surroundings(graph)
    able = {node.path: first for node in graph.nodes if (first := _first(graph, node, around)) is not None}
    able = {path: first for path, first in able.items() if first.path not in able}
    chosen = in_all_copies(graph, {*able, *[first.path for first in able.values()]})
    kept = {path: first for path, first in able.items() if {path, first.path} <= chosen}
    edit = leaving_out(graph, {path: first.result for path, first in kept.items()})
    hand_over_activations(graph, edit, kept)
    rules: dict[str, Rule] = {}
    notes = []
    for path, first in kept.items():
        second = graph.by_path[path]
        found = _rules(graph, first, second)
        rules |= found
        changed = {_features(first): second.type.channels, "use_bias": f"{first.path}:{BIAS}" in found}
        edit.layers[first.path] = first.layer.model_copy(update=changed)
        _declare(edit, first, second)
        notes.append(Note("merge_chain", path, f"merged with {first.path}"))
    return Rewriting(edited(graph, edit), rules, tuple(notes)) if edit else Rewriting(graph)


def _first(graph: Graph, second: Node, around: Surroundings) -> Node | None:
    """The layer before another one that both can be merged with."""
    if not _is_pointwise(second) or not around.is_alone(second):
        return None
    first = graph.maker(second.inputs[0])
    if first is None or type(first.layer) is not type(second.layer) or not around.is_alone(first):
        return None
    if around.only_reader(first) is not second or (isinstance(first.layer, Conv2D) and first.layer.groups > 1):
        return None
    return first if _together(first, second) and _is_no_larger(graph, first, second) else None


def _is_pointwise(node: Node) -> bool:
    layer = node.layer
    if not isinstance(layer, Conv2D):
        return isinstance(layer, Dense)
    return layer.kernel_size == layer.strides == (1, 1) and layer.groups == 1 and not pads(node)


def _together(first: Node, second: Node) -> bool:
    """Whether the first layer can be declared with the second one's number of features: both are in one copy."""
    if first.origin is None or second.origin is None:
        return first.origin is second.origin
    declared = second.origin.declaration
    copied = (declared.when, declared.columns, declared.repeat, declared.each)
    alike = first.origin.declaration.kind == type(first.layer).__name__ == declared.kind
    tells = _features(second) in declared.attributes
    return alike and tells and all(each is None for each in copied) and first.origin.parent is second.origin.parent


def _is_no_larger(graph: Graph, first: Node, second: Node) -> bool:
    """Whether the product of two kernels has at most as many elements as both."""
    one, other = [graph.operations[node.path].weights[0].shape for node in (first, second)]
    return math.prod(one[:-1]) * other[-1] <= math.prod(one) + math.prod(other)


def _features(node: Node) -> str:
    return _FEATURES[type(node.layer)]


def _declare(edit: Edit, first: Node, second: Node) -> None:
    """Declare the first layer with the second one's number of features."""
    if first.origin is None or second.origin is None:
        return
    name, old = _features(first), first.origin.declaration
    declared = edit.declared.get(old) or old
    features = second.origin.declaration.attributes[name]
    edit.declared[old] = replace(declared, attributes={**declared.attributes, name: features})


def _rules(graph: Graph, first: Node, second: Node) -> dict[str, Rule]:
    reads = {"first": slot_names(graph, first), "second": slot_names(graph, second)}

    def kernel(first: Slots, second: Slots) -> Array:
        return first[KERNEL] @ _matrix(second)

    def bias(first: Slots, second: Slots) -> Array:
        found: Array = np.zeros(second[KERNEL].shape[-1])
        if BIAS in first:
            found = first[BIAS] @ _matrix(second)
        return found + second.get(BIAS, 0.0)

    rules = {f"{first.path}:{KERNEL}": rule(reads, kernel)}
    if any(name.endswith(f":{BIAS}") for names in reads.values() for name in names):
        rules[f"{first.path}:{BIAS}"] = rule(reads, bias)
    return rules


def _matrix(pointwise: Slots) -> Array:
    """The kernel of a pointwise layer, (inputs, outputs)."""
    kernel = pointwise[KERNEL]
    return kernel.reshape(kernel.shape[-2:])
