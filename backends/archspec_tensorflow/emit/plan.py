"""What Keras makes of a graph's nodes and scopes: layers applied in place, and functions for what repeats."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from archspec.codegen.body import Loop, Use
from archspec.codegen.definitions import Definition
from archspec.codegen.plan import BodyBuilder, Plan, Planner
from archspec.codegen.variables import FRESH
from archspec.errors import EmitError
from archspec.ir import Graph, Node, Operation, Scope, Value
from archspec.layers.merge import Add, Multiply
from archspec.program.calls import GENERAL, Argument, Call, Described, Facts, Function, Site
from archspec.program.names import Names, snake
from archspec_tensorflow.analysis import facts
from archspec_tensorflow.emit import HELPERS, inline_activation, row_for
from archspec_tensorflow.emit.naming import automatic_name, operation_names, without_number

WORDS = frozenset({"i", "name", "keras", "layers", "ops", "math", "KerasTensor", "Path", "model", "weights"})
"""Names that the source has a use for of its own."""

ACTIVATED = frozenset({"layers.Conv2D", "layers.Conv2DTranspose", "layers.DepthwiseConv2D", "layers.Dense"})
"""Layers that take the activation after them as an argument."""


COMMUTATIVE = (Add, Multiply)
"""Merges whose two inputs may change places, bit for bit. The one with fewer layers before it is written first, unless
the spec names the merge.

