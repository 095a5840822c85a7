"""Expressions of the language as Python's: activations and blocks that they choose by name are classes."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archspec.expressions import names_of
from archspec.program import python as py
from archspec.program.model import Unsayable
from archspec.program.trees import changed

Chosen = Mapping[str, Mapping[str, str]]
"""The params that are classes, each with the classes by their names in the document."""

FUNCTIONS: Mapping[str, str] = {
    "divisible": "make_divisible",
    "ceil": "math.ceil",
    "floor": "math.floor",
    "sqrt": "math.sqrt",
}
"""Functions of the language that Python calls otherwise."""


def _check(tree: ast.expr, chosen: Chosen) -> None:
    """Raise `Unsayable` for an expression that asks more of a class than whether it is another one."""
    match tree:
        case ast.Name():
            return
        case ast.IfExp():
            for part in (tree.test, tree.body, tree.orelse):
                _check(part, chosen)
        case ast.BoolOp():
            for part in tree.values:
                _check(part, chosen)
        case ast.UnaryOp(op=ast.Not()):
            _check(tree.operand, chosen)
        case ast.Compare(
            left=ast.Name(), ops=[ast.Eq() | ast.NotEq() | ast.Is() | ast.IsNot()], comparators=[ast.Constant()]
        ):
            return
        case _ if not names_of(tree).isdisjoint(chosen):
            raise Unsayable("a class is used as a text")


def with_classes(tree: ast.expr, classes: Mapping[str, str]) -> ast.expr:
    """The expression with classes in place of the names that it gives."""
    match tree:
        case ast.Constant(value=str() as word) if word in classes:
            return py.dotted(classes[word])
        case ast.List():
            return py.list_([with_classes(each, classes) for each in tree.elts])
        case ast.IfExp():
            return py.choice(tree.test, with_classes(tree.body, classes), with_classes(tree.orelse, classes))
    return tree


def in_python(tree: ast.expr, chosen: Chosen) -> ast.expr:
    """The expression in Python's words."""
    _check(tree, chosen)

    def change(node: ast.AST) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id=word)) if word in FUNCTIONS:
                return py.call(FUNCTIONS[word], node.args)
            case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[ast.Constant(value=str() as word)]):
                if word in chosen.get(name, {}):
                    is_class = ast.Is() if isinstance(operator, ast.Eq) else ast.IsNot()
                    return ast.Compare(node.left, [is_class], [py.dotted(chosen[name][word])])
        return node

    found = changed(tree, change)
    assert isinstance(found, ast.expr), "an expression stays one"
    return found
