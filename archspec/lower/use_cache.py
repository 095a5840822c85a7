"""Uses of a block that are alike: the later ones are the first one again, under their own paths.

A block sees nothing of its use but its params and what it reads. Most uses in deep networks are alike, and to copy one
takes a tenth of the time that it takes to lower it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from archspec.ir import Node, Origin, Value
from archspec.lower.bounds import Bounds, Counted
from archspec.lower.nodes import Nodes
from archspec.lower.scope_builder import Binding, Context, ScopeBuilder

_SCALARS = frozenset({int, float, bool, str, type(None)})


class _Use(NamedTuple):
    """A use that was lowered: its scope, what it reads, its value, and what it has counted for the bounds."""

    scope: ScopeBuilder
    inputs: tuple[Value, ...]
    value: Value
    counted: Counted


class UseCache:
    """The uses of blocks so far that can be copied, the first of each kind."""

    def __init__(self, nodes: Nodes, bounds: Bounds) -> None:
        self._nodes = nodes
        self._bounds = bounds
        self._uses: dict[Hashable, _Use] = {}

    def key(self, scope: ScopeBuilder, inputs: Sequence[Value], depth: int) -> Hashable | None:
        """What uses that are alike have in common, of which this one's scope is open; None for one like no other.

        What is another use again, by a `Reuse`, has its weights.

        Arguments that are no scalars are not looked through: from a hostile spec they may be very large.
        """
        types = [self._nodes.types.get(value) for value in inputs]
        arguments = tuple(scope.arguments.values())
        if scope.original or None in types or not _SCALARS.issuperset(map(type, arguments)):
            return None
        # What is around a use decides how deep it may go, and which blocks may not be used in it. 1, 1.0 and True are
        # equal, and so are 0.0 and -0.0, but their texts are not.
        around = frozenset([outer.kind for outer in scope.enclosing() if outer.block])
        return scope.kind, around, depth, repr(arguments), tuple(types), tuple(map(inputs.index, inputs))

    def add(self, key: Hashable, scope: ScopeBuilder, inputs: tuple[Value, ...], value: Value, before: Counted) -> None:
        """Remember a use, which began with the bounds at `before` and has nothing unknown in it."""
        # By its name a block can read an input of the network, which would be taken for what the use reads.
        if not any(each.startswith("@") for each in inputs):
            self._uses[key] = _Use(scope, inputs, value, self._bounds.since(before))

    def copy(self, key: Hashable, scope: ScopeBuilder, inputs: tuple[Value, ...]) -> Value | None:
        """Fill the scope of a use as that of the one that it is like; gives its value.

        None if there is none yet, and where the network gets too large, which is told where it is lowered.
        """
        use = self._uses.get(key)
        if use is None or not self._bounds.has_room(use.counted):
            return None
        copying = _Copying(use, scope, inputs, self._nodes)
        copying.fill(use.scope, scope)
        return copying.renamed(use.value)


class _Copying:
    """One copy of a use, into `scope`."""

    def __init__(self, use: _Use, scope: ScopeBuilder, inputs: tuple[Value, ...], nodes: Nodes) -> None:
        self._nodes = nodes
        self._values = dict(zip(use.inputs, inputs, strict=True))
        self._old = use.scope.path + "."
        self._new = scope.path + "."
        self._scopes = {id(use.scope): scope}
        self._origins = {id(use.scope.origin): scope.origin}

    def renamed(self, value: Value) -> Value:
        """The path, or the value, that this one is in the copy."""
        found = self._values.get(value)
        if found is None:
            found = self._new + value[len(self._old) :] if value.startswith(self._old) else value
            self._values[value] = found
        return found

    def fill(self, old: ScopeBuilder, new: ScopeBuilder) -> None:
        """Copy what is in a scope into its copy."""
        renamed = self.renamed
        for member in old.members:
            path = renamed(member.path)
            if isinstance(member, Node):
                inputs = tuple([renamed(value) for value in member.inputs])
                shares = None if member.shares is None else renamed(member.shares)
                node = Node(path, member.layer, inputs, member.type, member.named, shares, self._origin(member.origin))
                self._nodes.again(node, member.path)
                new.members.append(node)
            else:
                new.members.append(self._copied_scope(member, path, new))
        for name, each in old.bindings.items():
            new.bindings[name] = self._binding(each)
        new.independent += [each._replace(value=renamed(each.value)) for each in old.independent]
        new.left_out |= old.left_out
        new.count = old.count

    def _copied_scope(self, old: ScopeBuilder, path: str, outer: ScopeBuilder) -> ScopeBuilder:
        new = ScopeBuilder(
            path,
            old.kind,
            self.renamed(old.input),
            outer=outer,
            lexical_parent=self._scopes[id(old.lexical_parent)] if old.lexical_parent else None,
            spec=old.spec,
            block=old.block,
            inputs={name: self.renamed(value) for name, value in old.inputs.items()},
            again=old.again,
            original=None if old.original is None else self.renamed(old.original),
            arguments=old.arguments,
            defaults=old.defaults,
            origin=self._origin(old.origin),
        )
        self._nodes.specs[path] = self._nodes.specs[old.path]
        self._scopes[id(old)] = new
        self.fill(old, new)
        return new

    def _origin(self, old: Origin | None) -> Origin | None:
        """The origin that stands for this one in the copy. That of the use itself was made for the copy already."""
        if id(old) in self._origins:
            return self._origins[id(old)]
        assert old is not None, "what stands in a use of a block has an origin"
        inputs = tuple([self.renamed(value) for value in old.inputs])
        new = self._origins[id(old)] = Origin(old.declaration, old.names, inputs, self._origin(old.parent), old.row)
        return new

    def _binding(self, old: Binding) -> Binding:
        scope, lexical_parent, names, depth, reuse, origin = old.context
        context = Context(
            self._scopes[id(scope)], self._scopes[id(lexical_parent)], names, depth, reuse, self._origin(origin)
        )
        inside = None if old.inside is None else self._scopes[id(old.inside)]
        return Binding(self.renamed(old.value), self.renamed(old.path), context, old.make, inside)
