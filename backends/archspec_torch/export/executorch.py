"""ExecuTorch's programs for XNNPACK, by its own lowering of PyTorch's programs; run by its runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.exir import to_edge_transform_and_lower
from executorch.runtime import Runtime
from torch import nn

from archspec.backend import Arrays
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec_torch.export import TARGETS
from archspec_torch.export.layouts import canonical, native
from archspec_torch.export.program import exported_program


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the program; operations that XNNPACK lacks are ExecuTorch's portable ones.

    Its memory is planned for the largest batch. Raises `ArchspecError` for axes of unknown length.
    """
    if not graph.is_known:
        raise ArchspecError(f"ExecuTorch plans its memory, so each axis of {', '.join(graph.inputs)} needs a length")
    program = exported_program(graph, model, TARGETS["executorch"].most)
    lowered = to_edge_transform_and_lower(program, partitioner=[XnnpackPartitioner()]).to_executorch()
    path.write_bytes(lowered.buffer)


def run(graph: Graph, path: Path, batches: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The outputs of ExecuTorch's runtime; it returns them in the network's order."""
    method = Runtime.get().load_program(path).load_method("forward")
    assert method is not None
    found = []
    for inputs in batches:
        given = native(inputs)
        made = method.execute([torch.from_numpy(given[name]) for name in graph.inputs])
        # The runtime uses the memory of the outputs again.
        found.append(canonical({name: each.numpy().copy() for name, each in zip(graph.outputs, made, strict=True)}))
    return found
