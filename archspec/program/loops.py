"""Reasons to write iterations one by one and not as a loop."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from archspec.expressions import NOT_CONSTANT, names_of, value_of
from archspec.program.model import If, Item, Loop
from archspec.program.walking import bodies_of, trees_of


def reads_list_by_counter(items: Sequence[Item], counter: str) -> bool:
    """Whether an expression in a loop indexes a literal list: separate iterations are plainer then."""
    trees = [tree for item in items for tree in trees_of(item)]
    inner = any(reads_list_by_counter(body.items, counter) for item in items for body in bodies_of(item))
    return inner or any(
        isinstance(part, ast.Subscript) and isinstance(part.value, ast.List) and counter in names_of(part.slice)
        for tree in trees
        for part in ast.walk(tree)
    )


def asks_for_row(item: Item) -> bool:
    """Whether the columns of a loop alone decide that a layer exists in some of its rows only."""
    if not isinstance(item, Loop) or any(isinstance(each, Loop) for each in item.body.items):
        return False
    fixed = {name for name, tree in item.columns.items() if value_of(tree) is not NOT_CONSTANT}
    return len(fixed) == len(item.columns) and any(
        isinstance(each, If) and names_of(each.test) <= fixed for each in item.body.items
    )


def asks_for(item: Item, counter: str) -> bool:
    """Whether a loop compares its counter."""
    trees = [tree for body in bodies_of(item) for inner in body.items for tree in trees_of(inner)]
    nested = [inner for body in bodies_of(item) for inner in body.items]
    compared = (part for tree in trees for part in ast.walk(tree) if isinstance(part, ast.Compare))
    return any(counter in names_of(part) for part in compared) or any(asks_for(inner, counter) for inner in nested)
