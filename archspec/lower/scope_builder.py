"""Scopes under construction: what stands in them, under which names, and what is seen from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archspec.errors import Span, Where
from archspec.ir import Node, Origin, Value
from archspec.lower.names import Names
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.report import Use

REPEAT = "repeat"
"""The kind of a scope of copies."""


@dataclass(slots=True, eq=False)
class ScopeBuilder:
    """A scope under construction.

    `outer` is the scope that it stands in, and `sees` the one in which names are looked up that are not its own: None
    for a block, which sees nothing of its use. `input` is what the word `input` means in it, and `inputs` what the
    names mean that a block has for what it reads. `copying` is the scope in it whose copies are being made. A scope
    that a `Reuse` makes is another one `again`; of it, and of those inside it, `original` is the path of that other
    one. A scope is `uncertain` if faults leave open what it has. `origin` is the copy of a layer that it is.
    """

    path: str
    kind: str
    input: Value
    outer: ScopeBuilder | None = None
    lexical_parent: ScopeBuilder | None = None
    spec: LayerSpec | None = None
    block: bool = False
    inputs: Mapping[str, Value] = field(default_factory=dict)
    again: bool = False
    original: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    members: list[Node | ScopeBuilder] = field(default_factory=list)
    independent: list[IndependentCopy] = field(default_factory=list)
    copying: ScopeBuilder | None = None
    bindings: dict[str, Binding] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    uncertain: bool = False
    count: int = 0
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]

    @property
    def has_copies(self) -> bool:
        """Whether its members are a layer's copies, called by their numbers."""
        return self.kind == REPEAT and not self.block

    def path_to(self, name: str) -> str:
        """The path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def original_of(self, name: str) -> str | None:
        """The path of what this member is again, if the whole scope is another one again."""
        return None if self.original is None else f"{self.original}.{name}"

    def next_name(self, name: str | None, role: str = "") -> str:
        """The name of one more member: its own, or else its position.

        Copies are counted alone. A member without a name that stands among them is a part of the last one, and is
        called after it and its role: `0_activation`.
        """
        if name is None and self.has_copies:
            return f"{self.count - 1}_{role}"
        self.count += 1
        return str(self.count - 1) if name is None else name

    def enclosing(self) -> Iterator[ScopeBuilder]:
        """This scope and those that it stands in, from the inside out."""
        scope: ScopeBuilder | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def visible(self) -> Iterator[ScopeBuilder]:
        """The scopes whose members are seen from here, from the inside out."""
        scope: ScopeBuilder | None = self
        while scope is not None:
            yield scope
            scope = scope.lexical_parent

    def given(self, name: str) -> Value | None:
        """What the block around this scope reads under a name."""
        return next((scope.inputs[name] for scope in self.visible() if name in scope.inputs), None)

    def uses(self) -> tuple[Use, ...]:
        """Through which uses of blocks, and through which `Reuse`, one comes here, from the inside out."""
        return tuple(use for scope in self.enclosing() if (use := scope._use()) is not None)

    def _use(self) -> Use | None:
        if self.spec is None or not (self.block or self.again):
            return None
        where = self.spec.place.where
        use = f"in block {self.kind}, used" if self.block else "used again"
        return Use(where, f"{use} as {self.path} at {_line(where)}")


def nodes_in(members: Iterable[Node | ScopeBuilder]) -> Iterator[Node]:
    """The nodes among these members and inside them, in execution order."""
    for member in members:
        if isinstance(member, Node):
            yield member
        else:
            yield from nodes_in(member.members)


def _line(where: Where) -> str:
    return f"line {where.line}" if isinstance(where, Span) else where


class IndependentCopy(NamedTuple):
    """A copy of a layer that no copy after it reads: its value, which members of its scope it is, and the layer."""

    value: Value
    members: slice
    spec: LayerSpec


class Context(NamedTuple):
    """Where a layer stands and what its words mean there.

    Its members go into `scope`; the names that it refers to are looked up from `sees`, and those in its expressions in
    `names`. `depth` counts what it is nested in. `reuse` is the `Reuse` that puts the layer here, if one does.
    `origin` is the copy of a layer that is made here, or in which what stands here is made.
    """

    scope: ScopeBuilder
    lexical_parent: ScopeBuilder
    names: Names
    depth: int = 0
    reuse: LayerSpec | None = None
    origin: Origin | None = None

    def inside(self, scope: ScopeBuilder) -> Context:
        """The place of the layers in a scope that stands here."""
        return Context(scope, scope, self.names, self.depth + 1, origin=self.origin)


class Placement(NamedTuple):
    """A spot for a layer: where it stands, its name there if it has one, and the values that it reads.

    If it is another layer again, with its weights, `original` is that one's path.
    """

    context: Context
    name: str | None
    inputs: tuple[Value, ...]
    original: str | None = None

    @property
    def scope(self) -> ScopeBuilder:
        """The scope that the layer goes into."""
        return self.context.scope


class Binding(NamedTuple):
    """What a name in a scope stands for: a value, and how to make the layer again in another spot.

    `path` is the layer's, which is not the value where an activation belongs to the layer. `here` is where it stands,
    and `inside` what it has if it is a scope.
    """

    value: Value
    path: str
    context: Context
    make: Callable[[Placement], Value]
    inside: ScopeBuilder | None = None
