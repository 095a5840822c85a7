"""Finds the nodes that may overwrite their input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, Protocol

from archspec.ir import Graph, Layer, Node, Value, walk

OutputMemory = Literal["fresh", "kept", "passed"]
"""The memory of a layer's output. `fresh`: new memory. `kept`: new memory, which the layer's gradient reads. `passed`:
the memory of its first input."""


class Memory(Protocol):
    """The use of memory by a layer type in a framework."""

    @property
    def result(self) -> OutputMemory:
        """The memory of its output. `kept` is always safe."""

    @property
    def overwrites(self) -> bool:
        """Whether it can write its output into the memory of its first input; its gradient then reads the output."""


def overwriting(graph: Graph, memory: Callable[[Layer], Memory]) -> frozenset[str]:
    """The paths of the nodes that may overwrite their first input.

    `memory` gives the use of memory by a layer in the framework.

    Guarantees: if all these nodes overwrite their first inputs, the network's outputs and all gradients stay the same,
    and so do the network's inputs: no other node, output or gradient reads the overwritten value afterwards. Of the
    nodes that share one layer, either all are given or none is.

    Refuses: a node whose input is an input or an output of the network, has another reader or type, or is `kept`.
    Memory that is `passed` counts with the value that it is passed from. A second reader is refused also if it runs
    first. In a block that backward computes again, it refuses a value from outside, which is then read again.
    """
    outputs = frozenset(graph.outputs.values())
    blocks = _recomputed_uses(graph)
    able = [node for node in graph.nodes if memory(node.layer).overwrites and node.reads[:1] == node.types]
    refused = {node.owner for node in able if not _is_free(graph, node, outputs, memory, blocks)}
    return frozenset([node.path for node in able if node.owner not in refused])


def _recomputed_uses(graph: Graph) -> Mapping[str, str]:
    """The use of a recomputed block that each node in one stands in, by the nodes' paths."""
    scopes = [scope for scope in graph.scopes if scope.block and scope.kind in graph.recomputed]
    return {node.path: scope.path for scope in scopes for node in walk(scope.members)}


def _is_free(
    graph: Graph,
    node: Node,
    outputs: frozenset[Value],
    memory: Callable[[Layer], Memory],
    blocks: Mapping[str, str],
) -> bool:
    """Whether a node may overwrite the memory of its first input."""
    value, block = node.inputs[0], blocks.get(node.path)
    while True:
        producer = graph.maker(value)
        if producer is None or value in outputs or len(graph.consumers[value]) > 1:
            return False
        if block is not None and blocks.get(producer.path) != block:
            return False
        result = memory(producer.layer).result
        if result != "passed":
            return result == "fresh"
        value = producer.inputs[0]
