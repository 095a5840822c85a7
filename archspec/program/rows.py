"""Merges what a backend writes for a layer in each case into one form with expressions for arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from archspec.errors import EmitError
from archspec.ir import Graph, Node, Operation
from archspec.program.calls import GENERAL, Argument, Call, Described, Facts, Function, Site
from archspec.program.cases import Case
from archspec.program.explain import equal
from archspec.program.model import Form


class Target(Protocol):
    """What the writer of programs asks of a backend."""

    peels: bool
    """Whether the first iteration of a loop is written apart where it reads another number of channels."""

    steps: bool
    """Whether the forms of a layer are steps, one after the other, and not ways to write it."""

    words: frozenset[str]
    """Names that the source has a use for of its own, and no param can have."""

    tells_shapes: bool
    """Whether a network says the shapes of its inputs."""

    levels: tuple[Facts, ...]
    """Facts that ask for ever more general forms of a layer, the plainest first."""

    def facts_of(self, graph: Graph, node: Node) -> Facts:
        """What the backend's own analyses found about a node."""

    def common(self, facts: Sequence[Facts]) -> Sequence[Facts]:
        """The facts to describe each case by; raises `Unsayable` where one that must hold in all cases does not."""

    def describe(self, site: Site[Any]) -> Described:
        """The forms of a layer in such a place."""

    def path_of(self, graph: Graph, path: str) -> str:
        """The path under which the framework knows the layer of a node or scope."""

    def is_left_out(self, graph: Graph, node: Node) -> bool:
        """Whether the layer before takes this one as an argument."""


class Rows:
    """The forms of layers, each described once."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._known: dict[tuple[Operation, Facts], Described] = {}
        self._applied_to_several: dict[Graph, frozenset[str]] = {}

    def forms(self, nodes: Mapping[Case, Node]) -> Iterator[list[Described]]:
        """What the backend can write for the nodes, the plainest first: some form has one outline for all cases.

        Steps have one each, and if there are no such, those before the last may be there in some cases only.
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
        if self._target.steps:
            return len({tuple([step and step.outline for step in steps]) for steps in forms}) == 1
        return any(_have_one_outline(column) for column in zip(*forms, strict=False))

    def plain(self, nodes: Mapping[Case, Node]) -> list[Described]:
        """What the backend writes for each node by itself."""
        return self._at_level(nodes, frozenset())

    def _at_level(self, nodes: Mapping[Case, Node], level: Facts) -> list[Described]:
        if any(node.path in self._uneven(case.graph) for case, node in nodes.items()):
            level |= {GENERAL}
        facts = self._target.common([self._target.facts_of(case.graph, node) for case, node in nodes.items()])
        return [
            self._form(case.graph.operations[node.path], own | level, node)
            for (case, node), own in zip(nodes.items(), facts, strict=True)
        ]

    def _uneven(self, graph: Graph) -> frozenset[str]:
        """The nodes that apply one layer to several shapes: what is written must be right for all of them."""
        if graph not in self._applied_to_several:
            groups: dict[str, list[Node]] = {}
            for node in graph.nodes:
                groups.setdefault(node.shares or node.path, []).append(node)
            several = [group for group in groups.values() if len(set(map(graph.input_types, group))) > 1]
            self._applied_to_several[graph] = frozenset(node.path for group in several for node in group)
        return self._applied_to_several[graph]

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


def _aligned(forms: Sequence[Described]) -> list[Described]:
    """The forms with None for steps before the last that only other cases have."""
    most = max(map(len, forms))
    return [(*[None] * (most - len(form)), *form) for form in forms]


Explain = Callable[[str, Sequence[object]], ast.expr]
"""Finds the expression for the values of an argument of this name; raises `Unsayable`."""


def merged(forms: Sequence[Call | Function | None], explain: Explain, when: ast.expr | None = None) -> Form | None:
    """One form for all cases; None where there is none, or they differ in more than arguments.

    It is a step `when` the expression holds.
    """
    first = forms[0]
    if first is None or len({form and form.outline for form in forms}) > 1:
        return None
    columns = zip(*[form.arguments for form in forms if form is not None], strict=True)
    arguments = [_argument(column, explain) for column in columns]
    return Form(first, tuple([each for each in arguments if each is not None]), when)


def _argument(column: tuple[Argument, ...], explain: Explain) -> tuple[Argument, ast.expr] | None:
    """An argument and its expression; None where each case leaves it out."""
    if all(equal(each.value, each.default) for each in column):
        return None
    return column[0], explain(column[0].name, [each.value for each in column])
