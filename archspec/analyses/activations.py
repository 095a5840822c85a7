"""Finds the activations that can be an argument of the layer before them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache

from archspec.analyses.sharing import applications
from archspec.ir import Declaration, Graph, Node, Operation


@dataclass(frozen=True)
class ActivationArguments:
    """The activations of a graph that are arguments of the layers before them.

    `by_layer` has the node of the activation by the path of the layer that takes it. `separate` are the declarations of
    the other activations.
    """

    by_layer: Mapping[str, Node]
    separate: frozenset[Declaration]

    def without(self, declarations: Set[Declaration]) -> ActivationArguments:
        """The same without the activations of these declarations."""
        kept = {path: node for path, node in self.by_layer.items() if _declaration(node) not in declarations}
        return ActivationArguments(kept, self.separate)


def separate_activations(found: Iterable[ActivationArguments]) -> frozenset[Declaration]:
    """The declarations of separate activations in any of several graphs."""
    return frozenset[Declaration]().union(*[each.separate for each in found])


def activation_arguments(
    graph: Graph, is_activation: Callable[[Operation], bool], takes_activation: Callable[[Operation], bool]
) -> ActivationArguments:
    """The activations that can be an argument of the layers before them.

    `is_activation` says whether the framework has a word for a layer as an activation, and `takes_activation` whether a
    layer has an argument for one. Both must give the same for equal operations.

    Guarantees: a layer with its activation as an argument computes the activation's value, and no other node or output
    reads the value between. The activation has no name of the author's, and stands in the scope of its layer. Both
    belong to one declared layer, or the activation's declaration has no condition.

    Refuses: a layer that is an output, or has another reader. A layer that is applied several times must have the same
    activation each time. One declaration must have one form in all graphs of a source; so the caller leaves out the
    activations of `separate_activations` (`ActivationArguments.without`).
    """
    is_activation, takes_activation = cache(is_activation), cache(takes_activation)
    outputs = frozenset(graph.outputs.values())
    found: dict[str, Node] = {}
    separate: set[Declaration | None] = set()
    for node in graph.nodes:
        if not is_activation(graph.operations[node.path]):
            continue
        before = graph.maker(node.inputs[0])
        if (
            before is not None
            and not node.named
            and node.inputs[0] not in outputs
            and len(graph.consumers[node.inputs[0]]) == 1
            and _are_declared_together(before, node)
            and takes_activation(graph.operations[before.path])
        ):
            found[before.path] = node
        else:
            separate.add(_declaration(node))
    for nodes in applications(graph).values():
        taken = [found[node.path] for node in nodes if node.path in found]
        if len(taken) < len(nodes) or len({node.layer for node in taken}) > 1:
            separate |= {_declaration(found.pop(node.path)) for node in nodes if node.path in found}
    return ActivationArguments(found, frozenset(each for each in separate if each is not None))


def _are_declared_together(before: Node, node: Node) -> bool:
    """Whether both nodes stand in one scope, and the activation's own declaration, if it has one, has no condition."""
    if before.path.rpartition(".")[0] != node.path.rpartition(".")[0]:
        return False
    own = _declaration(node)
    return own is None or before.origin is None or own is before.origin.declaration or own.when is None


def _declaration(node: Node) -> Declaration | None:
    return None if node.origin is None else node.origin.declaration
