"""What the models of a recipe have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of a recipe: unknown keys are refused, and no value is converted to another type."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


def by_type(value: object) -> object:
    """A bare word as the mapping that it abbreviates: `Mnist` is `{type: Mnist}`."""
    return {"type": value} if isinstance(value, str) else value


def _printable(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("the text is blank or has characters that cannot be printed")
    return value


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
"""A short text that can be printed on a line."""

PathText = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
"""The path of a file or a folder; a relative one begins at the recipe's folder."""

Probability = Annotated[float, Field(ge=0, le=1)]
