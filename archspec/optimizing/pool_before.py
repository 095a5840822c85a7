"""Averages images before 1x1 convolutions, and not after them."""

from __future__ import annotations

from archspec.ir import Graph, Node, Origin
from archspec.layers.axes import is_image
from archspec.layers.conv import Conv2D
from archspec.layers.window import WindowedLayer
from archspec.optimizing.editing import Edit, edited
from archspec.optimizing.leaving import in_all_copies
from archspec.optimizing.linear import pads
from archspec.optimizing.rewriting import Note, Rewriting
from archspec.optimizing.surroundings import Surroundings


def pool_before(graph: Graph) -> Rewriting:
    """The network with average pooling before the 1x1 convolutions that it followed: these then have fewer elements.

    A mean of sums is the sum of means, and a bias is its own mean.

    Guarantees: the same function, and the same weights.

    Refuses: pooling with padding, for the padding has no bias, or to as many elements; a convolution with strides or
    padding, that is applied several times, or whose value has another reader or is an output; layers in different
    scopes, or that list their inputs or have a condition or copies; a declared layer of which another copy is refused.
    """
    around = Surroundings(graph)
    able = {node.path: pool for node in graph.nodes if (pool := _pool_behind(node, around)) is not None}
    chosen = in_all_copies(graph, {*able, *[pool.path for pool in able.values()]})
    edit = Edit(swapped={path: pool for path, pool in able.items() if {path, pool.path} <= chosen})
    notes = [Note("pool_before", pool.path, f"went before {path}") for path, pool in edit.swapped.items()]
    return Rewriting(edited(graph, edit), notes=tuple(notes)) if edit else Rewriting(graph)


def _pool_behind(node: Node, around: Surroundings) -> Node | None:
    """The pooling that alone reads a 1x1 convolution, and can go before it."""
    layer = node.layer
    if not isinstance(layer, Conv2D) or not layer.kernel_size == layer.strides == (1, 1) or pads(node):
        return None
    pool = around.only_reader(node)
    if pool is None or not (around.is_alone(node) and around.is_alone(pool)) or not _makes_fewer(pool):
        return None
    in_one_scope = node.path.rpartition(".")[0] == pool.path.rpartition(".")[0] and _parent(node) is _parent(pool)
    return pool if in_one_scope and _is_plain(node) and _is_plain(pool) else None


def _parent(node: Node) -> Origin | None:
    return None if node.origin is None else node.origin.parent


def _makes_fewer(pool: Node) -> bool:
    """Whether a layer gives means of parts of an image, as an image with fewer elements."""
    if pool.layer.gives() != "means" or not is_image(pool.type.axes):
        return False
    return not isinstance(pool.layer, WindowedLayer) or (not pads(pool) and pool.layer.strides != (1, 1))


def _is_plain(node: Node) -> bool:
    """Whether a layer is declared without inputs, condition, copies and activation."""
    if node.origin is None:
        return True
    declared = node.origin.declaration
    further = (declared.inputs, declared.when, declared.columns, declared.repeat, declared.each)
    return all(each is None for each in further) and "activation" not in declared.attributes
