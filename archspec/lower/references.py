"""Resolves references to values. Unresolved ones are reported after everything has been lowered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from archspec.errors import Diagnostic, Span, Where
from archspec.lower.scope_builder import Binding, ScopeBuilder
from archspec.lower.wires import Several, Unknown, Wire, single
from archspec.spec.common import INPUT
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean

Reads = Mapping[Wire, tuple[Wire, ...]]
"""The inputs of each value's node."""

_LONGEST_CYCLE = 10
_MOST_SEARCHED = 1_000


@dataclass(frozen=True, slots=True)
class _Unresolved:
    """A reference without a meaning where it was read; `value` is a placeholder.

    `seen` is the number of names that each of the visible scopes had at that time.
    """

    value: Unknown
    reference: str
    scope: ScopeBuilder
    place: Place
    seen: tuple[int, ...]

    def at(self, word: str) -> Where:
        """The position of a word of the path; of the whole path if the text spells it differently."""
        where = self.place.where
        if not isinstance(where, Span) or where.text != self.reference:
            return where
        start = f".{self.reference}.".find(f".{word}.")
        return where.inside(start, start + len(word))

    def known(self) -> Iterator[str]:
        """The names that the reference could have been, without those of later layers."""
        for near, count in zip(self.scope.visible(), self.seen, strict=True):
            yield from islice(near.bindings, count)
            yield from near.inputs


class References:
    """Resolves references; `all_known` says whether all were resolved. `inputs` are the network's inputs by name."""

    def __init__(self, inputs: Mapping[str, Wire], reads: Reads) -> None:
        self.all_known = True
        self.inputs = inputs
        self._reads = reads
        self._unresolved: list[_Unresolved] = []

    def resolve(self, reference: str, scope: ScopeBuilder, place: Place) -> Wire:
        """The value of a reference; for an unresolved one a placeholder without a type."""
        if reference == INPUT:
            return scope.input
        member = find(reference, scope)
        if member is not None:
            return member.value
        given = scope.given(reference)
        if given is not None:
            return given
        if reference in self.inputs:
            return self.inputs[reference]
        self.all_known = False
        value = Unknown(f"?{len(self._unresolved)}")
        seen = tuple(len(near.bindings) for near in scope.visible())
        self._unresolved.append(_Unresolved(value, reference, scope, place, seen))
        return value

    def is_input(self, name: str | None) -> bool:
        """Whether the network has an input of this name."""
        return name in self.inputs

    def is_left_out(self, reference: str, scope: ScopeBuilder) -> bool:
        """Whether `when` or `repeat` left out the layer at the path."""
        end = _look(reference, scope)
        return isinstance(end, _DeadEnd) and end.left_out

    def unknown(self, reference: str, scope: ScopeBuilder, place: Place, others: Iterable[str]) -> Diagnostic:
        """The fault of a path without a layer, after everything has been lowered; `others` are further known words."""
        end = _look(reference, scope)
        assert isinstance(end, _DeadEnd), "whoever asks has found no layer"
        seen = tuple(len(near.bindings) for near in scope.visible())
        return self._unknown(_Unresolved(Unknown(""), reference, scope, place, seen), end, others)

    def explain(self, report: Report) -> None:
        """Report the unresolved references: to later layers, to layers that were left out, and to unknown names."""
        targets = {found.value: _look(found.reference, found.scope) for found in self._unresolved}
        later: dict[Wire, tuple[Wire, ...]] = {
            value: (target.value,) for value, target in targets.items() if isinstance(target, Binding)
        }
        later |= {value: single([value]) for (value,) in later.values() if isinstance(value, Several)}
        reads = {**self._reads, **later} if later else {}
        uncertain: list[tuple[_Unresolved, _DeadEnd]] = []
        for found in self._unresolved:
            target = targets[found.value]
            if isinstance(target, Binding):
                report.add(_too_early(found, target, reads), found.scope.uses)
            elif target.uncertain:
                uncertain.append((found, target))
            else:
                report.add(self._unknown(found, target), found.scope.uses)
        # Other faults may be the cause, so these are only reported where there are none.
        for found, end in () if report.failed else uncertain:
            report.add(self._unknown(found, end), found.scope.uses)

    def _unknown(self, found: _Unresolved, end: _DeadEnd, others: Iterable[str] = ()) -> Diagnostic:
        hint: str | None
        message = f'no layer or input is called "{end.word}" here'
        if end.left_out:
            message = f'"{found.reference}" is left out here'
            hint = "its `when` is false or its `repeat` 0; give what reads it the same `when`"
        elif end.inside:
            message = f'"{end.inside}" has no layer "{end.word}"'
            hint = did_you_mean(end.word, end.known)
        elif any(end.word in scope.bindings for scope in found.scope.enclosing()):
            hint = "a block sees its own layers and the network's inputs; what it is used on is its `input`"
        else:
            hint = did_you_mean(end.word, (*found.known(), *others, *self.inputs, INPUT))
        return Diagnostic("unknown-reference", message, found.at(end.word), hint)


