"""Finds the nodes that apply one layer with one set of weights, and how the layer is right for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archspec.errors import ShapeError
from archspec.ir import Graph, Node, Operation, TensorType, Value


def applications(graph: Graph) -> Mapping[str, tuple[Node, ...]]:
    """The nodes that apply each layer, in execution order, by the owner's path; only layers that are applied again.

    Guarantees: each list has the owner and at least one other node, and no node is in two lists.
    """
    found: dict[str, list[Node]] = {node.owner: [] for node in graph.nodes if node.shares is not None}
    for node in graph.nodes if found else ():
        if node.owner in found:
            found[node.owner].append(node)
    return {path: tuple(nodes) for path, nodes in found.items()}


def open_operations(graph: Graph) -> Mapping[str, Operation | None]:
    """The operation of each layer that is applied to several shapes, right for all of them, by each node's path.

    An axis that differs between the applications is unknown, and with it those that follow from it inside the layers
    that are applied together. None for a layer that must know such an axis.

    Guarantees: the operation has the types of each application, but for axes that are unknown.
    """
    found: dict[str, Operation | None] = {}
    types: dict[Value, TensorType] = {}
    for nodes in applications(graph).values():
        reads = tuple([_common([types.get(value, value.type) for value in column]) for column in _columns(nodes)])
        if all(type_ is not None and type_ == own for type_, own in zip(reads, nodes[0].reads, strict=True)):
            continue
        operation = _operation(nodes, reads)
        found |= dict.fromkeys([node.path for node in nodes], operation)
        if operation is not None:
            types |= {
                value: type_ for node in nodes for value, type_ in zip(node.results, operation.gives, strict=True)
            }
    return found


def _columns(nodes: Sequence[Node]) -> Iterator[tuple[Value, ...]]:
    return zip(*[node.inputs for node in nodes], strict=True)


def _common(types: Sequence[TensorType]) -> TensorType | None:
    """The type with unknown axes where these differ; None for other numbers of axes or of channels.

    With one length that differs all lengths are unknown, but for the channels: a framework may have one size for both.
    """
    first = types[0]
    if len({(len(type_.axes), type_.axes[-1:]) for type_ in types}) > 1:
        return None
    if len(set(types)) == 1:
        return first
    return first.with_axes((*[None] * (len(first.axes) - 1), *first.axes[-1:]))


def _operation(nodes: Sequence[Node], reads: tuple[TensorType | None, ...]) -> Operation | None:
    layer, known = nodes[0].layer, tuple([type_ for type_ in reads if type_ is not None])
    if len(known) < len(reads):
        return None
    try:
        return Operation(layer, known, layer.results(known))
    except ShapeError:
        return None
