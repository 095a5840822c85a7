"""The keys of every layer: each has a check, which also converts the value for lowering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from archspec.spec.names import (
    LAYER_NAME_HINT,
    NAME_HINT,
    describe,
    is_layer_name,
    is_name,
    not_a_name,
    position_hint,
)

MOST_COPIES = 100_000

INPUT = "input"
"""The reference to the innermost scope's input; the first one if there are several."""


class Refusal(Exception):
    """A value that a key cannot have.

    `path` leads from the value to its wrong part, or to the wrong `key` of a mapping in it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str | None = None,
        path: tuple[str | int, ...] = (),
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.path = path
        self.key = key


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


def _inputs(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    references = value if isinstance(value, list | tuple) else (value,)
    for index, reference in enumerate(references):
        if not isinstance(reference, str):
            path = (index,) if references is value else ()
            message = f"`inputs` must be the names of layers, not {describe(reference)}"
            raise Refusal("wrong-type", message, position_hint(reference), path)
    if not references:
        raise Refusal("wrong-value", "`inputs` names no layer", "leave it out to read the layer before")
    return tuple(references)


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
    if not isinstance(name, str) or not is_name(name):
        raise Refusal("not-a-name", not_a_name(name), NAME_HINT, key=name if isinstance(name, str) else None)
    if name == "i":
        raise Refusal("reserved-name", "`i` is the index of `repeat`, so no column can have this name", key=name)
    path = (name,)
    if not isinstance(column, list | tuple):
        raise Refusal("wrong-type", f"the column `{name}` must be a list, not {describe(column)}", path=path)
    if len(column) > MOST_COPIES:
        raise Refusal(
            "too-large", f"the column `{name}` has {len(column):,} rows, more than {MOST_COPIES:,}", path=path
        )


def _equally_long(columns: dict[str, list[object]]) -> Mapping[str, list[object]]:
    first, *others = columns
    for name in others:
        if len(columns[name]) != len(columns[first]):
            lengths = ", ".join(f"`{column}` {len(rows)}" for column, rows in columns.items())
            message = f"the columns of `for` differ in length: {lengths}"
            raise Refusal("unequal-columns", message, "every column has one value for each copy", (name,))
    return columns


CHECKS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {"layer_type": _layer_type, "name": _name, "inputs": _inputs, "when": _when, "repeat": _repeat, "for": _for}
)
"""The key and its check, which raises `Refusal`."""
