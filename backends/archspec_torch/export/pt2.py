"""PyTorch's own file of an exported program; run by PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from archspec.backend import Arrays
from archspec.backend.exporting import Run
from archspec.ir import Graph
from archspec_torch.export.layouts import canonical, native
from archspec_torch.export.program import exported_program


def export(graph: Graph, model: nn.Module, path: Path) -> None:
    """Write the program, which is called as the model is."""
    torch.export.save(exported_program(graph, model), path)


def opened(graph: Graph, path: Path, threads: int | None) -> Run:
    """PyTorch's run of the program on the CPU, with PyTorch's threads."""
    module = torch.export.load(path).module()
    return lambda inputs: canonical(called(graph, module, native(inputs)))


def called(graph: Graph, module: Callable[..., Any], inputs: Arrays) -> dict[str, Any]:
    """The outputs by name of a program that is called as the model is; a model of one output returns a tensor."""
    with torch.no_grad():
        made = module(*(torch.from_numpy(inputs[name]) for name in graph.inputs))
    named = made if isinstance(made, Mapping) else dict.fromkeys(graph.outputs, made)
    return {name: tensor.numpy() for name, tensor in named.items()}
