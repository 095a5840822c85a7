"""One recipe in two frameworks at once, in float64, step by step from the same weights over the same batches."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from archspec.arguments import TEXTS, VALUES, WHOLE, takes
from archspec.backend import Arrays, Lockstep, RecipeBackend
from archspec.backend.execution import AVERAGE
from archspec.errors import ArchspecError
from archspec.ir import Graph, Node
from archspec.passes import switch_off_random
from archspec.recipe.document import Recipe
from archspec.recipe.plan import Plan
from archspec.training.planning import network_of, plan
from archspec.training.program import data_faults, imported, recipe_backend, sources
from archspec.training.reading import RecipeSource, read_recipe
from archspec.training.start import start_weights
from archspec.weights import canonical_name

TOLERANCE = 1e-9
"""The largest difference of a weight over its largest value."""

_AS_LARGE = 100
"""Two frameworks round in each operation, and a changed last bit of the initial weights is one rounding of each weight:
what grows from the first may be this much larger than what grows from the second."""

_UNREAD = 1e-10
"""A gradient this small, over the largest of all gradients, is a rounding error."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of a weight after a step, over its largest value. Steps are counted from 1.

    `name` is the weight's canonical name, `average of` it for the moving average, or the name of a metric.
    """

    name: str
    step: int
    difference: float


@dataclass(frozen=True, slots=True)
class LockstepReport:
    """The result of a lockstep.

    `largest` has the largest difference of each weight, at any step. `first` is the first difference above the
    tolerance; None without one. `rounding` is then the largest difference, up to this step, of the first backend from
    itself, if the last bit of each initial weight changes: a training that is not stable amplifies it. `unread` are
    weights that the loss does not depend on, as a bias before a batch normalisation: an optimizer moves them by
    rounding errors, and they are not judged. `switched_off` are the random layers.
    """

    network: str
    recipe: str
    steps: int
    backends: tuple[str, ...]
    largest: Mapping[str, Difference]
    first: Difference | None
    unread: tuple[str, ...]
    switched_off: tuple[str, ...]
    rounding: float | None = None
    tolerance: float = TOLERANCE

    @property
    def passed(self) -> bool:
        """Whether all judged weights stayed equal."""
        return self.first is None

    @property
    def unstable(self) -> bool:
        """Whether the first difference may be one of rounding errors that the training itself has amplified."""
        if self.first is None or self.rounding is None:
            return False
        return self.first.difference <= _AS_LARGE * self.rounding

    def record(self) -> dict[str, Any]:
        """The report as values of JSON."""
        return {
            **asdict(self),
            "largest": {name: asdict(each) for name, each in self.largest.items()},
            "passed": self.passed,
        }


@takes(backends=TEXTS, steps=WHOLE, changes=VALUES)
def recipe_parity(
    recipe: RecipeSource,
    *,
    backends: Sequence[str] = ("torch", "tensorflow"),
    steps: int = 200,
    changes: Mapping[str, Any] | None = None,
) -> LockstepReport:
    """Whether two backends train by a recipe to the same weights, step by step in float64 on the CPU.

    `changes` replace values of the recipe, by dotted paths. Raises `SpecError` for a faulty recipe, and
    `BackendMissingError` for a backend without training.
    """
    if isinstance(backends, str) or len(set(backends)) != _TWO:
        raise ArchspecError("parity of a recipe needs two different backends, as a sequence of their names")
    written = read_recipe(recipe, changes)
    network = network_of(written)
    found = [recipe_backend(each) for each in backends]
    return compare_in_lockstep(plan(written, network), found, start_weights(written, network), steps)


_TWO = 2


def compare_in_lockstep(
    planned: Plan, backends: Sequence[RecipeBackend], weights: Arrays, steps: int
) -> LockstepReport:
    """Train with the programs of two backends for this number of steps, or for all that the recipe has.

    Random layers are switched off, and a recipe's bfloat16 is not used. Metrics at the end of an epoch are compared
    too, unless some weights move by rounding errors. Moving variances are those of the biased variance in both. Raises
    `RunError` for data that do not fit.
    """
    graph, switched = switch_off_random(planned.graph)
    planned = replace(planned, graph=graph, recipe=planned.recipe.model_copy(update={"precision": "float32"}))
    start = {name: np.asarray(array, dtype="float64") for name, array in weights.items()}
    judged, done = _train_both(planned, backends, (start, start), steps)
    rounding = None if judged.first is None else _rounding(planned, backends[0], start, judged.first.step)
    return LockstepReport(
        graph.name,
        planned.recipe.name,
        done,
        tuple(each.name for each in backends),
        judged.largest,
        judged.first,
        tuple(sorted(judged.unread)),
        switched,
        rounding,
    )


def _rounding(planned: Plan, backend: RecipeBackend, weights: Arrays, steps: int) -> float:
    """The largest difference of a backend from itself in these steps, if the last bit of each weight changes.

    Zeros stay zeros: a bias that is barely positive would open every ReLU of an empty part of an image.
    """
    others = {name: array * (1 + np.finfo(np.float64).eps) for name, array in weights.items()}
    judged, _ = _train_both(planned, (backend, backend), (weights, others), steps)
    return max((each.difference for each in judged.largest.values()), default=0.0)


def _train_both(
    planned: Plan, backends: Sequence[RecipeBackend], weights: Sequence[Arrays], steps: int
) -> tuple[_Judged, int]:
    """Train with two programs, each from its weights: the differences, and the number of steps."""
    judged, done = _Judged(planned.graph), 0
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / str(number) for number in range(len(backends))]
        runs = [_begin(planned, *each) for each in zip(backends, weights, folders, strict=True)]
        with imported(folders[0], "loop") as loop, data_faults(loop):
            for done, batch, rates in _steps(loop, runs, judged, planned.recipe, steps):
                for run, rate in zip(runs, rates, strict=True):
                    run.step(batch, rate, done - 1)
                if done == 1:
                    judged.unread = _unread(planned.graph, runs)
                judged.compare(done, *(run.weights for run in runs))
    return judged, done


def _begin(planned: Plan, backend: RecipeBackend, weights: Arrays, folder: Path) -> Lockstep:
    """The program of a backend; one that cannot compute blocks again keeps their values, which are the same."""
    folder.mkdir()
    if not backend.recomputes:
        planned = replace(planned, graph=replace(planned.graph, recomputed=frozenset()))
    texts = sources(planned, backend)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    model = backend.load(planned.graph, next(iter(texts.values())), weights, dtype="float64", device="cpu")
    with imported(folder, "train") as program:
        return backend.lockstep(planned.graph, model, program)


class _Judged:
    """The differences so far.

    A moving mean is judged by the spread of the values, if that is larger: the mean of normalised values is a rounding
    error.
    """

    def __init__(self, graph: Graph) -> None:
        names = {(node.path, weight.role): canonical_name(node, weight) for node, weight in graph.owned_weights()}
        self._variances = {
            name: names[path, "variance"]
            for (path, role), name in names.items()
            if role == "mean" and (path, "variance") in names
        }
        self.largest: dict[str, Difference] = {}
        self.first: Difference | None = None
        self.unread: frozenset[str] = frozenset()

    def compare(self, step: int, one: Arrays, other: Arrays) -> None:
        """Take note of the differences after a step."""
        for name in one:
            weight = name.removeprefix(AVERAGE)
            if weight not in self.unread:
                variance = one.get(self._variances.get(weight, ""), 0.0)
                spread = math.sqrt(np.max(variance, initial=0.0))
                self._take(Difference(name, step, _distance(np.asarray(one[name]), np.asarray(other[name]), spread)))

    def _take(self, found: Difference) -> None:
        known = self.largest.get(found.name)
        if known is None or not found.difference <= known.difference:
            self.largest[found.name] = found
        if self.first is None and not found.difference <= TOLERANCE:
            self.first = found


def _steps(
    loop: ModuleType, runs: Sequence[Lockstep], judged: _Judged, recipe: Recipe, steps: int
) -> Iterator[tuple[int, Arrays, Sequence[float]]]:
    """The number and the batch of each step, and a learning rate for each run, which judges its own epochs."""
    epoch_steps = loop.training_steps()
    progress = [loop.Progress() for _ in runs]
    for step in range(min(steps, recipe.count_steps(epoch_steps))):
        factors = [getattr(each, "factor", 1.0) for each in progress]
        rates = [loop.learning_rate(step, epoch_steps, *([factor] if factor != 1.0 else [])) for factor in factors]
        yield step + 1, loop.training_batch(step), rates
        if (step + 1) % epoch_steps == 0:
            scores = [_scored(loop, run) for run in runs]
            if not judged.unread:
                judged.compare(step + 1, *scores)
            for each, score in zip(progress, scores, strict=True):
                loop.judge(each, float(score[loop.MONITORED]))


def _scored(loop: ModuleType, run: Lockstep) -> Arrays:
    """The metrics of an epoch, by their names in metrics.csv."""
    scores: dict[str, Any] = {"loss": run.mean_loss()}
    if hasattr(loop, "validation_batches"):
        found = run.evaluate(iter(loop.validation_batches()))
        scores |= {f"validation_{name}": value for name, value in found.items()}
    return {name: np.asarray(value) for name, value in scores.items()}


def _unread(graph: Graph, runs: Sequence[Lockstep]) -> frozenset[str]:
    """The weights whose gradients were rounding errors in the last step, and the moving means of what they shift."""
    sizes = next(filter(None, (run.gradient_sizes() for run in runs)), {})
    largest = max(sizes.values(), default=0.0)
    small = {name for name, size in sizes.items() if size <= _UNREAD * largest}
    owned = [*graph.owned_weights()]
    means = {node.path: canonical_name(node, weight) for node, weight in owned if weight.role == "mean"}
    shifting = [node for node, weight in owned if weight.role == "shift" and canonical_name(node, weight) in small]
    return frozenset(small | {means[path] for path in _first_behind(graph, shifting, means)})


def _first_behind(graph: Graph, nodes: Sequence[Node], wanted: Collection[str]) -> set[str]:
    """The first nodes with these paths on each way from the nodes to the outputs."""
    found: set[str] = set()
    seen: set[str] = set()
    ahead = list(nodes)
    while ahead:
        for value in ahead.pop().results:
            readers = [reader for reader in graph.consumers.get(value, ()) if reader.path not in seen]
            seen.update(reader.path for reader in readers)
            found.update(reader.path for reader in readers if reader.path in wanted)
            ahead += [reader for reader in readers if reader.path not in wanted]
    return found


def _distance(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any], size: float) -> float:
    """The largest difference over the largest value, or over this size; infinite for values that are not finite."""
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return math.inf
    size, difference = float(np.abs(one).max(initial=size)), float(np.abs(one - other).max(initial=0.0))
    return difference / size if size else difference
