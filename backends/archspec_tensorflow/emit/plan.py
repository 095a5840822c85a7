"""What Keras makes of a graph's nodes and scopes: layers applied in place, and functions for what repeats."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from archspec.codegen.body import Use
from archspec.codegen.calls import Argument, Call, Function, Site
from archspec.codegen.names import Names, snake
from archspec.codegen.plan import BodyBuilder, Described, Planner
from archspec.codegen.variables import FRESH
from archspec.ir import Graph, Node, Scope, walk
from archspec_tensorflow.analysis import facts
from archspec_tensorflow.emit import HELPERS, inline_activation, row_for

WORDS = frozenset({"i", "name", "keras", "layers", "ops", "KerasTensor", "Path", "model", "weights"})
"""Names that the source has a use for of its own."""

ACTIVATED = frozenset({"layers.Conv2D", "layers.DepthwiseConv2D", "layers.Dense"})
"""Layers that take the activation after them as an argument."""


def names(graph: Graph) -> Names:
    """The names that are taken in the source of a graph, its function among them."""
    taken = Names({*WORDS, *FRESH, *HELPERS})
    taken.fresh(snake(graph.name))
    return taken


def entry_point(graph: Graph) -> str:
    """The name of the function that builds the network."""
    return Names({*WORDS, *FRESH, *HELPERS}).fresh(snake(graph.name))


class KerasPlanner(Planner):
    """Plans Keras source."""

    reserved = WORDS | frozenset(FRESH)

    def __init__(self, graph: Graph, names: Names) -> None:
        super().__init__(graph, names)
        self._facts = facts(graph)

    def definition_name(self, scope: Scope) -> str:
        """Functions are in lower case."""
        return snake(super().definition_name(scope))

    def worth_defining(self, scope: Scope, uses: int) -> bool:
        """A composite that is used once is written in place."""
        return scope.block or uses > 1

    def node_uses(self, node: Node, name: str, body: BodyBuilder) -> list[Use]:
        """The steps of a node; an activation that the layer before took as an argument has none."""
        if node.path in self._inlined:
            body.alias(node.path, node.inputs[0])
            return []
        inputs = tuple(body.number(value) for value in node.inputs)
        if node.shares is not None and self._has_weights(node):
            return [Use(None, inputs, (body.new(node.path),), shares=body.relative(node.shares))]
        steps = self.described(node)
        calls = [index for index, step in enumerate(steps) if isinstance(step, Call)]
        bearer = calls[-1] if calls and (node.named or self._has_weights(node)) else None
        uses = []
        for index, step in enumerate(steps):
            results = (body.new(node.path),)
            own = name if index == bearer else None
            uses.append(Use(step, inputs, results, own, kept=own is not None and node.path in self._shared))
            inputs = results
        return uses

    def in_place(self, scope: Scope) -> bool:
        """What is applied again from outside the scope must be made where both see it."""
        inside = {node.path for node in walk(scope.members)}
        again = [node for node in self._again if node.path in inside or node.shares in inside]
        return any(node.path not in inside or node.shares not in inside for node in again)

    def scope_uses(self, scope: Scope, name: str, body: BodyBuilder) -> list[Use]:
        """The uses of the members, in place."""
        return body.uses(scope.members)

    def describe(self, node: Node, facts: frozenset[str]) -> Described:
        """The steps that a node comes to."""
        found = self._facts.get(node.path, frozenset()) | facts
        site = Site(node.layer, self.graph.input_shapes(node), node.type.shape, found)
        return tuple(self._activated(step, node) for step in row_for(node.layer).describe(site))

    def _activated(self, step: Call | Function, node: Node) -> Call | Function:
        if not isinstance(step, Call) or step.callee not in ACTIVATED:
            return step
        word = next(
            (self._inlined[use.path] for use in self.graph.consumers.get(node.path, ()) if use.path in self._inlined),
            None,
        )
        return replace(step, arguments=(*step.arguments, Argument("activation", word, default=None)))

    @cached_property
    def _inlined(self) -> dict[str, str]:
        """Activations that the layer before takes as its `activation`, by the path of their nodes."""
        found = {}
        outputs = set(self.graph.outputs.values())
        for node in self.graph.nodes:
            word = inline_activation(node.layer) if not node.named else None
            before = self.graph.by_path.get(node.inputs[0]) if word else None
            if word is None or before is None or before.path in outputs or len(self.graph.consumers[before.path]) > 1:
                continue
            steps = row_for(before.layer).describe(
                Site(before.layer, self.graph.input_shapes(before), before.type.shape)
            )
            last = steps[-1]
            together = before.path.rpartition(".")[0] == node.path.rpartition(".")[0]
            if isinstance(last, Call) and last.callee in ACTIVATED and together and before.path not in self._touched:
                found[node.path] = word
        return found

    @cached_property
    def _again(self) -> list[Node]:
        return [node for node in self.graph.nodes if node.shares is not None]

    @cached_property
    def _shared(self) -> frozenset[str]:
        return frozenset(node.shares for node in self._again if node.shares is not None)

    @cached_property
    def _touched(self) -> frozenset[str]:
        return self._shared | {node.path for node in self._again}

    def _has_weights(self, node: Node) -> bool:
        return bool(node.layer.weights(self.graph.input_shapes(node)))


def input_names(graph: Graph) -> list[str]:
    """The variables for the network's inputs."""
    taken = Names({*WORDS, *HELPERS, entry_point(graph)})
    return [taken.fresh(name) for name in graph.inputs]
