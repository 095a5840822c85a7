"""Writes definitions: one for each used block, and one for each named composite with rows."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from archspec.expressions import NOT_CONSTANT, names_of, substitute, value_of
from archspec.expressions.names import CHANNELS, INPUT_WORDS, SHAPE
from archspec.ir import Block, Declaration, Graph, Origin, Parameter
from archspec.program.cases import Case, Value
from archspec.program.composites import COMPOSITES
from archspec.program.context import Context
from archspec.program.model import Body, Definition, Unsayable
from archspec.program.repetition import DefinitionWriter
from archspec.program.setting import Setting
from archspec.program.walking import names_in

Write = Callable[[DefinitionWriter, Context, Value], Value]
"""Writes the layers of a definition."""


class Occurrence(NamedTuple):
    """A use of a definition: its graph, its copy of the declaration, the values of the params, and its path."""

    graph: Graph
    origin: Origin
    arguments: Mapping[str, object]
    path: str


@dataclass(slots=True)
class Params:
    """A block's params by their form: a parameter with a default, an inlined expression, or a local variable."""

    defaults: dict[str, ast.expr] = field(default_factory=dict)
    inlined: dict[str, ast.expr] = field(default_factory=dict)
    local: dict[str, ast.expr] = field(default_factory=dict)


class Definitions:
    """The definitions of a module, each before its users."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._known: dict[Block | Declaration, Definition] = {}
        self._open: set[str] = set()

    @property
    def written(self) -> tuple[Definition, ...]:
        """The definitions so far."""
        return tuple(self._known.values())

    def of_block(self, kind: str) -> Definition:
        """The definition of a block."""
        block = self._setting.program.blocks[kind]
        if block not in self._known:
            if kind in self._open:
                raise Unsayable(f"{kind} is used in itself")
            self._open.add(kind)
            uses = [
                Occurrence(graph, scope.origin, scope.arguments, scope.path)
                for graph in self._setting.graphs
                for scope in graph.scopes
                if scope.block and scope.kind == kind and scope.shares is None and scope.origin is not None
            ]
            try:
                self._known[block] = self._define(
                    block, uses, lambda writer, context, value: writer.chain(block.layers, context, value)
                )
            finally:
                self._open.discard(kind)
        return self._known[block]

    def of_group(self, declaration: Declaration) -> Definition:
        """The definition of a named composite; its params are the names that it reads."""
        if declaration not in self._known:
            uses = [
                Occurrence(graph, scope.origin, scope.origin.names, scope.path)
                for graph in self._setting.graphs
                for scope in graph.scopes
                if scope.origin is not None and scope.origin.declaration is declaration
                if not scope.block and scope.shares is None
            ]
            document = {parameter.name for parameter in self._setting.program.parameters}
            inside = [each for chains in declaration.children.values() for chain in chains for each in chain]
            read = dict.fromkeys(names_in_layers(inside))
            known = [name for name in read if all(name in use.arguments for use in uses)]
            own = tuple([Parameter(name, None) for name in known if name not in document and name not in INPUT_WORDS])
            write = COMPOSITES[str(declaration.kind)]
            self._known[declaration] = self._define(
                Block(_stem(declaration), own, (), (replace(declaration, name=None),)),
                uses,
                lambda writer, context, value: write(writer, declaration, context, value),
            )
        return self._known[declaration]

    def _define(self, block: Block, uses: Sequence[Occurrence], write: Write) -> Definition:
        setting = self._setting
        several = len(block.inputs) > 1
        own = {parameter.name for parameter in block.parameters}
        words = tuple(f"{name}_channels" for name in block.inputs) if several else ("in_channels",)
        channels = tuple(f"{word}_read" if word in own | setting.free else word for word in words)
        if not (own | setting.free).isdisjoint(channels):
            raise Unsayable(f"a param of {block.name} is called {channels[0]}")
        cases = {use.origin: self._case(use, channels, own) for use in uses}
        values = [
            Value(
                ast.Name(name, ast.Load()),
                {case: setting.canonical(case.graph, origin.inputs[index]) for origin, case in cases.items()},
                block.inputs[index] if several else "x",
            )
            for index, name in enumerate(channels)
        ]
        params = self._params(block, [use.origin.declaration for use in uses], channels[0])
        fixed = {name: tree for name, tree in setting.fixed.items() if name not in own}
        writer = DefinitionWriter(setting, takes_extras=True)
        variables = frozenset({*own, *setting.free, *channels})
        context = Context(tuple(cases.values()), fixed | params.inlined, list(values), variables=variables)
        result = write(writer, context, values[0])
        definition = Definition(block.name, block, channels, Body(tuple(values), context.items, result), writer.extras)
        definition.inputs = block.inputs
        definition.results = {origin: value for origin, case in cases.items() if (value := result.of(case)) is not None}
        definition.values = {name: tuple(use.arguments.get(name) for use in uses) for name in own}
        for name in setting.free_in_order:
            definition.values.setdefault(name, tuple(graph.arguments[name] for graph in setting.graphs))
        self._sign(definition, params, own)
        return definition

    def _case(self, use: Occurrence, channels: Sequence[str], own: Collection[str]) -> Case:
        graph = use.graph
        env = {**graph.arguments, **use.arguments}
        case = Case(graph, self._setting.copies_in(graph), use.origin, env, place=(use.path,))
        for word in INPUT_WORDS:
            if word not in own and word not in graph.arguments:
                case.env.pop(word, None)
        case.env |= {name: case.channels(value) for name, value in zip(channels, use.origin.inputs, strict=False)}
        return case

    def _sign(self, definition: Definition, params: Params, own: set[str]) -> None:
        """Give a definition the parameters that its body needs."""
        definition.result_channels = substitute(definition.body.output.channels, self._setting.closed | params.local)
        read = names_in(definition.body)
        definition.local = {name: tree for name, tree in params.local.items() if name in read}
        read = read.union(*map(names_of, definition.local.values()))
        definition.reads = tuple(name for name in definition.channels if name in read)
        definition.lifted = tuple(name for name in self._setting.free_in_order if name in read and name not in own)
        assert definition.block is not None, "the network is no definition of this kind"
        names = [parameter.name for parameter in definition.block.parameters]
        needed = [name for name in names if name in read and name not in params.local]
        definition.parameters = [*needed, *definition.lifted, *definition.extras]
        definition.defaults = params.defaults
        definition.literals = {
            name: tree for name, tree in params.defaults.items() if value_of(tree) is not NOT_CONSTANT
        }

    def _params(self, block: Block, uses: Sequence[Declaration], channels: str) -> Params:
        own = {parameter.name for parameter in block.parameters}
        fixed = {name: tree for name, tree in self._setting.fixed.items() if name not in own}
        known = {CHANNELS: ast.Name(channels, ast.Load()), **fixed}
        counts = Counter(names_in_layers(block.layers))
        tests = frozenset(_tests(block.layers))
        found = Params()
        for parameter in block.parameters:
            name = parameter.name
            if parameter.default is None:
                continue
            tree = substitute(parameter.default, known | found.inlined)
            of_shape = SHAPE in names_of(tree) and SHAPE not in own
            if of_shape or value_of(tree) is not NOT_CONSTANT or any(name in use.attributes for use in uses):
                found.defaults[name] = tree
            elif isinstance(tree, ast.Name) or (counts[name] <= 1 and name not in tests):
                found.inlined[name] = tree
            else:
                found.local[name] = tree
        return found


def _stem(declaration: Declaration) -> str:
    """The author's name for a layer, without the expressions in it."""
    parts = declaration.name.values if isinstance(declaration.name, ast.JoinedStr) else []
    return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant)).strip("_") or "group"


def names_in_layers(layers: Sequence[Declaration]) -> Iterator[str]:
    """The names in the expressions of layers, with repetitions."""
    for declaration in layers:
        common = (declaration.name, declaration.when, declaration.columns, declaration.repeat)
        for tree in (*common, *declaration.attributes.values()):
            if tree is not None:
                yield from (each.id for each in ast.walk(tree) if isinstance(each, ast.Name))
        for chains in declaration.children.values():
            for chain in chains:
                yield from names_in_layers(chain)


def _tests(layers: Sequence[Declaration]) -> Iterator[str]:
    """The names that are whole conditions."""
    for declaration in layers:
        if isinstance(declaration.when, ast.Name):
            yield declaration.when.id
        for chains in declaration.children.values():
            for chain in chains:
                yield from _tests(chain)
