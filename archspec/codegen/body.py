"""What a class or a function will say: uses of layers, wired by numbered values, with their arguments as leaves.

These trees are compared and generalised as data: two uses of a block are the same class when their trees are equal but
for the values of arguments. So each tree knows its `outline`, which is all of it but the values, and its `arguments`
in the order of the source, and `with_arguments` puts others in their place. What is looked at often and shared by many
uses (calls, sequences, bodies) keeps its outline once it is known; what is made for each use is a plain tuple.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from typing import Generic, NamedTuple, TypeVar, cast

from archspec.ir import Value
from archspec.program.calls import Argument, Call, Code, Function

Number = int
"""A value inside a body: its inputs are 0, 1, ..., the results of its items follow."""


@dataclass(frozen=True)
class Sequence:
    """Layers made as one chain, each under its name in the chain: `nn.Sequential(...)`."""

    parts: tuple[Part, ...]

    @cached_property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values and steps."""
        return tuple([part.outline for part in self.parts])

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """Those of its parts, and how many copies of them there are."""
        return tuple(chain.from_iterable(part.arguments for part in self.parts))

    @property
    def variables(self) -> Iterator[str]:
        """What the comprehensions in it call what varies in them."""
        for part in self.parts:
            yield part.variable
            if isinstance(part.made, Sequence):
                yield from part.made.variables

    def with_arguments(self, arguments: Iterable[Argument]) -> Sequence:
        """The same sequence with these arguments."""
        left = iter(arguments)
        return Sequence(tuple([part.with_arguments(left) for part in self.parts]))


class Part(NamedTuple):
    """A member of a `Sequence`; with `copies` given it stands for that many members in a row.

    With a `variable`, `copies` is the table of what that is in each of them. With `{i}` in the name, i goes from
    `first` up to `copies`.
    """

    name: str
    made: Call | Sequence
    copies: Argument | None = None
    variable: str = ""
    first: int = 0

    @property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values and steps; what is said by the variable belongs to it."""
        said = _code(self.made.arguments) if self.variable else ()
        return self.name, self.first, self.made.outline, self.copies is None, self.variable, said

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What it is made with, and how many copies there are."""
        return self.made.arguments if self.copies is None else (*self.made.arguments, self.copies)

    def with_arguments(self, left: Iterator[Argument]) -> Part:
        """The same part with as many of these arguments as it has."""
        made = self.made.with_arguments(islice(left, len(self.made.arguments)))
        return self._replace(made=made, copies=self.copies and next(left))


class Use(NamedTuple):
    """A layer made and applied, or a function applied.

    `name` is where its weights live, seen from the body; inside a loop it may hold `{i}` or `{i + 1}`. A use that
    `shares` applies what the body made under that name. A use with `switch` passes its input on where the switch is
    false. `kept` says that what is made is applied again elsewhere in the body. `light` marks elementwise work
    that reads best in the line of what it is applied to.
    """

    made: Call | Sequence | Function | None
    inputs: tuple[Number, ...]
    results: tuple[Number, ...]
    name: str | None = None
    shares: str | None = None
    switch: Argument | None = None
    kept: bool = False
    light: bool = False

    @property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values and steps."""
        made, inputs, results, name, shares, switch, kept, _ = self
        return made and made.outline, inputs, results, name, shares, kept, switch and switch.name

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What it is made with, and its switch."""
        own = self.made.arguments if self.made else ()
        return own if self.switch is None else (*own, self.switch)

    def with_made(self, made: Call | Sequence | Function | None) -> Use:
        """The same use of something else."""
        return Use(made, *self[1:])

    def with_arguments(self, arguments: Iterable[Argument]) -> Use:
        """The same use with these arguments."""
        left = iter(arguments)
        made = self.made and self.made.with_arguments(islice(left, len(self.made.arguments)))
        return self._replace(made=made, switch=next(left)) if self.switch else self.with_made(made)


class Carried(NamedTuple):
    """A value that a loop hands from turn to turn: before the loop, inside a turn, after a turn, after the loop."""

    before: Number
    inside: Number
    turned: Number
    after: Number


