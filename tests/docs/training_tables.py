"""The rows of docs/training.md about losses, optimizers and schedules, from the models of recipes."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import BaseModel

from archspec.recipe.losses import Loss
from archspec.recipe.optimizers import Average, Clipping, Optimizer, Penalty
from archspec.recipe.schedules import Schedule

_ELSEWHERE = frozenset(("type", "weight_decay", "warmup", "target", "weight"))
"""Keys that the page describes once for several types."""


def members(union: Any) -> tuple[type[BaseModel], ...]:
    """The models of a part with a type."""
    return get_args(get_args(union)[0])


UNIONS = {"LOSSES": Loss, "OPTIMIZERS": Optimizer, "SCHEDULES": Schedule}


def rows(heading: str) -> list[str]:
    """The rows of a table."""
    if heading == "OTHERS":
        clips = [row(each, f"`clip: {{type: {_word(each)}}}`") for each in members(Clipping)]
        return [*clips, row(Average, "`average`"), row(Penalty, "`regularizers`, a list")]
    return [row(each, f"`{_word(each)}`") for each in members(UNIONS[heading])]


def row(model: type[BaseModel], name: str) -> str:
    """The row of a model: its keys with their defaults, and its docstring."""
    return f"| {name} | {_keys(model)} | {_meaning(model)} |"


def _word(model: type[BaseModel]) -> str:
    return str(model.model_fields["type"].default)


def _keys(model: type[BaseModel]) -> str:
    keys = []
    for name, field in model.model_fields.items():
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        shown = str(default).lower() if isinstance(default, bool) else default
        if name not in _ELSEWHERE:
            keys.append(f"`{name}`" if field.is_required() else f"`{name}: {shown}`")
    return ", ".join(keys)


def _meaning(model: type[BaseModel]) -> str:
    text = " ".join((model.__doc__ or "").split())
    return re.sub(r"\|(\w)\|", r"abs(\1)", text).replace("|z - y|", "abs(z - y)").removesuffix(".")
