"""Shorter trees with the same value for all values of their names.

There are three assumptions about names, which hold for the expressions of documents:

- Operands of arithmetic are numbers, texts or lists, and no truth values: `x * 1` is `x`.
- Operands of `//`, and of several additions or multiplications with whole numbers, are whole numbers, as numbers of
  channels are: `x * 64 // 64` is `x`, and `x * 2 * 3` is `x * 6`.
- Equal values have the same type: `a if a == b else b` is `b`.

An expression without a value, as `[a, 1 / 0][0]`, may get one. Constants are computed with Python's arithmetic, so
`1 - 0.9` is not 0.1.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any

from archspec.expressions.arithmetic import RULES as ARITHMETIC_RULES
from archspec.expressions.evaluation import NoValue, checked, evaluate
from archspec.expressions.logic import RULES as LOGIC_RULES
from archspec.expressions.logic import decide
from archspec.expressions.tree import (
    NOT_CONSTANT,
    children,
    constant,
    element_of,
    is_leaf,
    is_within,
    name_in,
    rows_in,
    same,
    value_of,
    with_children,
)
from archspec.expressions.values import OperationError, text_of

# A constant expression is not replaced with a larger constant: `range(1000)` is clearer as it is.
_MOST_FOLDED = 32


def simplify(tree: ast.expr, positive: Collection[str] = ()) -> ast.expr:
    """A shorter tree with the same value.

    Args:
        tree: An expression, which is not changed.
        positive: Names whose values are whole numbers of at least 1, as a loop's counter after the first iteration.

    Raises:
        NoValue: The tree is too large to be handled.
    """
    return _simplified(checked(tree), frozenset(positive))


def substitute(tree: ast.expr, replacements: Mapping[str, ast.expr], positive: Collection[str] = ()) -> ast.expr:
    """`simplify` of the tree with simultaneous replacements of names; `a.b` is the name of an attribute.

    Raises:
        NoValue: The tree with the replacements in it is too large to be handled.
    """
    return simplify(_replaced(checked(tree), replacements), positive)


def _replaced(tree: ast.expr, replacements: Mapping[str, ast.expr]) -> ast.expr:
    identifier = name_in(tree)
    if identifier is not None:
        return replacements.get(identifier, tree)
    return with_children(tree, lambda part: _replaced(part, replacements))


def _simplified(tree: ast.expr, positive: frozenset[str]) -> ast.expr:
    """The tree with simplified parts, after applying rules as long as one fits: each reduces the operators."""
    if is_leaf(tree):
        return tree
    tree = with_children(tree, lambda part: _simplified(part, positive))
    shorter: ast.expr | None = tree
    while shorter is not None:
        tree = shorter
        shorter = decide(tree, positive) or _folded(tree) or _first(_RULES.get(type(tree), ()), tree)
    return tree


def _first(rules: Collection[Callable[[Any], ast.expr | None]], tree: ast.expr) -> ast.expr | None:
    return next((shorter for rule in rules if (shorter := rule(tree)) is not None), None)


def _folded(tree: ast.expr) -> ast.expr | None:
    """The value of an operation on constants."""
    if isinstance(tree, ast.FormattedValue) or value_of(tree) is not NOT_CONSTANT:
        return None
    values = [value_of(part) for part in children(tree)]
    if not values or any(value is NOT_CONSTANT for value in values):
        return None
    try:
        folded = constant(evaluate(tree, {}))
    except NoValue:
        return None
    return folded if is_within(folded, _MOST_FOLDED) else None


def _element(tree: ast.Subscript) -> ast.expr | None:
    """`[a, b][1]` is `b`, `{"k": a}["k"]` is `a`, and `column(rows, "k")[1]` is `rows[1]["k"]`."""
    index = value_of(tree.slice)
    if isinstance(tree.value, ast.Dict):
        return _under(tree.value, index)
    if (rows := rows_in(tree.value)) is not None:
        row = ast.Subscript(rows, tree.slice, ast.Load())
        return element_of(_element(row) or row, tree.value)
    if not isinstance(tree.value, (ast.List, ast.Tuple)) or not isinstance(index, int) or isinstance(index, bool):
        return None
    elements = tree.value.elts
    return elements[index] if -len(elements) <= index < len(elements) else None


def _under(mapping: ast.Dict, key: object) -> ast.expr | None:
    """The value of a mapping under a key; None unless all keys are texts."""
    keys = [None if each is None else value_of(each) for each in mapping.keys]
    if not isinstance(key, str) or key not in keys or not all(isinstance(each, str) for each in keys):
        return None
    return mapping.values[keys.index(key)]


def _column(tree: ast.Call) -> ast.expr | None:
    """`column([{"k": a}, {"k": b}], "k")` is `[a, b]`."""
    rows = rows_in(tree)
    if not isinstance(rows, (ast.List, ast.Tuple)):
        return None
    key = value_of(tree.args[1])
    values = [_under(row, key) if isinstance(row, ast.Dict) else None for row in rows.elts]
    found = [value for value in values if value is not None]
    return ast.List(found, ast.Load()) if len(found) == len(values) else None


def _text(tree: ast.JoinedStr) -> ast.expr | None:
    """Constant parts of a text become text."""
    parts: list[ast.expr] = []
    for part in tree.values:
        written = _written(part)
        match parts:
            case [*_, ast.Constant(value=str() as before)] if written is not None:
                parts[-1] = ast.Constant(before + written)
            case _:
                parts.append(part if written is None else ast.Constant(written))
    text = ast.JoinedStr(parts)
    return None if same(text, tree) else text


def _written(part: ast.expr) -> str | None:
    """The text of a constant part; None if it is no constant or cannot be a part of a text."""
    match part:
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            part = inner
    value = value_of(part)
    try:
        return None if value is NOT_CONSTANT else text_of(value)
    except OperationError:
        return None


_RULES: Mapping[type[ast.expr], Collection[Callable[[Any], ast.expr | None]]] = {
    **ARITHMETIC_RULES,
    **LOGIC_RULES,
    ast.Call: (_column,),
    ast.JoinedStr: (_text,),
    ast.Subscript: (_element,),
}
