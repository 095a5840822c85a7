"""The lifetimes of a body's values, and the values that are worth their author's names."""

from __future__ import annotations

from collections.abc import Sequence, Set

from archspec.program.cases import Value
from archspec.program.model import Apply, Body, Group, If, Item, Loop
from archspec.program.walking import bodies_of


class Lifetimes:
    """The times at which each value of a body is made and read, counted in layers.

    Groups are inlined, so the value of a group is the value of its last layer, but for groups that are `models`. `kept`
    are the values that are needed to the end.
    """

    def __init__(self, body: Body, outputs: Sequence[Value], models: Set[Apply], kept: Sequence[Value] = ()) -> None:
        self._models = models
        self._same: dict[Value, Value] = {}
        self._made: dict[Value, int] = {}
        self._begun: dict[Value, int] = {}
        self._reads: dict[Value, list[int]] = {}
        self._merges: list[tuple[Value, ...]] = []
        self._time = 0
        self._walk(body.items)
        self._time += 1
        for value in (*outputs, *kept):
            self._read(value)
        if len(outputs) > 1:
            self._merges.append(tuple(map(self.one, outputs)))
        later = {value for value in self._made if self._is_read_later(value)}
        if len(body.inputs) > 1:
            later |= set(body.inputs)
        together = {value for merge in self._merges if _are_named(merge, later) for value in merge}
        self.named = frozenset(later | together)
        """The values that a later layer than the next one reads, and the values that are merged with them."""

    def one(self, value: Value) -> Value:
        """The representative of a value: an inlined group and its last layer have the same."""
        while value in self._same:
            value = self._same[value]
        return value

    def is_needed(self, value: Value, after: Value) -> bool:
        """Whether a value is read after another is made."""
        return self._last(value) > self._made[self.one(after)]

    def is_needed_inside(self, value: Value, item: If | Loop) -> bool:
        """Whether a value is read in a condition or loop, or after it."""
        return self._last(value) > self._begun[item.output]

    def _last(self, value: Value) -> int:
        return self._reads.get(self.one(value), [-1])[-1]

    def _is_read_later(self, value: Value) -> bool:
        reads = self._reads.get(value, [])
        return len(reads) > 1 or reads != [self._made[value] + 1]

    def _read(self, value: Value, ahead: int = 0) -> None:
        reads = self._reads.setdefault(self.one(value), [])
        if self._time + ahead not in reads:
            reads.append(self._time + ahead)

    def _walk(self, items: Sequence[Item]) -> None:
        for item in items:
            match item:
                case Apply(made=Group(body=body)) if item not in self._models:
                    if body.output not in body.inputs:
                        self._same[body.output] = self.one(item.output)
                    self._walk(body.items)
                case Apply():
                    self._time += 1
                    for value in item.inputs:
                        self._read(value)
                    if len(item.inputs) > 1:
                        self._merges.append(tuple(map(self.one, item.inputs)))
                    self._made[self.one(item.output)] = self._time
                case If():
                    self._branch(item)
                case Loop():
                    self._loop(item)

    def _branch(self, item: If) -> None:
        self._begun[item.output] = self._time
        if item.otherwise is None:
            self._read(item.source, ahead=1)  # together with the first layer inside
        for body in bodies_of(item):
            self._walk(body.items)
            self._time += 1
            self._read(body.output)
        self._made[self.one(item.output)] = self._time

    def _loop(self, item: Loop) -> None:
        carried = item.body.inputs[0]
        self._begun[item.output] = start = self._time
        before = {*self._reads, *self._made}
        self._made[carried] = start
        self._walk(item.body.items)
        self._time += 1
        self._read(item.body.output)
        self._made[self.one(item.output)] = self._time
        for value, reads in self._reads.items():
            if reads[-1] > start and (value in before or value not in self._made):
                reads.append(self._time)  # the next iteration reads it too
        reads = self._reads.setdefault(self.one(item.source), [])
        if start + 1 not in reads:
            reads.append(start + 1)
            reads.sort()


def _are_named(merged: Sequence[Value], later: Set[Value]) -> bool:
    """Whether values that are merged have names: one of them has, or one is merged with itself."""
    return not later.isdisjoint(merged) or len(set(merged)) < len(merged)
