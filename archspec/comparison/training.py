"""Whether two backends train a network alike: gradients, moving statistics, and steps of optimisers, in float64."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from archspec.backend import Arrays, Backend, Gradients, Optimiser, TrainingBackend, TrainingStep, shared_statistics
from archspec.comparison.failed_layer import naming_the_layer
from archspec.comparison.learning_rates import smallest_power, with_smaller_rate
from archspec.comparison.magnitudes import largest, magnitudes
from archspec.comparison.progress import Phase, Progress, counted, unheard
from archspec.comparison.rounding import OF_SUMMANDS, Rounding
from archspec.comparison.running import load
from archspec.comparison.shape_mismatch import ShapeMismatch, shape_mismatch
from archspec.comparison.training_report import OptimiserParity, TensorParity, TrainingReport
from archspec.comparison.training_tensors import (
    TOLERANCE,
    MovingStatistic,
    judged,
    judged_gradients,
    judged_statistics,
    judged_step,
    moving_statistics,
)
from archspec.errors import ArchspecError
from archspec.ir import Graph
from archspec.passes import switch_off_random

OPTIMISERS = (
    Optimiser("sgd", learning_rate=2.0**-10),
    Optimiser("adam", learning_rate=2.0**-13),
    Optimiser("adamw", learning_rate=2.0**-13),
    Optimiser("rmsprop", learning_rate=2.0**-13),
)
"""What networks are trained with. Epsilon is large enough for its place in the formula to show in float64, and for a
gradient that is nothing but rounding to make a step of that size and not a whole one in a random direction."""

FOR_THE_RATE = OPTIMISERS[-1]
"""The optimiser that the rates are chosen with: its first step is up to 2.8 times its rate, the root of 8; Adam's is no
larger than its rate."""

STEPS = 5

SAMPLES = 8

MOST_ELEMENTS = 2**25
"""Numbers in all values of a batch beyond the least: in float64 some 270 MB in each backend, and as much again."""

LEAST_SAMPLES = 4


def training_samples(graph: Graph) -> int:
    """How many samples to train with: 8, or 4 where the network's values are large."""
    size = sum(node.type.size for node in graph.nodes)
    return SAMPLES if SAMPLES * size <= MOST_ELEMENTS else LEAST_SAMPLES


@naming_the_layer
def compare_training(
    graph: Graph,
    backends: Sequence[Backend],
    weights: Arrays,
    inputs: Arrays,
    *,
    steps: int = STEPS,
    optimisers: Sequence[Optimiser] = OPTIMISERS,
    seed: int = 0,
    progress: Progress = unheard,
) -> TrainingReport:
    """Trains the graph in every backend on the CPU, in float64 and with random layers switched off.

    `weights` are canonical; `inputs` are channels-last with a batch axis. Where an output has another shape than the
    graph's there is no loss, and nothing else is compared. Raises `ArchspecError` for a backend that cannot train.
    """
    trainers = training_backends(backends)
    check_samples(inputs)
    graph, switched_off = switch_off_random(graph)
    progress(Phase("building the models"))
    models = [load(graph, backend, weights) for backend in trainers]
    wrong = shape_mismatches(graph, trainers, models, inputs)
    report = TrainingReport(
        network=graph.name,
        backends=tuple(backend.name for backend in trainers),
        seed=seed,
        batch=len(next(iter(inputs.values()))),
        steps=steps,
        switched_off=switched_off,
        ordered=shared_statistics(graph),
        shape_mismatches=wrong,
        outputs=tuple(TensorParity(each.value, math.inf, passed=False) for each in wrong),
    )
    if wrong:
        return report
    coefficients = random_coefficients(graph, inputs, seed)
    found = []
    for backend, model in zip(trainers, models, strict=True):
        progress(Phase(f"gradients in {backend.name}"))
        found.append(backend.gradients(graph, model, inputs, coefficients))
    progress(Phase("comparing the gradients"))
    rounding = Rounding(graph, trainers, weights, inputs, coefficients, found)
    report = replace(
        report,
        outputs=tuple(judged(name, [each.outputs[name] for each in found]) for name in graph.outputs),
        gradients=tuple(judged_gradients(found, rounding)),
        statistics=tuple(judged_statistics([each.statistics for each in found], moving_statistics(graph))),
        replaced={each.name: gradients.replaced for each, gradients in zip(trainers, found, strict=True)},
    )
    if not (steps and optimisers):
        return report
    slower, trained = _trained(
        graph, trainers, models, weights, inputs, coefficients, found, steps, optimisers, progress
    )
    return replace(report, slower=slower, optimisers=trained)


