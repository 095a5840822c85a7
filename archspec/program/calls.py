"""How a backend says what it would write for a layer, before names are known."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, NamedTuple, TypeVar

from archspec.ir import Axes, Layer


@dataclass(frozen=True, slots=True)
class Made:
    """What the framework makes of a number: `keras.initializers.Constant(0.1)`."""

    callee: str
    number: float


Literal = bool | int | float | str | tuple["Literal", ...] | Made | None
"""A value that has a source of its own."""


class Required:
    """The type of `REQUIRED`, which no argument equals."""


REQUIRED: Final = Required()


class Argument(NamedTuple):
    """An argument of a call: the parameter's own name in the framework, and the value.

    It is left out of the source when it equals `default`, and written without its name when `positional`.
    """

    name: str
    value: Literal
    default: Literal | Required = REQUIRED
    positional: bool = False


@dataclass(frozen=True)
class Call:
    """The construction of a framework's layer: `nn.Conv2d(3, 64, 7, stride=2)`."""

    callee: str
    arguments: tuple[Argument, ...] = ()

    @cached_property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values."""
        return self.callee, _outlines(self.arguments)

    def with_arguments(self, arguments: Iterable[Argument]) -> Call:
        """The same call with these arguments."""
        return Call(self.callee, tuple(arguments))


@dataclass(frozen=True)
class Function:
    """An operation applied to its inputs directly, for what owns no weights.

    `template` has `{0}`, `{1}`, ... for the inputs' expressions, or `{inputs}` for all of them separated by commas,
    and `{arguments}` for the arguments: `F.max_pool2d({0}, {arguments})`, `torch.cat(({inputs}), dim=1)`, `{0} + {1}`.
    Where it ends in `[0]`, `[1]`, ... and takes one of some equal `parts`, that is how many there are.
    """

    template: str
    arguments: tuple[Argument, ...] = ()
    parts: int = 0

    @cached_property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values."""
        return self.template, _outlines(self.arguments)


def _outlines(arguments: tuple[Argument, ...]) -> Hashable:
    return tuple([(argument.name, argument.positional) for argument in arguments])


GENERAL: Final = "general"
"""A fact of a site: the same layer in another use of the block needs the more general of two forms, so take that."""

LayerT = TypeVar("LayerT", bound=Layer)


@dataclass(frozen=True, slots=True)
class Site(Generic[LayerT]):
    """One use of a layer, as an emission row sees it.

    Axes are canonical, and None where they are unknown. `facts` are what the backend's own analyses found about this
    use, in its own words.
    """

    layer: LayerT
    inputs: tuple[Axes, ...]
    output: Axes
    facts: Facts = frozenset()

    @property
    def channels(self) -> int:
        """The number of channels of the first input."""
        last = self.inputs[0][-1]
        assert last is not None, "the last axis is always known"
        return last


Facts = frozenset[str]
"""What is known of a use, in the backend's words."""

Described = tuple[Call | Function | None, ...]
"""What a backend writes for a node, in an order of its own."""
