"""The keys of every layer: each has a check, which also converts the value for lowering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from archspec.spec.names import (
    LAYER_NAME_HINT,
    NAME_HINT,
    describe,
    is_layer_name,
    is_name,
    not_a_name,
    position_hint,
)
from archspec.spec.suggest import closest

MOST_COPIES = 100_000

MOST_COUNTED_BACK = 100
"""How many layers before it a layer can refer to by a number."""

INPUT = "input"
"""The reference to the innermost scope's input; the first one if there are several."""


class Refusal(Exception):
    """A value that a key cannot have.

    `path` leads from the value to its wrong part, or to the wrong `key` of a mapping in it. `others` are refusals of
    other parts.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        path: tuple[str | int, ...] = (),
        key: str | None = None,
        others: Sequence[Refusal] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.path = path
        self.key = key
        self.others = others


def _layer_type(value: object) -> str:
    if not isinstance(value, str):
        raise Refusal("wrong-type", f"`layer_type` must be the name of a layer type, not {describe(value)}")
    return value


def _name(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not is_layer_name(value):
        raise Refusal("not-a-name", not_a_name(value), LAYER_NAME_HINT)
    if value == INPUT:
        raise Refusal(
            "reserved-name", f"`{INPUT}` is the word for what a block or a group reads, so no layer can have it"
        )
    return value


def _inputs(value: object) -> tuple[str | int, ...] | None:
    """Paths, and numbers below 0, which count the layers back."""
    if value is None:
        return None
    references = value if isinstance(value, list | tuple) else (value,)
    for index, reference in enumerate(references):
        path = (index,) if references is value else ()
        counted = type(reference) is int and reference < 0
        if not (isinstance(reference, str) or counted):
            message = f"`inputs` must be the names of layers, not {describe(reference)}"
            raise Refusal("wrong-type", message, position_hint(reference), path)
        if counted and reference < -MOST_COUNTED_BACK:
            message = f"layers are counted back to -{MOST_COUNTED_BACK}, and this is {describe(reference)}"
            raise Refusal("too-large", message, "give the layer a `name` and write that", path)
    if not references:
        raise Refusal("wrong-value", "`inputs` names no layer", "leave it out to read the layer before")
    return tuple(references)


class EachEntry(NamedTuple):
    """One entry of `each`: its name if it has one, its references, and the steps from `each` to it in the document."""

    name: str | None
    references: tuple[str, ...]
    steps: tuple[str | int, ...]


def _each(value: object) -> tuple[EachEntry, ...]:
    if not value:
        raise Refusal("wrong-value", "`each` names no value", "list the values: each: [p3, p4, p5]")
    if isinstance(value, dict):
        return tuple([_named_entry(name, entry) for name, entry in value.items()])
    if not isinstance(value, list | tuple):
        return (EachEntry(None, (_reference(value, ()),), ()),)
    for index, entry in enumerate(value):
        if isinstance(entry, list | tuple):
            message = "what reads several values has no name for them"
            raise Refusal("wrong-type", message, "name each: {p3: [c3, p4], p2: [c2, p3]}", (index,))
    return tuple([EachEntry(None, (_reference(entry, (index,)),), (index,)) for index, entry in enumerate(value)])


def _named_entry(name: object, entry: object) -> EachEntry:
    if not isinstance(name, str) or not is_layer_name(f"_{name}"):
        raise Refusal("not-a-name", not_a_name(name), LAYER_NAME_HINT, key=name if isinstance(name, str) else None)
    if not isinstance(entry, list | tuple):
        return EachEntry(name, (_reference(entry, (name,)),), (name,))
    if not entry:
        raise Refusal("wrong-value", f"`{name}` names no value", "leave it out", (name,))
    return EachEntry(name, tuple([_reference(each, (name, index)) for index, each in enumerate(entry)]), (name,))


def _reference(value: object, path: tuple[str | int, ...]) -> str:
    if not isinstance(value, str):
        message = f"`each` must be the names of layers, not {describe(value)}"
        raise Refusal("wrong-type", message, position_hint(value), path)
    return value


def _when(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refusal("wrong-type", f"`when` must be true or false, not {describe(value)}")
    return value


def _repeat(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal("wrong-type", f"`repeat` must be a whole number, not {describe(value)}")
    if value < 0:
        raise Refusal("wrong-value", f"`repeat` must be at least 0, not {describe(value)}")
    if value > MOST_COPIES:
        raise Refusal("too-large", f"`repeat` is {describe(value)}, and a network has at most {MOST_COPIES:,} layers")
    return value


def _for(value: object) -> Mapping[str, list[object]] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refusal(
            "wrong-type", f"`for` must be a mapping of columns, not {describe(value)}", "write for: {stage: [1, 2, 3]}"
        )
    if not value:
        raise Refusal("wrong-value", "`for` has no column")
    for name, column in value.items():
        _check_column(name, column)
    return _equally_long(value)


def _check_column(name: object, column: object) -> None:
    path = (_check_column_name(name),)
    if not isinstance(column, list | tuple):
        raise Refusal("wrong-type", f"the column `{name}` must be a list, not {describe(column)}", path=path)
    if len(column) > MOST_COPIES:
        raise Refusal(
            "too-large", f"the column `{name}` has {len(column):,} rows, more than {MOST_COPIES:,}", path=path
        )


def _check_column_name(name: object, path: tuple[str | int, ...] = ()) -> str:
    if not isinstance(name, str) or not is_name(name):
        raise Refusal("not-a-name", not_a_name(name), NAME_HINT, path, name if isinstance(name, str) else None)
    if name == "i":
        raise Refusal(
            "reserved-name", "`i` is the index of `repeat`, so no column can have this name", None, path, name
        )
    return name


def _equally_long(columns: dict[str, list[object]]) -> Mapping[str, list[object]]:
    first, *others = columns
    for name in others:
        if len(columns[name]) != len(columns[first]):
            lengths = ", ".join(f"`{column}` {len(rows)}" for column, rows in columns.items())
            message = f"the columns of `for` differ in length: {lengths}"
            raise Refusal("unequal-columns", message, "every column has one value for each copy", (name,))
    return columns


def _rows(value: object) -> Mapping[str, list[object]] | None:
    """The columns of rows, which have the same keys."""
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        hint = "columns stand under `for`" if isinstance(value, dict) else _ROWS_HINT
        raise Refusal("wrong-type", f"`rows` must be a list of rows, not {describe(value)}", hint)
    if len(value) > MOST_COPIES:
        raise Refusal("too-large", f"there are {len(value):,} rows, and a network has at most {MOST_COPIES:,} layers")
    refused = list(_wrong_rows(value))
    if refused:
        first, *others = refused
        first.others = others
        raise first
    return {name: [row[name] for row in value] for name in (value[0] if value else ())}


def _wrong_rows(rows: Sequence[object]) -> Iterator[Refusal]:
    """The refusals of rows. The right keys are those of most rows."""
    for number, row in enumerate(rows):
        if not isinstance(row, dict):
            message = f"row {number + 1} must be a mapping of columns, not {describe(row)}"
            yield Refusal("wrong-type", message, _ROWS_HINT, (number,))
        elif not row:
            yield Refusal("wrong-value", f"row {number + 1} has no column", None, (number,))
    keys = Counter(frozenset(row) for row in rows if isinstance(row, dict) and row)
    right = keys.most_common(1)[0][0] if keys else frozenset()
    for number, row in enumerate(rows):
        if isinstance(row, dict) and row:
            yield from _wrong_keys(number, row, right)


def _wrong_keys(number: int, row: Mapping[object, object], right: frozenset[object]) -> Iterator[Refusal]:
    missing = [key for key in right if key not in row]
    for key in row:
        try:
            name = _check_column_name(key, (number,))
        except Refusal as refusal:
            yield refusal
            continue
        if name not in right:
            alone = len(missing) == len(row) - len(right.intersection(row)) == 1
            meant = missing[0] if alone else closest(name, missing)
            missing = [other for other in missing if other != meant]
            hint = "all rows have the same keys" if meant is None else f'did you mean "{meant}"?'
            yield Refusal(
                "unequal-rows", f"row {number + 1} has `{name}`, which most rows do not have", hint, (number,), name
            )
    if missing:
        lacking = " and ".join(f"`{key}`" for key in sorted(map(str, missing)))
        yield Refusal("unequal-rows", f"row {number + 1} has no {lacking}", "all rows have the same keys", (number,))


_ROWS_HINT = "write rows: [{filters: 16, strides: 1}, {filters: 24, strides: 2}]"

CHECKS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {
        "layer_type": _layer_type,
        "name": _name,
        "inputs": _inputs,
        "each": _each,
        "when": _when,
        "repeat": _repeat,
        "for": _for,
        "rows": _rows,
    }
)
"""The key and its check, which raises `Refusal`."""
