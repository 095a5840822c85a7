"""The heads of loops: the target and the iterable of a `for`."""

from __future__ import annotations

import ast
from collections.abc import Sequence, Set
from typing import NamedTuple

from archspec.expressions import column_of, rows_in, same, simplify, value_of
from archspec.program import python as py
from archspec.program.language import Say
from archspec.program.model import Loop


class Head(NamedTuple):
    """`for target in iterable`."""

    target: ast.expr
    iterable: ast.expr


def head_of(loop: Loop, used: Set[str], say: Say) -> Head:
    """The head of a loop whose body uses these names."""
    return _rows(loop, used, say) if loop.columns else _count(loop, used, say)


def _count(loop: Loop, used: Set[str], say: Say) -> Head:
    assert loop.count is not None, "a loop without columns counts"
    if loop.counter in used:
        start = [ast.Constant(loop.start)] if loop.start else []
        return Head(py.dotted(loop.counter), py.call("range", [*start, say(loop.count)]))
    turns = simplify(ast.BinOp(loop.count, ast.Sub(), ast.Constant(loop.start)))
    return Head(py.dotted("_"), py.call("range", [say(turns)]))


def _rows(loop: Loop, used: Set[str], say: Say) -> Head:
    names = [name for name in loop.columns if name in used]
    starts = {name: start for name in names if (start := _start(loop.columns[name])) is not None}
    counter = next(iter(starts), None) if len(names) > 1 else None
    others = [name for name in names if name != counter] or list(loop.columns)[:1]
    if (rows := _unpacked(loop, others, used, say)) is not None:
        return rows if counter is None else _counted(rows, counter, starts[counter])
    columns = [say(loop.columns[name]) for name in others]
    targets: list[ast.expr] = [py.dotted(name if name in used else "_") for name in others]
    lists = [column.elts for column in columns if isinstance(column, ast.List)]
    if len(columns) == 1:
        head = Head(targets[0], columns[0])
    elif len(lists) == len(columns):
        head = Head(py.tuple_(targets), py.list_([py.tuple_(row) for row in zip(*lists, strict=True)]))
    else:
        head = Head(py.tuple_(targets), py.call("zip", columns, {"strict": ast.Constant(True)}))
    return head if counter is None else _counted(head, counter, starts[counter])


def _counted(head: Head, counter: str, start: int) -> Head:
    first = [ast.Constant(start)] if start else []
    return Head(py.tuple_([py.dotted(counter), head.target]), py.call("enumerate", [head.iterable, *first]))


def _unpacked(loop: Loop, names: Sequence[str], used: Set[str], say: Say) -> Head | None:
    """The head of a loop over rows that are tuples, of which these names are columns; None for other columns."""
    rows = rows_in(loop.columns[names[0]])
    if rows is None:
        return None
    own = {name: tree for name, tree in loop.columns.items() if (other := rows_in(tree)) and same(rows, other)}
    if not own.keys() >= set(names) or [column_of(tree) for tree in own.values()] != list(range(len(own))):
        return None
    targets: list[ast.expr] = [py.dotted(name if name in used else "_") for name in own]
    return Head(py.tuple_(targets) if not used.isdisjoint(own) else py.dotted("_"), say(rows))


def _start(column: ast.expr) -> int | None:
    """The first number of a column that counts by one; None for other columns."""
    values = value_of(column)
    if isinstance(values, list) and values and all(type(value) is int for value in values):
        return values[0] if values == list(range(values[0], values[0] + len(values))) else None
    match column:
        case ast.Call(func=ast.Name(id="range"), args=[ast.Call(func=ast.Name(id="len"))]):
            return 0
        case ast.Call(
            func=ast.Name(id="range"),
            args=[
                ast.Constant(value=int() as first),
                ast.BinOp(
                    left=ast.Call(func=ast.Name(id="len")), op=ast.Add(), right=ast.Constant(value=int() as more)
                ),
            ],
        ) if first == more:
            return first
    return None
