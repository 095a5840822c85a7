"""Scopes under construction: their members, and the names that layers inside them can refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archspec.errors import Span, Where
from archspec.expressions.names import Names
from archspec.ir import Node, Origin
from archspec.lower.wires import Wire
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.report import Use

REPEAT = "repeat"
"""The kind of a scope that holds the copies of one layer."""


@dataclass(slots=True, eq=False)
class ScopeBuilder:
    """A scope under construction.

    `outer` is the scope around it. `lexical_parent` is the scope in which names are looked up next; it is None for a
    block, whose layers cannot refer to the layers around a use. `input` is the value of the reference `input`, and
    `inputs` are the values of a block's own names for its inputs. `copying` is the scope of copies that is being
    filled. `again` says that a `Reuse` made the scope; then `original` is the path of the reused one, also for the
    scopes inside it; it is `refused` after the first fault of a layer inside. A scope is `uncertain` if faults may have
    kept layers out of it. `before` has for the value of each layer of a chain the value before it. `origin` is the copy
    of a declared layer that the scope belongs to. `each` has the names of the uses of each layer with `each`, in order,
    the first of which is the layer's own; `further` is the word of the use that is being made, if it is not that one.
    """

    path: str
    kind: str
    input: Wire
    outer: ScopeBuilder | None = None
    lexical_parent: ScopeBuilder | None = None
    spec: LayerSpec | None = None
    block: bool = False
    inputs: Mapping[str, Wire] = field(default_factory=dict)
    again: bool = False
    refused: bool = False
    original: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    members: list[Node | ScopeBuilder] = field(default_factory=list)
    independent: list[IndependentCopy] = field(default_factory=list)
    copying: ScopeBuilder | None = None
    bindings: dict[str, Binding] = field(default_factory=dict)
    before: dict[Wire, Wire] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    uncertain: bool = False
    count: int = 0
    origin: Origin | None = None
    each: dict[str, dict[str, str]] = field(default_factory=dict)
    further: str | None = None

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]

    @property
    def has_copies(self) -> bool:
        """Whether its members are the numbered copies of one layer."""
        return self.kind == REPEAT and not self.block

    def path_to(self, name: str) -> str:
        """The path of a member."""
        return f"{self.path}.{name}" if self.path else name

    def original_of(self, name: str) -> str | None:
        """The path of the layer that this member reuses, if the whole scope is reused."""
        return None if self.original is None else f"{self.original}.{name}"

    def next_name(self, name: str | None, role: str = "") -> str:
        """The name of the next member: its own, or its position.

        Copies are counted alone. A member without a name that stands among them is a part of the last one, and is
        called after it and its role: `0_activation`. Further uses of a layer with `each` have no positions, so that
        their number changes no name; the activation of one is called after that of the layer itself: `1_p4`.
        """
        if self.further is not None:
            return f"{self.count - 1}_{self.further}" if name is None else name
        if name is None and self.has_copies:
            return f"{self.count - 1}_{role}"
        self.count += 1
        return str(self.count - 1) if name is None else name

    def enclosing(self) -> Iterator[ScopeBuilder]:
        """This scope and the scopes around it, from the inside out."""
        scope: ScopeBuilder | None = self
        while scope is not None:
            yield scope
            scope = scope.outer

    def is_first_fault(self) -> bool:
        """Whether a fault here needs a report: the first one inside a `Reuse` is the reason for the others."""
        reused = [scope for scope in self.enclosing() if scope.again]
        if not reused:
            return True
        was_refused, reused[-1].refused = reused[-1].refused, True
        return not was_refused

    def visible(self) -> Iterator[ScopeBuilder]:
        """The scopes whose members can be referred to from here, from the inside out."""
        scope: ScopeBuilder | None = self
        while scope is not None:
            yield scope
            scope = scope.lexical_parent

    def given(self, name: str) -> Wire | None:
        """The value that the block around this scope reads under an input's name; None if it has no such input."""
        return next((scope.inputs[name] for scope in self.visible() if name in scope.inputs), None)

    def uses(self) -> tuple[Use, ...]:
        """The uses of blocks and the `Reuse` layers that lead here, from the inside out."""
        return tuple(use for scope in self.enclosing() if (use := scope._use()) is not None)

    def _use(self) -> Use | None:
        if self.spec is None or not (self.block or self.again):
            return None
        where = self.spec.place.where
        use = f"in block {self.kind}, used" if self.block else "used again"
        return Use(where, f"{use} as {self.path} at {_line(where)}")


def nodes_in(members: Iterable[Node | ScopeBuilder]) -> Iterator[Node]:
    """The nodes among the members and inside their scopes, in execution order."""
    for member in members:
        if isinstance(member, Node):
            yield member
        else:
            yield from nodes_in(member.members)


def _line(where: Where) -> str:
    return f"line {where.line}" if isinstance(where, Span) else where


class IndependentCopy(NamedTuple):
    """A copy of a layer that no later copy reads: its value, its members in the scope, and the layer's spec."""

    value: Wire
    members: slice
    spec: LayerSpec


class Context(NamedTuple):
    """The scope that a layer goes into, and the meaning of names there.

    References are looked up from `lexical_parent`, and names in expressions in `names`. `depth` is the nesting depth.
    `reuse` is the `Reuse` that lowers the layer here, if there is one. `origin` is the copy of the layer, or of the
    layer around it.
    """

    scope: ScopeBuilder
    lexical_parent: ScopeBuilder
    names: Names
    depth: int = 0
    reuse: LayerSpec | None = None
    origin: Origin | None = None

    def inside(self, scope: ScopeBuilder) -> Context:
        """The context of the layers inside a scope that is opened here."""
        return Context(scope, scope, self.names, self.depth + 1, origin=self.origin)


class Placement(NamedTuple):
    """A place for a layer: its context, its name if it has one, and the values that it reads.

    `original` is the path of the layer whose weights it shares, if it does.
    """

    context: Context
    name: str | None
    inputs: tuple[Wire, ...]
    original: str | None = None

    @property
    def scope(self) -> ScopeBuilder:
        """The scope that the layer goes into."""
        return self.context.scope


class Binding(NamedTuple):
    """The meaning of a name in a scope: a value, and a function that lowers the same layer in another place.

    `path` is the layer's path; the value is another one where an activation belongs to the layer. `inside` is the scope
    that the name stands for, if it is a scope.
    """

    value: Wire
    path: str
    context: Context
    make: Callable[[Placement], Wire]
    inside: ScopeBuilder | None = None
