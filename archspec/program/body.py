"""Writes a body: walks the layers that a block or the document lists, for all of its cases at once.

Everything is checked against the graphs: the values of a layer's arguments, its inputs, and its name, in every case. If
there is no right source, `Unsayable` is raised.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from archspec.expressions import NoValue, evaluate_each, names_of, same, simplify
from archspec.expressions.names import INPUT_WORDS
from archspec.ir import Declaration, Graph, Node, Origin, Scope
from archspec.program.cases import Case, Member, NoLoop, Value
from archspec.program.context import Context
from archspec.program.explain import holds
from archspec.program.model import Apply, Body, Group, If, Made, Unsayable
from archspec.program.setting import Setting

MOST_FAILURES = 2_000
"""The largest number of failed attempts in a module: loops nest, and each has several forms."""

Way = Callable[[], Value]


T = TypeVar("T")


def _have_one_name(declaration: Declaration, other: Declaration) -> bool:
    return declaration.name is not None and other.name is not None and same(declaration.name, other.name)


def _are_opposite(declaration: Declaration, other: Declaration) -> bool:
    """Whether one layer has the opposite condition of the other."""
    if declaration.when is None or other.when is None:
        return False
    first, second = simplify(declaration.when), simplify(other.when)
    return any(
        same(simplify(ast.UnaryOp(ast.Not(), one)), another) for one, another in ((first, second), (second, first))
    )


def only(values: Iterable[T]) -> T | None:
    """The common value of all; None if they differ."""
    found = list(values)
    return found[0] if found and all(value == found[0] for value in found) else None


def _holds_somewhere(test: ast.expr, cases: Iterable[Case]) -> bool:
    """Whether a condition is true in a case. A layer that is absent nevertheless is one that no output depends on."""
    try:
        return any(evaluate_each(test, (case.env for case in cases)))
    except NoValue:
        return False


class BodyWriter:
    """Writes the layers of one definition.

    `extras` are its parameters beside the author's. `dense` are the layers of a `DenselyConnected`. `by_name` says
    whether the current layer names its inputs, and `references` are these names.
    """

    def __init__(self, setting: Setting, *, takes_extras: bool) -> None:
        self.setting = setting
        self.takes_extras = takes_extras
        self.extras: dict[str, dict[Origin | Graph, object]] = {}
        self.dense: frozenset[Declaration] = frozenset()
        self.by_name = False
        self.references: list[str] = []

    def chain(self, layers: Sequence[Declaration], context: Context, value: Value) -> Value:
        """Write a chain of layers and return the value of the last."""
        left = list(layers)
        while left:
            alternatives = self._alternatives(left, context)
            if len(alternatives) > 1:
                value = self._either(alternatives, context, value)
            else:
                value = self.declared(left[0], context, value)
            del left[: len(alternatives)]
        return value

    def _alternatives(self, layers: Sequence[Declaration], context: Context) -> list[Declaration]:
        """The first layers of which exactly one exists in each case; otherwise only the first.

        They have a common name, or the second has the opposite condition of the first.
        """
        found = [layers[0]]
        for other in layers[1:]:
            if not (_have_one_name(layers[0], other) and other.when is not None and found[0].when is not None):
                break
            found.append(other)
        are_opposite = len(found) == 1 < len(layers) and _are_opposite(*layers[:2])
        found = list(layers[:2]) if are_opposite else found
        if len(found) == 1:
            return found
        present = [[bool(self.copies(each, context, case)) for each in found] for case in context.cases]
        if are_opposite and not all(map(any, zip(*present, strict=True))):
            return found[:1]
        return found if all(row.count(True) == 1 for row in present) else found[:1]

    def _either(self, alternatives: Sequence[Declaration], context: Context, value: Value) -> Value:
        """Write alternative layers, of which one exists in each case."""
        first, *others = alternatives
        present = tuple([case for case in context.cases if self.copies(first, context, case)])
        absent = tuple([case for case in context.cases if case not in present])
        if not others or not absent:
            return self.declared(first, context, value)
        if not present:
            return self._either(others, context, value)
        assert first.when is not None, "alternatives have conditions"
        test = self.condition(first, context, value)
        self.check(test, [case in present for case in context.cases], context.cases, "when")
        then, otherwise = (
            context.inside(cases, {test.id: ast.Constant(truth)} if isinstance(test, ast.Name) else None)
            for cases, truth in ((present, True), (absent, False))
        )
        result, other = self.declared(first, then, value), self._either(others, otherwise, value)
        output = self.branched(test, context, value, (then, result), (otherwise, other))
        if isinstance(first.name, ast.Constant):
            output.hint = str(first.name.value)
        return output

    def branched(
        self, test: ast.expr, context: Context, value: Value, then: tuple[Context, Value], other: tuple[Context, Value]
    ) -> Value:
        """The value after an `if` with an `else`: in each case the value of the taken branch."""
        at = {case: result.of(case) for inside, result in (then, other) for case in inside.cases}
        channels = simplify(ast.IfExp(test, then[1].channels, other[1].channels), context.positive)
        output = Value(channels, {case: path for case in context.cases if (path := at[case]) is not None})
        bodies = [Body((value,), inside.items, result) for inside, result in (then, other)]
        context.items.append(If(test, bodies[0], value, output, bodies[1]))
        return context.add(output)

    def declared(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write one declared layer with all of its copies."""
        try:
            return self._declared(declaration, context, value)
        except Unsayable as reason:
            reason.declaration = reason.declaration or declaration
            raise

    def _declared(self, declaration: Declaration, context: Context, value: Value) -> Value:
        copies = {case: self.copies(declaration, context, case) for case in context.cases}
        test = None if declaration.when is None else self.condition(declaration, context, value)
        may_change = test is not None and self.varies(test, context)
        if not any(copies.values()):
            if test is not None and may_change and not _holds_somewhere(test, context.cases):
                raise Unsayable("a layer that other values of a param may ask for")
            return value
        if declaration.columns is not None and declaration not in context.rows:
            return self.rows(declaration, context, value)
        present = tuple(case for case in context.cases if copies[case])
        if len(present) < len(context.cases) or may_change:
            return self.optional(declaration, context, present, value)
        return self.present(declaration, context, value)

    def present(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write a layer that exists in each case."""
        if declaration.repeat is not None and declaration not in context.iterations:
            return self.repeated(declaration, context, value)
        return self.single(declaration, context, value)

    def copies(self, declaration: Declaration, context: Context, case: Case) -> list[Origin]:
        """The selected copies of a declaration in a case."""
        number = case.iterations.get(declaration)
        if number is None:
            found = case.copies.inside(case.origin, declaration)
        else:
            found = case.copies.of_iteration(case.origin, declaration, number)
        row = case.rows.get(declaration, context.rows.get(declaration))
        if row is not None:
            found = [copy for copy in found if copy.row == row]
        if number is not None:
            return found
        meant = context.iterations.get(declaration)
        return found if meant is None else [copy for copy in found if meant(int(str(copy.names.get("i", 0))))]

    def copy(self, declaration: Declaration, context: Context, case: Case) -> Origin:
        """The only copy of a declaration in a case; raises `Unsayable` if there are none or several."""
        copies = self.copies(declaration, context, case)
        if len(copies) != 1:
            raise Unsayable(f"{len(copies)} copies of {declaration.kind}")
        return copies[0]

    def optional(self, declaration: Declaration, context: Context, present: tuple[Case, ...], value: Value) -> Value:
        """Write a layer that is left out in some cases."""
        if declaration.when is None:
            raise Unsayable(f"a {declaration.kind} is not needed in some cases")
        test = self.condition(declaration, context, value)
        self.check(test, [case in present for case in context.cases], context.cases, "when")
        inside = context.under(test, present)
        result = self.present(declaration, inside, value)
        return self.joined(test, context, inside, value, result)

    def condition(self, declaration: Declaration, context: Context, value: Value) -> ast.expr:
        """The condition of a layer; raises `Unsayable`."""
        assert declaration.when is not None, "only such layers have a condition"
        reads_input = not names_of(declaration.when).isdisjoint(INPUT_WORDS)
        return context.condition(
            declaration.when, self.first_input(declaration, context, value) if reads_input else value
        )

    def first_input(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """The first value that a layer reads, of which `channels` is: `value`, or that of its `inputs`."""
        if declaration.inputs is None:
            return value
        copies = {case: self.copies(declaration, context, case) for case in context.cases}
        read = {case: self.setting.canonical(case.graph, found[0].inputs[0]) for case, found in copies.items() if found}
        return context.find(read, value) if read else value

    def joined(self, test: ast.expr, context: Context, inside: Context, value: Value, result: Value) -> Value:
        """The value after an `if`: the `result` of its body, or `value` without it."""
        if result is value:
            return value
        at = {case: result.of(case) if case in inside.cases else value.of(case) for case in context.cases}
        known = {case: graph_value for case, graph_value in at.items() if graph_value is not None}
        channels = simplify(ast.IfExp(test, result.channels, value.channels), context.positive)
        actual = [case.channels(graph_value) for case, graph_value in known.items()]
        # Only the whole condition is surely right for unknown cases, which have no layer; and for a test that holds in
        # all cases, because only other values of an argument could make it false.
        is_sure = len(known) == len(context.cases) > len(inside.cases)
        for tree in (result.channels, value.channels) if is_sure else ():
            if holds(tree, actual, known):
                channels = tree
                break
        output = Value(channels, known, result.hint)
        body = Body((value,), inside.items, result)
        context.items.append(If(test, body, value, output))
        return context.add(output)

    def first(self, ways: Iterable[Way], context: Context) -> Value:
        """The first way to write something that works; raises `Unsayable` with the first reason, a loop's last."""
        reason: Unsayable | None = None
        for way in ways:
            undo = self.undoing(context)
            try:
                return way()
            except Unsayable as fault:
                self.setting.failures += 1
                if self.setting.failures > MOST_FAILURES:
                    raise Unsayable("too many ways to write the layers") from None
                if reason is None or (isinstance(reason, NoLoop) and not isinstance(fault, NoLoop)):
                    reason = fault
                undo()
        raise reason or Unsayable("a loop")

    def undoing(self, context: Context) -> Callable[[], None]:
        """A function that takes back everything that is written after this call."""
        items, known, extras, dense = len(context.items), len(context.known), dict(self.extras), self.dense

        def undo() -> None:
            del context.items[items:], context.known[known:]
            self.extras.clear()
            self.extras.update(extras)
            self.dense = dense

        return undo

    def group(
        self,
        context: Context,
        paths: Mapping[Case, str],
        name: ast.expr | None,
        at: int | None,
        body: Body,
        source: Value,
    ) -> Value:
        """Write layers under a common name, and return their value."""
        values = {case: inner for case in context.cases if (inner := body.output.of(case)) is not None}
        output = Value(body.output.channels, values)
        return self.apply(context, Group(body), (source,), output, paths, name, at)

    def apply(
        self,
        context: Context,
        made: Made,
        inputs: tuple[Value, ...],
        output: Value,
        paths: Mapping[Case, str],
        name: ast.expr | None,
        at: int | None = None,
        again: Apply | None = None,
    ) -> Value:
        """Write the application of a layer."""
        if isinstance(name, ast.Constant):
            output.hint = str(name.value)
        size = 0 if context.opened else 1
        context.items.append(Apply(made, inputs, output, name, at, size, again, paths))
        return context.add(output)

    def varies(self, tree: ast.expr, context: Context) -> bool:
        """Whether an expression has a name that differs between the graphs, so that other values may change it too."""
        if len(self.setting.graphs) < 2:
            return False
        known: dict[tuple[object, ...], object] = {}
        for name in names_of(tree):
            for case in context.cases:
                value = case.env.get(name)
                if known.setdefault((*case.place, name), value) != value:
                    return True
        return False

    def follows_from_argument(self, tree: ast.expr, cases: Sequence[Case]) -> bool:
        """Whether an expression has a name that another value of an argument changes."""
        read: dict[Graph, set[str]] = {}
        names = sorted(names_of(tree)) if self.setting.probes else []
        for case in cases if names else ():
            if case.graph is self.setting.graphs[0] or case.graph in self.setting.probes:
                read.setdefault(case.graph, set()).add(repr([case.env.get(name) for name in names]))
        return bool(read) and only(read.values()) is None

    def refuse_unseen(self, tree: ast.expr, cases: Sequence[Case]) -> None:
        """Raise `Unsayable` for an expression of an argument that has the same value in all cases, as `classes > 100`.

        A layer for this value would be wrong for another value of the argument.
        """
        if self.follows_from_argument(tree, cases) and only(map(repr, self.values_in(tree, cases))) is not None:
            raise Unsayable(f"{ast.unparse(tree)} has one value, whatever the arguments")

    def check(self, tree: ast.expr, values: Sequence[object], cases: Sequence[Case], what: str) -> None:
        """Raise `Unsayable` unless an expression has these values."""
        if not holds(tree, values, cases):
            raise Unsayable(f"{what}: {ast.unparse(tree)} is not {values[:3]}")

    def name(
        self, declaration: Declaration, context: Context, members: Mapping[Case, Member], value: Value
    ) -> tuple[ast.expr | None, int | None]:
        """The name of a layer, or its position if it is the same in each case; raises `Unsayable`."""
        if context.opened:
            return self._layer_in_opened(context, members), None
        words = {case: member.name for case, member in members.items()}
        if (declaration.name is not None and declaration.repeat is None) or self.tells_apart(declaration):
            assert declaration.name is not None
            tree = context.read(declaration.name, value)
            if holds(tree, list(words.values()), list(words)):
                return tree, None
        if not all(word.isdigit() for word in words.values()):
            raise Unsayable(f"the names {sorted(set(words.values()))[:3]}")
        return None, only(int(word) for word in words.values())

    def _layer_in_opened(self, context: Context, members: Mapping[Case, Member]) -> ast.expr | None:
        """The name of a layer that has one; a layer without one must need none."""
        if not any(member.name.isdigit() for member in members.values()):
            return self.name_in_opened(context, {case: member.path for case, member in members.items()})
        if any(isinstance(each, Scope) or case.graph.operations[each.path].weights for case, each in members.items()):
            raise Unsayable("layers outside a group read several of its values, and a layer in it has no name")
        return None

    def name_in_opened(self, context: Context, paths: Mapping[Case, str]) -> ast.expr:
        """The framework's name of a node or scope with those of the opened groups around it, the same in each case.

        Raises `Unsayable` if it is not the same.
        """
        target = self.setting.target
        words = [target.path_of(case.graph, path).split(".") for case, path in paths.items()]
        name = only(".".join(path[-context.opened - 1 :]) for path in words)
        if name is None:
            raise Unsayable("a value inside several groups is read outside")
        return ast.Constant(name)

    @staticmethod
    def tells_apart(declaration: Declaration) -> bool:
        """Whether the copies of a repeated layer have different names."""
        name = declaration.name
        return name is not None and any(isinstance(each, ast.Name) and each.id == "i" for each in ast.walk(name))

    def value_in(self, tree: ast.expr, case: Case) -> object:
        """The value of an expression in a case; raises `Unsayable`."""
        return self.values_in(tree, [case])[0]

    def values_in(self, tree: ast.expr, cases: Iterable[Case]) -> list[object]:
        """The value of an expression in each case; raises `Unsayable`."""
        try:
            return list(evaluate_each(tree, (case.env for case in cases)))
        except NoValue as reason:
            raise Unsayable(f"{ast.unparse(tree)} has no value: {reason}") from None

    def rows(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write a layer with `for`."""
        raise NotImplementedError

    def repeated(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write a layer with `repeat`."""
        raise NotImplementedError

    def single(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write the only copy of a layer in each case."""
        raise NotImplementedError


def members_of(copies: Mapping[Case, Origin]) -> dict[Case, list[Node | Scope]]:
    """The nodes and scopes of each copy."""
    return {case: case.copies.members(copy) for case, copy in copies.items()}
