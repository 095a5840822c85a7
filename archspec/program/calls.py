"""A backend's forms of a layer, before names are known."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, NamedTuple, TypeVar

from archspec.ir import Axes, Layer


@dataclass(frozen=True, slots=True)
class Made:
    """A framework's object as an argument: `keras.initializers.RandomNormal(stddev=0.01)`.

    `kind` is the annotation of a parameter for such objects.
    """

    callee: str
    arguments: tuple[Argument, ...]
    kind: str


Literal = bool | int | float | str | tuple["Literal", ...] | Made | None
"""A value that has a source of its own."""


class Required:
    """The type of `REQUIRED`, which no argument equals."""


REQUIRED: Final = Required()


class Argument(NamedTuple):
    """An argument of a call: the parameter's name in the framework, and the value.

    The source omits it if it equals `default`, and omits its name if it is `positional`.
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
    """An operation without weights, applied to its inputs directly.

    `template` has `{0}`, `{1}`, ... for the inputs' expressions, or `{inputs}` for all of them separated by commas,
    and `{arguments}` for the arguments: `F.max_pool2d({0}, {arguments})`, `torch.cat(({inputs}), dim=1)`, `{0} + {1}`.
    If it ends in an index `[0]`, `[1]`, ... of several equal parts, `parts` is their number.
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
"""A fact of a site: another use of the block needs the more general of two forms, so all uses take it."""

LayerT = TypeVar("LayerT", bound=Layer)


@dataclass(frozen=True, slots=True)
class Site(Generic[LayerT]):
    """One use of a layer, as a row sees it.

    Axes are canonical; unknown ones are None. `facts` are the results of the backend's own analyses of this use.
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
"""Facts about a use, in the backend's own words."""

Described = tuple[Call | Function | None, ...]
"""A backend's forms of a node, in the backend's order."""
