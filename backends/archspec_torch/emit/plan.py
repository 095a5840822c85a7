"""What PyTorch makes of a graph's nodes and scopes: modules, functions, chains in `nn.Sequential`, classes."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any

from archspec.codegen.body import Body, Loop, Part, Sequence, Use
from archspec.codegen.loops import Repetitions
from archspec.codegen.plan import BodyBuilder, Planner, around
from archspec.codegen.variables import FRESH
from archspec.errors import EmitError
from archspec.ir import Graph, Node, Scope, Value, walk
from archspec.program.calls import Call, Described, Facts, Function, Site
from archspec.program.names import Names, network_class
from archspec_torch.emit import HELPERS, row_for
from archspec_torch.emit.modules import ATTRIBUTES, WORDS, Modules, attribute
from archspec_torch.emit.row import BareParameter
from archspec_torch.layout import facts

LONGEST_CHAIN = 50
"""Modules of a chain that is made inside another class."""


def names(graph: Graph) -> Names:
    """The names that are taken in the source of a graph, its class among them."""
    taken = Names({*WORDS, *HELPERS})
    taken.fresh(network_class(graph))
    return taken


def entry_point(graph: Graph) -> str:
    """The name of the network's class."""
    return Names({*WORDS, *HELPERS}).fresh(network_class(graph))


