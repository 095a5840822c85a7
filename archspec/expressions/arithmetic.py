"""Simplification of sums, products and quotients; `simplify` has the assumptions about names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any

from archspec.expressions.tree import children, constant, same, value_of
from archspec.expressions.values import INTEGER_LIMIT

# The whole number that changes nothing on the right of an operator, and whether it changes nothing on the left.
_NEUTRAL: Mapping[type[ast.operator], tuple[int, bool]] = {
    ast.Add: (0, True),
    ast.Sub: (0, False),
    ast.Mult: (1, True),
    ast.FloorDiv: (1, False),
    ast.Pow: (1, False),
}

_WHOLE_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
_WHOLE_FUNCTIONS = frozenset({"ceil", "divisible", "floor", "int", "len"})
# These give a whole number if all their arguments are whole.
_CHOOSING_FUNCTIONS = frozenset({"abs", "max", "min"})


def is_whole(tree: ast.expr) -> bool:
    """Whether a tree gives a whole number, or a list or mapping of them, if its names stand for such."""
    match tree:
        case ast.Name() | ast.Attribute():
            return True
        case ast.Subscript(value=container):
            return is_whole(container)
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Dict(values=elements):
            return all(map(is_whole, elements))
        case ast.Constant(value=value):
            return type(value) is int
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return is_whole(operand)
        case ast.BinOp(op=operator):
            return isinstance(operator, _WHOLE_OPERATORS) and is_whole(tree.left) and is_whole(tree.right)
        case ast.IfExp():
            return is_whole(tree.body) and is_whole(tree.orelse)
        case ast.Call(func=ast.Name(id=function)):
            return function in _WHOLE_FUNCTIONS or (function in _CHOOSING_FUNCTIONS and all(map(is_whole, tree.args)))
    return False


def _integer(tree: ast.expr) -> int | None:
    value = value_of(tree)
    return value if type(value) is int else None


def _product(factor: ast.expr, number: int, *, first: bool = False) -> ast.BinOp:
    pair = (constant(number), factor) if first else (factor, constant(number))
    return ast.BinOp(pair[0], ast.Mult(), pair[1])


def _factors(tree: ast.expr) -> tuple[ast.expr, int, bool] | None:
    """Of `x * k` or `k * x`: x, k, and whether k stands first."""
    if not isinstance(tree, ast.BinOp) or not isinstance(tree.op, ast.Mult):
        return None
    left, right = _integer(tree.left), _integer(tree.right)
    if right is not None:
        return tree.left, right, False
    return None if left is None else (tree.right, left, True)


def _terms(tree: ast.expr) -> tuple[ast.expr, int] | None:
    """Of `x + k`, `k + x` or `x - k`: x, and k with its sign."""
    if not isinstance(tree, ast.BinOp) or not isinstance(tree.op, (ast.Add, ast.Sub)):
        return None
    left, right = _integer(tree.left), _integer(tree.right)
    if right is not None:
        return tree.left, right if isinstance(tree.op, ast.Add) else -right
    return None if left is None or isinstance(tree.op, ast.Sub) else (tree.right, left)


def _neutral(tree: ast.BinOp) -> ast.expr | None:
    """`x * 1`, `0 + x`, `x // 1` and the like are `x`."""
    number, also_left = _NEUTRAL.get(type(tree.op), (None, False))
    if number is None:
        return None
    if also_left and _integer(tree.left) == number:
        kept = tree.right
    elif _integer(tree.right) == number:
        kept = tree.left
    else:
        return None
    # A comparison's truth times 1 is a number, and a float // 1 loses its fraction.
    is_kept = is_whole(kept) if isinstance(tree.op, ast.FloorDiv) else not _may_be_truth(kept)
    return kept if is_kept else None


def _may_be_truth(tree: ast.expr) -> bool:
    """Whether a tree may give a truth value though its names stand for none."""
    match tree:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Constant(value=value):
            return isinstance(value, bool)
        case ast.BinOp() | ast.UnaryOp():
            return False
        case ast.IfExp():
            return _may_be_truth(tree.body) or _may_be_truth(tree.orelse)
    return any(map(_may_be_truth, children(tree)))


def _product_of_product(tree: ast.BinOp) -> ast.expr | None:
    """`x * a * b` is `x * (a * b)`."""
    outer = _factors(tree)
    inner = _factors(outer[0]) if outer else None
    if outer is None or inner is None or not is_whole(inner[0]):
        return None
    number = outer[1] * inner[1]
    return _product(inner[0], number, first=inner[2]) if abs(number) < INTEGER_LIMIT else None


def _sum_of_sum(tree: ast.BinOp) -> ast.expr | None:
    """`x + a - b` is `x + (a - b)`."""
    outer = _terms(tree)
    inner = _terms(outer[0]) if outer else None
    if outer is None or inner is None or not is_whole(inner[0]):
        return None
    number = outer[1] + inner[1]
    if abs(number) >= INTEGER_LIMIT:
        return None
    return ast.BinOp(inner[0], ast.Add() if number >= 0 else ast.Sub(), constant(abs(number)))


def _quotient_of_product(tree: ast.BinOp) -> ast.expr | None:
    """`x * k // k` is `x`, and `x * a // b` is `x * (a // b)` where b divides a."""
    if not isinstance(tree.op, ast.FloorDiv) or not is_whole(tree.left):
        return None
    match tree.left:
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if value_of(tree.right) != 0:
            if same(right, tree.right):
                return left
            if same(left, tree.right):
                return right
    factors, divisor = _factors(tree.left), _integer(tree.right)
    if factors is None or not divisor or factors[1] % divisor:
        return None
    return _product(factors[0], factors[1] // divisor, first=factors[2])


def _quotient_of_quotient(tree: ast.BinOp) -> ast.expr | None:
    """`x // a // b` is `x // (a * b)`."""
    match tree:
        case ast.BinOp(left=ast.BinOp(left=left, op=ast.FloorDiv(), right=inner), op=ast.FloorDiv(), right=outer):
            first, second = _integer(inner), _integer(outer)
            if first and second and first > 0 and second > 0 and first * second < INTEGER_LIMIT and is_whole(left):
                return ast.BinOp(left, ast.FloorDiv(), constant(first * second))
    return None


RULES: Mapping[type[ast.expr], Collection[Callable[[Any], ast.expr | None]]] = {
    ast.BinOp: (_neutral, _product_of_product, _sum_of_sum, _quotient_of_product, _quotient_of_quotient),
}
"""The rules for nodes of each type: the shorter tree, or None where the rule does not fit."""
