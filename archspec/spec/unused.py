"""Params that no expression reads, and defaults of layers that the document does not list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from archspec.spec.computed import names_in
from archspec.spec.layer_spec import LayerSpec
from archspec.spec.params import Param
from archspec.spec.report import MOST_FOUND, Report

if TYPE_CHECKING:
    from archspec.spec.document import Document


def warn_unused(document: Document, report: Report) -> None:
    """Add a warning for each param of the document and of its blocks that nothing reads, and for unused defaults."""
    read = _names(document.layers) | names_in(document.outputs) | _defaults(document.params.values())
    read |= document.defaults.names
    for spec in (document.inputs or {}).values():
        read |= spec.names
    for rule in document.rules:
        read |= rule.names
    for stage in document.stages.values():
        read |= stage.names
    for party in document.third_parties:
        read |= party.names
    for values in document.variants.values():
        read |= set[str]().union(*map(names_in, values.values()))
    for name, block in document.blocks.items():
        params = block.signature.params
        inside = _names(block.layers) | _defaults(params.values())
        _warn((param for param in params.values() if param.name not in inside), f"block {name}", report)
        read |= inside - set(params)
    _warn((param for param in document.params.values() if param.name not in read), "the document", report)
    _warn_defaults(document, report)


def _warn(params: Iterable[Param], owner: str, report: Report) -> None:
    for param in islice(params, MOST_FOUND):
        message = f"nothing in {owner} reads the param `{param.name}`"
        report.warning("unused-param", message, param.where)


def _warn_defaults(document: Document, report: Report) -> None:
    """Add a warning for the defaults of each layer type that no layer can have, in any variant."""
    chains = (document.layers, *(block.layers for block in document.blocks.values()))
    listed = {spec.kind for layers in chains for spec in _all(layers)}
    if None in listed:
        return  # an expression can choose any layer type
    for kind, defaults in document.defaults.by_type.items():
        if kind not in listed:
            report.warning("unused-default", f"no layer is a {kind.__name__}", defaults.place.own_key)


def _defaults(params: Iterable[Param]) -> set[str]:
    return set[str]().union(*(names_in(param.default) for param in params))


def _names(layers: Iterable[LayerSpec]) -> set[str]:
    """Every name that expressions in these layers, or in layers inside them, read."""
    return {
        name
        for layer in _all(layers)
        for value in (*layer.common.values(), *layer.attributes.values())
        for name in names_in(value)
    }


def _all(layers: Iterable[LayerSpec]) -> Iterator[LayerSpec]:
    for layer in layers:
        yield layer
        for chains in layer.children.values():
            for chain in chains:
                yield from _all(chain)
