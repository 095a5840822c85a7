"""Converts values of reports for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping with None for each number that is not finite, at any depth, and `str` of other types.

    Differences are infinite for different shapes, and for computed numbers that are not finite.
    """
    return {str(name): _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return as_json(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
