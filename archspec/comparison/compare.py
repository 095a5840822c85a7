"""Compares the outputs of backends: with each other in float64, and each in float32 with its own float64 result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from archspec.backend import Arrays, Backend, RoundingBackend
from archspec.comparison.distances import relative_distance, relative_error
from archspec.comparison.failed_layer import naming_the_layer
from archspec.comparison.float32 import rounding_errors
from archspec.comparison.json_values import as_json
from archspec.comparison.running import at_size_of, run_model
from archspec.comparison.shape_mismatch import ShapeMismatch, shape_mismatch
from archspec.ir import Graph, Shape

TOLERANCE = 1e-10
"""The largest relative difference in float64. Rounding makes about 1e-13, another function about 1."""

FLOAT32_FACTOR = 4.0
"""The largest float32 error, over the estimated effect of rounding weights and inputs. The factor leaves room for
exponentials and for luck; tests/parity/test_float32.py plants faults that exceed it."""

FLOAT32_EPSILON = float(np.finfo(np.float32).eps)
"""The spacing of float32 numbers at 1: the rounding of the result itself."""

SENSITIVE = 2.0**-7
"""Allowed float32 errors above this say little: the network amplifies rounding too much."""


@dataclass(frozen=True, slots=True)
class OutputParity:
    """One output: the largest relative difference in float64, and each backend's float32 error."""

    name: str
    float64: float
    """The largest difference between the backends, over the largest value; infinite for `shape_mismatch`."""
    float32: Mapping[str, float]
    """Each backend's Euclidean distance from its own float64 result, over the result's norm. The largest single
    difference would be a matter of luck: it varies by a factor of three where the distance does not."""
    float32_allowed: float
    """The largest float32 error that rounding explains in this network: see `rounding_errors`."""
    shape_mismatch: ShapeMismatch | None = None
    inputs: Mapping[str, Shape] | None = None
    """The inputs' shapes, of a network that takes several; None for others."""

    @property
    def passed(self) -> bool:
        """Whether the backends compute the same output, in both precisions."""
        return self.same and not self.inexact

    @property
    def same(self) -> bool:
        """Whether the backends compute the same output in float64."""
        return self.float64 <= TOLERANCE

    @property
    def inexact(self) -> tuple[str, ...]:
        """The backends whose float32 error is larger than rounding explains."""
        allowed = self.float32_allowed
        return tuple(name for name, error in self.float32.items() if not (math.isfinite(error) and error <= allowed))

    @property
    def sensitive(self) -> bool:
        """Whether rounding changes the output so much that float32 errors say little."""
        return self.float32_allowed > SENSITIVE


