"""Copies equal uses of a block instead of lowering each.

The layers of a block depend only on its params and on the values that it reads. In deep networks most uses are equal,
and a copy takes a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import NamedTuple

from archspec.ir import Input, Node, Origin, Result
from archspec.lower.bounds import Bounds, Counted
from archspec.lower.nodes import Nodes
from archspec.lower.scope_builder import Binding, Context, ScopeBuilder
from archspec.lower.wires import Several, Wire, known, single, type_of

_SCALARS = frozenset({int, float, bool, str, type(None)})


class _Use(NamedTuple):
    """A lowered use: its scope, the values that it reads, its own value, and its share of the bounds."""

    scope: ScopeBuilder
    inputs: tuple[Wire, ...]
    value: Wire
    counted: Counted


class UseCache:
    """The first of each kind of equal uses."""

    def __init__(self, nodes: Nodes, bounds: Bounds) -> None:
        self._nodes = nodes
        self._bounds = bounds
        self._uses: dict[Hashable, _Use] = {}

    def key(self, scope: ScopeBuilder, inputs: Sequence[Wire], depth: int) -> Hashable | None:
        """A key that is equal for equal uses; None for a use that cannot be copied. The use's scope is still empty.

        A use that `Reuse` makes cannot be copied, because it shares weights. Neither can one with arguments that are
        not scalars, which may be very large in a hostile spec.
        """
        types = list(map(type_of, inputs))
        arguments = tuple(scope.arguments.values())
        if scope.original or None in types or not _SCALARS.issuperset(map(type, arguments)):
            return None
        # The scopes around a use limit its depth and the blocks that may be used in it. 1, 1.0 and True are equal, and
        # so are 0.0 and -0.0, but their texts differ.
        around = frozenset([outer.kind for outer in scope.enclosing() if outer.block])
        return scope.kind, around, depth, repr(arguments), tuple(types), tuple(map(inputs.index, inputs))

    def add(self, key: Hashable, scope: ScopeBuilder, inputs: tuple[Wire, ...], value: Wire, before: Counted) -> None:
        """Remember a lowered use without unknown values; `before` are the counts from before it was lowered."""
        # A block can also read an input of the network by its name, which `path` would confuse with its own inputs.
        if not any(isinstance(each, Input) for each in inputs):
            self._uses[key] = _Use(scope, inputs, value, self._bounds.since(before))

    def copy(self, key: Hashable, scope: ScopeBuilder, inputs: tuple[Wire, ...]) -> Wire | None:
        """Fill a scope with a copy of the equal use, and return its value.

        None if there is no equal use yet, or if the network would get too large: lowering then reports it.
        """
        use = self._uses.get(key)
        if use is None or not self._bounds.has_room(use.counted):
            return None
        copying = _Copying(use, scope, inputs, self._nodes)
        copying.fill(use.scope, scope)
        return copying.value(use.value)


class _Copying:
    """Copies one use into `scope`."""

    def __init__(self, use: _Use, scope: ScopeBuilder, inputs: tuple[Wire, ...], nodes: Nodes) -> None:
        self._nodes = nodes
        self._values = dict(zip(use.inputs, inputs, strict=True))
        self._old = use.scope.path + "."
        self._new = scope.path + "."
        self._scopes = {id(use.scope): scope}
        self._origins = {id(use.scope.origin): scope.origin}

    def path(self, path: str) -> str:
        """The copy's path for one of the original."""
        return self._new + path[len(self._old) :] if path.startswith(self._old) else path

    def value(self, value: Wire) -> Wire:
        """The copy's value for one of the original."""
        found = self._values.get(value)
        if found is None:
            found = self._copied_value(value)
            self._values[value] = found
        return found

    def _copied_value(self, value: Wire) -> Wire:
        if isinstance(value, Several):
            words, values = zip(*value.values, strict=True)
            return Several(self.path(value.path), tuple(zip(words, single(map(self.value, values)), strict=True)))
        return replace(value, node=self.path(value.node)) if isinstance(value, Result) else value

    def fill(self, old: ScopeBuilder, new: ScopeBuilder) -> None:
        """Copy the members and the names of a scope."""
        for member in old.members:
            path = self.path(member.path)
            if isinstance(member, Node):
                inputs = known(map(self.value, member.inputs))
                shares = None if member.shares is None else self.path(member.shares)
                node = Node(path, member.layer, inputs, member.types, member.named, shares, self._origin(member.origin))
                self._nodes.again(node, member.path)
                self._values[member.result] = node.result
                new.members.append(node)
            else:
                new.members.append(self._copied_scope(member, path, new))
        for name, each in old.bindings.items():
            new.bindings[name] = self._binding(each)
        new.independent += [each._replace(value=self.value(each.value)) for each in old.independent]
        new.left_out |= old.left_out
        new.each |= old.each
        new.count = old.count

    def _copied_scope(self, old: ScopeBuilder, path: str, outer: ScopeBuilder) -> ScopeBuilder:
        new = ScopeBuilder(
            path,
            old.kind,
            self.value(old.input),
            outer=outer,
            lexical_parent=self._scopes[id(old.lexical_parent)] if old.lexical_parent else None,
            spec=old.spec,
            block=old.block,
            inputs={name: self.value(value) for name, value in old.inputs.items()},
            again=old.again,
            original=None if old.original is None else self.path(old.original),
            arguments=old.arguments,
            defaults=old.defaults,
            origin=self._origin(old.origin),
        )
        self._nodes.specs[path] = self._nodes.specs[old.path]
        self._scopes[id(old)] = new
        self.fill(old, new)
        return new

    def _origin(self, old: Origin | None) -> Origin | None:
        """The copy's origin for one of the original. The origin of the use itself is there already."""
        if id(old) in self._origins:
            return self._origins[id(old)]
        assert old is not None, "what stands in a use of a block has an origin"
        inputs = known(map(self.value, old.inputs))
        new = self._origins[id(old)] = Origin(
            old.declaration, old.names, inputs, self._origin(old.parent), old.row, old.use, old.further
        )
        return new

    def _binding(self, old: Binding) -> Binding:
        scope, lexical_parent, names, depth, reuse, origin = old.context
        context = Context(
            self._scopes[id(scope)], self._scopes[id(lexical_parent)], names, depth, reuse, self._origin(origin)
        )
        inside = None if old.inside is None else self._scopes[id(old.inside)]
        return Binding(self.value(old.value), self.path(old.path), context, old.make, inside)
