"""OpenVINO's files, by its converter of PyTorch's programs; run by OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import openvino
from torch import nn

from archspec.backend import Arrays
from archspec.ir import Axes, Graph
from archspec_torch.export.layouts import canonical, channels_first, native
from archspec_torch.export.program import exported_program

MODEL = "openvino_model.xml"
"""The file of the operations, as Hugging Face's `optimum` calls it; the weights are in the `.bin` beside it."""

_FLOAT32 = {"INFERENCE_PRECISION_HINT": "f32"}
"""Processors with bfloat16 would compute in that."""


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the two files into a folder, with weights of float32."""
    openvino.save_model(_converted(graph, model), path / MODEL, compress_to_fp16=False)


def quantize(graph: Graph, model: nn.Module, path: Path, calibration: Sequence[Arrays]) -> None:
    """Write the two files, of int8 by NNCF, which chooses what stays float32."""
    nncf = import_module("nncf")
    examples = nncf.Dataset(calibration, native)
    quantized = nncf.quantize(_converted(graph, model), examples, subset_size=len(calibration))
    openvino.save_model(quantized, path / MODEL, compress_to_fp16=False)


def _converted(graph: Graph, model: nn.Module) -> openvino.Model:
    """OpenVINO's model, with the names and the axes of the network."""
    converted = openvino.convert_model(exported_program(graph, model))
    shapes = {}
    for port, (name, kind) in zip(converted.inputs, graph.inputs.items(), strict=True):
        port.get_tensor().set_names({name})
        shapes[name] = openvino.PartialShape(_shape(kind.axes))
    converted.reshape(shapes)
    for port, name in zip(converted.outputs, graph.outputs, strict=True):
        port.get_tensor().set_names({name})
    return converted


def _shape(axes: Axes) -> list[int]:
    """The shape of a batch as the model takes it; -1 for any length."""
    return [-1 if axis is None else axis for axis in channels_first((None, *axes))]


def run(graph: Graph, path: Path, batches: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The outputs of OpenVINO on the CPU, computed in float32."""
    compiled = openvino.Core().compile_model(path / MODEL, "CPU", _FLOAT32)
    made = (compiled(native(inputs)) for inputs in batches)
    return [canonical({name: outputs[name] for name in graph.outputs}) for outputs in made]