def _trained(
    graph: Graph,
    backends: Sequence[TrainingBackend],
    models: Sequence[object],
    weights: Arrays,
    inputs: Arrays,
    coefficients: Arrays,
    found: list[Gradients],
    steps: int,
    optimisers: Sequence[Optimiser],
    progress: Progress,
) -> tuple[int, tuple[OptimiserParity, ...]]:
    """By which power of two the rates are smaller, and the steps of each optimiser.

    `found` is empty afterwards: gradients are as large as the network, in each backend.
    """
    scale, size = _normalised(coefficients, found)
    scaled = {name: array * scale for name, array in coefficients.items()}
    apart = {
        name: scale * magnitudes([each.of_weights[name] for each in found]).difference for name in found[0].of_weights
    }
    gradient = {name: scale * array for name, array in found[0].of_weights.items()}
    found.clear()
    progress(Phase("finding how large a step may be"))
    slower = smallest_power(graph, backends[0], models[0], weights, inputs, scaled, gradient, FOR_THE_RATE)
    gradient.clear()

    moving = moving_statistics(graph)

    def trained(index: int, optimiser: Optimiser) -> OptimiserParity:
        runs = [
            counted(
                backend.train(graph, models[number], weights, inputs, scaled, optimiser),
                _phases(optimisers, index, backends, number, steps),
                progress,
            )
            for number, backend in enumerate(backends)
        ]
        return _optimised(optimiser, runs, weights, apart, scale * size, moving)

    return slower, tuple(trained(index, with_smaller_rate(each, slower)) for index, each in enumerate(optimisers))


def _phases(
    optimisers: Sequence[Optimiser], index: int, backends: Sequence[Backend], number: int, steps: int
) -> Iterator[Phase]:
    """The steps of one of the optimisers in one of the backends, counted among those of all in all."""
    for step in range(steps):
        doing = f"{optimisers[index].name} in {backends[number].name}, step {step + 1} of {steps}"
        done = (index * steps + step) * len(backends) + number
        yield Phase(doing, done, len(optimisers) * steps * len(backends))


def shape_mismatches(
    graph: Graph, backends: Sequence[Backend], models: Sequence[object], inputs: Arrays
) -> tuple[ShapeMismatch, ...]:
    """The outputs that a backend makes of another shape than the compiler worked out, by a run of one sample."""
    one = {name: np.asarray(array[:1], np.float64) for name, array in inputs.items()}
    made = {each.name: each.run(graph, model, one) for each, model in zip(backends, models, strict=True)}
    found = (
        shape_mismatch(name, graph.type_of(value).shape, {backend: each[name] for backend, each in made.items()})
        for name, value in graph.outputs.items()
    )
    return tuple(each for each in found if each)


def training_backends(backends: Sequence[Backend]) -> list[TrainingBackend]:
    """The same backends; raises `ArchspecError` for one that cannot train."""
    for backend in backends:
        if not isinstance(backend, TrainingBackend):
            raise ArchspecError(f"the backend {backend.name} does not offer training")
    return [backend for backend in backends if isinstance(backend, TrainingBackend)]


def check_samples(inputs: Arrays) -> None:
    """Raises `ArchspecError` for fewer samples than training needs."""
    if len(next(iter(inputs.values()))) < 2:
        raise ArchspecError("training needs two samples or more: batch normalisation has no variance of one")


def random_coefficients(graph: Graph, inputs: Arrays, seed: int) -> dict[str, np.ndarray]:
    """What each output is multiplied by for the loss: standard normal."""
    generator = np.random.Generator(np.random.PCG64([seed, 2]))
    batch = len(next(iter(inputs.values())))
    return {
        name: generator.standard_normal((batch, *graph.type_of(value).shape)) for name, value in graph.outputs.items()
    }


def _normalised(coefficients: Arrays, found: Sequence[Gradients]) -> tuple[float, float]:
    """A power of two by which the largest gradient of a weight is about 1, and the loss's size without it.

    Optimisers' numbers then mean the same for every network. Where no gradient is more than rounding, none is scaled.
    The size is the sum of the magnitudes that the loss is a sum of. The backend that has more of either counts.
    """
    size = max(
        sum(float(np.abs(array * each.outputs[name]).sum()) for name, array in coefficients.items()) for each in found
    )
    most = max(largest(list(each.of_weights.values())) for each in found)
    return (2.0 ** -round(math.log2(most)) if OF_SUMMANDS * size < most < math.inf else 1.0), size


def _optimised(
    optimiser: Optimiser,
    runs: Sequence[Iterator[TrainingStep]],
    weights: Arrays,
    gradients: Mapping[str, float],
    loss_scale: float,
    moving: Mapping[str, MovingStatistic],
) -> OptimiserParity:
    """The losses and weights after each step from `weights`; of each weight the worst step is told.

    `gradients` says how far the weights' gradients are apart already.
    """
    losses = 0.0
    worst: dict[str, TensorParity] = {}
    for steps in zip(*runs, strict=True):
        losses = max(losses, judged("", [np.asarray(step.loss) for step in steps], loss_scale).difference)
        arrays = [step.weights for step in steps]
        tensors = list(judged_statistics([{name: each[name] for name in moving} for each in arrays], moving))
        tensors += [
            judged_step(name, [each[name] for each in arrays], weights[name], gradients[name], optimiser)
            for name in arrays[0]
            if name not in moving
        ]
        for each in tensors:
            if each.name not in worst or not each.difference <= worst[each.name].difference:
                worst[each.name] = each
    passed = losses <= TOLERANCE
    return OptimiserParity(optimiser, losses, passed, tuple(worst.values()))
