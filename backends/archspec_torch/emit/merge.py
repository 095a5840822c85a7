"""Merges of several values. They have no weights and no module form."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.ir import Layer
from archspec.layers.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from archspec.program.calls import Argument, Function, Site
from archspec_torch.emit.row import INPLACE, Row, TorchLayer, dim


def _concatenate(site: Site[Concatenate]) -> TorchLayer:
    axis = Argument("dim", dim(site.layer.axis, site.inputs[0]), default=0)
    return TorchLayer(None, Function("torch.cat(({inputs}), {arguments})", (axis,)))


def _add(site: Site[Add]) -> TorchLayer:
    if INPLACE in site.facts and len(site.inputs) == 2:
        return TorchLayer(None, Function("{0}.add_({1})"))
    return TorchLayer(None, Function(_joined(site, " + ")))


def _multiply(site: Site[Multiply]) -> TorchLayer:
    return TorchLayer(None, Function(_joined(site, " * ")))


def _subtract(site: Site[Subtract]) -> TorchLayer:
    return TorchLayer(None, Function(_joined(site, " - ")))


def _average(site: Site[Average]) -> TorchLayer:
    return TorchLayer(None, Function(f"({_joined(site, ' + ')}) / {len(site.inputs)}"))


def _maximum(site: Site[Maximum]) -> TorchLayer:
    return TorchLayer(None, Function(_nested(site, "torch.maximum")))


def _minimum(site: Site[Minimum]) -> TorchLayer:
    return TorchLayer(None, Function(_nested(site, "torch.minimum")))


def _joined(site: Site[Add] | Site[Average] | Site[Multiply] | Site[Subtract], operator: str) -> str:
    return operator.join(f"{{{position}}}" for position in range(len(site.inputs)))


def _nested(site: Site[Maximum] | Site[Minimum], function: str) -> str:
    text = "{0}"
    for position in range(1, len(site.inputs)):
        text = f"{function}({text}, {{{position}}})"
    return text


ROWS: Mapping[type[Layer], Row] = {
    Concatenate: Row(_concatenate, result="fresh"),
    Add: Row(_add, result="fresh", accumulates=True),
    Multiply: Row(_multiply, result="fresh"),
    Subtract: Row(_subtract, result="fresh"),
    Average: Row(_average, result="fresh"),
    # The gradients of these read only the inputs.
    Maximum: Row(_maximum, result="fresh"),
    Minimum: Row(_minimum, result="fresh"),
}
