"""Turns dense layers over the channels of an image into 1x1 convolutions."""

from __future__ import annotations

import ast
from dataclasses import replace

from archspec.ir import Graph, Node
from archspec.layers.axes import is_image
from archspec.layers.conv import Conv2D
from archspec.layers.dense import Dense
from archspec.optimizing.editing import Edit, edited
from archspec.optimizing.leaving import in_all_copies
from archspec.optimizing.linear import KERNEL, Slots, rule
from archspec.optimizing.rewriting import Array, Note, Rewriting, Rule
from archspec.optimizing.surroundings import Surroundings


def dense_as_convolution(graph: Graph) -> Rewriting:
    """The network with 1x1 convolutions in place of dense layers that read images.

    PyTorch's linear layers are slower than its convolutions on images that are channels-last in memory.

    Guarantees: the same function. The kernel has two more axes of length 1.

    Refuses: a layer that is applied several times, or to other values than images; a declared layer of which another
    copy is refused.
    """
    around = Surroundings(graph)
    able = {node.path for node in graph.nodes if _reads_image(node) and around.is_alone(node)}
    chosen = in_all_copies(graph, able)
    edit, rules, notes = Edit(), dict[str, Rule](), []
    for node in graph.nodes:
        if node.path in chosen:
            assert isinstance(node.layer, Dense), "chosen so"
            edit.layers[node.path] = _convolution(node.layer)
            rules[f"{node.path}:{KERNEL}"] = rule({"linear": (f"{node.path}:{KERNEL}",)}, _with_window)
            _declare(edit, node)
            notes.append(Note("dense_as_convolution", node.path, "became a 1x1 convolution"))
    return Rewriting(edited(graph, edit), rules, tuple(notes)) if edit else Rewriting(graph)


def _reads_image(node: Node) -> bool:
    return isinstance(node.layer, Dense) and is_image(node.reads[0].axes)


def _convolution(layer: Dense) -> Conv2D:
    values = {
        name: value for name, value in dict(layer).items() if name in Conv2D.model_fields and name != "activation"
    }
    return Conv2D(filters=layer.units, kernel_size=(1, 1)).model_copy(update=values)


def _declare(edit: Edit, node: Node) -> None:
    """The declaration of the convolution."""
    if node.origin is None:
        return
    declared = node.origin.declaration
    attributes = {"filters" if key == "units" else key: tree for key, tree in declared.attributes.items()}
    edit.declared[declared] = replace(
        declared, kind="Conv2D", attributes={**attributes, "kernel_size": ast.Constant(1)}
    )


def _with_window(linear: Slots) -> Array:
    return linear[KERNEL][None, None]
