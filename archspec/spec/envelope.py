"""The outer form of a document, as pydantic models: which keys there are and what each may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.report import Report
from archspec.spec.suggest import did_you_mean

VERSION = 1
"""The version of the language that this archspec reads."""


class Envelope(BaseModel):
    """A document. Layers, and whatever else may hold expressions, are left to their own readers."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    archspec: int = VERSION
    name: str | None = None
    description: str | None = None
    source: str | None = None
    params: dict[Any, Any] | None = None
    variants: dict[Any, Any] | None = None
    inputs: dict[Any, Any] | None = None
    blocks: dict[Any, Any] | None = None
    layers: Any = None
    outputs: Any = None


class BlockEnvelope(BaseModel):
    """A block."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    description: str | None = None
    params: dict[Any, Any] | None = None
    layers: Any = None


class InputEnvelope(BaseModel):
    """A network's input, in the long form."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    shape: Any = None
    dtype: Any = "float32"


Model = TypeVar("Model", Envelope, BlockEnvelope, InputEnvelope)


def read_envelope(model: type[Model], value: Mapping[str, object], place: Place, report: Report) -> Model:
    """The model of this mapping; what it cannot have is reported and left out."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    for found in errors:
        _explain(model, found, place, report)
    wrong = {found["loc"][0] for found in errors}
    return model.model_validate({key: item for key, item in value.items() if key not in wrong})


_KINDS = {"string_type": "a text", "dict_type": "a mapping", "int_type": "a whole number"}


def _explain(model: type[BaseModel], error: ErrorDetails, place: Place, report: Report) -> None:
    key = str(error["loc"][0])
    if error["type"] in _KINDS:
        message = f"`{key}` must be {_KINDS[error['type']]}, not {describe(error['input'])}"
        report.error("wrong-type", message, place.inside(key).where)
    else:
        hint = did_you_mean(key, model.model_fields)
        report.error("unknown-key", f"unknown key `{key}`", place.key(key), hint=hint)
