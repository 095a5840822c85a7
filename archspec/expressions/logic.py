"""Simplification of conditions and choices; `simplify` has the assumptions about names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any

from archspec.expressions.tree import NOT_CONSTANT, constant, name_in, same, value_of

_NEGATED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_MIRRORED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_IDENTITY: Mapping[type[ast.cmpop], ast.cmpop] = {ast.Eq: ast.Is(), ast.NotEq: ast.IsNot()}

# Comparisons of a thing with itself; a value that is no number is no value.
_OF_EQUALS: Mapping[type[ast.cmpop], bool] = {
    ast.Eq: True,
    ast.NotEq: False,
    ast.Lt: False,
    ast.LtE: True,
    ast.Gt: False,
    ast.GtE: True,
}

# A number of at least 1 compares so with every whole number below the bound.
_OF_POSITIVE: Mapping[type[ast.cmpop], tuple[int, bool]] = {
    ast.Eq: (1, False),
    ast.NotEq: (1, True),
    ast.Lt: (2, False),
    ast.LtE: (1, False),
    ast.Gt: (1, True),
    ast.GtE: (2, True),
}

# `a if a != b else b` is a, and `a if a == b else b` is b, whichever of them stands first.
_BRANCH_OF_EQUALS: Mapping[type[ast.cmpop], int] = {ast.NotEq: 0, ast.IsNot: 0, ast.Eq: 1, ast.Is: 1}


def _sides(tree: ast.expr) -> tuple[ast.expr, type[ast.cmpop], ast.expr] | None:
    """The sides of a single comparison, and the operator between them."""
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
        return tree.left, type(tree.ops[0]), tree.comparators[0]
    return None


def _is_truth(tree: ast.expr) -> bool:
    """Whether the value of a tree is a truth value for all values of its names."""
    match tree:
        case ast.Constant(value=value):
            return isinstance(value, bool)
        case ast.BoolOp(values=operands):
            return all(map(_is_truth, operands))
        case ast.UnaryOp(op=ast.Not()) | ast.Compare():
            return True
    return False


def decide(tree: ast.expr, positive: frozenset[str]) -> ast.expr | None:
    """The value of a comparison of a name whose value is a whole number of at least 1."""
    sides = _sides(tree)
    if sides is None or sides[1] not in _OF_POSITIVE:
        return None
    left, symbol, right = sides
    if name_in(right) in positive:
        left, symbol, right = right, _MIRRORED[symbol], left
    number = value_of(right)
    bound, outcome = _OF_POSITIVE[symbol]
    return constant(outcome) if name_in(left) in positive and type(number) is int and number < bound else None


def _compare(tree: ast.Compare) -> ast.expr | None:
    """`a == a` is true, and `a == None` is `a is None`."""
    sides = _sides(tree)
    if sides is None:
        return None
    left, symbol, right = sides
    if symbol in _IDENTITY and value_of(left) is None:
        left, right = right, left
    if symbol in _IDENTITY and value_of(right) is None:
        return ast.Compare(left, [_IDENTITY[symbol]], [right])
    return constant(_OF_EQUALS[symbol]) if symbol in _OF_EQUALS and same(left, right) else None


def _not(tree: ast.UnaryOp) -> ast.expr | None:
    """`not a == b` is `a != b`, and `not not a` is `a` if that is a truth value."""
    if not isinstance(tree.op, ast.Not):
        return None
    sides = _sides(tree.operand)
    if sides is not None:
        return ast.Compare(sides[0], [_NEGATED[sides[1]]()], [sides[2]])
    match tree.operand:
        case ast.UnaryOp(op=ast.Not(), operand=operand) if _is_truth(operand):
            return operand
    tested = _tested(tree.operand)
    return None if tested is None else ast.UnaryOp(ast.Not(), tested)


def _choose(tree: ast.BoolOp) -> ast.expr | None:
    """`True and a` is `a`, `False and a` is `False`; so are `a and True`, `a and False` if a is a truth value."""
    deciding = isinstance(tree.op, ast.Or)
    operands: list[ast.expr] = []
    for operand in tree.values:
        if operands and (same(operand, operands[-1]) or _is_truth_of(operands[-1], not deciding)):
            operands.pop()
        operands.append(operand)
        value = value_of(operand)
        if value is not NOT_CONSTANT and bool(value) is deciding:
            break
    while len(operands) > 1 and _is_truth(operands[-2]) and _is_exactly(operands[-1], deciding):
        del operands[-2]
    if len(operands) > 1 and _is_exactly(operands[-1], not deciding) and all(map(_is_truth, operands)):
        operands.pop()
    if len(operands) == len(tree.values):
        return None
    return operands[0] if len(operands) == 1 else ast.BoolOp(tree.op, operands)


def _is_exactly(tree: ast.expr, truth: bool) -> bool:
    return value_of(tree) is truth


def _is_truth_of(tree: ast.expr, truth: bool) -> bool:
    """Whether a tree is a constant that counts as true, or as false."""
    value = value_of(tree)
    return value is not NOT_CONSTANT and bool(value) is truth


def _condition(tree: ast.IfExp) -> ast.expr | None:
    """The branch that is taken, if it is known or both are equal."""
    value = value_of(tree.test)
    if value is not NOT_CONSTANT:
        return tree.body if value else tree.orelse
    if same(tree.body, tree.orelse):
        return tree.body
    sides = _sides(tree.test)
    if sides is not None and sides[1] in _BRANCH_OF_EQUALS:
        left, symbol, right = sides
        branches = (tree.body, tree.orelse)
        if any(same(left, one) and same(right, other) for one, other in (branches, branches[::-1])):
            return branches[_BRANCH_OF_EQUALS[symbol]]
    tested = _tested(tree.test)
    return None if tested is None else ast.IfExp(tested, tree.body, tree.orelse)


def _tested(test: ast.expr) -> ast.expr | None:
    """A shorter condition that counts as true whenever this one does."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=ast.UnaryOp(op=ast.Not(), operand=operand)):
            return operand
        case ast.BoolOp(op=operator, values=[*others, last]) if (value := value_of(last)) is not NOT_CONSTANT:
            deciding = isinstance(operator, ast.Or)
            if bool(value) is deciding:
                return constant(deciding)
            return others[0] if len(others) == 1 else ast.BoolOp(operator, others)
    return None


RULES: Mapping[type[ast.expr], Collection[Callable[[Any], ast.expr | None]]] = {
    ast.BoolOp: (_choose,),
    ast.Compare: (_compare,),
    ast.IfExp: (_condition,),
    ast.UnaryOp: (_not,),
}
"""The rules for nodes of each type: the shorter tree, or None if the rule does not fit."""
