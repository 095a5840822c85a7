"""`when`, `for`, `rows` and `repeat`: the copies of a layer, and their names."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from archspec.errors import Diagnostic
from archspec.expressions.names import CHANNELS, INPUT_WORDS, SHAPE, Names
from archspec.lower.bounds import Bounds
from archspec.lower.names import without_input
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.report import Faulty

LOOPS = frozenset(("when", "for", "rows", "repeat"))
"""The keys that decide how many copies a layer has."""

_MEANT = {CHANNELS: "numbers of channels", SHAPE: "lengths of axes"}

Known = Callable[[Names], Names]
"""Adds the shape of a layer's input to the names that its `inputs` are evaluated with."""


class Copy(NamedTuple):
    """One copy of a layer: its own name, if it has one, and the names that its expressions read.

    A copy that `follows` reads the copy before it, and no `inputs`. No later copy reads an `independent` one, because
    the later ones have their own `inputs`. `row` is the number of the copy's row, from 0.
    """

    name: str | None
    names: Names
    follows: bool = False
    independent: bool = False
    row: int = 0


class Group(NamedTuple):
    """Consecutive copies, and the name of their scope if they have one to themselves."""

    scope: str | None
    copies: list[Copy]


class Expansion(NamedTuple):
    """A layer's copies, and the names of the copies that `when: false` and `repeat: 0` leave out."""

    groups: list[Group]
    left_out: set[str]

    @property
    def number(self) -> int:
        """The number of copies."""
        return sum(len(group.copies) for group in self.groups)


def stands_once(spec: LayerSpec) -> bool:
    """Whether the layer has exactly one copy, because it has none of `LOOPS`."""
    return LOOPS.isdisjoint(spec.common)


def name_of(spec: LayerSpec, names: Names) -> str | None:
    """The value of a layer's `name`; raises `Faulty`."""
    name = spec.read("name", names)
    return name if isinstance(name, str) else None


def expand(spec: LayerSpec, names: Names, bounds: Bounds, known: Known) -> Expansion:
    """The copies of a layer with some of `LOOPS`, in order; raises `Faulty` and `TooLarge`.

    With a name that reads a column, or `i` under `repeat`, the copies have different names. Otherwise a scope of that
    name holds them: one scope for each row if the name reads a column, one for all rows if not.

    The first copy reads the layer's `inputs`, and each further copy the one before it. If `inputs` reads a column, the
    first copy of each row reads them; if it reads `i` or counts layers back, each copy does.
    """
    expanding = _Expanding(spec, bounds, known)
    columns = expanding.read(spec.table, names)
    rows = [names] if not isinstance(columns, dict) else _rows(columns, names)
    bounds.ask(len(rows), spec)
    for number, row in enumerate(rows):
        expanding.add(number, row, columns if isinstance(columns, dict) else None)
    return expanding.expansion()


def _rows(columns: dict[str, list[object]], names: Names) -> list[Names]:
    rows = zip(*columns.values(), strict=True)
    return [names.new_child(dict(zip(columns, row, strict=True))) for row in rows]


