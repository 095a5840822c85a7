"""Values from the command line in place of a recipe's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.spec.report import Report

_SHORT = {"network": "spec", "weights": "file", "monitor": "metric"}
"""The key that a text alone stands for; for all other parts it is `type`."""


def overridden(recipe: dict[str, Any], changes: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """A copy of the recipe with these values at dotted paths. A path through a number or a list is reported."""
    for path, value in changes.items():
        *around, last = path.split(".")
        if not all((*around, last)):
            report.error("wrong-path", f"{path!r} is no path of a recipe, such as optimizer.learning_rate", None)
            continue
        recipe = _with(recipe, around, last, value, path, report)
    return recipe


def _with(part: dict[str, Any], around: list[str], last: str, value: Any, path: str, report: Report) -> dict[str, Any]:
    if not around:
        return {**part, last: value}
    first, *rest = around
    inner = part.get(first, {})
    if isinstance(inner, str):
        inner = {_SHORT.get(first, "type"): inner}
    if not isinstance(inner, dict):
        report.error("wrong-path", f"`{first}` in {path!r} is no mapping, so it has no `{(rest or [last])[0]}`", None)
        return part
    return {**part, first: _with(inner, rest, last, value, path, report)}
