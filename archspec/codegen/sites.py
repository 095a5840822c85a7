"""What follows from a node's layer and shapes, found once for all the nodes that have both in common.

A ResNet-50 has 174 nodes in 54 such places; to ask at each node again would be most of the work of emission.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from archspec.codegen.calls import Call, Function, Site
from archspec.ir import Graph, Layer, Node, Shape

Described = tuple[Call | Function | None, ...]
"""What a backend writes for a node, in an order of its own."""

Facts = frozenset[str]


@dataclass(slots=True, eq=False)
class Place:
    """A layer between shapes.

    `weighted`: it has weights. `light`: it is elementwise work on one value. `described` has what a backend writes for
    it, by the facts that were known of a use.
    """

    layer: Layer
    inputs: tuple[Shape, ...]
    output: Shape
    weighted: bool
    light: bool
    described: dict[Facts, Described]

    def site(self, facts: Facts) -> Site[Any]:
        """One use of it, as an emission row sees it."""
        return Site(self.layer, self.inputs, self.output, facts)


def places(graph: Graph) -> dict[str, Place]:
    """The place of every node by its path; equal ones are one object."""
    shapes = graph.input_shapes
    known: dict[tuple[Layer, tuple[Shape, ...]], Place] = {}
    found: dict[str, Place] = {}
    for node in graph.nodes:
        key = (node.layer, shapes(node))
        place = known.get(key)
        if place is None:
            place = known[key] = _place(node, key[1])
        found[node.path] = place
    return found


def _place(node: Node, inputs: tuple[Shape, ...]) -> Place:
    layer, output = node.layer, node.type.shape
    light = inputs == (output,) and layer.multiply_adds(inputs, output) == 0
    return Place(layer, inputs, output, bool(layer.weights(inputs)), light, {})
