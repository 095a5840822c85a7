"""The parameters of definitions, and the calls that give them arguments: the same for classes and functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from archspec.expressions import names_of, rows_in, same
from archspec.ir import Graph
from archspec.program import python as py
from archspec.program.annotations import Kind, annotation
from archspec.program.explain import literal
from archspec.program.families import value_in
from archspec.program.language import Say, with_objects, with_tuples
from archspec.program.model import Definition, Unsayable, Use
from archspec.program.tables import read_whole
from archspec.program.trees import nodes_in
from archspec.program.walking import every_layer, every_tree, loops_in

Objects = dict[str, str]
"""Classes or functions by their names in the document."""

Listed = dict[int | None, Objects]
"""The objects in a list by their position in its rows; None if they are the elements of the list."""


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
        self._listed: dict[Definition, Mapping[str, Listed]] = {}

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
                    for leaf in _leaves(made.arguments.get(name)):
                        found.setdefault(leaf, {}).update(objects)
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
            listed = self._listed_in(definition).get(name, {})
            return annotation([_with_kinds(value, listed, Kind(self._kind)) for value in values])
        others = [value for value in values if value not in objects]
        more = f" | {ast.unparse(annotation(others))}" if others else ""
        return ast.parse(f"{self._kind}{more}", mode="eval").body

    def with_objects(self, definition: Definition, name: str, tree: ast.expr) -> ast.expr:
        """The value of a parameter or variable, with objects instead of their names in the document."""
        if name in self.chosen[definition]:
            return with_objects(tree, self.chosen[definition][name])
        return _with_listed(tree, self._listed_in(definition).get(name, {}))

    def _listed_in(self, definition: Definition) -> Mapping[str, Listed]:
        """The parameters that are lists of objects, or rows with objects, for the variables of loops.

        Raises `Unsayable` if something else than the loops reads them.
        """
        if definition not in self._listed:
            self._listed[definition] = _listed(definition, self.chosen[definition])
        return self._listed[definition]

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
            value, default = literal(value_in(network, name, graph, position)), network.literals.get(name)
            if name in own:
                given[name] = py.dotted(name)
            elif default is None or not same(default, value):
                given[name] = say(self._argument(network, name, value))
        return parameters, given

    def _argument(self, definition: Definition, name: str, tree: ast.expr) -> ast.expr:
        known = self.with_objects(definition, name, tree)
        return with_tuples(known) if name in self.tuples[definition] else known


def _leaves(tree: ast.expr | None) -> Iterator[str]:
    """The names whose values can be the value of an expression; raises `Unsayable` for other operations."""
    match tree:
        case None | ast.Constant():
            return
        case ast.Name(id=name):
            yield name
        case ast.IfExp():
            yield from _leaves(tree.body)
            yield from _leaves(tree.orelse)
        case _:
            raise Unsayable(f"{ast.unparse(tree)} gives an object")


def _listed(definition: Definition, chosen: Mapping[str, Objects]) -> Mapping[str, Listed]:
    found: dict[str, Listed] = {}
    columns = [each for loop in loops_in(definition.body) for each in loop.columns.items() if each[0] in chosen]
    for variable, tree in columns:
        match tree:
            case ast.List():
                continue
            case ast.Name(id=name):
                found.setdefault(name, {}).setdefault(None, {}).update(chosen[variable])
            case ast.Call(args=[ast.Name(id=name), ast.Constant(value=int() as place)]) if rows_in(tree):
                found.setdefault(name, {}).setdefault(place, {}).update(chosen[variable])
            case _:
                raise Unsayable(f"{ast.unparse(tree)} is a list of objects")
    known = {id(tree) for _, tree in columns}
    others = [*every_tree(definition.body), *definition.local.values()]
    read = {name for tree in others if id(tree) not in known for name in _elements_read(tree, found)}
    if read:
        raise Unsayable(f"the objects of {min(read)} are used as texts")
    return found


def _elements_read(tree: ast.expr, listed: Mapping[str, Listed]) -> Iterator[str]:
    """The lists whose objects an expression reads."""
    yield from read_whole(tree, listed.keys())
    for part in nodes_in([tree]):
        match part:
            case ast.Call(args=[ast.Name(id=name), ast.Constant(value=place)]) if rows_in(part):
                own = place in listed.get(name, {})
            case ast.Subscript(value=ast.Subscript(value=ast.Name(id=name)), slice=ast.Constant(value=place)):
                own = place in listed.get(name, {})
            case _:
                continue
        if own:
            yield name


def _with_listed(tree: ast.expr, listed: Listed) -> ast.expr:
    """A list, or a list of rows, with its objects."""
    if not listed or not isinstance(tree, ast.List):
        return tree
    if None in listed:
        return with_objects(tree, listed[None])
    return py.list_([_row(row, listed) for row in tree.elts])


def _row(row: ast.expr, listed: Listed) -> ast.expr:
    assert isinstance(row, ast.Tuple), "rows with positions are tuples"
    return py.tuple_([with_objects(each, listed.get(place, {})) for place, each in enumerate(row.elts)])


def _with_kinds(value: object, listed: Listed, kind: Kind) -> object:
    """A list, or a list of rows, with the kind in place of its objects."""
    if not listed or not isinstance(value, list):
        return value
    if None in listed:
        return [kind if each in listed[None] else each for each in value]
    return [tuple([kind if each in listed.get(at, {}) else each for at, each in enumerate(row)]) for row in value]


def _as_tuple(value: object) -> object:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value
