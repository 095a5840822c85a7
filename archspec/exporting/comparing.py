"""Compares an exported file, run by its own runtime, with the compiled model.

As in parity, each of both is held in float32 against the compiled model in float64. Their distances may be as large as
the rounding of float32 explains in this network.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archspec.backend import Arrays
from archspec.backend.exporting import ExportingBackend
from archspec.comparison import as_json, at_size_of, enough_samples, random_inputs, relative_distance
from archspec.comparison.compare import allowed_error, run
from archspec.comparison.shape_mismatch import ShapeMismatch, shape_mismatch
from archspec.ir import Graph, Shape
from archspec.passes import COMPARED_AT, at_usual_sizes

SIZES = 2
"""The number of sizes at which a network with axes of any length is compared."""

FEW = 2
"""The largest batch for two of different sizes."""


@dataclass(frozen=True, slots=True)
class ExportedOutput:
    """One output at one size of the inputs. Distances are Euclidean, over the norm of the output."""

    name: str
    inputs: Mapping[str, Shape]
    """The inputs' shapes without the batch axis, channels last."""
    difference: float
    """The distance of the file's result from that of the compiled model in float32."""
    exported: float
    """The distance of the file's result from that of the compiled model in float64."""
    compiled: float
    """The distance of the compiled model's result in float32 from its result in float64."""
    allowed: float
    """The largest distance that the rounding of float32 explains in this network."""
    mismatch: ShapeMismatch | None = None

    @property
    def passed(self) -> bool:
        """Whether rounding explains the file's distance."""
        return self.mismatch is None and math.isfinite(self.exported) and self.exported <= self.allowed


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The comparison of an exported file with the compiled model."""

    network: str
    target: str
    backend: str
    path: Path
    size: int
    """The number of bytes of the file, or of all files of the folder."""
    outputs: tuple[ExportedOutput, ...]

    @property
    def passed(self) -> bool:
        """Whether every output is within the allowed distance."""
        return all(output.passed for output in self.outputs)

    @property
    def largest(self) -> float:
        """The largest difference from the compiled model."""
        return max(output.difference for output in self.outputs)

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        outputs = [
            {
                "name": each.name,
                "inputs": {name: list(shape) for name, shape in each.inputs.items()},
                "difference": each.difference,
                "exported": each.exported,
                "compiled": each.compiled,
                "allowed": each.allowed,
                "passed": each.passed,
            }
            for each in self.outputs
        ]
        return as_json(
            {
                "network": self.network,
                "target": self.target,
                "backend": self.backend,
                "path": str(self.path),
                "bytes": self.size,
                "passed": self.passed,
                "outputs": outputs,
            }
        )


def samples(graph: Graph, seed: int, most: int | None = None) -> list[Arrays]:
    """Random inputs in float32 for each size of the comparison: enough to judge the outputs.

    The batches of `batches` have `most` samples or fewer.
    """
    sizes = at_usual_sizes(graph, SIZES, COMPARED_AT)
    enough = (min(enough_samples(each), sys.maxsize if most is None else most + 1) for each in sizes)
    drawn = (random_inputs(each, seed, batch=count) for each, count in zip(sizes, enough, strict=True))
    return [{name: array.astype(np.float32) for name, array in inputs.items()} for inputs in drawn]


def batches(inputs: Arrays) -> tuple[Arrays, Arrays]:
    """The same samples in two batches of different sizes: the first alone, and all others."""
    first, others = ({name: array[part] for name, array in inputs.items()} for part in (slice(1), slice(1, None)))
    return first, others


def compared(
    graph: Graph, backend: ExportingBackend, target: str, weights: Arrays, inputs: Arrays, found: Sequence[Arrays]
) -> Iterator[ExportedOutput]:
    """The comparison of the file's outputs, which are those of `batches`, for each output that the file has."""
    runs = run(graph, [backend], weights, inputs)
    exact, compiled = runs.double[backend.name], runs.single[backend.name]
    shapes = {name: tuple(array.shape[1:]) for name, array in inputs.items()}
    values = at_size_of(graph, inputs).outputs
    for name in found[0]:
        parts = [made[name] for made in found]
        wrong = (shape_mismatch(name, values[name].type.shape, {target: part}) for part in parts)
        mismatch = next(filter(None, wrong), None)
        file = exact[name] * np.nan if mismatch else np.concatenate(parts)
        yield ExportedOutput(
            name,
            shapes,
            difference=relative_distance(file, compiled[name]),
            exported=relative_distance(file, exact[name]),
            compiled=relative_distance(compiled[name], exact[name]),
            allowed=allowed_error(runs.rounding.get(name, 0.0)),
            mismatch=mismatch,
        )


def figures(report: ExportReport) -> str:
    """The comparison in Markdown, for a model card."""
    lines = [
        "",
        "## Comparison",
        "",
        "archspec loaded this folder again, and compared it in float32 with the network in float64. The distances are",
        "relative; rounding explains those up to what is allowed.",
        "",
        "| output | distance | allowed |",
        "|---|--:|--:|",
        *(f"| `{each.name}` | {each.exported:.1e} | {each.allowed:.1e} |" for each in report.outputs),
    ]
    return "\n".join(lines) + "\n"
