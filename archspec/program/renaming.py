"""Gives params and variables other names if theirs have a meaning in the source: a param `layers` is `layers_`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace
from itertools import chain, count
from typing import TypeVar, cast

from archspec.expressions.tree import with_children
from archspec.program.model import (
    Activation,
    Apply,
    Body,
    Definition,
    Form,
    Group,
    If,
    Item,
    Layer,
    Loop,
    Made,
    Module,
    Slice,
    Use,
)
from archspec.program.names import RESERVED
from archspec.program.walking import bodies_of, columns_in

T = TypeVar("T")

Change = Callable[[ast.AST], ast.AST]
"""Takes an expression, and returns it or its replacement."""

COUNTERS = "ijkmn"
"""The names of the counters of nested loops."""


def with_free_names(module: Module, taken: Set[str]) -> Module:
    """The module with names for its params and variables that are not taken and no word of Python.

    No variable of a loop hides one of a loop around it.
    """
    definitions = (*module.definitions, module.network)
    known = set().union(*map(_variables, definitions))
    words: dict[str, str] = {}
    for name in sorted(known):
        if name in taken or name in RESERVED:
            word = f"{name}_"
            while word in known or word in taken:
                word += "_"
            words[name] = word
            known.add(word)
    renamed = _Renaming(words).module(module) if words else module
    for definition in definitions:
        _tell_loops_apart(definition.body, frozenset(), taken | _variables(definition) | RESERVED)
    return renamed


def with_changed_trees(module: Module, change: Change) -> Module:
    """The module with every node of its expressions changed."""
    return _Renaming({}, change).module(module)


def _tell_loops_apart(body: Body, outer: frozenset[str], taken: Set[str]) -> None:
    """Give the variables of a loop other names if a loop around it has theirs.

    Python's inner loop would replace the outer variable, which layers after the inner loop may read.
    """
    for position, item in enumerate(body.items):
        own = outer
        if isinstance(item, Loop):
            hidden = sorted(outer.intersection({item.counter, *item.columns}))
            words = {name: _other_name(name, taken | outer) for name in hidden}
            loop = body.items[position] = _Renaming(words).inside_loop(item) if words else item
            own = outer | {loop.counter, *loop.columns}
        for inner in bodies_of(body.items[position]):
            _tell_loops_apart(inner, own, taken)


def _other_name(name: str, taken: Set[str]) -> str:
    """A free name for a variable: j, k and so on for a counter."""
    others = chain(COUNTERS if name in COUNTERS else (), (f"{name}_{number}" for number in count(2)))
    return next(other for other in others if other not in taken)


def _variables(definition: Definition) -> set[str]:
    own = {*definition.parameters, *definition.channels, *definition.inputs, *definition.local}
    return own.union(columns_in(definition.body))


class _Renaming:
    """Renames variables everywhere, and changes nodes. Definitions keep their identity, since uses refer to them."""

    def __init__(self, words: Mapping[str, str], change: Change = lambda node: node) -> None:
        self._words = words
        self._change = change
        self._applied: dict[Apply, Apply] = {}

    def module(self, module: Module) -> Module:
        for definition in (*module.definitions, module.network):
            self._rename(definition)
        trees = {name: self._tree(tree) for name, tree in module.inputs.items()}
        optional = {name: self._tree(tree) for name, tree in module.optional.items()}
        return replace(module, inputs=trees, optional=optional)

    def _rename(self, definition: Definition) -> None:
        self._rename_body(definition.body)
        definition.channels = self._all(definition.channels)
        definition.inputs = self._all(definition.inputs)
        definition.reads = self._all(definition.reads)
        definition.lifted = self._all(definition.lifted)
        definition.parameters = [*self._all(definition.parameters)]
        definition.varied = frozenset(self._all(definition.varied))
        definition.extras = self._keys(definition.extras)
        definition.values = self._keys(definition.values)
        definition.defaults = self._trees(definition.defaults)
        definition.literals = self._trees(definition.literals)
        definition.local = self._trees(definition.local)
        definition.result_channels = self._tree(definition.result_channels)

    def _rename_body(self, body: Body) -> None:
        body.items = list(map(self._item, body.items))

    def _item(self, item: Item) -> Item:
        match item:
            case Apply():
                name = None if item.name is None else self._tree(item.name)
                again = None if item.again is None else self._applied.get(item.again, item.again)
                self._applied[item] = replace(item, made=self._made(item.made), name=name, again=again)
                return self._applied[item]
            case If():
                for body in (item.body, *([item.otherwise] if item.otherwise is not None else [])):
                    self._rename_body(body)
                return replace(item, test=self._tree(item.test))
            case Loop():
                self._rename_body(item.body)
                for value in (item.source, item.body.output, item.output):
                    value.channels = self._tree(value.channels)
                count = None if item.count is None else self._tree(item.count)
                return replace(item, columns=self._trees(item.columns), counter=self._word(item.counter), count=count)

    def inside_loop(self, loop: Loop) -> Loop:
        """The loop with other names for its own variables, which its lists and its count do not read."""
        self._rename_body(loop.body)
        loop.body.output.channels = self._tree(loop.body.output.channels)
        columns = {self._word(name): tree for name, tree in loop.columns.items()}
        return replace(loop, columns=columns, counter=self._word(loop.counter))

    def _made(self, made: Made) -> Made:
        match made:
            case Layer():
                return replace(made, forms=tuple([form and self._form(form) for form in made.forms]))
            case Activation():
                return replace(made, choice=self._tree(made.choice))
            case Use():
                choice = None if made.choice is None else self._tree(made.choice)
                channels = tuple(map(self._tree, made.channels))
                return replace(made, arguments=self._trees(made.arguments), channels=channels, choice=choice)
            case Group(body=body) | Slice(body=body, start=0):
                self._rename_body(body)
                return made
            case Slice():
                return made

    def _form(self, form: Form) -> Form:
        arguments = tuple([(argument, self._tree(tree)) for argument, tree in form.arguments])
        return replace(form, arguments=arguments, when=None if form.when is None else self._tree(form.when))

    def _tree(self, tree: ast.expr) -> ast.expr:
        """The tree with other names for variables; functions, as `keras.initializers.Constant`, keep theirs."""
        match tree:
            case ast.Name():
                return ast.Name(self._word(tree.id), tree.ctx)
            case ast.Attribute():
                return cast("ast.expr", self._change(ast.Attribute(self._tree(tree.value), tree.attr, tree.ctx)))
        return cast("ast.expr", self._change(with_children(tree, self._tree)))

    def _word(self, name: str) -> str:
        return self._words.get(name, name)

    def _all(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self._word, names))

    def _keys(self, table: Mapping[str, T]) -> dict[str, T]:
        return {self._word(name): value for name, value in table.items()}

    def _trees(self, table: Mapping[str, ast.expr]) -> dict[str, ast.expr]:
        return {self._word(name): self._tree(tree) for name, tree in table.items()}
