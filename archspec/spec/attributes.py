"""Checks a layer's attributes by its class; pydantic's errors become diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import AliasChoices, BaseModel, ValidationError, create_model
from pydantic_core import ErrorDetails

from archspec.errors import Diagnostic
from archspec.ir import CompositeLayer, Layer
from archspec.layers import LayerType
from archspec.layers.activation import ACTIVATIONS, other_defaults
from archspec.layers.initializers import KEY as INITIALIZER
from archspec.layers.initializers import WITH_PARAMETERS
from archspec.spec.computed import Computed
from archspec.spec.elsewhere_initializers import name_hint
from archspec.spec.initializers import wrong_initializer
from archspec.spec.keys import key_faults
from archspec.spec.names import describe
from archspec.spec.place import Place
from archspec.spec.repairs import repair
from archspec.spec.suggest import closest, did_you_mean
from archspec.spec.vocabulary import Made

NONE: Mapping[str, object] = MappingProxyType({})


def make_layer(
    kind: LayerType,
    attributes: Mapping[str, object],
    place: Place,
    made: Made,
    defaults: Mapping[str, object] = NONE,
) -> tuple[Layer | CompositeLayer | None, list[Diagnostic]]:
    """The layer with these attributes and the document's `defaults` for others, or None and their faults.

    Unevaluated expressions are not checked, and with any of them there is no layer yet. `place` is the layer's. Equal
    attributes give the same object, by the cache `made`.
    """
    every = {**attributes, **defaults} if defaults else attributes
    literal = {key: value for key, value in every.items() if not isinstance(value, Computed)}
    said = _said(literal)
    layer = made.get((kind, said)) if said is not None else None
    if layer is None:
        try:
            layer = kind.model_validate(literal)
        except ValidationError as error:
            return None, _explain(kind, error.errors(include_url=False), attributes, place, defaults)
        if said is not None:
            made[kind, said] = layer
    return (layer, []) if len(literal) == len(every) else (None, _explain(kind, [], attributes, place, defaults))


def _said(literal: Mapping[str, object]) -> str | None:
    """The values as a text, in which 1, 1.0 and True differ although they are equal; None if the text is incomplete."""
    values = literal.values()
    if not (_PLAIN.issuperset(map(type, values)) or all(map(_is_plain, values))):
        return None
    try:
        return repr(literal)
    except ValueError:  # an integer of more digits than Python writes
        return None


def _is_plain(value: object) -> bool:
    """Whether a value can be a value of YAML or JSON, or is an initializer that a layer class hands on."""
    if isinstance(value, (list, tuple)):
        return type(value) in (list, tuple) and all(map(_is_plain, value))
    if isinstance(value, dict):
        return type(value) is dict and all(type(key) is str and _is_plain(each) for key, each in value.items())
    return type(value) in _PLAIN


@cache
def spellings(kind: LayerType) -> Mapping[str, str]:
    """The field for every word that the class accepts as an attribute."""
    found = {}
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        found.update({choice: name for choice in choices if isinstance(choice, str)})
    return found


def attribute_faults(kind: LayerType, key: str, value: object, place: Place) -> list[Diagnostic]:
    """The faults of a value that no layer of this type can have for an attribute, whatever its other attributes are.

    `place` is that of the mapping with the attribute.
    """
    try:
        kind.model_validate({key: value})
    except ValidationError as error:
        if all(fault["loc"][:1] != (key,) for fault in error.errors(include_url=False)):
            return []  # other attributes are missing
    else:
        return []
    # A value can be wrong only beside another attribute's default: an `output_padding` of 1 beside strides of 1.
    alone = _alone(kind, spellings(kind)[key])
    try:
        alone.model_validate({key: value})
    except ValidationError as error:
        return [found for fault in error.errors(include_url=False) for found in _wrong_values(kind, fault, place)]
    return []


def _alone(kind: LayerType, name: str) -> type[BaseModel]:
    """A model with only this field of a layer type."""
    field = kind.model_fields[name]
    fields: dict[str, Any] = {name: (field.annotation, field)}
    return create_model(kind.__name__, __config__=kind.model_config, **fields)


def _explain(
    kind: LayerType,
    errors: list[ErrorDetails],
    attributes: Mapping[str, object],
    place: Place,
    defaults: Mapping[str, object],
) -> list[Diagnostic]:
    """The faults for pydantic's errors, and the computed attributes that do not exist."""
    words = spellings(kind)
    own = {words.get(key) for key in attributes}
    given = own.union(words[key] for key in defaults)
    every = {**attributes, **defaults}
    computed = [key for key, value in every.items() if isinstance(value, Computed)]
    keys = {type_: [str(error["loc"][0]) for error in errors if error["type"] == type_] for type_ in _ABOUT_KEYS}
    missing = [key for key in keys["missing"] if words[key] not in given]
    unknown = [*keys["extra_forbidden"], *(key for key in computed if key not in words)]
    synonyms = [key for key in unknown if key in words]
    strange = [key for key in unknown if key not in words]
    left = [word for word, field in words.items() if field not in own]
    values = [
        fault
        for error in errors
        # Combinations can only be checked if all values are known.
        if error["type"] not in _ABOUT_KEYS and (error["loc"] or not computed)
        for fault in _wrong_values(kind, error, place, defaults)
    ]
    return [
        *key_faults(kind.__name__, "attribute", missing, strange, left, place),
        *(given_twice(key, words[key], place) for key in synonyms),
        *values,
    ]