class _Expanding:
    """Makes the copies of one layer, row by row."""

    def __init__(self, spec: LayerSpec, bounds: Bounds, known: Known) -> None:
        self._spec = spec
        self._bounds = bounds
        self._known = known
        self._groups: list[Group] = []
        self._left_out: set[str] = set()
        self._of_input = {key for key in (*LOOPS, "name") if self._reads(key, *INPUT_WORDS)}
        # Whether `when` can differ between the copies of a row.
        self._by_copy = self._reads("when", "i") or ("when" in self._of_input and self._reads("inputs", "i"))

    def _counts_back(self, row: Names) -> bool:
        """Whether `inputs` refers to layers by numbers, which mean another layer for each copy. Raises `Faulty`."""
        if "inputs" not in self._spec.common or self._reads("inputs", "i"):
            return False
        inputs = self._spec.read("inputs", without_input(row))
        return isinstance(inputs, tuple) and any(isinstance(reference, int) for reference in inputs)

    def read(self, key: str, names: Names) -> object:
        """The value of a common key; raises `Faulty`."""
        return self._spec.read(key, self._known(names) if key in self._of_input else names)

    def expansion(self) -> Expansion:
        """The copies of all rows."""
        if "inputs" in self._spec.common:
            copies = [copy for group in self._groups for copy in group.copies]
            independent = iter([*(not after.follows for _, after in pairwise(copies)), False])
            self._groups = [
                Group(scope, [copy._replace(independent=next(independent)) for copy in inside])
                for scope, inside in self._groups
            ]
        return Expansion(self._groups, self._left_out)

    def add(self, number: int, row: Names, columns: dict[str, list[object]] | None) -> None:
        """Add the copies of a row; `columns` are those of `for` or `rows`, None without both."""
        begins = not self._groups or (columns is not None and self._reads("inputs", *columns)) or self._counts_back(row)
        if not begins:
            self._refuse_input(row, "when", "repeat", "name")
        if not self._kept_as_a_whole(row):
            self._leave_out(row)
            return
        count = self.read("repeat", row)
        by_row = columns is not None and self._reads("name", *columns)
        by_copy = self._reads("name", "i") if isinstance(count, int) else by_row or columns is None
        copies = self._copies(number, row, count, by_copy, begins)
        if not copies:
            self._leave_out(row)
        elif by_copy or by_row or not self._groups:
            self._groups.append(Group(None if by_copy else self._name(row), copies))
        else:
            self._groups[-1].copies.extend(copies)

    def _copies(self, number: int, row: Names, count: object, by_copy: bool, begins: bool) -> list[Copy]:
        """The copies of a row. If it `begins`, its first copy reads `inputs`, otherwise the copy before it."""
        copies: list[Copy] = []
        each_begins = (isinstance(count, int) and self._reads("inputs", "i")) or self._counts_back(row)
        asked = [key for key, each in (("when", self._by_copy), ("name", by_copy)) if each]
        for names in self._numbered(row, count):
            follows = not (each_begins or (begins and not copies))
            if follows:
                self._refuse_input(names, *asked)
            if self._by_copy and self.read("when", names) is False:
                self._leave_out(names)
                continue
            if follows:
                self._refuse_several(names)
            copies.append(Copy(self._name(names) if by_copy else None, names, follows, row=number))
        return copies

    def _numbered(self, row: Names, count: object) -> list[Names]:
        if not isinstance(count, int):
            return [row]
        self._bounds.ask(count, self._spec)
        return [row.new_child({"i": index}) for index in range(count)]

    def _kept_as_a_whole(self, row: Names) -> bool:
        """Whether `when` keeps the row. It is read before `repeat`, which may have no value in other rows."""
        return "when" not in self._spec.common or self._by_copy or self.read("when", row) is not False

    def _refuse_input(self, names: Names, *keys: str) -> None:
        """Raise `Faulty` if one of the keys reads the shape of the copy before, which is not lowered yet."""
        declared = without_input(names)
        for key in keys:
            word = next((word for word in sorted(INPUT_WORDS & self._spec.names(key)) if word not in declared), None)
            if word is not None:
                message = f"`{key}` reads `{word}`, and this copy reads the one before it, which is not made yet"
                hint = f"write the {_MEANT[word]} into a column of `for`, or list the layers one by one"
                raise Faulty(Diagnostic("wrong-value", message, self._spec.place.inside(key).where, hint))

    def _refuse_several(self, names: Names) -> None:
        """Raise `Faulty` if `inputs` lists several values: the copy before cannot replace them."""
        inputs = self._spec.read("inputs", names)
        if isinstance(inputs, tuple) and len(inputs) > 1:
            message = f"`inputs` lists {len(inputs)} values, and each copy but the first would read the copy before it"
            where = self._spec.place.inside("inputs").where
            hint = "say with `i` or a column what each copy reads: inputs: [x$i, y]"
            raise Faulty(Diagnostic("wrong-inputs", message, where, hint))

    def _name(self, names: Names) -> str | None:
        name = self.read("name", names)
        return name if isinstance(name, str) else None

    def _leave_out(self, names: Names) -> None:
        """Remember the name of copies that are left out, if it does not need the index of a copy."""
        try:
            name = self._name(names)
        except Faulty:
            return
        if name is not None:
            self._left_out.add(name)

    def _reads(self, key: str, *words: str) -> bool:
        return not self._spec.names(key).isdisjoint(words)
