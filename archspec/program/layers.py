"""Writes layers of the framework: their forms, and the expressions of their arguments."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Final

from archspec.expressions import NoValue, evaluate, names_of, simplify
from archspec.ir import Declaration, Graph, Node, Origin, Scope
from archspec.ir import Value as GraphValue
from archspec.layers.activation import Linear
from archspec.program.body import BodyWriter, members_of, only
from archspec.program.calls import Call, Function, Site
from archspec.program.cases import Case, Value
from archspec.program.context import Context
from archspec.program.explain import equal, explained, holds, literal, presence
from archspec.program.model import Activation, Apply, Form, Layer, Unsayable
from archspec.program.rows import Explain, merged
from archspec.program.sizes import result_sizes
from archspec.program.splitting import conditions, where

NO_ACTIVATION: Final = (None, "linear")

COPY: Final = ast.parse('f"{i}"', mode="eval").body
"""The name of a copy in a group of copies."""


class LayerWriter(BodyWriter):
    """Writes a layer of the framework, and its activation, for all cases."""

    def _attributes(self, declaration: Declaration, context: Context, value: Value) -> dict[str, ast.expr]:
        attributes = {key: context.read_attribute(tree, value) for key, tree in declaration.attributes.items()}
        for tree in attributes.values():
            self.refuse_unseen(tree, context.cases)
        return attributes

    def _primitive(
        self, declaration: Declaration, context: Context, copies: Mapping[Case, Origin], value: Value
    ) -> Value:
        """A layer, and its activation if it has one."""
        made = {case: _nodes(members, declaration in self.dense) for case, members in members_of(copies).items()}
        attributes = self._attributes(declaration, context, value)
        nodes = {case: parts[0] for case, parts in made.items()}
        activated = {case: parts[1] for case, parts in made.items() if len(parts) > 1}
        name, at = self.name(declaration, context, nodes, value)
        if activated and name is None and declaration.name is not None:
            # Activations stand between the copies, so that a copy's number is not its position.
            if declaration.columns is not None:
                raise Unsayable("activations between rows that share a name")
            name, at = context.read(COPY), None
            self.check(name, [node.name for node in nodes.values()], list(nodes), "name")
        result = self.layer(nodes, context, attributes, value, name, at)
        if not activated:
            return result
        choice = attributes.get("activation", ast.Constant(None))
        if self._hands_on(activated):
            self._widen(context, activated, 1 if len(activated) == len(made) else None)
            return result
        if len(activated) == len(made):
            after = self.layer(activated, context, {"activation": choice}, result)
            after.hint = after.hint or result.hint
            return after
        present = [case in activated for case in context.cases]
        tests = [simplify(ast.Compare(choice, [ast.NotEq()], [ast.Constant(word)])) for word in NO_ACTIVATION]
        test = next((test for test in tests if holds(test, present, context.cases)), None)
        if test is None:
            raise Unsayable("an activation in some cases")
        inside = context.under(test, tuple(activated))
        return self.joined(test, context, inside, result, self.layer(activated, inside, {"activation": choice}, result))

    def layer(
        self,
        nodes: Mapping[Case, Node],
        context: Context,
        attributes: Mapping[str, ast.expr],
        value: Value,
        name: ast.expr | None = None,
        at: int | None = None,
    ) -> Value:
        """Write a node of each case: as one layer, or as a condition with two layers.

        The name of an unnamed layer is its position.
        """
        if name is None and at is None:
            at = only(int(node.name) if node.name.isdigit() else -1 for node in nodes.values())

        def write() -> Value:
            return self._layer(nodes, context, attributes, value, name, at)

        def branch(test: ast.expr, truth: bool, cases: Sequence[Case]) -> tuple[Context, Value]:
            inside, here = context.inside(tuple(cases)), {case: nodes[case] for case in cases}
            return inside, self._layer(here, inside, where(attributes, test, truth), value, name, at)

        def split(test: ast.expr, present: Sequence[Case]) -> Value:
            absent = [case for case in nodes if case not in present]
            return self.branched(test, context, value, branch(test, True, present), branch(test, False, absent))

        tests = conditions(attributes, list(nodes))
        return self.first(chain([write], (partial(split, *each) for each in tests)), context)

    def _layer(
        self,
        nodes: Mapping[Case, Node],
        context: Context,
        attributes: Mapping[str, ast.expr],
        value: Value,
        name: ast.expr | None,
        at: int | None,
    ) -> Value:
        """Write a node of each case as one layer."""
        inputs = self._inputs({case: node.inputs for case, node in nodes.items()}, context, value)
        paths = {case: node.path for case, node in nodes.items()}
        if self._hands_on(nodes):
            self._widen(context, nodes, 1)
            return inputs[0]
        sizes = [each.channels for each in inputs]
        result = self._result(nodes, context, attributes, sizes)
        output = Value(result, {case: node.result for case, node in nodes.items()})
        operations = tuple(dict.fromkeys(case.graph.operations[path] for case, path in paths.items()))
        cases = list(nodes)
        choice = attributes.get("activation")
        if choice is not None and not operations[0].weights and self._is_chosen(choice, nodes, context):
            words = self.values_in(choice, cases)
            chosen = {str(word): case.graph.operations[paths[case]] for word, case in zip(words, cases, strict=True)}
            return self.apply(context, Activation(choice, chosen), inputs, output, paths, name, at)
        by_position = name is None or isinstance(next(iter(nodes.values())).layer, Linear)
        forms = self._forms(nodes, attributes, sizes, result)
        return self.apply(context, Layer(forms, operations), inputs, output, paths, None if by_position else name, at)

    def _is_chosen(self, choice: ast.expr, nodes: Mapping[Case, Node], context: Context) -> bool:
        """Whether the nodes are layers of different classes, or of one without arguments that a tested param names."""
        if not names_of(choice):
            return False
        if isinstance(choice, ast.Name) and choice.id in context.tested and self._are_bare(nodes):
            return True
        forms = self.setting.rows.plain(nodes)
        return len({form[0].callee if isinstance(form[0], Call) else "" for form in forms}) > 1

    def _are_bare(self, nodes: Mapping[Case, Node]) -> bool:
        """Whether each layer is a class that needs no arguments: PyTorch's softmax, for one, must be told an axis."""
        operations = {case.graph.operations[node.path] for case, node in nodes.items()}
        sites = [Site(operation.layer, operation.inputs, operation.output) for operation in operations]
        forms = [self.setting.target.describe(site)[0] for site in sites]
        return all(
            isinstance(form, Call) and all(argument.value == argument.default for argument in form.arguments)
            for form in forms
        )

    def _forms(
        self,
        nodes: Mapping[Case, Node],
        attributes: Mapping[str, ast.expr],
        sizes: Sequence[ast.expr],
        result: ast.expr,
    ) -> tuple[Form | None, ...]:
        """The forms of a layer, preferably without further parameters."""
        cases = list(nodes)
        allowed = self.takes_extras
        for takes_extras in (False, True) if allowed else (False,):
            for described in self.setting.rows.forms(nodes):
                self.takes_extras = takes_extras

                def explain(argument: str, values: Sequence[object], where: Sequence[Case] = cases) -> ast.expr:
                    return self.explain(argument, values, where, attributes, sizes, result)

                columns = list(zip(*described, strict=True))
                forms: tuple[Form | None, ...]
                if self.setting.target.steps:
                    forms = self._steps(columns, cases, attributes, explain)
                else:
                    forms = self._one_of(columns, explain)
                self.takes_extras = allowed
                if any(form is not None for form in forms):
                    return forms
        kind = type(next(iter(nodes.values())).layer).__name__
        raise Unsayable(f"{kind} has several forms")

    def _one_of(self, columns: Sequence[Sequence[Call | Function | None]], explain: Explain) -> tuple[Form | None, ...]:
        """The forms of which one is written; only the first may ask for further parameters, so none is unread."""
        found: list[Form | None] = []
        for column in columns:
            before = len(self.extras)
            try:
                form = merged(column, explain)
            except Unsayable:
                form = None
            if form is None or any(found):
                added = list(self.extras)[before:]
                form = None if added else form
                for name in added:
                    del self.extras[name]
            found.append(form)
        return tuple(found)

    @staticmethod
    def _steps(
        columns: Sequence[Sequence[Call | Function | None]],
        cases: Sequence[Case],
        attributes: Mapping[str, ast.expr],
        explain: Callable[..., ast.expr],
    ) -> tuple[Form, ...]:
        """The steps of a layer; empty if one cannot be expressed."""
        found = []
        for column in columns:
            there = {case: form for case, form in zip(cases, column, strict=True) if form is not None}
            try:
                absent = len(there) < len(cases)
                when = presence([case in there for case in cases], cases, attributes) if absent else None
                form = merged(list(there.values()), partial(_pairs, explain, list(there)), when)
            except Unsayable:
                return ()
            if form is None:
                return ()
            found.append(form)
        return tuple(found)

    def _widen(self, context: Context, nodes: Mapping[Case, Node], by: int | None) -> None:
        """Add the positions of unwritten nodes to the last layer."""
        if all(node.name.isdigit() for node in nodes.values()):
            self.widen(context, by)

    @staticmethod
    def widen(context: Context, by: int | None) -> None:
        """Add positions to the last layer, None if it has them in some cases only. An opened group has none inside."""
        if context.opened:
            return
        last = context.items[-1] if context.items else None
        if not isinstance(last, Apply):
            raise Unsayable("no layer is written before a position")
        size = None if last.size is None or by is None else last.size + by
        context.items[-1] = replace(last, size=size)

    def _hands_on(self, nodes: Mapping[Case, Node]) -> bool:
        """Whether the nodes are not written: they change nothing, or are arguments of the layer before."""
        left_out = [self.setting.target.is_left_out(case.graph, node) for case, node in nodes.items()]
        if any(left_out) and not all(left_out):
            raise Unsayable("an activation that a layer takes in some cases")
        return all(left_out)

    def _inputs(
        self, values: Mapping[Case, tuple[GraphValue, ...]], context: Context, value: Value
    ) -> tuple[Value, ...]:
        """The input values, in order."""
        number = only(len(inputs) for inputs in values.values())
        if number is None:
            raise Unsayable("a layer reads more values in some cases")
        found = []
        for index in range(number):
            at = {case: self.setting.canonical(case.graph, inputs[index]) for case, inputs in values.items()}
            hint = self.references[index] if index < len(self.references) else ""
            read = context.find(at, value, hint)
            read.referenced |= self.by_name
            found.append(read)
        return tuple(found)

    def _result(
        self,
        nodes: Mapping[Case, Node],
        context: Context,
        attributes: Mapping[str, ast.expr],
        sizes: Sequence[ast.expr],
    ) -> ast.expr:
        """The number of output channels of the nodes."""
        actual = [case.channels(node.result) for case, node in nodes.items()]
        for tree in result_sizes(nodes, attributes, sizes, actual):
            if holds(tree, actual, nodes):
                return tree
        if only(actual) is not None:
            return literal(actual[0])
        return self.extra("features", actual, list(nodes))

    def explain(
        self,
        name: str,
        values: Sequence[object],
        cases: Sequence[Case],
        attributes: Mapping[str, ast.expr],
        sizes: Sequence[ast.expr],
        result: ast.expr | None,
    ) -> ast.expr:
        """The expression for an argument: one with its values, or a further parameter of the definition."""
        tree = explained(name, values, cases, attributes, sizes, result)
        return self.extra(name, values, cases) if tree is None else tree

    def extra(self, name: str, values: Sequence[object], cases: Sequence[Case]) -> ast.expr:
        """A further parameter of the definition, which each use sets; raises `Unsayable`."""
        table: dict[Origin | Graph, object] = {}
        for value, case in zip(values, cases, strict=True):
            if table.setdefault(case.root.origin or case.graph, value) != value:
                raise Unsayable(f"{name} has several values in one use: {values[:3]}")
        if not self.takes_extras:
            raise Unsayable(f"{name} has several values: {values[:3]}")
        for known, other in self.extras.items():
            if other == table:
                return ast.Name(known, ast.Load())
        if name in self.extras or name in cases[0].root.env:
            raise Unsayable(f"{name} is the name of something else")
        self.extras[name] = table
        return ast.Name(name, ast.Load())


def _nodes(members: Sequence[Node | Scope], merged_after: bool) -> list[Node]:
    """The nodes of a layer of the framework, without the concatenation after it."""
    nodes = [member for member in members if isinstance(member, Node)]
    found = nodes[:-1] if merged_after else nodes
    if not found:
        raise Unsayable("a merge is not needed")
    return found


def _pairs(explain: Callable[..., ast.expr], cases: Sequence[Case], name: str, values: Sequence[object]) -> ast.expr:
    """The expression for an argument; raises `Unsayable` for a number where a step takes a pair of equal numbers."""
    tree: ast.expr = explain(name, values, cases)
    if any(isinstance(value, tuple) and len(value) > 1 and equal(value[0], value) for value in values):
        try:
            known = evaluate(tree, cases[0].env)
        except NoValue:
            known = None
        if not isinstance(known, list | tuple):
            raise Unsayable(f"{name} is a pair")
    return tree
