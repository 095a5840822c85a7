"""Writes loops: layers with `for` and `repeat`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from functools import partial

from archspec.expressions import column, names_of, simplify, substitute, value_of
from archspec.ir import Declaration
from archspec.ir import Value as GraphValue
from archspec.program.body import Way, only
from archspec.program.cases import Case, NoLoop, Value
from archspec.program.composites import CopyWriter
from archspec.program.context import Context
from archspec.program.explain import holds, literal
from archspec.program.loops import asks_for, asks_for_row, reads_list_by_counter
from archspec.program.model import Body, Item, Loop, Unsayable

MOST_WRITTEN_OUT = 64
"""The largest number of iterations that are written one by one if no loop can express them."""


class DefinitionWriter(CopyWriter):
    """Writes the body of one definition."""

    def rows(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write a layer with `for`, in a group if the rows share a name."""
        columns = self._columns(declaration, context, value)
        apart = declaration.repeat is not None and self.tells_apart(declaration)
        if _share_a_name(declaration, columns) and not apart:
            return self._in_group(declaration, context, value, partial(self._rows, declaration, columns))
        return self._rows(declaration, columns, context, value)

    def _rows(self, declaration: Declaration, columns: Mapping[str, ast.expr], context: Context, value: Value) -> Value:
        """Write a loop over the rows, or row by row if names depend on them."""
        lengths = {self._length(columns, case) for case in context.cases}

        def written_out() -> Value:
            result = value
            for row in range(max(lengths)):
                own = {name: simplify(ast.Subscript(tree, ast.Constant(row))) for name, tree in columns.items()}
                inside = replace(context, replaced={**context.replaced, **own}, rows={**context.rows, declaration: row})
                result = self.declared(declaration, inside, result)
            return result

        def looped(running: bool, plain: bool) -> Value:
            result = self._row_loop(declaration, context, value, columns, running)
            if plain and asks_for_row(context.items[-1]):
                raise NoLoop("a condition on the row: rows are plainer one by one")
            return result

        able = lengths != {1} and _names(declaration).isdisjoint(columns)
        plain, others = [
            [partial(looped, running, plain) for running in (False, True)] if able else [] for plain in (True, False)
        ]
        fixed = any(isinstance(tree, ast.List) or not self.varies(tree, context) for tree in columns.values())
        reason = _why_not_one_by_one(lengths, fixed)
        if reason and not able:
            named = "the names of layers have a column in them, so rows are written one by one"
            raise Unsayable(f"{named}: {reason}", key="for")
        return self.first([*plain, *([] if reason else [written_out]), *others], context)

    def repeated(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write a layer with `repeat`, in a group if the copies share a name."""
        rows = {} if declaration.columns is None else self._columns(declaration, context, value)
        if declaration.name is None or self.tells_apart(declaration) or _share_a_name(declaration, rows):
            return self._copies(declaration, context, value)
        return self._in_group(declaration, context, value, partial(self._copies, declaration))

    def _in_group(
        self, declaration: Declaration, context: Context, value: Value, write: Callable[[Context, Value], Value]
    ) -> Value:
        """Write the copies of a layer as the members of a group that has their name."""
        assert declaration.name is not None, "copies with a group have its name"
        scopes = {}
        for case in context.cases:
            copies = self.copies(declaration, context, case)
            if not copies:
                raise Unsayable("copies that are there in some cases")
            path = case.copies.members(copies[0])[0].path if case.copies.members(copies[0]) else ""
            scopes[case] = path.rpartition(".")[0]
        name = context.read(declaration.name, value)
        self.check(name, [path.rpartition(".")[2] for path in scopes.values()], list(scopes), "name")
        if context.opened:
            name = self.name_in_opened(context, scopes)
        inside = context.of_group(context.cases)
        result = write(inside, value)
        return self.group(context, scopes, name, None, Body((value,), inside.items, result), value)

    def _copies(self, declaration: Declaration, context: Context, value: Value) -> Value:
        assert declaration.repeat is not None
        number = context.read(declaration.repeat, value)
        numbers = {case: self._number(number, case) for case in context.cases}
        several = max(numbers.values()) > 1

        def written_out() -> Value:
            same = only(numbers.values())
            if same is None or same > MOST_WRITTEN_OUT or self.varies(number, context):
                raise Unsayable("the number of copies")
            result = value
            for index in range(same):
                result = self._iteration(declaration, context, result, index)
            return result

        def peeled(plain: bool) -> Way:
            return lambda: self._peeled(declaration, context, value, number, numbers, plain)

        def looped(mode: str) -> Way:
            return lambda: self._loop(declaration, context, value, number, numbers, 0, mode)

        if not several:
            return self.first([written_out, looped("fixed"), looped("running")], context)
        ways = [looped("fixed"), looped("growing"), written_out]
        if self.setting.target.peels:
            # With two copies the second one needs no loop.
            apart = written_out if value_of(number) == 2 else peeled(True)
            ways = [looped("alike"), apart, *ways[:2], peeled(False), written_out]
        return self.first(ways, context)

    def _peeled(
        self,
        declaration: Declaration,
        context: Context,
        value: Value,
        number: ast.expr,
        numbers: Mapping[Case, int],
        plain: bool,
    ) -> Value:
        """Peel the first copy, and write the others as a loop; a `plain` loop has one layer."""
        if self.follows_from_argument(number, context.cases):
            raise NoLoop("a first copy, where an argument may ask for none")
        first = self._iteration(declaration, context, value, 0)
        result = self._loop(declaration, context, first, number, numbers, 1, "fixed")
        loop = context.items[-1]
        if plain and not (isinstance(loop, Loop) and len(loop.body.items) == 1):
            raise NoLoop("a loop of several layers, of which the first copy would stand apart")
        return result

    def _iteration(self, declaration: Declaration, context: Context, value: Value, index: int) -> Value:
        """Write one copy alone."""
        inside = replace(
            context,
            replaced={**context.replaced, "i": ast.Constant(index)},
            iterations={**context.iterations, declaration: index.__eq__},
        )
        return self.declared(declaration, inside, value)

    def _loop(
        self,
        declaration: Declaration,
        context: Context,
        value: Value,
        number: ast.expr,
        numbers: Mapping[Case, int],
        start: int,
        mode: str,
    ) -> Value:
        """Write copies as a loop that counts from `start`."""
        turns = {
            case: [case.of_iteration({"i": i}, {}, {declaration: i}) for i in range(start, numbers[case])]
            for case in context.cases
        }
        inside = replace(
            context,
            iterations={**context.iterations, declaration: (0).__le__},
            positive=context.positive | {"i"} if start else context.positive - {"i"},
            replaced={name: tree for name, tree in context.replaced.items() if name != "i"},
        )
        head = Head({}, "i", start, number)
        if mode != "growing":
            result = self._looped(declaration, inside, context, value, turns, head, mode == "running")
            if mode == "alike" and asks_for(context.items[-1], head.counter):
                raise NoLoop("the first copy is unlike the others")
            return result
        undo = self.undoing(context)
        written = partial(self._looped, declaration, inside, context, value, turns, head)
        result = written(True)
        growth = _growth(context.items[-1])
        if growth is None:
            return result
        undo()
        carried = simplify(
            ast.BinOp(value.channels, ast.Add(), ast.BinOp(ast.Name("i", ast.Load()), ast.Mult(), growth))
        )
        return self.first([partial(written, False, carried), partial(written, True)], context)

    def _row_loop(
        self,
        declaration: Declaration,
        context: Context,
        value: Value,
        columns: Mapping[str, ast.expr],
        running: bool,
    ) -> Value:
        """Write rows as a loop over the columns."""
        words = {name: f"{name}_" if name in context.variables else name for name in columns}
        if not context.variables.isdisjoint(words.values()):
            raise Unsayable("a column that is called like a variable")
        turns: dict[Case, list[Case]] = {}
        for case in context.cases:
            values = {words[name]: self.value_in(tree, case) for name, tree in columns.items()}
            turns[case] = [
                case.of_iteration(
                    {name: _element(column, row) for name, column in values.items()}, {declaration: row}, {}
                )
                for row in range(self._length(columns, case))
            ]
        replaced = {name: tree for name, tree in context.replaced.items() if name not in columns}
        renamed = {name: ast.Name(word, ast.Load()) for name, word in words.items() if word != name}
        inside = replace(
            context,
            rows={**context.rows, declaration: -1},
            replaced={**replaced, **renamed},
            variables=context.variables.union(words.values()),
        )
        head = Head({words[name]: tree for name, tree in columns.items()}, "", 0, None)
        return self._looped(declaration, inside, context, value, turns, head, running)

    def _looped(
        self,
        declaration: Declaration,
        inside: Context,
        context: Context,
        value: Value,
        turns: Mapping[Case, list[Case]],
        head: Head,
        running: bool,
        channels: ast.expr | None = None,
    ) -> Value:
        """Write a loop; raises `Unsayable` if the number of channels changes in it and is not `running`."""
        cases = tuple([turn for own in turns.values() for turn in own])
        if not cases:
            raise Unsayable("a loop without iterations")
        carried = Value(channels or value.channels, self._read_in_turns(declaration, inside, value, turns))
        self.setting.loops += 1
        name = f"channels:{self.setting.loops}"  # no name of a document has a colon
        if running:
            carried.channels = ast.Name(name, ast.Load())
            for case, read in carried.at.items():
                case.env[name] = case.channels(read)
        elif not _has_size(carried):
            raise NoLoop("the number of channels changes in a loop")
        body = replace(inside, cases=cases, known=[*context.known, carried], items=[])
        result = self.declared(declaration, body, carried)
        if not body.items:
            raise Unsayable("a loop without layers")
        output = Value(result.channels, self._after_turns(carried, value, result, turns))
        if not running and not _has_size(result):
            raise NoLoop("the number of channels after a loop")
        output.channels = self._size_after(head, output, value, result, name if running else "", channels)
        if reads_list_by_counter(body.items, head.counter):
            raise Unsayable("a list that the counter is an index of")
        loop_body = Body((carried,), body.items, result)
        context.items.append(
            Loop(head.columns, head.counter, head.start, head.number, loop_body, value, output, name if running else "")
        )
        return context.add(output)

    def _size_after(
        self, head: Head, output: Value, value: Value, result: Value, running: str, channels: ast.expr | None
    ) -> ast.expr:
        """The number of channels after a loop: a number, the last iteration's expression, or the loop's variable."""
        sizes = [case.channels(after) for case, after in output.at.items()]
        if only(sizes) is not None:
            return literal(sizes[0])
        last: dict[str, ast.expr] = {
            name: simplify(ast.Subscript(tree, ast.UnaryOp(ast.USub(), ast.Constant(1)), ast.Load()))
            for name, tree in head.columns.items()
        }
        if head.number is not None:
            last[head.counter] = simplify(ast.BinOp(head.number, ast.Sub(), ast.Constant(1)))
        grown = [] if channels is None or head.number is None else [substitute(channels, {head.counter: head.number})]
        trees = [value.channels, *grown, substitute(result.channels, last)]
        closed = next((tree for tree in trees if running not in names_of(tree) and holds(tree, sizes, output.at)), None)
        if closed is not None and (not running or isinstance(closed, ast.Name | ast.Constant)):
            return closed
        if not running:
            raise NoLoop("the number of channels after a loop")
        if closed is not None:
            self.setting.closed[running] = closed
        for case, size in zip(output.at, sizes, strict=True):
            case.env[running] = size
        return ast.Name(running, ast.Load())

    def _read_in_turns(
        self, declaration: Declaration, inside: Context, value: Value, turns: Mapping[Case, list[Case]]
    ) -> dict[Case, GraphValue]:
        """The input of each iteration, if it exists in the graph."""
        found = {}
        for case, own in turns.items():
            for index, turn in enumerate(own):
                copies = self.copies(declaration, inside, turn)
                first = value.of(case)
                if index == 0 and first is not None:
                    found[turn] = first
                elif copies:
                    if len(copies[0].inputs) > 1:
                        raise Unsayable("a loop over layers with several inputs")
                    found[turn] = self.setting.canonical(case.graph, copies[0].inputs[0])
        return found

    def _after_turns(
        self, carried: Value, value: Value, result: Value, turns: Mapping[Case, list[Case]]
    ) -> dict[Case, GraphValue]:
        """The output of the last iteration; raises `Unsayable` unless each reads the output of the one before."""
        found = {}
        for case, own in turns.items():
            current = value.of(case)
            for turn in own:
                if carried.of(turn) not in (None, current):
                    raise Unsayable("an iteration that reads something else than the one before gives")
                after = result.of(turn)
                current = current if after is None else after
            if current is not None:
                found[case] = current
        return found

    def _columns(self, declaration: Declaration, context: Context, value: Value) -> dict[str, ast.expr]:
        table = declaration.columns
        if isinstance(table, ast.Dict):
            keys = [key.value for key in table.keys if isinstance(key, ast.Constant)]
            return {str(key): context.read(tree, value) for key, tree in zip(keys, table.values, strict=True)}
        assert table is not None, "who asks has seen that the layer has rows"
        rows = context.read(table, value)
        tables = [self.value_in(rows, case) for case in context.cases]
        if isinstance(tables[0], Mapping):
            return {key: simplify(ast.Subscript(rows, ast.Constant(key), ast.Load())) for key in tables[0]}
        found: list[Mapping[str, object]] = [row for each in tables if isinstance(each, list | tuple) for row in each]
        common = [key for key in (found[0] if found else ()) if all(key in row for row in found)]
        if not common:
            raise Unsayable("rows without a common column")
        return {key: simplify(column(rows, key)) for key in common}

    def _length(self, columns: Mapping[str, ast.expr], case: Case) -> int:
        values = self.value_in(next(iter(columns.values())), case)
        return len(values) if isinstance(values, list | tuple) else 0

    def _number(self, tree: ast.expr, case: Case) -> int:
        number = self.value_in(tree, case)
        return number if isinstance(number, int) else 1


def _why_not_one_by_one(lengths: Set[int], fixed: bool) -> str:
    """The reason why rows cannot be written one by one; empty if they can."""
    if len(lengths) > 1:
        return f"there are {min(lengths)} to {max(lengths)} rows"
    if max(lengths) > MOST_WRITTEN_OUT:
        return f"there are {max(lengths)} rows, and at most {MOST_WRITTEN_OUT} are written"
    return "" if fixed else "the number of rows depends on an argument"


class Head:
    """The head of a loop."""

    def __init__(self, columns: Mapping[str, ast.expr], counter: str, start: int, number: ast.expr | None) -> None:
        self.columns = columns
        self.counter = counter
        self.start = start
        self.number = number


def _growth(loop: Item) -> ast.expr | None:
    """The growth of channels in each iteration of a loop that starts at 0; None unless it is one expression."""
    assert isinstance(loop, Loop), "just written"
    match loop.body.output.channels:
        case ast.BinOp(left=ast.Name(id=loop.running), op=ast.Add(), right=growth):
            even = not loop.start and names_of(growth).isdisjoint({loop.running, loop.counter})
            return growth if even else None
    return None


def _element(column: object, row: int) -> object:
    return column[row] if isinstance(column, list | tuple) else None


def _has_size(value: Value) -> bool:
    """Whether a value's expression for channels has the values of the graph."""
    return holds(value.channels, [case.channels(each) for case, each in value.at.items()], value.at)


def _names(declaration: Declaration) -> frozenset[str]:
    """The names in the names of a layer and of the layers inside it."""
    own = frozenset[str]()
    waiting = [declaration]
    while waiting:
        each = waiting.pop()
        if each.name is not None:
            own |= {part.id for part in ast.walk(each.name) if isinstance(part, ast.Name)}
        waiting += [child for chains in each.children.values() for chain in chains for child in chain]
    return own


def _share_a_name(declaration: Declaration, columns: Mapping[str, ast.expr]) -> bool:
    """Whether all rows of a layer have one name, so that one group has the copies of all rows."""
    return bool(columns) and declaration.name is not None and not names_of(declaration.name) & {*columns}
