"""Merges a backend's forms of a layer in all cases into one form with expressions for arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from archspec.analyses import open_operations
from archspec.errors import EmitError
from archspec.ir import Graph, Node, Operation, Scope, Value
from archspec.program.calls import GENERAL, Call, Described, Facts, Function, Site
from archspec.program.cases import Case
from archspec.program.explain import equal
from archspec.program.model import Form
from archspec.program.splitting import where


class Target(Protocol):
    """The interface of a backend for the writer of programs."""

    peels: bool
    """Whether the first iteration of a loop is peeled if its input has another number of channels."""

    steps: bool
    """Whether the forms of a layer are a sequence of steps, and not alternatives."""

    tells_shapes: bool
    """Whether a network's source has the shapes of its inputs."""

    levels: tuple[Facts, ...]
    """Facts that ask for increasingly general forms of a layer, the plainest first."""

    def facts_of(self, graph: Graph, node: Node) -> Facts:
        """The results of the backend's own analyses of a node."""

    def common(self, facts: Sequence[Facts]) -> Sequence[Facts]:
        """The facts for describing each case; raises `Unsayable` unless the necessary ones hold in all cases."""

    def describe(self, site: Site[Any]) -> Described:
        """The forms of a layer at a site."""

    def path_of(self, graph: Graph, path: str) -> str:
        """The framework's path for a node or scope."""

    def is_sequence(self, graph: Graph, scope: Scope) -> bool:
        """Whether a group without a definition is an object that applies its layers in order."""

    def is_left_out(self, graph: Graph, node: Node) -> bool:
        """Whether a node is not written, because it is an argument of the layer before."""


class Rows:
    """The forms of layers."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._open: dict[Graph, Mapping[str, Operation | None]] = {}
        self._known: dict[tuple[int, Facts], Described] = {}

    def forms(self, nodes: Mapping[Case, Node]) -> Iterator[list[Described]]:
        """The backend's descriptions of the nodes, the plainest first, in which a form has one outline for all cases.

        Each step must have one outline. If there is no such description, steps before the last may be conditional.
        """
        found: list[list[Described]] = []
        for level in self._target.levels:
            forms = self._at_level(nodes, level)
            if forms not in found and self._have_one_outline(forms):
                found.append(forms)
                yield forms
        if self._target.steps and not found:
            yield _aligned(self._at_level(nodes, self._target.levels[-1]))

    def _have_one_outline(self, forms: Sequence[Described]) -> bool:
        forms = _distinct(forms)
        if self._target.steps:
            return len({tuple([step and step.outline for step in steps]) for steps in forms}) == 1
        return any(_have_one_outline(column) for column in zip(*forms, strict=False))

    def plain(self, nodes: Mapping[Case, Node]) -> list[Described]:
        """The backend's description of each node by itself."""
        return self._at_level(nodes, frozenset())

    def _at_level(self, nodes: Mapping[Case, Node], level: Facts) -> list[Described]:
        facts = self._target.common([self._target.facts_of(case.graph, node) for case, node in nodes.items()])
        pairs = zip(nodes.items(), facts, strict=True)
        return [self._described(case.graph, node, own | level) for (case, node), own in pairs]

    def _described(self, graph: Graph, node: Node, facts: Facts) -> Described:
        """The forms of a node; for a layer that is applied to several shapes, those that are right for all of them.

        Equal operations of a graph are one object, so their forms are known by its identity.
        """
        operation = graph.operations[node.path]
        if node.path in self.open_operations(graph):
            wide = self.open_operations(graph)[node.path]
            try:
                if wide is not None:
                    return self._form(wide, facts, node)
            except EmitError:
                pass  # it must know the size
            facts |= {GENERAL}
        key = id(operation), facts
        if key not in self._known:
            self._known[key] = self._form(operation, facts, node)
        return self._known[key]

    def canonical(self, graph: Graph, value: Value) -> Value:
        """The representative of a value: the input of a layer that is not written stands for its output."""
        while (node := graph.maker(value)) is not None and self._target.is_left_out(graph, node):
            value = node.inputs[0]
        return value

    def must_know_sizes(self, graph: Graph, node: Node) -> bool:
        """Whether the node applies a layer to another shape too, and no form of the layer is right for both."""
        if node.path not in self.open_operations(graph):
            return False
        operation = self.open_operations(graph)[node.path]
        try:
            return operation is None or not self._form(operation, self._target.facts_of(graph, node), node)
        except EmitError:
            return True

    def open_operations(self, graph: Graph) -> Mapping[str, Operation | None]:
        """The operations of the layers that are applied to several shapes, by the paths of the nodes."""
        if graph not in self._open:
            self._open[graph] = open_operations(graph)
        return self._open[graph]

    def _form(self, operation: Operation, facts: Facts, node: Node) -> Described:
        try:
            if len(operation.gives) > 1:
                raise EmitError(f"{type(operation.layer).__name__} has several results: no source can be written")
            return self._target.describe(Site(operation.layer, operation.inputs, operation.output, facts))
        except EmitError as error:
            # A row does not know the node, so the path is added here.
            error.path = error.path or node.path
            raise


T = TypeVar("T")


def _distinct(forms: Iterable[T]) -> list[T]:
    """The forms, each object once: cases with equal operations have the same one."""
    return list({id(form): form for form in forms}.values())


def _have_one_outline(column: Sequence[Call | Function | None]) -> bool:
    """Whether a form of a layer is the same in all cases, apart from its arguments."""
    return column[0] is not None and len({form and form.outline for form in column}) == 1


def _aligned(forms: Sequence[Described]) -> list[Described]:
    """The forms, padded with None at the beginning for steps that only other cases have."""
    most = max(map(len, forms))
    return [(*[None] * (most - len(form)), *form) for form in forms]


Explain = Callable[[str, Sequence[object]], ast.expr]
"""Finds the expression for the values of an argument of this name; raises `Unsayable`."""


def merged(forms: Sequence[Call | Function | None], explain: Explain, when: ast.expr | None = None) -> Form | None:
    """One form for all cases; None if there is none, or if the cases differ in more than arguments.

    The form is conditional with `when`.
    """
    first = forms[0]
    different = _distinct(forms)
    if first is None or len({form and form.outline for form in different}) > 1:
        return None
    columns = zip(*[form.arguments for form in different if form is not None], strict=True)
    arguments = []
    for at, column in enumerate(columns):
        if not all(equal(each.value, each.default) for each in column):  # then it has its default in each case
            values = [form.arguments[at].value for form in forms if form is not None]
            arguments.append((column[0], explain(column[0].name, values)))
    if when is not None:
        arguments = [(argument, where({"": tree}, when, True)[""]) for argument, tree in arguments]
    return Form(first, tuple(arguments), when)
