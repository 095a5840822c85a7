"""Writes a network layer by layer, if the declarations of its document are missing or not enough.

There are no definitions, loops or parameters: each layer has its whole path as its name, and literals for arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archspec.expressions import constant
from archspec.ir import Graph, Node
from archspec.program.cases import Case, Copies, Value
from archspec.program.explain import literal
from archspec.program.model import Apply, Body, Definition, Form, Layer, Module
from archspec.program.rows import Rows, Target, merged


class PlainWriter:
    """Writes the module of one network."""

    def __init__(self, graph: Graph, target: Target) -> None:
        self._graph = graph
        self._target = target
        self._rows = Rows(target)
        self._case = Case(graph, Copies(graph), None, {})
        self._values: dict[str, Value] = {}
        self._made: dict[str, Apply] = {}

    def write(self) -> Module:
        """The whole module."""
        inputs = tuple([self._value(f"@{name}", name) for name in self._graph.inputs])
        items = [self._apply(node) for node in self._graph.nodes if not self._is_left_out(node)]
        outputs = {name: self._values[path] for name, path in self._graph.outputs.items()}
        body = Body(inputs, [*items], next(iter(outputs.values())))
        shapes = {name: constant(kind.axes) for name, kind in self._graph.inputs.items()}
        return Module((), Definition("", None, (), body, {}), outputs, shapes)

    def _value(self, path: str, hint: str) -> Value:
        value = self._values[path] = Value(constant(self._case.channels(path)), {self._case: path}, hint)
        return value

    def _is_left_out(self, node: Node) -> bool:
        """Whether a node is not written; its value is its input then."""
        is_left_out = self._target.is_left_out(self._graph, node)
        if is_left_out:
            self._values[node.path] = self._values[node.inputs[0]]
        return is_left_out

    def _apply(self, node: Node) -> Apply:
        operation = self._graph.operations[node.path]
        inputs = tuple([self._values[path] for path in node.inputs])
        path = self._target.path_of(self._graph, node.path)
        name = constant(path) if node.named or operation.weights else None
        again = self._made[node.shares] if node.shares is not None and operation.weights else None
        layer, paths = Layer(self._forms(node), (operation,)), {self._case: node.path}
        applied = Apply(layer, inputs, self._value(node.path, node.name), name, again=again, paths=paths)
        self._made[node.path] = applied
        return applied

    def _forms(self, node: Node) -> tuple[Form | None, ...]:
        (described,) = self._rows.plain({self._case: node})
        return tuple([merged([form], _literal) for form in described])


def _literal(_: str, values: Sequence[object]) -> ast.expr:
    return literal(values[0])
