"""OpenVINO's files, by its converter of PyTorch's programs; run by OpenVINO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import openvino
from openvino.frontend import OpConversionFailure
from openvino.frontend.pytorch import ConversionExtension
from openvino.opset13 import floor_mod
from torch import nn

from archspec.backend import Arrays
from archspec.backend.exporting import Run
from archspec.ir import Axes, Graph
from archspec_torch.export.layouts import canonical, channels_first, native
from archspec_torch.export.program import exported_program

MODEL = "openvino_model.xml"
"""The file of the operations, as Hugging Face's `optimum` calls it; the weights are in the `.bin` beside it."""

_FLOAT32: Mapping[str, Any] = {"INFERENCE_PRECISION_HINT": "f32"}
"""Processors with bfloat16 would compute in that."""


def _mod(node: Any) -> list[Any]:
    """Python's `%` of lengths of axes, for the margins of images of any size."""
    return [floor_mod(node.get_input(0), node.get_input(1)).output(0)]


_FURTHER = [ConversionExtension("<built-in function mod>", _mod)]
"""Operations of PyTorch's programs that OpenVINO's converter lacks."""


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
    try:
        converted = openvino.convert_model(exported_program(graph, model), extension=_FURTHER)
    except OpConversionFailure as error:
        # Its first lines are of its own source, and each line after "Summary" is a reason.
        reasons = [line.removeprefix("-- ") for line in str(error).splitlines() if line.startswith("-- ")]
        raise RuntimeError(". ".join(reasons) or str(error)) from None
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


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """OpenVINO's run of the files on the CPU, computed in float32."""
    settings = {**_FLOAT32, **({} if threads is None else {"INFERENCE_NUM_THREADS": threads})}
    compiled = openvino.Core().compile_model(path / MODEL, "CPU", settings)

    def run(inputs: Arrays) -> dict[str, Any]:
        outputs = compiled(native(inputs))
        return canonical({name: outputs[name] for name in graph.outputs})

    return run