class Loop(NamedTuple):
    """`for i in range(first, turns)` over uses; with a `variable`, `for i, variable in enumerate(turns, first)`.

    `turns` is the number at which it stops, or the table of what the variable is in each turn. `i` grows by `stride`.
    """

    first: int
    turns: Argument
    uses: tuple[Use, ...]
    carried: tuple[Carried, ...]
    variable: str = ""
    stride: int = 1

    @property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values and steps."""
        said = [_code(use.arguments) for use in self.uses] if self.variable else ()
        uses = tuple([use.outline for use in self.uses])
        return self.first, uses, self.carried, self.variable, self.stride, tuple(said)

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """Its turns, and what its uses are made with."""
        return (self.turns, *chain.from_iterable(use.arguments for use in self.uses))

    def with_arguments(self, arguments: Iterable[Argument]) -> Loop:
        """The same loop with these arguments."""
        left = iter(arguments)
        return self._replace(turns=next(left), uses=_filled(self.uses, left))


def _code(arguments: Iterable[Argument]) -> Hashable:
    return tuple([argument.value.text if isinstance(argument.value, Code) else None for argument in arguments])


Item = Use | Loop
ItemT = TypeVar("ItemT", bound=Item)


def _filled(items: tuple[ItemT, ...], left: Iterator[Argument]) -> tuple[ItemT, ...]:
    """The same items, each with as many of these arguments as it has."""
    return tuple([cast(ItemT, item.with_arguments(islice(left, len(item.arguments)))) for item in items])


@dataclass(frozen=True)
class Body:
    """The inside of a definition: `inputs` values come in, `outputs` go out."""

    inputs: int
    items: tuple[Item, ...]
    outputs: tuple[Number, ...]

    @cached_property
    def outline(self) -> Hashable:
        """What it is but for its arguments' values and steps."""
        return self.inputs, tuple([item.outline for item in self.items]), self.outputs

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """Those of its items."""
        return tuple(chain.from_iterable([item.arguments for item in self.items]))

    @property
    def identity(self) -> Hashable:
        """What two bodies share if they make the very same objects, wired alike. It costs less than comparing them."""
        return self.inputs, self.outputs, tuple([(id(item[0]), *item[1:]) for item in self.items])

    def with_arguments(self, arguments: Iterable[Argument]) -> Body:
        """The same body with these arguments."""
        return Body(self.inputs, _filled(self.items, iter(arguments)), self.outputs)

    @property
    def variables(self) -> frozenset[str]:
        """What its loops and comprehensions call what varies in them."""
        loops = (item.variable for item in self.items if isinstance(item, Loop))
        chains = (use.made for use in self.uses if isinstance(use.made, Sequence))
        return frozenset(filter(None, [*loops, *(name for chain in chains for name in chain.variables)]))

    @property
    def uses(self) -> Iterator[Use]:
        """All the uses, those in loops too."""
        for item in self.items:
            if isinstance(item, Loop):
                yield from item.uses
            else:
                yield item


Key = TypeVar("Key", Number, Value)


@dataclass(slots=True)
class Numbers(Generic[Key]):
    """Hands out the numbers of a body's values, and knows which value has which."""

    next: Number = 0
    known: dict[Key, Number] = field(default_factory=dict)

    def new(self, value: Key) -> Number:
        """A number that no value has, for this value."""
        number = self.known[value] = self.next
        self.next = number + 1
        return number


def renumbered(body: Body, omitted: Collection[Number] = ()) -> Body:
    """The body with its values numbered in the order of their making, so that equal bodies are equal data.

    A use whose result is among `omitted` is left out; what it reads is passed on.
    """
    numbers = Numbers(body.inputs, {number: number for number in range(body.inputs)})
    items: list[Item] = []
    for item in body.items:
        if isinstance(item, Loop):
            items.append(_renumbered_loop(item, numbers))
        elif set(item.results).isdisjoint(omitted):
            items.append(_renumbered_use(item, numbers))
        else:
            numbers.known[item.results[0]] = numbers.known[item.inputs[0]]
    return Body(body.inputs, tuple(items), tuple(numbers.known[number] for number in body.outputs))


def _renumbered_use(use: Use, numbers: Numbers[Number]) -> Use:
    inputs = tuple([numbers.known[number] for number in use.inputs])
    results = tuple([numbers.new(number) for number in use.results])
    return Use(use.made, inputs, results, *use[3:])


def _renumbered_loop(loop: Loop, numbers: Numbers[Number]) -> Loop:
    before = [numbers.known[each.before] for each in loop.carried]
    inside = [numbers.new(each.inside) for each in loop.carried]
    uses = tuple(_renumbered_use(use, numbers) for use in loop.uses)
    turned = [numbers.known[each.turned] for each in loop.carried]
    after = [numbers.new(each.after) for each in loop.carried]
    return loop._replace(uses=uses, carried=tuple(map(Carried, before, inside, turned, after)))
