"""Copies of `ast` trees in which some nodes are replaced, and the names that trees read. Trees are never changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)

Change = Callable[[ast.AST], ast.AST | Sequence[ast.AST]]
"""Takes the copy of a node, and returns it or its replacement; in a list of nodes several nodes can replace it."""


def changed(node: ast.AST, change: Change) -> ast.AST | Sequence[ast.AST]:
    """A copy of a tree, changed from its leaves to its root; attributes that are no fields are copied too.

    Raises:
        TypeError: several nodes would replace one that stands in no list.
    """
    if isinstance(node, _LEAVES):
        return node
    copied = type(node).__new__(type(node))  # `copy.copy` pickles the node, which takes ten times as long
    fields = vars(copied)
    for name, value in vars(node).items():
        if isinstance(value, list):
            fields[name] = _spliced(value, change)
        elif isinstance(value, ast.AST):
            fields[name] = replacement = changed(value, change)
            if not isinstance(replacement, ast.AST):
                raise TypeError(f"several nodes cannot be the {name} of {type(node).__name__}")
        else:
            fields[name] = value
    return change(copied)


def nodes_in(trees: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of trees in the order of `ast.walk`, tree by tree, without the operators and contexts, which say less.

    They are about half of the nodes.
    """
    for tree in trees:
        level = [tree]
        while level:
            yield from level
            level = [part for node in level for part in _parts(node)]


def _parts(node: ast.AST) -> list[ast.AST]:
    """The direct parts of a node, without operators and contexts."""
    parts: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        for part in value if isinstance(value, list) else (value,):
            if isinstance(part, ast.AST) and not isinstance(part, _LEAVES):
                parts.append(part)
    return parts


def names_read(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names that statements and expressions read."""
    nodes = nodes_in(trees)
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def names_free(trees: Iterable[ast.AST]) -> frozenset[str]:
    """The names that statements read and do not assign. The variables of a comprehension are its own."""
    read, assigned = set[str](), set[str]()
    for tree in trees:
        for name in _outside_comprehensions(tree):
            (read if isinstance(name.ctx, ast.Load) else assigned).add(name.id)
    return frozenset(read - assigned)


def _outside_comprehensions(tree: ast.AST) -> Iterator[ast.Name]:
    """The names in a tree, without those that are a variable of the comprehension around them."""
    if isinstance(tree, ast.Name):
        yield tree
    elif isinstance(tree, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        first, *_ = tree.generators
        own = {each.id for part in tree.generators for each in _outside_comprehensions(part.target)}
        yield from _outside_comprehensions(first.iter)
        inside = [each for part in _parts(tree) for each in _outside_comprehensions(part)]
        yield from (each for each in inside if each.id not in own)
    else:
        for part in _parts(tree):
            yield from _outside_comprehensions(part)


def _spliced(values: list[Any], change: Change) -> list[Any]:
    nodes: list[Any] = []
    for value in values:
        replacement = changed(value, change) if isinstance(value, ast.AST) else value
        nodes += replacement if isinstance(replacement, list | tuple) else [replacement]
    return nodes


def has_text_in_a_field(tree: ast.expr) -> bool:
    """Whether a string is in the field of an f-string, which versions of Python write differently."""
    fields = (each.value for each in ast.walk(tree) if isinstance(each, ast.FormattedValue))
    inside = (each for field in fields for each in ast.walk(field))
    return any(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in inside)
