"""Keras's answers to the writer of programs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from typing import Any

from archspec.expressions import NoValue, evaluate
from archspec.ir import Declaration, Graph, Node, Operation, Scope, Value
from archspec.layers.activation import Linear
from archspec.program.calls import GENERAL, Argument, Call, Described, Facts, Function, Site
from archspec_tensorflow.analysis import facts
from archspec_tensorflow.emit import inline_activation, row_for
from archspec_tensorflow.emit.row import PADDING_WORD

ACTIVATED = frozenset({"layers.Conv2D", "layers.Conv2DTranspose", "layers.DepthwiseConv2D", "layers.Dense"})
"""Keras's layers with an argument for the activation after them."""

LINEAR = "linear"

_TAKES = "takes "
"""The beginning of the fact that a layer has an activation as an argument; the activation's name follows."""


class KerasTarget:
    """Keras's forms of layers: sequences of steps."""

    peels = False
    steps = True
    tells_shapes = True
    levels: tuple[Facts, ...] = (frozenset(), frozenset({PADDING_WORD}), frozenset({GENERAL}))

    def __init__(self, graphs: Sequence[Graph]) -> None:
        """Set the networks of one source: all activations of one declaration are arguments, or none is."""
        self._known: dict[Graph, Analysis] = {graph: Analysis(graph) for graph in graphs}
        self._apart = frozenset[Declaration | None]().union(*[each.apart for each in self._known.values()])
        for each in self._known.values():
            each.leave(self._apart)

    def analysis(self, graph: Graph) -> Analysis:
        """The analysis of a graph."""
        if graph not in self._known:
            self._known[graph] = Analysis(graph)
            self._known[graph].leave(self._apart)
        return self._known[graph]

    def facts_of(self, graph: Graph, node: Node) -> Facts:
        """The facts about a node's inputs, and the activation that it has as an argument."""
        return self.analysis(graph).facts_of(node)

    def common(self, facts: Sequence[Facts]) -> Sequence[Facts]:
        """The facts that hold in all cases, and the activation of each case."""
        shared = frozenset.intersection(*facts)
        return [shared | {fact for fact in each if fact.startswith(_TAKES)} for each in facts]

    def describe(self, site: Site[Any]) -> Described:
        """The steps of a layer."""
        words = [fact.removeprefix(_TAKES) for fact in site.facts if fact.startswith(_TAKES)]
        word = words[0] if words else None
        return tuple([_activated(step, word) for step in row_for(site.layer).describe(site)])

    def path_of(self, graph: Graph, path: str) -> str:
        """The path of a node's layer: the node's own."""
        return path

    def has_gaps(self) -> bool:
        """Whether a network lacks a layer that the author's positions count, because no layer reads it."""
        return any(_has_gaps(graph.members) or any(map(_lacks_member, graph.scopes)) for graph in self._known)

    def is_sequence(self, graph: Graph, scope: Scope) -> bool:
        """False: layers of a functional model are applied one by one."""
        return False

    def is_left_out(self, graph: Graph, node: Node) -> bool:
        """Whether a node is not written: it is the previous layer's activation argument, or it changes nothing."""
        return node.path in self.analysis(graph).taken or (isinstance(node.layer, Linear) and not node.named)


class Analysis:
    """Facts about a graph's nodes.

    `taken` are the activations that are arguments of the layers before them, by path; `apart` are the declarations of
    the other ones.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._facts = facts(graph)
        self._taking: dict[Operation, bool] = {}
        self.taken = self._words()
        others = [node for node in graph.nodes if node.path not in self.taken and inline_activation(node.layer)]
        self.apart = frozenset(map(_declaration, others)) - {None}
        self._takes = self._facts_of_taken()
        self.depths = self._depths()

    def leave(self, apart: Set[Declaration | None]) -> None:
        """Make all activations of these declarations separate layers: one declaration must have one form."""
        by_path = self._graph.by_path
        self.taken = {path: word for path, word in self.taken.items() if _declaration(by_path[path]) not in apart}
        self._takes = self._facts_of_taken()

    def _facts_of_taken(self) -> dict[Value, str]:
        return {self._graph.by_path[path].inputs[0]: _TAKES + word for path, word in self.taken.items()}

    def facts_of(self, node: Node) -> Facts:
        """The facts about the node's inputs, and the activation that it has as an argument."""
        takes = self._takes.get(node.path)
        return self._facts[node.path] | {takes} if takes else self._facts[node.path]

    def _words(self) -> dict[str, str]:
        """The activations that are the `activation` of the layer before, by the path of their nodes."""
        found = {}
        graph = self._graph
        outputs = frozenset(graph.outputs.values())
        shared = {node.shares for node in graph.nodes} | {node.path for node in graph.nodes if node.shares is not None}
        words = {each: inline_activation(each.layer) for each in dict.fromkeys(graph.operations.values())}
        for node in graph.nodes:
            word = words[graph.operations[node.path]] if not node.named else None
            before = graph.by_path.get(node.inputs[0]) if word else None
            if word is None or before is None or before.path in outputs or len(graph.consumers[before.path]) > 1:
                continue
            together = before.path.rpartition(".")[0] == node.path.rpartition(".")[0]
            if _has_condition(node, before):
                continue
            if together and before.path not in shared and self._takes_activation(graph.operations[before.path]):
                found[node.path] = _declared_word(node) or word
        return found

    def _takes_activation(self, operation: Operation) -> bool:
        """Whether the layer's last step has an argument for the activation after it."""
        takes = self._taking.get(operation)
        if takes is None:
            site = Site(operation.layer, operation.inputs, operation.output)
            last = row_for(operation.layer).describe(site)[-1]
            takes = self._taking[operation] = isinstance(last, Call) and last.callee in ACTIVATED
        return takes

    def _depths(self) -> Mapping[Value, int]:
        """The number of layers on the longest way from the inputs to a value."""
        depths: dict[Value, int] = {"@" + name: 0 for name in self._graph.inputs}
        for node in self._graph.nodes:
            depths[node.path] = 1 + max([depths[value] for value in node.inputs])
        return depths


def _declaration(node: Node) -> Declaration | None:
    return None if node.origin is None else node.origin.declaration


def _has_condition(node: Node, before: Node) -> bool:
    """Whether an activation's own declaration has a condition."""
    if node.origin is None or before.origin is None or node.origin.declaration is before.origin.declaration:
        return False
    return node.origin.declaration.when is not None


def _lacks_member(scope: Scope) -> bool:
    return _has_gaps(scope.members)


def _has_gaps(members: Sequence[Node | Scope]) -> bool:
    """Whether a member's name is a number that is not its position; parts of copies are not counted."""
    counted = [member.name for member in members if not re.fullmatch(r"\d+_\w+", member.name)]
    return any(name.isdigit() and int(name) != index for index, name in enumerate(counted))


def _declared_word(node: Node) -> str | None:
    """The author's word for an activation: Keras has both names of a function with two names."""
    declaration = _declaration(node)
    tree = None if declaration is None else declaration.attributes.get("activation")
    if node.origin is None or tree is None:
        return None
    try:
        word = evaluate(tree, node.origin.names)
    except NoValue:
        return None
    return word if isinstance(word, str) else None


def _activated(step: Call | Function | None, word: str | None) -> Call | Function | None:
    """The step with the activation after it as an argument, if it can have one."""
    if not isinstance(step, Call) or step.callee not in ACTIVATED:
        return step
    # A missing activation is Keras's "linear", as the author's expression may have it in some cases.
    return step.with_arguments((*step.arguments, Argument("activation", word or LINEAR, default=LINEAR)))
