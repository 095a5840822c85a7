"""The facts about a network's nodes and values that decide how PyTorch writes layers and weights.

Images are channels-first in PyTorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from archspec.analyses import Order, channels_first_flattens, feature_orders, overwriting
from archspec.ir import Graph, Layer, Value
from archspec_torch.emit import row_for
from archspec_torch.emit.row import CHANNELS_FIRST, INPLACE, Row


def facts(graph: Graph) -> dict[str, frozenset[str]]:
    """The facts for each node's row: a set of INPLACE and CHANNELS_FIRST for every path."""
    found = dict.fromkeys([node.path for node in graph.nodes], frozenset[str]())
    first = channels_first_flattens(graph, _flattens)
    memory = _memory_for_inference if graph.for_inference else row_for
    for fact, paths in ((INPLACE, overwriting(graph, memory)), (CHANNELS_FIRST, first)):
        only = frozenset({fact})
        found.update({path: found[path] | only for path in paths})
    return found


def feature_orders_of(graph: Graph) -> Mapping[Value, Order | None]:
    """The order of the features of every vector in PyTorch; None for the canonical order."""
    return feature_orders(graph, _flattens)


def _memory_for_inference(layer: Layer) -> Row:
    row = row_for(layer)
    return replace(row, overwrites=row.overwrites or row.accumulates)


def _flattens(layer: Layer) -> bool:
    return row_for(layer).flattens
