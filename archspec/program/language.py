"""Translates the language's expressions to Python, where blocks and activations may be objects instead of names."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import MappingProxyType

from archspec.expressions import names_of
from archspec.program import python as py
from archspec.program.model import Unsayable
from archspec.program.trees import changed, has_text_in_a_field

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {"divisible": "make_divisible", "ceil": "math.ceil", "floor": "math.floor", "sqrt": "math.sqrt"}
)
"""Functions of the language with other names in Python."""

Say = Callable[[ast.expr], ast.expr]
"""Translates an expression of the language to Python."""

Chosen = Mapping[str, Mapping[str, str]]
"""The params whose values are objects, with the objects by their names in the document."""


def with_objects(tree: ast.expr, objects: Mapping[str, str]) -> ast.expr:
    """The expression with objects instead of the names that it evaluates to."""
    match tree:
        case ast.Constant(value=str() as word) if word in objects:
            return py.dotted(objects[word])
        case ast.IfExp():
            return py.choice(tree.test, with_objects(tree.body, objects), with_objects(tree.orelse, objects))
        case ast.List():
            return py.list_([with_objects(each, objects) for each in tree.elts])
    return tree


def with_tuples(tree: ast.expr) -> ast.expr:
    """The expression with tuples instead of lists."""
    if isinstance(tree, ast.List | ast.Tuple):
        return py.tuple_([with_tuples(each) for each in tree.elts])
    return tree


def _check(tree: ast.expr, chosen: Chosen) -> None:
    """Raise `Unsayable` for an expression that uses an object otherwise than in a comparison."""
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
            raise Unsayable("an object is used as a text")


def _column(rows: ast.expr, key: ast.expr) -> ast.expr:
    """`[row["k"] for row in rows]`."""
    row = py.dotted("row")
    taken = [ast.comprehension(ast.Name("row", ast.Store()), rows, [], 0)]
    return ast.ListComp(ast.Subscript(row, key, ast.Load()), taken)


def in_python(tree: ast.expr, chosen: Chosen, renamed: Mapping[str, str]) -> ast.expr:
    """The expression in Python, with other names for some variables; raises `Unsayable`."""
    if chosen:
        _check(tree, chosen)

    def change(node: ast.AST) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id="column"), args=[rows, key]):
                return _column(rows, key)
            case ast.Call(func=ast.Name(id=word)) if word in FUNCTIONS:
                return py.call(FUNCTIONS[word], node.args)
            case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[ast.Constant(value=str() as word)]):
                if word in chosen.get(name, {}):
                    is_object = ast.Is() if isinstance(operator, ast.Eq) else ast.IsNot()
                    return ast.Compare(node.left, [is_object], [py.dotted(chosen[name][word])])
            case ast.Name(id=word) if word in renamed:
                return py.dotted(renamed[word])
        return node

    found = changed(tree, change)
    assert isinstance(found, ast.expr), "an expression stays one"
    if has_text_in_a_field(found):
        raise Unsayable("a string in the field of an f-string")
    return found
