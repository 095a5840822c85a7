"""ONNX, by `torch.onnx`; run by ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import onnxruntime
import torch
from torch import nn

from archspec.backend import Arrays
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec_torch.export.layouts import canonical, native
from archspec_torch.export.program import exported_program

_LARGEST = 2**31 - 1
"""The largest number of bytes of an ONNX file, which is a message of Protocol Buffers."""


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write one file with the weights in it; raises `ArchspecError` for a model that is too large for that."""
    size = sum(weight.nbytes for weight in model.state_dict().values())
    if size > _LARGEST:
        raise ArchspecError(f"an ONNX file holds 2 GB, and the weights of {graph.name} take {size / 1e9:.1f} GB")
    program = torch.onnx.export(
        exported_program(graph, model),
        input_names=list(graph.inputs),
        output_names=list(graph.outputs),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    assert program is not None
    program.save(path)


def run(graph: Graph, path: Path, batches: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The outputs of ONNX Runtime on the CPU."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = list(graph.outputs)
    made = (session.run(names, native(inputs)) for inputs in batches)
    return [canonical(dict(zip(names, outputs, strict=True))) for outputs in made]
