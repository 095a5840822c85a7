"""A model as `torch.export` has it: one graph of PyTorch's operations, from which the other exporters start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.export import Dim, ExportedProgram

from archspec.ir import Graph
from archspec.passes import at_usual_sizes
from archspec_torch.export.layouts import channels_first

_BATCH = 2
"""The number of samples of the example: `torch.export` takes a batch of 1 for a constant."""


def exported_program(graph: Graph, model: nn.Module, most: int | None = None) -> ExportedProgram:
    """The model's program, for batches of any length, or of up to `most`, and axes of any length where unknown."""
    sized = at_usual_sizes(graph)[0]
    examples = [torch.zeros(channels_first((_BATCH, *kind.shape))) for kind in sized.inputs.values()]
    batch = Dim("batch", max=most)
    shapes = tuple({0: batch, **_unknown(kind.axes)} for kind in graph.inputs.values())
    return torch.export.export(model, tuple(examples), dynamic_shapes=shapes)


def _unknown(axes: Sequence[int | None]) -> Mapping[int, Any]:
    """The axes of unknown length, counted as the model has them."""
    return {place: Dim.DYNAMIC for place, axis in enumerate(channels_first((_BATCH, *axes))) if axis is None}
