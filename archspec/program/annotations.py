"""The type annotations of parameters, from their values."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from archspec.program.calls import Made


@dataclass(frozen=True)
class Kind:
    """Stands for a value of this annotation."""

    text: str


def annotation(values: Sequence[object]) -> ast.expr:
    """The annotation for a parameter with these values."""
    kinds = dict.fromkeys(map(_kind, values)) or {"int": None}
    if "float" in kinds:
        kinds.pop("int", None)
    ordered = sorted(kinds, key=lambda kind: kind == "None")
    return ast.parse(" | ".join(ordered), mode="eval").body


def _kind(value: object) -> str:
    match value:
        case None:
            return "None"
        case Kind(text=text):
            return text
        case tuple():
            return f"tuple[{', '.join(map(_kind, value))}]"
        case list():
            return f"list[{' | '.join(dict.fromkeys(map(_kind, value))) or 'int'}]"
        case dict():
            return "dict[str, object]"
        case Made():
            return value.kind
    return type(value).__name__
