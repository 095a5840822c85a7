"""Expressions that Keras writes in its own way."""

from __future__ import annotations

import ast

from archspec.program import python as py


def channels_of(variable: str) -> ast.expr:
    """The number of channels of a value."""
    return py.subscript(py.dotted(f"{variable}.shape"), ast.UnaryOp(ast.USub(), ast.Constant(1)))


def with_tuples(tree: ast.expr) -> ast.expr:
    """The expression with tuples instead of lists, as in Keras."""
    if isinstance(tree, ast.List | ast.Tuple):
        return py.tuple_([with_tuples(each) for each in tree.elts])
    return tree
