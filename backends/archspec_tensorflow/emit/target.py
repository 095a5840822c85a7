"""Keras's answers to the writer of programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.analyses import has_gaps, separate_activations
from archspec.ir import Graph, Node, Scope
from archspec.layers.activation import Linear
from archspec.program.calls import GENERAL, Argument, Call, Described, Facts, Function, Site
from archspec_tensorflow.emit import row_for
from archspec_tensorflow.emit.analysis import ACTIVATED, TAKES, Analysis, activations
from archspec_tensorflow.emit.row import PADDING_WORD

LINEAR = "linear"


class KerasTarget:
    """Keras's forms of layers: sequences of steps."""

    peels = False
    steps = True
    tells_shapes = True
    levels: tuple[Facts, ...] = (frozenset(), frozenset({PADDING_WORD}), frozenset({GENERAL}))

    def __init__(self, graphs: Sequence[Graph]) -> None:
        """Set the networks of one source: all activations of one declaration are arguments, or none is."""
        found = {graph: activations(graph) for graph in graphs}
        self._separate = separate_activations(found.values())
        self._known = {graph: Analysis(graph, each.without(self._separate)) for graph, each in found.items()}
        self._described: dict[Site[Any], Described] = {}

    def analysis(self, graph: Graph) -> Analysis:
        """The analysis of a graph."""
        if graph not in self._known:
            self._known[graph] = Analysis(graph, activations(graph).without(self._separate))
        return self._known[graph]

    def facts_of(self, graph: Graph, node: Node) -> Facts:
        """The facts about a node's inputs, and the activation that it has as an argument."""
        return self.analysis(graph).facts[node.path]

    def common(self, facts: Sequence[Facts]) -> Sequence[Facts]:
        """The facts that hold in all cases, and the activation of each case."""
        shared = frozenset.intersection(*facts)
        return [shared | {fact for fact in each if fact.startswith(TAKES)} for each in facts]

    def describe(self, site: Site[Any]) -> Described:
        """The steps of a layer."""
        described = self._described.get(site)
        if described is None:
            words = [fact.removeprefix(TAKES) for fact in site.facts if fact.startswith(TAKES)]
            word = words[0] if words else None
            described = tuple([_activated(step, word) for step in row_for(site.layer).describe(site)])
            self._described[site] = described
        return described

    def path_of(self, graph: Graph, path: str) -> str:
        """The path of a node's layer: the node's own."""
        return path

    def has_gaps(self) -> bool:
        """Whether a network lacks a layer that the author's positions count, because no layer reads it."""
        return any(map(has_gaps, self._known))

    def is_sequence(self, graph: Graph, scope: Scope) -> bool:
        """False: layers of a functional model are applied one by one."""
        return False

    def is_left_out(self, graph: Graph, node: Node) -> bool:
        """Whether a node is not written: it is the previous layer's activation argument, or it changes nothing."""
        return node.path in self.analysis(graph).arguments or (isinstance(node.layer, Linear) and not node.named)


def _activated(step: Call | Function | None, word: str | None) -> Call | Function | None:
    """The step with the activation after it as an argument, if it can have one."""
    if not isinstance(step, Call) or step.callee not in ACTIVATED:
        return step
    # A missing activation is Keras's "linear", as the author's expression may have it in some cases.
    return step.with_arguments((*step.arguments, Argument("activation", word or LINEAR, default=LINEAR)))