@dataclass(frozen=True, slots=True)
class _DeadEnd:
    """The first word of a path without a meaning, inside the member at the path `inside`."""

    word: str
    inside: str
    scopes: tuple[ScopeBuilder, ...]

    @property
    def known(self) -> list[str]:
        """The names that the word could have been."""
        return [name for scope in self.scopes for name in scope.bindings]

    @property
    def left_out(self) -> bool:
        """Whether the layer of this name was left out."""
        return any(self.word in scope.left_out for scope in self.scopes)

    @property
    def uncertain(self) -> bool:
        """Whether other faults may be the cause."""
        return any(scope.uncertain for scope in self.scopes)


def find(reference: str, scope: ScopeBuilder) -> Binding | None:
    """The binding of a path, seen from a scope: the nearest one of its first word, and from there inwards."""
    found = _look(reference, scope)
    return found if isinstance(found, Binding) else None


def _look(reference: str, scope: ScopeBuilder) -> Binding | _DeadEnd:
    first, *rest = reference.split(".")
    for near in scope.visible():
        if first in near.bindings:
            member = near.bindings[first]
            return _enter(member.inside, member.path, rest) if rest else member
        for unfinished in (near, near.copying) if rest else ():
            if unfinished is not None and first == unfinished.name:
                return _enter(unfinished, unfinished.path, rest)
    return _DeadEnd(first, "", tuple(scope.visible()))


def _enter(scope: ScopeBuilder | None, path: str, words: list[str]) -> Binding | _DeadEnd:
    """The binding of the words in a scope; `path` is the scope's, or that of the node that has no scope."""
    first, *rest = words
    if scope is None or first not in scope.bindings:
        return _DeadEnd(first, path, () if scope is None else (scope,))
    member = scope.bindings[first]
    return _enter(member.inside, member.path, rest) if rest else member


def _too_early(found: _Unresolved, target: Binding, reads: Reads) -> Diagnostic:
    way = _way(target.value, found.value, reads)
    if way is None:
        hint = "a layer can only read what is listed before it"
        return Diagnostic("later-reference", f'"{found.reference}" is listed later', found.place.where, hint)
    if len(way) <= 1:
        # A group without layers passes its input on, so the cycle may have no layer.
        return Diagnostic("cycle", f'"{found.reference}" reads itself', found.place.where)
    steps = way if len(way) <= _LONGEST_CYCLE else [*way[:3], "...", *way[-3:]]
    return Diagnostic("cycle", f"these layers read each other: {' -> '.join([way[-1], *steps])}", found.place.where)


def _way(start: Wire, goal: Wire, reads: Reads) -> list[str] | None:
    """The names of the values from `start`, through the inputs of each, to the one that reads `goal`.

    None if there is no such way, or the search gets too long.
    """
    came_from: dict[Wire, Wire | None] = {start: None}
    waiting = [start]
    while waiting and len(came_from) < _MOST_SEARCHED:
        value = waiting.pop()
        for read in reads.get(value, ()):
            if read == goal:
                return _trace(came_from, value)
            if read not in came_from:
                came_from[read] = value
                waiting.append(read)
    return None


def _trace(came_from: Mapping[Wire, Wire | None], end: Wire) -> list[str]:
    """The names of the values on the way that ends here, without placeholders."""
    way: list[str] = []
    value: Wire | None = end
    while value is not None:
        if not str(value).startswith("?"):
            way.append(str(value))
        value = came_from[value]
    return way[::-1]
