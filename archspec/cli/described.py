"""A network's params, outputs and preprocessing, as text and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from archspec.cli.table import WHOLE, shape_text, table

if TYPE_CHECKING:
    from archspec.spec.preprocessing import Preprocessing

_PLAIN_WORD = re.compile(r"(?!(?:true|false|null)$)[A-Za-z_][A-Za-z0-9_.]*", re.ASCII)


_MEANING = 50
"""The smallest width of a meaning on a narrow screen."""


def value_text(value: object) -> str:
    """A param's value in the syntax of `--set`: true, Bottleneck, [3, 4, 6, 3], {stage2: layer1}."""
    if isinstance(value, str):
        return value if _PLAIN_WORD.fullmatch(value) else json.dumps(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{value_text(key)}: {value_text(each)}' for key, each in value.items())}}}"
    return json.dumps(value)


def params_table(header: str, rows: Sequence[tuple[str, str, str]], width: int | None) -> str:
    """A table of params, whose header says how to change them; the rows are names, values and meanings."""
    shown = table(["param", header, "meaning"], rows, width=width, least={0: WHOLE, 2: _MEANING})
    return f"Params, for --set NAME=VALUE:\n\n{shown}"


def gives_text(outputs: Mapping[str, Sequence[int | None]], gives: Mapping[str, str]) -> str:
    """The kinds of the outputs, with their shapes."""
    return "; ".join(f"{name}, {shape_text(shape)}: {gives[name]}" for name, shape in outputs.items())


def preprocessing_text(found: Preprocessing) -> str:
    """The images that a third party's weights expect, in words."""
    channels = {"L": "grey"}.get(found.channels, found.channels)
    low, high = (_number(bound) for bound in found.range)
    mean, std = (_numbers(values) for values in (found.mean, found.std))
    return f"{found.weights}: {channels}, {low} to {high}, mean {mean}, std {std}"


def preprocessing_record(found: Preprocessing | None) -> dict[str, Any] | None:
    """The same for JSON."""
    return None if found is None else asdict(found)


def _numbers(values: Sequence[float]) -> str:
    same = len(set(values)) == 1
    return ", ".join(map(_number, values[:1] if same else values))


def _number(value: float) -> str:
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
