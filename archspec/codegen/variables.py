"""Gives a body's values the names of local variables, as few as reads well: a chain keeps one name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from types import MappingProxyType

from archspec.codegen.body import Body, Item, Loop, Number, Sequence, Use
from archspec.program.calls import Call
from archspec.program.names import RESERVED

FRESH = ("x", "y", "z", "u", "v", "w")


def variables(
    body: Body,
    inputs: list[str],
    taken: Iterable[str] = (),
    kept: Iterable[Number] = (),
    outputs: Mapping[str, Number] = MappingProxyType({}),
) -> dict[Number, str]:
    """A name for each value of the body.

    `inputs` are the names that the body's inputs have; no value is called one of `taken`. Values in `kept` keep their
    names to the end, as the inputs of a `keras.Model` must. `outputs` are the network's, by their names.
    """
    naming = _Naming(body, RESERVED.union(taken), {number: name for name, number in outputs.items()})
    naming.last.update(dict.fromkeys(kept, len(body.items)))
    for number, name in enumerate(inputs):
        naming.give(number, name)
    for index, item in enumerate(body.items):
        if isinstance(item, Loop):
            naming.name_loop(item, index)
        else:
            naming.name_use(item, index)
    return naming.names


def handed_over(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """The statements by which each name of a pair takes over the value that the other has before all of them."""
    needed = [(name, before) for name, before in pairs if name != before]
    overwritten: set[str] = set()
    for name, before in needed:
        if before in overwritten:
            return [" = ".join(", ".join(names) for names in zip(*needed, strict=True))]
        overwritten.add(name)
    return [f"{name} = {before}" for name, before in needed]


class _Naming:
    def __init__(self, body: Body, taken: Set[str], outputs: Mapping[Number, str]) -> None:
        self.names: dict[Number, str] = {}
        self.last: dict[Number, int] = {}
        self._taken = taken
        self._outputs = outputs
        self._needed: dict[str, int] = {}
        self._merged: set[Number] = set()
        for index, item in enumerate(body.items):
            for number in _reads(item):
                self.last[number] = index
            for use in item.uses if isinstance(item, Loop) else (item,):
                if len(use.inputs) > 1:
                    self._merged.update(use.inputs)
        self.last.update(dict.fromkeys(body.outputs, len(body.items)))
        if len(body.outputs) > 1:
            self._merged.update(body.outputs)

    def give(self, number: Number, name: str) -> None:
        """Gives a value a name, which nothing else can have until the value was last read."""
        self.names[number] = name
        self._needed[name] = max(self._needed.get(name, -1), self.last.get(number, -1))

    def _live(self, index: int) -> set[str]:
        """The names of the values that are read after the item at an index."""
        return {name for name, last in self._needed.items() if last > index}

    def name_use(self, use: Use, index: int) -> None:
        """Names what a use makes: after itself if it goes into a merge, else like the input that ends here."""
        ending = [self.names[number] for number in use.inputs if self.last[number] == index]
        live = self._live(index)
        for result in use.results:
            own = self._own(use, result)
            choices = (*own, *[name for name in ending if name in FRESH], *FRESH)
            name = self._first_free(choices, live)
            self.give(result, name)
            live.add(name)

    def _own(self, use: Use, result: Number) -> list[str]:
        """What the spec calls a result that is not read at once: the use's name, or of several results the output's."""
        if len(use.results) > 1:
            name = self._outputs.get(result, "")
            return [name] if name.isidentifier() else []
        return [use.name] if result in self._merged and use.name and _is_branch(use) else []

    def name_loop(self, loop: Loop, index: int) -> None:
        """Names what a loop carries: one name before, during and after, if the value before is not needed later."""
        outer = self._live(index) | {self.names[number] for number in _constants(loop)}
        live = set(outer)
        for carried in loop.carried:
            before = self.names[carried.before]
            ends_here = self.last[carried.before] == index and before not in live
            name = before if ends_here else self._first_free(FRESH, live)
            self.give(carried.inside, name)
            self.give(carried.after, name)
            live.add(name)
        self._name_turn(loop, outer)

    def _name_turn(self, loop: Loop, outer: set[str]) -> None:
        following = {each.turned: self.names[each.inside] for each in loop.carried}
        last = {number: index for index, use in enumerate(loop.uses) for number in use.inputs}
        made: set[str] = set()
        for index, use in enumerate(loop.uses):
            live = outer | made | {self.names[n] for n, end in last.items() if end > index and n in self.names}
            ending = [self.names[number] for number in use.inputs if last[number] == index]
            for result in use.results:
                choices = [following[result]] if result in following else ending
                name = self.names[result] = self._first_free((*choices, *FRESH), live)
                live.add(name)
                if result in following:
                    made.add(name)

    def _first_free(self, choices: Iterable[str], live: set[str]) -> str:
        for name in choices:
            if name not in live and name not in self._taken:
                return name
        number = 1
        while f"x{number}" in live or f"x{number}" in self._taken:
            number += 1
        return f"x{number}"


def _is_branch(use: Use) -> bool:
    """Whether a use is a part that the spec named, and no single layer of a framework, whose callee has a dot."""
    whole = isinstance(use.made, Sequence) or (isinstance(use.made, Call) and "." not in use.made.callee)
    return whole and use.name is not None and use.name.isidentifier()


def _reads(item: Item) -> list[Number]:
    if isinstance(item, Use):
        return list(item.inputs)
    return _constants(item) + [each.before for each in item.carried]


def _constants(loop: Loop) -> list[Number]:
    """What every turn reads from outside."""
    own = {number for use in loop.uses for number in use.results} | {each.inside for each in loop.carried}
    return [number for use in loop.uses for number in use.inputs if number not in own]
