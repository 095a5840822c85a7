"""The names of layers: `f"{name}.conv1"`, or with a position in the function or group, `f"{name}.0"`.

A variable counts positions that differ between cases.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archspec.expressions import NoValue, evaluate, simplify, value_of
from archspec.program import python as py
from archspec.program.model import Apply, If, Item, Loop, Unsayable
from archspec.program.trees import has_text_in_a_field, nodes_in
from archspec.program.walking import bodies_of

Part = str | ast.expr

COUNTER = "layer"
"""The variable that counts positions."""


@dataclass
class Scope:
    """A naming scope: a function, the network, or a group in one of them.

    `prefix` is the beginning of its names. `position` is the next layer's: counted from the beginning, from `turn`,
    which is the expression for the first position of an iteration, or from the counter if it is in use. Positions
    cannot be counted if a network `has_gaps`. After a layer with more positions in some cases the position is `lost`.
    """

    prefix: tuple[Part, ...]
    has_gaps: bool
    position: int = 0
    turn: ast.expr | None = None
    counting: bool = False
    lost: bool = False

    def label(self, item: Apply, say: Callable[[ast.expr], ast.expr]) -> tuple[Part, ...]:
        """The parts of a layer's name. Outside of groups, the name of a layer with a single path is the path."""
        if item.name is None and item.at is None and not self.prefix and len(item.paths) == 1:
            return tuple(item.paths.values())
        part = _parts(self._position(item) if item.name is None else say(item.name))
        return (*self.prefix, ".", *part) if self.prefix else part

    def advance(self, item: Apply) -> None:
        """Advance to the position after a layer."""
        if self.turn is None and not self.counting and item.at is not None and item.at >= 0:
            self.position, self.lost = item.at, False
        size = size_of([item])
        self.position += size or 0
        self.lost = self.lost or size is None

    def _position(self, item: Apply) -> ast.expr:
        if item.at is not None and not self.counting:
            return ast.Constant(item.at)
        base = py.dotted(COUNTER) if self.counting else self.turn
        if base is None or self.has_gaps or self.lost:
            raise Unsayable("the position of a layer")
        return simplify(ast.BinOp(base, ast.Add(), ast.Constant(self.position)))


def _parts(tree: ast.expr) -> tuple[Part, ...]:
    match tree:
        case ast.Constant(value=value):
            return (str(value),)
        case ast.JoinedStr(values=values):
            return tuple([part for value in values for part in _parts(value)])
        case ast.FormattedValue(value=value):
            return (value,)
    return (tree,)


def joined(parts: Sequence[Part]) -> ast.expr:
    """A name as a string or an f-string; raises `Unsayable` for a string inside a field."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        else:
            merged.append(part)
    found = py.f_string(merged)
    if has_text_in_a_field(found):
        raise Unsayable("a string in the field of an f-string")
    return found


def size_of(items: Sequence[Item]) -> int | None:
    """The number of positions of items; None if it depends on the case."""
    sizes = list(map(_size, items))
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _size(item: Item) -> int | None:
    match item:
        case Apply():
            return 0 if item.at == -1 else item.size
        case If():
            sizes = {size_of(body.items) for body in bodies_of(item)} | ({0} if item.otherwise is None else set())
            return sizes.pop() if len(sizes) == 1 else None
        case Loop():
            size, turns = size_of(item.body.items), _turns(item)
            return 0 if size == 0 else None if size is None or turns is None else size * turns


def _turns(loop: Loop) -> int | None:
    """The number of iterations of a loop; None if it depends on the case."""
    if loop.count is not None:
        count = value_of(loop.count)
        return count - loop.start if isinstance(count, int) else None
    lists = [value_of(tree) for tree in loop.columns.values()]
    return next((len(each) for each in lists if isinstance(each, list | tuple)), None)


def needs_counter(items: Sequence[Item], bears_name: Callable[[Apply], bool], *, known: bool = True) -> bool:
    """Whether a layer's position is neither a number nor an expression of loop variables.

    `known` says whether the first item's position is one of these.
    """
    for item in items:
        match item:
            case Apply():
                if item.name is None and item.at is None and not known and bears_name(item):
                    return True
                known = (known or item.at is not None) and size_of([item]) is not None
            case If():
                if any(needs_counter(body.items, bears_name, known=known) for body in bodies_of(item)):
                    return True
                known = known and _size(item) is not None
            case Loop():
                if needs_counter(item.body.items, bears_name, known=known and size_of(item.body.items) is not None):
                    return True
                known = known and _size(item) is not None
    return False


def without_idle_counting(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements without unused counting."""
    kept, _ = _counted(statements, needed=False)
    return kept


def _counted(statements: Sequence[ast.stmt], *, needed: bool) -> tuple[list[ast.stmt], bool]:
    """The remaining statements if the counter is `needed` afterwards; and whether it is needed before them."""
    kept: list[ast.stmt] = []
    for statement in reversed(statements):
        match statement:
            case ast.AugAssign(target=ast.Name(id=name)) if name == COUNTER:
                if not needed:
                    continue
            case ast.Assign(targets=[ast.Name(id=name)]) if name == COUNTER:
                if not needed:
                    continue
                needed = False
            case ast.For() | ast.If():
                again = needed or (isinstance(statement, ast.For) and _is_read(statement))
                statement.body, before = _counted(statement.body, needed=again)
                statement.orelse, otherwise = _counted(statement.orelse, needed=again)
                needed = needed or before or otherwise
            case _:
                needed = needed or _is_read(statement)
        kept.append(statement)
    return kept[::-1], needed


def _is_read(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == COUNTER and isinstance(node.ctx, ast.Load)
        for node in nodes_in([statement])
    )


def counting_column(item: Loop, first: int) -> str | None:
    """A column of consecutive numbers from the first on."""
    for name, tree in item.columns.items():
        try:
            values = evaluate(tree, {})
        except NoValue:
            continue
        if isinstance(values, list | tuple) and list(values) == list(range(first, first + len(values))):
            return name
    return None
