"""The value of an expression tree for given names: that of the same expression in a document, and in Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from archspec.expressions.functions import FUNCTIONS
from archspec.expressions.tree import is_within, name_in
from archspec.expressions.values import (
    ARITHMETIC,
    COMPARISONS,
    MOST_ELEMENTS,
    NO_VALUE,
    UNARY,
    OperationError,
    Operator,
    bounded,
    element,
    kind,
    sized,
    text_of,
)

Env = Mapping[str, object]
"""The values of the names; that of `a.b` stands under "a.b"."""


class NoValue(Exception):
    """An expression that has no value, that is not of the language, or that is too large to be handled."""


def checked(tree: ast.expr) -> ast.expr:
    """The tree itself; raises NoValue if it is too large or too deep."""
    if not is_within(tree):
        raise NoValue("the expression is too large")
    return tree


def evaluate(tree: ast.expr, env: Env) -> object:
    """The value for these names; raises NoValue. Lists and mappings of `env` are handed out as they are."""
    return next(evaluate_each(tree, [env]))


def evaluate_each(tree: ast.expr, envs: Iterable[Env]) -> Iterator[object]:
    """The value for each set of names; raises NoValue at the first that has none."""
    checked(tree)
    try:
        for env in envs:
            yield _value(tree, env)
    except OperationError as fault:
        raise NoValue(fault.message) from None


def _value(tree: ast.expr, env: Env) -> object:
    compute = _NODES.get(type(tree))
    if compute is None:
        raise OperationError(f"{type(tree).__name__} is not part of the language")
    return compute(tree, env)


def _constant(tree: ast.Constant, env: Env) -> object:
    value: object = tree.value
    if isinstance(value, (int, float)):
        return bounded(value)
    if value is None or isinstance(value, str):
        return value
    raise OperationError(f"{kind(value)} is not part of the language")


def _name(tree: ast.expr, env: Env) -> object:
    identifier = name_in(tree)
    value = NO_VALUE if identifier is None else env.get(identifier, NO_VALUE)
    if value is NO_VALUE:
        raise OperationError(f"{ast.unparse(tree)} has no value")
    return value


def _binary(tree: ast.BinOp, env: Env) -> object:
    if type(tree.op) not in ARITHMETIC:
        raise OperationError("this operator is not part of the language")
    return ARITHMETIC[type(tree.op)](_value(tree.left, env), _value(tree.right, env))


def _unary(tree: ast.UnaryOp, env: Env) -> object:
    if type(tree.op) not in UNARY:
        raise OperationError("this operator is not part of the language")
    return UNARY[type(tree.op)](_value(tree.operand, env))


def _is_null(left: object, right: object) -> bool:
    if right is not None:
        raise OperationError('"is" compares with null')
    return left is None


# A document writes `==`, which linters of Python want to be `is` where it compares with None.
_COMPARISONS: Mapping[type[ast.cmpop], Operator] = {
    **COMPARISONS,
    ast.Is: _is_null,
    ast.IsNot: lambda left, right: not _is_null(left, right),
}


def _compare(tree: ast.Compare, env: Env) -> bool:
    left = _value(tree.left, env)
    for symbol, comparator in zip(tree.ops, tree.comparators, strict=True):
        right = _value(comparator, env)
        if not _COMPARISONS[type(symbol)](left, right):
            return False
        left = right
    return True


def _choose(tree: ast.BoolOp, env: Env) -> object:
    """`and` and `or`, which give the operand that decides."""
    deciding = isinstance(tree.op, ast.Or)
    for operand in tree.values[:-1]:
        value = _value(operand, env)
        if bool(value) is deciding:
            return value
    return _value(tree.values[-1], env)


def _mapping(tree: ast.Dict, env: Env) -> object:
    keys = [None if key is None else _value(key, env) for key in tree.keys]
    if not all(isinstance(key, str) for key in keys):
        raise OperationError("a mapping's keys are texts")
    return sized({key: _value(value, env) for key, value in zip(keys, tree.values, strict=True)})


def _call(tree: ast.Call, env: Env) -> object:
    function = FUNCTIONS.get(tree.func.id) if isinstance(tree.func, ast.Name) else None
    if function is None or tree.keywords or not function.least <= len(tree.args) <= (function.most or len(tree.args)):
        raise OperationError("this call is not part of the language")
    return function.call(*[_value(argument, env) for argument in tree.args])


def _text(tree: ast.JoinedStr, env: Env) -> str:
    text = "".join([text_of(_value(part, env)) for part in tree.values])
    if len(text) > MOST_ELEMENTS:
        raise OperationError(f"the text has more than {MOST_ELEMENTS} characters")
    return text


def _filled(tree: ast.FormattedValue, env: Env) -> object:
    if tree.conversion != -1 or tree.format_spec is not None:
        raise OperationError("a format is not part of the language")
    return _value(tree.value, env)


_NODES: Mapping[type[ast.expr], Callable[[Any, Env], object]] = {
    ast.Attribute: _name,
    ast.BinOp: _binary,
    ast.BoolOp: _choose,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.Constant: _constant,
    ast.Dict: _mapping,
    ast.FormattedValue: _filled,
    ast.IfExp: lambda tree, env: _value(tree.body if _value(tree.test, env) else tree.orelse, env),
    ast.JoinedStr: _text,
    ast.List: lambda tree, env: sized([_value(part, env) for part in tree.elts]),
    ast.Name: _name,
    ast.Subscript: lambda tree, env: element(_value(tree.value, env), _value(tree.slice, env)),
    ast.Tuple: lambda tree, env: sized(tuple([_value(part, env) for part in tree.elts])),
    ast.UnaryOp: _unary,
}