class TorchPlanner(Planner):
    """Plans PyTorch source."""

    reserved = WORDS | frozenset(FRESH)

    def __init__(self, graph: Graph, names: Names) -> None:
        super().__init__(graph, names)
        self._facts = facts(graph)
        _check_names(graph)
        self.helpers: dict[str, str] = dict(HELPERS)
        self._sequences: dict[Hashable, Sequence] = {}

    def facts_of(self, node: Node) -> Facts:
        """Whether it may overwrite its input, and how an image lies in memory."""
        return self._facts[node.path]

    def describe(self, site: Site[Any]) -> Described:
        """The module and the function that a layer is in PyTorch."""
        row = row_for(site.layer)
        self.helpers.update(row.helpers)
        layer = row.describe(site)
        return layer.module, layer.function

    def node_uses(self, node: Node, name: str, body: BodyBuilder) -> list[Use]:
        """A module where the node has weights or was named, else a function."""
        inputs = tuple([body.known[value] for value in node.inputs])
        results = (body.new(node.path),)
        module, function = self.described(node)
        operation = self.operations[node.path]
        if operation.weights:
            if node.shares is not None and isinstance(module, BareParameter):
                again = module.applied.replace("{1}", attribute("self", body.relative(node.shares)))
                return [Use(Function(again), inputs, results, light=operation.light)]
            if node.shares is not None:
                return [Use(None, inputs, results, shares=body.relative(node.shares))]
            return [Use(self._module(node), inputs, results, name, light=operation.light)]
        # Applied again it owns nothing, and what PyTorch has as a module only can be made again.
        if module is not None and (function is None or (node.named and node.shares is None)):
            return [Use(module, inputs, results, name, light=operation.light)]
        if function is None:
            raise EmitError(f"{node.path}: PyTorch has no function for {type(node.layer).__name__}", path=node.path)
        return [Use(function, inputs, results, light=operation.light)]

    def rolled(self, body: Body, repetitions: Repetitions) -> Body:
        """A loop is written only where it makes all the modules of a class, which `forward` then goes through."""
        rolled = repetitions.rolled(body)
        with_loops = rolled is not body and any(isinstance(item, Loop) for item in rolled.items)
        return repetitions.with_copies(body) if with_loops and not Modules(rolled).only_loop else rolled

    def in_place(self, scope: Scope) -> bool:
        """A chain is an `nn.Sequential`, unless it is a block or so long that it reads better as a class of its own."""
        borrows = scope.path in self._borrowing
        return borrows or (not scope.block and len(scope.members) <= LONGEST_CHAIN and self._chain(scope))

    @cached_property
    def _borrowing(self) -> frozenset[str]:
        """The scopes in which a layer or a scope is applied that stands outside them, and what is such a scope again.

        They have no module, so that what they apply is seen. The other way round, a dotted path shows it.
        """
        shared = {scope.path: scope.shares for scope in self.graph.scopes if scope.shares is not None}
        again = {node.path: node.shares for node in self.graph.nodes if node.shares is not None} | shared
        found: frozenset[str] = frozenset()
        while True:
            # A scope that is applied again is one module for all its uses, whatever is in it.
            modules = shared.keys() - found
            pairs = [(around(path), around(first)) for path, first in again.items() if path not in found]
            crossed = [inside - outside for inside, outside in pairs if modules.isdisjoint(inside)]
            borrowing: frozenset[str] = frozenset().union(*crossed)
            borrowing |= found | {path for path, first in shared.items() if first in borrowing}
            if borrowing == found:
                return found
            found = borrowing

    def scope_uses(self, scope: Scope, name: str, body: BodyBuilder) -> list[Use]:
        """A chain as a sequence, an earlier scope's module again, or what is applied again in place."""
        if scope.path in self._borrowing:
            self._check_owns_nothing(scope)
            return body.uses(scope.members)
        if scope.shares is not None:
            if len(self.graph.borders[scope.path].imports) != len(self.graph.borders[scope.shares].imports):
                raise EmitError(
                    f"{scope.path} applies {scope.shares} again, but reads fewer values: name them apart",
                    path=scope.path,
                )
            return [body.apply(scope, Use(None, (), (), shares=body.relative(scope.shares)))]
        return [body.apply(scope, Use(self._sequence(scope.members), (), (), name))]

    def _check_owns_nothing(self, scope: Scope) -> None:
        for node in walk(scope.members):
            if node.shares is None and self.has_weights(node):
                raise EmitError(
                    f"{scope.path} applies a layer again that stands outside it, so PyTorch has no module for it "
                    f"that could own {node.path}: apply the layer outside {scope.path}",
                    path=node.path,
                )

    def body(
        self, prefix: str, members: tuple[Node | Scope, ...], imports: tuple[Value, ...], exports: tuple[Value, ...]
    ) -> Body:
        """A body that is nothing but a chain without names, or with names no attribute can have, is one sequence."""
        nameless = not any(member.name.isidentifier() for member in members)
        returns_one = bool(prefix) or len(self.graph.outputs) == 1
        if (
            nameless
            and returns_one
            and self._is_chain(members, imports, exports)
            and any(map(self._has_weights_in, members))
        ):
            return Body(1, (Use(self._sequence(members), (0,), (1,)),), (1,))
        return super().body(prefix, members, imports, exports)

    def _chain(self, scope: Scope) -> bool:
        border = self.graph.borders[scope.path]
        return scope.shares is not None or self._is_chain(scope.members, tuple(border.imports), tuple(border.exports))

    def _is_chain(
        self, members: tuple[Node | Scope, ...], imports: tuple[Value, ...], exports: tuple[Value, ...]
    ) -> bool:
        """Whether each member is a module that reads only the one before it, and all names are given or none is."""
        if len(imports) != 1:
            return False
        value = imports[0]
        for member in members:
            if member.shares is not None:
                return False
            if isinstance(member, Node):
                if member.inputs != (value,):
                    return False
                value = member.path
            else:
                border = self.graph.borders[member.path]
                if tuple(border.imports) != (value,) or len(border.exports) != 1:
                    return False
                (value,) = border.exports
        return exports == (value,) and _are_named_alike(members) and all(map(self._is_module, members))

    def _is_module(self, member: Node | Scope) -> bool:
        """Whether a chain can have it as a member."""
        if isinstance(member, Scope):
            return member.path not in self._borrowing
        return not isinstance(self.described(member)[0], BareParameter | None)

    def _sequence(self, members: tuple[Node | Scope, ...]) -> Sequence:
        parts: list[Part] = []
        for member in members:
            made: Call | Sequence
            if isinstance(member, Node):
                made = self._module(member)
            elif member.path in self.calls:
                made = self.calls[member.path]
            else:
                made = self._sequence(member.members)
            parts.append(Part(member.name, made))
        # One object for equal chains, so that the bodies which they are in are seen to be equal.
        return self._sequences.setdefault(tuple([(part.name, id(part.made)) for part in parts]), Sequence(tuple(parts)))

    def _module(self, node: Node) -> Call:
        made = self.described(node)[0]
        if not isinstance(made, Call):
            raise EmitError(f"{node.path}: PyTorch has no module for {type(node.layer).__name__}", path=node.path)
        return made

    def _has_weights_in(self, member: Node | Scope) -> bool:
        return isinstance(member, Scope) or self.has_weights(member)


def _are_named_alike(members: tuple[Node | Scope, ...]) -> bool:
    names = [member.name for member in members]
    return names == [str(index) for index in range(len(names))] or not any(map(str.isdigit, names))


def _check_names(graph: Graph) -> None:
    """A submodule is an attribute, so it cannot be called what PyTorch's modules have already."""
    members: list[Scope | Node] = [*graph.scopes, *(node for node in graph.nodes if node.named)]
    for member in members:
        if member.name in ATTRIBUTES or member.name.startswith("_"):
            raise EmitError(
                f'{member.path}: PyTorch\'s modules have a "{member.name}" already: give it another name',
                path=member.path,
                key="name",
            )
