"""ExecuTorch's programs for XNNPACK, by its own lowering of PyTorch's programs; run by its runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import (
    XNNPACKQuantizer,
    get_symmetric_quantization_config,
)
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from torch import nn
from torch.export import ExportedProgram
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

from archspec.backend import Arrays
from archspec.backend.exporting import Run
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec_torch.export import TARGETS
from archspec_torch.export.layouts import canonical, native
from archspec_torch.export.program import exported_program

_NO_KERNEL = "error: 0x:14"
"""How the runtime tells that a program has an operator that it lacks."""


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the program; operations that XNNPACK lacks are ExecuTorch's portable ones.

    Its memory is planned for the largest batch. Raises `ArchspecError` for axes of unknown length.
    """
    _write(_program(graph, model), path)


def quantize(graph: Graph, model: nn.Module, path: Path, calibration: Sequence[Arrays]) -> None:
    """Write the program with int8, as XNNPACK's quantiser has it, with a scale for each channel of the weights.

    Raises `ArchspecError` for axes of unknown length.
    """
    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    observed = prepare_pt2e(_program(graph, model).module(), quantizer)
    with torch.no_grad():
        for inputs in calibration:
            given = native(inputs)
            observed(*(torch.from_numpy(given[name]) for name in graph.inputs))
    _write(_program(graph, convert_pt2e(observed)), path)


def _program(graph: Graph, model: nn.Module) -> ExportedProgram:
    if not graph.is_known:
        raise ArchspecError(f"ExecuTorch plans its memory, so each axis of {', '.join(graph.inputs)} needs a length")
    return exported_program(graph, model, TARGETS["executorch"].most)


def _write(program: ExportedProgram, path: Path) -> None:
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()]).to_executorch()
    path.write_bytes(lowered.buffer)


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """ExecuTorch's run of the program, with its own number of threads."""
    try:
        method = Runtime.get().load_program(path).load_method("forward")
    except RuntimeError as error:
        if _NO_KERNEL not in str(error):
            raise
        raise RuntimeError("ExecuTorch's runtime for Python has no kernel for one of its operations") from None
    assert method is not None

    def run(inputs: Arrays) -> dict[str, Any]:
        given = native(inputs)
        made = method.execute([torch.from_numpy(given[name]) for name in graph.inputs])
        # They are in the network's order, and the runtime uses their memory again.
        return canonical({name: each.numpy().copy() for name, each in zip(graph.outputs, made, strict=True)})

    return run
