"""The setting of a module: the networks and params that the writers of all its bodies share."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Protocol

from archspec.expressions import NOT_CONSTANT, constant, substitute, value_of
from archspec.ir import Declaration, Graph, Program
from archspec.ir import Value as GraphValue
from archspec.program.cases import Copies, Unsayable
from archspec.program.model import Definition
from archspec.program.rows import Rows, Target


class Definer(Protocol):
    """Writes the definitions of a module, each at its first use."""

    def of_block(self, kind: str) -> Definition:
        """The definition of a block; raises `Unsayable`."""

    def of_group(self, declaration: Declaration) -> Definition:
        """The definition of a named composite; raises `Unsayable`."""


class Setting:
    """The networks of a module and their params.

    `graphs` are the networks, and after them the `probes`: copies of the first network with another value of one param.
    `free` are the params that become arguments, and `fixed` the replacements of the others. `failures` counts the
    failed attempts, and `loops` the loops. `closed` has expressions for the channels after loops.
    """

    definitions: Definer

    def __init__(
        self, program: Program, graphs: Sequence[Graph], probes: Sequence[Graph], target: Target, free: frozenset[str]
    ) -> None:
        self.program = program
        self.graphs = [*graphs, *probes]
        self.probes = probes
        self.target = target
        self.free = free
        self.rows = Rows(target)
        self.fixed: Mapping[str, ast.expr] = _fixed_params(program, self.graphs, free)
        self.failures = 0
        self.loops = 0
        self.closed: dict[str, ast.expr] = {}
        self._copies = {graph: Copies(graph) for graph in self.graphs}

    def copies_in(self, graph: Graph) -> Copies:
        """The copies of declarations in a graph."""
        return self._copies[graph]

    def canonical(self, graph: Graph, value: GraphValue) -> GraphValue:
        """The representative of a value: the input of a layer that changes nothing stands for its output."""
        return self.rows.canonical(graph, value)

    @property
    def free_in_order(self) -> list[str]:
        """The params that are arguments, in the document's order."""
        return [parameter.name for parameter in self.program.parameters if parameter.name in self.free]


def _fixed_params(program: Program, graphs: Sequence[Graph], free: frozenset[str]) -> dict[str, ast.expr]:
    """The replacements of the document's params: their values, or the expressions of their defaults."""
    found: dict[str, ast.expr] = {}
    for parameter in program.parameters:
        name = parameter.name
        if name in free:
            continue
        values = [graph.arguments[name] for graph in graphs]
        if all(repr(value) == repr(values[0]) for value in values):
            found[name] = constant(values[0])
        elif parameter.default is not None and value_of(parameter.default) is NOT_CONSTANT:
            found[name] = substitute(parameter.default, found)
        else:
            raise Unsayable(f"{name} differs and is no argument")
    return found
