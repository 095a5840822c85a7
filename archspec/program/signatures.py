"""The parameters of definitions, and the calls that give them arguments: the same for classes and functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from archspec.expressions import constant, names_of, same
from archspec.ir import Graph
from archspec.program import python as py
from archspec.program.annotations import annotation
from archspec.program.families import value_in
from archspec.program.language import Say, with_objects, with_tuples
from archspec.program.model import Definition, Use
from archspec.program.walking import every_layer

Objects = dict[str, str]
"""Classes or functions by their names in the document."""


class Signatures:
    """The signatures of a module's definitions.

    `names` are the classes or functions of definitions, and `kind` is the annotation of a parameter that is one of
    them. `chosen` are the objects that each parameter may be. `tuples` are the parameters that are lists in the
    document, and tuples in the source.
    """

    def __init__(self, names: Mapping[Definition, str], kind: str) -> None:
        self._names = names
        self._kind = kind
        self.chosen: dict[Definition, dict[str, Objects]] = {}
        self.tuples: dict[Definition, frozenset[str]] = {}

    def add(self, definition: Definition, tuples: frozenset[str] = frozenset()) -> dict[str, Objects]:
        """Find the objects that each parameter may be, here or in a definition that it is handed to.

        The definitions that are used here come before it.
        """
        self.tuples[definition] = tuples
        found = self.chosen[definition] = {}
        for made in [item.made for item in every_layer(definition.body) if isinstance(item.made, Use)]:
            if isinstance(made.choice, ast.Name):
                found.setdefault(made.choice.id, {}).update(self._choices(made))
            for callee in made.definitions.values():
                for name, objects in self.chosen[callee].items():
                    tree = made.arguments.get(name)
                    if isinstance(tree, ast.Name):
                        found.setdefault(tree.id, {}).update(objects)
        return found

    def _choices(self, use: Use) -> Objects:
        return {kind: self._names[each] for kind, each in use.definitions.items()}

    def parameters(self, definition: Definition, say: Say) -> Iterator[py.Parameter]:
        """The parameters, those without a default first."""
        for name in definition.in_order:
            default = definition.literals.get(name)
            said = None if default is None else say(self.with_objects(definition, name, default))
            yield py.Parameter(name, self.annotation(definition, name), said)

    def annotation(self, definition: Definition, name: str) -> ast.expr:
        """The annotation of a parameter, from its values in all uses."""
        values = definition.values_of(name)
        if name in self.tuples[definition]:
            values = tuple(map(_as_tuple, values))
        objects = self.chosen[definition].get(name)
        if not objects:
            return annotation(values)
        others = [value for value in values if value not in objects]
        more = f" | {ast.unparse(annotation(others))}" if others else ""
        return ast.parse(f"{self._kind}{more}", mode="eval").body

    def with_objects(self, definition: Definition, name: str, tree: ast.expr) -> ast.expr:
        """The value of a parameter or variable, with objects instead of their names in the document."""
        return with_objects(tree, self.chosen[definition].get(name, {}))

    def call(
        self, use: Use, first: Sequence[ast.expr], say: Say, last: Mapping[str, ast.expr] | None = None
    ) -> ast.Call:
        """The call for a use of a block. `first` are arguments before those of its parameters, `last` the ones after.

        A parameter with a default has its argument by name, and only where it differs.
        """
        callee = py.dotted(self._names[use.definition])
        if use.choice is not None and names_of(use.choice):
            callee = say(with_objects(use.choice, self._choices(use)))
        positional, by_name = list(first), dict[str, ast.expr]()
        for name in use.definition.in_order:
            tree, default = use.arguments.get(name), use.definition.literals.get(name)
            if tree is None or (default is not None and same(default, tree)):
                continue
            for each in use.definitions.values():
                tree = self._argument(each, name, tree)
            if default is None:
                positional.append(say(tree))
            else:
                by_name[name] = say(tree)
        return py.call(callee, positional, by_name | dict(last or {}))

    def variant(
        self, network: Definition, graph: Graph, position: int, say: Say
    ) -> tuple[list[py.Parameter], dict[str, ast.expr]]:
        """The parameters of the function of a family's variant, and the arguments that it gives to the network.

        The parameters are those of the network that have a default and that no variant sets.
        """
        parameters = [
            each for each in self.parameters(network, say) if each.default and each.name not in network.varied
        ]
        own = {each.name for each in parameters}
        given: dict[str, ast.expr] = {}
        for name in network.in_order:
            value, default = constant(value_in(network, name, graph, position)), network.literals.get(name)
            if name in own:
                given[name] = py.dotted(name)
            elif default is None or not same(default, value):
                given[name] = say(self._argument(network, name, value))
        return parameters, given

    def _argument(self, definition: Definition, name: str, tree: ast.expr) -> ast.expr:
        known = self.with_objects(definition, name, tree)
        return with_tuples(known) if name in self.tuples[definition] else known


def _as_tuple(value: object) -> object:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value
