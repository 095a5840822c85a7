"""Expressions of the language as Python's: activations and blocks that they choose by name are classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from archspec.program import python as py
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

_RUNNING = re.compile(r"channels_\d+")


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

    def change(node: ast.AST) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id=word)) if word in FUNCTIONS:
                return py.call(FUNCTIONS[word], node.args)
            case ast.Name(id=word) if _RUNNING.fullmatch(word):
                return py.dotted("channels")
            case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[ast.Constant(value=str() as word)]):
                if word in chosen.get(name, {}):
                    is_class = ast.Is() if isinstance(operator, ast.Eq) else ast.IsNot()
                    return ast.Compare(node.left, [is_class], [py.dotted(chosen[name][word])])
        return node

    found = changed(tree, change)
    assert isinstance(found, ast.expr), "an expression stays one"
    return found