def given_twice(key: str, field: str, place: Place) -> Diagnostic:
    """The fault of two words for one attribute; `place` is that of the mapping with both."""
    return Diagnostic("duplicate-key", f"`{key}` is another word for `{field}`, and both are given", place.key(key))


_PLAIN = frozenset((bool, int, float, str, type(None), *WITH_PARAMETERS.values()))

_ABOUT_KEYS = ("missing", "extra_forbidden")
"""The types of pydantic's errors about missing and unknown keys."""


def _wrong_default(kind: LayerType, error: ErrorDetails, place: Place) -> Diagnostic:
    """The fault of a default that fits a layer of this type, but not the other attributes of this layer."""
    key = error["loc"][0]
    message = f"{kind.__name__}: `{key}` {_as_predicate(error['msg'])}, and its default is {describe(error['input'])}"
    hint = f"write `{key}` here, and it takes precedence over `defaults`"
    return Diagnostic("wrong-value", message, place.inside("layer_type").where, hint)


def _wrong_values(
    kind: LayerType, error: ErrorDetails, place: Place, defaults: Mapping[str, object] = NONE
) -> list[Diagnostic]:
    """The faults of one attribute's value: one, or all of an initializer's parameters."""
    if error["loc"] and error["loc"][0] in defaults:
        return [_wrong_default(kind, error, place)]
    if error["type"] != "initializer":
        return [_wrong_value(kind, error, place)]
    key = str(error["loc"][0])
    return [wrong_initializer(key, fault, error["input"], place.inside(key)) for fault in error["ctx"]["faults"]]


def _wrong_value(kind: LayerType, error: ErrorDetails, place: Place) -> Diagnostic:
    if not error["loc"]:
        return Diagnostic("wrong-value", f"{kind.__name__}: {error['msg']}", place.inside("layer_type").where)
    key = str(error["loc"][0])
    if error["type"] == "unknown_word":
        meant = _meant(str(error["input"]), error["ctx"]["known"])
        theirs = name_hint(str(error["input"])) if key.endswith(f"_{INITIALIZER}") else None
        hint = theirs or meant or repair(error["input"], place.inside(key), lambda value: _accepts(kind, key, value))
        return Diagnostic("unknown-word", error["msg"], place.inside(key).where, hint)
    steps = [step for step in error["loc"][1:] if isinstance(step, int)]
    message = f"`{key}` {_as_predicate(error['msg'])}, not {describe(error['input'])}"
    hint = None if steps else repair(error["input"], place.inside(key), lambda value: _accepts(kind, key, value))
    return Diagnostic("wrong-value", message, place.inside(key, *steps).where, hint)


def _meant(word: str, known: tuple[str, ...]) -> str | None:
    """The hint about an unknown word; an activation can differ from the layer of the same name."""
    hint, name = did_you_mean(word, known), closest(word, known)
    if name is None or name not in ACTIVATIONS or not (own := other_defaults(name)):
        return hint
    return f"{hint} It has {own}, unlike the layer {type(ACTIVATIONS[name]).__name__}"


def _accepts(kind: LayerType, key: str, value: object) -> bool:
    """Whether an attribute can have this value, checked by itself."""
    try:
        kind.model_validate({key: value})
    except ValidationError as error:
        return all(fault["loc"][:1] != (key,) for fault in error.errors(include_url=False))
    return True


def _as_predicate(message: str) -> str:
    """A message as the end of a sentence; pydantic's own messages begin with "Input should be"."""
    return message.replace("Input should be", "must be").replace("Value error, ", "")
