"""What a class or a function will say: uses of layers, wired by numbered values, with their arguments as leaves.

These trees are compared and generalised as data: two uses of a block are the same class when their trees are equal but
for the values of arguments. Constructors are called in full, because `dataclasses.replace` takes four times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from archspec.codegen.calls import Argument, Call, Function
from archspec.ir import Value

Number = int
"""A value inside a body: its inputs are 0, 1, ..., the results of its items follow."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """Layers made as one chain, each under its name in the chain: `nn.Sequential(...)`."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a `Sequence`; with `copies` given it stands for that many members in a row."""

    name: str
    made: Call | Sequence
    copies: Argument | None = None


@dataclass(frozen=True, slots=True)
class Use:
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


@dataclass(frozen=True, slots=True)
class Carried:
    """A value that a loop hands from turn to turn: before the loop, inside a turn, after a turn, after the loop."""

    before: Number
    inside: Number
    turned: Number
    after: Number


@dataclass(frozen=True, slots=True)
class Loop:
    """`for i in range(first, stop)` over uses."""

    first: int
    stop: Argument
    uses: tuple[Use, ...]
    carried: tuple[Carried, ...]


Item = Use | Loop


@dataclass(frozen=True, slots=True)
class Body:
    """The inside of a definition: `inputs` values come in, `outputs` go out."""

    inputs: int
    items: tuple[Item, ...]
    outputs: tuple[Number, ...]


Key = TypeVar("Key", Number, Value)


@dataclass(slots=True)
class Numbers(Generic[Key]):
    """Hands out the numbers of a body's values, and knows which value has which."""

    next: Number = 0
    known: dict[Key, Number] = field(default_factory=dict)

    def new(self, *values: Key) -> Number:
        """A number that no value has, for these values."""
        number = self.next
        for value in values:
            self.known[value] = number
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
    inputs = tuple(numbers.known[number] for number in use.inputs)
    results = tuple(numbers.new(number) for number in use.results)
    return Use(use.made, inputs, results, use.name, use.shares, use.switch, use.kept, use.light)


def _renumbered_loop(loop: Loop, numbers: Numbers[Number]) -> Loop:
    before = [numbers.known[each.before] for each in loop.carried]
    inside = [numbers.new(each.inside) for each in loop.carried]
    uses = tuple(_renumbered_use(use, numbers) for use in loop.uses)
    turned = [numbers.known[each.turned] for each in loop.carried]
    after = [numbers.new(each.after) for each in loop.carried]
    return Loop(loop.first, loop.stop, uses, tuple(map(Carried, before, inside, turned, after)))


Tree = TypeVar("Tree", Call, Use, Loop, Body, Item)


def map_arguments(tree: Tree, fn: Callable[[Argument], Argument]) -> Tree:
    """The same tree with `fn` applied to every argument, in the order of the source."""
    return cast(Tree, _map(tree, fn))


def arguments_of(tree: Body | Use) -> list[Argument]:
    """The arguments of a tree in the order of the source."""
    found: list[Argument] = []
    _collect(tree, found)
    return found


def uses_of(body: Body) -> Iterator[Use]:
    """All the uses, those in loops too."""
    for item in body.items:
        if isinstance(item, Loop):
            yield from item.uses
        else:
            yield item


def outline(tree: object) -> Hashable:
    """What a tree is but for its arguments' values and steps: trees with equal outlines are one definition."""
    match tree:
        case Call(callee, arguments) | Function(callee, arguments):
            return callee, *[(each.name, each.positional, each.step != 0) for each in arguments]
        case Sequence(parts):
            return tuple((part.name, outline(part.made), part.copies is None) for part in parts)
        case Use():
            wiring = (tree.inputs, tree.results, tree.name, tree.shares, tree.kept, tree.switch and tree.switch.name)
            return outline(tree.made), wiring
        case Loop():
            return tree.first, tuple(map(outline, tree.uses)), tree.carried
        case Body():
            return tree.inputs, tuple(map(outline, tree.items)), tree.outputs
    return None


def _collect(tree: object, found: list[Argument]) -> None:
    """Adds the arguments of a tree, in the order in which `_map` goes through them."""
    match tree:
        case Call() | Function():
            found.extend(tree.arguments)
        case Sequence():
            for part in tree.parts:
                _collect(part.made, found)
                found.extend([part.copies] if part.copies else [])
        case Use():
            _collect(tree.made, found)
            found.extend([tree.switch] if tree.switch else [])
        case Loop():
            found.append(tree.stop)
            for use in tree.uses:
                _collect(use, found)
        case Body():
            for item in tree.items:
                _collect(item, found)


def _map(tree: object, fn: Callable[[Argument], Argument]) -> object:
    match tree:
        case Call():
            return Call(tree.callee, tuple(map(fn, tree.arguments)))
        case Function():
            return Function(tree.template, tuple(map(fn, tree.arguments)))
        case Sequence():
            return Sequence(tuple(_map_part(part, fn) for part in tree.parts))
        case Use():
            made = cast("Call", _map(tree.made, fn))
            switch = fn(tree.switch) if tree.switch else None
            return Use(made, tree.inputs, tree.results, tree.name, tree.shares, switch, tree.kept, tree.light)
        case Loop():
            stop = fn(tree.stop)
            return Loop(tree.first, stop, tuple(cast(Use, _map(use, fn)) for use in tree.uses), tree.carried)
        case Body():
            return Body(tree.inputs, tuple(cast(Item, _map(item, fn)) for item in tree.items), tree.outputs)
    return tree


def _map_part(part: Part, fn: Callable[[Argument], Argument]) -> Part:
    made = cast("Call | Sequence", _map(part.made, fn))
    return Part(part.name, made, fn(part.copies) if part.copies else None)
