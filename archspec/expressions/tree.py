"""Expression trees: making and querying them."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast

MOST_PARTS = 10_000
DEEPEST_TREE = 100

NOT_CONSTANT: Final = object()
"""The result for a tree that is no constant."""

# Fields that do not distinguish expressions: the context of use, and the prefix of a text.
_IMMATERIAL = frozenset({"ctx", "kind"})
# A function's name and a format (`{x:>3}`) are kept.
_OPAQUE = frozenset({"func", "format_spec"})


def constant(value: object) -> ast.expr:
    """The tree of a scalar, a list, a tuple or a mapping with texts for keys; TypeError for other values."""
    match value:
        case None | bool():
            return ast.Constant(value)
        case int() | float():
            number = int(value) if isinstance(value, int) else float(value)
            # As Python reads it: a power of a negative constant would be written without its parentheses.
            negative = repr(number).startswith("-")
            return ast.UnaryOp(ast.USub(), ast.Constant(-number)) if negative else ast.Constant(number)
        case str():
            return ast.Constant(str(value))
        case list():
            return ast.List([constant(element) for element in value], ast.Load())
        case tuple():
            return ast.Tuple([constant(element) for element in value], ast.Load())
        case Mapping() if all(isinstance(key, str) for key in value):
            return ast.Dict([constant(key) for key in value], [constant(element) for element in value.values()])
    raise TypeError(f"{type(value).__name__} is no value of an expression")


def name(identifier: str) -> ast.expr:
    """The tree of a name, which may have dots in it."""
    first, *attributes = identifier.split(".")
    tree: ast.expr = ast.Name(first, ast.Load())
    for attribute in attributes:
        tree = ast.Attribute(tree, attribute, ast.Load())
    return tree


def column(rows: ast.expr, key: str | int) -> ast.expr:
    """The tree of a column of rows, which are mappings, or tuples where a source has them."""
    return ast.Call(ast.Name("column", ast.Load()), [rows, ast.Constant(key)], [])


def rows_in(tree: ast.expr) -> ast.expr | None:
    """The rows of which a tree is a column; None if it is none."""
    match tree:
        case ast.Call(func=ast.Name(id="column"), args=[rows, ast.Constant()]):
            return rows
    return None


def column_of(tree: ast.expr) -> object:
    """The key of a column of rows."""
    assert isinstance(tree, ast.Call), "a column of rows is a call"
    return value_of(tree.args[1])


def element_of(row: ast.expr, column: ast.expr) -> ast.expr:
    """The element that one of the rows has for a column of them."""
    assert isinstance(column, ast.Call), "a column of rows is a call"
    return ast.Subscript(row, column.args[1], ast.Load())


def name_in(tree: ast.expr) -> str | None:
    """The name of a tree, with its dots; None if the tree is no name."""
    if isinstance(tree, ast.Name):
        return tree.id
    if isinstance(tree, ast.Attribute):
        owner = name_in(tree.value)
        return None if owner is None else f"{owner}.{tree.attr}"
    return None


def is_leaf(tree: ast.expr) -> bool:
    """Whether a tree is a single constant or name, with its dots."""
    return isinstance(tree, (ast.Constant, ast.Name)) or (isinstance(tree, ast.Attribute) and name_in(tree) is not None)


def children(tree: ast.expr) -> list[ast.expr]:
    """The direct parts of a tree, without names of functions; a dotted name has no parts.

    Source may call functions with keywords, which the language has none of.
    """
    if is_leaf(tree):
        return []
    parts: list[ast.expr] = []
    for field in tree._fields:
        value = getattr(tree, field, None)
        if isinstance(value, list):
            values = (part.value if isinstance(part, ast.keyword) else part for part in value)
            parts += [part for part in values if isinstance(part, ast.expr)]
        elif isinstance(value, ast.expr) and field not in _OPAQUE:
            parts.append(value)
    return parts


def with_children(tree: ast.expr, change: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """The tree with changed `children`: itself if they stay the same, and otherwise a copy."""
    parts = children(tree)
    changed = list(map(change, parts))
    if all(map(operator.is_, parts, changed)):
        return tree
    others = iter(changed)
    fields = dict(ast.iter_fields(tree))
    for field, value in fields.items():
        if isinstance(value, list):
            fields[field] = [_replaced(part, others) for part in value]
        elif isinstance(value, ast.expr) and field not in _OPAQUE:
            fields[field] = next(others)
    return type(tree)(**fields)


def _replaced(part: object, others: Iterator[ast.expr]) -> object:
    """The next of the other parts in place of this one, if it is a part."""
    if isinstance(part, ast.keyword):
        return ast.keyword(part.arg, next(others))
    return next(others) if isinstance(part, ast.expr) else part


def is_within(tree: ast.expr, parts: int = MOST_PARTS) -> bool:
    """Whether a tree is within the bounds of depth and size; a shared part counts each time that it occurs."""
    level, count, depth = [tree], 1, 0
    while level:
        if count > parts or depth > DEEPEST_TREE:
            return False
        level = [child for part in level for child in children(part)]
        count += len(level)
        depth += 1
    return True


def names_of(tree: ast.expr) -> frozenset[str]:
    """The names in a tree, without names of functions; `a.b` is one name."""
    own = name_in(tree)
    return frozenset[str]().union(*map(names_of, children(tree))) if own is None else frozenset({own})


def same(left: ast.expr, right: ast.expr) -> bool:
    """Whether two trees are equal in all their parts; constants of different types differ."""
    return left is right or _same(left, right)


def _same(left: object, right: object) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, ast.AST):
        fields = [field for field in left._fields if field not in _IMMATERIAL]
        return all(_same(getattr(left, field, None), getattr(right, field, None)) for field in fields)
    if isinstance(left, list):
        others = cast("list[object]", right)
        return len(left) == len(others) and all(map(_same, left, others))
    # As Python writes it, 0.0 differs from -0.0.
    return repr(left) == repr(right)


def value_of(tree: ast.expr) -> object:
    """The constant value of a tree, also of a negative number, a list, a tuple or a mapping; else `NOT_CONSTANT`."""
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if not isinstance(
            number, bool
        ):
            return -number
        case ast.List(elts=parts):
            return _values(parts)
        case ast.Tuple(elts=parts):
            values = _values(parts)
            return tuple(values) if isinstance(values, list) else values
        case ast.Dict(keys=keys, values=parts):
            words, values = _values(keys), _values(parts)
            if isinstance(words, list) and isinstance(values, list) and all(isinstance(word, str) for word in words):
                return dict(zip(words, values, strict=True))
    return NOT_CONSTANT


def _values(trees: list[ast.expr] | list[ast.expr | None]) -> object:
    """A list of the constant values of trees; `NOT_CONSTANT` if one is not constant."""
    values = [NOT_CONSTANT if tree is None else value_of(tree) for tree in trees]
    return NOT_CONSTANT if any(value is NOT_CONSTANT for value in values) else values