@dataclass(frozen=True, slots=True)
class ParityReport:
    """A comparison in inference mode: the setting, and the differences of each output."""

    network: str
    backends: tuple[str, ...]
    seed: int
    batch: int
    outputs: tuple[OutputParity, ...]
    replaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the backend's name, the layers that its framework rounds to float32 in float64 models too. Exact functions
    were compared instead."""

    @property
    def passed(self) -> bool:
        """Whether every output passed."""
        return all(output.passed for output in self.outputs)

    @property
    def same(self) -> bool:
        """Whether every output is the same in float64."""
        return all(output.same for output in self.outputs)

    def record(self) -> dict[str, Any]:
        """The report for JSON."""
        outputs = [
            {
                "name": each.name,
                "float64": each.float64,
                "float32": dict(each.float32),
                "float32_allowed": each.float32_allowed,
                "passed": each.passed,
                "shape": each.shape_mismatch and each.shape_mismatch.record(),
                **({} if each.inputs is None else {"inputs": {name: list(axes) for name, axes in each.inputs.items()}}),
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
                "replaced": {backend: list(paths) for backend, paths in self.replaced.items()},
                "outputs": outputs,
            }
        )

    @property
    def largest(self) -> float:
        """The largest relative difference in float64."""
        return max(output.float64 for output in self.outputs)


@dataclass(frozen=True, slots=True)
class Runs:
    """The outputs of each backend, by its name, for the same inputs and weights, in float64 and in float32.

    `rounding` is the estimated effect of float32 rounding on each output, by its name: see `rounding_errors`.
    `replaced` is the report's.
    """

    double: Mapping[str, Arrays]
    single: Mapping[str, Arrays]
    rounding: Mapping[str, float]
    replaced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@naming_the_layer
def compare(
    graph: Graph,
    backends: Sequence[Backend],
    weights: Arrays,
    inputs: Arrays,
    *,
    others: Sequence[Arrays] = (),
    seed: int = 0,
    device: str = "cpu",
) -> ParityReport:
    """Runs the graph in every backend, in float64 and in float32, and compares the outputs.

    `weights` are canonical; `inputs` are channels-last with a batch axis, and `others` are further ones, of other sizes
    for a network of any size: the same models run them.
    """
    samples = [inputs, *others]
    runs = _runs(graph, backends, weights, samples, seed=seed, device=device)
    reports = [judge(at_size_of(graph, each), found, seed=seed) for each, found in zip(samples, runs, strict=True)]
    if graph.is_known:
        return reports[0]
    return replace(reports[0], outputs=tuple(chain.from_iterable(map(_with_inputs, reports, samples))))


def _with_inputs(report: ParityReport, inputs: Arrays) -> Iterator[OutputParity]:
    """The outputs, with the shapes of the inputs."""
    shapes = {name: tuple(array.shape[1:]) for name, array in inputs.items()}
    return (replace(output, inputs=shapes) for output in report.outputs)


def run(
    graph: Graph, backends: Sequence[Backend], weights: Arrays, inputs: Arrays, *, seed: int = 0, device: str = "cpu"
) -> Runs:
    """Runs the graph in every backend, in float64 and in float32; `seed` is for the random perturbations."""
    return next(_runs(graph, backends, weights, [inputs], seed=seed, device=device))


def _runs(
    graph: Graph, backends: Sequence[Backend], weights: Arrays, samples: Sequence[Arrays], *, seed: int, device: str
) -> Iterator[Runs]:
    """The runs on each of the samples, by one model of each backend and precision."""
    double, single = (
        {backend.name: run_model(graph, backend, weights, samples, dtype, device) for backend in backends}
        for dtype in ("float64", "float32")
    )
    replaced = {each.name: each.inexact(graph) for each in backends if isinstance(each, RoundingBackend)}
    for index, inputs in enumerate(samples):
        exact, rounded = ({name: made[index] for name, made in each.items()} for each in (double, single))
        truth = exact[backends[0].name]
        rounding = rounding_errors(at_size_of(graph, inputs), backends, weights, inputs, truth, seed=seed)
        yield Runs(exact, rounded, rounding, replaced)


def judge(graph: Graph, runs: Runs, *, seed: int = 0) -> ParityReport:
    """Compares the outputs of the backends; the axes of the graph are known."""
    first, *others = runs.double.values()
    rows = []
    for name, value in graph.outputs.items():
        wrong = shape_mismatch(name, value.type.shape, {key: each[name] for key, each in runs.double.items()})
        difference = math.inf if wrong else max(relative_error(result[name], first[name]) for result in others)
        float32 = {
            backend: relative_distance(narrow[name], runs.double[backend][name])
            for backend, narrow in runs.single.items()
        }
        allowed = allowed_error(runs.rounding.get(name, 0.0))
        rows.append(OutputParity(name, difference, float32, allowed, wrong))
    batch = len(next(iter(first.values())))
    return ParityReport(graph.name, tuple(runs.double), seed, batch, tuple(rows), runs.replaced)


def allowed_error(rounding: float) -> float:
    """The largest float32 error that is allowed for an output with this estimated effect of rounding."""
    return FLOAT32_FACTOR * (rounding + FLOAT32_EPSILON)


ENOUGH = 1000
"""Numbers to compare in the smallest output; the float32 errors of a few would be luck."""

LEAST_SAMPLES = 4
"""The smallest number of samples: a single one may be an exception."""

MOST_SAMPLES = 64

MOST_ELEMENTS = 2**22
"""The largest number of elements of a value, unless the smallest batch has more: in float64 some 30 MB for each
value."""


def enough_samples(graph: Graph) -> int:
    """The number of samples that makes every output large enough to judge, within bounds of memory; at least 4."""
    smallest = min(value.type.size for value in graph.outputs.values())
    largest = max(value.type.size for value in graph.values.values())
    return max(LEAST_SAMPLES, min(-(-ENOUGH // smallest), MOST_ELEMENTS // largest, MOST_SAMPLES))
