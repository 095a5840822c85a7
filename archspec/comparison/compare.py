"""Whether two backends compute the same function: first in float64, then in float32 against the float64 result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from archspec.backend import Arrays, Backend
from archspec.comparison.failing import blaming
from archspec.comparison.records import as_json
from archspec.comparison.shapes import OtherShape, other_shape
from archspec.ir import Graph

TOLERANCE = 1e-10
"""The largest relative difference in float64. Rounding gives about 1e-13, another meaning about 1."""

FLOAT32_RATIO = 2.0
"""How much further from the float64 result one backend's float32 may be than the other's."""

FLOAT32_EPSILON = float(np.finfo(np.float32).eps)
"""The spacing of float32 numbers at 1: what rounding the two results to float32 at the end may add to the difference of
their errors."""


@dataclass(frozen=True, slots=True)
class OutputParity:
    """One output: the largest relative difference in float64, and each backend's float32 error."""

    name: str
    float64: float
    """The largest difference between the backends, over the largest value; infinite for `other_shape`."""
    float32: Mapping[str, float]
    """Each backend's distance from its own float64 result, over that result's length, both Euclidean: the largest
    single difference is a matter of luck, and varies by a factor of three where the distance does not."""
    other_shape: OtherShape | None = None

    @property
    def passed(self) -> bool:
        """Whether the backends are the same function here."""
        return self.float64 <= TOLERANCE and self.float32_passed

    @property
    def float32_passed(self) -> bool:
        """Whether no backend's float32 error is more than twice another's."""
        errors = self.float32.values()
        return all(map(math.isfinite, errors)) and max(errors) <= FLOAT32_RATIO * min(errors) + FLOAT32_EPSILON


@dataclass(frozen=True, slots=True)
class ParityReport:
    """What was compared, and each output's differences."""

    network: str
    backends: tuple[str, ...]
    seed: int
    batch: int
    outputs: tuple[OutputParity, ...]

    @property
    def passed(self) -> bool:
        """Whether every output passed."""
        return all(output.passed for output in self.outputs)

    def record(self) -> dict[str, Any]:
        """The report as JSON has it."""
        outputs = [
            {
                "name": each.name,
                "float64": each.float64,
                "float32": dict(each.float32),
                "passed": each.passed,
                "shape": each.other_shape and each.other_shape.record(),
            }
            for each in self.outputs
        ]
        return as_json(
            {
                "network": self.network,
                "backends": list(self.backends),
                "seed": self.seed,
                "batch": self.batch,
                "passed": self.passed,
                "outputs": outputs,
            }
        )

    @property
    def largest(self) -> float:
        """The largest relative difference in float64."""
        return max(output.float64 for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Runs:
    """What each backend made of the same inputs with the same weights, by its name, in float64 and in float32."""

    double: Mapping[str, Arrays]
    single: Mapping[str, Arrays]


@blaming
def compare(
    graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays, *, seed: int = 0, device: str = "cpu"
) -> ParityReport:
    """Runs the graph in every backend, in float64 and in float32, and compares the outputs.

    `weights` are canonical; `inputs` are channels-last with a batch axis.
    """
    return judge(graph, run(graph, backends, weights, inputs, device=device), seed=seed)


def run(graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays, *, device: str = "cpu") -> Runs:
    """Runs the graph in every backend, in float64 and in float32."""
    double, single = (
        {backend.name: _run(graph, backend, weights, inputs, dtype, device) for backend in backends}
        for dtype in ("float64", "float32")
    )
    return Runs(double, single)


def judge(graph: Graph, runs: Runs, *, seed: int = 0) -> ParityReport:
    """Compares the outputs of the backends."""
    first, *others = runs.double.values()
    rows = []
    for name, value in graph.outputs.items():
        wrong = other_shape(name, graph.type_of(value).shape, {key: each[name] for key, each in runs.double.items()})
        difference = math.inf if wrong else max(relative_error(result[name], first[name]) for result in others)
        float32 = {
            backend: relative_distance(narrow[name], runs.double[backend][name])
            for backend, narrow in runs.single.items()
        }
        rows.append(OutputParity(name, difference, float32, wrong))
    batch = len(next(iter(first.values())))
    return ParityReport(graph.name, tuple(runs.double), seed, batch, tuple(rows))


ENOUGH = 1000
"""Numbers to compare in the smallest output: the float32 errors of a few are luck."""

LEAST_SAMPLES = 16
"""For fewer samples PyTorch multiplies in another order on CPUs, and its float32 errors are half of what they are here:
a comparison with TensorFlow, which has one way for all, would compare that."""

MOST_SAMPLES = 64

MOST_ELEMENTS = 2**22
"""Numbers in the largest value of a batch beyond the least: in float64 some 30 MB, of which a network has many."""


def enough_samples(graph: Graph) -> int:
    """How many samples make every output large enough to judge, within bounds of memory; 16 at least."""
    smallest = min(graph.type_of(value).size for value in graph.outputs.values())
    largest = max(kind.size for kind in (*graph.inputs.values(), *(node.type for node in graph.nodes)))
    return max(LEAST_SAMPLES, min(-(-ENOUGH // smallest), MOST_ELEMENTS // largest, MOST_SAMPLES))


def relative_error(value: Any, truth: Any) -> float:
    """The largest absolute difference, over the largest magnitude in either; infinite where shapes differ.

    A value that is not finite where the truth is makes it infinite too.
    """
    value, truth = np.asarray(value, np.float64), np.asarray(truth, np.float64)
    if value.shape != truth.shape or not np.isfinite(value).all() or not np.isfinite(truth).all():
        return float("inf")
    distance = float(np.abs(value - truth).max(initial=0.0))
    # A truth of zeros would make the difference an absolute one.
    scale = max(float(np.abs(value).max(initial=0.0)), float(np.abs(truth).max(initial=0.0)))
    return distance / scale if distance else 0.0


def relative_distance(value: Any, truth: Any) -> float:
    """The Euclidean distance from the truth, over the truth's length; infinite as for `relative_error`."""
    value, truth = np.asarray(value, np.float64), np.asarray(truth, np.float64)
    if value.shape != truth.shape or not np.isfinite(value).all() or not np.isfinite(truth).all():
        return float("inf")
    return float(np.linalg.norm(value - truth)) / (float(np.linalg.norm(truth)) or 1.0)


def load(graph: Graph, backend: Backend, weights: Arrays, dtype: str = "float64", device: str = "cpu") -> Any:
    """The model that the backend's own source makes."""
    return backend.load(graph, backend.emit(graph), weights, dtype=dtype, device=device)


def _run(graph: Graph, backend: Backend, weights: Arrays, inputs: Arrays, dtype: str, device: str) -> dict[str, Any]:
    model = load(graph, backend, weights, dtype, device)
    return backend.run(graph, model, {name: array.astype(dtype) for name, array in inputs.items()})