`keras.Model` walks back from the outputs with one call of a function inside the other for each layer, and a merge's
first input first. Along the shortcuts the way is short; along the layers, that of EfficientNetV2-L is longer than
Python's limit of 1000.
"""

_TAKES = "takes "
"""What the fact begins with that a layer takes the activation after it as an argument, before the activation's name."""


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
        self._taking: dict[Operation, bool] = {}

    def plan(self) -> Plan:
        """The whole plan; raises `EmitError` for an input with a name that an operation gets from Keras."""
        for name in self.graph.inputs:
            if without_number(name) in self._operations:
                raise EmitError(
                    f'Keras calls an operation of this network "{name}" too: give the input another name',
                    path=f"@{name}",
                )
        return super().plan()

    def definition_name(self, scope: Scope, number: int) -> str:
        """Functions are in lower case."""
        return snake(super().definition_name(scope, number))

    def worth_defining(self, uses: int) -> bool:
        """What is used once is written in place."""
        return uses > 1

    def worth_calling(self, scope: Scope, definition: Definition) -> bool:
        """A composite that is a mere loop, or a few layers that have little in common, is written in place too."""
        items = definition.body.items
        is_loop = len(items) == 1 and isinstance(items[0], Loop) and len(items[0].uses) == 1
        says_all = len(definition.parameters) >= 2 * len(items)
        return bool(scope.block) or not (is_loop or says_all)

    def node_uses(self, node: Node, name: str, body: BodyBuilder) -> list[Use]:
        """The steps of a node; an activation that the layer before took as an argument has none."""
        path = node.path
        if path in self._inlined:
            body.alias(path, node.inputs[0])
            return []
        inputs = tuple([body.known[value] for value in node.inputs])
        if len(inputs) == 2 and isinstance(node.layer, COMMUTATIVE) and not node.named:
            first, second = node.inputs
            inputs = inputs if self._depths[first] <= self._depths[second] else inputs[::-1]
        steps, has_weights = self.described(node), bool(self.operations[path].weights)
        name = name if "." in path else self._free(path, body)
        shared = self._free(node.shares, body) if node.shares is not None and has_weights else None
        uses = []
        for step, own in zip(steps, self._step_names(name, steps, node.named or has_weights), strict=True):
            results = (body.new(path),)
            if own == name and shared is not None:
                uses.append(Use(None, inputs, results, shares=shared))
            else:
                uses.append(Use(step, inputs, results, own, kept=own == name and path in self._shared))
            inputs = results
        return uses

    def _step_names(self, name: str, steps: Described, last_is_named: bool) -> list[str | None]:
        """The names that the steps are given: the last layer has the node's, where Keras is not to make one up.

        A layer before it, such as its padding, has one only where Keras's own could be a name of the spec.
        """
        names: list[str | None] = []
        last = True
        for step in reversed(steps):
            if not isinstance(step, Call):
                names.append(None)
                continue
            kind = automatic_name(step.callee)
            bears_one = (last and last_is_named) or kind in self._given
            names.append((name if last else f"{name}.{kind}") if bears_one else None)
            last = False
        return names[::-1]

    def _free(self, path: str, body: BodyBuilder) -> str:
        """A node's name seen from the body, with a dot before it where an input or an operation has that name.

        Only a node outside all scopes can meet one, because those names have no dots.
        """
        taken = "." not in path and (path in self.graph.inputs or without_number(path) in self._operations)
        return f".{path}" if taken else body.relative(path)

    def scope_uses(self, scope: Scope, name: str, body: BodyBuilder) -> list[Use]:
        """The uses of the members, in place."""
        return body.uses(scope.members)

    def facts_of(self, node: Node) -> Facts:
        """What is known of what it reads, whether it is applied to several sizes, and the activation it takes."""
        more = self._more_facts.get(node.path)
        return self._facts[node.path] | more if more else self._facts[node.path]

    def describe(self, site: Site[Any]) -> Described:
        """The steps that a layer comes to."""
        words = [fact.removeprefix(_TAKES) for fact in site.facts if fact.startswith(_TAKES)]
        word = words[0] if words else None
        return tuple([_activated(step, word) for step in row_for(site.layer).describe(site)])

    @cached_property
    def _more_facts(self) -> dict[str, frozenset[str]]:
        """The facts that only some nodes have beside those of the analysis, by their paths."""
        found = dict.fromkeys(self._uneven, frozenset({GENERAL}))
        for path, word in self._inlined.items():
            before = self.graph.by_path[path].inputs[0]
            found[before] = found.get(before, frozenset()) | {_TAKES + word}
        return found

    @cached_property
    def _inlined(self) -> dict[str, str]:
        """Activations that the layer before takes as its `activation`, by the path of their nodes."""
        found = {}
        graph = self.graph
        outputs = frozenset(graph.outputs.values())
        words = {each: inline_activation(each.layer) for each in dict.fromkeys(self.operations.values())}
        for node in graph.nodes:
            word = words[self.operations[node.path]] if not node.named else None
            before = graph.by_path.get(node.inputs[0]) if word else None
            if word is None or before is None or before.path in outputs or len(graph.consumers[before.path]) > 1:
                continue
            together = before.path.rpartition(".")[0] == node.path.rpartition(".")[0]
            if together and before.path not in self._touched and self._takes_activation(self.operations[before.path]):
                found[node.path] = word
        return found

    def _takes_activation(self, operation: Operation) -> bool:
        """Whether the last step that the layer comes to takes the activation after it as an argument."""
        takes = self._taking.get(operation)
        if takes is None:
            site = Site(operation.layer, operation.inputs, operation.output)
            last = row_for(operation.layer).describe(site)[-1]
            takes = self._taking[operation] = isinstance(last, Call) and last.callee in ACTIVATED
        return takes

    @cached_property
    def _depths(self) -> dict[Value, int]:
        """How many layers lie on the longest way from the inputs to a value."""
        depths: dict[Value, int] = {"@" + name: 0 for name in self.graph.inputs}
        for node in self.graph.nodes:
            depths[node.path] = 1 + max([depths[value] for value in node.inputs])
        return depths

    @cached_property
    def _given(self) -> frozenset[str]:
        """What Keras could call layers that would then have the name of an input or of a layer outside all scopes."""
        return frozenset(without_number(name) for name in (*self.graph.inputs, *self.graph.by_path) if "." not in name)

    @cached_property
    def _operations(self) -> frozenset[str]:
        """The names that Keras may give to operations of this network, but for their numbers."""
        written = [node for node in self.graph.nodes if node.path not in self._inlined]
        forms = {id(form): form for form in map(self.described, written)}.values()
        functions = [step for form in forms for step in form if isinstance(step, Function)]
        return frozenset().union(*[operation_names(step.template) for step in functions])

    @cached_property
    def _shared(self) -> frozenset[str]:
        return frozenset(node.shares for node in self.graph.nodes if node.shares is not None)

    @cached_property
    def _touched(self) -> frozenset[str]:
        return self._shared | {node.path for node in self.graph.nodes if node.shares is not None}

    @cached_property
    def _uneven(self) -> frozenset[str]:
        """Uses of one layer for several sizes: what the layer says must not depend on the size."""
        groups: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            if node.path in self._touched:
                groups.setdefault(node.shares or node.path, []).append(node)
        differ = (group for group in groups.values() if len(set(map(self.graph.input_types, group))) > 1)
        return frozenset(node.path for group in differ for node in group)


def _activated(step: Call | Function, word: str | None) -> Call | Function:
    """The step with the activation after it, where it is of a kind that can take one."""
    if not isinstance(step, Call) or step.callee not in ACTIVATED:
        return step
    return step.with_arguments((*step.arguments, Argument("activation", word, default=None)))


def input_names(graph: Graph, defined: Iterable[str]) -> list[str]:
    """The variables for the network's inputs, beside functions that are defined."""
    taken = Names({*WORDS, *HELPERS, *defined, entry_point(graph)})
    return [taken.fresh(name) for name in graph.inputs]
