"""Builds the trees of emitted source: a function for each kind of expression and statement that backends write.

Names are not checked here: callers must pass identifiers.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

from archspec.program.printing import WIDTH

Literal = bool | int | float | str | None | Sequence["Literal"]
"""A value that can be written as a literal; a list becomes a list, any other sequence a tuple."""


Definition = TypeVar("Definition", ast.FunctionDef, ast.ClassDef)


def dotted(path: str) -> ast.expr:
    """A name, or attributes of one: `self.conv1`."""
    first, *rest = path.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for attribute in rest:
        node = ast.Attribute(node, attribute, ast.Load())
    return node


def literal(value: Literal) -> ast.expr:
    """A value as a tree.

    Raises:
        TypeError: it is no literal.
    """
    match value:
        case None | bool() | str():
            return ast.Constant(value)
        case float() if not math.isfinite(value):
            return call("float", [ast.Constant(str(value))])
        case int() | float():
            negative = math.copysign(1, value) < 0
            return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if negative else ast.Constant(value)
        case list():
            return list_([literal(each) for each in value])
        case tuple():
            return tuple_([literal(each) for each in value])
    raise TypeError(f"{type(value).__name__} is no literal")


def list_(elements: Sequence[ast.expr]) -> ast.List:
    """`[a, b]`."""
    return ast.List(list(elements), ast.Load())


def tuple_(elements: Sequence[ast.expr]) -> ast.Tuple:
    """`(a, b)`; without parentheses in a return, or in an assignment to a tuple."""
    return ast.Tuple(list(elements), ast.Load())


def dict_(entries: Mapping[str, ast.expr]) -> ast.Dict:
    """`{"a": b}`."""
    return ast.Dict([ast.Constant(key) for key in entries], list(entries.values()))


def call(
    callee: str | ast.expr, arguments: Sequence[ast.expr] = (), keywords: Mapping[str, ast.expr] | None = None
) -> ast.Call:
    """A call; the callee may be a dotted path."""
    named = [ast.keyword(name, value) for name, value in (keywords or {}).items()]
    return ast.Call(dotted(callee) if isinstance(callee, str) else callee, list(arguments), named)


def subscript(value: ast.expr, index: ast.expr) -> ast.Subscript:
    """`value[index]`."""
    return ast.Subscript(value, index, ast.Load())


def star(value: ast.expr) -> ast.Starred:
    """`*value`."""
    return ast.Starred(value, ast.Load())


def f_string(parts: Sequence[str | ast.expr]) -> ast.expr:
    """An f-string of text and fields; a plain string if it has no fields."""
    if all(isinstance(part, str) for part in parts):
        return ast.Constant("".join(part for part in parts if isinstance(part, str)))
    values: list[ast.expr] = [
        ast.Constant(part) if isinstance(part, str) else ast.FormattedValue(part, -1, None) for part in parts if part
    ]
    return ast.JoinedStr(values)


def choice(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.IfExp:
    """`then if test else otherwise`."""
    return ast.IfExp(test, then, otherwise)


def comprehension(element: ast.expr, target: ast.expr, iterable: ast.expr) -> ast.ListComp:
    """`[element for target in iterable]`."""
    return ast.ListComp(element, [ast.comprehension(_stored(target), iterable, [], 0)])


def assign(target: str | ast.expr, value: ast.expr) -> ast.Assign:
    """`target = value`."""
    return ast.Assign([_stored(target)], value)


def annotated(target: str, annotation: ast.expr, value: ast.expr | None = None) -> ast.AnnAssign:
    """`target: annotation = value`."""
    stored = _stored(target)
    if not isinstance(stored, ast.Name | ast.Attribute):
        raise TypeError(f"{target} cannot be annotated")
    return ast.AnnAssign(stored, annotation, value, simple=int(isinstance(stored, ast.Name)))


def statement(value: ast.expr) -> ast.Expr:
    """An expression as a statement."""
    return ast.Expr(value)


def return_(value: ast.expr | None = None) -> ast.Return:
    """`return value`."""
    return ast.Return(value)


def if_(test: ast.expr, then: Sequence[ast.stmt], otherwise: Sequence[ast.stmt] = ()) -> ast.If:
    """`if test: then else: otherwise`; a single `if` in the latter becomes an `elif`."""
    return ast.If(test, list(then), list(otherwise))


def for_(target: str | ast.expr, iterable: ast.expr, body: Sequence[ast.stmt]) -> ast.For:
    """`for target in iterable: body`."""
    return ast.For(_stored(target), iterable, list(body), [])


def with_(context: ast.expr, body: Sequence[ast.stmt]) -> ast.With:
    """`with context: body`."""
    return ast.With([ast.withitem(context, None)], list(body))


def import_(module: str, name: str | None = None) -> ast.Import:
    """`import module as name`."""
    return ast.Import([ast.alias(module, name)])


def import_from(module: str, names: Sequence[str]) -> ast.ImportFrom:
    """`from module import a, b`."""
    return ast.ImportFrom(module, [ast.alias(name) for name in names], 0)


class Parameter(NamedTuple):
    """A parameter of a function."""

    name: str
    annotation: ast.expr | None = None
    default: ast.expr | None = None


def function(
    name: str,
    parameters: Sequence[Parameter],
    returns: ast.expr | None,
    body: Sequence[ast.stmt],
    by_name: Sequence[Parameter] = (),
) -> ast.FunctionDef:
    """`def name(parameters, *, by_name) -> returns: body`; parameters with a default come last."""
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(parameter.name, parameter.annotation) for parameter in parameters],
        kwonlyargs=[ast.arg(parameter.name, parameter.annotation) for parameter in by_name],
        kw_defaults=[parameter.default for parameter in by_name],
        defaults=[parameter.default for parameter in parameters if parameter.default is not None],
    )
    return _with_type_parameters(ast.FunctionDef(name, arguments, list(body), [], returns))


def class_(name: str, bases: Sequence[ast.expr], body: Sequence[ast.stmt]) -> ast.ClassDef:
    """`class name(bases): body`."""
    return _with_type_parameters(ast.ClassDef(name, list(bases), [], list(body), []))


def _with_type_parameters(node: Definition) -> Definition:
    """The definition with an empty list of type parameters, a field of Python 3.12 and later."""
    if "type_params" in node._fields:
        setattr(node, "type_params", [])  # noqa: B010 - unknown to Python 3.11
    return node


def docstring(text: str, indent: int = 0) -> ast.Expr:
    """A docstring whose lines have at most 88 columns with this indentation.

    The text cannot end it early: quotes become single quotes, and characters that cannot be printed become spaces.
    """
    words = "".join(each if each.isprintable() else " " for each in text).replace('"', "'").split()
    lines, width = [""], 0
    for word in words:
        length = len(word) + word.count("\\")  # which is doubled
        # Three columns of quotes, and as many as may follow the last word.
        if lines[-1] and indent + 3 + width + 1 + length + 3 > WIDTH:
            lines.append(word)
            width = length
        else:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
            width += length + (width > 0)
    margin = "\n" + " " * indent
    return ast.Expr(ast.Constant(margin.join(lines) + (margin if len(lines) > 1 else "")))


def _stored(target: str | ast.expr) -> ast.expr:
    """The expression as the target of an assignment, for which Python's trees have a mark."""
    node = dotted(target) if isinstance(target, str) else target
    match node:
        case ast.Name():
            return ast.Name(node.id, ast.Store())
        case ast.Attribute():
            return ast.Attribute(node.value, node.attr, ast.Store())
        case ast.Subscript():
            return ast.Subscript(node.value, node.slice, ast.Store())
        case ast.Tuple():
            return ast.Tuple([_stored(each) for each in node.elts], ast.Store())
    raise TypeError(f"{type(node).__name__} cannot be assigned to")
