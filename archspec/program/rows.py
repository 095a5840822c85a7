"""Merges what a backend writes for a layer in each case into one form with expressions for arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from archspec.errors import EmitError
from archspec.ir import Graph, Node, Operation
from archspec.program.calls import Argument, Call, Code, Described, Facts, Function, Site
from archspec.program.cases import Case
from archspec.program.explain import equal
from archspec.program.model import Form, Unsayable


class Target(Protocol):
    """What the writer of programs asks of a backend."""

    peels: bool
    """Whether the first iteration of a loop is written apart where it reads another number of channels."""

    levels: tuple[Facts, ...]
    """Facts that ask for ever more general forms of a layer, the plainest first."""

    def facts_of(self, graph: Graph, node: Node) -> Facts:
        """What the backend's own analyses found about a node."""

    def common(self, facts: Sequence[Facts]) -> Facts:
        """The facts that hold in all cases; raises `Unsayable` where one that must hold does not."""

    def describe(self, site: Site[Any]) -> Described:
        """The forms of a layer in such a place."""

    def is_left_out(self, graph: Graph, node: Node) -> bool:
        """Whether the layer before takes this one as an argument."""


class Rows:
    """The forms of layers, each described once."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[tuple[Operation, Facts], Described] = {}

    def forms(self, nodes: Mapping[Case, Node]) -> Iterator[list[Described]]:
        """What the backend can write for the nodes, the plainest first: some form has one outline for all cases."""
        facts = self._target.common([self._target.facts_of(case.graph, node) for case, node in nodes.items()])
        operations = [case.graph.operations[node.path] for case, node in nodes.items()]
        found: list[list[Described]] = []
        for level in self._target.levels:
            forms = [
                self._form(each, facts | level, node) for each, node in zip(operations, nodes.values(), strict=True)
            ]
            if forms not in found and any(_have_one_outline(column) for column in zip(*forms, strict=False)):
                found.append(forms)
                yield forms

    def plain(self, nodes: Mapping[Case, Node]) -> list[Described]:
        """What the backend writes for each node by itself."""
        facts = self._target.common([self._target.facts_of(case.graph, node) for case, node in nodes.items()])
        return [self._form(case.graph.operations[node.path], facts, node) for case, node in nodes.items()]

    def _form(self, operation: Operation, facts: Facts, node: Node) -> Described:
        key = operation, facts
        if key not in self._known:
            site = Site(operation.layer, operation.inputs, operation.output, facts)
            try:
                self._known[key] = self._target.describe(site)
            except EmitError as error:
                # A row sees no node, so it cannot say which one it refuses.
                error.path = error.path or node.path
                raise
        return self._known[key]


def _have_one_outline(column: Sequence[Call | Function | None]) -> bool:
    """Whether a form of a layer is the same in all cases but for its arguments."""
    return column[0] is not None and len({form and form.outline for form in column}) == 1


Explain = Callable[[str, Sequence[object]], ast.expr]
"""Finds the expression for the values of an argument of this name; raises `Unsayable`."""


def merged(forms: Sequence[Call | Function | None], explain: Explain) -> Form | None:
    """One form for all cases; None where there is none, or they differ in more than arguments."""
    first = forms[0]
    if first is None or len({form and form.outline for form in forms}) > 1:
        return None
    columns = zip(*[form.arguments for form in forms if form is not None], strict=True)
    arguments = [_argument(column, explain) for column in columns]
    return Form(first, tuple([each for each in arguments if each is not None]))


def _argument(column: tuple[Argument, ...], explain: Explain) -> tuple[Argument, ast.expr] | None:
    """An argument and its expression; None where each case leaves it out."""
    if all(equal(each.value, each.default) for each in column):
        return None
    values = [each.value for each in column]
    if any(isinstance(value, Code) for value in values):
        raise Unsayable("an argument is code already")
    return column[0], explain(column[0].name, values)
