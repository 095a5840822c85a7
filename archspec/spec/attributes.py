"""A layer's attributes, checked by its class; what pydantic finds becomes diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pydantic import AliasChoices, ValidationError
from pydantic_core import ErrorDetails

from archspec.errors import Diagnostic
from archspec.ir import CompositeLayer, Layer
from archspec.layers import LayerType
from archspec.spec.common import CHECKS
from archspec.spec.computed import Computed
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.suggest import did_you_mean


def make_layer(
    kind: LayerType, attributes: Mapping[str, object], place: Place
) -> tuple[Layer | CompositeLayer | None, list[Diagnostic]]:
    """The layer with these attributes, or None and what is wrong with them.

    Attributes that are still expressions are left out of the check; as long as there are any, there is no layer.
    `place` is the layer's.
    """
    literal = {key: value for key, value in attributes.items() if not isinstance(value, Computed)}
    try:
        layer = kind.model_validate(literal)
    except ValidationError as error:
        open_keys = {key for key in attributes if key not in literal}
        errors = error.errors(include_url=False)
        return None, [_explain(kind, found, place) for found in errors if not _may_come_right(kind, found, open_keys)]
    unknown = [key for key in attributes if key not in literal and key not in spellings(kind)]
    faults = [_unknown_attribute(kind, key, place) for key in unknown]
    return (layer if len(literal) == len(attributes) else None), faults


@cache
def spellings(kind: LayerType) -> Mapping[str, str]:
    """Every word that the class takes as an attribute, and the field that it means."""
    found = {}
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        found.update({choice: name for choice in choices if isinstance(choice, str)})
    return found


def _may_come_right(kind: LayerType, error: ErrorDetails, open_keys: set[str]) -> bool:
    """Whether the fault may be gone once these keys are evaluated: a missing value, or a relation between values."""
    if error["type"] == "missing":
        field = spellings(kind)[str(error["loc"][0])]
        return any(spellings(kind).get(key) == field for key in open_keys)
    return bool(open_keys) and not error["loc"]


def _explain(kind: LayerType, error: ErrorDetails, place: Place) -> Diagnostic:
    layer_type = place.inside("layer_type").where
    if not error["loc"]:
        return Diagnostic("wrong-value", f"{kind.__name__}: {error['msg']}", layer_type)
    key = str(error["loc"][0])
    match error["type"]:
        case "missing":
            return Diagnostic("missing-attribute", f"{kind.__name__} needs `{key}`", layer_type)
        case "extra_forbidden":
            return _unknown_attribute(kind, key, place)
        case "unknown_word":
            known = error.get("ctx", {}).get("known", ())
            where = place.inside(key).where
            return Diagnostic("unknown-word", error["msg"], where, did_you_mean(str(error["input"]), known))
    steps = [step for step in error["loc"][1:] if isinstance(step, int)]
    where = place.inside(key, *steps).where
    message = error["msg"] if error["type"] == "attribute" else _lowered(error["msg"])
    return Diagnostic("wrong-value", f"`{key}` {message}, not {describe(error['input'])}", where)


def _unknown_attribute(kind: LayerType, key: str, place: Place) -> Diagnostic:
    hint = did_you_mean(key, (*spellings(kind), *CHECKS))
    return Diagnostic("unknown-attribute", f"{kind.__name__} has no attribute `{key}`", place.key(key), hint)


def _lowered(message: str) -> str:
    """One of pydantic's own sentences, "Input should be greater than 0", as the end of one of ours."""
    return message.replace("Input should be", "must be").replace("Value error, ", "")
