"""Expressions that Keras writes in its own way."""

from __future__ import annotations

import ast

from archspec.program import python as py


def channels_of(variable: str) -> ast.expr:
    """The number of channels of a value."""
    return py.subscript(py.dotted(f"{variable}.shape"), ast.UnaryOp(ast.USub(), ast.Constant(1)))
