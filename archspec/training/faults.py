"""What pydantic finds wrong with a recipe, in words and at its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from archspec.errors import Diagnostic
from archspec.recipe.data import Function
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.suggest import did_you_mean

_KINDS = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "dict_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
"""What a value should be, by pydantic's kind of error."""

_LIMITS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
    "multiple_of": ("a multiple of", "multiple_of"),
}

Steps = tuple[str | int, ...]


def tell(model: type[BaseModel], error: ValidationError, value: Any, place: Place) -> Iterator[Diagnostic]:
    """A diagnostic for each fault; one for a value that is none of several kinds."""
    by_place: dict[Steps, list[ErrorDetails]] = {}
    for found in error.errors(include_url=False):
        by_place.setdefault(_steps(found, value), []).append(found)
    for steps, errors in by_place.items():
        kinds = dict.fromkeys(_KINDS[each["type"]] for each in errors if each["type"] in _KINDS)
        if kinds:
            yield _wrong(steps, f"must be {' or '.join(kinds)}", errors[0]["input"], place)
        else:
            yield _told(model, errors[0], steps, place)


def _steps(error: ErrorDetails, value: Any) -> Steps:
    """The path in the document: pydantic's has the types of parts in it too."""
    steps: list[str | int] = []
    *_, last = error["loc"] or ("",)
    for step in error["loc"]:
        inside = step in value if isinstance(value, dict) else isinstance(step, int) and isinstance(value, list)
        if inside:
            value = value[step]
            steps.append(step)
    if error["type"] == "missing":
        steps.append(last)
    return tuple(steps)


def _told(model: type[BaseModel], error: ErrorDetails, steps: Steps, place: Place) -> Diagnostic:
    kind, context = error["type"], error.get("ctx", {})
    inside = place.inside(*steps)
    if kind == "extra_forbidden":
        known = _fields(_model_at(model, error["loc"][:-1]))
        hint = did_you_mean(str(steps[-1]), known) or f"it may be {', '.join(known)}"
        return Diagnostic("unknown-key", f"unknown key `{steps[-1]}`", inside.own_key, hint)
    if kind == "missing":
        around = place.inside(*steps[:-1])
        owner = f"`{steps[-2]}` has" if len(steps) > 1 else "the recipe has"
        return Diagnostic("missing-key", f"{owner} no `{steps[-1]}`", around.where)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _without_type(model, error, steps, place)
    if kind == "literal_error":
        expected = context["expected"].replace("'", "")
        return _wrong(steps, f"must be {expected}", error["input"], place)
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return _wrong(steps, f"must be {words} {context[key]:g}", error["input"], place)
    if kind == "too_long":
        message = f"`{steps[-1]}` has {len(error['input']):,} entries, and at most {context['max_length']:,} are read"
        return Diagnostic("too-large", message, inside.where)
    message = str(context["error"]) if kind == "value_error" else f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    return Diagnostic("wrong-value", message, inside.where)


def _without_type(model: type[BaseModel], error: ErrorDetails, steps: Steps, place: Place) -> Diagnostic:
    """The fault of a part whose `type` is missing or unknown. A recipe names no function, so that is no option."""
    known = [_type_of(each) for each in _models_at(model, error["loc"]) if each is not Function]
    options = ", ".join(known)
    name = steps[-1] if isinstance(steps[-1], str) else f"item {steps[-1] + 1}"
    if error["type"] == "union_tag_not_found":
        where = place.inside(*steps).where
        return Diagnostic("missing-key", f"`{name}` has no `type`", where, f"it may be {options}")
    tag = error["ctx"]["tag"]
    long = isinstance(place.inside(*steps).written, Mapping)
    where = place.inside(*steps, *(["type"] if long else [])).where
    hint = did_you_mean(tag, known) or f"it may be {options}"
    return Diagnostic("unknown-type", f"`{name}` has the unknown type {describe(tag)}", where, hint)


def _wrong(steps: Steps, must: str, given: Any, place: Place) -> Diagnostic:
    name = next((step for step in reversed(steps) if isinstance(step, str)), "recipe")
    each = "each of " if steps and isinstance(steps[-1], int) else ""
    message = f"{each}`{name}` {must}, not {describe(given)}"
    return Diagnostic("wrong-value", message, place.inside(*steps).where)


def _model_at(model: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel]:
    """The model of the part at pydantic's path."""
    found = _models_at(model, loc)
    tags = [step for step in loc if isinstance(step, str)]
    return next((each for each in found if tags and _type_of(each) == tags[-1]), found[0])


def _models_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[type[BaseModel]]:
    """The models that the part at pydantic's path can have."""
    found = [model]
    for step in loc:
        typed = [each for each in found if _type_of(each) == step]
        fields = [each.model_fields[str(step)] for each in found if str(step) in each.model_fields]
        if typed:
            found = typed
        elif fields:
            found = list(_models_in(fields[0].annotation))
    return found


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in a type, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _type_of(model: type[BaseModel]) -> str:
    field = model.model_fields.get("type")
    return str(get_args(field.annotation)[0]) if field is not None else ""


def _fields(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
