"""Writes one copy of a layer: a composite and the layers in it, a use of a block, or a layer of the framework."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from archspec.expressions import substitute, value_of
from archspec.ir import Declaration, Node, Origin, Result, Scope, walk
from archspec.ir import Value as GraphValue
from archspec.program.body import members_of, only
from archspec.program.cases import Case, Value
from archspec.program.context import Context
from archspec.program.explain import holds, literal
from archspec.program.model import Apply, Body, Layer, Unsayable, Use
from archspec.program.uses import UseWriter


class CopyWriter(UseWriter):
    """Writes one copy of a layer of any kind, for all cases."""

    def single(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write the only copy of a layer in each case."""
        if declaration.each is not None:
            return self._each(declaration, context, value)
        copies = {case: self.copy(declaration, context, case) for case in context.cases}
        self.by_name = declaration.inputs is not None
        self.references = _references(declaration, context)
        if declaration.inputs is not None and self.varies(context.read(declaration.inputs), context):
            raise Unsayable("what a layer reads depends on a param")
        after = self._made(declaration, context, copies, value)
        if declaration not in self.dense:
            return after
        nodes = {case: _last(case.copies.members(copy)) for case, copy in copies.items()}
        return self.layer(nodes, context, {}, after)

    def _each(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Write the uses of a layer with `each`: the first makes the layer."""
        assert declaration.each is not None, "asked before"
        assert declaration.name is not None, "what has `each` has a name"
        if self.varies(context.read(declaration.each), context):
            raise Unsayable("what a layer reads depends on a param")
        uses = {case: self.copies(declaration, context, case) for case in context.cases}
        if only(map(len, uses.values())) is None:
            raise Unsayable("a layer is applied to more values in some cases")
        after = value
        for number, column in enumerate(zip(*uses.values(), strict=True)):
            copies = dict(zip(uses, column, strict=True))
            self.by_name, self.references = True, []
            write = self._again if number else self._made
            after = write(declaration, context, copies, value)
            word, name = only(copy.use for copy in copies.values()), value_of(context.read(declaration.name, value))
            if word is not None and isinstance(name, str):
                after.hint = f"{name}_{word}"
        return after

    def _made(self, declaration: Declaration, context: Context, copies: Mapping[Case, Origin], value: Value) -> Value:
        kind = declaration.kind
        if kind == "Reuse":
            return self._again(declaration, context, copies, value)
        write = COMPOSITES.get(kind) if isinstance(kind, str) else None
        if write is not None:
            return self._composite(write, declaration, context, copies, value)
        made = {case: members[0] for case, members in members_of(copies).items() if members}
        if len(made) < len(copies):
            raise Unsayable(f"a {kind} makes nothing in some cases")
        scopes = {case: member for case, member in made.items() if isinstance(member, Scope)}
        if len(scopes) < len(made):
            return self._primitive(declaration, context, copies, value)
        if all(scope.block for scope in scopes.values()):
            return self._use(declaration, context, scopes, value)
        return self._made_of_others(declaration, context, scopes, value)

    def _composite(
        self,
        write: Callable[[CopyWriter, Declaration, Context, Value], Value],
        declaration: Declaration,
        context: Context,
        copies: Mapping[Case, Origin],
        value: Value,
    ) -> Value:
        """A composite: as a group under its name, or inline."""
        cases = tuple([case.of_copy(copy) for case, copy in copies.items()])
        if declaration.inputs is not None or declaration.each is not None:
            (value,) = self._inputs({case: copy.inputs for case, copy in copies.items()}, context, value)
        scopes = {
            case: member
            for case, members in members_of(copies).items()
            for member in members
            if isinstance(member, Scope)
        }
        if not scopes:
            return write(self, declaration, replace(context, cases=cases), value)
        if len(scopes) < len(copies):
            raise Unsayable(f"a {declaration.kind} has a name in some cases")
        if any(self._is_read_inside(case, scope) for case, scope in scopes.items()):
            result = write(self, declaration, replace(context, cases=cases, opened=context.opened + 1), value)
            self.widen(context, 1)
            return result
        name, at = self.name(declaration, context, scopes, value)
        if context.rows and declaration.kind != "Sequential":
            return self._repeated_group(declaration, context, scopes, value, name, at)
        inside = context.of_group(cases)
        result = write(self, declaration, inside, value)
        paths = {case: scope.path for case, scope in scopes.items()}
        return self.group(context, paths, name, at, Body((value,), inside.items, result), value)

    def _is_read_inside(self, case: Case, scope: Scope) -> bool:
        """Whether layers outside a group read several of its values, so that it can be no layer of its own.

        The parts of a sequence are slices of it, which are not written here.
        """
        outputs = case.graph.interfaces[scope.path].outputs
        several = len({self.setting.canonical(case.graph, value) for value in outputs}) > 1
        return several and not self.setting.target.is_sequence(case.graph, scope)

    def _repeated_group(
        self,
        declaration: Declaration,
        context: Context,
        scopes: Mapping[Case, Scope],
        value: Value,
        name: ast.expr | None,
        at: int | None,
    ) -> Value:
        """A named composite with rows: a separate definition."""
        definition = self.setting.definitions.of_group(declaration)
        assert definition.block is not None, "a group is defined like a block"
        arguments = {}
        for parameter in definition.block.parameters:
            tree = context.read(ast.Name(parameter.name, ast.Load()))
            values = [scope.origin.names[parameter.name] for scope in scopes.values() if scope.origin is not None]
            self.check(tree, values, list(scopes), parameter.name)
            arguments[parameter.name] = tree
        arguments |= {each: ast.Name(each, ast.Load()) for each in definition.lifted}
        if definition.extras:
            raise Unsayable("a group that needs more arguments")
        known = {definition.channels[0]: value.channels}
        results = {
            case: definition.results[scope.origin]
            for case, scope in scopes.items()
            if scope.origin in definition.results
        }
        size = self._size([substitute(definition.result_channels, {**known, **arguments})], results, None, [])
        made = Use({definition.name: definition}, arguments, (value.channels,))
        paths = {case: scope.path for case, scope in scopes.items()}
        return self.apply(context, made, (value,), Value(size, results), paths, name, at)

    def sequential(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """A chain of layers."""
        return self.chain(declaration.children["layers"][0], context, value)

    def residual(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """The sum of the layers' value and the shortcut's."""
        after = self.chain(declaration.children["layers"][0], context, value)
        (shortcut,) = declaration.children.get("shortcut", ((),))
        self.chain(shortcut, context, value)
        return self.layer(self._own_nodes(context), context, {}, after)

    def parallel(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """The merged values of the branches."""
        for branch in declaration.children["branches"]:
            after = self.chain(branch, context, value)
        if "merge" in declaration.children:
            ((merge,),) = declaration.children["merge"]
            return self.declared(merge, context, after)
        return self.layer(self._own_nodes(context), context, {}, after)

    def densely_connected(self, declaration: Declaration, context: Context, value: Value) -> Value:
        """Layers that read the concatenation of all values before them."""
        self.dense |= frozenset(declaration.children["layers"][0])
        return self.chain(declaration.children["layers"][0], context, value)

    def _again(self, declaration: Declaration, context: Context, copies: Mapping[Case, Origin], value: Value) -> Value:
        """Another application of an earlier layer of the same body, with its activation if it has one."""
        parts = members_of(copies)
        if len({len(members) for members in parts.values()}) > 1 or not all(parts.values()):
            raise Unsayable("a layer that is used again in some cases")
        first, *others = [dict(zip(parts, column, strict=True)) for column in zip(*parts.values(), strict=True)]
        # The merge at the end of a composite is a member of the copy as well as of its scope.
        others = [nodes for nodes in others if not all(_is_inside(node, first[case]) for case, node in nodes.items())]
        original = self._original(first, context)
        steps = len(original.made.forms) if isinstance(original.made, Layer) and self.setting.target.steps else 1
        if any(self._must_know_sizes(case, each, steps > 1) for case, each in first.items()):
            raise Unsayable("a layer of several steps that is used again for another size")
        inputs = self._inputs({case: copy.inputs for case, copy in copies.items()}, context, value)
        results = {case: _result_again(member, original, case) for case, member in first.items()}
        actual = [case.channels(result) for case, result in results.items()]
        size = original.output.channels if holds(original.output.channels, actual, results) else None
        if size is None and only(actual) is None:
            raise Unsayable("the number of channels of a layer that is used again")
        name, at = self._name_again(declaration, context, first, value)
        output, paths = Value(size or literal(actual[0]), results), {case: each.path for case, each in first.items()}
        after = self.apply(context, original.made, inputs, output, paths, name, at, original)
        for members in others:
            nodes = {case: member for case, member in members.items() if isinstance(member, Node)}
            after = self.layer(nodes, context, {}, after)
        return after

    def _must_know_sizes(self, case: Case, member: Node | Scope, has_steps: bool) -> bool:
        """Whether no form of a layer, or of a layer in a scope, is right for the sizes of all its applications."""
        nodes = walk(member.members) if isinstance(member, Scope) else [member] if has_steps else []
        return any(self.setting.rows.must_know_sizes(case.graph, node) for node in nodes)

    def _name_again(
        self, declaration: Declaration, context: Context, members: Mapping[Case, Node | Scope], value: Value
    ) -> tuple[ast.expr | None, int | None]:
        """The name of a further application. With `each` it has no position, and its name is only one of a value."""
        if declaration.each is None:
            return self.name(declaration, context, members, value)
        return None, -1

    @staticmethod
    def _original(members: Mapping[Case, Node | Scope], context: Context) -> Apply:
        """The reused layer among the layers of the body; raises `Unsayable`."""
        for item in context.items:
            if isinstance(item, Apply) and all(item.paths.get(case) == each.shares for case, each in members.items()):
                return item.again or item
        raise Unsayable("a layer of another body is used again")

    def _own_nodes(self, context: Context) -> dict[Case, Node]:
        """The merge at the end of a composite."""
        return {case: _last(case.copies.members(case.origin)) for case in context.cases if case.origin is not None}

    def _made_of_others(
        self, declaration: Declaration, context: Context, scopes: Mapping[Case, Scope], value: Value
    ) -> Value:
        """A layer that consists of others, which all have names."""
        name, at = self.name(declaration, context, scopes, value)
        inside = context.of_group(context.cases)
        attributes = self._attributes(declaration, context, value)
        parts = {tuple([member.name for member in scope.members]) for scope in scopes.values()}
        if len(parts) > 1:
            raise Unsayable(f"a {declaration.kind} has several forms")
        result = value
        for position, part in enumerate(parts.pop()):
            nodes = {case: scope.members[position] for case, scope in scopes.items()}
            own = {case: node for case, node in nodes.items() if isinstance(node, Node)}
            if len(own) < len(nodes):
                raise Unsayable(f"a {declaration.kind} has a scope in it")
            word = None if part.isdigit() else ast.Constant(part)
            result = self.layer(own, inside, attributes, result, word, int(part) if part.isdigit() else None)
        paths = {case: scope.path for case, scope in scopes.items()}
        return self.group(context, paths, name, at, Body((value,), inside.items, result), value)


def _references(declaration: Declaration, context: Context) -> list[str]:
    """The known names among a layer's references; a layer that is counted back has none."""
    if declaration.inputs is None:
        return []
    found = value_of(context.read(declaration.inputs))
    names = found if isinstance(found, list) else [found]
    return [name if isinstance(name, str) else "" for name in names]


def _is_inside(member: Node | Scope, scope: Node | Scope) -> bool:
    return member.path.startswith(f"{scope.path}.")


def _result_again(member: Node | Scope, original: Apply, case: Case) -> GraphValue:
    """The value of a reused layer; for a scope, the member at the place of the original scope's result.

    Raises `Unsayable` if the graph lacks it, because no output depends on it.
    """
    first = original.output.of(case)
    if isinstance(member, Node):
        return member.result
    if not isinstance(first, Result) or member.shares is None:
        raise Unsayable("a group without layers is used again")
    path = member.path + first.node.removeprefix(member.shares)
    if path not in case.graph.by_path:
        raise Unsayable(f"{path} is left out")
    return case.graph.by_path[path].results[first.number]


def _last(members: Sequence[object]) -> Node:
    node = members[-1] if members else None
    if not isinstance(node, Node):
        raise Unsayable("a merge is not needed in some cases")
    return node


COMPOSITES: Mapping[str, Callable[[CopyWriter, Declaration, Context, Value], Value]] = MappingProxyType(
    {
        "Sequential": CopyWriter.sequential,
        "Residual": CopyWriter.residual,
        "Parallel": CopyWriter.parallel,
        "DenselyConnected": CopyWriter.densely_connected,
    }
)
