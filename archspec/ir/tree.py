"""The tree of a network: nodes, each one use of a layer, in scopes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from archspec.ir.layer import Layer
from archspec.ir.types import TensorType
from archspec.ir.values import Result, Value

if TYPE_CHECKING:
    from archspec.ir.declared import Origin


@dataclass(frozen=True, eq=False)
class Node:
    """One use of a primitive layer.

    `types` are those of its results, of which most layers have one. `named` says whether the path's last word is a name
    from the spec or a position. `shares` is the path of the node whose weights this one shares. `origin` is the copy of
    the declared layer that the node belongs to.
    """

    path: str
    layer: Layer
    inputs: tuple[Value, ...]
    types: tuple[TensorType, ...]
    named: bool = False
    shares: str | None = None
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]

    @property
    def owner(self) -> str:
        """The path of the node that owns the weights: its own, or that of the node whose weights it shares."""
        return self.shares or self.path

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The values that it makes."""
        return tuple([Result(self.path, type_, number) for number, type_ in enumerate(self.types)])

    @property
    def result(self) -> Result:
        """Its only result."""
        (result,) = self.results
        return result

    @property
    def type(self) -> TensorType:
        """The type of its only result."""
        (type_,) = self.types
        return type_

    @property
    def reads(self) -> tuple[TensorType, ...]:
        """The types of the values that it reads."""
        return tuple([value.type for value in self.inputs])


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A use of a block, a named composite, or the copies of a named layer.

    `kind` is the block's name, the composite's layer type or `repeat`. `arguments` are the values of a block's params
    in this use. `shares` is the path of the scope that this one reuses. `origin` is the copy of the declared layer that
    the scope belongs to.
    """

    path: str
    kind: str
    members: tuple[Node | Scope, ...]
    block: bool = False
    named: bool = True
    arguments: Mapping[str, object] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    shares: str | None = None
    origin: Origin | None = None

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]


def walk(members: tuple[Node | Scope, ...]) -> Iterator[Node]:
    """The nodes among the members and inside their scopes, in execution order, without recursion."""
    waiting = list(reversed(members))
    while waiting:
        member = waiting.pop()
        if isinstance(member, Scope):
            waiting.extend(reversed(member.members))
        else:
            yield member
