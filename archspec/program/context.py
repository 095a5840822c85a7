"""The context of the layers of a body: their cases, and the meanings of names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from archspec.expressions import constant, names_of, substitute, value_of
from archspec.expressions.names import CHANNELS, SHAPE
from archspec.expressions.tree import with_children
from archspec.ir import Axes, Declaration, are_known
from archspec.ir import Value as GraphValue
from archspec.program.cases import Case, Unsayable, Value
from archspec.program.model import Item


def _with_shape(tree: ast.expr, shape: Axes | None, channels: ast.expr) -> ast.expr:
    """The expression with the channels and the known axes of a shape in the place of `shape`."""
    match tree:
        case ast.Subscript(value=ast.Name(id="shape"), slice=index):
            axis = value_of(index)
            if axis == -1:
                return channels
            if shape is None or not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
                return tree
            known = shape[axis]
            return tree if known is None else constant(known)
        case ast.Name(id="shape") if shape is not None and are_known(shape):
            return constant(list(shape))
    return with_children(tree, lambda part: _with_shape(part, shape, channels))


@dataclass(frozen=True)
class Context:
    """The context of layers: their cases, and the replacements of names.

    `known` are the readable values, and `items` the items so far. `rows` and `iterations` select copies of a
    declaration in an unrolled loop. `variables` are the names that the source has already. `opened` is the number of
    groups between the body and its layers that are no layers of it: names have their words too, as in `group.layer`.
    `tested` are the names in the conditions around the layers.
    """

    cases: tuple[Case, ...]
    replaced: Mapping[str, ast.expr]
    known: list[Value]
    items: list[Item] = field(default_factory=list)
    rows: Mapping[Declaration, int] = field(default_factory=dict)
    iterations: Mapping[Declaration, Callable[[int], bool]] = field(default_factory=dict)
    positive: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    opened: int = 0
    tested: frozenset[str] = frozenset()

    def read(self, tree: ast.expr, value: Value | None = None) -> ast.expr:
        """A declared expression with its replacements, for a layer with this input.

        Raises `Unsayable` if it reads an axis of the input that is not the same number in every case.
        """
        found = self.read_attribute(tree, value)
        if self.reads_shape(found):
            raise Unsayable("the shape of what a layer reads")
        return found

    def read_attribute(self, tree: ast.expr, value: Value | None = None) -> ast.expr:
        """The same, but an axis that is not the same number in every case is left as `shape`, which has no value."""
        own = {} if value is None or CHANNELS in self.variables else {CHANNELS: value.channels}
        if value is not None:
            tree = self.with_shape(tree, value)
        return substitute(tree, {**own, **self.replaced}, self.positive)

    def with_shape(self, tree: ast.expr, value: Value) -> ast.expr:
        """An expression of a layer with this input, with numbers for the axes that are the same in every case."""
        return _with_shape(tree, value.shape(self.cases), value.channels) if self.reads_shape(tree) else tree

    def reads_shape(self, tree: ast.expr) -> bool:
        """Whether an expression reads the shape of the layer's input, and no declared `shape`."""
        return SHAPE not in self.variables and SHAPE not in self.replaced and SHAPE in names_of(tree)

    def condition(self, tree: ast.expr, value: Value) -> ast.expr:
        """A declared condition with its replacements, simplified: `a and False` is false."""
        read = self.read(ast.IfExp(tree, ast.Constant(True), ast.Constant(False)), value)
        return read.test if isinstance(read, ast.IfExp) else read

    def inside(self, cases: tuple[Case, ...], replaced: Mapping[str, ast.expr] | None = None) -> Context:
        """The context of a body inside this one."""
        more = self.replaced if replaced is None else {**self.replaced, **replaced}
        return replace(self, cases=cases, replaced=more, known=list(self.known), items=[])

    def under(self, test: ast.expr, cases: tuple[Case, ...]) -> Context:
        """The context of a body inside this one that a condition guards."""
        return replace(self.inside(cases), tested=self.tested | names_of(test))

    def of_group(self, cases: tuple[Case, ...]) -> Context:
        """The context of the body of a group, in which layers have their own names again."""
        return replace(self.inside(cases), opened=0)

    def find(self, values: Mapping[Case, GraphValue], current: Value, name: str = "") -> Value:
        """The value of the body for these values of the graph, one for each case; raises `Unsayable`.

        Of several, the one with this name comes first, then the current one.
        """
        found = None
        first = next(iter(values))  # most other values differ from the wanted one in the first case already
        for value in chain([current], reversed(self.known)):
            if value.of(first) == values[first] and all(value.of(case) == wanted for case, wanted in values.items()):
                found = found or value
                if not name or value.hint == name:
                    return value
        if found is None:
            raise Unsayable(f"reads {sorted(set(map(str, values.values())))[:3]}, which are several values")
        return found

    def add(self, value: Value) -> Value:
        """Add a readable value."""
        for case in [*value.at]:
            around = case
            while around.outer is not None and around.one_to_one:
                around = around.outer
                value.at[around] = value.at[case]
        self.known.append(value)
        return value
