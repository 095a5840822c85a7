"""The places that a layer type needs, and which of them lack it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from archspec.ir import CompositeLayer, Layer
from archspec.layers import LayerType
from tests.conformance.cases import FAMILIES

BACKENDS = ("archspec_torch", "archspec_tensorflow")


def missing_places(layer_type: LayerType) -> list[str]:
    """The files in which a layer type of `archspec/layers/<family>.py` is not there as it should be."""
    return list(_missing(layer_type, layer_type.__module__.rpartition(".")[2]))


def _missing(layer_type: LayerType, family: str) -> Iterator[str]:
    if layer_type.__module__ != f"archspec.layers.{family}":
        yield f"archspec/layers/{family}.py"
    if is_primitive(layer_type):
        for backend in BACKENDS:
            if layer_type not in _rows(f"{backend}.emit.{family}"):
                yield f"backends/{backend}/emit/{family}.py"
    if not (table := FAMILIES.get(family, {}).get(layer_type.__name__)) or not table.cases:
        yield f"tests/conformance/cases/{family}.py"


def is_primitive(layer_type: LayerType) -> bool:
    """Whether backends see it: it is not made of others, and not another word for others."""
    return not issubclass(layer_type, CompositeLayer) and layer_type.primitive is Layer.primitive


def _rows(module: str) -> Mapping[type[Layer], Any]:
    return import_module(module).ROWS if find_spec(module) else {}
