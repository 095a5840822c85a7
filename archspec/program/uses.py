"""Writes uses of blocks."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from archspec.expressions import same, substitute
from archspec.expressions.names import CHANNELS
from archspec.ir import Declaration, Scope
from archspec.ir import Value as GraphValue
from archspec.program.body import only
from archspec.program.cases import Case, Value
from archspec.program.context import Context
from archspec.program.explain import holds, literal
from archspec.program.layers import LayerWriter
from archspec.program.model import Definition, Unsayable, Use


class UseWriter(LayerWriter):
    """Writes a use of a block, or of one of several that an expression chooses from."""

    def _use(self, declaration: Declaration, context: Context, scopes: Mapping[Case, Scope], value: Value) -> Value:
        """A use of a block, or of one that an expression chooses."""
        definitions = {
            kind: self.setting.definitions.of_block(kind) for kind in dict.fromkeys(s.kind for s in scopes.values())
        }
        choice = None if isinstance(declaration.kind, str) else context.read(declaration.kind, value)
        if choice is not None:
            self.check(choice, [scope.kind for scope in scopes.values()], list(scopes), "layer_type")
        if len(definitions) > 1:
            unify(list(definitions.values()))
        origins = {case: scope.origin for case, scope in scopes.items() if scope.origin is not None}
        inputs = self._inputs({case: origin.inputs for case, origin in origins.items()}, context, value)
        name, at = self.name(declaration, context, scopes, value)
        arguments: dict[str, ast.expr] = {}
        channels = []
        for kind, definition in definitions.items():
            here = {case: scope for case, scope in scopes.items() if scope.kind == kind}
            known = dict(zip(definition.channels, [each.channels for each in inputs], strict=True))
            own = self._arguments(declaration, context, here, (value, inputs[0]), known, definition)
            if any(name in arguments and not same(arguments[name], tree) for name, tree in own.items()):
                raise Unsayable("blocks that are chosen from have other defaults")
            arguments |= own
            channels.append(substitute(definition.result_channels, {**known, **own}, context.positive))
        results = {
            case: definitions[scope.kind].results[scope.origin]
            for case, scope in scopes.items()
            if scope.origin in definitions[scope.kind].results
        }
        size = self._size(channels, results, choice, list(definitions))
        made = Use(definitions, arguments, tuple([each.channels for each in inputs]), choice)
        paths = {case: scope.path for case, scope in scopes.items()}
        return self.apply(context, made, inputs, Value(size, results), paths, name, at)

    def _size(
        self,
        sizes: Sequence[ast.expr],
        results: Mapping[Case, GraphValue],
        choice: ast.expr | None,
        kinds: Sequence[str],
    ) -> ast.expr:
        """The number of a use's output channels: one expression, or one for each block that can be chosen."""
        actual = [case.channels(result) for case, result in results.items()]
        for size in sizes:
            if holds(size, actual, results):
                return size
        tree = sizes[-1]
        for kind, size in list(zip(kinds, sizes, strict=True))[-2::-1]:
            assert choice is not None, "only a choice has several blocks"
            tree = ast.IfExp(ast.Compare(choice, [ast.Eq()], [ast.Constant(kind)]), size, tree)
        if holds(tree, actual, results):
            return tree
        if only(actual) is not None:
            return literal(actual[0])
        raise Unsayable("the number of channels that a block gives")

    def _arguments(
        self,
        declaration: Declaration,
        context: Context,
        scopes: Mapping[Case, Scope],
        read: tuple[Value, Value],
        channels: Mapping[str, ast.expr],
        definition: Definition,
    ) -> dict[str, ast.expr]:
        """The expressions for a block's params in this use, and for its further parameters.

        The first of `read` is what an attribute's `channels` and `shape` are those of, the second a default's.
        """
        assert definition.block is not None, "the network is no block"
        known = {**channels, CHANNELS: next(iter(channels.values()))}
        found: dict[str, ast.expr] = {}
        for parameter in definition.block.parameters:
            name = parameter.name
            if name in declaration.attributes:
                tree = context.read_attribute(declaration.attributes[name], read[0])
            elif name in definition.defaults:
                tree = context.with_shape(definition.defaults[name], read[1])
                tree = substitute(tree, {**known, **found}, context.positive)
            else:
                continue
            self.refuse_unseen(tree, list(scopes))
            wanted = [scope.arguments[name] for scope in scopes.values()]
            if context.reads_shape(tree):
                found[name] = self._of_shape(name, wanted, list(scopes))
            else:
                self.check(tree, wanted, list(scopes), name)
                found[name] = tree
        for name, table in definition.extras.items():
            values = {case: table[scope.origin] for case, scope in scopes.items() if scope.origin in table}
            if not values:
                raise Unsayable(f"no use says what {name} is")
            found[name] = self.explain(name, list(values.values()), list(values), {}, [], None)
        return {**{name: ast.Name(name, ast.Load()) for name in definition.lifted}, **found}

    def _of_shape(self, name: str, values: Sequence[object], cases: Sequence[Case]) -> ast.expr:
        """The value of a block's param that follows from the shape of an input: a number, or a further parameter."""
        word = f"input_{name}" if name in cases[0].root.env else name
        return self.explain(word, values, cases, {}, [], None)


def unify(definitions: Sequence[Definition]) -> None:
    """Give the same parameters to definitions that an expression chooses from."""
    reads = tuple(name for name in definitions[0].channels if any(name in each.reads for each in definitions))
    names = dict.fromkeys([name for each in definitions for name in each.parameters])
    lifted = dict.fromkeys([name for each in definitions for name in each.lifted])
    if len({tuple(sorted(names.keys() & each.literals)) for each in definitions}) > 1:
        raise Unsayable("blocks that are chosen from have other params with defaults")
    for definition in definitions:
        if definition.channels != definitions[0].channels or definition.extras:
            raise Unsayable("blocks that are chosen from read other values")
        definition.reads, definition.lifted, definition.parameters = reads, tuple(lifted), list(names)
