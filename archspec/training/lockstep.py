"""One recipe in several frameworks at once, in float64, step by step from the same weights over the same batches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import numpy as np

from archspec.backend import Arrays, Lockstep, RecipeBackend
from archspec.passes import switch_off_random
from archspec.recipe.plan import Plan
from archspec.training.program import imported, sources

TOLERANCE = 1e-9
"""The largest difference of a weight over its largest value."""


@dataclass(frozen=True, slots=True)
class WeightDifference:
    """The difference of a weight after a step, over its largest value. Steps are counted from 1."""

    name: str
    step: int
    difference: float


@dataclass(frozen=True, slots=True)
class LockstepReport:
    """The result of a lockstep.

    `largest` has for each weight its largest difference at any step, and `first` is the first difference above the
    tolerance, None without one.
    """

    steps: int
    backends: tuple[str, ...]
    largest: Mapping[str, WeightDifference]
    first: WeightDifference | None
    switched_off: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all weights stayed equal."""
        return self.first is None


def compare_training_runs(plan: Plan, backends: Sequence[RecipeBackend], weights: Arrays, steps: int) -> LockstepReport:
    """Train with this number of steps in the first two backends. Random layers are switched off."""
    graph, switched = switch_off_random(plan.graph)
    plan = replace(plan, graph=graph)
    start = {name: np.asarray(array, dtype="float64") for name, array in weights.items()}
    with tempfile.TemporaryDirectory() as place:
        runs = [_begun(plan, backend, start, Path(place) / backend.name) for backend in backends[:2]]
        with imported(Path(place) / backends[0].name, "loop") as loop:
            largest, first = _differences(runs, _batches(loop, steps))
    return LockstepReport(steps, tuple(each.name for each in backends[:2]), largest, first, switched)


def _begun(plan: Plan, backend: RecipeBackend, weights: Arrays, folder: Path) -> Lockstep:
    folder.mkdir()
    texts = sources(plan, backend)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    model = backend.load(plan.graph, next(iter(texts.values())), weights, dtype="float64", device="cpu")
    with imported(folder, "train") as program:
        return backend.lockstep(plan.graph, model, program)


def _batches(loop: ModuleType, steps: int) -> Iterator[tuple[Arrays, float]]:
    """The batches with their learning rates."""
    batches = loop.training_batches()
    epoch_steps = len(batches) // loop.EPOCHS
    for step in range(min(steps, len(batches))):
        yield batches[step], loop.learning_rate(step, epoch_steps)


def _differences(
    runs: Sequence[Lockstep], batches: Iterator[tuple[Arrays, float]]
) -> tuple[dict[str, WeightDifference], WeightDifference | None]:
    """The largest difference of each weight, and the first that is too large."""
    largest: dict[str, WeightDifference] = {}
    first: WeightDifference | None = None
    for step, (batch, rate) in enumerate(batches, start=1):
        for run in runs:
            run.step(batch, rate)
        one, other = (run.weights for run in runs)
        for name in one:
            found = WeightDifference(name, step, _distance(one[name], other[name]))
            if name not in largest or found.difference > largest[name].difference:
                largest[name] = found
            if first is None and not found.difference <= TOLERANCE:
                first = found
    return largest, first


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    size = float(np.abs(one).max())
    return float(np.abs(one - other).max()) / size if size else float(np.abs(other).max())
