"""Writes a network layer by layer, if the declarations of its document are missing or not enough.

The network has no loops and no parameters: each layer has its whole path as its name, and literals for arguments. Uses
of blocks are still calls of their definitions, with literals too, where nothing outside reads a value inside them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from archspec.expressions import constant
from archspec.ir import Graph, Node, Scope
from archspec.ir import Value as GraphValue
from archspec.program.arguments import written
from archspec.program.cases import Case, Copies, Value
from archspec.program.explain import literal
from archspec.program.model import Apply, Body, Definition, Form, Group, Item, Layer, Module, Slice, Unsayable, Use
from archspec.program.module import ModuleWriter
from archspec.program.rows import Rows, Target, merged
from archspec.program.walking import used_in


def first_sayable(graph: Graph, target: Target, write: Callable[[Module], list[ast.stmt]]) -> list[ast.stmt]:
    """The statements that `write` makes of a network's module: as its document declares it, or else plainly."""
    try:
        return write(written(graph, target))
    except Unsayable:
        pass
    try:
        return write(PlainWriter(graph, target, ModuleWriter([graph], target, frozenset())).write())
    except Unsayable:
        return write(PlainWriter(graph, target).write())


class PlainWriter:
    """Writes the module of one network, with the definitions of a `ModuleWriter` for uses of blocks if it has one."""

    def __init__(self, graph: Graph, target: Target, blocks: ModuleWriter | None = None) -> None:
        self._graph = graph
        self._target = target
        self._blocks = blocks
        self._rows = Rows(target)
        self._case = Case(graph, Copies(graph), None, {})
        self._values: dict[GraphValue, Value] = {}
        self._made: dict[str, Apply] = {}
        sharing = [node for node in graph.nodes if node.shares is not None]
        self._shared = {path for node in sharing for path in (node.path, str(node.shares))}

    def write(self) -> Module:
        """The whole module."""
        inputs = tuple([self._value(value, name) for name, value in self._graph.input_values.items()])
        items = list(self._items(self._graph.members))
        outputs = {name: self._read(value) for name, value in self._graph.outputs.items()}
        body = Body(inputs, items, next(iter(outputs.values())))
        shapes = {name: constant(kind.axes) for name, kind in self._graph.inputs.items()}
        definitions = self._blocks.definitions.written if self._blocks is not None else ()
        return Module(used_in(body, definitions), Definition("", None, (), body, {}), outputs, shapes)

    def _items(self, members: Sequence[Node | Scope]) -> Iterator[Item]:
        for member in members:
            if isinstance(member, Scope):
                yield from self._scope(member)
            elif not self._target.is_left_out(self._graph, member):
                yield self._apply(member)

    def _scope(self, scope: Scope) -> Iterator[Item]:
        use = self._use(scope)
        if use is not None:
            yield use
            return
        items = list(self._items(scope.members))
        layers = [item for item in items if isinstance(item, Apply)]
        # The members of a scope without an object of its own stand for themselves.
        are_members = [item.paths.get(self._case) for item in layers] == [member.path for member in scope.members]
        if are_members and self._target.is_sequence(self._graph, scope):
            yield from self._sequence(scope, layers)
        else:
            yield from items

    def _sequence(self, scope: Scope, members: Sequence[Apply]) -> Iterator[Apply]:
        """A sequence of layers: a part of it for each value that is read outside."""
        layers = [replace(item, name=None) for item in members]
        (source,) = layers[0].inputs
        body = Body((source,), list(layers), layers[-1].output)
        read = {self._read(value) for value in self._graph.interfaces[scope.path].outputs}
        stops = [at for at, layer in enumerate(layers, start=1) if layer.output in read]
        name, paths = constant(self._target.path_of(self._graph, scope.path)), {self._case: scope.path}
        if len(stops) == 1:
            yield Apply(Group(body), (source,), body.output, name, paths=paths)
            return
        for start, stop in pairwise([0, *stops]):
            value = layers[stop - 1].output
            yield Apply(Slice(body, start, stop), (source,), value, name, paths=paths)
            source = value

    # Values

    def _value(self, value: GraphValue, hint: str) -> Value:
        made = self._values[value] = Value(constant(self._case.channels(value)), {self._case: value}, hint)
        return made

    def _read(self, value: GraphValue) -> Value:
        return self._values[self._representative(value)]

    def _representative(self, value: GraphValue) -> GraphValue:
        return self._rows.canonical(self._graph, value)

    # Blocks

    def _use(self, scope: Scope) -> Apply | None:
        """The use of a block; None if the layers in it are written one by one."""
        definition = self._definition(scope)
        if definition is None or definition.block is None or scope.origin is None:
            return None
        interface = self._graph.interfaces[scope.path]
        result = definition.results.get(scope.origin)
        inputs = list(map(self._representative, scope.origin.inputs))
        if result is None or set(map(self._representative, interface.outputs)) != {result}:
            return None
        if not set(map(self._representative, interface.inputs)) <= set(inputs):
            return None
        names = [parameter.name for parameter in definition.block.parameters]
        arguments = {name: literal(scope.arguments[name]) for name in names}
        # A use that leaves out the layer that an extra parameter is of may have any of its values.
        arguments |= {
            name: literal(values.get(scope.origin, next(iter(values.values()))))
            for name, values in definition.extras.items()
        }
        channels = tuple([constant(self._case.channels(value)) for value in inputs])
        made = Use({definition.name: definition}, arguments, channels)
        name = constant(self._target.path_of(self._graph, scope.path))
        operands, paths = tuple([self._values[value] for value in inputs]), {self._case: scope.path}
        return Apply(made, operands, self._value(result, scope.name), name, paths=paths)

    def _definition(self, scope: Scope) -> Definition | None:
        """The definition of the block that a scope uses; None if there is none that can say it."""
        is_shared = any(path.startswith(f"{scope.path}.") for path in self._shared)
        if self._blocks is None or not scope.block or scope.shares is not None or is_shared:
            return None
        try:
            return self._blocks.definitions.of_block(scope.kind)
        except Unsayable:
            return None

    # Layers

    def _apply(self, node: Node) -> Apply:
        operation = self._graph.operations[node.path]
        inputs = tuple([self._read(value) for value in node.inputs])
        path = self._target.path_of(self._graph, node.path)
        name = constant(path) if node.named or operation.weights else None
        again = self._made[node.shares] if node.shares is not None and operation.weights else None
        layer, paths = Layer(self._forms(node), (operation,)), {self._case: node.path}
        applied = Apply(layer, inputs, self._value(node.result, node.name), name, again=again, paths=paths)
        self._made[node.path] = applied
        return applied

    def _forms(self, node: Node) -> tuple[Form | None, ...]:
        (described,) = self._rows.plain({self._case: node})
        return tuple([merged([form], _literal) for form in described])


def _literal(_: str, values: Sequence[object]) -> ast.expr:
    return literal(values[0])
