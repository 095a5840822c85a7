"""The attributes of an imported layer: those that the language refuses, and those that are not its defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from archspec.checkpoints.model import FileLayer
from archspec.ir.initializers import Random
from archspec.layers import LayerType, layer_types
from archspec.layers.initializers import written


def refused(layer: FileLayer) -> Iterator[str]:
    """A phrase for everything of a layer of a known class that the language lacks."""
    yield from layer.lacking
    try:
        _kind(layer).model_validate(layer.attributes)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            name = ".".join(map(str, each["loc"]))
            if each["type"] != "missing":
                yield f"{name} {each['msg']}"
            elif not layer.lacking:
                yield f"{name} is missing"


def kept(layer: FileLayer) -> dict[str, object]:
    """The attributes that are not the language's defaults, in its order, as a document has them."""
    kind = _kind(layer)
    made = kind.model_validate(layer.attributes)
    names = [name for name in kind.model_fields if name in layer.attributes]
    values = {name: layer.attributes[name] for name in names if not _is_default(kind, made, layer.attributes, name)}
    return {name: written(value) if isinstance(value, Random) else value for name, value in values.items()}


def _kind(layer: FileLayer) -> LayerType:
    assert layer.layer_type is not None, "layers that the language lacks are refused first"
    return layer_types()[layer.layer_type]


def _is_default(kind: LayerType, layer: object, attributes: Mapping[str, object], name: str) -> bool:
    """Whether the layer would be the same without this attribute."""
    others = {key: value for key, value in attributes.items() if key != name}
    try:
        return bool(kind.model_validate(others) == layer)
    except ValidationError:
        return False
