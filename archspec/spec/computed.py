"""Values with expressions in them: read once, evaluated for every copy of their layer."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archspec.errors import Diagnostic
from archspec.source import EMPTY
from archspec.source.pasted import as_value, may_be_tuple
from archspec.spec.expressions import ExpressionError, parse
from archspec.spec.place import Place
from archspec.spec.report import Faulty

Env = Mapping[str, object]
"""The values of names in expressions."""

DEEPEST_VALUE = 64

_SCALARS = frozenset((int, float, bool, type(None)))

_PLAIN = frozenset((str, int, float, bool, type(None), list, dict, tuple))


@dataclass(frozen=True, slots=True, eq=False)
class Computed:
    """A value that depends on names: a text with expressions, or a list or mapping that holds such texts.

    `tree` is the value as an expression of Python.
    """

    names: frozenset[str]
    tree: ast.expr
    _compute: Callable[[Env], object]

    def evaluate(self, env: Env) -> object:
        """The value for these names; raises `Faulty`."""
        try:
            return self._compute(env)
        except ExpressionError as error:
            raise Faulty(error.diagnostic) from None


def evaluated(value: object, env: Env) -> object:
    """The value itself, or the result of its expressions; raises `Faulty`."""
    return value.evaluate(env) if isinstance(value, Computed) else value


def tree_of(value: object) -> ast.expr:
    """The value as an expression: its own, or a literal."""
    match value:
        case Computed():
            return value.tree
        case list() | tuple():
            return ast.List([tree_of(item) for item in value], ast.Load())
        case dict():
            return ast.Dict([ast.Constant(key) for key in value], [tree_of(item) for item in value.values()])
    return ast.Constant(value)  # type: ignore[arg-type]  # what is left is a number, a text, a truth or None


def names_in(value: object) -> frozenset[str]:
    """The names that a value's expressions read."""
    return value.names if isinstance(value, Computed) else frozenset()


def is_literal(value: object) -> bool:
    """Whether a value has no expressions: a number, a text without expressions, and so on."""
    kind = type(value)
    if isinstance(value, str) and kind is str:
        return "$" not in value and not may_be_tuple(value)
    return kind in _SCALARS


def read_value(value: object, place: Place) -> object:
    """The value with its expressions parsed: a `Computed`, or the value itself if it depends on no name.

    Raises `Faulty` for an expression that cannot be read, and for a missing value.
    """
    if type(value) not in _PLAIN:
        value = plain(value)
    if isinstance(value, str) and may_be_tuple(value):
        value = as_value(value)
    if isinstance(value, str):
        return _read_text(value, place) if "$" in value else value
    if value is EMPTY:
        raise Faulty(no_value(place))
    if not isinstance(value, (list, tuple, dict)):
        return value
    if len(place.path) > DEEPEST_VALUE:
        raise Faulty(Diagnostic("too-deep", f"values nest more than {DEEPEST_VALUE} deep here", place.where))
    return _read_mapping(value, place) if isinstance(value, dict) else _read_list(value, place)


def no_value(place: Place, hint: str = "write its value, or leave it out") -> Diagnostic:
    """The fault of a key or a dash at `place` that nothing follows."""
    key = place.path[-1]
    if isinstance(key, str):
        return Diagnostic("missing-value", f"`{key}` has no value", place.own_key, hint)
    return Diagnostic("missing-value", "a value is missing after this dash", place.where)


def plain(value: object) -> object:
    """A scalar of NumPy as Python's number, truth value or text; other values unchanged."""
    # NumPy is not imported here, because reading a file must stay fast.
    is_scalar = type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0
    return value.item() if is_scalar and hasattr(value, "item") else value


def _read_text(text: str, place: Place) -> object:
    try:
        template = parse(text, lambda: place.where)
        return Computed(template.names, template.tree, template.evaluate) if template.names else template.evaluate({})
    except ExpressionError as error:
        raise Faulty(error.diagnostic) from None


def _read_list(items: list[object] | tuple[object, ...], place: Place) -> object:
    read = [item if is_literal(item) else read_value(item, place.inside(index)) for index, item in enumerate(items)]
    names = frozenset[str]().union(*map(names_in, read))
    if not names:
        return read
    tree = ast.List([tree_of(item) for item in read], ast.Load())
    return Computed(names, tree, lambda env: [evaluated(item, env) for item in read])


def _read_mapping(entries: dict[str, object], place: Place) -> object:
    read = {key: value if is_literal(value) else read_value(value, place.inside(key)) for key, value in entries.items()}
    names = frozenset[str]().union(*map(names_in, read.values()))
    if not names:
        return read
    tree = ast.Dict([ast.Constant(key) for key in read], [tree_of(value) for value in read.values()])
    return Computed(names, tree, lambda env: {key: evaluated(value, env) for key, value in read.items()})


def _told(env: Env) -> object:
    raise Faulty


UNKNOWN = Computed(frozenset(), ast.Constant(None), _told)
"""Stands for a refused value: it has no value, and causes no further messages."""
