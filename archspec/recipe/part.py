"""The base of all models of a recipe, and the short form of a part that has a type."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_ENTRIES = 1000
"""The largest number of entries of a list or a mapping in a recipe."""

Item = TypeVar("Item")
Several = Annotated[tuple[Item, ...], Field(strict=False, max_length=MOST_ENTRIES)]
"""A list of a recipe."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""A number from 0 to 1."""
BelowOne = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
"""A number from 0 to 1, without 1."""
Count = Annotated[int, Field(ge=1, le=10**9)]


class Part(BaseModel):
    """A part of a recipe. Unknown keys are refused, and a text is no number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, defer_build=True)


def _by_type(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


BY_TYPE = BeforeValidator(_by_type)
"""Before a part with a `type`: the type alone, `SGD`, means `{type: SGD}`."""
