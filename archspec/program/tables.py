"""Rows of a document as tuples: a loop over a param with rows unpacks them, `for filters, strides in stages`."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain

from archspec.expressions import column, column_of, constant, rows_in
from archspec.expressions.tree import children
from archspec.program.model import Module
from archspec.program.renaming import with_changed_trees
from archspec.program.walking import every_tree, names_in

Keys = tuple[str, ...]
"""The keys of a table's rows, which are their positions in its tuples."""


def with_row_tuples(module: Module) -> Module:
    """The module with tuples in place of rows that only the network reads, and only row by row."""
    network = module.network
    tables = {name: keys for name, values in network.values.items() if (keys := _keys(values))}
    trees = chain(every_tree(network.body), network.local.values(), module.inputs.values(), module.optional.values())
    read = {name for tree in trees for name in read_whole(tree, tables.keys())}
    read = read.union(*(names_in(definition.body) for definition in module.definitions))
    tables = {name: keys for name, keys in tables.items() if name not in read}
    if not tables:
        return module
    for name, keys in tables.items():
        network.values[name] = tuple([_as_tuples(rows, keys) for rows in network.values[name]])
        if name in network.literals:
            network.literals[name] = constant(network.values[name][0])

    def change(node: ast.AST) -> ast.AST:
        match node:
            case ast.Call(func=ast.Name(id="column"), args=[ast.Name(id=name) as rows, ast.Constant(value=str())]):
                return column(rows, tables[name].index(str(column_of(node)))) if name in tables else node
            case ast.Subscript(
                value=ast.Subscript(value=ast.Name(id=name)) as row, slice=ast.Constant(value=str() as key)
            ):
                place = ast.Constant(tables[name].index(key)) if name in tables else node.slice
                return ast.Subscript(row, place, ast.Load())
        return node

    return with_changed_trees(module, change)


def read_whole(tree: ast.expr, names: Set[str]) -> Iterator[str]:
    """Which of these lists an expression reads otherwise than by their elements, columns and lengths."""
    match tree:
        case ast.Name(id=name):
            yield from {name} & names
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name()]):
            return
        case ast.Subscript(value=ast.Subscript(value=ast.Name(), slice=index), slice=ast.Constant()):
            yield from read_whole(index, names)
        case _ if isinstance(rows_in(tree), ast.Name):
            return
        case _:
            for part in children(tree):
                yield from read_whole(part, names)


def _keys(values: Iterable[object]) -> Keys:
    """The keys that all rows of all these tables have; empty if some are no tables, or have other keys."""
    rows: list[Mapping[str, object]] = []
    for value in values:
        if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
            return ()
        rows += value
    first = tuple(rows[0]) if rows else ()
    return first if all(set(row) == set(first) for row in rows) else ()


def _as_tuples(rows: object, keys: Keys) -> Sequence[object]:
    assert isinstance(rows, list | tuple), "who calls this has looked"
    return [tuple([row[key] for key in keys]) for row in rows]
