"""`when`, `for` and `repeat`: how often a layer stands there, and under which names."""

from __future__ import annotations

from collections import ChainMap
from typing import NamedTuple

from typing_extensions import override

from archspec.lower.bounds import Bounds
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.report import Faulty


class Names(ChainMap[str, object]):
    """What the names in expressions stand for: the innermost loop's first, the document's params last."""

    @override
    def __getitem__(self, name: str) -> object:
        # As ChainMap has it, but without an exception for each mapping that does not have the name.
        for mapping in self.maps:
            if name in mapping:
                return mapping[name]
        return self.__missing__(name)


CHANNELS = "channels"
"""The word for the number of channels of what a layer reads, in the layer's own expressions."""


class _Words(dict[str, object]):
    """What expressions can read that nobody has declared; any name that was declared goes before."""


def with_channels(names: Names, channels: int) -> Names:
    """The names, and the number of channels of what the layer reads that they are for."""
    declared = names.maps[:-1] if isinstance(names.maps[-1], _Words) else names.maps
    return Names(*declared, _Words({CHANNELS: channels}))


LOOPS = frozenset(("when", "for", "repeat"))
"""What says how often a layer stands there."""


class Copy(NamedTuple):
    """One copy of a layer: its name, if it has one of its own, and what its expressions read."""

    name: str | None
    names: Names


class Group(NamedTuple):
    """Copies that follow each other, and the name of the scope that they stand in, if they have one to themselves."""

    scope: str | None
    copies: list[Copy]


class Expansion(NamedTuple):
    """A layer's copies, and the names of what `when: false` and `repeat: 0` leave out."""

    groups: list[Group]
    left_out: set[str]

    @property
    def number(self) -> int:
        """How many copies there are."""
        return sum(len(group.copies) for group in self.groups)


def stands_once(spec: LayerSpec) -> bool:
    """Whether nothing says how often a layer stands there."""
    return LOOPS.isdisjoint(spec.common)


def expand(spec: LayerSpec, names: Names, bounds: Bounds) -> Expansion:
    """The copies of a layer that does not just stand there once, in order; raises `Faulty` and `TooLarge`.

    A name that reads a column of `for`, or `i` under `repeat`, tells the copies apart. Otherwise they stand in a scope
    of that name: one for each row if the name reads a column, one for all of them if it reads none.
    """
    expansion = Expansion([], set())
    columns = spec.read("for", names)
    rows = [names] if not isinstance(columns, dict) else _rows(columns, names)
    by_row = isinstance(columns, dict) and not spec.names("name").isdisjoint(columns)
    bounds.ask(len(rows), spec)
    for row in rows:
        if not _kept_as_a_whole(spec, row):
            _leave_out(spec, row, expansion)
            continue
        count = spec.read("repeat", row)
        by_copy = "i" in spec.names("name") if isinstance(count, int) else by_row or columns is None
        if isinstance(count, int):
            bounds.ask(count, spec)
        copies = _copies(spec, _numbered(row, count), by_copy, expansion)
        if not copies:
            _leave_out(spec, row, expansion)
        elif by_copy or by_row or not expansion.groups:
            expansion.groups.append(Group(None if by_copy else name_of(spec, row), copies))
        else:
            expansion.groups[-1].copies.extend(copies)
    return expansion


def _rows(columns: dict[str, list[object]], names: Names) -> list[Names]:
    rows = zip(*columns.values(), strict=True)
    return [names.new_child(dict(zip(columns, row, strict=True))) for row in rows]


def _numbered(row: Names, count: object) -> list[Names]:
    return [row.new_child({"i": index}) for index in range(count)] if isinstance(count, int) else [row]


def _kept_as_a_whole(spec: LayerSpec, row: Names) -> bool:
    """Whether `when` keeps the row, before it is known how often it repeats: `repeat` may have no value where not."""
    return "when" not in spec.common or "i" in spec.names("when") or spec.read("when", row) is not False


def _copies(spec: LayerSpec, numbered: list[Names], by_copy: bool, expansion: Expansion) -> list[Copy]:
    copies = []
    by_index = "i" in spec.names("when")
    for names in numbered:
        if by_index and spec.read("when", names) is False:
            _leave_out(spec, names, expansion)
        else:
            copies.append(Copy(name_of(spec, names) if by_copy else None, names))
    return copies


def name_of(spec: LayerSpec, names: Names) -> str | None:
    """The name that a layer says it has; raises `Faulty`."""
    name = spec.read("name", names)
    return name if isinstance(name, str) else None


def _leave_out(spec: LayerSpec, names: Names, expansion: Expansion) -> None:
    """Remember the name, if it has one without the index of a copy that is not made."""
    try:
        name = name_of(spec, names)
    except Faulty:
        return
    if name is not None:
        expansion.left_out.add(name)
