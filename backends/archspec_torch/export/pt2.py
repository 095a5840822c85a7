"""PyTorch's own file of an exported program; run by PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archspec.backend import Arrays
from archspec.ir import Graph
from archspec_torch.export.layouts import canonical, native
from archspec_torch.export.program import exported_program


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the program, which is called as the model is."""
    torch.export.save(exported_program(graph, model), path)


def run(graph: Graph, path: Path, batches: Sequence[Arrays]) -> list[dict[str, Any]]:
    """The outputs of PyTorch on the CPU."""
    module = torch.export.load(path).module()
    return [canonical(_called(graph, module, native(inputs))) for inputs in batches]


def _called(graph: Graph, module: nn.Module, inputs: Arrays) -> dict[str, Any]:
    """The outputs by name; a model of one output returns a tensor."""
    with torch.no_grad():
        made = module(*(torch.from_numpy(inputs[name]) for name in graph.inputs))
    named = made if isinstance(made, Mapping) else dict.fromkeys(graph.outputs, made)
    return {name: tensor.numpy() for name, tensor in named.items()}
