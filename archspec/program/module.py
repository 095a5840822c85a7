"""Writes a whole module: a definition for each used block, and the network."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence, Set
from itertools import chain

from archspec.expressions import NOT_CONSTANT, constant, names_of, same, substitute, value_of
from archspec.ir import Graph, Program
from archspec.ir import Value as GraphValue
from archspec.program.cases import Case, Value
from archspec.program.context import Context
from archspec.program.definitions import Definitions, names_in_layers
from archspec.program.explain import holds
from archspec.program.model import Body, Definition, If, Module, Unsayable
from archspec.program.repetition import DefinitionWriter
from archspec.program.rows import Target
from archspec.program.setting import Setting
from archspec.program.walking import names_in, used_in


class ModuleWriter:
    """Writes the module of one network, or of several of one document.

    `free` are the params that become arguments. `probes` are copies of the first network with another value of one
    param. With `takes_extras` the network may have further arguments.
    """

    def __init__(
        self,
        graphs: Sequence[Graph],
        target: Target,
        free: frozenset[str],
        *,
        probes: Sequence[Graph] = (),
        takes_extras: bool = False,
    ) -> None:
        program = graphs[0].program
        if program is None:
            raise Unsayable("nothing is known of the network's document")
        every = [*graphs, *probes]
        following = _following(program, every, free) if takes_extras else []
        setting = self._setting = Setting(program, graphs, probes, target, free.union(following))
        self.definitions = setting.definitions = Definitions(setting)
        self._takes_extras = takes_extras
        self._local = {
            each.name: substitute(each.default, setting.fixed)
            for each in program.parameters
            if each.name in following and each.default is not None
        }

    def write(self) -> Module:
        """The whole module; raises `Unsayable`."""
        setting, graphs = self._setting, self._setting.graphs
        cases = tuple([Case(graph, setting.copies_in(graph), None, dict(graph.arguments)) for graph in graphs])
        values = self._inputs(cases)
        writer = DefinitionWriter(setting, takes_extras=self._takes_extras)
        context = Context(cases, setting.fixed, list(values), variables=setting.free)
        result = writer.chain(setting.program.layers, context, values[0])
        network = Definition("", None, (), Body(tuple(values), context.items, result), writer.extras)
        shapes = {name: self._shape(name, cases) for name in graphs[0].inputs} if setting.target.tells_shapes else {}
        read = names_in(network.body).union(*map(names_of, shapes.values()))
        for name, tree in reversed(self._local.items()):
            if name in read:
                network.local = {name: tree, **network.local}
                read |= names_of(tree)
        needed = [name for name in setting.free_in_order if name in read and name not in network.local]
        network.parameters = [*needed, *writer.extras]
        own = [name for name in network.parameters if name not in writer.extras]
        network.values = {name: tuple([graph.arguments[name] for graph in graphs]) for name in own}
        if len(graphs) > len(setting.probes) + 1:
            network.varied = setting.program.varied & {*own}
        network.literals = self._defaults(network.varied) | {
            name: constant(graphs[0].arguments[name]) for name in own if name not in network.varied
        }
        outputs, optional = self._outputs(context)
        return Module(used_in(network.body, self.definitions.written), network, outputs, shapes, optional)

    def _defaults(self, names: Set[str]) -> dict[str, ast.expr]:
        """The most frequent values of these params among the variants, without lists."""
        defaults = {each.name: each.default for each in self._setting.program.parameters}
        return {name: tree for name in names if isinstance(tree := defaults[name], ast.Constant)}

    def _inputs(self, cases: Sequence[Case]) -> list[Value]:
        names = tuple(self._setting.graphs[0].inputs)
        if any(tuple(graph.inputs) != names for graph in self._setting.graphs):
            raise Unsayable("the inputs have other names in some variants")
        values = []
        for name in names:
            at: dict[Case, GraphValue] = {case: case.graph.input_values[name] for case in cases}
            sizes = {case.channels(value) for case, value in at.items()}
            if len(sizes) > 1:
                raise Unsayable("an input has another number of channels in some variants")
            values.append(Value(constant(sizes.pop()), at, name))
        return values

    def _shape(self, name: str, cases: Sequence[Case]) -> ast.expr:
        """The shape of an input, as an expression of params if it differs between variants."""
        shapes = [graph.inputs[name].axes for graph in self._setting.graphs]
        if len(set(shapes)) == 1:
            return constant(shapes[0])
        declared = self._setting.program.inputs.get(name)
        tree = None if declared is None else substitute(declared, self._setting.fixed)
        if tree is None or not holds(tree, shapes, cases):
            raise Unsayable(f"the shapes of {name} follow from no param")
        return tree

    def _outputs(self, context: Context) -> tuple[dict[str, Value], dict[str, ast.expr]]:
        """The outputs by name, and the condition of those that some variants lack: all have the same."""
        every = [tuple(graph.outputs) for graph in self._setting.graphs]
        names = max(every, key=len)
        common = tuple(name for name in names if all(name in each for each in every))
        if not all(each in (names, common) for each in every) or not common:
            raise Unsayable("the outputs have other names in some variants")
        found: dict[str, Value] = {}
        for name in names:
            cases = [case for case in context.cases if name in case.graph.outputs]
            values = {case: self._setting.canonical(case.graph, case.graph.outputs[name]) for case in cases}
            found[name] = context.find(values, context.known[-1])
        lacking = [found[name] for name in names if name not in common]
        tests = [item.test for item in context.items if isinstance(item, If) and item.output in lacking]
        there = [len(case.graph.outputs) == len(names) for case in context.cases]
        if len(tests) < len(lacking) or not all(
            same(test, tests[0]) and holds(test, there, context.cases) for test in tests
        ):
            raise Unsayable("no condition says which outputs there are")
        return found, {name: tests[0] for name in names if name not in common}


def _following(program: Program, graphs: Sequence[Graph], free: frozenset[str]) -> list[str]:
    """The params that become variables: they depend on others, differ, and are read several times."""
    blocks = program.blocks.values()
    counts = Counter(chain(*map(names_in_layers, [program.layers, *[block.layers for block in blocks]])))
    found = []
    for parameter in program.parameters:
        name, default = parameter.name, parameter.default
        values = {repr(graph.arguments[name]) for graph in graphs}
        follows = name not in free and default is not None and value_of(default) is NOT_CONSTANT
        if follows and len(values) > 1 and counts[name] > 1:
            found.append(name)
    return found
