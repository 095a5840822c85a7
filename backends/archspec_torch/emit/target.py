"""PyTorch's answers to the writer of programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.ir import Graph, Node, Scope
from archspec.program.calls import GENERAL, Call, Described, Facts, Site
from archspec.program.model import Unsayable
from archspec_torch.emit import HELPERS, row_for
from archspec_torch.emit.analysis import facts
from archspec_torch.emit.paths import module_paths, sequences
from archspec_torch.emit.row import CHANNELS_FIRST, PADDED_WHEN_RUN, PADDING_WORD


class TorchTarget:
    """PyTorch's forms of layers: a module, and a function for layers without weights."""

    peels = True
    steps = False
    tells_shapes = False
    levels: tuple[Facts, ...] = (
        frozenset(),
        frozenset({PADDING_WORD}),
        frozenset({GENERAL}),
        frozenset({PADDED_WHEN_RUN}),
    )

    def __init__(self) -> None:
        self.helpers: dict[str, str] = dict(HELPERS)
        self._facts: dict[Graph, Mapping[str, Facts]] = {}
        self._sequences: dict[Graph, frozenset[str]] = {}
        self._paths: dict[Graph, Mapping[str, str]] = {}
        self._described: dict[Site[Any], Described] = {}
        self._modules: dict[tuple[int, Facts], Call | None] = {}

    def facts_of(self, graph: Graph, node: Node) -> Facts:
        """Whether the node may overwrite its input, and the memory layout of an image."""
        if graph not in self._facts:
            self._facts[graph] = facts(graph)
        return self._facts[graph][node.path]

    def common(self, facts: Sequence[Facts]) -> Sequence[Facts]:
        """The facts that hold in all cases. The order of flattened images must be the same."""
        if len({CHANNELS_FIRST in each for each in facts}) > 1:
            raise Unsayable("an image is flattened in several orders")
        return [frozenset.intersection(*facts)] * len(facts)

    def describe(self, site: Site[Any]) -> Described:
        """The module and the function for a layer."""
        described = self._described.get(site)
        if described is None:
            row = row_for(site.layer)
            self.helpers.update(row.helpers)
            layer = row.describe(site)
            described = self._described[site] = layer.module, layer.function
        return described

    def path_of(self, graph: Graph, path: str) -> str:
        """The path of the module for a node or scope."""
        if graph not in self._paths:
            self._paths[graph] = module_paths(graph)
        return self._paths[graph][path]

    def module(self, graph: Graph, node: Node) -> Call | None:
        """The module for a node; None if PyTorch has only a function."""
        operation, own = graph.operations[node.path], self.facts_of(graph, node)
        key = id(operation), own  # equal operations of a graph are one object
        if key not in self._modules:
            module, _ = self.describe(Site(operation.layer, operation.inputs, operation.output, own))
            self._modules[key] = module if isinstance(module, Call) else None
        return self._modules[key]

    def is_sequence(self, graph: Graph, scope: Scope) -> bool:
        """Whether a group is an `nn.Sequential` in which each layer has its position."""
        if graph not in self._sequences:
            self._sequences[graph] = sequences(graph)
        nodes = [member for member in scope.members if isinstance(member, Node)]
        return scope.path in self._sequences[graph] and all(self.module(graph, node) is not None for node in nodes)

    def is_left_out(self, graph: Graph, node: Node) -> bool:
        """False: no layer of PyTorch takes the next layer as an argument."""
        return False
